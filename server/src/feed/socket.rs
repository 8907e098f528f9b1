//! One reader: what it asks, and its way through a channel, until it or the server goes.
//!
//! The socket reads while nothing is written, and writes one frame at a time: a reader that takes nothing for 10 s is let
//! go, with nothing queued for it meanwhile.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use model::wire::{ByeReason, ClientFrame, ErrorCode, Resume, ServerFrame};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::{Hub, View, channel::Reader, frames};

/// The subprotocol of this version.
pub const PROTOCOL: &str = "ringside.v1";

/// The largest message that a client may send.
pub const MESSAGE_BYTES_MAX: usize = 16 << 10;

/// How many messages a client may send in a second.
const MESSAGES_PER_SECOND: u32 = 10;

/// How often a reader hears that its rows are right.
const BEAT_EVERY: Duration = Duration::from_secs(3);

/// How long a reader may take nothing.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// How long a goodbye may take.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// Why a reader goes.
enum End {
    /// It went, or its connection broke.
    Gone,
    /// It is told why, by a close code.
    Closed(u16, &'static str),
}

/// Serves a reader for as long as it stays. `fixed` is the tenant of the path, where there is one in it.
pub async fn serve(socket: WebSocket, hub: Hub, fixed: Option<String>) {
    let _served = hub.socket();
    let (sender, mut receiver) = socket.split();
    let mut reader = Socket { hub, fixed, sender, reader: None, beat: beats(), allowance: Allowance::new() };
    let stop = reader.hub.stop().clone();
    let end = loop {
        let done = tokio::select! {
            message = receiver.next() => match message {
                Some(Ok(message)) => reader.hear(message).await,
                Some(Err(error)) => Err(broken(&error)),
                None => Err(End::Gone),
            },
            () = moved(&mut reader.reader) => reader.send_newer(false).await,
            _ = reader.beat.tick(), if reader.reader.is_some() => reader.send_newer(true).await,
            () = stop.cancelled() => {
                let bye = frames::json(&ServerFrame::Bye { why: ByeReason::Shutdown });
                _ = timeout(GOODBYE_WITHIN, reader.sender.send(Message::Text(bye.into()))).await;
                Err(End::Closed(close_code::AWAY, "the server is shutting down"))
            }
        };
        if let Err(end) = done {
            break end;
        }
    };
    if let End::Closed(code, reason) = end {
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        _ = timeout(GOODBYE_WITHIN, reader.sender.send(close)).await;
    }
}

/// A client's message that the socket could not read.
fn broken(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("Space limit") {
        End::Closed(close_code::SIZE, "a message is 16 KiB at most")
    } else {
        End::Gone
    }
}

async fn moved(reader: &mut Option<Reader>) {
    match reader {
        Some(reader) => reader.moved().await,
        None => std::future::pending().await,
    }
}

fn beats() -> Interval {
    let mut beats = interval_at(Instant::now() + BEAT_EVERY, BEAT_EVERY);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}

struct Socket {
    hub: Hub,
    fixed: Option<String>,
    sender: SplitSink<WebSocket, Message>,
    reader: Option<Reader>,
    beat: Interval,
    allowance: Allowance,
}

impl Socket {
    async fn hear(&mut self, message: Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return Err(End::Gone),
            // The library answers pings by itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return Err(End::Closed(close_code::UNSUPPORTED, "frames are text")),
        };
        if !self.allowance.take() {
            return Err(End::Closed(close_code::POLICY, "at most 10 messages a second"));
        }
        match serde_json::from_str::<ClientFrame>(&text) {
            Ok(ClientFrame::Subscribe { view, tenant, build, resume }) => {
                self.subscribe(&view, tenant.as_deref(), build.as_deref(), resume.as_ref()).await
            }
            Ok(ClientFrame::Unsubscribe {}) => {
                self.reader = None;
                Ok(())
            }
            Ok(ClientFrame::Report { .. }) => Ok(()),
            Err(error) => {
                let text = format!("the frame was not understood ({error}); docs/feed.md lists the frames");
                self.error(ErrorCode::BadFrame, text).await
            }
        }
    }

    async fn subscribe(
        &mut self,
        view: &str,
        tenant: Option<&str>,
        build: Option<&str>,
        resume: Option<&Resume>,
    ) -> Result<(), End> {
        self.reader = None;
        let named = self.fixed.as_deref().or(tenant);
        let tenant = self.hub.tenant(named);
        let channel = tenant.and_then(|tenant| self.hub.channel(&tenant, &View::parse(view)?));
        let Some(channel) = channel else {
            let text = match named {
                None if self.hub.tenant(None).is_none() => "there are several tenants; name one in `tenant`",
                _ => "there is no such view, or not for you",
            };
            return self.error(ErrorCode::NoView, text.to_owned()).await;
        };
        let mut reader = channel.join();
        let first = reader.first(resume);
        self.reader = Some(reader);
        self.send(first).await?;
        self.beat.reset();
        self.send_newer(true).await?;
        if build.is_some_and(|build| build != self.hub.build()) {
            let reload = ServerFrame::Reload { build: self.hub.build().to_owned() };
            self.send(frames::json(&reload).into()).await?;
        }
        Ok(())
    }

    /// Sends what is newer than the reader has, and a beat where it is due.
    async fn send_newer(&mut self, with_beat: bool) -> Result<(), End> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let lamps = with_beat.then(|| self.hub.lamps(&reader.channel().tenant().id));
        let out = reader.take(lamps);
        let has_rows = out.rows.is_some();
        for text in [out.rows, out.beat].into_iter().flatten() {
            self.send(text).await?;
        }
        if let (true, Some(reader)) = (has_rows, &self.reader) {
            reader.delivered();
        }
        Ok(())
    }

    async fn error(&mut self, code: ErrorCode, text: String) -> Result<(), End> {
        self.send(frames::json(&ServerFrame::Error { code, text }).into()).await
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        match timeout(STUCK_AFTER, self.sender.send(Message::Text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }
}

/// How many more messages a client may send in this second.
struct Allowance {
    second: Instant,
    left: u32,
}

impl Allowance {
    fn new() -> Self {
        Self { second: Instant::now(), left: MESSAGES_PER_SECOND }
    }

    fn take(&mut self) -> bool {
        if self.second.elapsed() >= Duration::from_secs(1) {
            *self = Self::new();
        }
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
    }
}
