//! `pbx-sim`: a stand-in for a PortSIP PBX. It posts the events of a company's day to real webhook endpoints.
//!
//! In the order of an event's life: `company` (who works there), `day` (what happens), `call` (a call's books), `event`
//! (its JSON), `delivery` (all that is under way), `retry` (the PBX's rules), `post` (one request and its proof);
//! `config` says where to.

#![expect(clippy::similar_names, reason = "caller and callee, seed and speed are the words of the field")]

mod call;
mod company;
mod config;
mod day;
mod delivery;
mod event;
mod post;
mod retry;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::{Args, Parser, Subcommand};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::Instant,
};

use call::Stamp;
use company::{Company, DEFAULT_TENANT_ID};
use config::{Auth, ConfigError, Method, Webhooks};
use day::Day;
use delivery::Deliveries;
use post::{Endpoint, Poster};

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
    /// Writes the company's directory to standard output, as the CSV that a tenant's `directory` names.
    Directory,
}

#[derive(Args)]
struct Demo {
    /// Ringside's configuration: the endpoints of a tenant in it, and their secrets.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "cdr_url", "extension_url"])]
    config: Option<PathBuf>,
    /// Where the configured server listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Which tenant of the configuration; by default the first.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// An endpoint for both kinds of events.
    #[arg(long, value_name = "URL", conflicts_with_all = ["cdr_url", "extension_url"])]
    url: Option<String>,
    /// An endpoint for CDR events.
    #[arg(long, value_name = "URL")]
    cdr_url: Option<String>,
    /// An endpoint for extension events.
    #[arg(long, value_name = "URL")]
    extension_url: Option<String>,
    /// How the PBX proves itself to these URLs.
    #[arg(long, value_enum, default_value_t = Method::None)]
    auth: Method,
    /// The user name for basic and digest.
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// A file with the password for basic and digest.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file with the token for bearer.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
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

/// Why the simulator can't start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("say where the events go: --config FILE, or --url URL, or --cdr-url URL and --extension-url URL")]
    Nowhere,
    #[error("can't set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("can't listen for signals: {0}")]
    Signals(#[from] io::Error),
    #[error("can't write the directory: {0}")]
    Directory(#[from] csv::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Demo(demo) => run_demo(*demo).await,
        Command::Directory => {
            Company::new(DEFAULT_TENANT_ID).write_directory(io::stdout().lock()).map_err(StartError::from)
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

/// The demo, until a signal: then the day's end, and the rest of the deliveries.
async fn run_demo(demo: Demo) -> Result<(), StartError> {
    let webhooks = webhooks(&demo)?;
    let mut stop = Stop::listen()?;
    say(&format!("seed {}, speed {}", demo.seed, demo.speed));
    for (kind, endpoint) in [("cdr", &webhooks.cdr), ("extension", &webhooks.extension)] {
        if endpoint.is_none() {
            say(&format!("no {kind} endpoint: its events are not sent"));
        }
    }
    let mut day = Day::new(Company::new(webhooks.tenant_id()), demo.seed, demo.speed);
    let deliveries = Deliveries::new(Poster::new()?, webhooks);
    tokio::select! {
        () = deliveries.wait_for_server(say) => {}
        () = stop.asked() => return Ok(()),
    }
    tokio::select! {
        () = live(&mut day, &deliveries) => {}
        () = stop.asked() => {}
    }
    say("everybody hangs up");
    let end = async {
        tokio::time::sleep(CLOSE_AFTER).await;
        for event in day.close(now()) {
            deliveries.deliver(&event);
        }
        deliveries.finish(FINISH_WITHIN).await;
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
async fn live(day: &mut Day, deliveries: &Deliveries) {
    let begun = Instant::now();
    let (mut zero, mut report) = (begun, begun + REPORT_EVERY);
    while let Some(wakes_at) = day.wakes_at() {
        let due = zero + Duration::from_millis(wakes_at);
        tokio::time::sleep_until(due).await;
        let lag = due.elapsed();
        if lag > LAG_MAX {
            zero += lag;
        }
        for event in day.run(now()) {
            deliveries.deliver(&event);
        }
        if Instant::now() >= report {
            report = Instant::now() + REPORT_EVERY;
            let (counts, tally) = (day.counts(), deliveries.tally());
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

/// Where the events go, by the flags.
fn webhooks(demo: &Demo) -> Result<Webhooks, StartError> {
    if let Some(path) = &demo.config {
        return Ok(config::read_file(path, &demo.server, demo.tenant.as_deref())?);
    }
    let auth = Auth {
        method: demo.auth,
        username: demo.username.clone(),
        password_file: demo.password_file.clone(),
        token_file: demo.token_file.clone(),
        ..Auth::default()
    };
    let endpoint = |own: Option<&String>, own_flag| {
        let url = demo.url.as_ref().map(|url| (url, "--url"));
        url.or(own.map(|url| (url, own_flag)))
            .map(|(url, flag)| {
                let credentials = config::credentials(&auth, Path::new(""))?;
                Ok::<_, ConfigError>(Endpoint { url: config::address(url, flag)?, credentials })
            })
            .transpose()
    };
    let webhooks = Webhooks {
        cdr: endpoint(demo.cdr_url.as_ref(), "--cdr-url")?,
        extension: endpoint(demo.extension_url.as_ref(), "--extension-url")?,
        tenant_id: None,
    };
    if webhooks.cdr.is_none() && webhooks.extension.is_none() {
        return Err(StartError::Nowhere);
    }
    Ok(webhooks)
}

/// The signals that end the process.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns at the next one.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The real time.
fn now() -> Stamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp(u64::try_from(since_1970.as_millis()).unwrap_or(0))
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// A line for the console. A console that has gone is no reason to end the day.
fn say(line: &str) {
    let _: io::Result<()> = writeln!(io::stdout(), "pbx-sim: {line}");
}
