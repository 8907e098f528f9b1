//! Load, record, replay and hostile by the real program, against receivers on sockets.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod receiver;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::StatusCode;
use reqwest::Client;
use serde_json::Value;

use receiver::{Delivery, Receiver, pbx_sim};

fn take_all(_: &Delivery) -> StatusCode {
    StatusCode::OK
}

#[tokio::test]
async fn load_posts_so_many_real_events_and_ends_every_call() {
    let receiver = Receiver::start(take_all).await;
    let (status, output, _) =
        pbx_sim(&["load", "--url", &receiver.url, "--rate", "400", "--seconds", "1"]).await;
    assert!(status.success(), "{output}");
    assert!(output.contains("400 sent, 400 answered 200, 0 not answered"), "{output}");
    assert!(output.contains("ms from due to 200: 50 % "), "{output}");
    let bodies: Vec<Value> =
        receiver.bodies().iter().map(|body| serde_json::from_slice(body).unwrap()).collect();
    assert!(bodies.len() >= 400);
    let sessions = |event: &str| -> BTreeSet<String> {
        let of_event = bodies.iter().filter(|body| body["event_type"] == event);
        of_event.map(|body| body["session_id"].as_str().unwrap().to_owned()).collect()
    };
    assert!(sessions("call_start").len() > 10);
    assert_eq!(sessions("call_start"), sessions("call_cdr"));
}

#[tokio::test]
async fn load_counts_refusals_and_fails_where_nothing_is_taken() {
    let receiver = Receiver::start(|_| StatusCode::SERVICE_UNAVAILABLE).await;
    let (status, output, error) =
        pbx_sim(&["load", "--url", &receiver.url, "--rate", "50", "--seconds", "1"]).await;
    assert!(!status.success());
    assert!(output.contains("50 sent, 0 answered 200, 50 answered 503"), "{output}");
    assert!(error.contains("compare address"), "{error}");
}

/// A recorder, and where it listens.
struct Recorder {
    program: Child,
    url: String,
}

impl Recorder {
    fn start(file: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_pbx-sim"))
            .args(["record", "--listen", "127.0.0.1:0"])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().split(' ').next_back().unwrap().to_owned();
        Self { program, url }
    }

    fn stop(mut self) {
        let stopped = Command::new("kill").args(["-TERM", &self.program.id().to_string()]).status();
        assert!(stopped.unwrap().success());
        assert_eq!(self.program.wait().unwrap().code(), Some(0));
    }
}

/// Path and body of deliveries as a PBX may send them; `T` is the time in each.
fn deliveries(time: u64) -> Vec<(&'static str, Vec<u8>)> {
    [
        ("/marked-path/cdr", r#"{"event_type":"call_start","time":"T","session_id":"900000000000000001"}"#),
        ("/marked-path/extension", r#"{"event_type":"extension_call","extension":"sip:101@a","time": T}"#),
        ("/marked-path/other", r#"{"event_type":"call_cdr","start_time":"T","answered_time":"0"}"#),
        ("/marked-path/cdr", "{\"event_type\":\"queue_status\",\"note\":\"\\u00e9 \u{1f600}\"}"),
        ("/marked-path/cdr", "cut off {\"time\":\"T\",\"a"),
    ]
    .into_iter()
    .map(|(path, body)| (path, body.replace('T', &time.to_string()).into_bytes()))
    .chain([("/marked-path/cdr", vec![0xff, 0, 0xc3, b'"', 0x80])])
    .collect()
}

async fn record(folder: &Path) -> String {
    let file = folder.join("day.jsonl");
    let recorder = Recorder::start(&file);
    let client = Client::builder().no_proxy().build().unwrap();
    for (path, body) in deliveries(1_700_000_000) {
        let answer = client
            .post(format!("{}{path}?marked=query", recorder.url))
            .header("authorization", "Bearer marked-token")
            .header("content-type", "application/json")
            .header("webhook-id", "an id of its own")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.bytes().await.unwrap().len(), 0);
    }
    recorder.stop();
    file.to_str().unwrap().to_owned()
}

fn sorted(deliveries: Vec<(&'static str, Vec<u8>)>) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = deliveries.into_iter().map(|(_, body)| body).collect();
    bodies.sort();
    bodies
}

#[tokio::test]
async fn what_was_recorded_is_replayed_byte_for_byte_to_the_right_webhook() {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path()).await;
    assert!(!std::fs::read_to_string(&file).unwrap().contains("marked"), "a secret was written");
    let receiver = Receiver::start(take_all).await;
    let (cdr, extension) = (format!("{}/C", receiver.url), format!("{}/E", receiver.url));
    let target = ["--cdr-url", &cdr, "--extension-url", &extension, "--speed", "100", "--keep-times"];
    let (status, output, _) = pbx_sim(&[&["replay", &file], target.as_slice()].concat()).await;
    assert!(status.success(), "{output}");
    assert!(output.contains("6 answered 200"), "{output}");
    assert_eq!(receiver.bodies(), sorted(deliveries(1_700_000_000)));
    for (path, headers, body) in receiver.seen() {
        let text = String::from_utf8_lossy(&body);
        let to_extension = text.contains("extension_call");
        assert_eq!(path, if to_extension { "/E" } else { "/C" }, "{text}");
        assert_eq!(headers["webhook-id"], "an id of its own");
        assert!(!headers.contains_key("authorization"));
    }
    // A recording of the replay has the same bodies.
    let again = folder.path().join("again.jsonl");
    let recorder = Recorder::start(&again);
    let (url, args) = (recorder.url.clone(), ["--speed", "100", "--keep-times"]);
    let (status, output, _) = pbx_sim(&[&["replay", &file, "--url", &url], args.as_slice()].concat()).await;
    assert!(status.success(), "{output}");
    recorder.stop();
    let bodies = |file: &Path| -> BTreeSet<String> {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| format!("{} {}", line["body"], line["body_base64"])).collect()
    };
    assert_eq!(bodies(Path::new(&file)), bodies(&again));
}

#[tokio::test]
async fn times_are_moved_to_now_unless_they_are_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path()).await;
    // The stamps are as old as they were when they came: years, here.
    let first = std::fs::read_to_string(&file).unwrap();
    let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    let age = first["at"].as_u64().unwrap() / 1000 - 1_700_000_000;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (receiver, before) = (Receiver::start(take_all).await, now());
    let (status, output, _) = pbx_sim(&["replay", &file, "--url", &receiver.url]).await;
    assert!(status.success(), "{output}");
    let moved: Vec<u64> = (before - age - 2..=now() - age).collect();
    let possible: Vec<_> = moved.into_iter().map(|time| sorted(deliveries(time))).collect();
    assert!(possible.iter().any(|bodies| receiver.bodies() == *bodies), "{:?}", receiver.bodies());
}

#[tokio::test]
async fn a_line_that_is_no_delivery_is_named_and_nothing_is_posted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("torn.jsonl");
    std::fs::write(&file, "{\"at\":1,\"body\":\"{}\"}\n{\"at\":2,\"bo").unwrap();
    let receiver = Receiver::start(take_all).await;
    let (status, _, error) = pbx_sim(&["replay", file.to_str().unwrap(), "--url", &receiver.url]).await;
    assert!(!status.success());
    assert!(error.contains("line 2"), "{error}");
    assert_eq!(receiver.seen().len(), 0);
}

/// Takes every body with the right token, at the one address there is.
fn take_with_token((path, headers, _): &Delivery) -> StatusCode {
    let right = headers.get("authorization").is_some_and(|header| header == "Bearer goodword");
    if right && path == "/hook" { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
}

async fn hostile(answer: receiver::Answer) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "goodword\n").unwrap();
    let receiver = Receiver::start(answer).await;
    let url = format!("{}/hook", receiver.url);
    let token = token.to_str().unwrap();
    let args = ["hostile", "--url", &url, "--auth", "bearer", "--token-file", token, "--stall", "1"];
    let (status, output, _) = pbx_sim(&args).await;
    (status.success(), output)
}

#[tokio::test]
async fn hostile_is_content_with_a_receiver_that_takes_everything() {
    let (content, output) = hostile(take_with_token).await;
    assert!(content, "{output}");
    for line in [
        "ok   200     gzip",
        "ok   401     a false token",
        "ok   200     a slow body",
        "ok   401     another address",
    ] {
        assert!(output.contains(line), "{line}\n{output}");
    }
    assert!(!output.contains("LOST"), "{output}");
}

#[tokio::test]
async fn hostile_finds_answers_that_lose_events() {
    let answers: [(receiver::Answer, &[&str]); 3] = [
        (
            |delivery| match take_with_token(delivery) {
                StatusCode::OK if serde_json::from_slice::<Value>(&delivery.2).is_err() => {
                    StatusCode::BAD_REQUEST
                }
                status => status,
            },
            &["LOST 400     cut off", "LOST 400     gzip", "ok   200     an unknown event"],
        ),
        (
            |delivery| match take_with_token(delivery) {
                StatusCode::UNAUTHORIZED => StatusCode::NOT_FOUND,
                status => status,
            },
            &["LOST 404     another address", "LOST 404     a false token"],
        ),
        (|_| StatusCode::NO_CONTENT, &["LOST 204     an unknown event"]),
    ];
    for (answer, lines) in answers {
        let (content, output) = hostile(answer).await;
        assert!(!content, "{output}");
        for line in lines {
            assert!(output.contains(line), "{line}\n{output}");
        }
    }
}
