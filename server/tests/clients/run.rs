//! How each client is started: curl and wget once a job, the scripts once for all of theirs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::{
    job::{Client, Heard, Job},
    program::tools::{node, python},
    rust,
};

/// Does a client's jobs, one after the other. `folder` is for files of its own.
pub fn run(client: Client, jobs: &[Job], folder: &Path) -> Vec<Heard> {
    match client {
        Client::Curl => jobs.iter().map(curl).collect(),
        Client::Wget => jobs.iter().map(wget).collect(),
        Client::Requests | Client::Httpx | Client::Aiohttp => {
            script(Command::new(python()).arg(tests("matrix.py")).arg(client.name()), client, jobs, folder)
        }
        Client::Fetch => script(Command::new(node()).arg(tests("matrix.js")), client, jobs, folder),
        Client::Reqwest => rust::run(jobs),
    }
}

fn tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// What a client says of itself.
pub fn version(client: Client) -> String {
    let first_words = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout);
        text.split_whitespace().find(|word| word.contains('.')).unwrap_or("?").to_owned()
    };
    match client {
        Client::Curl => first_words(&output(Command::new("curl").arg("--version"))),
        Client::Wget => first_words(&output(Command::new("wget").arg("--version"))),
        Client::Fetch => first_words(&output(Command::new(node()).arg("--version"))),
        Client::Requests | Client::Httpx | Client::Aiohttp => {
            let ask = format!("import {0}; print({0}.__version__)", client.name());
            first_words(&output(Command::new(python()).args(["-c", &ask])))
        }
        Client::Reqwest => locked("reqwest"),
    }
}

/// The version of a crate in the lock file.
pub fn locked(name: &str) -> String {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Runs a command without the proxies of this machine.
fn output(command: &mut Command) -> Output {
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{command:?}: {error}; run scripts/setup-tests.sh"))
}

/// Lets a script do all jobs.
fn script(command: &mut Command, client: Client, jobs: &[Job], folder: &Path) -> Vec<Heard> {
    let file = folder.join(format!("{}.json", client.name()));
    fs::write(&file, serde_json::to_string(jobs).unwrap()).unwrap();
    let output = output(command.arg(&file));
    assert!(output.status.success(), "{}: {}", client.name(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn curl(job: &Job) -> Heard {
    let mut command = Command::new("curl");
    command.args(["-q", "--silent", "--show-error", "--max-time", "60", "-w", "\nstatus %{http_code}\n"]);
    let credentials = format!("{}:{}", job.user, job.password);
    match job.method {
        "basic" => _ = command.args(["--basic", "-u", &credentials]),
        "digest" => _ = command.args(["--digest", "-u", &credentials]),
        "bearer" => _ = command.args(["--oauth2-bearer", job.password]),
        _ => {}
    }
    for (name, value) in &job.headers {
        command.args(["-H", &format!("{name}: {value}")]);
    }
    if job.chunked {
        command.args(["-H", "Transfer-Encoding: chunked"]);
    }
    if job.expect {
        command.args(["-H", "Expect: 100-continue"]);
    }
    if job.http10 {
        command.arg("--http1.0");
    }
    match &job.proxy {
        Some(proxy) => command.args(["--noproxy", "", "--proxy", proxy]),
        None => command.args(["--noproxy", "*"]),
    };
    if job.parallel {
        command.args(["--parallel", "--parallel-immediate", "--parallel-max", "20"]);
    }
    command.arg("--data-binary").arg(format!("@{}", job.body.display()));
    command.args(vec![&job.url; job.posts]);
    let output = output(&mut command);
    let text = String::from_utf8_lossy(&output.stdout);
    let statuses = text.lines().filter_map(|line| line.strip_prefix("status ")?.parse().ok()).collect();
    let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Heard { row: job.row, statuses, error: (!output.status.success()).then_some(error) }
}

fn wget(job: &Job) -> Heard {
    let mut command = Command::new("wget");
    command.args(["--no-config", "--quiet", "--server-response", "-O", "/dev/null"]);
    command.args(["--tries=1", "--timeout=30"]);
    match job.method {
        "basic" | "digest" => {
            command.arg(format!("--user={}", job.user)).arg(format!("--password={}", job.password));
        }
        "bearer" => _ = command.arg(format!("--header=Authorization: Bearer {}", job.password)),
        _ => {}
    }
    for (name, value) in &job.headers {
        command.arg(format!("--header={name}: {value}"));
    }
    if job.expect {
        command.arg("--header=Expect: 100-continue");
    }
    match &job.proxy {
        Some(proxy) => command.args(["-e", "use_proxy=on", "-e", &format!("http_proxy={proxy}")]),
        None => command.arg("--no-proxy"),
    };
    command.arg(format!("--post-file={}", job.body.display()));
    command.args(vec![&job.url; job.posts]);
    let output = output(&mut command);
    // It doesn't say which post an answer belongs to, only that all went well or one did not.
    let text = String::from_utf8_lossy(&output.stderr);
    let mut heard =
        text.lines().filter(|line| line.trim().starts_with("HTTP/")).filter_map(super::program::status);
    let status = if output.status.success() { Some(200) } else { heard.next_back() };
    Heard { row: job.row, statuses: status.map_or(vec![], |status| vec![status; job.posts]), error: None }
}
