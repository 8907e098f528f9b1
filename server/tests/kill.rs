//! A delivery that was answered 200 survives the server: killed at random moments under load, or asked to stop.
//!
//! The real program, real sockets, a real folder. Oracle: the clients' own list of what was answered 200, against the rows
//! that SQLite alone reads from `journal.db`, and against the board's API after one more start.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use program::{ENDPOINT, Folder, PATIENCE, Server, TOKEN, connect, status};
use rusqlite::Connection;

/// How often the server is killed.
const KILLS: u64 = 50;

/// The latest moment of a kill, in milliseconds after the first acknowledged delivery of its round.
const KILLED_WITHIN_MS: u64 = 800;

/// Keep-alive connections, and how long each pauses after an answer: 200 deliveries a second in all.
const CLIENTS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// Within this a server that was asked to stop has stopped (reliability promise F19).
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn fifty_kills_at_random_moments_lose_no_event_that_was_answered_200() {
    let seed = seed();
    println!("seed {seed} (RINGSIDE_TEST_SEED={seed} repeats its moments)");
    let mut random = seed;
    let folder = Folder::new();
    let mut posted = Posted::default();
    for round in 0..KILLS {
        let server = folder.start();
        let clients = Clients::start(server.address, &format!("k{round}"));
        clients.wait_for_an_answer();
        thread::sleep(Duration::from_millis(next(&mut random) % KILLED_WITHIN_MS));
        server.kill();
        posted.add(clients.end());
    }
    let journalled = journalled(&folder);
    println!(
        "{KILLS} kills, {} events posted, {} answered 200, {} in the journal",
        posted.sent,
        posted.acknowledged.len(),
        journalled.len()
    );
    assert_none_lost(&posted, &journalled, "in journal.db");

    let server = folder.start_ready();
    let shown = extensions(&server);
    assert_none_lost(&posted, &shown, "on the board");
    server.kill();
}

#[test]
fn a_server_that_is_told_to_stop_under_load_ends_well_and_loses_nothing() {
    let folder = Folder::new();
    let mut server = folder.start();
    let clients = Clients::start(server.address, "t");
    clients.wait_for_an_answer();
    thread::sleep(Duration::from_millis(500));
    server.signal("TERM");
    let status = server.wait(STOPPED_WITHIN);
    let posted = clients.end();
    println!("SIGTERM: {} events posted, {} answered 200", posted.sent, posted.acknowledged.len());
    assert_eq!(status.map(|status| status.code()), Some(Some(0)), "exit code 0 within 10 s");
    assert!(!folder.data.join("journal.db-wal").exists(), "the journal was closed, not left");
    assert_none_lost(&posted, &journalled(&folder), "in journal.db");
}

fn assert_none_lost(posted: &Posted, found: &BTreeSet<String>, place: &str) {
    let lost: Vec<_> = posted.acknowledged.difference(found).collect();
    assert!(
        lost.is_empty(),
        "{} answered 200, {} of them not {place}: {lost:?}",
        posted.acknowledged.len(),
        lost.len()
    );
}

/// The numbers of all events in the journal, read by SQLite alone.
fn journalled(folder: &Folder) -> BTreeSet<String> {
    let journal = Connection::open(folder.data.join("journal.db")).unwrap();
    let mut select = journal.prepare("SELECT body FROM entry WHERE kind = 'webhook'").unwrap();
    let bodies = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    bodies.map(|body| extension(&serde_json::from_slice(&body.unwrap()).unwrap(), "extension")).collect()
}

/// The numbers of all extensions on the board.
fn extensions(server: &Server) -> BTreeSet<String> {
    let list = server.json("/api/v1/extensions?limit=100000");
    list["rows"].as_array().unwrap().iter().map(|row| extension(row, "number")).collect()
}

fn extension(json: &serde_json::Value, key: &str) -> String {
    json[key].as_str().unwrap().to_owned()
}

/// What clients did.
#[derive(Default)]
struct Posted {
    sent: usize,
    /// The extension numbers of events that were answered 200; no two events have the same.
    acknowledged: BTreeSet<String>,
}

impl Posted {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acknowledged.extend(other.acknowledged);
    }
}

/// Clients that post until their connection breaks or they are told to stop.
struct Clients {
    threads: Vec<JoinHandle<Posted>>,
    answered: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Clients {
    fn start(address: SocketAddr, name: &str) -> Self {
        let (answered, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let threads = (0..CLIENTS)
            .map(|client| {
                let (answered, stop, name) =
                    (Arc::clone(&answered), Arc::clone(&stop), format!("{name}c{client}"));
                thread::spawn(move || post_until_it_breaks(address, &name, &answered, &stop))
            })
            .collect();
        Self { threads, answered, stop }
    }

    /// So that every round has something to lose.
    fn wait_for_an_answer(&self) {
        let started = Instant::now();
        while !self.answered.load(Ordering::Acquire) {
            assert!(started.elapsed() < PATIENCE, "no delivery was answered 200");
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(self) -> Posted {
        self.stop.store(true, Ordering::Release);
        let mut all = Posted::default();
        for thread in self.threads {
            all.add(thread.join().unwrap());
        }
        all
    }
}

fn post_until_it_breaks(address: SocketAddr, name: &str, answered: &AtomicBool, stop: &AtomicBool) -> Posted {
    let mut posted = Posted::default();
    let Ok(stream) = connect(address) else { return posted };
    let mut stream = BufReader::new(stream);
    while !stop.load(Ordering::Acquire) {
        let number = format!("{name}e{}", posted.sent);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let body = format!(
            r#"{{"event_type":"extension_call","tenant_id":"7000","extension":"{number}","call_status":"RINGING","time":"{now}"}}"#
        );
        let request = format!(
            "POST /hooks/{ENDPOINT} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        posted.sent += 1;
        if stream.get_mut().write_all(request.as_bytes()).is_err() {
            break;
        }
        match read_answer(&mut stream) {
            Some(200) => {
                posted.acknowledged.insert(number);
                answered.store(true, Ordering::Release);
            }
            // "Later", as a server that is stopping may say.
            Some(503) => {}
            Some(other) => panic!("answered {other}"),
            None => break,
        }
        thread::sleep(PAUSE);
    }
    posted
}

/// The status of the next whole answer on a connection; `None` where it breaks.
fn read_answer(stream: &mut BufReader<TcpStream>) -> Option<u16> {
    let (mut answered, mut body_bytes) = (None, 0);
    loop {
        let mut line = String::new();
        // A line that was cut short is no answer.
        if stream.read_line(&mut line).ok()? == 0 || !line.ends_with('\n') {
            return None;
        }
        let line = line.trim_end();
        if answered.is_none() {
            answered = Some(status(line)?);
        } else if line.is_empty() {
            break;
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            body_bytes = value.trim().parse().ok()?;
        }
    }
    stream.read_exact(&mut vec![0; body_bytes]).ok()?;
    answered
}

fn seed() -> u64 {
    std::env::var("RINGSIDE_TEST_SEED").map_or_else(
        |_| u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()),
        |text| text.parse().unwrap(),
    )
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to choose moments.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
