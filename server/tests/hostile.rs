//! Clients that are slow, half there, too long, too many, or speak nonsense; and beside each of them clients that are
//! healthy, whose deliveries must all be answered 200 and be in the journal.
//!
//! Oracles: the limits of `docs/hooks.md`, RFC 9112, slowhttptest, and SQLite alone on `journal.db`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    fs,
    io::{BufReader, ErrorKind, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};

use program::{
    ENDPOINT, Folder, PATIENCE, Server, TOKEN, connect, port,
    poster::{Clients, assert_none_lost, event, journalled, read_answer},
    status, until,
};

/// An endpoint without credentials.
const OPEN: &str = "open-extension-events";

/// Clients that say nothing more, at once.
const MANY: usize = 200;

/// Clients at once whose body pauses.
const PAUSING: usize = 40;

/// Connections that one address may have.
const OF_ONE_MAX: usize = 256;

fn folder(top: &str) -> Folder {
    let open = format!(
        "[[tenant.endpoint]]\nid = \"{OPEN}\"\nname = \"open\"\nevents = \"extension\"\nauth = {{ method = \"none\" }}"
    );
    Folder::with(top, &open)
}

/// Runs an attack beside healthy clients.
fn beside_healthy_clients(attack: impl FnOnce(&Server)) {
    let folder = folder("");
    let server = folder.start_ready();
    let clients = Clients::start(server.address, "h");
    clients.wait_for_an_answer();
    attack(&server);
    let posted = clients.end();
    println!("{} events posted beside it, {} answered 200", posted.sent, posted.acknowledged.len());
    assert_eq!(posted.acknowledged.len(), posted.sent, "healthy clients were kept out");
    server.kill();
    assert_none_lost(&posted, &journalled(&folder), "in journal.db");
}

/// A delivery's first line and headers, with right credentials.
fn head(more: &str) -> String {
    format!("POST /hooks/{ENDPOINT} HTTP/1.1\r\nHost: ringside\r\nAuthorization: Bearer {TOKEN}\r\n{more}")
}

fn delivery(number: &str) -> String {
    let body = event(number);
    head(&format!("Content-Length: {}\r\n\r\n{body}", body.len()))
}

/// A connection on which this was sent.
fn sent(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(address).unwrap();
    // It may be closed while we speak.
    _ = stream.write_all(bytes);
    stream
}

/// All that is still to be heard, until the server closes the connection.
fn heard(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("not closed: {error}"),
        _ => bytes,
    }
}

/// The status of the last words; `None` where nothing was said.
fn last_status(stream: &mut TcpStream) -> Option<u16> {
    status(&String::from_utf8_lossy(&heard(stream)))
}

/// Whether the server closes a connection that goes on saying this, piece by piece.
fn is_closed_while_it_hears(stream: &mut TcpStream, piece: &[u8], every: Duration) -> bool {
    stream.set_read_timeout(Some(every)).unwrap();
    let started = Instant::now();
    let mut heard = [0; 1024];
    while started.elapsed() < PATIENCE {
        match stream.read(&mut heard) {
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {}
            Ok(0) | Err(_) => return true,
            Ok(_) => {}
        }
        if stream.write_all(piece).is_err() {
            return true;
        }
    }
    false
}

#[test]
fn who_sends_no_whole_header_is_closed_while_an_idle_client_of_ours_lives() {
    beside_healthy_clients(|server| {
        let mut idle = BufReader::new(sent(server.address, delivery("idle-1").as_bytes()));
        assert_eq!(read_answer(&mut idle), Some(200));
        let opened = |text: &str| (0..MANY / 2).map(|_| sent(server.address, text.as_bytes())).collect();
        let (silent, half): (Vec<_>, Vec<_>) = (opened(""), opened("POST /hooks/x HTTP/1.1\r\nHost: ring"));
        let mut dripping = sent(server.address, head("").as_bytes());
        assert!(is_closed_while_it_hears(&mut dripping, b"X: y\r\n", Duration::from_millis(100)));
        for mut stream in silent.into_iter().chain(half) {
            assert_eq!(last_status(&mut stream), None);
        }
        // Idle for longer than all of these were borne with.
        idle.get_mut().write_all(delivery("idle-2").as_bytes()).unwrap();
        assert_eq!(read_answer(&mut idle), Some(200));
    });
}

#[test]
fn a_body_that_pauses_or_drips_is_answered_408() {
    beside_healthy_clients(|server| {
        let start = head("Content-Length: 1000\r\n\r\n{");
        let pausing: Vec<_> = (0..PAUSING).map(|_| sent(server.address, start.as_bytes())).collect();
        let chunked = head("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n");
        let mut dripping = sent(server.address, chunked.as_bytes());
        let mut drip = dripping.try_clone().unwrap();
        let drips = std::thread::spawn(move || {
            while drip.write_all(b"1\r\n \r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        for mut stream in pausing {
            assert_eq!(last_status(&mut stream), Some(408));
        }
        assert_eq!(last_status(&mut dripping), Some(408));
        drips.join().unwrap();
    });
}

/// Three of its ways at once, for 10 s. Its probe asks all the while whether the server is there for others.
#[test]
fn slowhttptest_finds_the_server_available() {
    beside_healthy_clients(|server| {
        let hook = format!("http://{}/hooks/{OPEN}", server.address);
        let page = format!("http://{}/", server.address);
        let attacks = [
            vec!["-H", "-i", "1", "-u", &hook],
            vec!["-B", "-i", "1", "-s", "100000", "-u", &hook],
            vec!["-X", "-k", "10", "-u", &page],
        ];
        let running = attacks.map(|attack| {
            let mut command = Command::new("slowhttptest");
            command.args(["-c", "200", "-r", "100", "-l", "10", "-p", "30"]).args(&attack);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command
                .spawn()
                .unwrap_or_else(|error| panic!("slowhttptest: {error}; run scripts/setup-tests.sh"))
        });
        for attack in running {
            let output = attack.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("service available:"), "{output:?}");
            let available = said.split("service available:").skip(1).map(|rest| rest.contains("YES"));
            assert!(available.clone().all(|available| available) && available.count() > 0, "{said}");
            println!("{}", said.split("Test ended").last().unwrap_or_default());
        }
    });
}

#[test]
fn a_header_over_32_kib_is_answered_431() {
    beside_healthy_clients(|server| {
        let long = format!("X-Long: {}\r\n", "a".repeat(33 << 10));
        for header in
            [head(&long), head(&"X-Many: a\r\n".repeat(3500)), format!("POST /{}", "a".repeat(33 << 10))]
        {
            assert_eq!(last_status(&mut sent(server.address, header.as_bytes())), Some(431));
        }
        let fits =
            delivery("fits").replace("\r\n\r\n", &format!("\r\nX-Long: {}\r\n\r\n", "a".repeat(30 << 10)));
        let mut stream = BufReader::new(sent(server.address, fits.as_bytes()));
        assert_eq!(read_answer(&mut stream), Some(200));
    });
}

#[test]
fn a_body_over_a_mebibyte_is_answered_413_and_an_endless_one_is_cut_off() {
    beside_healthy_clients(|server| {
        let long = head("Content-Length: 99999999999\r\n\r\n");
        assert_eq!(last_status(&mut sent(server.address, long.as_bytes())), Some(413));
        let mut chunks = head("Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 1 << 16], b"\r\n"].concat();
        (0..17).for_each(|_| chunks.extend(&chunk));
        let whole = [&chunks, b"0\r\n\r\n".as_slice()].concat();
        assert_eq!(read_answer(&mut BufReader::new(sent(server.address, &whole))), Some(413));
        let mut endless = sent(server.address, &chunks);
        assert!((0..10_000).any(|_| endless.write_all(&chunk).is_err()), "625 MiB were taken");
    });
}

/// A mebibyte of gzip that would be 900 MiB: kept, as it came with right credentials, and not inflated beyond 8 MiB.
#[test]
fn a_gzip_bomb_is_answered_200_and_stands_in_quarantine_and_costs_little() {
    beside_healthy_clients(|server| {
        let mut member = GzEncoder::new(Vec::new(), Compression::best());
        member.write_all(&vec![b' '; 1 << 20]).unwrap();
        let bomb = member.finish().unwrap().repeat(900);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        let before = most_memory_kib(server);
        let answer = server.ask("POST", &format!("/hooks/{OPEN}"), &[("Content-Encoding", "gzip")], &bomb);
        assert_eq!(answer.status, 200);
        let listed = until("listed", || {
            let listed = server.json("/api/v1/deliveries?limit=1000");
            listed["deliveries"].as_array().unwrap().iter().find(|one| one["endpoint"] == "open").cloned()
        });
        assert_eq!(listed["verdict"], "quarantined", "{listed}");
        let more = most_memory_kib(server) - before;
        assert!(more < 64 << 10, "{more} KiB");
    });
}

/// The most that the process has had in memory.
fn most_memory_kib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_ascii_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn what_is_no_http_is_never_answered_200_and_closed() {
    let texts = [
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fffd}\x03\x03TLS\r\n\r\n".to_owned(),
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_owned(),
        "SSH-2.0-OpenSSH_9.2\r\nand more of it\r\n\r\n".to_owned(),
        "GET\r\n\r\nGET\r\n\r\nGET\r\n\r\nGET\r\n\r\n".to_owned(),
        "POST /hooks/x HTTP/9.9\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthese are no frames of HTTP/2".to_owned(),
        head("Content-Length: -1\r\n\r\n{}"),
        head("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        head("Content-Length: two\r\n\r\n{}"),
        head("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        head("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}"),
        head("Transfer-Encoding: gzip\r\n\r\n{}"),
        head("No colon in this line\r\n\r\n{}"),
        head("Content\0Length: 2\r\n\r\n{}"),
    ];
    beside_healthy_clients(|server| {
        for text in &texts {
            let answered = last_status(&mut sent(server.address, text.as_bytes()));
            assert!(answered.is_none_or(|status| status == 400), "{text:?}: {answered:?}");
        }
    });
}

/// RFC 9112 9.6: a client that has said all may close its half, and still wants the answer.
#[test]
fn who_closes_its_half_after_the_request_hears_the_answer() {
    beside_healthy_clients(|server| {
        for number in 0..20 {
            let mut stream = sent(server.address, delivery(&format!("half-{number}")).as_bytes());
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(last_status(&mut stream), Some(200));
        }
    });
}

#[test]
fn requests_in_one_go_are_answered_each_in_order() {
    beside_healthy_clients(|server| {
        let wrong = delivery("no").replace(TOKEN, "wrong");
        let all: String =
            (0..50).flat_map(|number| [delivery(&format!("p{number}")), wrong.clone()]).collect();
        let mut stream = BufReader::new(sent(server.address, all.as_bytes()));
        let answers: Vec<_> = (0..100).map(|_| read_answer(&mut stream)).collect();
        assert!(answers.iter().step_by(2).all(|answer| *answer == Some(200)), "{answers:?}");
        assert!(answers.iter().skip(1).step_by(2).all(|answer| *answer == Some(401)), "{answers:?}");
    });
}

/// A server whose hooks all addresses reach, and an address of this machine that is not loopback.
fn reached_from_elsewhere(top: impl Fn(IpAddr) -> String) -> (Folder, Server, SocketAddr, SocketAddr) {
    let probe = UdpSocket::bind("0.0.0.0:0").unwrap();
    // Sends nothing; it only asks by which address one would go out.
    let own = probe.connect("192.0.2.1:9").and_then(|()| probe.local_addr()).map(|own| own.ip());
    let own = own.ok().filter(|own| !own.is_loopback() && !own.is_unspecified());
    let own =
        own.expect("a machine with an address besides loopback: connections from there are not counted");
    let folder = folder(&format!("hooks_listen = \"0.0.0.0:0\"\n{}", top(own)));
    let mut server = folder.start();
    let line = server.line();
    let port = port(line.split("http://0.0.0.0:").nth(1).unwrap_or_else(|| panic!("{line}")));
    (folder, server, SocketAddr::from((own, port)), SocketAddr::from(([127, 0, 0, 1], port)))
}

/// A connection that was answered once, and stays; `None` where it was refused.
fn answered(address: SocketAddr) -> Option<BufReader<TcpStream>> {
    let mut stream = BufReader::new(sent(address, delivery("some").as_bytes()));
    read_answer(&mut stream).map(|status| {
        assert_eq!(status, 200);
        stream
    })
}

#[test]
fn an_address_has_256_connections_and_others_are_not_kept_out_by_them() {
    let (folder, server, elsewhere, here) = reached_from_elsewhere(|_| String::new());
    let mut held: Vec<_> = (0..OF_ONE_MAX).map(|_| answered(elsewhere).unwrap()).collect();
    for _ in 0..20 {
        assert!(answered(elsewhere).is_none(), "one more");
    }
    let log = folder.log();
    assert!((1..20).contains(&log.matches("a connection was refused").count()), "said once a second:\n{log}");
    assert!(answered(here).is_some(), "loopback is not counted");
    assert!(held.iter_mut().all(|stream| {
        stream.get_mut().write_all(delivery("held").as_bytes()).unwrap();
        read_answer(stream) == Some(200)
    }));
    held.pop();
    until("a place is free", || answered(elsewhere));
    server.kill();
}

#[test]
fn the_pbx_may_have_as_many_connections_as_it_likes_where_it_is_exempt() {
    let (_folder, server, elsewhere, _) = reached_from_elsewhere(|own| format!("hosts_exempt = [\"{own}\"]"));
    let held: Vec<_> = (0..OF_ONE_MAX + 20).map(|_| answered(elsewhere)).collect();
    assert!(held.iter().all(Option::is_some));
    server.kill();
}
