//! The real program in a folder of its own: started, asked, measured, killed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{fault::Fault, http, machine};

/// How long boards may take until they are right.
const READY_WITHIN: Duration = Duration::from_mins(5);

/// The endpoint by Bearer, and its token.
pub const BEARER: (&str, &str) = ("bench-bearer-events", "0123456789abcdef0123456789abcdef");
/// The endpoint by Digest.
pub const DIGEST: &str = "bench-digest-events";
/// Its user.
pub const USER: &str = "pbx";
/// Its password.
pub const PASSWORD: &str = "bench-password";

/// Who reads where people sign in: a supervisor of all, a viewer of all, who sees no whole number, and one of nothing.
pub const TOKENS: [&str; 3] =
    ["token-of-a-supervisor", "token-of-a-mere-viewer", "token-of-a-viewer-of-nothing"];

const OPEN: &str = r#"
listen = "127.0.0.1:0"
access = "open"
"#;

const SIGN_IN: &str = r#"
listen = "127.0.0.1:0"
access = "sign-in"
[[api_token]]
name = "supervisor"
tenant = "bench"
role = "supervisor"
token = "token-of-a-supervisor"
[[api_token]]
name = "viewer"
tenant = "bench"
role = "viewer"
token = "token-of-a-mere-viewer"
[[api_token]]
name = "nobody"
tenant = "bench"
role = "viewer"
scope = ["nothing"]
token = "token-of-a-viewer-of-nothing"
"#;

const CONFIG: &str = r#"
[[tenant]]
id = "bench"
[[tenant.endpoint]]
id = "bench-bearer-events"
name = "bearer"
events = "extension"
auth = { method = "bearer", token = "0123456789abcdef0123456789abcdef" }
[[tenant.endpoint]]
id = "bench-digest-events"
name = "digest"
events = "extension"
auth = { method = "digest", username = "pbx", password = "bench-password" }
"#;

/// A folder with a configuration, the server's data and its log. Removed with it.
pub struct Folder {
    temporary: TempDir,
    server: PathBuf,
}

impl Folder {
    /// A new folder inside of `within`, for that program.
    pub fn new(within: &Path, server: &Path) -> Result<Self, Fault> {
        Self::with(within, server, OPEN)
    }

    /// The same where people sign in.
    pub fn with_sign_in(within: &Path, server: &Path) -> Result<Self, Fault> {
        Self::with(within, server, SIGN_IN)
    }

    fn with(within: &Path, server: &Path, access: &str) -> Result<Self, Fault> {
        let failed = || Fault::system(format!("making a folder in {}", within.display()));
        fs::create_dir_all(within).map_err(failed())?;
        let temporary = tempfile::Builder::new().prefix("bench-").tempdir_in(within).map_err(failed())?;
        let config = format!("{access}{CONFIG}");
        fs::write(temporary.path().join("ringside.toml"), config).map_err(failed())?;
        Ok(Self { temporary, server: server.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Starts the program and waits until it says its address.
    pub fn start(&self) -> Result<Program, Fault> {
        let inside = |name: &str| self.path().join(name);
        let failed = || Fault::system(format!("starting {}", self.server.display()));
        let log = File::options().create(true).append(true).open(inside("log")).map_err(failed())?;
        let mut child = Command::new(&self.server)
            .arg("serve")
            .args([Path::new("--config"), &inside("ringside.toml"), Path::new("--data"), &inside("data")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(failed())?;
        let said = child.stdout.take().map(BufReader::new);
        let mut program = Program { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), said };
        let address = program.said.as_mut().and_then(said_address);
        program.address = address.ok_or_else(|| {
            eprintln!("{}", fs::read_to_string(inside("log")).unwrap_or_default());
            Fault::Server("the server ended at its start".into())
        })?;
        Ok(program)
    }

    /// Starts the program and waits until its boards are right.
    pub fn start_ready(&self) -> Result<Program, Fault> {
        let program = self.start()?;
        program.wait_until_ready()?;
        Ok(program)
    }
}

/// The address in the first line that has one.
fn said_address(said: &mut BufReader<ChildStdout>) -> Option<SocketAddr> {
    let mut line = String::new();
    while said.read_line(&mut line).ok()? > 0 {
        if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)));
        }
        line.clear();
    }
    None
}

/// A running server. Killed when it is dropped.
pub struct Program {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Kept, or what the server prints would have nowhere to go.
    said: Option<BufReader<ChildStdout>>,
}

impl Program {
    /// Its process, as /proc names it.
    pub fn process(&self) -> String {
        self.child.id().to_string()
    }

    /// CPU used so far, in seconds.
    pub fn cpu_seconds(&self) -> Result<f64, Fault> {
        machine::cpu_seconds(&self.process())
    }

    /// Memory in KiB.
    pub fn pss_kib(&self) -> Result<u64, Fault> {
        machine::pss_kib(&self.process())
    }

    /// Waits until its boards are right.
    pub fn wait_until_ready(&self) -> Result<(), Fault> {
        let started = Instant::now();
        while http::get(self.address, "/readyz")?.0 != 200 {
            if started.elapsed() > READY_WITHIN {
                return Err(Fault::Server("the server did not become ready".into()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// All rows of the board by their ids, and its offset.
    pub fn board(&self) -> Result<(BTreeMap<String, serde_json::Value>, u64), Fault> {
        let (status, body) = http::get(self.address, "/api/v1/board")?;
        let mut board: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let (offset, rows) = (board["offset"].as_u64(), board["rows"].take());
        let (Some(offset), serde_json::Value::Array(rows)) = (offset, rows) else {
            return Err(Fault::Server(format!("/api/v1/board answered {status} without rows")));
        };
        let named = rows.into_iter().map(|row| (format!("{} {}", row["k"], row["id"]), row));
        Ok((named.collect(), offset))
    }

    /// The offset that a view has now.
    pub fn offset(&self, view: &str) -> Result<u64, Fault> {
        let (status, body) = http::get(self.address, &format!("/api/v1/board?view={view}"))?;
        let board: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let offset = board["offset"].as_u64().filter(|_| status == 200);
        offset.ok_or_else(|| Fault::Server(format!("/api/v1/board answered {status} without an offset")))
    }

    /// `kill -9`: that is what `Child::kill` is on Unix.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
