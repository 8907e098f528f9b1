//! The answers of `docs/hooks.md`, heard by real clients over a real socket; what was answered 200 is looked up in the
//! journal's file by SQLite alone.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, Once},
    time::{Duration, Instant},
};

use axum::middleware::from_fn_with_state;
use digest_auth::AuthContext;
use model::{
    id::{Seq, TenantId},
    time::Skew,
    wire::LampState,
};
use rusqlite::Connection;
use server::{
    client::{self, Ways},
    clock::Clock,
    config::{Algorithm, Auth, Credentials, Endpoint, EventKind, Secret},
    ingest::{BODY_BYTES_MAX, Delivery, DeliveryVerdict, Ingest, Setup, decode},
    journal::{FILE_NAME, Journal},
    store::Store,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const EVENT: &str = r#"{"event_type":"extension_status","status":[{"extension":"sip:101@acme.test","online":true,"time":"1786000100"}]}"#;

/// A server with one endpoint a method, and some more.
struct Site {
    data: TempDir,
    runtime: Runtime,
    journal: Journal,
    ingest: Ingest,
    address: SocketAddr,
}

fn credentials(pairs: &[(&str, &str)]) -> Vec<Credentials> {
    let credential = |(name, password): &(&str, &str)| Credentials {
        username: (*name).into(),
        password: Secret::new(*password),
    };
    pairs.iter().map(credential).collect()
}

fn digest(algorithm: Algorithm) -> Auth {
    Auth::Digest { credentials: credentials(&[("pbx", "right"), ("pbx", "old")]), algorithm, legacy: false }
}

fn basic() -> Auth {
    Auth::Basic(credentials(&[("pbx", "right"), ("pbx", "old")]))
}

fn endpoint(name: &str, auth: Auth) -> Endpoint {
    Endpoint {
        tenant: TenantId::from("acme"),
        id: format!("acme-{name}-0123456789"),
        name: name.into(),
        events: EventKind::Extension,
        auth,
        allow: vec![],
        enabled: true,
    }
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        endpoint("none", Auth::None),
        endpoint("basic", basic()),
        endpoint("digest", digest(Algorithm::Md5)),
        endpoint("sha", digest(Algorithm::Sha256)),
        endpoint("bearer", Auth::Bearer(vec![Secret::new("right"), Secret::new("old")])),
        Endpoint { allow: vec!["192.0.2.0/24".parse().unwrap()], ..endpoint("elsewhere", basic()) },
        Endpoint {
            allow: vec!["192.0.2.0/24".parse().unwrap(), "127.0.0.0/8".parse().unwrap()],
            ..endpoint("here", basic())
        },
        Endpoint { enabled: false, ..endpoint("off", basic()) },
    ]
}

/// What was logged so far, by all tests.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn keep_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().with_env_filter("server=trace").with_writer(|| Log).with_ansi(false).init();
    });
}

impl Site {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), Ingest::routes)
    }

    fn start_in(data: TempDir, routes: impl Fn(&Ingest) -> axum::Router) -> Self {
        keep_the_log();
        let runtime = Runtime::new().unwrap();
        let journal = Journal::open(data.path()).unwrap().journal;
        let store = Store::open(data.path()).unwrap();
        let ingest = Ingest::new(Setup {
            endpoints: endpoints(),
            generated: false,
            tenants: vec![TenantId::from("acme")],
            journal: journal.clone(),
            store,
            clock: Clock::system(),
            hosts_exempt: vec![],
            prefix: String::new(),
        })
        .unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let ways = Arc::new(Ways { proxies: vec![], tls: false });
        let routes = routes(&ingest).layer(from_fn_with_state(ways, client::find));
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Self { data, runtime, journal, ingest, address }
    }

    /// Stops it, and gives its folder back.
    fn stop(self) -> TempDir {
        self.runtime.block_on(self.journal.close());
        self.data
    }

    fn url(&self, name: &str) -> String {
        format!("http://{}/hooks/acme-{name}-0123456789", self.address)
    }

    /// The bodies in the journal's file, in order, by another connection.
    fn kept(&self) -> Vec<Vec<u8>> {
        let journal = Connection::open(self.data.path().join(FILE_NAME)).unwrap();
        let mut rows = journal.prepare("SELECT body FROM entry ORDER BY seq").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    fn deliveries(&self) -> Vec<Delivery> {
        self.ingest.deliveries(&TenantId::from("acme"), None, 100).unwrap()
    }

    /// The newest delivery's endpoint and reason.
    fn refused(&self) -> (String, String) {
        let newest = self.deliveries().remove(0);
        assert_eq!((newest.verdict, newest.peer.as_deref()), (DeliveryVerdict::Refused, Some("127.0.0.1")));
        (newest.endpoint, newest.reason.unwrap())
    }

    fn lamp(&self, name: &str) -> (LampState, u64) {
        let lamps = self.ingest.lamps(&TenantId::from("acme"));
        let lamp = &lamps.endpoints.iter().find(|lamp| lamp.name == name).unwrap().lamp;
        (lamp.state, lamp.refused)
    }

    /// What `live` does with each entry.
    fn fold(&self) {
        for stored in self.journal.read_from(Seq(0), 1000).unwrap().entries {
            self.ingest.decoded(&stored, &decode(&stored.entry));
        }
    }

    /// Kept entries' `skew_ms`, in order.
    fn skews(&self) -> Vec<Option<i64>> {
        let entries = self.journal.read_from(Seq(0), 1000).unwrap().entries;
        entries.into_iter().map(|stored| stored.entry.skew.map(|Skew(millis)| millis)).collect()
    }

    /// Posts the event with curl.
    fn post(&self, name: &str, arguments: &[&str]) -> Answer {
        curl(&[&["-d", EVENT, "-H", "Content-Type: application/json", &self.url(name)], arguments].concat())
    }
}

/// What curl heard.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// All answers' heads, in lower case.
    heads: String,
    body: String,
}

impl Answer {
    /// A header of the last answer.
    fn header(&self, name: &str) -> Option<&str> {
        let last = self.heads.trim_end().rsplit("\r\n\r\n").next()?;
        last.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The scheme in its only challenge.
    fn challenge(&self) -> &str {
        let last = self.heads.trim_end().rsplit("\r\n\r\n").next().unwrap();
        assert_eq!(last.matches("www-authenticate").count(), 1, "{last}");
        self.header("www-authenticate").unwrap().split(' ').next().unwrap()
    }
}

fn curl(arguments: &[&str]) -> Answer {
    let files = tempfile::tempdir().unwrap();
    let (heads, body) = (files.path().join("heads"), files.path().join("body"));
    let output = Command::new("curl")
        .args(["--silent", "--noproxy", "*", "--max-time", "20", "-w", "%{http_code}", "-D"])
        .arg(&heads)
        .arg("-o")
        .arg(&body)
        .args(arguments)
        .output()
        .unwrap();
    let text = |path: &Path| String::from_utf8(std::fs::read(path).unwrap_or_default()).unwrap();
    Answer {
        status: String::from_utf8_lossy(&output.stdout).parse().unwrap(),
        heads: text(&heads).to_lowercase(),
        body: text(&body),
    }
}

/// Lines that `clients/post.py` prints.
fn requests(arguments: &[&str]) -> Vec<String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let python = env::var_os("RINGSIDE_TEST_PYTHON")
        .map_or_else(|| tests.join("../../target/venv/bin/python"), PathBuf::from);
    let output = Command::new(&python).arg(tests.join("clients/post.py")).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; run scripts/setup-tests.sh, or set RINGSIDE_TEST_PYTHON", python.display())
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A connection on which a test writes what no client would.
struct Raw(TcpStream);

impl Raw {
    fn open(site: &Site) -> Self {
        let stream = TcpStream::connect(site.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(stream)
    }

    fn say(&mut self, text: &[u8]) {
        self.0.write_all(text).unwrap();
    }

    fn post(&mut self, site: &Site, name: &str, headers: &str) {
        let path = site.url(name).split_once(&site.address.to_string()).unwrap().1.to_owned();
        self.say(format!("POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", site.address).as_bytes());
    }

    /// The next answer's head and body.
    fn hear(&mut self) -> String {
        let mut answer = Vec::new();
        let mut byte = [0];
        while !answer.ends_with(b"\r\n\r\n") {
            assert_eq!(
                self.0.read(&mut byte).unwrap(),
                1,
                "closed after {:?}",
                String::from_utf8_lossy(&answer)
            );
            answer.push(byte[0]);
        }
        let head = String::from_utf8(answer).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        head + &String::from_utf8(body).unwrap()
    }
}

/// `pbx:right` in base64.
const BASIC: &str = "Authorization: Basic cGJ4OnJpZ2h0\r\n";

/// Each endpoint with credentials, as curl's arguments for a password or token.
fn methods(secret: &str) -> [(&'static str, Vec<String>); 4] {
    let user = format!("pbx:{secret}");
    let digest = vec!["--digest".into(), "-u".into(), user.clone()];
    [
        ("basic", vec!["--basic".into(), "-u".into(), user]),
        ("digest", digest.clone()),
        ("sha", digest),
        ("bearer", vec!["-H".into(), format!("Authorization: Bearer {secret}")]),
    ]
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn right_credentials_and_those_being_replaced_are_answered_200_with_nothing_after_the_commit() {
    let site = Site::start();
    let mut posted = 0;
    for (name, arguments) in methods("right").into_iter().chain(methods("old")).chain([("none", vec![])]) {
        let answer = site.post(name, &borrowed(&arguments));
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{name}: {answer:?}");
        posted += 1;
        assert_eq!(site.kept(), vec![EVENT.as_bytes(); posted], "{name}");
    }
}

#[test]
fn wrong_credentials_are_answered_401_with_the_endpoints_own_challenge() {
    let site = Site::start();
    for (name, arguments) in methods("wrong") {
        let answer = site.post(name, &borrowed(&arguments));
        assert_eq!((answer.status, answer.body.as_str()), (401, "unauthorized\n"), "{name}");
        assert_eq!(answer.challenge(), if name == "sha" { "digest" } else { name });
        let reason = if name == "bearer" { "wrong-credentials" } else { "wrong-password" };
        assert_eq!(site.refused(), (name.to_owned(), reason.to_owned()));
        assert_eq!(site.lamp(name), (LampState::Refused, 1));
    }
    let answer = site.post("bearer", &["-u", "pbx:right"]);
    assert_eq!((answer.status, answer.challenge()), (401, "bearer"));
    assert_eq!(site.refused().1, "other-method");
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn no_credentials_are_answered_401_with_the_endpoints_own_challenge() {
    let site = Site::start();
    for (name, _) in methods("") {
        let answer = site.post(name, &[]);
        assert_eq!((answer.status, answer.body.as_str()), (401, "unauthorized\n"), "{name}");
        assert_eq!(answer.challenge(), if name == "sha" { "digest" } else { name });
        let is_digest = answer.challenge() == "digest";
        let expected = if is_digest { (LampState::Never, 0) } else { (LampState::Refused, 1) };
        assert_eq!(site.lamp(name), expected, "{name}");
    }
    let reasons: Vec<_> = site.deliveries().into_iter().map(|one| (one.endpoint, one.reason)).collect();
    let expected = ["bearer", "basic"].map(|name| (name.to_owned(), Some("no-credentials".to_owned())));
    assert_eq!(reasons, expected, "a Digest challenge is no refusal yet");
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn a_digest_challenge_that_nobody_takes_up_is_a_refusal_after_ten_seconds() {
    let site = Site::start();
    assert_eq!(site.post("digest", &[]).status, 401);
    assert_eq!(site.post("sha", &["--digest", "-u", "pbx:right"]).status, 200);
    std::thread::sleep(Duration::from_millis(10_100));
    assert_eq!(site.refused(), ("digest".to_owned(), "challenge-not-answered".to_owned()));
    assert_eq!(site.lamp("digest"), (LampState::Refused, 1));
    assert_eq!(site.lamp("sha"), (LampState::Never, 0));
}

#[test]
fn pythons_requests_passes_by_every_method_and_reuses_a_nonce() {
    let site = Site::start();
    let body = r#"{"event_type":"extension_status","status":[{"extension":"sip:NUMBER@acme.test","online":true,"time":"1786000100"}]}"#;
    let post =
        |name: &str, method, password| requests(&[method, &site.url(name), "pbx", password, body, "5"]);
    for (name, method) in
        [("none", "none"), ("basic", "basic"), ("bearer", "bearer"), ("digest", "digest"), ("sha", "digest")]
    {
        let first = if method == "digest" { "200 401" } else { "200" };
        assert_eq!(post(name, method, "right"), [first, "200", "200", "200", "200"], "{name}");
        if method != "none" {
            assert!(post(name, method, "wrong").iter().all(|line| line.starts_with("401")), "{name}");
        }
    }
    let kept = site.kept();
    assert_eq!(kept.len(), 25);
    for number in 0..5 {
        let expected = body.replace("NUMBER", &number.to_string());
        assert_eq!(kept.iter().filter(|body| *body == expected.as_bytes()).count(), 5);
    }
}

#[test]
fn a_digest_replay_is_stale_and_a_new_nonce_passes() {
    let site = Site::start();
    let path = "/hooks/acme-digest-0123456789";
    let authorization = || {
        let mut raw = Raw::open(&site);
        // Not through `curl`, whose heads are in lower case here: a nonce is not.
        raw.post(&site, "digest", "Content-Length: 0\r\nConnection: close\r\n");
        let mut heads = String::new();
        raw.0.read_to_string(&mut heads).unwrap();
        let challenge = heads.lines().find_map(|line| line.strip_prefix("www-authenticate: ")).unwrap();
        let context = AuthContext::new_post::<_, _, _, &[u8]>("pbx", "right", path, None);
        let answer = digest_auth::parse(challenge).unwrap().respond(&context).unwrap();
        format!("Authorization: {answer}")
    };
    let captured = authorization();
    assert_eq!(site.post("digest", &["-H", &captured]).status, 200);
    let replayed = site.post("digest", &["-H", &captured, "-d", "another body"]);
    assert_eq!((replayed.status, replayed.body.as_str()), (401, "unauthorized\n"));
    assert!(replayed.header("www-authenticate").unwrap().ends_with("stale=true"));
    assert_eq!(site.kept(), [EVENT.as_bytes()]);
    let fresh = authorization();
    let elsewhere = format!("{}?a=b", site.url("digest"));
    let answer = curl(&["-d", EVENT, "-H", &fresh, &elsewhere]);
    assert_eq!((answer.status, site.refused().1.as_str()), (400, "other-target"));
    assert_eq!(site.post("digest", &["-H", &fresh]).status, 200);
}

#[test]
fn an_id_that_was_never_given_out_is_answered_like_wrong_credentials_and_the_same_after_a_restart() {
    let site = Site::start();
    let known = site.post("basic", &["-u", "pbx:wrong"]);
    let schemes = |site: &Site| {
        let of = |number| {
            let url = format!("http://{}/hooks/no-such-endpoint-{number}", site.address);
            let answer = curl(&["-d", EVENT, "-u", "pbx:right", &url]);
            assert_eq!((answer.status, &answer.body), (401, &known.body));
            let names = |answer: &Answer| {
                let names = answer.heads.lines().filter_map(|line| Some(line.split_once(':')?.0.to_owned()));
                names.collect::<Vec<_>>()
            };
            assert_eq!(names(&answer), names(&known));
            answer.challenge().to_owned()
        };
        (0..60).map(of).collect::<Vec<_>>()
    };
    let before = schemes(&site);
    assert!(["basic", "digest", "bearer"].iter().all(|scheme| before.iter().any(|found| found == scheme)));
    let listed = site.refused();
    assert_eq!(listed, ("no-s".to_owned(), "unknown-endpoint".to_owned()));
    let site = Site::start_in(site.stop(), Ingest::routes);
    assert_eq!(schemes(&site), before);
    for path in
        ["/hooks", "/hooks/", "/hooks/a/b", "/hooks/acme-none-0123456789/", "/hooks/acme-none-01234567890"]
    {
        let answer = curl(&["-d", EVENT, &format!("http://{}{path}", site.address)]);
        assert_eq!(answer.status, 401, "{path}");
    }
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn an_address_outside_of_the_allowed_networks_is_answered_like_an_unknown_id_and_named_in_the_list() {
    let site = Site::start();
    let answer = site.post("elsewhere", &["-u", "pbx:right"]);
    assert_eq!((answer.status, answer.body.as_str()), (401, "unauthorized\n"));
    assert_eq!(site.refused(), ("elsewhere".to_owned(), "address".to_owned()));
    assert_eq!(site.post("here", &["-u", "pbx:right"]).status, 200);
    assert_eq!(site.kept().len(), 1);
}

#[test]
fn an_endpoint_that_is_off_is_answered_404_for_right_credentials_only() {
    let site = Site::start();
    let wrong = site.post("off", &["-u", "pbx:wrong"]);
    assert_eq!((wrong.status, wrong.challenge()), (401, "basic"));
    assert_eq!(site.post("off", &[]).status, 401);
    let right = site.post("off", &["-u", "pbx:right"]);
    assert_eq!((right.status, right.body.as_str()), (404, ""));
    assert_eq!(site.refused(), ("off".to_owned(), "off".to_owned()));
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn anything_but_post_is_answered_405_with_allow() {
    let site = Site::start();
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = site.post("none", &["-X", method]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("post")), "{method}");
    }
    assert_eq!(curl(&["-I", &site.url("none")]).status, 405);
    let unknown = curl(&[&format!("http://{}/hooks/no-such-endpoint-0", site.address)]);
    assert_eq!((unknown.status, unknown.header("allow")), (405, Some("post")));
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn a_body_over_a_mebibyte_is_answered_413_and_one_of_a_mebibyte_is_kept() {
    let site = Site::start();
    let file = |length: usize| {
        let path = site.data.path().join(format!("body-{length}"));
        std::fs::write(&path, vec![b' '; length]).unwrap();
        format!("@{}", path.display())
    };
    let (fits, longer) = (file(BODY_BYTES_MAX), file(BODY_BYTES_MAX + 1));
    let post = |body: &str, more: &[&str]| {
        curl(&[&["--data-binary", body, "-u", "pbx:right", &site.url("basic")], more].concat())
    };
    assert_eq!(post(&longer, &["-H", "Expect: 100-continue"]).status, 413);
    assert_eq!(post(&longer, &["-H", "Expect:"]).status, 413);
    assert_eq!(post(&longer, &["-H", "Transfer-Encoding: chunked"]).status, 413);
    assert_eq!(site.refused(), ("basic".to_owned(), "too-large".to_owned()));
    assert_eq!(post(&longer, &["-u", "pbx:wrong"]).status, 401, "decided before the length");
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
    assert_eq!(post(&fits, &[]).status, 200);
    assert_eq!(post(&fits, &["-H", "Transfer-Encoding: chunked"]).status, 200);
    assert_eq!(site.kept().iter().map(Vec::len).collect::<Vec<_>>(), [BODY_BYTES_MAX; 2]);
}

#[test]
fn a_body_that_pauses_five_seconds_is_answered_408() {
    let site = Site::start();
    let mut raw = Raw::open(&site);
    let started = Instant::now();
    raw.post(&site, "basic", &format!("{BASIC}Content-Length: 10\r\n"));
    raw.say(b"{");
    assert!(raw.hear().starts_with("http/1.1 408"));
    assert!((4500..7000).contains(&started.elapsed().as_millis()));
    assert_eq!(site.refused(), ("basic".to_owned(), "slow-body".to_owned()));
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn who_waits_for_100_continue_hears_a_refusal_without_sending_the_body() {
    let site = Site::start();
    let headers = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", EVENT.len());
    let mut refused = Raw::open(&site);
    refused.post(&site, "basic", &headers);
    let answer = refused.hear();
    // RFC 9112 9.6: the body may be on its way, so the connection ends, and says so.
    assert!(answer.starts_with("http/1.1 401") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    let mut taken = Raw::open(&site);
    taken.post(&site, "basic", &format!("{headers}{BASIC}"));
    assert!(taken.hear().starts_with("http/1.1 100"));
    taken.say(EVENT.as_bytes());
    assert!(taken.hear().starts_with("http/1.1 200"));
    assert_eq!(site.kept(), [EVENT.as_bytes()]);
}

#[test]
fn a_connection_lives_through_a_refused_body() {
    let site = Site::start();
    let mut raw = Raw::open(&site);
    let body = vec![b' '; 300_000];
    for (headers, status) in [("", "401"), (BASIC, "200"), ("", "401"), (BASIC, "200")] {
        raw.post(&site, "basic", &format!("{headers}Content-Length: {}\r\n", body.len()));
        raw.say(&body);
        let answer = raw.hear();
        assert!(answer.starts_with(&format!("http/1.1 {status}")) && !answer.contains("\r\nconnection:"));
    }
    assert_eq!(site.kept(), [body.clone(), body]);
}

#[test]
fn who_leaves_harms_nobody_and_what_was_whole_is_kept() {
    let site = Site::start();
    let start = |length: usize| {
        let mut raw = Raw::open(&site);
        raw.post(&site, "basic", &format!("{BASIC}Content-Length: {length}\r\n"));
        raw.say(EVENT.as_bytes());
        raw
    };
    drop(start(EVENT.len() + 1));
    let unheard = start(EVENT.len());
    let started = Instant::now();
    while site.kept().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(5), "not kept");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(unheard);
    assert_eq!(site.post("basic", &["-u", "pbx:right"]).status, 200);
    assert_eq!(site.kept(), [EVENT.as_bytes(); 2]);
}

#[test]
fn an_empty_body_with_right_credentials_is_a_probe() {
    let site = Site::start();
    for (name, arguments) in methods("right") {
        let answer = curl(&[&["-X", "POST", &site.url(name)], borrowed(&arguments).as_slice()].concat());
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{name}");
        let newest = site.deliveries().remove(0);
        assert_eq!((newest.endpoint.as_str(), newest.verdict), (name, DeliveryVerdict::Probe));
        assert_eq!(site.lamp(name), (LampState::Never, 0));
    }
    assert_eq!(curl(&["-X", "POST", &site.url("basic")]).status, 401);
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn a_body_that_nobody_understands_is_answered_200_and_kept_in_quarantine() {
    let site = Site::start();
    let answer = curl(&["-d", "<event/>", "-H", "Content-Type: text/xml", &site.url("none")]);
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(site.kept(), [b"<event/>"]);
    let listed = site.deliveries().remove(0);
    assert_eq!((listed.verdict, listed.bytes), (DeliveryVerdict::Quarantined, Some(8)));
    assert_eq!(listed.problems.len(), 1);
    site.fold();
    assert_eq!(site.lamp("none"), (LampState::Refused, 1));
    assert_eq!(site.post("none", &[]).status, 200);
    site.fold();
    assert_eq!(site.lamp("none"), (LampState::Live, 0));
    assert_eq!(site.ingest.lamps(&TenantId::from("acme")).pbx.state, LampState::Live);
}

/// Oracle: Python's gzip.
#[test]
fn a_compressed_body_is_kept_as_sent_and_understood() {
    let site = Site::start();
    let path = site.data.path().join("event.gz");
    let script = "import gzip, sys; open(sys.argv[1], 'wb').write(gzip.compress(sys.argv[2].encode()))";
    assert!(Command::new("python3").args(["-c", script]).arg(&path).arg(EVENT).status().unwrap().success());
    let body = format!("@{}", path.display());
    let answer = curl(&["--data-binary", &body, "-H", "Content-Encoding: gzip", &site.url("none")]);
    assert_eq!(answer.status, 200);
    assert_eq!(site.kept(), [std::fs::read(&path).unwrap()]);
    let listed = site.deliveries().remove(0);
    assert_eq!(
        (listed.verdict, listed.events.as_slice()),
        (DeliveryVerdict::Taken, &["extension_status".into()][..])
    );
}

#[test]
fn an_entry_says_where_it_came_from() {
    let site = Site::start();
    let headers = ["-H", "Content-Type: text/json; charset=utf-8", "-H", "X-Event-Id: abc-7"];
    assert_eq!(site.post("none", &headers).status, 200);
    let entry = site.journal.read_from(Seq(0), 1).unwrap().entries.remove(0).entry;
    assert_eq!((entry.tenant.as_str(), entry.endpoint.as_deref()), ("acme", Some("none")));
    assert_eq!((entry.peer.as_deref(), entry.event_id.as_deref()), (Some("127.0.0.1"), Some("abc-7")));
    let content_type = entry.content_type.unwrap();
    assert!(
        ["application/json", "text/json; charset=utf-8"].contains(&content_type.as_str()),
        "{content_type}"
    );
    assert!((Clock::system().now().0 - entry.received.0).abs() < 60_000);
}

#[test]
fn an_authorization_header_that_is_there_twice_or_too_long_or_says_one_thing_twice_is_answered_400() {
    let site = Site::start();
    let basic = BASIC.trim();
    let long = format!("Authorization: Basic {}", "a".repeat(9000));
    let twice = "Authorization: Digest username=\"pbx\", username=\"pbx\"";
    for (name, headers) in [
        ("basic", vec!["-H", basic, "-H", basic]),
        ("basic", vec!["-H", &long]),
        ("digest", vec!["-H", twice]),
    ] {
        assert_eq!(site.post(name, &headers).status, 400, "{headers:?}");
        assert_eq!(site.refused(), (name.to_owned(), "bad-authorization".to_owned()));
    }
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn too_many_wrong_credentials_are_answered_429_and_right_ones_always_pass() {
    let site = Site::start();
    let mut raw = Raw::open(&site);
    let wrong = |raw: &mut Raw| {
        raw.post(&site, "bearer", "Authorization: Bearer wrong\r\nContent-Length: 0\r\n");
        raw.hear()
    };
    let answers: Vec<String> = (0..200).map(|_| wrong(&mut raw)).collect();
    let limited: Vec<&String> = answers.iter().filter(|answer| answer.starts_with("http/1.1 429")).collect();
    assert!(answers[..100].iter().all(|answer| answer.starts_with("http/1.1 401")));
    assert!(!limited.is_empty());
    assert!(limited.iter().all(|answer| answer.contains("\r\nretry-after: 1\r\n")));
    let listed = site.deliveries();
    let reasons = listed.iter().filter(|one| one.reason.as_deref() == Some("too-many"));
    assert_eq!(reasons.count(), limited.len());
    assert_eq!(site.post("bearer", &["-H", "Authorization: Bearer right"]).status, 200);
    assert_eq!(site.post("digest", &["--digest", "-u", "pbx:right"]).status, 200);
    assert_eq!(site.kept().len(), 2);
}

#[test]
fn a_closing_server_is_answered_503_with_retry_after() {
    let site = Site::start();
    site.ingest.close();
    for (name, arguments) in methods("right") {
        let answer = site.post(name, &borrowed(&arguments));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")), "{name}");
    }
    assert_eq!(site.kept(), [] as [Vec<u8>; 0]);
}

#[test]
fn a_journal_that_takes_nothing_is_answered_503_with_retry_after() {
    let site = Site::start();
    site.runtime.block_on(site.journal.close());
    let answer = site.post("none", &[]);
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")));
    assert_eq!(site.refused(), ("none".to_owned(), "not-kept".to_owned()));
    assert_eq!(site.post("basic", &["-u", "pbx:wrong"]).status, 401);
}

#[test]
fn a_socket_for_hooks_only_knows_no_other_path() {
    let site = Site::start_in(tempfile::tempdir().unwrap(), Ingest::hooks_only);
    for (method, path) in
        [("GET", "/"), ("POST", "/"), ("GET", "/hooksx"), ("GET", "/api/v1/board"), ("HEAD", "/feed")]
    {
        let url = format!("http://{}{path}", site.address);
        let answer = if method == "HEAD" { curl(&["-I", &url]) } else { curl(&["-X", method, &url]) };
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(answer.header("www-authenticate").is_some() && answer.header("location").is_none());
    }
    assert_eq!(curl(&[&site.url("none")]).status, 405);
    assert_eq!(site.post("none", &[]).status, 200);
    assert_eq!(site.kept().len(), 1);
}

/// The PBX's clock is an hour and ten seconds ahead: what came once its deliveries were read says so.
#[test]
fn an_entry_has_the_skew_that_the_ones_before_it_showed() {
    let site = Site::start();
    let post = || {
        let stamp = Clock::system().now().0 / 1000 + 3610;
        let event = format!(
            r#"{{"event_type":"extension_status","status":[{{"extension":"sip:101@acme.test","online":true,"time":"{stamp}"}}]}}"#
        );
        assert_eq!(curl(&["-d", &event, &site.url("none")]).status, 200);
    };
    for _ in 0..5 {
        post();
    }
    assert_eq!(site.skews(), [None; 5]);
    site.fold();
    post();
    let skew = site.skews()[5].unwrap();
    assert!((-3_610_000..=-3_609_000).contains(&skew), "{skew}");
}

/// All that the other tests make the server say is looked at too, as far as they ran.
#[test]
fn the_log_names_endpoints_and_reasons_and_never_an_id_a_secret_or_a_body() {
    let site = Site::start();
    assert_eq!(site.post("bearer", &["-H", "Authorization: Bearer a-token-that-is-false"]).status, 401);
    let unknown = format!("http://{}/hooks/no-such-endpoint-0", site.address);
    assert_eq!(curl(&["-d", EVENT, "-u", "someone:pass-word", &unknown]).status, 401);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(site.post("bearer", &["-H", "Authorization: Bearer a-token-that-is-false"]).status, 401);
    assert_eq!(site.post("off", &["-u", "pbx:right"]).status, 404);
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains(r#"endpoint="bearer" peer=127.0.0.1 reason="wrong-credentials""#), "{log}");
    assert!(log.contains(r#"endpoint="no-s" peer=127.0.0.1 reason="unknown-endpoint""#), "{log}");
    for secret in ["0123456789", "no-such", "a-token", "pass-word", "cGJ4", "Authorization", "nonce", "sip:"]
    {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
