//! What stands between a client and the server: it writes down each byte, and may cut a prefix, hold a request until the
//! server was started anew, or turn the order of parallel requests around.

use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::timeout,
};

/// What a proxy in front of the server takes off a path.
pub const PREFIX: &str = "/board";

/// How many parallel requests are turned around.
pub const TURNED: usize = 3;

/// How long a request is held for others at most.
const HELD_WITHIN: Duration = Duration::from_secs(25);

/// What the tap does with what passes.
#[derive(Clone)]
pub enum Way {
    /// Nothing.
    Straight,
    /// Takes [`PREFIX`] off each request's path.
    Cut,
    /// Holds the request with the so-many-th Digest until the server has another address, and says here that it does.
    OverRestart(usize, Arc<Semaphore>),
    /// Sends requests with `nc` over 1 when [`TURNED`] of them are there, the greatest first.
    Turned,
}

/// A listener that passes everything on to the server.
pub struct Tap {
    /// Where the client is to post.
    pub address: SocketAddr,
    passage: Arc<Passage>,
    connections: Arc<Mutex<Vec<Wire>>>,
}

/// What went over one connection.
#[derive(Clone, Default)]
struct Wire {
    asked: Vec<u8>,
    answered: Vec<u8>,
}

/// A request or an answer.
pub struct Message {
    /// Up to the empty line, each byte a character.
    pub head: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Message {
    /// The first one in `bytes` and whether it is whole; `None` where its head is not.
    fn first(bytes: &[u8]) -> Option<(Self, bool)> {
        let start = position(bytes, b"\r\n\r\n")? + 4;
        let head: String = bytes[..start].iter().map(|byte| char::from(*byte)).collect();
        let mut message = Self { head, bytes: vec![] };
        let length = if message.header("transfer-encoding").is_some() {
            position(&bytes[start..], b"0\r\n\r\n").map(|last| last + 5)
        } else {
            Some(message.header("content-length").map_or(0, |length| length.parse().unwrap()))
        };
        let end = length.map(|length| start + length).filter(|end| *end <= bytes.len());
        message.bytes = bytes[..end.unwrap_or(bytes.len())].to_vec();
        Some((message, end.is_some()))
    }

    /// The next one on a connection.
    pub fn read(stream: &mut impl std::io::Read) -> Self {
        let (mut bytes, mut part) = (Vec::new(), [0; 1 << 12]);
        loop {
            let read = stream.read(&mut part).unwrap();
            bytes.extend(&part[..read]);
            match Self::first(&bytes) {
                Some((message, is_whole)) if is_whole || read == 0 => return message,
                _ => assert!(read > 0, "closed without an answer"),
            }
        }
    }

    /// All of them, the last perhaps without its end.
    fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut messages = Vec::new();
        while let Some((message, _)) = Self::first(bytes) {
            bytes = &bytes[message.bytes.len()..];
            messages.push(message);
        }
        messages
    }

    /// The first line.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    /// A status, of an answer.
    pub fn status(&self) -> u16 {
        super::program::status(&self.head).unwrap()
    }

    /// The values of a header.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(move |(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// A header's first value.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// A field of a Digest.
    pub fn field(&self, name: &str) -> Option<&str> {
        let digest = self.header("authorization")?.strip_prefix("Digest ")?;
        let fields = digest.split(',').filter_map(|field| field.trim().split_once('='));
        fields.filter(|(its, _)| *its == name).map(|(_, value)| value.trim_matches('"')).next()
    }

    fn count(&self) -> Option<u32> {
        u32::from_str_radix(self.field("nc")?, 16).ok()
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

impl Tap {
    /// Opens one, until its runtime ends.
    pub async fn open(server: watch::Receiver<SocketAddr>, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let passage =
            Arc::new(Passage { way, digests: AtomicUsize::new(0), turns: watch::Sender::default() });
        let (heard, passes) = (Arc::clone(&connections), Arc::clone(&passage));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let place = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(Wire::default());
                    heard.len() - 1
                };
                let record = Record { heard: Arc::clone(&heard), place };
                let (server, passage) = (server.clone(), Arc::clone(&passes));
                // Where one side breaks off, so does the other; the client says what it makes of that.
                tokio::spawn(async move { passage.pass(client, server, record).await });
            }
        });
        Self { address, passage, connections }
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    /// The counts that were turned around, in the order in which the server had them.
    pub fn turned(&self) -> Vec<u32> {
        self.passage.turns.borrow().passed.clone()
    }

    /// All requests, connection by connection.
    pub fn requests(&self) -> Vec<Message> {
        self.connections.lock().unwrap().iter().flat_map(|wire| Message::all(&wire.asked)).collect()
    }

    /// All answers but "100 Continue", likewise.
    pub fn answers(&self) -> Vec<Message> {
        let connections = self.connections.lock().unwrap();
        let all = connections.iter().flat_map(|wire| Message::all(&wire.answered));
        all.filter(|answer| answer.status() != 100).collect()
    }
}

/// Where a connection's bytes are written down.
struct Record {
    heard: Arc<Mutex<Vec<Wire>>>,
    place: usize,
}

impl Record {
    fn asked(&self, bytes: &[u8]) {
        self.heard.lock().unwrap()[self.place].asked.extend(bytes);
    }

    fn answered(&self, bytes: &[u8]) {
        self.heard.lock().unwrap()[self.place].answered.extend(bytes);
    }
}

/// Counts of one nonce that wait, how many came, and those that were answered.
#[derive(Default)]
struct Turns {
    came: usize,
    waiting: BTreeSet<u32>,
    passed: Vec<u32>,
}

struct Passage {
    way: Way,
    digests: AtomicUsize,
    turns: watch::Sender<Turns>,
}

impl Passage {
    async fn pass(
        &self,
        mut client: TcpStream,
        mut server: watch::Receiver<SocketAddr>,
        record: Record,
    ) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut upstream = connect(&server).await?;
        if let Way::Straight = self.way {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = upstream.split();
            let (asked, answered) = tokio::join!(
                pump(from_client, to_server, |bytes| record.asked(bytes)),
                pump(from_server, to_client, |bytes| record.answered(bytes)),
            );
            return asked.and(answered);
        }
        while let Some(request) = next(&mut client).await? {
            record.asked(&request.bytes);
            let mut sent = request.bytes.clone();
            match &self.way {
                Way::Straight => {}
                Way::Cut => sent = cut(&sent),
                Way::OverRestart(number, held) => {
                    let is_digest = request.field("nonce").is_some();
                    if is_digest && self.digests.fetch_add(1, Ordering::Relaxed) + 1 == *number {
                        held.add_permits(1);
                        _ = timeout(HELD_WITHIN, server.changed()).await;
                    }
                    // Also a connection that had nothing to pass while the server was started anew.
                    let address = *server.borrow();
                    if upstream.peer_addr().ok() != Some(address) {
                        upstream = connect(&server).await?;
                    }
                }
                Way::Turned => self.wait_for_turn(&request).await,
            }
            upstream.write_all(&sent).await?;
            let Some(answer) = next(&mut upstream).await? else {
                break;
            };
            record.answered(&answer.bytes);
            if let Some(count) = request.count() {
                self.turns.send_modify(|turns| {
                    if turns.waiting.remove(&count) {
                        turns.passed.push(count);
                    }
                });
            }
            client.write_all(&answer.bytes).await?;
        }
        Ok(())
    }

    async fn wait_for_turn(&self, request: &Message) {
        let Some(count) = request.count().filter(|count| *count > 1) else {
            return;
        };
        let mut turns = self.turns.subscribe();
        self.turns.send_modify(|turns| {
            turns.came += 1;
            turns.waiting.insert(count);
        });
        // Too long: the order in which they passed says so.
        let mine = |turns: &Turns| turns.came >= TURNED && turns.waiting.last() == Some(&count);
        _ = timeout(HELD_WITHIN, turns.wait_for(mine)).await;
    }
}

async fn connect(server: &watch::Receiver<SocketAddr>) -> io::Result<TcpStream> {
    let address = *server.borrow();
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    record: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 14];
    loop {
        let read = from.read(&mut bytes).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        record(&bytes[..read]);
        to.write_all(&bytes[..read]).await?;
    }
}

/// The next whole message of a connection on which the other side waits for its answer.
async fn next(stream: &mut TcpStream) -> io::Result<Option<Message>> {
    let mut bytes = Vec::new();
    while stream.read_buf(&mut bytes).await? > 0 {
        if let Some((message, true)) = Message::first(&bytes) {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

/// A request as a proxy passes it on that serves us under [`PREFIX`].
fn cut(request: &[u8]) -> Vec<u8> {
    let path = format!(" {PREFIX}/");
    let at = position(request, path.as_bytes()).unwrap();
    [&request[..at], b" /", &request[at + path.len()..]].concat()
}
