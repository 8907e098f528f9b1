//! The example clients of docs/examples against the real program: they fetch what is large, and follow the feed.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};

use program::{
    Folder, PATIENCE, Server, stamp,
    tools::{node, python},
};

/// A client that runs. Killed when it is dropped.
struct Example {
    child: Child,
    said: mpsc::Receiver<String>,
}

impl Example {
    fn start(command: &mut Command, server: &Server) -> Self {
        command.env("RINGSIDE", format!("http://{}", server.address));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (say, said) = mpsc::channel();
        // Ends with the client.
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child, said }
    }

    /// Waits for a line.
    fn hear(&self, line: &str) {
        loop {
            let said = self.said.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{line}: {error}"));
            if said == line {
                return;
            }
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples").join(name)
}

fn queue(id: usize, callers: usize) -> Value {
    let waiting: Vec<_> = (0..callers)
        .map(|place| {
            json!({"position": "1", "session_id": format!("90000000000000{id:03}{place}"), "caller_number": "15550100",
                "caller_name": "", "timestamp": stamp(5), "type": "normal"})
        })
        .collect();
    json!({"event_type": "queue_status", "tenant_id": "7000", "queue_id": format!("800000000000000{id:03}"),
        "queue_number": format!("8{id:03}"), "queue_name": "Support", "waiting_list": waiting, "agents": []})
}

fn follows(command: &mut Command) {
    let folder = Folder::new();
    let server = folder.start_ready();
    // More than a frame holds: it is fetched.
    for id in 0..150 {
        server.post(&queue(id, 0));
    }
    server.post(&queue(1, 1));
    let client = Example::start(command, &server);
    client.hear("8001 Support 1 waiting");
    server.post(&queue(1, 3));
    client.hear("8001 Support 3 waiting");
}

#[test]
fn the_python_client_follows_the_feed() {
    follows(Command::new(python()).arg(example("feed.py")));
}

#[test]
fn the_javascript_client_follows_the_feed() {
    follows(Command::new(node()).arg("--experimental-websocket").arg(example("feed.js")));
}
