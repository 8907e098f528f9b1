//! The demo with its own interfaces, by the real program.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod receiver;
mod served;
mod subscriber;

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};

use axum::http::StatusCode;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use receiver::Receiver;
use subscriber::{Client, PATIENCE, auth};

#[tokio::test]
async fn the_demo_serves_it_beside_its_webhooks_and_closes_it_at_the_end() {
    let receiver = Receiver::start(|_| StatusCode::OK).await;
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_pbx-sim"))
        .args(["demo", "--speed", "20", "--url", &receiver.url, "--pbx-listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("REST and publish/subscribe on http://")).unwrap();
    let address: SocketAddr = line.rsplit('/').next().unwrap().parse().unwrap();
    let mut client = Client::open(address, "/wsi").await;
    assert_eq!(client.ask(&auth("ringside", "harbourvale")).await["status"], 0);
    client.say(&json!({"command":"subscribe","topics":["cdr_events"]})).await;
    while client.hear().await["event_type"] != "call_cdr" {}
    assert!(Command::new("kill").args(["-TERM", &simulator.id().to_string()]).status().unwrap().success());
    loop {
        match tokio::time::timeout(PATIENCE, client.0.next()).await.unwrap() {
            Some(Ok(Message::Close(_)) | Err(_)) | None => break,
            Some(Ok(_)) => {}
        }
    }
    assert_eq!(tokio::task::spawn_blocking(move || simulator.wait()).await.unwrap().unwrap().code(), Some(0));
    assert!(receiver.bodies().len() > 40);
}

#[tokio::test]
async fn another_address_than_loopback_wants_to_be_meant() {
    let receiver = Receiver::start(|_| StatusCode::OK).await;
    let (status, _, error) =
        receiver::pbx_sim(&["demo", "--url", &receiver.url, "--pbx-listen", "0.0.0.0:0"]).await;
    assert!(!status.success());
    assert!(error.contains("--pbx-remote"), "{error}");
}
