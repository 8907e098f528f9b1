//! The binary against a receiver on a socket: a signal ends the day in order.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use serde_json::Value;

type Bodies = Arc<Mutex<Vec<Value>>>;

async fn receive(State(bodies): State<Bodies>, body: Bytes) {
    // The first request of all has no body: the look whether somebody is there.
    if !body.is_empty() {
        bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    }
}

/// A day with a receiver that answers 200, ended by a signal while calls are up and callers wait.
async fn day_until(signal: &str) -> (Option<i32>, Vec<Value>) {
    let bodies = Bodies::default();
    let app = Router::new().route("/hooks/{id}", post(receive)).with_state(bodies.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks/both", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_pbx-sim"))
        .args(["demo", "--speed", "20", "--url", &url])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let waiting = || bodies.lock().unwrap().iter().filter(|body| body["updated_callers"].is_array()).count();
    while waiting() < 5 {
        assert_eq!(simulator.try_wait().unwrap(), None, "ended by itself");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(Command::new("kill").args([signal, &simulator.id().to_string()]).status().unwrap().success());
    let exit = tokio::task::spawn_blocking(move || simulator.wait().unwrap()).await.unwrap();
    let bodies = bodies.lock().unwrap().clone();
    (exit.code(), bodies)
}

#[tokio::test]
async fn a_signal_hangs_every_call_up_and_empties_the_queues() {
    for signal in ["-TERM", "-INT"] {
        let (code, bodies) = day_until(signal).await;
        assert_eq!(code, Some(0), "{signal}");
        let sessions = |event: &str| -> BTreeSet<String> {
            let of_event = bodies.iter().filter(|body| body["event_type"] == event);
            of_event.map(|body| body["session_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(sessions("call_start"), sessions("call_cdr"), "{signal}");
        let callers = |leaves: bool| {
            let updated = bodies.iter().filter_map(|body| body["updated_callers"].as_array()).flatten();
            updated
                .filter(|caller| caller["reason"] != "callback" && (caller["reason"] != "enqueue") == leaves)
                .map(|caller| caller["session_id"].as_str().unwrap().to_owned())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(callers(false), callers(true), "{signal}");
    }
}
