//! The matrix: each case by each of the PBX's four methods, posted by each client, and what became of it.
//!
//! Between client and server stands a tap that writes down each byte. A cell is right if the client heard what
//! `docs/hooks.md` says, the tap saw the client do what the row is about, and the journal's file, read by SQLite alone, has
//! the cell's body once for each 200 and not at all else. Real time can't be turned on by the 5 minutes of a nonce: its end
//! is tested where the clock is a parameter (`ingest::authenticate::digest::tests`), and from outside by a restart.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod job;
mod judge;
#[path = "../program/mod.rs"]
mod program;
mod run;
mod rust;
mod table;
mod tap;

use std::{
    collections::HashMap, fs, io::Write as _, net::SocketAddr, path::Path, sync::Arc, thread, time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use rusqlite::{Connection, OpenFlags};
use server::journal::FILE_NAME;
use tokio::{
    runtime::Runtime,
    sync::{Semaphore, watch},
    time::timeout,
};

use self::{
    job::{Case, Client, Heard, Job, Method, cannot},
    program::{Folder, connect},
    table::Table,
    tap::{Message, PREFIX, Tap, Way},
};

const USER: &str = "pbx";
/// In UTF-8 and latin-1, and different in both.
const USER_BEYOND_ASCII: &str = "Jürgen";
const PASSWORD: &str = "4d7a2c5e8f1b3a6d9c0e";
const PASSWORD_BEFORE: &str = "9c0e4d7a2c5e8f1b3a6d";
const PASSWORD_BAD: &str = "8f1b3a6d9c0e4d7a2c5e";

/// How long the clients may take to their last row.
const RESTART_WITHIN: Duration = Duration::from_secs(50);

/// An endpoint a method, and one more where the user has a name beyond ASCII.
fn folder() -> Folder {
    let endpoint = |name: &str, auth: &str| {
        format!(
            "[[tenant.endpoint]]\nid = \"matrix-{name}-endpoint\"\nname = \"{name}\"\nevents = \"extension\"\nauth = {{ {auth} }}\n"
        )
    };
    let user = |method: &str, user: &str| {
        format!(
            "method = {method}, username = \"{user}\", password = \"{PASSWORD}\", also = [{{ username = \"{user}\", password = \"{PASSWORD_BEFORE}\" }}]"
        )
    };
    let mut tenant = endpoint("none", "method = \"none\"");
    let token =
        format!("method = \"bearer\", token = \"{PASSWORD}\", also = [{{ token = \"{PASSWORD_BEFORE}\" }}]");
    tenant += &endpoint("bearer", &token);
    for (name, method) in
        [("basic", "\"basic\""), ("digest", "\"digest\""), ("sha-256", "\"digest\", algorithm = \"sha-256\"")]
    {
        tenant += &endpoint(name, &user(method, USER));
        tenant += &endpoint(&format!("named-{name}"), &user(method, USER_BEYOND_ASCII));
    }
    Folder::with(&format!("external_url = \"http://ringside.example.com{PREFIX}\""), &tenant)
}

/// A square of the table that is not left out.
struct Cell {
    client: Client,
    case: Case,
    method: Method,
    job: Job,
    tap: Tap,
    body: Vec<u8>,
}

/// An event like no other's, as long as any.
fn body(row: usize, client: Client, case: Case) -> Vec<u8> {
    let number = format!("{:04}", row * Client::ALL.len() + client as usize);
    let event = format!(
        r#"{{"event_type":"extension_status","status":[{{"extension":"sip:{number}@acme.test","online":true,"time":"1786000100"}}]}}"#
    );
    if case != Case::Gzip {
        return event.into_bytes();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(event.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// The endpoint, the method, and the headers that the job is done with.
fn job(row: usize, client: Client, (case, method): (Case, Method), tap: SocketAddr, body: &Path) -> Job {
    let named = if case == Case::Named { "named-" } else { "" };
    let prefix = if case == Case::Prefix { PREFIX } else { "" };
    let url = format!("http://{tap}{prefix}/hooks/matrix-{named}{}-endpoint", method.name());
    let mut headers = vec![("Content-Type", "application/json".to_owned())];
    if case == Case::Gzip {
        headers.push(("Content-Encoding", "gzip".to_owned()));
    }
    if case == Case::Twice {
        let header = match method {
            Method::Bearer => format!("Bearer {PASSWORD}"),
            Method::Basic => format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}"))),
            _ => format!("Digest username=\"{USER}\""),
        };
        headers.extend(vec![("Authorization", header); 2]);
    }
    Job {
        row,
        url,
        method: match (case, method) {
            (Case::Missing | Case::Twice, _) | (_, Method::None) => "none",
            (_, Method::Md5 | Method::Sha256) => "digest",
            (_, Method::Basic) => "basic",
            (_, Method::Bearer) => "bearer",
        },
        algorithm: if method == Method::Sha256 { "SHA-256" } else { "MD5" },
        user: if case == Case::Named { USER_BEYOND_ASCII } else { USER },
        password: match case {
            Case::Bad => PASSWORD_BAD,
            Case::Second => PASSWORD_BEFORE,
            _ => PASSWORD,
        },
        headers,
        body: body.to_owned(),
        posts: case.posts(client),
        parallel: matches!(case, Case::Parallel | Case::Turned),
        chunked: case == Case::Chunked,
        expect: case == Case::Expect,
        http10: case == Case::Http10,
        proxy: (case == Case::Absolute).then(|| format!("http://{tap}")),
    }
}

/// Opens a tap for each cell.
async fn cells(
    rows: &[(Case, Method)],
    server: &watch::Receiver<SocketAddr>,
    held: &Arc<Semaphore>,
    folder: &Path,
) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (row, (case, method)) in rows.iter().copied().enumerate() {
        for client in Client::ALL.into_iter().filter(|client| cannot(*client, case, method).is_none()) {
            let way = match case {
                Case::Prefix => Way::Cut,
                Case::Turned => Way::Turned,
                Case::Restart => Way::OverRestart(client.digest_over_restart(), Arc::clone(held)),
                _ => Way::Straight,
            };
            let tap = Tap::open(server.clone(), way).await;
            let body = body(row, client, case);
            let file = folder.join(format!("{row}-{}", client.name()));
            fs::write(&file, &body).unwrap();
            let job = job(row, client, (case, method), tap.address, &file);
            cells.push(Cell { client, case, method, job, tap, body });
        }
    }
    cells
}

/// Sends the bytes of the good posts again, with another body, and says what was answered.
fn replays(cells: &[Cell], server: SocketAddr) -> Vec<(Client, Heard)> {
    let of = |case: Case| cells.iter().filter(move |cell| cell.case == case);
    let mut heard = Vec::new();
    for cell in of(Case::Replayed) {
        let is_its = |good: &&Cell| (good.client, good.method) == (cell.client, cell.method);
        let Some(request) = of(Case::Good).find(is_its).and_then(|good| good.tap.requests().pop()) else {
            continue;
        };
        let bytes = &request.bytes[..request.bytes.len() - cell.body.len()];
        let mut stream = connect(server).unwrap();
        stream.write_all(&[bytes, &cell.body].concat()).unwrap();
        let answer = Message::read(&mut stream);
        let is_stale = answer.header("www-authenticate").is_some_and(|asked| asked.contains("stale=true"));
        let error = (!is_stale).then(|| format!("not stale: {}", answer.line()));
        heard.push((cell.client, Heard { row: cell.job.row, statuses: vec![answer.status()], error }));
    }
    heard
}

/// How often each body is in the journal's file.
fn kept(data: &Path) -> HashMap<Vec<u8>, usize> {
    let file = Connection::open_with_flags(data.join(FILE_NAME), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut rows = file.prepare("SELECT body FROM entry WHERE kind = 'webhook'").unwrap();
    let mut counts = HashMap::new();
    for body in rows.query_map([], |row| row.get(0)).unwrap() {
        *counts.entry(body.unwrap()).or_default() += 1;
    }
    counts
}

#[test]
fn every_client_is_answered_as_documented_and_what_was_answered_200_is_kept_once() {
    let all = Case::ROWS.into_iter().flat_map(|(case, methods)| methods.iter().map(move |of| (case, *of)));
    let rows: Vec<(Case, Method)> = all.collect();
    let (folder, files, runtime) = (folder(), tempfile::tempdir().unwrap(), Runtime::new().unwrap());
    let server = folder.start();
    let (address, addresses) = watch::channel(server.address);
    let held = Arc::new(Semaphore::new(0));
    let cells = runtime.block_on(cells(&rows, &addresses, &held, files.path()));

    let jobs = |client: Client| -> Vec<Job> {
        let its = cells.iter().filter(|cell| cell.client == client && cell.case != Case::Replayed);
        its.map(|cell| cell.job.clone()).collect()
    };
    let restarts = cells.iter().filter(|cell| cell.case == Case::Restart).count();
    let (heard, server) = thread::scope(|scope| {
        let clients = Client::ALL.map(|client| {
            let (jobs, files) = (jobs(client), files.path());
            scope.spawn(move || run::run(client, &jobs, files))
        });
        // Too few: the rows say which client is missing.
        let all_held = held.acquire_many(u32::try_from(restarts).unwrap());
        _ = runtime.block_on(async { timeout(RESTART_WITHIN, all_held).await });
        let replayed = replays(&cells, server.address);
        server.kill();
        let server = folder.start();
        address.send(server.address).unwrap();
        let mut heard = clients.map(|client| client.join().unwrap());
        for (client, one) in replayed {
            heard[client as usize].push(one);
        }
        (heard, server)
    });
    drop(server);

    let counts = kept(&folder.data);
    let mut table = Table::new(&rows);
    for cell in &cells {
        let its = heard[cell.client as usize].iter().find(|heard| heard.row == cell.job.row);
        let wanted = if cell.case.status() == 200 { cell.job.posts } else { 0 };
        let found = counts.get(&cell.body).copied().unwrap_or_default();
        let kept = if found == wanted { Ok(()) } else { Err(format!("kept {found} times, not {wanted}")) };
        table.add(cell, judge::answered(cell, its).and_then(|()| judge::seen(cell)).and(kept));
    }
    table.print();
    assert!(table.is_right(), "the table above says which cells are wrong");
}

/// Oracle: the files that the set-up installs from, and the lock file.
#[test]
fn the_page_about_hooks_names_the_clients_that_are_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let page = read("docs/hooks.md");
    let requirements = read("server/tests/clients/requirements.txt");
    let python = requirements.lines().filter_map(|line| line.split_once("=="));
    let package: serde_json::Value =
        serde_json::from_str(&read("server/tests/clients/package.json")).unwrap();
    let node = package["dependencies"].as_object().unwrap().iter();
    let mut pinned: Vec<(String, String)> =
        python.map(|(name, version)| (name.to_owned(), version.to_owned())).collect();
    pinned.extend(node.map(|(name, version)| (name.clone(), version.as_str().unwrap().to_owned())));
    pinned.extend(["reqwest", "digest_auth"].map(|name| (name.to_owned(), run::locked(name))));
    for (name, version) in pinned {
        assert!(page.contains(&format!("{name} {version}")), "docs/hooks.md: {name} {version}");
    }
}
