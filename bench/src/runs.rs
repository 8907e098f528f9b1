//! The runs: each starts the program in a folder of its own, drives it for some seconds, and adds its figures.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    boards::{Arrived, Crowd, Plan, Tally},
    disk, events,
    fault::Fault,
    fold, http, machine,
    post::{self, Posted, Proof, Until},
    program::{Folder, Program},
    report::{Report, Target},
    schedule::{Clock, Schedule},
};

/// How many clients the closed loop has.
const CLIENTS: u32 = 64;

/// How long events are posted before any of them counts.
const WARM_UP: Duration = Duration::from_secs(2);

/// How many events are held when the restart is measured.
const HELD: u64 = 200_000;

/// What every run needs.
pub struct Bench {
    /// The program that is measured.
    pub server: PathBuf,
    /// Where its folders are made.
    pub folder: PathBuf,
    /// Whose stamps events carry.
    pub clock: Clock,
    /// The next crowd's network.
    pub source: u8,
    /// What was found.
    pub report: Report,
}

/// A run's name and what it does.
pub struct Run {
    /// For `--only`.
    pub name: &'static str,
    run: fn(&mut Bench) -> Result<(), Fault>,
}

/// All runs, in their order.
pub const RUNS: [Run; 11] = [
    Run { name: "post", run: |bench| bench.post() },
    Run { name: "acks", run: Bench::acks },
    Run { name: "fold", run: Bench::fold },
    Run { name: "idle", run: Bench::idle },
    Run { name: "boards-1", run: |bench| bench.fan_out(&ONE) },
    Run { name: "boards-100", run: |bench| bench.fan_out(&HUNDRED) },
    Run { name: "boards-1000", run: |bench| bench.fan_out(&THOUSAND) },
    Run { name: "boards-busy", run: |bench| bench.fan_out(&BUSY) },
    Run { name: "boards-10000", run: |bench| bench.fan_out(&TEN_THOUSAND) },
    Run { name: "memory", run: Bench::memory },
    Run { name: "restart", run: Bench::restart },
];

impl Run {
    /// Does it.
    pub fn run(&self, bench: &mut Bench) -> Result<(), Fault> {
        (self.run)(bench)
    }
}

/// A crowd, and what is posted while it watches.
struct FanOut {
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

const ONE: FanOut = FanOut {
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
const HUNDRED: FanOut = FanOut { name: "100 boards, 20/s", boards: 100, ..ONE };
const THOUSAND: FanOut = FanOut {
    name: "1,000 boards, 20/s",
    boards: 1_000,
    lasting: Duration::from_secs(10),
    p50_ms: Target::AtMost(10.0),
    p99_ms: Target::AtMost(30.0),
    ..ONE
};
const BUSY: FanOut = FanOut {
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
const TEN_THOUSAND: FanOut = FanOut {
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
    fn folder(&self) -> Result<Folder, Fault> {
        Folder::new(&self.folder, &self.server)
    }

    fn crowd(&mut self, program: &Program, boards: usize, first_event: u64) -> Result<Crowd, Fault> {
        let source = self.source;
        self.source = self.source.wrapping_add(1).max(1);
        let (address, clock) = (program.address, self.clock);
        Crowd::open(Plan { address, boards, view: "extensions", clock, first_event, source })
    }

    /// POST → 200 at 500 a second, by both proofs, between two looks at the disk.
    fn post(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        let mut disk = disk::measure(folder.path(), Duration::from_secs(2))?;
        let mut posted = Vec::new();
        for proof in [Proof::Bearer, Proof::Digest] {
            let event = |k: u64, _: Instant| events::mixed(k, events::seconds_now());
            let warm = Schedule::soon(500, Duration::from_secs(1));
            post::open_loop(program.address, proof, warm, &event)?;
            let before = program.cpu_seconds()?;
            let schedule = Schedule::soon(500, Duration::from_secs(8));
            let found = post::open_loop(program.address, proof, schedule, &event)?;
            posted.push((proof, program.cpu_seconds()? - before, found));
        }
        disk.merge(&disk::measure(folder.path(), Duration::from_secs(2))?);
        let report = &mut self.report;
        report.figure("disk: append + fdatasync, p50", disk.p50(), "ms", Target::None);
        report.figure("disk: append + fdatasync, p99", disk.p99(), "ms", Target::None);
        for (proof, cpu, found) in posted {
            let name = format!("POST → 200, 500/s, {proof:?}");
            report.figure(format!("{name}, p50"), found.latencies.p50(), "ms", Target::None);
            let ratio = found.latencies.p50() / disk.p50();
            report.figure(format!("{name}, p50 by the disk's"), ratio, "×", Target::AtMost(3.0));
            report.figure(format!("{name}, p99"), found.latencies.p99(), "ms", Target::AtMost(5.0));
            report.figure(format!("{name}, max"), found.latencies.max(), "ms", Target::None);
            let per_event = cpu * 1e6 / found.latencies.count().max(1) as f64;
            report.figure(format!("{name}, server CPU an event"), per_event, "µs", Target::None);
            report.figure(format!("{name}, not answered 200"), found.failed as f64, "", Target::AtMost(0.0));
            report.figure(format!("{name}, sent late by, p50"), found.lateness.p50(), "ms", Target::None);
        }
        Ok(())
    }

    /// Durable acknowledgements a second, by clients that wait for one before they send the next.
    fn acks(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        let counted = Duration::from_secs(4);
        let until = Until { count: u64::MAX, lasting: Duration::from_secs(5), counted };
        let (server, own) = (program.cpu_seconds()?, machine::cpu_seconds("self")?);
        let found =
            post::closed_loop(program.address, CLIENTS, until, |k| events::mixed(k, events::seconds_now()))?;
        let (server, own) = (program.cpu_seconds()? - server, machine::cpu_seconds("self")? - own);
        let all = found.events as f64 * until.lasting.as_secs_f64() / counted.as_secs_f64();
        let report = &mut self.report;
        let rate = found.events as f64 / counted.as_secs_f64();
        report.figure("durable acks, 64 clients", rate, "/s", Target::AtLeast(25_000.0));
        report.figure("durable acks, 64 clients, p50", found.latencies.p50(), "ms", Target::None);
        report.figure("durable acks, 64 clients, p99", found.latencies.p99(), "ms", Target::None);
        report.figure("durable acks, server CPU an event", server * 1e6 / all.max(1.0), "µs", Target::None);
        report.figure("durable acks, bench's CPU an event", own * 1e6 / all.max(1.0), "µs", Target::None);
        report.figure("durable acks, not answered 200", found.failed as f64, "", Target::AtMost(0.0));
        Ok(())
    }

    /// Decode, fold and change on one core.
    fn fold(&mut self) -> Result<(), Fault> {
        let found = fold::measure()?;
        let report = &mut self.report;
        let target = Target::AtLeast(300_000.0);
        report.figure("decode + fold + change", found.events_per_second, "/s", target);
        report.figure("the same + rows as JSON", found.with_json_per_second, "/s", Target::None);
        report.figure("changes an event", found.changes_per_event, "", Target::None);
        report.figure("rows on that board", found.rows as f64, "", Target::None);
        report.figure("memory a row, model only", found.bytes_per_row / 1024.0, "KiB", Target::None);
        let per_call = found.bytes_per_finished_call / 1024.0;
        report.figure("memory a finished call, model only", per_call, "KiB", Target::None);
        Ok(())
    }

    /// A server that nobody asks.
    fn idle(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        thread::sleep(Duration::from_secs(1));
        let before = program.cpu_seconds()?;
        thread::sleep(Duration::from_secs(4));
        let cpu = (program.cpu_seconds()? - before) / 4.0 * 100.0;
        self.report.figure("idle: memory", program.pss_kib()? as f64 / 1024.0, "MiB", Target::None);
        self.report.figure("idle: CPU", cpu, "% of a core", Target::None);
        Ok(())
    }

    /// Webhook → frame: from when an event was due until a board has it.
    fn fan_out(&mut self, plan: &FanOut) -> Result<(), Fault> {
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
    fn memory(&mut self) -> Result<(), Fault> {
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

    /// From the start of the process to its first 200, and to boards that are right, after a kill.
    fn restart(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        let until = Until { count: HELD, lasting: Duration::from_secs(60), counted: Duration::from_secs(60) };
        let filled =
            post::closed_loop(program.address, CLIENTS, until, |k| events::mixed(k, events::seconds_now()))?;
        program.wait_until_ready()?;
        let memory = program.pss_kib()? as f64 / 1024.0;
        program.kill();
        let started = Instant::now();
        let program = folder.start()?;
        let one = Until { count: 1, lasting: http::PATIENCE, counted: http::PATIENCE };
        let first = post::closed_loop(program.address, 1, one, |_| events::mixed(0, events::seconds_now()))?;
        let first_after = started.elapsed();
        program.wait_until_ready()?;
        let ready_after = started.elapsed();
        let report = &mut self.report;
        let held = filled.events as f64;
        report.figure("restart: events held", held, "", Target::None);
        let target = Target::AtMost(2.0 * held / 1_000_000.0);
        report.figure("restart after a kill: first 200", first_after.as_secs_f64(), "s", target);
        report.figure("restart after a kill: boards ready", ready_after.as_secs_f64(), "s", Target::None);
        report.figure("memory before the kill", memory, "MiB", Target::None);
        report.figure("memory after the restart", program.pss_kib()? as f64 / 1024.0, "MiB", Target::None);
        report.note("restart: the target, 2 s for 1,000,000 events, is scaled to the events held");
        if first.events != 1 {
            report.note("restart: the first POST was not answered 200");
        }
        Ok(())
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
