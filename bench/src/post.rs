//! Posting events: by a schedule, whatever the answers do (open loop), or as fast as they come (closed loop).

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
};

use crate::{
    digest,
    fault::Fault,
    http,
    latency::Latencies,
    program::{BEARER, DIGEST, PASSWORD, USER},
    schedule::Schedule,
};

/// How many connections a schedule has at most: so many answers may be late before an event is.
const CONNECTIONS_MAX: u32 = 64;

/// How a poster proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A token in every request.
    Bearer,
    /// A challenge and its answer for every event: no nonce is used twice.
    Digest,
}

/// What became of a schedule.
#[derive(Clone, Debug)]
pub struct Posted {
    /// From when an event was due to its 200.
    pub latencies: Latencies,
    /// From when an event was due to when it was sent: the bench's own part.
    pub lateness: Latencies,
    /// Events that were not answered 200.
    pub failed: u64,
}

/// Posts event `k` of the schedule when it is due. `event` makes it from its number and when it is due.
///
/// A thread a connection takes the next number, sleeps until it is due, posts, and waits for the answer: an answer that is
/// late holds up its own connection only.
pub fn open_loop(
    address: SocketAddr,
    proof: Proof,
    schedule: Schedule,
    event: &(impl Fn(u64, Instant) -> String + Sync),
) -> Result<Posted, Fault> {
    let next = AtomicU64::new(0);
    let connections = (schedule.rate / 8).clamp(4, CONNECTIONS_MAX);
    let mut all = Posted { latencies: Latencies::new(), lateness: Latencies::new(), failed: 0 };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| post_in_turn(address, proof, schedule, &next, event)))
            .collect();
        for worker in workers {
            let posted = worker.join().map_err(|_| Fault::Server("a poster panicked".into()))??;
            all.latencies.merge(&posted.latencies);
            all.lateness.merge(&posted.lateness);
            all.failed += posted.failed;
        }
        Ok(all)
    })
}

fn post_in_turn(
    address: SocketAddr,
    proof: Proof,
    schedule: Schedule,
    next: &AtomicU64,
    event: &impl Fn(u64, Instant) -> String,
) -> Result<Posted, Fault> {
    let mut connection = Connection::open(address, proof)?;
    let mut posted = Posted { latencies: Latencies::new(), lateness: Latencies::new(), failed: 0 };
    loop {
        let k = next.fetch_add(1, Ordering::Relaxed);
        let Some(due) = schedule.due(k) else { return Ok(posted) };
        let body = event(k, due);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        posted.lateness.add(due.elapsed());
        match connection.post(body.as_bytes()) {
            Ok(200) => posted.latencies.add(due.elapsed()),
            Ok(_) | Err(_) => posted.failed += 1,
        }
    }
}

/// A connection that is kept, and opened anew where the server has closed it meanwhile.
struct Connection {
    address: SocketAddr,
    proof: Proof,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr, proof: Proof) -> Result<Self, Fault> {
        let stream = http::connect(address).map_err(Fault::system("connecting to the server"))?;
        Ok(Self { address, proof, stream, buffer: Vec::new() })
    }

    fn post(&mut self, body: &[u8]) -> Result<u16, Fault> {
        let failed = || Fault::system("posting an event");
        match self.proof {
            Proof::Bearer => {
                let request = bearer(self.address, body);
                Ok(self.ask(&request).map_err(failed())?.status)
            }
            Proof::Digest => {
                let challenge = self.ask(&http::post(self.address, DIGEST, None, body)).map_err(failed())?;
                let path = format!("/hooks/{DIGEST}");
                let answer =
                    challenge.challenge.and_then(|text| digest::authorization(&text, USER, PASSWORD, &path));
                let answer = answer
                    .ok_or_else(|| Fault::Server(format!("{} without a challenge", challenge.status)))?;
                let request = http::post(self.address, DIGEST, Some(&answer), body);
                Ok(self.ask(&request).map_err(failed())?.status)
            }
        }
    }

    /// One request. Tried twice, since an idle connection may have been closed.
    fn ask(&mut self, request: &[u8]) -> std::io::Result<http::Answer> {
        if let Ok(answer) = self.ask_once(request) {
            return Ok(answer);
        }
        self.stream = http::connect(self.address)?;
        self.ask_once(request)
    }

    fn ask_once(&mut self, request: &[u8]) -> std::io::Result<http::Answer> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let mut piece = [0; 4096];
        loop {
            let read = self.stream.read(&mut piece)?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&piece[..read]);
            if let Some(answer) = http::answer(&self.buffer).map_err(std::io::Error::other)? {
                return Ok(answer);
            }
        }
    }
}

fn bearer(address: SocketAddr, body: &[u8]) -> Vec<u8> {
    let (endpoint, token) = BEARER;
    http::post(address, endpoint, Some(&format!("Bearer {token}")), body)
}

/// When a closed loop is over.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// After so many events,
    pub count: u64,
    /// or that long.
    pub lasting: Duration,
    /// What is answered later than this is not counted.
    pub counted: Duration,
}

/// What a closed loop did.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// Events answered 200 in the time that counts.
    pub events: u64,
    /// From the sending to the 200, in that time.
    pub latencies: Latencies,
    /// Events that were not answered 200.
    pub failed: u64,
}

/// So many clients, each of which posts its next event as soon as the last one was answered.
pub fn closed_loop(
    address: SocketAddr,
    clients: u32,
    until: Until,
    event: impl Fn(u64) -> String + Send + Sync + 'static,
) -> Result<Acknowledged, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Fault::system("starting a runtime"))?;
    runtime.block_on(async {
        let (next, event, started) = (Arc::new(AtomicU64::new(0)), Arc::new(event), Instant::now());
        let mut tasks = JoinSet::new();
        for _ in 0..clients {
            let (next, event) = (Arc::clone(&next), Arc::clone(&event));
            tasks.spawn(async move { post_on(address, until, started, &next, &*event).await });
        }
        let mut all = Acknowledged { events: 0, latencies: Latencies::new(), failed: 0 };
        while let Some(done) = tasks.join_next().await {
            let done = done.map_err(|_| Fault::Server("a client panicked".into()))?;
            let done = done.map_err(Fault::system("posting an event"))?;
            all.events += done.events;
            all.failed += done.failed;
            all.latencies.merge(&done.latencies);
        }
        Ok(all)
    })
}

async fn post_on(
    address: SocketAddr,
    until: Until,
    started: Instant,
    next: &AtomicU64,
    event: &(impl Fn(u64) -> String + Sync),
) -> std::io::Result<Acknowledged> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut all = Acknowledged { events: 0, latencies: Latencies::new(), failed: 0 };
    let mut buffer = Vec::with_capacity(1024);
    loop {
        let k = next.fetch_add(1, Ordering::Relaxed);
        if k >= until.count || started.elapsed() >= until.lasting {
            return Ok(all);
        }
        let request = bearer(address, event(k).as_bytes());
        let sent = Instant::now();
        stream.write_all(&request).await?;
        buffer.clear();
        let answer = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = http::answer(&buffer).map_err(std::io::Error::other)? {
                break answer;
            }
        };
        if answer.status != 200 {
            all.failed += 1;
        } else if started.elapsed() < until.counted {
            all.events += 1;
            all.latencies.add(sent.elapsed());
        }
    }
}
