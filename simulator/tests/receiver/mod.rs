//! A receiver on a socket that keeps what it gets, and the program that posts to it.

use std::{
    process::{Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};

/// What came: path, headers, body.
pub type Delivery = (String, HeaderMap, Bytes);
/// What is answered.
pub type Answer = fn(&Delivery) -> StatusCode;

/// The receiver.
pub struct Receiver {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    seen: Arc<Mutex<Vec<Delivery>>>,
}

impl Receiver {
    /// Listens on a free port.
    pub async fn start(answer: Answer) -> Self {
        let seen = Arc::<Mutex<Vec<Delivery>>>::default();
        let app = Router::new()
            .fallback(post(receive))
            .layer(DefaultBodyLimit::max(1 << 20))
            .with_state((seen.clone(), answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    /// All that came with a body, in order.
    pub fn seen(&self) -> Vec<Delivery> {
        self.seen.lock().unwrap().iter().filter(|(_, _, body)| !body.is_empty()).cloned().collect()
    }

    /// The bodies of it, sorted.
    pub fn bodies(&self) -> Vec<Bytes> {
        let mut bodies: Vec<Bytes> = self.seen().into_iter().map(|(_, _, body)| body).collect();
        bodies.sort();
        bodies
    }
}

async fn receive(
    State((seen, answer)): State<(Arc<Mutex<Vec<Delivery>>>, Answer)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let delivery = (uri.path().to_owned(), headers, body);
    let status = answer(&delivery);
    seen.lock().unwrap().push(delivery);
    status
}

/// Runs `pbx-sim` to its end: how it ended, its output, its errors.
pub async fn pbx_sim(args: &[&str]) -> (ExitStatus, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pbx-sim"));
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (output.status, String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}
