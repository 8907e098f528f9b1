//! A reader's connection: whole frames one after the other, whoever has one for it.
//!
//! Two write to it: its own task what it answers, and the channel what happens, to all its readers in one go. Neither waits
//! for the other, and the channel waits for nobody: what the system does not take at once is left to the reader's own task,
//! and until that is through the channel passes the reader by. So nothing is queued, and no reader's task is woken for a
//! frame that fits.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use model::id::Seq;
use tokio::{sync::Notify, time::timeout};

use crate::accept::{Connection, Wire};

/// How long a reader may take to take what is under way to it.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// What a reader is sent.
#[derive(Debug, Default)]
pub struct Out {
    /// What leads to [`Out::offset`], where the reader was not there.
    pub rows: Option<Bytes>,
    /// A beat at that offset.
    pub beat: Option<Bytes>,
    /// Where the reader is then.
    pub offset: Option<Seq>,
}

/// A connection that has become a WebSocket.
#[derive(Debug)]
pub struct Line {
    wire: Wire,
    state: Mutex<State>,
    held_up: Notify,
}

#[derive(Debug, Default)]
struct State {
    seat: Option<Seat>,
    /// The rest of a frame that the system has not taken yet, sealed.
    unsent: Bytes,
}

/// Which channel may write, and where the reader is in it.
#[derive(Debug)]
struct Seat {
    number: u64,
    offset: Option<Seq>,
}

impl Line {
    /// Nobody has written to it yet.
    pub fn new(connection: Connection) -> Self {
        Self { wire: connection.into_wire(), state: Mutex::default(), held_up: Notify::new() }
    }

    /// What is under it, to read from.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// From now on who has this number may offer frames that lead on from `offset`.
    pub fn sit(&self, number: u64, offset: Option<Seq>) {
        self.state().seat = Some(Seat { number, offset });
    }

    /// From now on nobody may.
    pub fn stand_up(&self) {
        self.state().seat = None;
    }

    /// Writes what `take` makes of the reader's offset, unless the seat is another one by now, or a frame is still under
    /// way. A beat for which there is no room is left out.
    pub fn offer(&self, number: u64, take: impl FnOnce(Option<Seq>) -> Out) {
        let state = &mut *self.state();
        let Some(seat) = state.seat.as_mut().filter(|seat| seat.number == number) else { return };
        if !state.unsent.is_empty() {
            // Its own task catches up when it is through.
            self.held_up.notify_one();
            return;
        }
        let out = take(seat.offset);
        seat.offset = out.offset;
        for frame in [out.rows, out.beat].into_iter().flatten() {
            if state.unsent.is_empty() {
                // An error: its session has ended, which its own task hears.
                state.unsent = self.wire.seal(frame).unwrap_or_default();
                // An error comes again where the reader's own task writes on.
                if self.write(&mut state.unsent).is_err() || !state.unsent.is_empty() {
                    self.held_up.notify_one();
                }
            }
        }
    }

    /// Waits until a frame could not be offered, or what was offered not be written at once: [`Line::finish`] then.
    pub async fn held_up(&self) {
        self.held_up.notified().await;
    }

    /// Writes a frame of the reader's own task, after what is under way.
    pub async fn send(&self, frame: Bytes) -> io::Result<()> {
        loop {
            self.finish().await?;
            let state = &mut *self.state();
            // The channel may have been quicker.
            if state.unsent.is_empty() {
                state.unsent = self.wire.seal(frame)?;
                break;
            }
        }
        self.finish().await
    }

    /// Says that nothing more comes, where that is said on the wire, and nothing is under way. Nobody waits for it.
    pub fn end(&self) {
        let state = &mut *self.state();
        if state.unsent.is_empty()
            && let Ok(end) = self.wire.seal_end()
        {
            state.unsent = end;
            _ = self.write(&mut state.unsent);
        }
    }

    /// Writes what is under way to its end. An error where the reader is gone, or has not taken all of it for too long.
    pub async fn finish(&self) -> io::Result<()> {
        let all = async {
            while !self.write_on()? {
                self.wire.socket().writable().await?;
            }
            Ok(())
        };
        timeout(STUCK_AFTER, all).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether all is written now.
    fn write_on(&self) -> io::Result<bool> {
        let state = &mut *self.state();
        self.write(&mut state.unsent)?;
        Ok(state.unsent.is_empty())
    }

    /// As much of it as the system takes.
    fn write(&self, unsent: &mut Bytes) -> io::Result<()> {
        while !unsent.is_empty() {
            match self.wire.socket().try_write(unsent) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => drop(unsent.split_to(taken)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // Or an idle reader would hold the last frame.
        *unsent = Bytes::new();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum_server::accept::Accept as _;
    use tokio::{
        io::AsyncReadExt as _,
        net::{TcpListener, TcpStream},
    };

    use super::*;
    use crate::accept::Door;

    async fn connected() -> (TcpStream, Line) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (connection, ()) = Door::new(vec![]).accept(stream, ()).await.unwrap();
        let line = Line::new(connection);
        line.wire().socket().writable().await.unwrap();
        (client, line)
    }

    fn to(offset: u64, rows: &Bytes) -> Out {
        Out { rows: Some(rows.clone()), beat: Some("beat".into()), offset: Some(Seq(offset)) }
    }

    #[tokio::test]
    async fn a_frame_that_does_not_fit_is_ended_before_another_one_is_taken() {
        let (mut client, line) = connected().await;
        let line = Arc::new(line);
        let large = Bytes::from(vec![b'x'; 16 << 20]);
        line.sit(7, Some(Seq(1)));
        line.offer(7, |from| {
            assert_eq!(from, Some(Seq(1)));
            to(2, &large)
        });
        line.held_up().await;
        // Passed by, and its own task hears of it.
        line.offer(7, |_| panic!("taken while another one is under way"));
        line.held_up().await;
        let writing = tokio::spawn({
            let line = Arc::clone(&line);
            async move { line.send("own".into()).await }
        });
        let mut heard = vec![0; large.len() + 3];
        client.read_exact(&mut heard).await.unwrap();
        assert!(heard[..large.len()] == large && heard.ends_with(b"own"), "and no beat in between");
        writing.await.unwrap().unwrap();
        line.offer(7, |from| {
            assert_eq!(from, Some(Seq(2)));
            to(3, &"rows".into())
        });
        let mut heard = [0; 8];
        client.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"rowsbeat");
    }

    #[tokio::test]
    async fn who_has_another_seat_by_now_is_offered_nothing() {
        let (_client, line) = connected().await;
        let never = |_| -> Out { panic!("taken for another seat") };
        line.offer(7, never);
        line.sit(8, None);
        line.offer(7, never);
        line.stand_up();
        line.offer(8, never);
    }
}
