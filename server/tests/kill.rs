//! A delivery that was answered 200 survives the server: killed at random moments under load, or asked to stop; and what files
//! lose while no server runs is said.
//!
//! The real program, real sockets, a real folder. Oracle: the clients' own list of what was answered 200, against the rows
//! that SQLite alone reads from `journal.db`, and against the board's API after one more start.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod program;

use std::{
    collections::BTreeSet,
    fs::File,
    io::Write as _,
    ops::RangeInclusive,
    os::unix::fs::FileExt as _,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use program::{
    ENDPOINT, Folder, PATIENCE, Server, TOKEN, connect,
    poster::{Clients, Posted, assert_none_lost, journalled},
    until,
};

/// How often the server is killed, unless RINGSIDE_TEST_KILLS says otherwise.
const KILLS: u64 = 50;

/// The latest moment of a kill, in milliseconds after the first acknowledged delivery of its round.
const KILLED_WITHIN_MS: u64 = 800;

/// The system calls at which the server is killed, and at which ones of a thread: those after what a start writes. With
/// RINGSIDE_TEST_CALLS it is so many of each.
const CALLS: [(&str, RangeInclusive<u64>); 2] = [("pwrite64", 61..=72), ("fsync,fdatasync", 1..=6)];

/// How often files are damaged, unless RINGSIDE_TEST_DAMAGES says otherwise.
const DAMAGES: u64 = 8;

/// Events that the last commit before a kill may have, from all clients and the clock.
const LAST_COMMIT: usize = 8;

/// Clients that are slow when the server is to stop, of each kind.
const SLOW: usize = 20;

/// Within this a server that was asked to stop has stopped (reliability promise F19).
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn kills_at_random_moments_lose_no_event_that_was_answered_200() {
    let (seed, kills) = (seed(), number("RINGSIDE_TEST_KILLS").unwrap_or(KILLS));
    println!("seed {seed} (RINGSIDE_TEST_SEED={seed} repeats its moments)");
    let mut random = seed;
    let folder = Folder::new();
    let mut posted = Posted::default();
    for round in 0..kills {
        let server = folder.start();
        let clients = Clients::start(server.address, &format!("k{round}"));
        clients.wait_for_an_answer();
        thread::sleep(Duration::from_millis(next(&mut random) % KILLED_WITHIN_MS));
        server.kill();
        posted.add(clients.end());
    }
    let journalled = journalled(&folder);
    println!(
        "{kills} kills, {} events posted, {} answered 200, {} in the journal",
        posted.sent,
        posted.acknowledged.len(),
        journalled.len()
    );
    assert_none_lost(&posted, &journalled, "in journal.db");

    let server = folder.start_ready();
    let shown = extensions(&server);
    assert_none_lost(&posted, &shown, "on the board");
    server.kill();
}

/// strace makes the signal; counts are of each thread for itself, so that the journal's own calls are among those hit.
#[test]
fn a_kill_at_a_write_or_a_sync_loses_no_event_that_was_answered_200() {
    let folder = Folder::new();
    folder.start_ready().kill();
    let (mut posted, mut at_start) = (Posted::default(), 0);
    let mut killed = 0;
    for (call, calls) in CALLS {
        let calls = number("RINGSIDE_TEST_CALLS")
            .map_or(calls.clone(), |all| *calls.start()..=calls.start() + all - 1);
        for nth in calls {
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let trace = format!("trace={call}");
            let strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let Some(mut server) = folder.try_start_by(&strace) else {
                at_start += 1;
                continue;
            };
            let clients = Clients::start(server.address, &format!("{}{nth}", &call[..2]));
            assert!(server.wait(PATIENCE).is_some(), "{call} {nth} never came");
            posted.add(clients.end());
            killed += 1;
        }
    }
    let journalled = journalled(&folder);
    println!(
        "{killed} kills at a call, {} events posted, {} answered 200, {} in the journal",
        posted.sent,
        posted.acknowledged.len(),
        journalled.len()
    );
    // What a start writes grows with the WAL that it finds.
    let is_long = number("RINGSIDE_TEST_CALLS").is_some();
    assert!(is_long || at_start == 0, "choose later calls: these are of the start");
    assert_none_lost(&posted, &journalled, "in journal.db");
    folder.start_ready().kill();
}

/// What is done to a file while no server runs.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// The end of the WAL, less than a page, was never written.
    TornEnd,
    /// A bit of the journal is another one.
    Bit,
    /// A page of the journal is another's.
    Page,
    /// The journal's first page is.
    FirstPage,
}

impl Damage {
    const ALL: [Self; 4] = [Self::TornEnd, Self::Bit, Self::Page, Self::FirstPage];

    fn make(self, folder: &Folder, random: &mut u64) {
        let name = if let Self::TornEnd = self { "journal.db-wal" } else { "journal.db" };
        let file = File::options().read(true).write(true).open(folder.data.join(name)).unwrap();
        let bytes = file.metadata().unwrap().len();
        match self {
            Self::TornEnd => file.set_len(bytes - 1 - next(random) % 4000).unwrap(),
            Self::Bit => {
                let (at, mut byte) = (next(random) % bytes, [0]);
                file.read_exact_at(&mut byte, at).unwrap();
                file.write_all_at(&[byte[0] ^ (1 << (next(random) % 8))], at).unwrap();
            }
            Self::Page => {
                let page = 1 + next(random) % (bytes / 4096 - 1);
                file.write_all_at(&[0xa5; 4096], page * 4096).unwrap();
            }
            Self::FirstPage => file.write_all_at(&[0x5a; 4096], 0).unwrap(),
        }
    }
}

/// F4. A torn end costs the last commit at most. Whatever else is damaged, the server starts and goes on, shows what can be
/// read, and says what can't be.
#[test]
fn what_is_torn_or_damaged_is_found_and_said_and_the_server_goes_on() {
    let (seed, damages) = (seed(), number("RINGSIDE_TEST_DAMAGES").unwrap_or(DAMAGES));
    println!("seed {seed} (RINGSIDE_TEST_SEED={seed} repeats its places)");
    let (mut random, mut all, mut lost_in_all) = (seed, 0, 0);
    for (round, damage) in (0..damages).zip(Damage::ALL.into_iter().cycle()) {
        let folder = Folder::new();
        let mut server = folder.start();
        let clients = Clients::start(server.address, &format!("d{round}"));
        clients.wait_for_an_answer();
        thread::sleep(Duration::from_millis(300));
        let posted = if let Damage::TornEnd = damage {
            server.kill();
            clients.end()
        } else {
            let posted = clients.end();
            server.signal("TERM");
            assert!(server.wait(STOPPED_WITHIN).is_some());
            posted
        };
        damage.make(&folder, &mut random);
        let server = folder.start_ready();
        let shown = extensions(&server);
        let lost: Vec<_> = posted.acknowledged.difference(&shown).collect();
        let log = folder.log();
        if let Damage::TornEnd = damage {
            assert!(lost.len() <= LAST_COMMIT, "{lost:?}");
        } else {
            let said = ["was skipped", "set aside"].iter().any(|words| log.contains(words));
            assert!(lost.is_empty() || said, "{damage:?}: {lost:?}\n{log}");
        }
        // It goes on, and so does what comes now.
        let clients = Clients::start(server.address, &format!("e{round}"));
        clients.wait_for_an_answer();
        let after = clients.end();
        until("on the board", || after.acknowledged.is_subset(&extensions(&server)).then_some(()));
        (all, lost_in_all) = (all + posted.acknowledged.len(), lost_in_all + lost.len());
        server.kill();
    }
    println!(
        "{damages} times damaged: {all} events answered 200 before, {lost_in_all} of them could not be read after"
    );
}

#[test]
fn clients_that_are_half_way_do_not_keep_a_server_from_stopping() {
    let folder = Folder::new();
    let mut server = folder.start();
    let half_way = |text: &str| {
        let mut stream = connect(server.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let header = format!("POST /hooks/{ENDPOINT} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n");
    let body = format!("{header}Content-Length: 1000\r\n\r\n{{");
    let silent: Vec<_> = (0..SLOW).map(|_| half_way("")).collect();
    let headers: Vec<_> = (0..SLOW).map(|_| half_way(&header)).collect();
    let mut bodies: Vec<_> = (0..SLOW).map(|_| half_way(&body)).collect();
    let clients = Clients::start(server.address, "s");
    clients.wait_for_an_answer();
    server.signal("TERM");
    // A body that grows all the time would be waited for longest.
    let dripping = thread::spawn(move || {
        let mut alive = SLOW;
        while alive > 0 {
            thread::sleep(Duration::from_millis(200));
            alive = bodies.iter_mut().filter_map(|stream| stream.write_all(b" ").ok()).count();
        }
    });
    let status = server.wait(STOPPED_WITHIN);
    let posted = clients.end();
    assert_eq!(status.map(|status| status.code()), Some(Some(0)), "exit code 0 within 10 s");
    assert!(!folder.data.join("journal.db-wal").exists(), "the journal was closed, not left");
    assert_none_lost(&posted, &journalled(&folder), "in journal.db");
    dripping.join().unwrap();
    drop((silent, headers));
}

#[test]
fn a_server_that_is_told_to_stop_under_load_ends_well_and_loses_nothing() {
    let folder = Folder::new();
    let mut server = folder.start();
    let clients = Clients::start(server.address, "t");
    clients.wait_for_an_answer();
    thread::sleep(Duration::from_millis(500));
    server.signal("TERM");
    let status = server.wait(STOPPED_WITHIN);
    let posted = clients.end();
    println!("SIGTERM: {} events posted, {} answered 200", posted.sent, posted.acknowledged.len());
    assert_eq!(status.map(|status| status.code()), Some(Some(0)), "exit code 0 within 10 s");
    assert!(!folder.data.join("journal.db-wal").exists(), "the journal was closed, not left");
    assert_none_lost(&posted, &journalled(&folder), "in journal.db");
}

/// The numbers of all extensions on the board.
fn extensions(server: &Server) -> BTreeSet<String> {
    let list = server.json("/api/v1/extensions?limit=100000");
    list["rows"].as_array().unwrap().iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
}

fn seed() -> u64 {
    number("RINGSIDE_TEST_SEED")
        .unwrap_or_else(|| u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()))
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough to choose moments.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
