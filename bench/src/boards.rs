//! A crowd of boards: each a WebSocket that subscribes, takes what comes, and finds in it when each event was due.
//!
//! All on one thread, with one buffer for reading: a board costs this process a socket and a few hundred bytes. It checks
//! what a page would check: changes lead from where it is, a beat says nothing newer, and at the end it has the last offset.

use std::{
    cell::RefCell,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::{Semaphore, oneshot},
    task::LocalSet,
};

use crate::{
    fault::Fault,
    frames::{self, Frame, FrameReader, Said},
    http,
    latency::Latencies,
    schedule::Clock,
};

/// How many handshakes, or bodies that are fetched, are under way at once: the server's backlog is finite.
const AT_ONCE: usize = 64;

/// How many source addresses a crowd has: a range of ports is finite too.
const SOURCES: usize = 16;

/// What is read at once.
const READ_BYTES: usize = 64 << 10;

/// How long all boards may take to have their rows.
const ROWS_WITHIN: Duration = Duration::from_mins(1);

/// How long the last board may take to have the last event.
const LAST_WITHIN: Duration = Duration::from_secs(15);

/// A crowd that is to be.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The server.
    pub address: SocketAddr,
    /// How many boards.
    pub boards: usize,
    /// What they show.
    pub view: &'static str,
    /// Whose stamps they read.
    pub clock: Clock,
    /// Events before this one are the warm-up: their latencies are not counted.
    pub first_event: u64,
    /// Which network 127.0.R.x they come from: another one each time, since ports of the last crowd are still waiting.
    pub source: u8,
}

/// What has come so far, of all boards together.
#[derive(Debug, Default)]
struct Counts {
    with_rows: AtomicU64,
    changes: AtomicU64,
    beats: AtomicU64,
    bytes: AtomicU64,
    fetches: AtomicU64,
}

/// The same, read at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// Frames of changes.
    pub changes: u64,
    /// Beats.
    pub beats: u64,
    /// Bytes of all frames' texts.
    pub bytes: u64,
    /// Times that a board was sent to fetch all rows.
    pub fetches: u64,
}

/// What a crowd found.
#[derive(Clone, Debug)]
pub struct Tally {
    /// From when an event was due until a board had it, for each event that a board was shown.
    pub latencies: Latencies,
    /// Changes that didn't lead from where the board was, and beats of what it never had.
    pub holes: u64,
    /// Boards that don't have the last event.
    pub behind: u64,
    /// Boards whose connection failed, and why the first one did.
    pub failed: u64,
    /// Why the first one did.
    pub why: Option<String>,
}

/// Boards that watch, on a thread of their own.
pub struct Crowd {
    counts: Arc<Counts>,
    goal: oneshot::Sender<u64>,
    thread: JoinHandle<Result<Tally, Fault>>,
}

impl Crowd {
    /// Opens them all; returns when each has its rows.
    pub fn open(plan: Plan) -> Result<Self, Fault> {
        let counts = Arc::new(Counts::default());
        let (goal, reached) = oneshot::channel();
        let theirs = Arc::clone(&counts);
        let thread = thread::Builder::new()
            .name("boards".into())
            .spawn(move || watch(plan, theirs, reached))
            .map_err(Fault::system("starting a thread"))?;
        let crowd = Self { counts, goal, thread };
        let started = Instant::now();
        while crowd.counts.with_rows.load(Ordering::Relaxed) < plan.boards as u64 {
            if crowd.thread.is_finished() || started.elapsed() > ROWS_WITHIN {
                let have = crowd.counts.with_rows.load(Ordering::Relaxed);
                let tally = crowd.finish(u64::MAX)?;
                let why = tally.why.unwrap_or_default();
                return Err(Fault::Server(format!("{have} of {} boards got rows; {why}", plan.boards)));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(crowd)
    }

    /// What has come so far.
    pub fn arrived(&self) -> Arrived {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Arrived {
            changes: read(&self.counts.changes),
            beats: read(&self.counts.beats),
            bytes: read(&self.counts.bytes),
            fetches: read(&self.counts.fetches),
        }
    }

    /// Waits until all have that offset, then lets them go.
    pub fn finish(self, offset: u64) -> Result<Tally, Fault> {
        // The thread is there as long as its boards are.
        let _ = self.goal.send(offset);
        self.thread.join().map_err(|_| Fault::Server("the boards' thread panicked".into()))?
    }
}

/// The thread.
fn watch(plan: Plan, counts: Arc<Counts>, goal: oneshot::Receiver<u64>) -> Result<Tally, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Fault::system("starting a runtime"))?;
    let tally = Tally { latencies: Latencies::new(), holes: 0, behind: 0, failed: 0, why: None };
    let all = Rc::new(Watchers {
        plan,
        counts,
        at_once: Semaphore::new(AT_ONCE),
        buffer: RefCell::new(vec![0; READ_BYTES]),
        places: RefCell::new(vec![Place::default(); plan.boards]),
        tally: RefCell::new(tally),
    });
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        for board in 0..plan.boards {
            let all = Rc::clone(&all);
            tokio::task::spawn_local(async move {
                if let Err(error) = all.watch(board).await {
                    let mut tally = all.tally.borrow_mut();
                    tally.failed += 1;
                    tally.why.get_or_insert(error);
                }
            });
        }
        // Without a goal nobody waits for anything.
        let goal = goal.await.unwrap_or(0);
        let started = Instant::now();
        while goal != u64::MAX && all.behind(goal) > 0 && started.elapsed() < LAST_WITHIN {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let behind = all.behind(goal);
        let mut tally = all.tally.borrow().clone();
        tally.behind = behind;
        Ok(tally)
    })
}

/// What the boards of a crowd share.
struct Watchers {
    plan: Plan,
    counts: Arc<Counts>,
    at_once: Semaphore,
    buffer: RefCell<Vec<u8>>,
    /// Where each board is.
    places: RefCell<Vec<Place>>,
    tally: RefCell<Tally>,
}

/// Where a board is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Its offset; none before its first rows, and while it fetches.
    offset: Option<u64>,
    /// Whether it has ever had rows.
    had_rows: bool,
}

/// What a board does after a frame.
enum Next {
    Read,
    Fetch { url: String, resume: String },
    Closed,
}

impl Watchers {
    fn behind(&self, goal: u64) -> u64 {
        let places = self.places.borrow();
        places.iter().filter(|place| place.offset.is_none_or(|offset| offset < goal)).count() as u64
    }

    /// One board, until its connection ends.
    async fn watch(&self, board: usize) -> Result<(), String> {
        let (mut stream, rest) = {
            let _turn = self.at_once.acquire().await.map_err(|error| error.to_string())?;
            self.open(board).await?
        };
        let mut frames = FrameReader::default();
        let subscribe = frames::text_frame(&format!(r#"{{"t":"subscribe","view":"{}"}}"#, self.plan.view));
        stream.write_all(&subscribe).await.map_err(|error| format!("subscribing: {error}"))?;
        let mut next = self.take(board, &mut frames, &rest)?;
        drop(rest);
        loop {
            match next {
                Next::Read => {}
                Next::Closed => return Err("the server closed the connection".into()),
                Next::Fetch { url, resume } => {
                    self.fetch(board, &url).await?;
                    let subscribe = frames::text_frame(&resume);
                    stream.write_all(&subscribe).await.map_err(|error| format!("resuming: {error}"))?;
                }
            }
            stream.readable().await.map_err(|error| format!("reading: {error}"))?;
            let mut buffer = self.buffer.borrow_mut();
            next = match stream.try_read(&mut buffer) {
                Ok(0) => Next::Closed,
                Ok(read) => self.take(board, &mut frames, &buffer[..read])?,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Next::Read,
                Err(error) => return Err(format!("reading: {error}")),
            };
        }
    }

    /// A connection from this crowd's network.
    async fn connect(&self, board: usize) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        let host = 2 + (board % SOURCES) as u8;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, self.plan.source, host)), 0))?;
        let stream = socket.connect(self.plan.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Connects and shakes hands; gives what came after the answer, too.
    async fn open(&self, board: usize) -> Result<(TcpStream, Vec<u8>), String> {
        let failed = |error: std::io::Error| format!("connecting: {error}");
        let mut stream = self.connect(board).await.map_err(failed)?;
        let request = format!(
            "GET /feed HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: ringside.v1\r\n\r\n",
            self.plan.address
        );
        stream.write_all(request.as_bytes()).await.map_err(failed)?;
        let mut bytes = Vec::with_capacity(512);
        loop {
            if stream.read_buf(&mut bytes).await.map_err(failed)? == 0 {
                return Err("the handshake broke off".into());
            }
            if let Some(answer) = http::answer(&bytes)? {
                if answer.status != 101 {
                    return Err(format!("the handshake was answered {}", answer.status));
                }
                return Ok((stream, bytes.split_off(answer.bytes)));
            }
        }
    }

    /// Reads the body that a `fetch` names, and drops it piece by piece: its offset stood in the frame.
    async fn fetch(&self, board: usize, url: &str) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("fetching rows: {error}");
        let _turn = self.at_once.acquire().await.map_err(|error| error.to_string())?;
        let mut stream = self.connect(board).await.map_err(failed)?;
        let request = format!(
            "GET {url} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
            self.plan.address
        );
        stream.write_all(request.as_bytes()).await.map_err(failed)?;
        let (mut piece, mut bytes) = (vec![0; 16 << 10], 0);
        loop {
            let read = stream.read(&mut piece).await.map_err(failed)?;
            if bytes == 0 && !piece[..read].starts_with(b"HTTP/1.1 200") {
                return Err("fetching rows: the answer is not 200".into());
            }
            if read == 0 {
                self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
                return Ok(());
            }
            bytes += read as u64;
        }
    }

    /// Takes bytes that came for a board.
    fn take(&self, board: usize, frames: &mut FrameReader, bytes: &[u8]) -> Result<Next, String> {
        let now = self.plan.clock.now();
        let mut next = Next::Read;
        frames.push(bytes, |frame| match frame {
            Frame::Text(text) => {
                if let Some(then) = self.hear(board, text, now) {
                    next = then;
                }
            }
            Frame::Close => next = Next::Closed,
            Frame::Other => {}
        })?;
        Ok(next)
    }

    /// One frame of the feed.
    fn hear(&self, board: usize, text: &[u8], now: u64) -> Option<Next> {
        let (counts, tally) = (&self.counts, &mut *self.tally.borrow_mut());
        let place = &mut self.places.borrow_mut()[board];
        counts.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        let said = frames::said(text);
        if let (Said::Snapshot { offset } | Said::Changes { offset, .. }, false) = (&said, place.had_rows) {
            *place = Place { offset: Some(*offset), had_rows: true };
            counts.with_rows.fetch_add(1, Ordering::Relaxed);
        }
        match said {
            Said::Snapshot { offset } => place.offset = Some(offset),
            Said::Changes { from, offset } => {
                let follows = place.offset.is_none_or(|mine| from <= mine && mine <= offset);
                tally.holes += u64::from(!follows);
                place.offset = Some(offset);
                counts.changes.fetch_add(1, Ordering::Relaxed);
                for (event, stamp) in frames::stamps(text) {
                    if event >= self.plan.first_event {
                        tally.latencies.add_micros(now.saturating_sub(stamp));
                    }
                }
            }
            Said::Beat { offset } => {
                tally.holes += u64::from(place.offset.is_some_and(|mine| mine < offset));
                counts.beats.fetch_add(1, Ordering::Relaxed);
            }
            Said::Fetch { url, epoch, offset } => {
                // Beats count nothing until the rows are there.
                place.offset = None;
                counts.fetches.fetch_add(1, Ordering::Relaxed);
                let view = self.plan.view;
                let resume = format!(
                    r#"{{"t":"subscribe","view":"{view}","resume":{{"epoch":"{epoch}","offset":{offset}}}}}"#
                );
                return Some(Next::Fetch { url: url.to_owned(), resume });
            }
            Said::Other => {}
        }
        None
    }
}
