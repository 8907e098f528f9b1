//! What a reader says: messages out of the bytes of its connection. The library reads them; what it would write by itself
//! (pongs, the answer to a close) is handed on, so that only [`Line`](super::line::Line) writes.

use std::io::{self, Read, Write};

use axum::body::Bytes;
use tungstenite::{
    Error, Message, Utf8Bytes,
    protocol::{Role, WebSocketConfig, WebSocketContext},
};

use crate::accept::Wire;

/// The largest message that a client may send.
pub const MESSAGE_BYTES_MAX: usize = 16 << 10;

/// What is read at once, and held for each reader: the library's default is 128 KiB. What a client says is seldom longer
/// than a subscription.
const READ_BYTES: usize = 512;

/// What there is to do.
#[derive(Debug)]
pub enum Heard {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary,
    /// To be written, as it is.
    Reply(Bytes),
    /// The client closes. To be written before the end.
    Close(Bytes),
}

/// A reader's ear.
pub struct Hearing {
    context: WebSocketContext,
    reply: Vec<u8>,
}

impl Hearing {
    /// `read` is what came behind the handshake.
    pub fn new(read: &[u8]) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let context = WebSocketContext::from_partially_read(read.to_vec(), Role::Server, Some(config));
        Self { context, reply: Vec::new() }
    }

    /// Waits for the next message. What was heard so far is not lost when the wait is given up.
    pub async fn next(&mut self, wire: &Wire) -> Result<Heard, Error> {
        loop {
            if !self.reply.is_empty() {
                return Ok(Heard::Reply(self.take_reply()));
            }
            match self.context.read(&mut Ends { wire, reply: &mut self.reply }) {
                Ok(Message::Text(text)) => return Ok(Heard::Text(text)),
                Ok(Message::Binary(_)) => return Ok(Heard::Binary),
                Ok(Message::Close(_)) => {
                    // It says that the connection is closed now, which it is once we let it go.
                    _ = self.context.flush(&mut Ends { wire, reply: &mut self.reply });
                    return Ok(Heard::Close(self.take_reply()));
                }
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    if self.reply.is_empty() {
                        wire.socket().readable().await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn take_reply(&mut self) -> Bytes {
        std::mem::take(&mut self.reply).into()
    }
}

/// Reads from the wire, writes to a buffer.
struct Ends<'a> {
    wire: &'a Wire,
    reply: &'a mut Vec<u8>,
}

impl Read for Ends<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wire.try_read(buffer)
    }
}

impl Write for Ends<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reply.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
