//! The data folder's disk is full, or fails, or is another server's (F2, F3, F18): nobody is told 200 for what is not
//! kept, and the server goes on by itself when it can.
//!
//! The real program. A full disk is a small tmpfs where this machine lets us mount one (root), and in any case a limit of
//! the size of files; a failing one is strace's fault injection. Oracle: SQLite alone on `journal.db`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use program::{
    ENDPOINT, Folder, PATIENCE, Server, TOKEN,
    poster::{Clients, Posted, assert_none_lost, event, journalled},
    until,
};

/// The tmpfs: enough for a start and some events.
const DISK_BYTES: u64 = 8 << 20;

/// The limit of a file's size. The WAL has room for two events below it, and the main file is beyond it.
const LIMIT_BYTES: u64 = 64 << 10;

/// Makes an event so long that the WAL must grow for it.
const PADDING_BYTES: usize = 20_000;

/// Deliveries that are tried while the disk is full.
const TRIED: usize = 30;

/// What is made to fail, and which of each thread's calls: some in a row, or one of three and one of 97 for ever.
const FAILING: [(&str, &str); 4] =
    [("fsync,fdatasync", "4..8"), ("pwrite64", "30..60"), ("fsync,fdatasync", "3+3"), ("pwrite64", "101+97")];

/// Posts events one after the other, and keeps the list.
#[derive(Default)]
struct Poster(Posted);

impl Poster {
    /// Posts one long event and gives the status, which is 200, or 503 with word of when to come back.
    fn post(&mut self, server: &Server) -> u16 {
        let number = format!("e{}", self.0.sent);
        let body = event(&number).replace('}', &format!(r#","padding":"{}"}}"#, "x".repeat(PADDING_BYTES)));
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let answer = server.ask("POST", &format!("/hooks/{ENDPOINT}"), &headers, body.as_bytes());
        self.0.sent += 1;
        match answer.status {
            200 => assert!(self.0.acknowledged.insert(number)),
            503 => assert!(answer.header("retry-after").is_some(), "{answer:?}"),
            other => panic!("answered {other}"),
        }
        answer.status
    }

    fn post_until(&mut self, server: &Server, wanted: u16) {
        let started = Instant::now();
        while self.post(server) != wanted {
            assert!(started.elapsed() < PATIENCE, "never answered {wanted}");
        }
    }
}

/// A way to have no room.
enum Disk {
    /// A file system of [`DISK_BYTES`] in the data folder's place.
    Small(#[expect(dead_code, reason = "mounted for as long as it is kept")] Mounted),
    /// No file may grow.
    Limited,
}

impl Disk {
    /// What the server is started by: the signal at a file's limit would end it, an error is what a disk gives.
    fn before(&self) -> &'static [&'static str] {
        match self {
            Self::Small(_) => &[],
            Self::Limited => &["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"],
        }
    }

    fn fill(&self, folder: &Folder, server: &Server) {
        match self {
            Self::Small(_) => {
                let mut ballast = File::create(ballast(folder)).unwrap();
                while ballast.write_all(&[0; 4096]).is_ok() {}
            }
            Self::Limited => limit_files(server, &format!("--fsize={LIMIT_BYTES}:")),
        }
    }

    fn make_room(&self, folder: &Folder, server: &Server) {
        match self {
            Self::Small(_) => fs::remove_file(ballast(folder)).unwrap(),
            Self::Limited => limit_files(server, "--fsize=unlimited:"),
        }
    }
}

fn ballast(folder: &Folder) -> PathBuf {
    folder.data.join("ballast")
}

fn limit_files(server: &Server, limit: &str) {
    let prlimit = Command::new("prlimit").args(["--pid", &server.id().to_string(), limit]).status();
    assert!(prlimit.unwrap().success(), "prlimit {limit}");
}

/// A mounted tmpfs; taken away when it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None` where this machine doesn't let us.
    fn on(folder: &Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let options = format!("size={DISK_BYTES},mode=700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_answered_503_and_said_and_the_server_goes_on_when_there_is_room() {
    let folder = Folder::new();
    match Mounted::on(&folder.data) {
        Some(mounted) => survives_a_full_disk(&folder, &Disk::Small(mounted)),
        None => {
            println!("no tmpfs can be mounted here (only root may): the limit of file sizes stands for it");
        }
    }
    survives_a_full_disk(&Folder::new(), &Disk::Limited);
}

fn survives_a_full_disk(folder: &Folder, disk: &Disk) {
    let server = folder.start_by(disk.before());
    server.wait_until_ready();
    let mut poster = Poster::default();
    for _ in 0..TRIED {
        assert_eq!(poster.post(&server), 200);
    }
    disk.fill(folder, &server);
    poster.post_until(&server, 503);
    let refused = (0..TRIED).filter(|_| poster.post(&server) == 503).count();
    assert!(folder.log().contains("the journal can't write"), "{}", folder.log());
    assert_eq!(server.get("/healthz").status, 200);
    let wrong = [("Authorization", "Bearer wrong")];
    assert_eq!(server.ask("POST", &format!("/hooks/{ENDPOINT}"), &wrong, b"{}").status, 401);
    disk.make_room(folder, &server);
    poster.post_until(&server, 200);
    for _ in 0..TRIED {
        assert_eq!(poster.post(&server), 200);
    }
    let Posted { sent, acknowledged } = &poster.0;
    println!(
        "{sent} events posted, {} answered 200; of {TRIED} on the full disk {refused} refused",
        acknowledged.len()
    );
    // The boards have them all, too: nothing was left out meanwhile.
    let shown = || {
        let list = server.json("/api/v1/extensions?limit=100000");
        let numbers = list["rows"].as_array()?.iter().map(|row| row["number"].as_str().unwrap().to_owned());
        acknowledged.is_subset(&numbers.collect()).then_some(())
    };
    until("on the board", shown);
    server.kill();
    assert_none_lost(&poster.0, &journalled(folder), "in journal.db");
}

#[test]
fn a_disk_that_fails_is_answered_503_and_the_journal_opens_its_file_anew() {
    for (calls, which) in FAILING {
        let folder = Folder::new();
        folder.start_ready().kill();
        let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:error=EIO:when={which}"));
        let strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        let server = folder.start_by(&strace);
        let mut poster = Poster::default();
        poster.post_until(&server, 503);
        poster.post_until(&server, 200);
        (0..TRIED).for_each(|_| _ = poster.post(&server));
        server.kill();
        let Posted { sent, acknowledged } = &poster.0;
        println!("{calls} {which}: {sent} events posted, {} answered 200", acknowledged.len());
        assert!(folder.log().contains("the journal can't write"), "{}", folder.log());
        assert_none_lost(&poster.0, &journalled(&folder), "in journal.db");
        let server = folder.start_ready();
        assert_eq!(poster.post(&server), 200);
        server.kill();
    }
}

#[test]
fn a_second_server_on_a_data_folder_says_so_and_ends_and_the_first_goes_on() {
    let folder = Folder::new();
    let server = folder.start_ready();
    let clients = Clients::start(server.address, "f");
    clients.wait_for_an_answer();
    for _ in 0..3 {
        let second = folder.command(&[]).output().unwrap();
        let said = String::from_utf8(second.stderr).unwrap();
        assert_eq!(second.status.code(), Some(1), "{said}");
        assert!(said.contains("another Ringside server uses the data folder"), "{said}");
        assert!(said.contains("--data") && second.stdout.is_empty(), "{said}");
    }
    let posted = clients.end();
    assert_eq!(posted.acknowledged.len(), posted.sent);
    server.kill();
    assert_none_lost(&posted, &journalled(&folder), "in journal.db");
    folder.start_ready().kill();
}
