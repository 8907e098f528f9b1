//! Alerts, from the PBX's event to a person: the real program, a real receiver of webhooks, and signatures that Python's own
//! hmac checks. What an alert is, and when, is told in docs/alerts.md.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../program/mod.rs"]
mod program;

mod receiver;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use server::access::Role;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use program::{
    Folder, Server,
    people::{Browser, invited, location, set_up_path},
    stamp, until,
};
use receiver::{Got, Receiver, verify};

/// A caller, who must be in no message.
const CALLER: &str = "+4915550107316";

/// A server in which anybody may do anything, and its clock, which runs so many times as fast.
fn start(folder: &Folder, speed: u32) -> Server {
    let now = stamp(0).parse::<i64>().unwrap() * 1000;
    let server = folder.start_with(&[("RINGSIDE_TEST_CLOCK", &format!("{now}@{speed}"))]);
    server.wait_until_ready();
    server
}

fn queue(server: &Server, number: &str, callers: usize) {
    let waiting: Vec<_> = (0..callers)
        .map(|place| {
            json!({"position": (place + 1).to_string(), "session_id": format!("90{number}{place}"), "caller_number": CALLER,
                "caller_name": "", "timestamp": stamp(1), "type": "normal"})
        })
        .collect();
    server.post(&json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": format!("80{number}"),
        "queue_number": number, "queue_name": format!("Queue {number}"), "waiting_list": waiting, "agents": []}));
}

fn caller_leaves(server: &Server, number: &str) {
    server.post(
        &json!({"event_type": "queue_caller_status", "tenant_id": "7000", "queue_id": format!("80{number}"),
        "updated_callers": [{"position": "1", "session_id": format!("90{number}0"), "caller_number": CALLER,
            "reason": "hangup", "timestamp": stamp(0), "type": "normal"}]}),
    );
}

/// A rule's form, with some fields said otherwise.
async fn save(browser: &mut Browser, fields: &[(&str, &str)]) {
    let mut form = vec![
        ("metric", "waiting"),
        ("of", "each"),
        ("window", "m30"),
        ("side", "usual"),
        ("limit", "0"),
        ("clear", ""),
        ("hold", "0"),
        ("severity", "action"),
        ("cool_down", "0"),
    ];
    form.retain(|(name, _)| !fields.iter().any(|(its, _)| its == name));
    form.extend(fields);
    let answer = browser.post("/settings/alerts/save", &form).await;
    let (status, leads_to) = (answer.status().as_u16(), location(&answer).to_owned());
    assert_eq!((status, &*leads_to), (303, "/settings/alerts"), "{}", answer.text().await.unwrap());
}

async fn add_webhook(browser: &mut Browser, receiver: &Receiver) -> String {
    let url = format!("http://{}/in/path-secret", receiver.address);
    let form = [("name", "Ops"), ("url", &*url), ("least", "attention")];
    let page = browser.post("/settings/alerts/webhook-add", &form).await.text().await.unwrap();
    let begin = page.find("whsec_").unwrap_or_else(|| panic!("{page}"));
    let secret = page[begin..].split('<').next().unwrap().to_owned();
    let listed = browser.get("/settings/alerts").await.text().await.unwrap();
    assert!(!listed.contains("whsec_") && !listed.contains("path-secret"), "shown once only");
    secret
}

fn alerts(server: &Server) -> Value {
    server.json("/api/v1/alerts")
}

fn raised(server: &Server, count: usize) -> Value {
    until("raised", || Some(alerts(server)).filter(|all| all["raised"].as_array().unwrap().len() == count))
}

/// The try, then the same message three times, each time signed anew.
fn refused_twice_then_taken(got: &[Got]) {
    assert!(got[0].path.starts_with("POST /in/path-secret HTTP/1.1"));
    let kinds: Vec<_> = got.iter().map(Got::kind).collect();
    assert_eq!(kinds, ["alert.test", "alert.raised", "alert.raised", "alert.raised"]);
    assert!(got[1].id == got[2].id && got[2].id == got[3].id && got[0].id != got[1].id);
    assert!(got[1].timestamp < got[3].timestamp);
    let data = &got[3].json()["data"];
    assert_eq!(
        (&data["queue"]["number"], &data["value"], &data["unit"]),
        (&json!("8002"), &json!(2), &json!("count"))
    );
    assert_eq!(got[3].json()["text"], "Action: Queue 8002 (8002): waiting callers 2, limit 1");
}

/// What `/metrics` says once three messages were taken and two tries were not.
fn counted(server: &Server) {
    let metrics = until("counted", || {
        let text = server.get("/metrics").text();
        text.contains("ringside_alert_messages_total{result=\"taken\"} 3").then_some(text)
    });
    for line in [
        "ringside_alert_messages_total{result=\"again\"} 2",
        "ringside_alerts_raised{tenant=\"acme\",severity=\"action\"} 0",
        "ringside_alert_messages_waiting{tenant=\"acme\"} 0",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_raised_told_acknowledged_and_cleared() {
    let folder = Folder::new();
    let server = start(&folder, 20);
    let receiver = Receiver::new(&[200, 500, 503, 200]);
    let mut anybody = Browser::new(&server);
    let secret = add_webhook(&mut anybody, &receiver).await;
    let tried = anybody.post("/settings/alerts/webhook-test", &[("id", "1")]).await.text().await.unwrap();
    assert!(tried.contains("answered 200"), "{tried}");
    save(&mut anybody, &[("limit", "1"), ("hold", "5")]).await;

    queue(&server, "8001", 1);
    queue(&server, "8002", 2);
    let all = raised(&server, 1);
    let alert = &all["raised"][0];
    assert_eq!(
        (
            &alert["metric"],
            &alert["severity"],
            &alert["number"],
            &alert["name"],
            &alert["value"],
            &alert["limit"]
        ),
        (&json!("waiting"), &json!("action"), &json!("8002"), &json!("Queue 8002"), &json!(2), &json!(1))
    );
    assert_eq!((&alert["acknowledged_at"], &all["log"][0]["id"]), (&Value::Null, &alert["id"]));
    let page = server.get("/").text();
    assert!(
        page.contains("Waiting callers 2, limit 1") && page.contains("data-severity=\"action\""),
        "{page}"
    );

    refused_twice_then_taken(&receiver.wait(4));

    let id = alert["id"].as_str().unwrap();
    let form = [("id", id), ("next", "/queues")];
    let answer = anybody.post("/alerts/acknowledge", &form).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/queues"));
    until("acknowledged", || alerts(&server)["raised"][0]["acknowledged_at"].as_i64());
    // Somebody was faster: no fault, and nothing else happens.
    assert_eq!(anybody.post("/alerts/acknowledge", &form).await.status().as_u16(), 303);
    assert_eq!(receiver.wait(5)[4].kind(), "alert.acknowledged");

    caller_leaves(&server, "8002");
    let all = raised(&server, 0);
    assert_eq!((&all["log"][0]["id"], &all["log"][0]["why"]), (&json!(id), &json!("value")));
    assert!(all["log"][0]["cleared_at"].as_i64() > all["log"][0]["since"].as_i64());
    let got = receiver.wait(6);
    assert_eq!((got.len(), got[5].kind()), (6, "alert.cleared".to_owned()));
    verify(&secret, &got);
    for message in &got {
        assert!(!message.body.contains("15550107316"), "{}", message.body);
    }
    counted(&server);
    let log = folder.log();
    assert!(!log.contains("path-secret") && !log.contains(&secret) && !log.contains("15550107316"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_raises_nothing_twice_and_loses_no_message() {
    let folder = Folder::new();
    let server = start(&folder, 1);
    let receiver = Receiver::new(&[500]);
    let mut anybody = Browser::new(&server);
    add_webhook(&mut anybody, &receiver).await;
    save(&mut anybody, &[]).await;
    queue(&server, "8001", 1);
    let before = raised(&server, 1);
    receiver.wait(1);
    server.kill();

    let server = start(&folder, 1);
    let after = raised(&server, 1);
    assert_eq!(after["raised"], before["raised"]);
    // The refused message is sent again, and no other one.
    let got = receiver.wait(2);
    assert!(got[0].id == got[1].id);
    let mut anybody = Browser::new(&server);
    let answer = anybody.post("/settings/alerts/remove", &[("id", "1")]).await;
    assert_eq!(answer.status().as_u16(), 303);
    let all = raised(&server, 0);
    assert_eq!((all["log"].as_array().unwrap().len(), &all["log"][0]["why"]), (1, &json!("rule")));
    let kinds: Vec<_> = receiver.wait(3).iter().map(Got::kind).collect();
    assert_eq!(kinds, ["alert.raised", "alert.raised", "alert.cleared"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_computed_is_said_and_what_a_gone_queue_raised_is_over() {
    let folder = Folder::new();
    let server = start(&folder, 1);
    let mut anybody = Browser::new(&server);
    save(&mut anybody, &[]).await;
    save(&mut anybody, &[("of", "queue:9999")]).await;
    save(&mut anybody, &[("metric", "longest_wait"), ("limit", "")]).await;
    save(&mut anybody, &[("metric", "ready"), ("limit", "1")]).await;
    queue(&server, "8001", 1);
    raised(&server, 1);
    let page = until("said", || {
        let page = server.get("/settings/alerts").text();
        (page.matches("data-rule-state=\"unknown\"").count() == 3).then_some(page)
    });
    for why in ["there is no such queue now", "the queue has no target", "the queue has no agents"] {
        assert!(page.contains(why), "{why}");
    }
    // What does not go together is refused, with words.
    for (form, words) in [
        (&[("metric", "calls"), ("limit", "5")][..], "does not go together"),
        (&[("metric", "waiting"), ("limit", "many")], "Write a whole number"),
        (
            &[("metric", "waiting"), ("limit", "1"), ("quiet_from", "25:00"), ("quiet_to", "7")],
            "Write a time as HH:MM",
        ),
    ] {
        let rest =
            [("of", "each"), ("window", "today"), ("side", "above"), ("hold", "1"), ("severity", "action")];
        let answer = anybody.post("/settings/alerts/save", &[form, &rest].concat()).await;
        assert_eq!(answer.status().as_u16(), 422);
        assert!(answer.text().await.unwrap().contains(words), "{words}");
    }
    for url in ["http://169.254.169.254/latest", "ftp://example.com", "https://a:b@example.com/"] {
        let form = [("name", "x"), ("url", url), ("least", "action")];
        assert_eq!(anybody.post("/settings/alerts/webhook-add", &form).await.status().as_u16(), 422, "{url}");
    }

    server.post(&json!({"event_type": "queue_destroyed", "tenant_id": "7000", "queue_number": "8001", "time": stamp(0)}));
    let all = raised(&server, 0);
    assert_eq!(all["log"][0]["why"], "queue");
}

/// The beat's own JSON, by a socket that knows none of our types.
async fn beat_with(server: &Server, token: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let mut request = format!("ws://{}/feed", server.address).into_client_request().unwrap();
    request.headers_mut().insert("Authorization", format!("Bearer {token}").parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    socket.send(Message::text(json!({"t": "subscribe", "view": "overview"}).to_string())).await.unwrap();
    loop {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["t"] == "beat" && is_it(&frame) {
            return frame;
        }
    }
}

/// The beats of all three.
async fn beats(server: &Server, all: &Value) {
    let beat =
        beat_with(server, "token-of-somebody-called-all", |beat| beat["alerts"]["raised"][1].is_object())
            .await;
    assert_eq!(beat["alerts"]["raised"], all["raised"]);
    let beat = beat_with(server, "token-of-somebody-called-two", |_| true).await;
    assert_eq!(beat["alerts"]["raised"].as_array().unwrap().len(), 1);
    // Where there is none, a beat is what it always was.
    let beat = beat_with(server, "token-of-somebody-called-one", |_| true).await;
    assert!(beat.get("alerts").is_none(), "{beat}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_the_queue_hears_nothing_of_its_alert() {
    let token = |name: &str, role: &str, scope: &str| {
        format!(
            "[[api_token]]\nname = \"{name}\"\ntenant = \"acme\"\nrole = \"{role}\"\nscope = [{scope}]\n\
             token = \"token-of-somebody-called-{name}\"\n"
        )
    };
    let tokens = [
        token("all", "viewer", ""),
        token("one", "supervisor", "\"8001\""),
        token("two", "viewer", "\"8002\""),
    ];
    let folder = Folder::with_sign_in(&tokens.concat(), "");
    let server = folder.start_ready();
    let mut anna = Browser::new(&server);
    assert_eq!(anna.use_link(&set_up_path(&folder, "acme"), "anna").await, 303);
    save(&mut anna, &[("limit", "1")]).await;
    save(&mut anna, &[("of", "tenant"), ("limit", "2"), ("severity", "attention")]).await;
    queue(&server, "8001", 1);
    queue(&server, "8002", 3);

    let seen = |name: &str| {
        let bearer = format!("Bearer token-of-somebody-called-{name}");
        server.ask("GET", "/api/v1/alerts", &[("Authorization", &bearer)], b"").json()
    };
    let all =
        until("raised", || Some(seen("all")).filter(|all| all["raised"].as_array().unwrap().len() == 2));
    assert_eq!((&all["raised"][0]["number"], &all["raised"][1]["queue"]), (&json!("8002"), &Value::Null));
    let numbers = |name: &str| {
        let seen = seen(name);
        let of = |list: &str| {
            seen[list].as_array().unwrap().iter().map(|one| one["number"].clone()).collect::<Vec<_>>()
        };
        (of("raised"), of("log"))
    };
    assert_eq!(numbers("two"), (vec![json!("8002")], vec![json!("8002")]));
    assert_eq!(numbers("one"), (vec![], vec![]));

    beats(&server, &all).await;

    // A viewer reads, a supervisor acknowledges what is his, and nobody what is not.
    let id = all["raised"][0]["id"].as_str().unwrap();
    let vera = invited(&folder, &server, "acme", "vera", Role::Viewer).await;
    let sue = invited(&folder, &server, "acme", "sue", Role::Supervisor).await;
    assert!(!vera.get("/").await.text().await.unwrap().contains("data-acknowledge"));
    assert!(sue.get("/").await.text().await.unwrap().contains("data-acknowledge"));
    let one = Browser::with_token(&server, "token-of-somebody-called-one");
    for (browser, status) in [(vera, 403), (one, 404), (sue, 303)] {
        let answer = browser.ask(Method::POST, "/alerts/acknowledge", Some(&[("id", id)])).await;
        assert_eq!(answer.status().as_u16(), status);
    }
    until("acknowledged", || {
        seen("all")["log"][1]["acknowledged_at"]
            .as_i64()
            .or(seen("all")["log"][0]["acknowledged_at"].as_i64())
    });
    let page = anna.get("/settings/alerts").await.text().await.unwrap();
    assert!(page.contains("acknowledged by sue"), "{page}");
}
