//! Who has no right to post, and does not keep out who has: false credentials in masses (F11), and a delivery that was
//! heard on the way and is sent again (F12).
//!
//! Oracle for Digest: the `digest_auth` crate, a client of another make.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    collections::BTreeSet,
    io::{BufReader, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use digest_auth::{AuthContext, HttpMethod};

use program::{
    Folder, Server, connect,
    poster::{event, journalled, read_answer},
};

/// An endpoint by Digest, its user and password.
const DIGEST: &str = "digest-extension-events";
const USER: &str = "pbx";
const PASSWORD: &str = "a-right-password";

/// How many connections the PBX has, how many events each posts, and how often: 500 a second in all, for 3 s.
const LINES: usize = 4;
const EVENTS: usize = 375;
const EVERY: Duration = Duration::from_millis(8);

/// How often somebody guesses: 200 a second.
const GUESS_EVERY: Duration = Duration::from_millis(5);

fn folder() -> Folder {
    let auth = format!("{{ method = \"digest\", username = \"{USER}\", password = \"{PASSWORD}\" }}");
    let endpoint = format!("id = \"{DIGEST}\"\nname = \"digest\"\nevents = \"extension\"\nauth = {auth}");
    Folder::with("", &format!("[[tenant.endpoint]]\n{endpoint}"))
}

/// The challenge to a request without credentials, on a connection of its own: a nonce that nobody used.
fn challenge(server: &Server) -> String {
    let answer = server.ask("POST", &path(), &[], b"{}");
    assert_eq!(answer.status, 401);
    answer.header("www-authenticate").unwrap().to_owned()
}

fn path() -> String {
    format!("/hooks/{DIGEST}")
}

/// A whole delivery as it goes over the wire.
fn request(address: SocketAddr, authorization: Option<&str>, body: &str) -> String {
    let authorization = authorization.map_or_else(String::new, |value| format!("Authorization: {value}\r\n"));
    let length = body.len();
    format!(
        "POST {} HTTP/1.1\r\nHost: {address}\r\n{authorization}Content-Length: {length}\r\n\r\n{body}",
        path()
    )
}

fn signed(challenge: &str, password: &str) -> String {
    let mut prompt = digest_auth::parse(challenge).unwrap();
    let path = path();
    let context = AuthContext::new_with_method(USER, password, &path, None::<&[u8]>, HttpMethod::POST);
    prompt.respond(&context).unwrap().to_string()
}

/// A PBX that asks before each event, and never uses a nonce twice. Gives the numbers of its events.
fn posts(server: SocketAddr, line: usize) -> BTreeSet<String> {
    let mut stream = BufReader::new(connect(server).unwrap());
    let started = Instant::now();
    let one = |number: usize| {
        let due = started + EVERY * u32::try_from(number).unwrap();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let name = format!("l{line}e{number}");
        let body = event(&name);
        stream.get_mut().write_all(request(server, None, &body).as_bytes()).unwrap();
        let challenge = program::poster::read_challenge(&mut stream).unwrap();
        let authorization = signed(&challenge, PASSWORD);
        stream.get_mut().write_all(request(server, Some(&authorization), &body).as_bytes()).unwrap();
        assert_eq!(read_answer(&mut stream), Some(200), "{name}");
        name
    };
    (0..EVENTS).map(one).collect()
}

/// Somebody at the same address who guesses until he is told to stop, and at least until he was limited once. Gives how
/// often he heard 401 and 429.
fn guesses(server: SocketAddr, challenge: &str, stop: &AtomicBool) -> (usize, usize) {
    let mut stream = BufReader::new(connect(server).unwrap());
    let (mut refused, mut limited) = (0, 0);
    for number in 0.. {
        if stop.load(Ordering::Acquire) && limited > 0 {
            break;
        }
        let authorization = match number % 3 {
            0 => signed(challenge, "a-wrong-password"),
            1 => "Basic cGJ4Ondyb25n".to_owned(),
            _ => "Digest what=is, this".to_owned(),
        };
        stream.get_mut().write_all(request(server, Some(&authorization), "{}").as_bytes()).unwrap();
        match read_answer(&mut stream) {
            Some(400 | 401) => refused += 1,
            Some(429) => limited += 1,
            other => panic!("{number}: {other:?}"),
        }
        thread::sleep(GUESS_EVERY);
    }
    (refused, limited)
}

#[test]
fn a_pbx_that_never_uses_a_nonce_twice_is_never_limited_even_while_somebody_guesses_at_its_address() {
    let folder = folder();
    let server = folder.start_ready();
    let (address, stop) = (server.address, Arc::new(AtomicBool::new(false)));
    let guessing = {
        let (challenge, stop) = (challenge(&server), Arc::clone(&stop));
        thread::spawn(move || guesses(address, &challenge, &stop))
    };
    let started = Instant::now();
    let lines: Vec<_> = (0..LINES).map(|line| thread::spawn(move || posts(address, line))).collect();
    let posted: BTreeSet<String> = lines.into_iter().flat_map(|line| line.join().unwrap()).collect();
    let took = started.elapsed();
    stop.store(true, Ordering::Release);
    let (refused, limited) = guessing.join().unwrap();
    println!(
        "{} events in {took:?}, all answered 200; {refused} guesses refused, {limited} limited",
        posted.len()
    );
    assert_eq!(posted.len(), LINES * EVENTS);
    server.kill();
    assert_eq!(journalled(&folder), posted);
}

#[test]
fn a_delivery_that_is_sent_again_byte_by_byte_is_refused_as_stale() {
    let folder = folder();
    let server = folder.start_ready();
    let captured = request(server.address, Some(&signed(&challenge(&server), PASSWORD)), &event("first"));
    let send = || {
        let mut stream = BufReader::new(connect(server.address).unwrap());
        stream.get_mut().write_all(captured.as_bytes()).unwrap();
        stream
    };
    assert_eq!(read_answer(&mut send()), Some(200));
    for _ in 0..3 {
        let challenge = program::poster::read_challenge(&mut send()).unwrap();
        assert!(challenge.contains("stale=true"), "{challenge}");
    }
    // Another body under the same signature: `qop=auth` doesn't cover it, the count does.
    let changed = captured.replace("first", "other");
    let mut stream: BufReader<TcpStream> = BufReader::new(connect(server.address).unwrap());
    stream.get_mut().write_all(changed.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream), Some(401));
    server.kill();
    let server = folder.start_ready();
    let mut stream = BufReader::new(connect(server.address).unwrap());
    stream.get_mut().write_all(captured.as_bytes()).unwrap();
    let challenge = program::poster::read_challenge(&mut stream).unwrap();
    assert!(challenge.contains("stale=true"), "after a restart: {challenge}");
    server.kill();
    assert_eq!(journalled(&folder), BTreeSet::from(["first".to_owned()]));
}
