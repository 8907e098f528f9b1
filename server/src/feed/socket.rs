//! One reader's own task: what it asks, and what it is answered, until it or the server goes.
//!
//! What happens is written by the channel (`channel`, `line`). This task hears the reader, and writes on what the system did
//! not take at once: a reader that does not take a frame within 10 s is let go, with nothing queued for it meanwhile.

use std::{io, sync::Arc, time::Duration};

use axum::body::Bytes;
use model::wire::{ByeReason, ClientFrame, ErrorCode, Resume, ServerFrame};
use tokio::time::{Instant, timeout};
use tungstenite::{Error, protocol::frame::coding::CloseCode};

use super::{
    Hub, View,
    channel::Reader,
    frames,
    hearing::{Heard, Hearing},
    line::Line,
    pace::Pace,
};
use crate::{
    accept::Connection,
    access::{Asker, Watch, Who},
};

/// The subprotocol of this version.
pub const PROTOCOL: &str = "ringside.v1";

/// How many messages a client may send in a second.
const MESSAGES_PER_SECOND: u32 = 10;

/// How long a goodbye may take.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// The close code that says: ask again, signed in. 4000 to 4999 are for applications (RFC 6455 7.4.2).
pub const SIGN_IN_AGAIN: u16 = 4401;

/// Why a reader goes.
enum End {
    /// It went, or its connection broke.
    Gone,
    /// It is told why, by a close code.
    Closed(CloseCode, &'static str),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error {
            Error::Capacity(_) => Self::Closed(CloseCode::Size, "a message is 16 KiB at most"),
            _ => Self::Gone,
        }
    }
}

/// Serves a reader for as long as it stays, and as `watch` lets it. `read` is what came behind its handshake, `fixed` the tenant
/// of the path, where there is one in it.
pub async fn serve(connection: Connection, read: Bytes, hub: Hub, fixed: Option<String>, mut watch: Watch) {
    let _served = hub.socket();
    let stop = hub.stop().clone();
    let line = Arc::new(Line::new(connection));
    let mut hearing = Hearing::new(&read);
    let mut changes = hub.walls().changes();
    drop(read);
    let asker = watch.asker().clone();
    let mut socket =
        Socket { hub, fixed, asker, line: Arc::clone(&line), reader: None, allowance: Allowance::new() };
    let end = loop {
        let done = tokio::select! {
            heard = hearing.next(line.wire()) => match heard {
                Ok(heard) => socket.hear(heard).await,
                Err(error) => Err(error.into()),
            },
            () = line.held_up() => socket.catch_up().await,
            Ok(()) = changes.changed() => socket.look_again().await,
            () = watch.ended() => Err(End::Closed(
                CloseCode::from(SIGN_IN_AGAIN),
                "signed out, or with other rights; ask again",
            )),
            () = stop.cancelled() => {
                let bye = frames::json(&ServerFrame::Bye { why: ByeReason::Shutdown });
                _ = timeout(GOODBYE_WITHIN, line.send(frames::message(&bye))).await;
                Err(End::Closed(CloseCode::Away, "the server is shutting down"))
            }
        };
        if let Err(end) = done {
            break end;
        }
    };
    // Nothing may come behind a close.
    drop(socket);
    if let End::Closed(code, reason) = end {
        _ = timeout(GOODBYE_WITHIN, line.send(frames::close(code.into(), reason))).await;
    }
    line.end();
}

struct Socket {
    hub: Hub,
    fixed: Option<String>,
    asker: Asker,
    line: Arc<Line>,
    reader: Option<Reader>,
    allowance: Allowance,
}

impl Socket {
    async fn hear(&mut self, heard: Heard) -> Result<(), End> {
        let text = match heard {
            Heard::Text(text) => text,
            Heard::Binary => return Err(End::Closed(CloseCode::Unsupported, "frames are text")),
            Heard::Reply(reply) => return Ok(self.line.send(reply).await?),
            Heard::Close(reply) => {
                self.reader = None;
                _ = timeout(GOODBYE_WITHIN, self.line.send(reply)).await;
                return Err(End::Gone);
            }
        };
        if !self.allowance.take() {
            return Err(End::Closed(CloseCode::Policy, "at most 10 messages a second"));
        }
        match serde_json::from_str::<ClientFrame>(&text) {
            Ok(ClientFrame::Subscribe { view, tenant, build, resume, calm }) => {
                let pace = if calm { Pace::Calm } else { Pace::Prompt };
                self.subscribe(&view, tenant.as_deref(), build.as_deref(), resume.as_ref(), pace).await
            }
            Ok(ClientFrame::Unsubscribe {}) => {
                self.reader = None;
                Ok(())
            }
            Ok(ClientFrame::Report { body }) => {
                if let Who::Wall(id) = self.asker.who {
                    self.hub.walls().report(id, &body);
                }
                Ok(())
            }
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
        pace: Pace,
    ) -> Result<(), End> {
        self.reader = None;
        let named = self.fixed.as_deref().or(tenant);
        let tenant = self.hub.tenant(&self.asker, named);
        let channel = tenant.and_then(|tenant| {
            let view = self.hub.view(&tenant.id, view)?;
            self.hub.channel(&tenant, &view, &self.asker)
        });
        let Some(channel) = channel else {
            // A wall that was pointed to another board loads that one's page.
            if self.asker.board.as_ref().is_some_and(|board| **board != *view) {
                return self.send(&ServerFrame::Reload { build: self.hub.build().to_owned() }).await;
            }
            let text = match named {
                None if self.hub.tenant(&self.asker, None).is_none() => {
                    "there are several tenants; name one in `tenant`"
                }
                _ => "there is no such view, or not for you",
            };
            return self.error(ErrorCode::NoView, text.to_owned()).await;
        };
        let reader = self.reader.insert(channel.join(pace, &self.line));
        reader.begin(resume).await?;
        if build.is_some_and(|build| build != self.hub.build()) {
            self.send(&ServerFrame::Reload { build: self.hub.build().to_owned() }).await?;
        }
        Ok(())
    }

    /// A wall whose board has become another one, or is gone, loads its page again.
    async fn look_again(&mut self) -> Result<(), End> {
        let Some(reader) = &self.reader else { return Ok(()) };
        let (tenant, view, ..) = reader.channel().key();
        if !matches!(view, View::Wall(_)) || self.hub.view(&tenant, &view.name()) == Some(view) {
            return Ok(());
        }
        self.send(&ServerFrame::Reload { build: self.hub.build().to_owned() }).await
    }

    /// Writes on what is under way, then what is newer by then, and a beat.
    async fn catch_up(&mut self) -> Result<(), End> {
        self.line.finish().await?;
        if let Some(reader) = &self.reader {
            reader.catch_up();
        }
        Ok(())
    }

    async fn error(&mut self, code: ErrorCode, text: String) -> Result<(), End> {
        self.send(&ServerFrame::Error { code, text }).await
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), End> {
        Ok(self.line.send(frames::message(&frames::json(frame))).await?)
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
