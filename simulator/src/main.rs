//! `pbx-sim`: a stand-in for a PortSIP PBX. It posts the events of a company's day to real webhook endpoints. Flags in,
//! exit code out; the PBX itself is the library.

use std::{io, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use rand::{SeedableRng, rngs::StdRng};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use simulator::{
    call::Stamp,
    clock,
    company::{CompanyError, DEFAULT_TENANT_ID, HARBOUR_VALE},
    config::ConfigError,
    console::{Stop, say},
    day::Day,
    delivery::Deliveries,
    exchange::Exchange,
    fault::{self, Faults},
    hostile,
    interfaces::{Interfaces, ListenError},
    load,
    post::Poster,
    record, replay,
    setup::{Setup, Which},
    target::Target,
};

/// How often the console hears what goes on.
const REPORT_EVERY: Duration = Duration::from_secs(30);
/// A day that falls behind the clock by more than this (a machine that slept) goes on from now instead of rushing.
const LAG_MAX: Duration = Duration::from_secs(1);
/// Between the last happening and the end: stamps are whole seconds, and the end must be the newer.
const CLOSE_AFTER: Duration = Duration::from_millis(1100);
/// The end's events are given up past this.
const FINISH_WITHIN: Duration = Duration::from_secs(4);

/// A stand-in for a PortSIP PBX: posts a company's day to Ringside's webhook endpoints.
#[derive(Parser)]
#[command(name = "pbx-sim", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A believable day: forty extensions, three queues, several calls a minute, until it is stopped.
    ///
    /// Where the events go is said by --config FILE, or by --url (both kinds of events) or --cdr-url and --extension-url
    /// (one each) with --auth. SIGTERM or Ctrl-C hangs all calls up and ends; a second one ends at once.
    Demo(Box<Demo>),
    /// Posts a day's events at a fixed rate, whatever the answers do, and says how long they took.
    Load(Box<load::Load>),
    /// Posts a recording again, with its own pauses, its times moved to now.
    Replay(Box<replay::Replay>),
    /// Posts everything that a receiver must survive, and says whether it would lose an event. Use a tenant of its own.
    Hostile(Box<hostile::Hostile>),
    /// Receives what a PBX posts, answers 200, and writes it down.
    Record(record::Record),
    /// Writes the company's directory to standard output, as the CSV that a tenant's `directory` names.
    Directory(Which),
    /// Writes the company that is built in to standard output, as a file for --company.
    Company,
}

#[derive(Args)]
struct Demo {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    setup: Setup,
    #[command(flatten)]
    faults: Faults,
    #[command(flatten)]
    interfaces: Interfaces,
    /// The PBX's clock is so far ahead of the machine's; behind it with a minus, as -90s.
    #[arg(long, default_value = "0s", value_parser = fault::skew, value_name = "TIME", allow_hyphen_values = true)]
    skew: i64,
    /// The PBX restarts again and again after this time: all calls are gone, and their ends are told to nobody.
    #[arg(long, value_parser = fault::duration, value_name = "TIME")]
    restart_every: Option<Duration>,
    /// The waits before retries are so many times as long as the PBX's: below 1 they are shorter.
    #[arg(long, default_value_t = 1.0, value_parser = retry_scale, value_name = "FACTOR")]
    retry_scale: f64,
    /// The day's seed: the same seed, the same day.
    #[arg(long, default_value_t = 8_020)]
    seed: u64,
    /// Above 1: shorter pauses between calls and between what people do. Calls keep their length, times are real.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=100.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 100".to_owned()),
    }
}

fn retry_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if (0.0..=10.0).contains(&scale) => Ok(scale),
        _ => Err("a number from 0 to 10".to_owned()),
    }
}

/// Why the simulator can't start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the company: {0}")]
    Company(#[from] CompanyError),
    #[error("can't write: {0}")]
    Write(io::Error),
    #[error("can't set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("can't listen for signals: {0}")]
    Signals(#[from] io::Error),
    #[error("can't write the directory: {0}")]
    Directory(#[from] csv::Error),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Load(#[from] load::LoadError),
    #[error(transparent)]
    Replay(#[from] replay::ReplayError),
    #[error(transparent)]
    Hostile(#[from] hostile::HostileError),
    #[error(transparent)]
    Record(#[from] record::RecordError),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Demo(demo) => run_demo(*demo).await,
        Command::Load(load) => load::run(*load).await.map_err(StartError::from),
        Command::Replay(replay) => replay::run(*replay).await.map_err(StartError::from),
        Command::Hostile(hostile) => hostile::run(*hostile).await.map_err(StartError::from),
        Command::Record(record) => record::run(record).await.map_err(StartError::from),
        Command::Directory(which) => write_directory(&which),
        Command::Company => {
            io::Write::write_all(&mut io::stdout(), HARBOUR_VALE.as_bytes()).map_err(StartError::Write)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pbx-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_directory(which: &Which) -> Result<(), StartError> {
    let company = which.company(DEFAULT_TENANT_ID)?;
    Ok(company.write_directory(io::stdout().lock())?)
}

/// The demo, until a signal: then the day's end, and the rest of the deliveries.
async fn run_demo(demo: Demo) -> Result<(), StartError> {
    let webhooks = demo.target.webhooks()?;
    let mut stop = Stop::listen()?;
    say(&format!("seed {}, speed {}", demo.seed, demo.speed));
    for (kind, endpoint) in [("cdr", &webhooks.cdr), ("extension", &webhooks.extension)] {
        if endpoint.is_none() {
            say(&format!("no {kind} endpoint: its events are not sent"));
        }
    }
    let company = demo.setup.company(webhooks.tenant_id())?;
    let exchange = Exchange::new(demo.setup.day(company, demo.seed, demo.speed));
    let (skew, ended) = (demo.skew, CancellationToken::new());
    if let Some(bound) = demo.interfaces.bind(move || pbx_now(skew)).await? {
        say(&format!("REST and publish/subscribe on http://{}", bound.address()?));
        tokio::spawn(bound.serve(exchange.clone(), ended.clone()));
    }
    let deliveries = Deliveries::new(Poster::new()?, webhooks, demo.retry_scale);
    tokio::select! {
        () = deliveries.wait_for_server(say) => {}
        () = stop.asked() => return Ok(()),
    }
    tokio::select! {
        () = live(&exchange, &deliveries, &demo) => {}
        () = stop.asked() => {}
    }
    say("everybody hangs up");
    let end = async {
        tokio::time::sleep(CLOSE_AFTER).await;
        for event in exchange.happen(|day| day.close(pbx_now(demo.skew))) {
            deliveries.deliver(&event);
        }
        deliveries.finish(FINISH_WITHIN).await;
        ended.cancel();
    };
    tokio::select! {
        () = end => {}
        () = stop.asked() => {}
    }
    let tally = deliveries.tally();
    say(&format!("{} events acknowledged, {} not", tally.acknowledged, tally.lost + as_u64(tally.pending)));
    Ok(())
}

/// Lets the day happen at the pace of the real clock.
async fn live(exchange: &Exchange<Day>, deliveries: &Deliveries, demo: &Demo) {
    let begun = Instant::now();
    let (mut zero, mut report) = (begun, begun + REPORT_EVERY);
    let mut restart = demo.restart_every.map(|every| begun + every);
    let mut chance = StdRng::seed_from_u64(demo.seed);
    while let Some(wakes_at) = exchange.look(Day::wakes_at) {
        let due = zero + Duration::from_millis(wakes_at);
        tokio::time::sleep_until(due).await;
        let lag = due.elapsed();
        if lag > LAG_MAX {
            zero += lag;
        }
        for event in exchange.happen(|day| day.run(pbx_now(demo.skew))) {
            for after in demo.faults.deliveries(&mut chance) {
                deliveries.deliver_later(&event, Duration::from_millis(after));
            }
        }
        if let (Some(at), Some(every)) = (restart, demo.restart_every)
            && Instant::now() >= at
        {
            restart = Some(Instant::now() + every);
            say("the PBX restarts");
            exchange.restart(|day| day.restart(pbx_now(demo.skew)));
        }
        if Instant::now() >= report {
            report = Instant::now() + REPORT_EVERY;
            let (counts, tally) = (exchange.look(Day::counts), deliveries.tally());
            say(&format!(
                "{} s: {} calls, {} waiting, {} registered; {} events acknowledged, {} pending, {} failed tries, {} lost",
                begun.elapsed().as_secs(),
                counts.calls,
                counts.waiting,
                counts.online,
                tally.acknowledged,
                tally.pending,
                tally.failed,
                tally.lost
            ));
        }
    }
}

/// Now, by the PBX's clock: so many milliseconds ahead of the machine's.
fn pbx_now(ahead: i64) -> Stamp {
    Stamp(clock::now().0.saturating_add_signed(ahead))
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
