//! A client of the publish/subscribe interface.

#![allow(dead_code, reason = "each test's file uses its part")]

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::served::Served;

/// Longer than any machine takes.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A socket, and what it says.
pub struct Client(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Connects.
    pub async fn open(address: SocketAddr, path: &str) -> Self {
        Self(connect_async(format!("ws://{address}{path}")).await.unwrap().0)
    }

    /// Signed in as who may see the whole tenant.
    pub async fn signed_in(served: &Served) -> Self {
        let mut client = Self::open(served.address, "/wsi").await;
        let reply = client.ask(&auth("ringside", "harbourvale")).await;
        assert_eq!(reply["status"], 0, "{reply}");
        client
    }

    /// Says a command.
    pub async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next text.
    pub async fn hear(&mut self) -> Value {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no text: {other:?}"),
            }
        }
    }

    /// The answer to a command.
    pub async fn ask(&mut self, message: &Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    /// All texts up to the reply to a command that is said now, which changes nothing.
    pub async fn rest(&mut self) -> Vec<Value> {
        self.say(&json!({"command": "unsubscribe", "topics": ["queue_events"], "queues": ["none"]})).await;
        let mut heard = Vec::new();
        loop {
            let message = self.hear().await;
            if message.get("event_type").is_some() {
                heard.push(message);
            } else if message["command"] != "subscribe" {
                return heard;
            }
        }
    }
}

/// The first command.
pub fn auth(name: &str, password: &str) -> Value {
    json!({"command": "auth", "username": name, "password": password, "domain": "harbourvale.example"})
}

/// To a topic, for these numbers.
pub fn subscribe(topic: &str, list: &str, numbers: &[String]) -> Value {
    json!({"command": "subscribe", "topics": [topic], list: numbers})
}
