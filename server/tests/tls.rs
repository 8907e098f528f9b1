//! TLS of our own: pages, hooks and feed by it, a new certificate without a restart, and who comes without it.
//!
//! Oracles: curl and openssl, another make of TLS; tokio-tungstenite for the feed; the wire's own types.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use model::wire::{Row, ServerFrame};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config, tungstenite::Message,
};

use program::{ENDPOINT, Folder, PATIENCE, Server, TOKEN, connect, port, poster::event, stamp, until};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Extensions enough for a snapshot of several records of TLS, 16 KiB each.
const EXTENSIONS: usize = 90;

fn folder(top: &str, tenant: &str) -> Folder {
    let folder =
        Folder::with(&format!("tls = {{ certificate = \"a.pem\", key = \"a.key\" }}\n{top}"), tenant);
    folder.certificate("a");
    folder
}

/// What curl says: its own words on stderr are a failure's.
fn curl(folder: &Folder, authority: &str, words: &[&str]) -> Result<String, String> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
        .arg(folder.path(authority))
        .args(words);
    let done = curl.output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    if done.status.success() { Ok(said) } else { Err(String::from_utf8(done.stderr).unwrap()) }
}

fn start(folder: &Folder) -> Server {
    let server = folder.start();
    until("ready", || curl(folder, "a.pem", &["--fail", &url(&server, "/readyz")]).ok());
    server
}

fn url(server: &Server, path: &str) -> String {
    format!("https://{}{path}", server.address)
}

/// Who trusts that certificate only.
fn trusting(certificate: &Path) -> Connector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(certificate).unwrap()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Connector::Rustls(Arc::new(config))
}

struct Reader(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Reader {
    async fn subscribed(folder: &Folder, server: &Server) -> Self {
        let url = format!("wss://{}/feed", server.address);
        let connector = trusting(&folder.path("a.pem"));
        let (mut socket, _) = connect_async_tls_with_config(url, None, false, Some(connector)).await.unwrap();
        socket.send(Message::text(json!({"t": "subscribe", "view": "overview"}).to_string())).await.unwrap();
        Self(socket)
    }

    async fn frame(&mut self) -> ServerFrame {
        match tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap() {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no frame: {other:?}"),
        }
    }

    /// Waits for a change of this extension.
    async fn hears_of(&mut self, number: &str) {
        loop {
            if let ServerFrame::Changes(changes) = self.frame().await
                && changes
                    .rows
                    .iter()
                    .any(|row| matches!(row, Row::Extension(row) if row.number.as_str() == number))
            {
                return;
            }
        }
    }
}

/// Posts a body by curl, which must be taken.
fn post(folder: &Folder, authority: &str, address: &str, body: &str) {
    let bearer = format!("Authorization: Bearer {TOKEN}");
    let url = format!("https://{address}/hooks/{ENDPOINT}");
    let said = curl(folder, authority, &["-H", &bearer, "-d", body, "-w", "%{http_code}", &url]);
    assert_eq!(said.as_deref(), Ok("200"));
}

/// TLS 1.2 and 1.3.
fn only_what_is_not_over_is_spoken(folder: &Folder, server: &Server) {
    for words in [["--tlsv1.3", "--tls-max", "1.3"], ["--tlsv1.2", "--tls-max", "1.2"]] {
        let mut words = words.to_vec();
        let readyz = url(server, "/readyz");
        words.extend(["--fail", &readyz]);
        curl(folder, "a.pem", &words).unwrap();
    }
    let old = curl(
        folder,
        "a.pem",
        &["--tlsv1.0", "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0", &url(server, "/")],
    );
    assert!(old.is_err(), "TLS 1.1 is over: {old:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_api_hooks_and_feed_are_there_by_tls_and_http_1_1() {
    let digest = "[[tenant.endpoint]]\nid = \"digest-cdr-events\"\nname = \"digest\"\nevents = \"cdr\"\n\
                  auth = { method = \"digest\", username = \"pbx\", password = \"word\" }\n";
    let folder = folder("hooks_listen = \"127.0.0.1:0\"", digest);
    let mut server = start(&folder);
    let hooks = format!("127.0.0.1:{}", port(server.line().split_once("https://127.0.0.1:").unwrap().1));

    let page = curl(&folder, "a.pem", &["--http2", "-i", &url(&server, "/")]).unwrap();
    let head = page.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("strict-transport-security: max-age=15552000"), "{head}");
    assert!(page.contains("</html>"));
    only_what_is_not_over_is_spoken(&folder, &server);

    let mut reader = Reader::subscribed(&folder, &server).await;
    assert!(matches!(reader.frame().await, ServerFrame::Snapshot(_)));
    post(&folder, "a.pem", &hooks, &event("101"));
    reader.hears_of("101").await;
    post(&folder, "a.pem", &server.address.to_string(), &event("102"));
    reader.hears_of("102").await;
    let hook = format!("https://{hooks}/hooks/digest-cdr-events");
    let digest =
        ["--digest", "-u", "pbx:word", "-d", &event("103"), "-o", "/dev/null", "-w", "%{http_code}", &hook];
    assert_eq!(curl(&folder, "a.pem", &digest).as_deref(), Ok("200"));
    reader.hears_of("103").await;

    // A page of another origin, and one of another scheme, may not listen.
    for origin in ["https://evil.example".to_owned(), format!("http://{}", server.address)] {
        let said = curl(
            &folder,
            "a.pem",
            &[
                "-H",
                &format!("Origin: {origin}"),
                "-w",
                "%{http_code}",
                "-o",
                "/dev/null",
                &url(&server, "/"),
            ],
        );
        assert_eq!(said.as_deref(), Ok("403"), "{origin}");
    }

    // The end is said on every layer.
    server.signal("TERM");
    loop {
        match tokio::time::timeout(PATIENCE, reader.0.next()).await.unwrap() {
            Some(Ok(Message::Text(_))) => {}
            Some(Ok(Message::Close(_))) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(reader.0.next().await.is_none(), "no cut");
    assert!(server.wait(PATIENCE).is_some_and(|status| status.success()));
}

/// Frames of several records of TLS, and more than the system takes at once, while the reader takes nothing for a while.
#[tokio::test(flavor = "multi_thread")]
async fn large_frames_arrive_whole_at_a_reader_that_is_slow_for_a_while() {
    let folder = folder("", "");
    let server = start(&folder);
    let address = server.address.to_string();
    let all = |time: &str, note: &str| {
        let status: Vec<_> = (0..EXTENSIONS)
            .map(|number| {
                json!({"extension": format!("sip:{}@acme.test", 1000 + number), "call_status": "", "online": true,
                    "presence": "ONLINE", "presence_note": note, "push_online": false, "time": time})
            })
            .collect();
        json!({"event_type": "extension_status", "tenant_id": "7000", "status": status}).to_string()
    };
    let mut reader = Reader::subscribed(&folder, &server).await;
    for round in (1..60).rev() {
        post(&folder, "a.pem", &address, &all(&stamp(round), &format!("{round} {}", "x".repeat(200))));
    }
    post(&folder, "a.pem", &address, &event("101"));
    let mut rows = 0;
    loop {
        match reader.frame().await {
            ServerFrame::Snapshot(snapshot) => rows += snapshot.rows.len(),
            ServerFrame::Changes(changes) => {
                rows += changes.rows.len();
                if changes
                    .rows
                    .iter()
                    .any(|row| matches!(row, Row::Extension(row) if row.number.as_str() == "101"))
                {
                    break;
                }
            }
            ServerFrame::Beat(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(rows > EXTENSIONS, "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_for_new_connections_and_a_bad_one_for_nobody() {
    let folder = folder("", "");
    folder.certificate("b");
    let server = start(&folder);
    let address = server.address.to_string();
    let mut reader = Reader::subscribed(&folder, &server).await;
    let replace = |name: &str| {
        for ending in ["pem", "key"] {
            fs::copy(folder.path(&format!("{name}.{ending}")), folder.path(&format!("new.{ending}")))
                .unwrap();
            fs::rename(folder.path(&format!("new.{ending}")), folder.path(&format!("a.{ending}"))).unwrap();
        }
    };
    let ready = |authority: &str| curl(&folder, authority, &["--fail", &url(&server, "/readyz")]);
    // What serves under the name of `a` is `b` then; the first one's own file is kept for its clients.
    fs::copy(folder.path("a.pem"), folder.path("first.pem")).unwrap();
    fs::copy(folder.path("a.key"), folder.path("first.key")).unwrap();
    replace("b");
    until("served by b", || ready("b.pem").ok());
    assert!(ready("first.pem").is_err());
    post(&folder, "b.pem", &address, &event("101"));
    reader.hears_of("101").await;

    // On a signal it is at once.
    replace("first");
    server.signal("HUP");
    until("served by the first one", || ready("first.pem").ok());
    fs::write(folder.path("a.pem"), "nothing").unwrap();
    until("said", || {
        folder.log().contains("the certificate was not read again; the one before it stays").then_some(())
    });
    ready("first.pem").unwrap();
    assert!(folder.log().contains("a.pem holds no certificate that can be read"));
    post(&folder, "first.pem", &address, &event("102"));
    reader.hears_of("102").await;
    assert!(!folder.log().contains("PRIVATE KEY"));
}

/// Waits until the server closes, or resets over what it did not read; it says an alert at most.
fn let_go(stream: &mut std::net::TcpStream) {
    let mut heard = Vec::new();
    let end = stream.read_to_end(&mut heard).map_err(|error| error.kind());
    assert!(matches!(end, Ok(_) | Err(ErrorKind::ConnectionReset)), "{end:?}");
    assert!(heard.len() < 64, "{heard:?}");
}

#[test]
fn who_comes_without_tls_is_told_so_and_who_says_nothing_is_let_go() {
    let folder = folder("", "");
    let server = start(&folder);
    for (request, body) in
        [("GET / HTTP/1.1", 0), ("POST /hooks/x HTTP/1.1", 40_000), ("options * HTTP/1.0", 0)]
    {
        let mut stream = connect(server.address).unwrap();
        let head = format!("{request}\r\nHost: ringside\r\nContent-Length: {body}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b'x'; body]).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n") && answer.contains("https://"),
            "{answer}"
        );
    }
    until("said", || folder.log().contains("it speaks http, not https").then_some(()));

    // A client's hello that stops in the middle, and none at all; others are served meanwhile.
    let started = Instant::now();
    let mut silent = connect(server.address).unwrap();
    let mut halting = connect(server.address).unwrap();
    halting.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
    curl(&folder, "a.pem", &["--fail", &url(&server, "/readyz")]).unwrap();
    for stream in [&mut silent, &mut halting] {
        let_go(stream);
    }
    assert!(started.elapsed() >= HANDSHAKE);
    // What is no TLS at all is not served either.
    let mut garbage = connect(server.address).unwrap();
    garbage.write_all(&[0; 512]).unwrap();
    let_go(&mut garbage);
    curl(&folder, "a.pem", &["--fail", &url(&server, "/readyz")]).unwrap();
}

#[test]
fn a_certificate_that_cannot_be_served_stops_the_start_with_the_line() {
    let folder = folder("", "");
    folder.certificate("b");
    fs::copy(folder.path("b.key"), folder.path("a.key")).unwrap();
    let check = folder.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(check.stderr).unwrap();
    assert!(!check.status.success());
    let path = folder.path("").display().to_string();
    let said = said.replace(&path, "");
    assert!(
        said.starts_with("ringside: ringside.toml: line 3: the private key in a.key is not that of the first certificate in a.pem; "),
        "{said}"
    );
}
