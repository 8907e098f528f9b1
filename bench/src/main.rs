//! `bench`: what the real program takes and costs. It starts `ringside serve`, drives it from this process, and prints its
//! figures beside their targets. Nothing is stored. `docs/performance.md` says what each figure means.
//!
//! - `program`, `machine`: the server's process, and the machine by /proc.
//! - `schedule`, `latency`: when events are due, and how long they took.
//! - `events`, `post` (with `http`, `digest`): what is posted, and how.
//! - `boards` (with `frames`): who watches.
//! - `disk`, `fold`: what the disk does without a server, and the model without a disk.
//! - `runs`, `fan_out`, `past` (a million finished calls), `report`: each run, and the table.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "figures are for reading; lengths and counts are small"
)]

mod boards;
mod digest;
mod disk;
mod events;
mod fan_out;
mod fault;
mod fold;
mod frames;
mod http;
mod latency;
mod machine;
mod past;
mod post;
mod program;
mod report;
mod runs;
mod schedule;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;

use report::Report;
use runs::{Bench, RUNS};
use schedule::Clock;

/// Measures what the server takes and costs, and prints it beside the targets.
#[derive(Parser)]
#[command(name = "bench", version)]
struct CommandLine {
    /// The program that is measured.
    #[arg(long, env = "RINGSIDE", default_value = "target/release/ringside")]
    server: PathBuf,
    /// Where its data are meanwhile: the disk that is measured.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Only these runs, by name.
    #[arg(long, value_delimiter = ',', value_parser = RUNS.map(|run| run.name))]
    only: Vec<String>,
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let busy = machine::busy_share();
    let mut report = Report::default();
    report.note(machine::description(&line.folder));
    report.note(format!("the machine was {:.0} % busy before", busy * 100.0));
    if !machine::is_quiet(busy) {
        eprintln!("bench: the machine is {:.0} % busy; figures will say little", busy * 100.0);
        report.note("NOT QUIET: other programs ran; these figures say little");
    }
    report.note(
        "of a peer (Redis, JetStream, Nchan, NATS, Bun) nothing was measured, so no ratio to one is given",
    );
    // Crowds of the last start may still hold their ports for a minute.
    let source = (std::process::id() % 200) as u8 + 1;
    let mut bench = Bench { server: line.server, folder: line.folder, clock: Clock::new(), source, report };
    let mut all_ran = true;
    for run in RUNS.iter().filter(|run| line.only.is_empty() || line.only.iter().any(|name| name == run.name))
    {
        let started = Instant::now();
        if let Err(fault) = run.run(&mut bench) {
            eprintln!("bench: {}: {fault}", run.name);
            bench.report.note(format!("{}: FAILED: {fault}", run.name));
            all_ran = false;
        }
        eprintln!("bench: {} took {:.0} s", run.name, started.elapsed().as_secs_f64());
    }
    print!("{}", bench.report);
    if all_ran { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
