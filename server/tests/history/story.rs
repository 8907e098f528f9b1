//! Calls that the tests make up: events in the PBX's words, and what they are found by.

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::program::{ENDPOINT, Server, TOKEN, connect, poster::read_answer, stamp, until};

/// The queue's id at the PBX.
pub const QUEUE: &str = "800000000000000001";

/// Who reads: tokens for two parts of the tenant, and for all of it.
pub const TOKENS: &str = "
    [[api_token]]
    name = \"supervisor\"
    tenant = \"acme\"
    role = \"supervisor\"
    token = \"token-of-the-supervisor\"
    [[api_token]]
    name = \"sales\"
    tenant = \"acme\"
    role = \"supervisor\"
    scope = [\"Sales\"]
    token = \"token-of-a-supervisor-of-sales\"
    [[api_token]]
    name = \"viewer\"
    tenant = \"acme\"
    role = \"viewer\"
    scope = [\"8001\"]
    token = \"token-of-a-viewer-of-8001\"
";

/// A call's own event; `ago` is when it happened, in seconds before now.
fn call(event: &str, session: &str, way: &str, from: (&str, &str), to: &str, ago: u64) -> Value {
    json!({"event_type": event, "tenant_id": "7000", "session_id": session, "cdr_id": format!("{session}1"),
        "direction": way, "call_id": format!("{session}@acme.test"), "caller": from.0, "caller_display_name": from.1,
        "callee": to, "callee_display_name": "", "did": if way == "inbound" && to == "8001" { "15550199" } else { "" },
        "outbound_caller_id": "", "user_data": "", "time": stamp(ago)})
}

fn target(event: &str, session: &str, address: &str, ago: u64) -> Value {
    json!({"event_type": event, "tenant_id": "7000", "session_id": session, "destination": format!("sip:{address}"),
        "time": stamp(ago)})
}

fn caller(reason: &str, session: &str, number: &str, ago: u64) -> Value {
    json!({"event_type": "queue_caller_status", "tenant_id": "7000", "queue_id": QUEUE,
        "updated_callers": [{"position": "1", "session_id": session, "caller_number": number, "caller_name": "",
            "timestamp": stamp(ago), "type": "normal", "reason": reason}]})
}

fn over(session: &str, from: u64, to: u64) -> Value {
    json!({"event_type": "call_cdr", "tenant_id": "7000", "session_id": session, "start_time": stamp(from),
        "ended_time": stamp(to)})
}

fn queue() -> Value {
    json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": QUEUE, "queue_number": "8001",
        "queue_name": "Support", "waiting_list": [], "agents": []})
}

/// An extension that is on no call.
pub fn phone(number: &str) -> Value {
    json!({"event_type": "extension_call", "tenant_id": "7000", "extension": number, "call_status": "", "time": stamp(0)})
}

/// Four finished calls.
pub struct Story {
    /// Through the queue to 102, 600 s ago.
    pub queued: String,
    /// Gave up in the queue, 500 s ago.
    pub gave_up: String,
    /// Rang at 103, who did not answer, 400 s ago.
    pub missed: String,
    /// 101 called somebody outside, 300 s ago.
    pub out: String,
    now: u64,
}

impl Story {
    /// Posts them all.
    pub fn post(server: &Server) -> Self {
        let mut story = Self {
            queued: "900000000000000001".into(),
            gave_up: "900000000000000002".into(),
            missed: "900000000000000003".into(),
            out: "900000000000000004".into(),
            now: 0,
        };
        // What the PBX stamps now: its clock is ours.
        for _ in 0..30 {
            server.post(&phone("109"));
        }
        // All of it is stamped in one second.
        let events = loop {
            story.now = stamp(0).parse().unwrap();
            let events = story.events();
            if stamp(0) == story.now.to_string() {
                break events;
            }
        };
        for event in &events {
            server.post(event);
        }
        story
    }

    fn events(&self) -> Vec<Value> {
        let (queued, gave_up, missed, out) = (&*self.queued, &*self.gave_up, &*self.missed, &*self.out);
        let hostile = "=HYPERLINK(\"http://evil.example\";\"x\")";
        [
            queue(),
            phone("101"),
            phone("102"),
            phone("103"),
            call("call_start", queued, "inbound", ("+15555550100", hostile), "8001", 600),
            caller("enqueue", queued, "+15555550100", 600),
            target("cdr_target_add", queued, "102@192.0.2.2:5060", 590),
            target("cdr_target_ringing", queued, "102@192.0.2.2:5060", 589),
            target("cdr_target_answer", queued, "102@192.0.2.2:5060", 580),
            caller("agent_answered", queued, "+15555550100", 580),
            target("cdr_target_end", queued, "102@192.0.2.2:5060", 520),
            over(queued, 600, 519),
            call("call_start", gave_up, "inbound", ("+15555550200", "<img src=x>"), "8001", 500),
            caller("enqueue", gave_up, "+15555550200", 499),
            caller("hangup", gave_up, "+15555550200", 470),
            over(gave_up, 500, 470),
            call("call_start", missed, "inbound", ("+15555550300", ""), "103", 400),
            target("cdr_target_add", missed, "103@192.0.2.3:5060", 399),
            target("cdr_target_ringing", missed, "103@192.0.2.3:5060", 399),
            over(missed, 400, 360),
            call("call_start", out, "outbound", ("101", "Ada"), "+15555550400", 300),
            target("cdr_target_ringing", out, "+15555550400@192.0.2.9:5060", 297),
            target("cdr_target_answer", out, "+15555550400@192.0.2.9:5060", 290),
            target("cdr_target_end", out, "+15555550400@192.0.2.9:5060", 250),
            over(out, 300, 250),
        ]
        .into()
    }

    /// Waits until the history has them.
    pub fn wait(server: &Server) {
        until("told", || (rows(&server.json("/api/v1/history/calls")).len() == 4).then_some(()));
    }

    /// 103 did answer, 15 s after the start.
    pub fn answer_late(&self, server: &Server) {
        let at = (self.now - 385).to_string();
        server
            .post(&json!({"event_type": "cdr_target_answer", "tenant_id": "7000", "session_id": self.missed,
            "destination": "sip:103@192.0.2.3:5060", "time": at}));
    }

    /// A moment between the beginnings of the second and the third call, in unix milliseconds.
    pub fn middle(&self) -> u64 {
        (self.now - 430) * 1000
    }
}

/// The ids of an answer's rows.
pub fn rows(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// All rows of an address, page by page.
pub fn pages(server: &Server, path: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let page = server.json(&format!("{path}{next}"));
        all.extend(page["rows"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(key) => next = format!("&after={key}"),
            None => return all,
        }
    }
}

/// Posts calls through the queue, one after another, until the connection breaks. Gives those whose end was answered 200, and
/// counts them meanwhile.
pub fn post_calls_until_it_breaks(address: SocketAddr, round: u64, count: &AtomicUsize) -> BTreeSet<String> {
    let mut ended = BTreeSet::new();
    let Ok(stream) = connect(address) else { return ended };
    let mut stream = std::io::BufReader::new(stream);
    for number in 0_u64.. {
        let session = format!("9{round:05}{number:012}");
        let from = format!("+1555{number:07}");
        let events = [
            queue(),
            phone("102"),
            call("call_start", &session, "inbound", (&from, ""), "8001", 60),
            caller("enqueue", &session, &from, 59),
            target("cdr_target_answer", &session, "102@192.0.2.2:5060", 50),
            caller("agent_answered", &session, &from, 50),
            target("cdr_target_end", &session, "102@192.0.2.2:5060", 30),
            over(&session, 60, 30),
        ];
        for event in events {
            let body = event.to_string();
            let request = format!(
                "POST /hooks/{ENDPOINT} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            if stream.get_mut().write_all(request.as_bytes()).is_err()
                || read_answer(&mut stream) != Some(200)
            {
                return ended;
            }
        }
        ended.insert(session);
        count.fetch_add(1, Ordering::Relaxed);
    }
    ended
}
