//! A delivery that was answered 200 survives the server: killed at random moments under load, or asked to stop.
//!
//! The real program, real sockets, a real folder. Oracle: the clients' own list of what was answered 200, against the rows
//! that SQLite alone reads from `journal.db`, and against the board's API after one more start.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rusqlite::Connection;
use tempfile::TempDir;

/// How often the server is killed.
const KILLS: u64 = 50;

/// The latest moment of a kill, in milliseconds after the first acknowledged delivery of its round.
const KILLED_WITHIN_MS: u64 = 800;

/// Keep-alive connections, and how long each pauses after an answer: 200 deliveries a second in all.
const CLIENTS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// Within this a server that was asked to stop has stopped (reliability promise F19).
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// How long anything else may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

const ENDPOINT: &str = "kill-test-extension-events";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

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
    let journalled = folder.journalled();
    println!(
        "{KILLS} kills, {} events posted, {} answered 200, {} in the journal",
        posted.sent,
        posted.acknowledged.len(),
        journalled.len()
    );
    assert_none_lost(&posted, &journalled, "in journal.db");

    let server = folder.start();
    server.wait_until_ready();
    let shown = server.extensions();
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
    server.terminate();
    let status = server.wait(STOPPED_WITHIN);
    let posted = clients.end();
    println!("SIGTERM: {} events posted, {} answered 200", posted.sent, posted.acknowledged.len());
    assert_eq!(status.map(|status| status.code()), Some(Some(0)), "exit code 0 within 10 s");
    assert!(!folder.data.join("journal.db-wal").exists(), "the journal was closed, not left");
    assert_none_lost(&posted, &folder.journalled(), "in journal.db");
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

/// A folder with a configuration, the server's data and its log.
struct Folder {
    _temporary: TempDir,
    config: PathBuf,
    data: PathBuf,
    log: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let inside = |name: &str| temporary.path().join(name);
        let (config, data, log) = (inside("ringside.toml"), inside("data"), inside("log"));
        fs::write(
            &config,
            format!(
                "listen = \"127.0.0.1:0\"\n\
                 access = \"open\"\n\
                 [[tenant]]\n\
                 id = \"acme\"\n\
                 [[tenant.endpoint]]\n\
                 id = \"{ENDPOINT}\"\n\
                 events = \"extension\"\n\
                 auth = {{ method = \"bearer\", token = \"{TOKEN}\" }}\n"
            ),
        )
        .unwrap();
        Self { _temporary: temporary, config, data, log }
    }

    /// Starts the program and waits until it says its address.
    fn start(&self) -> Server {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringside"))
            .arg("serve")
            .args([Path::new("--config"), &self.config, Path::new("--data"), &self.data])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = stdout.read_line(&mut line).unwrap();
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
            }
            assert!(read > 0, "the server ended at its start:\n{}", fs::read_to_string(&self.log).unwrap());
        };
        Server { child, address, _stdout: stdout }
    }

    /// The numbers of all events in the journal, read by SQLite alone.
    fn journalled(&self) -> BTreeSet<String> {
        let journal = Connection::open(self.data.join("journal.db")).unwrap();
        let mut select = journal.prepare("SELECT body FROM entry WHERE kind = 'webhook'").unwrap();
        let bodies = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        bodies.map(|body| extension(&serde_json::from_slice(&body.unwrap()).unwrap(), "extension")).collect()
    }
}

fn extension(json: &serde_json::Value, key: &str) -> String {
    json[key].as_str().unwrap().to_owned()
}

/// A running server. Killed when it is dropped, so that a failed test leaves none behind.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Kept, or what the server prints would have nowhere to go.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// `kill -9`: that is what `Child::kill` is on Unix.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < at_most {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        None
    }

    fn wait_until_ready(&self) {
        let started = Instant::now();
        while self.get("/readyz").0 != 200 {
            assert!(started.elapsed() < PATIENCE, "never ready");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The numbers of all extensions on the board.
    fn extensions(&self) -> BTreeSet<String> {
        let (status, body) = self.get("/api/v1/extensions?limit=100000");
        assert_eq!(status, 200, "{body}");
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        list["rows"].as_array().unwrap().iter().map(|row| extension(row, "number")).collect()
    }

    /// Status and body. HTTP/1.0, so that the body ends where the connection does.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (status(head).unwrap(), body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
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

/// The status in an answer's first line.
fn status(head: &str) -> Option<u16> {
    head.split_ascii_whitespace().nth(1)?.parse().ok()
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
