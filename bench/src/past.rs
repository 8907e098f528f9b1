//! A million finished calls, and what a person might look for among them.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    fault::Fault,
    http,
    post::{self, Until},
    program::{Folder, Program, TOKENS},
    report::Target,
    runs::Bench,
};

/// How many calls are held.
const CALLS: u64 = 1_000_000;

/// So many begin in a second, so that none is older than the board takes (26 h).
const CALLS_A_SECOND: u64 = 14;

/// How long all of them take to happen, in seconds.
const SPAN_S: u64 = CALLS / CALLS_A_SECOND;

/// So many come in one delivery: what is measured is not their coming.
const CALLS_AT_ONCE: u64 = 40;

/// Clients that post them.
const CLIENTS: u32 = 16;

/// How long all of them may take to be told.
const TOLD_WITHIN: Duration = Duration::from_mins(30);

/// How often each search is asked.
const TIMES: usize = 5;

const TENANT: &str = "700000000000000001";

/// Call `n`, one of [`CALLS_A_SECOND`]: of three two come in through one of ten queues, of five one is not answered.
fn call(n: u64, begins: u64) -> String {
    let (start, outside, agent) = (begins + n / CALLS_A_SECOND, format!("+1555{n:07}"), 100 + n % 200);
    let (session, queue) = (900_000_000_000_000_000 + n, n % 10);
    let (inbound, answered) = (!n.is_multiple_of(3), !n.is_multiple_of(5));
    let (answer, end) = (start + 20, start + 80);
    let answer = if answered { answer } else { 0 };
    let (way, from, to) = if inbound {
        ("inbound", outside, format!("80{queue:02}"))
    } else {
        ("outbound", agent.to_string(), outside)
    };
    let target = if inbound { agent.to_string() } else { to.clone() };
    let status = if answered { "answered" } else { "noanswer" };
    let record = format!(
        r#"{{"event_type":"call_cdr","session_id":"{session}","call_id":"b-{session}","caller":"{from}","caller_display_name":"Ann","callee":"{to}","did":"15550199","direction":"{way}","start_time":"{start}","ring_time":"{start}","answered_time":"{answer}","ended_time":"{end}","call_status":"{status}","status_code":"0","tenant_id":"{TENANT}","trunk_name":"carrier","call_targets":[{{"id":"{TENANT}","callee":"{target}","destination":"sip:{target}@192.0.2.10:5066","start_time":"{start}","ring_time":"{start}","answered_time":"{answer}","ended_time":"{end}","status":"{status}"}}]}}"#
    );
    if !inbound {
        return record;
    }
    let caller = |reason: &str, at: u64| {
        format!(
            r#"{{"event_type":"queue_caller_status","tenant_id":"{TENANT}","queue_id":"800{queue}","queue_number":"80{queue:02}","updated_callers":[{{"position":"1","session_id":"{session}","caller_number":"{from}","reason":"{reason}","timestamp":"{at}","type":"normal"}}]}}"#
        )
    };
    let left = if answered { "agent_answered" } else { "hangup" };
    [caller("enqueue", start), caller(left, start + 20), record].join(",")
}

/// Delivery `k`.
fn delivery(k: u64, begins: u64) -> String {
    let calls = k * CALLS_AT_ONCE..(k + 1) * CALLS_AT_ONCE;
    let calls: Vec<String> = calls.map(|n| call(n, begins)).collect();
    format!("[{}]", calls.join(","))
}

/// What is looked for: a name, a query, and by whose token.
fn searches(begins: u64) -> Vec<(&'static str, String, &'static str)> {
    let [all, masked, nobody] = TOKENS;
    let deep = format!("after={}-10000", (begins + SPAN_S / 2) * 1000);
    let hour = format!("from={}&to={}", begins * 1000, (begins + 3600) * 1000);
    let ask = |name, query: &str| (name, query.to_owned(), all);
    vec![
        ask("everything", ""),
        ask("everything, deep", &deep),
        ask("a whole number", "number=%2B15550123456"),
        ask("7 digits of a number", "number=0123456"),
        ask("4 digits of many numbers", "number=4711"),
        ask("3 digits of all numbers", "number=555"),
        ask("digits that are nowhere", "number=9999999"),
        ask("an extension", "extension=150"),
        ask("an extension, deep", &format!("extension=150&{deep}")),
        ask("a queue", "queue=8004"),
        ask("a result", "result=abandoned"),
        ask("a result that is nowhere", "result=failed"),
        ask("a direction", "direction=outbound"),
        ask("a queue and an extension", "queue=8004&extension=164"),
        ask("a queue and an extension that never meet", "queue=8004&extension=151"),
        ask("a queue and digits of many", "queue=8004&number=4711"),
        ask("a queue and a direction that never meet", "queue=8004&direction=outbound"),
        ask("an hour of long ago", &hour),
        ("4 digits, masked", "number=4711".into(), masked),
        ("hidden digits, masked", "number=123456".into(), masked),
        ("everything, with nothing in scope", String::new(), nobody),
    ]
}

impl Bench {
    /// Any search over a million finished calls.
    pub fn history(&mut self) -> Result<(), Fault> {
        let folder = Folder::with_sign_in(&self.folder, &self.server)?;
        let program = folder.start_ready()?;
        // They all ended before now, the last of them just now.
        let begins = crate::events::seconds_now() - SPAN_S - 100;
        let until = Until { count: CALLS / CALLS_AT_ONCE, lasting: TOLD_WITHIN, counted: TOLD_WITHIN };
        let started = Instant::now();
        let posted = post::closed_loop(program.address, CLIENTS, until, move |k| delivery(k, begins))?;
        if posted.failed > 0 {
            return Err(Fault::Server(format!("{} deliveries were not taken", posted.failed)));
        }
        wait_until_told(&program)?;
        let filled = started.elapsed().as_secs_f64();
        let held = count(&program, begins)?;
        let (mut took, mut slowest, mut short) = (Vec::new(), (0.0, "", ""), 0);
        for (name, query, token) in searches(begins) {
            for list in ["calls", "queue-visits"] {
                // Visits have no direction, and other results.
                if list == "queue-visits" && (query.contains("direction") || query.contains("failed")) {
                    continue;
                }
                for _ in 0..TIMES {
                    let begun = Instant::now();
                    let answer = ask(&program, &format!("/api/v1/history/{list}?{query}"), token)?;
                    let ms = begun.elapsed().as_secs_f64() * 1000.0;
                    took.push(ms);
                    if ms > slowest.0 {
                        slowest = (ms, list, name);
                    }
                    let rows = answer["rows"].as_array().map_or(0, Vec::len);
                    short += u64::from(rows < 100 && !answer["next"].is_null());
                }
            }
        }
        took.sort_by(f64::total_cmp);
        let report = &mut self.report;
        report.figure("history: finished calls held", held as f64, "", Target::AtLeast(CALLS as f64));
        report.figure("history: until all were told", filled, "s", Target::None);
        report.figure("history: memory then", program.pss_kib()? as f64 / 1024.0, "MiB", Target::None);
        report.figure("history: a search, p50", took[took.len() / 2], "ms", Target::None);
        report.figure("history: any search, the slowest", slowest.0, "ms", Target::AtMost(200.0));
        report.figure("history: pages that ended early", short as f64, "", Target::None);
        report.note(format!(
            "history: the slowest of {} searches was {}: {}",
            took.len(),
            slowest.1,
            slowest.2
        ));
        Ok(())
    }
}

fn ask(program: &Program, path: &str, token: &str) -> Result<serde_json::Value, Fault> {
    let (status, body) = http::get_as(program.address, path, Some(token))?;
    match serde_json::from_slice(&body) {
        Ok(answer) if status == 200 => Ok(answer),
        _ => Err(Fault::Server(format!("GET {path} answered {status}"))),
    }
}

/// How many calls are there, by the pages of a search that finds them all.
fn count(program: &Program, begins: u64) -> Result<u64, Fault> {
    let (mut calls, mut after) = (0, String::new());
    loop {
        let path = format!("/api/v1/history/calls?limit=1000&from={}{after}", begins * 1000);
        let answer = ask(program, &path, TOKENS[0])?;
        calls += answer["rows"].as_array().map_or(0, Vec::len) as u64;
        match answer["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(calls),
        }
    }
}

/// Waits until all of the journal is in the history.
fn wait_until_told(program: &Program) -> Result<(), Fault> {
    let started = Instant::now();
    loop {
        let (_, text) = http::get_as(program.address, "/metrics", Some(TOKENS[0]))?;
        let text = String::from_utf8_lossy(&text);
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<u64>().ok())
        };
        match (value("ringside_history_newest_entry"), value("ringside_journal_newest_entry")) {
            (Some(told), Some(newest)) if told >= newest => return Ok(()),
            _ if started.elapsed() > TOLD_WITHIN => {
                return Err(Fault::Server("the history did not come to the journal's end".into()));
            }
            _ => thread::sleep(Duration::from_millis(200)),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::event::decode;

    use super::*;

    /// The oracle is the decoder: what it can't read would be no call.
    #[test]
    fn every_call_is_understood() {
        for k in 0..3 {
            let decoded = decode(delivery(k, 1_790_000_000).as_bytes());
            assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);
            assert!(decoded.events.len() as u64 > CALLS_AT_ONCE);
        }
    }
}
