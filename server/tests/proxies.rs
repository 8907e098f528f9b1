//! Behind the real nginx and Caddy, with the configurations of `deploy/`: at the root and below a path, which the proxy
//! leaves on or takes off. Pages, their files, API, feed and webhooks pass, and Ringside knows whose they are.
//!
//! Clients ask from 127.0.0.2, the proxy from 127.0.0.1, the declared one. The server runs within the test: a configuration
//! that is read takes no proxies while access is open. Oracles: curl, Python's requests, tokio-tungstenite.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    env, fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use futures_util::{SinkExt as _, StreamExt as _};
use model::wire::{Row, ServerFrame};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::{Value, json};
use server::{
    clock::Clock,
    config::{Config, Flags},
    serve::serve,
    web::assets,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::oneshot};
use tokio_tungstenite::{
    Connector, connect_async_tls_with_config,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use program::{PATIENCE, ask, poster::event, until};

/// Where clients ask from.
const CLIENT: &str = "127.0.0.2";
const SECRET: &str = "4d7a2c5e8f1b3a6d9c0e";

const NGINX: &str = include_str!("../../deploy/nginx/ringside.conf");
const NGINX_PATH: &str = include_str!("../../deploy/nginx/ringside-path.conf");
const CADDY: &str = include_str!("../../deploy/caddy/Caddyfile");
const CADDY_PATH: &str = include_str!("../../deploy/caddy/Caddyfile.path");

/// A proxy and the server behind it.
struct Site {
    folder: TempDir,
    proxy: Child,
    /// Of the proxy.
    port: u16,
    /// The path of the external address.
    path: &'static str,
    /// Of the server itself.
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    runtime: Runtime,
}

impl Drop for Site {
    fn drop(&mut self) {
        _ = self.proxy.kill();
        _ = self.proxy.wait();
        _ = self.stop.take().map(|stop| stop.send(()));
    }
}

/// What starts a proxy in this folder.
type Proxy = fn(folder: &Path, text: &str) -> Command;

fn nginx(folder: &Path, text: &str) -> Command {
    let here = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {here}/{name};\n"))
        .concat();
    // As root its workers would be somebody who can't write here.
    let user = if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        "user root;"
    } else {
        ""
    };
    let whole = format!(
        "{user}\ndaemon off;\nworker_processes 1;\npid {here}/nginx.pid;\nerror_log {here}/proxy.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{text}\n}}\n"
    );
    fs::write(folder.join("nginx.conf"), whole).unwrap();
    let mut command = Command::new("nginx");
    command
        .arg("-p")
        .arg(folder)
        .arg("-e")
        .arg(folder.join("proxy.log"))
        .arg("-c")
        .arg(folder.join("nginx.conf"));
    command
}

fn caddy(folder: &Path, text: &str) -> Command {
    let global = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system {}\n}}\n",
        folder.join("caddy").display()
    );
    fs::write(folder.join("Caddyfile"), format!("{global}{text}")).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
    command.env("HOME", folder).env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder);
    command
}

/// The sample as it is, but for what every site changes in it.
fn adapted(sample: &str, folder: &Path, port: u16, server: SocketAddr) -> String {
    let here = folder.display();
    let mut text = sample.replace("127.0.0.1:8080", &server.to_string());
    for host in ["ringside", "intranet"] {
        text = text
            .replace(&format!("server_name {host}.example.com;"), "server_name localhost;")
            .replace(
                &format!("\n{host}.example.com {{"),
                &format!("\nhttps://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {here}/a.pem {here}/a.key"),
            )
            .replace(&format!("/etc/ssl/certs/{host}.pem"), &format!("{here}/a.pem"))
            .replace(&format!("/etc/ssl/private/{host}.key"), &format!("{here}/a.key"));
    }
    text.replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port} ssl;"))
}

fn configuration(external: &str) -> String {
    let endpoint = |name: &str, auth: &str| {
        format!(
            "[[tenant.endpoint]]\nid = \"{name}-extension-events\"\nname = \"{name}\"\nevents = \"extension\"\n\
             allow = [\"{CLIENT}\"]\nauth = {{ {auth} }}\n"
        )
    };
    let user = |method: &str| format!("method = \"{method}\", username = \"pbx\", password = \"{SECRET}\"");
    format!(
        "listen = \"127.0.0.1:0\"\naccess = \"open\"\nexternal_url = \"{external}\"\n[[tenant]]\nid = \"acme\"\n{}{}{}",
        endpoint("basic", &user("basic")),
        endpoint("digest", &user("digest")),
        endpoint("bearer", &format!("method = \"bearer\", token = \"{SECRET}\"")),
    )
}

impl Site {
    fn start(proxy: Proxy, sample: &str, path: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout a.key -out a.pem -days 30 \
                     -subj /CN=localhost -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost";
        let made =
            Command::new("openssl").args(words.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        // Free at this moment; nobody else on this machine is told of it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.path().join("ringside.toml");
        fs::write(&file, configuration(&format!("https://localhost:{port}{path}"))).unwrap();
        let flags = Flags { config: Some(file), data: Some(folder.path().join("data")), listen: None };
        let mut config = Config::load(&flags, |_| None).unwrap();
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];

        let runtime = Runtime::new().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, address) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let stopped = async { _ = stopped.await };
            let ended =
                serve(config, Clock::system(), stopped, move |at| started.send(at.listen).unwrap()).await;
            ended.unwrap_or_else(|error| panic!("{error}"));
        });
        let address = address.recv_timeout(PATIENCE).unwrap();
        let text = adapted(sample, folder.path(), port, address);
        let log = fs::File::options().create(true).append(true).open(folder.path().join("output")).unwrap();
        let proxy = proxy(folder.path(), &text)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{error}; run scripts/setup-tests.sh"));
        let site = Self { folder, proxy, port, path, address, stop: Some(stop), runtime };
        until("served by the proxy", || site.curl(&["--fail", &site.url("/readyz")]).ok());
        site
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{}{path}", self.port, self.path)
    }

    fn curl(&self, words: &[&str]) -> Result<String, String> {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "20", "--interface", CLIENT, "--resolve"]);
        curl.arg(format!("localhost:{}:127.0.0.1", self.port))
            .arg("--cacert")
            .arg(self.folder.path().join("a.pem"));
        let done = curl.args(words).output().unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        if done.status.success() { Ok(said) } else { Err(String::from_utf8(done.stderr).unwrap()) }
    }

    fn status(&self, words: &[&str]) -> String {
        self.curl(&[&["-o", "/dev/null", "-w", "%{http_code}"], words].concat()).unwrap()
    }

    /// Everything that a page links, and what links it.
    fn the_page_and_its_files_are_there(&self) {
        let asked = |words: &[&str]| self.curl(&[&["--fail", &self.url("/")], words].concat()).unwrap();
        let (page, packed) = (asked(&[]), asked(&["--compressed"]));
        let links = |page: &str| page.matches(&format!("=\"{}/", self.path)).count();
        assert!(page.contains("</html>") && links(&page) == links(&packed), "{packed}");
        let links: Vec<_> = ["href=\"/", "src=\"/"]
            .iter()
            .flat_map(|begin| page.split(begin).skip(1))
            .map(|rest| format!("/{}", rest.split(['"', '#']).next().unwrap()))
            .collect();
        assert!(links.len() > 2);
        for link in links {
            assert!(link.starts_with(&format!("{}/", self.path)), "{link}");
            // Without a built page there are no files, and the links to those with a hash are not there.
            let is_built = assets::of_page(app::Part::Queues).css.is_some();
            let url = format!("https://localhost:{}{link}", self.port);
            assert!(!is_built || self.status(&[&url]) == "200", "{link}");
        }
        let js = assets::of_page(app::Part::Queues).js;
        assert!(js.is_none_or(|js| page.contains(&format!("import(\"{}{js}\")", self.path))), "the script");
        assert!(page.contains(&format!("\"root\":\"{}\"", self.path)));
        assert_eq!(self.status(&[&self.url("/no-such-page")]), "404");
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.curl(&["--fail", &self.url(path)]).unwrap()).unwrap()
    }

    /// The sender's address of every delivery in the list.
    fn peers(&self, endpoint: &str) -> Vec<String> {
        let list = self.json("/api/v1/deliveries");
        let rows = list["deliveries"].as_array().unwrap().iter().filter(|row| row["endpoint"] == endpoint);
        rows.map(|row| row["peer"].as_str().unwrap().to_owned()).collect()
    }

    fn deliveries_pass_by_every_method(&self) {
        let hook = |name: &str| self.url(&format!("/hooks/{name}-extension-events"));
        let user = format!("pbx:{SECRET}");
        let bearer = format!("Authorization: Bearer {SECRET}");
        let event = event("101");
        // Whatever the client says of itself.
        let lies = [
            "-H",
            "X-Forwarded-For: 203.0.113.9",
            "-H",
            "Forwarded: for=203.0.113.9",
            "-H",
            "X-Real-IP: 203.0.113.9",
        ];
        for (name, words) in [
            ("basic", ["--basic", "-u", &user]),
            ("digest", ["--digest", "-u", &user]),
            ("bearer", ["-H", &bearer, "-4"]),
        ] {
            for lies in [&lies[..0], &lies[..]] {
                let hook = hook(name);
                let posted = [&words[..], lies, &["-d", event.as_str(), hook.as_str()]].concat();
                assert_eq!(self.status(&posted), "200", "{name} {lies:?}");
            }
            let peers = self.peers(name);
            assert!(peers.len() >= 2 && peers.iter().all(|peer| peer == CLIENT), "{name}: {peers:?}");
        }
        assert_eq!(self.status(&["--basic", "-u", "pbx:wrong", "-d", &event, &hook("basic")]), "401");
    }

    fn pythons_requests_pass(&self) {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let python = env::var_os("RINGSIDE_TEST_PYTHON")
            .map_or_else(|| tests.join("../../target/venv/bin/python"), PathBuf::from);
        let url = self.url("/hooks/digest-extension-events");
        let output = Command::new(&python)
            .arg(tests.join("clients/post.py"))
            .args(["digest", &url, "pbx", SECRET, &event("104"), "3", CLIENT])
            .env("RINGSIDE_CA", self.folder.path().join("a.pem"))
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}; run scripts/setup-tests.sh", python.display()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "200 401\n200\n200\n");
    }

    async fn the_feed_tells_what_happens(&self) {
        let mut roots = RootCertStore::empty();
        let own = fs::read(self.folder.path().join("a.pem")).unwrap();
        roots.add(CertificateDer::from_pem_slice(&own).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let url = self.url("/feed").replace("https://", "wss://");
        let connect = |origin: String| {
            let mut request = url.as_str().into_client_request().unwrap();
            request.headers_mut().insert("origin", origin.parse().unwrap());
            let connector = Connector::Rustls(Arc::new(config.clone()));
            connect_async_tls_with_config(request, None, false, Some(connector))
        };
        let (mut socket, _) = connect(format!("https://localhost:{}", self.port)).await.unwrap();
        socket.send(Message::text(json!({"t": "subscribe", "view": "overview"}).to_string())).await.unwrap();
        let mut posted = false;
        loop {
            let Some(Ok(Message::Text(text))) = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap()
            else {
                panic!("the feed ended");
            };
            match serde_json::from_str::<ServerFrame>(&text).unwrap() {
                ServerFrame::Snapshot(_) => {
                    let hook = self.url("/hooks/bearer-extension-events");
                    let bearer = format!("Authorization: Bearer {SECRET}");
                    assert_eq!(self.status(&["-H", &bearer, "-d", &event("105"), &hook]), "200");
                    posted = true;
                }
                ServerFrame::Changes(changes) if posted => {
                    let hears =
                        |row: &Row| matches!(row, Row::Extension(row) if row.number.as_str() == "105");
                    if changes.rows.iter().any(hears) {
                        break;
                    }
                }
                _ => {}
            }
        }
        for origin in ["https://evil.example".to_owned(), format!("http://localhost:{}", self.port)] {
            assert!(connect(origin).await.unwrap_err().to_string().contains("403"));
        }
    }

    /// Who comes past the proxy is not believed.
    fn strangers_are_refused(&self) {
        let host = format!("localhost:{}", self.port);
        let board = format!("http://{}/api/v1/board", self.address);
        let direct = |headers: &[&str]| {
            let words = headers.iter().flat_map(|header| ["-H", header]);
            self.status(&words.chain([board.as_str()]).collect::<Vec<_>>())
        };
        assert_eq!(direct(&[]), "200", "while access is open");
        assert_eq!(direct(&["X-Forwarded-For: 203.0.113.9"]), "400");
        assert_eq!(direct(&["Host: evil.example"]), "421");
        // From the proxy's own address both forms at once are nobody's.
        let both =
            [("Host", host.as_str()), ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=198.51.100.1")];
        assert_eq!(ask(self.address, "GET", "/api/v1/board", &both, b"").status, 400);
    }
}

fn everything_passes(proxy: Proxy, sample: &str, path: &'static str) {
    let site = Site::start(proxy, sample, path);
    let whole = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        site.the_page_and_its_files_are_there();
        assert_eq!(site.json("/api/v1/board")["view"], "overview");
        site.deliveries_pass_by_every_method();
        site.pythons_requests_pass();
        site.runtime.block_on(site.the_feed_tells_what_happens());
        site.strangers_are_refused();
    }));
    if let Err(panic) = whole {
        let log = |name: &str| fs::read_to_string(site.folder.path().join(name)).unwrap_or_default();
        println!("{}{}", log("output"), log("proxy.log"));
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn nginx_at_the_root() {
    everything_passes(nginx, NGINX, "");
}

#[test]
fn nginx_below_a_path_that_it_leaves_on() {
    everything_passes(nginx, NGINX_PATH, "/ringside");
}

#[test]
fn nginx_below_a_path_that_it_takes_off() {
    let takes_off = NGINX_PATH.replace("proxy_pass http://ringside;", "proxy_pass http://ringside/;");
    assert_ne!(takes_off, NGINX_PATH);
    everything_passes(nginx, &takes_off, "/ringside");
}

#[test]
fn caddy_at_the_root() {
    everything_passes(caddy, CADDY, "");
}

#[test]
fn caddy_below_a_path_that_it_leaves_on() {
    everything_passes(caddy, CADDY_PATH, "/ringside");
}

#[test]
fn caddy_below_a_path_that_it_takes_off() {
    let takes_off = CADDY_PATH.replace("\thandle /ringside", "\thandle_path /ringside");
    assert_ne!(takes_off, CADDY_PATH);
    everything_passes(caddy, &takes_off, "/ringside");
}
