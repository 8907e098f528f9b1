//! `pbx-sim record`: a receiver that acknowledges everything and writes down what came.
//!
//! A delivery is in the file before it is answered. Where the last word of its path is `cdr` or `extension`, that names
//! the webhook; the rest of the path may be a secret and is not kept.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    console::{Stop, say},
    event::Hook,
    recording::Recorded,
};

/// A larger body is answered 413. No PBX event is near it.
const BODY_BYTES_MAX: usize = 64 << 20;
/// Requests under way at the end have so long.
const FINISH_WITHIN: Duration = Duration::from_secs(4);

/// The flags.
#[derive(Args)]
pub struct Record {
    /// Where to listen, such as 127.0.0.1:8090; port 0 takes a free one. Give the PBX http://ADDR/cdr and
    /// http://ADDR/extension.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// The recording, which must not exist yet. Its bodies have phone numbers and names.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file can't be made.
    #[error("can't make {path}: {why}; name a file that does not exist yet", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The address can't be listened on.
    #[error("can't listen on {listen}: {why}; give another --listen")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        why: io::Error,
    },
    /// Something else of the system's.
    #[error("recording ended: {0}")]
    System(#[from] io::Error),
}

/// The file, and how many deliveries it has.
struct Tape {
    file: File,
    deliveries: u64,
}

impl Tape {
    fn write(&mut self, recorded: &Recorded) -> io::Result<()> {
        self.file.write_all(recorded.line()?.as_bytes())?;
        self.deliveries += 1;
        Ok(())
    }
}

/// Records until a signal.
pub async fn run(record: Record) -> Result<(), RecordError> {
    let mut stop = Stop::listen()?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&record.file)
        .map_err(|why| RecordError::File { path: record.file.clone(), why })?;
    let listener = TcpListener::bind(record.listen)
        .await
        .map_err(|why| RecordError::Listen { listen: record.listen, why })?;
    say(&format!("recording on http://{}", listener.local_addr()?));
    let tape = Arc::new(Mutex::new(Tape { file, deliveries: 0 }));
    let app = Router::new()
        .fallback(post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(tape.clone());
    let end = CancellationToken::new();
    let server = axum::serve(listener, app).with_graceful_shutdown(end.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        done = &mut server => done.map_err(io::Error::other)??,
        () = stop.asked() => {
            end.cancel();
            tokio::select! {
                _ = tokio::time::timeout(FINISH_WITHIN, server) => {}
                () = stop.asked() => {}
            }
        }
    }
    let deliveries = tape.lock().unwrap_or_else(PoisonError::into_inner).deliveries;
    say(&format!("{deliveries} deliveries recorded"));
    Ok(())
}

async fn receive(
    State(tape): State<Arc<Mutex<Tape>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let hook = match uri.path().rsplit('/').next() {
        Some("cdr") => Some(Hook::Cdr),
        Some("extension") => Some(Hook::Extension),
        _ => None,
    };
    let recorded = Recorded::new(clock::now().0, hook, &headers, &body);
    match tape.lock().unwrap_or_else(PoisonError::into_inner).write(&recorded) {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            // The PBX tries again.
            say(&format!("can't write: {error}; make room on the disk"));
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
