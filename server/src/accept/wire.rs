//! A connection from which HTTP has gone: read and written without waiting, by more than one task.
//!
//! What is written goes to the socket as it is, so that one frame's bytes serve all readers in the clear. Under TLS a frame
//! is sealed first: then it is that reader's own, and goes to the socket as any other. So only sealing knows of TLS, and its
//! order is the order on the wire: whoever seals writes all of it before anybody seals again.

use std::{
    io::{self, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use rustls::ServerConnection;
use tokio::net::TcpStream;

use super::Place;

/// A connection's socket, and what was agreed on by TLS, where it is spoken.
#[derive(Debug)]
pub struct Wire {
    socket: TcpStream,
    session: Option<Box<Mutex<ServerConnection>>>,
    _place: Option<Place>,
}

impl Wire {
    pub(super) fn plain(socket: TcpStream, place: Option<Place>) -> Self {
        Self { socket, session: None, _place: place }
    }

    pub(super) fn tls(socket: TcpStream, mut session: ServerConnection, place: Option<Place>) -> Self {
        // A frame is sealed whole, however long it is.
        session.set_buffer_limit(None);
        Self { socket, session: Some(Box::new(Mutex::new(session))), _place: place }
    }

    /// The socket, to wait for and to write what is sealed to.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// A frame as it goes over the wire. An error where the session has ended.
    pub fn seal(&self, frame: Bytes) -> io::Result<Bytes> {
        let Some(session) = &self.session else { return Ok(frame) };
        let mut session = locked(session);
        session.writer().write_all(&frame)?;
        sealed(&mut session)
    }

    /// What says that nothing more comes: nothing in the clear.
    pub fn seal_end(&self) -> io::Result<Bytes> {
        let Some(session) = &self.session else { return Ok(Bytes::new()) };
        let mut session = locked(session);
        session.send_close_notify();
        sealed(&mut session)
    }

    /// Reads what is there; `WouldBlock` where that is nothing: then the socket says when it is worth another try.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(session) = &self.session else { return self.socket.try_read(buffer) };
        let mut session = locked(session);
        loop {
            match session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            // The end of it makes the next read an error.
            session.read_tls(&mut Ciphertext(&self.socket))?;
            session
                .process_new_packets()
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }
}

/// Everything that the session has for the wire.
fn sealed(session: &mut ServerConnection) -> io::Result<Bytes> {
    let mut sealed = Vec::new();
    while session.wants_write() {
        session.write_tls(&mut sealed)?;
    }
    Ok(sealed.into())
}

fn locked(session: &Mutex<ServerConnection>) -> MutexGuard<'_, ServerConnection> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The socket's bytes as they come.
struct Ciphertext<'a>(&'a TcpStream);

impl Read for Ciphertext<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}
