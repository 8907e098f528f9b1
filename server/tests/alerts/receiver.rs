//! A receiver of webhooks, and Python's own hmac, which checks their signatures.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::program::{tools, until};

/// A message as the receiver got it.
#[derive(Clone, Debug)]
pub struct Got {
    /// The request's first line.
    pub path: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

impl Got {
    /// The body, read.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What it says.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }
}

/// A receiver of webhooks: it answers by a list of statuses, then 204 always.
pub struct Receiver {
    /// Where it is.
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    /// One that answers so.
    pub fn new(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, got) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Got>>>::default());
        let (kept, mut statuses) = (Arc::clone(&got), VecDeque::from(statuses.to_vec()));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut lines = Vec::new();
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if line.trim().is_empty() {
                        break;
                    }
                    lines.push(line.trim().to_owned());
                }
                let header = |name: &str| {
                    let found = lines.iter().filter_map(|line| line.split_once(": "));
                    found
                        .filter(|(its, _)| its.eq_ignore_ascii_case(name))
                        .map(|(_, value)| value.to_owned())
                        .next()
                };
                let mut body = vec![0; header("content-length").unwrap().parse().unwrap()];
                reader.read_exact(&mut body).unwrap();
                kept.lock().unwrap().push(Got {
                    path: lines[0].clone(),
                    id: header("webhook-id").unwrap(),
                    timestamp: header("webhook-timestamp").unwrap(),
                    signature: header("webhook-signature").unwrap(),
                    body: String::from_utf8(body).unwrap(),
                });
                let status = statuses.pop_front().unwrap_or(204);
                write!(
                    stream,
                    "HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )
                .unwrap();
            }
        });
        Self { address, got }
    }

    /// What came until now.
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits for so many messages.
    pub fn wait(&self, count: usize) -> Vec<Got> {
        until("told", || Some(self.got()).filter(|got| got.len() >= count))
    }
}

/// Oracle: Python's hmac and base64, by the words of the Standard Webhooks specification.
pub fn verify(secret: &str, got: &[Got]) {
    const SCRIPT: &str = "
import base64, hashlib, hmac, json, sys
secret, messages = json.load(sys.stdin)
key = base64.b64decode(secret.removeprefix('whsec_'))
for id, timestamp, body, signature in messages:
    wanted = base64.b64encode(hmac.new(key, f'{id}.{timestamp}.{body}'.encode(), hashlib.sha256).digest()).decode()
    assert 'v1,' + wanted in signature.split(' '), (id, signature, wanted)
print(len(messages))
";
    let messages: Vec<_> =
        got.iter().map(|got| [&got.id, &got.timestamp, &got.body, &got.signature]).collect();
    let mut python = Command::new(tools::python());
    python.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!([secret, messages]).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), got.len().to_string());
}
