//! Webhook → frame: a crowd of boards watches what is posted. And what a board costs the server.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    boards::{Arrived, Crowd, Plan, Tally},
    events,
    fault::Fault,
    http, machine,
    post::{self, Posted, Proof, Until},
    program::Program,
    report::Target,
    runs::Bench,
    schedule::Schedule,
};

/// How long events are posted before any of them counts.
const WARM_UP: Duration = Duration::from_secs(2);

/// A crowd, and what is posted while it watches.
pub struct FanOut {
    name: &'static str,
    boards: usize,
    /// Events a second.
    rate: u32,
    /// How many extensions the events are of in turn, and how many rows there are.
    extensions: u64,
    lasting: Duration,
    p50_ms: Target,
    p99_ms: Target,
    memory_mib: Target,
    core_share: Target,
}

/// A single board.
pub const ONE: FanOut = FanOut {
    name: "1 board, 20/s",
    boards: 1,
    rate: 20,
    extensions: 64,
    lasting: Duration::from_secs(5),
    p50_ms: Target::None,
    p99_ms: Target::None,
    memory_mib: Target::None,
    core_share: Target::None,
};
/// An office.
pub const HUNDRED: FanOut = FanOut { name: "100 boards, 20/s", boards: 100, ..ONE };
/// A large company.
pub const THOUSAND: FanOut = FanOut {
    name: "1,000 boards, 20/s",
    boards: 1_000,
    lasting: Duration::from_secs(10),
    p50_ms: Target::AtMost(10.0),
    p99_ms: Target::AtMost(30.0),
    ..ONE
};
/// The same in its busiest hour.
pub const BUSY: FanOut = FanOut {
    name: "1,000 boards, 500/s, 5,000 rows",
    boards: 1_000,
    rate: 500,
    extensions: 5_000,
    lasting: Duration::from_secs(10),
    p50_ms: Target::AtMost(20.0),
    p99_ms: Target::AtMost(45.0),
    memory_mib: Target::AtMost(80.0),
    core_share: Target::AtMost(40.0),
};
/// As many as one server should bear.
pub const TEN_THOUSAND: FanOut = FanOut {
    name: "10,000 boards, 2/s",
    boards: 10_000,
    rate: 2,
    lasting: Duration::from_secs(12),
    p99_ms: Target::AtMost(150.0),
    ..ONE
};

/// What server and bench have used, and what the boards have got, at one moment.
struct Used {
    at: Instant,
    server_cpu: f64,
    own_cpu: f64,
    arrived: Arrived,
}

impl Used {
    fn now(program: &Program, crowd: &Crowd) -> Result<Self, Fault> {
        Ok(Self {
            at: Instant::now(),
            server_cpu: program.cpu_seconds()?,
            own_cpu: machine::cpu_seconds("self")?,
            arrived: crowd.arrived(),
        })
    }
}

/// What a crowd's run gave.
struct Watched {
    before: Used,
    after: Used,
    posted: Posted,
    tally: Tally,
    /// How many were posted in the time that counts.
    events: u64,
    memory_mib: f64,
    kib_a_board: f64,
    opened: Duration,
}

impl Bench {
    /// Webhook → frame: from when an event was due until a board has it.
    pub fn fan_out(&mut self, plan: &FanOut) -> Result<(), Fault> {
        let files = machine::files_max();
        if (plan.boards as u64) + 200 > files {
            self.report.note(format!("{}: not run, the limit of open files is {files}", plan.name));
            return Ok(());
        }
        let Watched { before, after, posted, tally, events, memory_mib, kib_a_board, opened } =
            self.watch(plan)?;
        let changes = (after.arrived.changes - before.arrived.changes) as f64;
        let per_change = |amount: f64| amount / changes.max(1.0);
        let (server, own) = (after.server_cpu - before.server_cpu, after.own_cpu - before.own_cpu);
        let shown = tally.latencies.count();
        let coalesced = (events * plan.boards as u64).saturating_sub(shown);
        let beats = after.arrived.beats - before.arrived.beats;
        let fetches = after.arrived.fetches - before.arrived.fetches;
        let bytes = (after.arrived.bytes - before.arrived.bytes) as f64;
        let wrong = tally.holes + tally.behind + tally.failed + posted.failed;
        let share = server / (after.at - before.at).as_secs_f64() * 100.0;
        let lines = [
            ("p50", tally.latencies.p50(), "ms", plan.p50_ms),
            ("p99", tally.latencies.p99(), "ms", plan.p99_ms),
            ("max", tally.latencies.max(), "ms", Target::None),
            ("POST → 200, p99", posted.latencies.p99(), "ms", Target::None),
            ("deliveries (frames of changes)", changes, "", Target::None),
            ("bytes a delivery, beats included", per_change(bytes), "", Target::None),
            ("events seen, all boards together", shown as f64, "", Target::None),
            ("events coalesced away", coalesced as f64, "", Target::None),
            ("boards sent to fetch all rows anew", fetches as f64, "", Target::AtMost(0.0)),
            ("beats", beats as f64, "", Target::None),
            ("holes, boards left behind, failures", wrong as f64, "", Target::AtMost(0.0)),
            ("server CPU a delivery", per_change(server * 1e6), "µs", Target::None),
            ("bench's CPU a delivery", per_change(own * 1e6), "µs", Target::None),
            ("server CPU", share, "% of a core", plan.core_share),
            ("whole server's memory", memory_mib, "MiB", plan.memory_mib),
            ("memory a board, rows received", kib_a_board, "KiB", Target::None),
            ("all boards have their rows after", opened.as_secs_f64(), "s", Target::None),
        ];
        for (what, value, unit, target) in lines {
            self.report.figure(format!("{}: {what}", plan.name), value, unit, target);
        }
        if let Some(why) = tally.why {
            self.report.note(format!("{}: the first board that failed: {why}", plan.name));
        }
        Ok(())
    }

    /// Opens the crowd, posts what it watches, and waits until all of it has come.
    fn watch(&mut self, plan: &FanOut) -> Result<Watched, Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        know(&program, plan.extensions)?;
        let first_event = Schedule::soon(plan.rate, WARM_UP).count;
        let empty = program.pss_kib()?;
        let opening = Instant::now();
        let crowd = self.crowd(&program, plan.boards, first_event)?;
        let opened = opening.elapsed();
        thread::sleep(Duration::from_secs(1));
        let kib_a_board = program.pss_kib()?.saturating_sub(empty) as f64 / plan.boards as f64;

        let clock = self.clock;
        let note = |k: u64, due: Instant| events::note(k % plan.extensions, k, clock.stamp(due));
        post::open_loop(program.address, Proof::Bearer, Schedule::soon(plan.rate, WARM_UP), &note)?;
        let before = Used::now(&program, &crowd)?;
        let schedule = Schedule::soon(plan.rate, plan.lasting);
        let later = |k: u64, due: Instant| note(k + first_event, due);
        let posted = post::open_loop(program.address, Proof::Bearer, schedule, &later)?;
        // The last ones are on their way.
        thread::sleep(Duration::from_millis(500));
        let after = Used::now(&program, &crowd)?;
        let memory_mib = program.pss_kib()? as f64 / 1024.0;
        let tally = crowd.finish(program.offset("extensions")?)?;
        Ok(Watched { before, after, posted, tally, events: schedule.count, memory_mib, kib_a_board, opened })
    }

    /// What a board costs the server, by how many rows it was sent.
    pub fn memory(&mut self) -> Result<(), Fault> {
        for (extensions, how) in [(8, "8 rows"), (64, "64 rows, 18 KiB"), (5_000, "5,000 rows, fetched")] {
            let folder = self.folder()?;
            let program = folder.start_ready()?;
            know(&program, extensions)?;
            // The channel itself, and a connection's first time, are not of the boards.
            let first = self.crowd(&program, 20, 0)?;
            thread::sleep(Duration::from_millis(500));
            let before = program.pss_kib()?;
            let crowd = self.crowd(&program, 1_000, 0)?;
            thread::sleep(Duration::from_secs(1));
            let after = program.pss_kib()?;
            let what = format!("memory a board, 1,000 of them, {how}");
            let per_board = after.saturating_sub(before) as f64 / 1_000.0;
            self.report.figure(what, per_board, "KiB", Target::AtMost(8.0));
            let offset = program.offset("extensions")?;
            let wrong = first.finish(offset)?.behind + crowd.finish(offset)?.behind;
            if wrong > 0 {
                self.report.note(format!("memory: {wrong} boards were left behind"));
            }
        }
        Ok(())
    }

    fn crowd(&mut self, program: &Program, boards: usize, first_event: u64) -> Result<Crowd, Fault> {
        let source = self.source;
        self.source = self.source.wrapping_add(1).max(1);
        let (address, clock) = (program.address, self.clock);
        Crowd::open(Plan { address, boards, view: "extensions", clock, first_event, source })
    }
}

/// Makes extensions known, and waits until the board shows them.
fn know(program: &Program, extensions: u64) -> Result<(), Fault> {
    let bodies = events::extensions(extensions);
    let until = Until { count: bodies.len() as u64, lasting: http::PATIENCE, counted: http::PATIENCE };
    let bodies_posted = bodies.len();
    let posted = post::closed_loop(program.address, 1, until, move |k| bodies[k as usize].clone())?;
    if posted.events != bodies_posted as u64 {
        return Err(Fault::Server("the extensions' events were not answered 200".into()));
    }
    let started = Instant::now();
    loop {
        let (_, body) = http::get(program.address, "/api/v1/extensions?limit=100000")?;
        let list: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        if list["rows"].as_array().is_some_and(|rows| rows.len() as u64 == extensions) {
            return Ok(());
        }
        if started.elapsed() > http::PATIENCE {
            return Err(Fault::Server(format!("the board does not show {extensions} extensions")));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
