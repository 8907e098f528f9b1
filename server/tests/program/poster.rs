//! Clients that post events, and remember which were answered 200.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{ENDPOINT, Folder, PATIENCE, TOKEN, connect, stamp, status};

/// Keep-alive connections, and how long each pauses after an answer: 200 deliveries a second in all.
const CLIENTS: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// What clients did.
#[derive(Default)]
pub struct Posted {
    /// How many were sent.
    pub sent: usize,
    /// The extension numbers of events that were answered 200; no two events have the same.
    pub acknowledged: BTreeSet<String>,
}

impl Posted {
    /// Adds what others did.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acknowledged.extend(other.acknowledged);
    }
}

/// Clients that post until their connection breaks or they are told to stop.
pub struct Clients {
    threads: Vec<JoinHandle<Posted>>,
    answered: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
}

impl Clients {
    /// Starts them; the name makes their events unlike others'.
    pub fn start(address: SocketAddr, name: &str) -> Self {
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
    pub fn wait_for_an_answer(&self) {
        let started = Instant::now();
        while !self.answered.load(Ordering::Acquire) {
            assert!(started.elapsed() < PATIENCE, "no delivery was answered 200");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Tells them to stop, and has what they did.
    pub fn end(self) -> Posted {
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
        let request = request(address, &event(&number));
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

/// Posts bodies one after another on one connection; each must be taken.
pub fn post_all<'a>(address: SocketAddr, bodies: impl IntoIterator<Item = &'a str>) {
    let mut stream = BufReader::new(connect(address).unwrap());
    for body in bodies {
        stream.get_mut().write_all(request(address, body).as_bytes()).unwrap();
        assert_eq!(read_answer(&mut stream), Some(200), "{body}");
    }
}

fn request(address: SocketAddr, body: &str) -> String {
    format!(
        "POST /hooks/{ENDPOINT} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The status of the next whole answer on a connection; `None` where it breaks.
pub fn read_answer(stream: &mut BufReader<TcpStream>) -> Option<u16> {
    read_head(stream).map(|(status, _)| status)
}

/// The challenge of the next whole answer, which must be 401.
pub fn read_challenge(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let (status, challenge) = read_head(stream)?;
    assert_eq!(status, 401);
    challenge
}

/// The status and the challenge, if there is one, of the next whole answer.
fn read_head(stream: &mut BufReader<TcpStream>) -> Option<(u16, Option<String>)> {
    let (mut answered, mut challenge, mut body_bytes) = (None, None, 0);
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
        } else if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => body_bytes = value.trim().parse().ok()?,
                "www-authenticate" => challenge = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    stream.read_exact(&mut vec![0; body_bytes]).ok()?;
    Some((answered?, challenge))
}

/// An event of an extension with this number.
pub fn event(number: &str) -> String {
    format!(
        r#"{{"event_type":"extension_call","tenant_id":"7000","extension":"{number}","call_status":"RINGING","time":"{}"}}"#,
        stamp(0)
    )
}

/// Fails where something is missing that was answered 200.
pub fn assert_none_lost(posted: &Posted, found: &BTreeSet<String>, place: &str) {
    let lost: Vec<_> = posted.acknowledged.difference(found).collect();
    assert!(
        lost.is_empty(),
        "{} answered 200, {} of them not {place}: {lost:?}",
        posted.acknowledged.len(),
        lost.len()
    );
}

/// The numbers of all extensions in the journal's events, read by SQLite alone.
pub fn journalled(folder: &Folder) -> BTreeSet<String> {
    let journal = Connection::open(folder.data.join("journal.db")).unwrap();
    let mut select = journal.prepare("SELECT body FROM entry WHERE kind = 'webhook'").unwrap();
    let bodies = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let events = bodies.filter_map(|body| serde_json::from_slice::<serde_json::Value>(&body.unwrap()).ok());
    events.filter_map(|event| Some(event["extension"].as_str()?.to_owned())).collect()
}
