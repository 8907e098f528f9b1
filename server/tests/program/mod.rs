//! The real program in a folder of its own, on a free port: started, asked, killed.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod people;
pub mod poster;
pub mod tools;

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The endpoint of [`Folder::new`], for both kinds of events.
pub const ENDPOINT: &str = "test-extension-events";
/// Its token.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A folder with a configuration, the server's data and its log.
pub struct Folder {
    temporary: TempDir,
    config: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    log: PathBuf,
}

impl Folder {
    /// One tenant with one endpoint by Bearer.
    pub fn new() -> Self {
        Self::with("", "")
    }

    /// The same with more lines at the top of the configuration, and more of the tenant.
    pub fn with(top: &str, tenant: &str) -> Self {
        Self::with_access("open", top, tenant)
    }

    /// The same where people have to sign in.
    pub fn with_sign_in(top: &str, tenant: &str) -> Self {
        Self::with_access("sign-in", top, tenant)
    }

    fn with_access(access: &str, top: &str, tenant: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let inside = |name: &str| temporary.path().join(name);
        let (config, data, log) = (inside("ringside.toml"), inside("data"), inside("log"));
        fs::write(
            &config,
            format!(
                "listen = \"127.0.0.1:0\"\n\
                 access = \"{access}\"\n\
                 {top}\n\
                 [[tenant]]\n\
                 id = \"acme\"\n\
                 {tenant}\n\
                 [[tenant.endpoint]]\n\
                 id = \"{ENDPOINT}\"\n\
                 events = \"extension\"\n\
                 auth = {{ method = \"bearer\", token = \"{TOKEN}\" }}\n"
            ),
        )
        .unwrap();
        Self { temporary, config, data, log }
    }

    /// A file beside the configuration.
    pub fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// A certificate for this machine and its key, beside the configuration: `NAME.pem`, `NAME.key`.
    pub fn certificate(&self, name: &str) {
        let words = format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key -out {name}.pem -days 30 \
             -subj /CN={name} -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        );
        let mut openssl = Command::new("openssl");
        let made = openssl.args(words.split(' ')).current_dir(self.temporary.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Writes a file beside the configuration.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.temporary.path().join(name), text).unwrap();
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The program's command line; `before` are the words of a program that starts it, such as strace.
    pub fn command(&self, before: &[&str]) -> Command {
        let mut words = before.iter().copied().chain([env!("CARGO_BIN_EXE_ringside"), "serve"]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args([Path::new("--config"), &self.config, Path::new("--data"), &self.data]);
        command.stdin(Stdio::null());
        command
    }

    /// What another command of the program prints.
    pub fn say(&self, words: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringside"));
        command.envs(variables.iter().copied());
        command.args(words).args([Path::new("--config"), &self.config, Path::new("--data"), &self.data]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the program and waits until it says its address.
    pub fn start(&self) -> Server {
        self.start_by(&[])
    }

    /// The same with more of an environment.
    pub fn start_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&[]);
        command.envs(variables.iter().copied());
        self.spawn(command).unwrap_or_else(|| panic!("the server ended at its start:\n{}", self.log()))
    }

    /// The same with the clock of that moment.
    pub fn start_at(&self, at: i64) -> Server {
        self.start_with(&[("RINGSIDE_TEST_CLOCK", &format!("{at}@1"))])
    }

    /// The same by another program.
    pub fn start_by(&self, before: &[&str]) -> Server {
        self.try_start_by(before).unwrap_or_else(|| panic!("the server ended at its start:\n{}", self.log()))
    }

    /// The same; `None` where it ended before it listened.
    pub fn try_start_by(&self, before: &[&str]) -> Option<Server> {
        self.spawn(self.command(before))
    }

    fn spawn(&self, mut command: Command) -> Option<Server> {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut server = Server { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), stdout };
        loop {
            let line = server.line();
            if let Some((_, rest)) = line.split_once("://127.0.0.1:") {
                server.address.set_port(port(rest));
                return Some(server);
            }
            if line.is_empty() {
                return None;
            }
        }
    }

    /// Starts the program and waits until its boards are right.
    pub fn start_ready(&self) -> Server {
        let server = self.start();
        server.wait_until_ready();
        server
    }
}

/// A running server. Killed when it is dropped, so that a failed test leaves none behind.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Kept, or what the server prints would have nowhere to go.
    stdout: BufReader<ChildStdout>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Server {
    /// `kill -9`: that is what `Child::kill` is on Unix.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let kill =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// Waits for its end.
    pub fn wait(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < at_most {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// Waits until its boards are right.
    pub fn wait_until_ready(&self) {
        until("ready", || (self.get("/readyz").status == 200).then_some(()));
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// The JSON of an address that must answer 200.
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Any request.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        ask(self.address, method, path, headers, body)
    }

    /// Posts an event, which must be taken.
    pub fn post(&self, event: &Value) {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let answer = self.ask("POST", &format!("/hooks/{ENDPOINT}"), &headers, event.to_string().as_bytes());
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{answer:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port at the start of a text.
pub fn port(text: &str) -> u16 {
    text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// Any request to any address. HTTP/1.0, so that the body ends where the connection does.
pub fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = connect(address).unwrap();
    let mut request = format!("{method} {path} HTTP/1.0\r\n").into_bytes();
    if !headers.iter().any(|(name, _)| *name == "Host") {
        write!(request, "Host: {address}\r\n").unwrap();
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
    stream.write_all(&request).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    Answer { status: status(&head).unwrap(), head, body: answer[end + 4..].to_vec() }
}

/// A connection on which nothing waits for ever.
pub fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The status in an answer's first line.
pub fn status(head: &str) -> Option<u16> {
    head.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Waits for something to come true.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "never {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Now as the PBX writes it: whole seconds as text; `ago` seconds before.
pub fn stamp(ago: u64) -> String {
    (SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - ago).to_string()
}
