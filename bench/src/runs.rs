//! The runs: each starts the program in a folder of its own, drives it for some seconds, and adds its figures.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    disk,
    events::Stream,
    fan_out,
    fault::Fault,
    fold, http, machine,
    post::{self, Proof, Until},
    program::{Folder, Program},
    report::{Report, Target},
    schedule::{Clock, Schedule},
};

/// How many clients the closed loop has.
const CLIENTS: u32 = 64;

/// About how many events a closed loop posts in a second: its PBX's clock goes so.
const CLOSED_LOOP_PACE: u32 = 20_000;

/// How many events are held when the restart is measured.
const HELD: u64 = 1_000_000;

/// How long they may take to come in.
const HELD_WITHIN: Duration = Duration::from_mins(10);

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
pub const RUNS: [Run; 12] = [
    Run { name: "post", run: Bench::post },
    Run { name: "acks", run: Bench::acks },
    Run { name: "fold", run: Bench::fold },
    Run { name: "idle", run: Bench::idle },
    Run { name: "boards-1", run: |bench| bench.fan_out(&fan_out::ONE) },
    Run { name: "boards-100", run: |bench| bench.fan_out(&fan_out::HUNDRED) },
    Run { name: "boards-1000", run: |bench| bench.fan_out(&fan_out::THOUSAND) },
    Run { name: "boards-busy", run: |bench| bench.fan_out(&fan_out::BUSY) },
    Run { name: "boards-10000", run: |bench| bench.fan_out(&fan_out::TEN_THOUSAND) },
    Run { name: "memory", run: Bench::memory },
    Run { name: "restart", run: Bench::restart },
    Run { name: "history", run: Bench::history },
];

impl Run {
    /// Does it.
    pub fn run(&self, bench: &mut Bench) -> Result<(), Fault> {
        (self.run)(bench)
    }
}

impl Bench {
    /// A new folder for the program.
    pub fn folder(&self) -> Result<Folder, Fault> {
        Folder::new(&self.folder, &self.server)
    }

    /// POST → 200 at 500 a second, by both proofs, between two looks at the disk.
    fn post(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        let look = |every| disk::measure(folder.path(), Duration::from_secs(2), every);
        let mut disk = look(Duration::ZERO)?;
        let mut posted = Vec::new();
        for proof in [Proof::Bearer, Proof::Digest] {
            let stream = Stream::now(500);
            let event = |k: u64, _: Instant| stream.event(k);
            let warm = Schedule::soon(500, Duration::from_secs(1));
            post::open_loop(program.address, proof, warm, &event)?;
            let before = program.cpu_seconds()?;
            let schedule = Schedule::soon(500, Duration::from_secs(8));
            let found = post::open_loop(program.address, proof, schedule, &event)?;
            posted.push((proof, program.cpu_seconds()? - before, found));
        }
        disk.merge(&look(Duration::ZERO)?);
        let paced = look(Duration::from_millis(2))?;
        let report = &mut self.report;
        report.figure("disk: append + fdatasync, p50", disk.p50(), "ms", Target::None);
        report.figure("disk: append + fdatasync, p99", disk.p99(), "ms", Target::None);
        report.figure("disk: the same 500 times a second, p50", paced.p50(), "ms", Target::None);
        report.figure("disk: the same 500 times a second, p99", paced.p99(), "ms", Target::None);
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
        let stream = Stream::now(CLOSED_LOOP_PACE);
        let found = post::closed_loop(program.address, CLIENTS, until, move |k| stream.event(k))?;
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
        report.figure("decode alone", found.decoded_per_second, "/s", Target::None);
        report.figure("decode + fold + change, rows as JSON", found.with_json_per_second, "/s", Target::None);
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

    /// From the start of the process to its first 200, and to boards that are right, after a kill; and whether these are
    /// the boards of before.
    fn restart(&mut self) -> Result<(), Fault> {
        let folder = self.folder()?;
        let program = folder.start_ready()?;
        let until = Until { count: HELD, lasting: HELD_WITHIN, counted: HELD_WITHIN };
        let stream = Stream::now(CLOSED_LOOP_PACE);
        let filled = post::closed_loop(program.address, CLIENTS, until, move |k| stream.event(k))?;
        let (before, offset) = settled(&program)?;
        let memory = program.pss_kib()? as f64 / 1024.0;
        program.kill();
        let started = Instant::now();
        let program = folder.start()?;
        let one = Until { count: 1, lasting: http::PATIENCE, counted: http::PATIENCE };
        // What was told already: it changes no row.
        let first = post::closed_loop(program.address, 1, one, move |_| stream.event(HELD - 1))?;
        let first_after = started.elapsed();
        program.wait_until_ready()?;
        let ready_after = started.elapsed();
        let (after, _) = settled(&program)?;
        // What time has decided since then is no difference.
        let changed = |row: &serde_json::Value| row["rev"].as_u64().is_some_and(|rev| rev > offset);
        let others = after.iter().filter(|(id, row)| !changed(row) && before.get(*id) != Some(row)).count();
        let missing = before.keys().filter(|id| !after.contains_key(*id)).count();
        let report = &mut self.report;
        let held = filled.events as f64;
        report.figure("restart: events held", held, "", Target::AtLeast(HELD as f64));
        let target = Target::AtMost(2.0);
        report.figure("restart after a kill: first 200", first_after.as_secs_f64(), "s", target);
        report.figure("restart after a kill: boards ready", ready_after.as_secs_f64(), "s", Target::None);
        report.figure("restart: rows on the board", before.len() as f64, "", Target::None);
        let differ = (others + missing) as f64;
        report.figure("restart: rows that are others than before", differ, "", Target::AtMost(0.0));
        report.figure("memory before the kill", memory, "MiB", Target::None);
        report.figure("memory after the restart", program.pss_kib()? as f64 / 1024.0, "MiB", Target::None);
        if first.events != 1 {
            report.note("restart: the first POST was not answered 200");
        }
        Ok(())
    }
}

/// The board once all that was posted is on it.
fn settled(program: &Program) -> Result<(BTreeMap<String, serde_json::Value>, u64), Fault> {
    let started = Instant::now();
    loop {
        let (_, text) = http::get(program.address, "/metrics")?;
        let text = String::from_utf8_lossy(&text);
        if text.lines().any(|line| line == "ringside_fold_behind_entries 0") {
            return program.board();
        }
        if started.elapsed() > HELD_WITHIN {
            return Err(Fault::Server("the boards did not come to the journal's end".into()));
        }
        thread::sleep(Duration::from_millis(50));
    }
}
