//! `ringside`: flags and configuration in, exit code out.

use std::{
    io::{IsTerminal as _, stderr, stdout},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use server::{
    clock::Clock,
    config::{Auth, Config, Flags},
    serve::{Started, serve},
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What is logged where RUST_LOG says nothing.
const LOG: &str = "info,memory_serve=warn,rusqlite_migration=warn";

/// Shows a PortSIP PBX live: calls, presence, queues.
#[derive(Parser)]
#[command(name = "ringside", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until SIGTERM or Ctrl-C. SIGHUP has it read directories and certificate again.
    Serve(Settings),
    /// Reads the configuration as `serve` would, says what is wrong with it, and ends.
    Check(Settings),
}

#[derive(Args)]
struct Settings {
    /// The configuration. Without one, a tenant with two endpoints is made up in the data folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where pages, feed, API and hooks are served.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let result = match command {
        Command::Serve(settings) => run(settings),
        Command::Check(settings) => check(settings),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringside: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn load(settings: Settings) -> Result<Config, Failure> {
    let flags = Flags { config: settings.config, data: settings.data, listen: settings.listen };
    Ok(Config::load(&flags, |name| std::env::var(name).ok())?)
}

fn check(settings: Settings) -> Result<(), Failure> {
    let config = load(settings)?;
    for warning in &config.warnings {
        println!("warning: {warning}");
    }
    println!("the configuration is sound");
    Ok(())
}

fn run(settings: Settings) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A person reads lines, a collector reads JSON.
    if stderr().is_terminal() {
        log.with_target(false).init();
    } else {
        log.json().flatten_event(true).init();
    }
    let clock = match std::env::var("RINGSIDE_TEST_CLOCK") {
        Ok(text) => text.parse::<Clock>()?,
        Err(_) => Clock::system(),
    };
    let config = load(settings)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let greeting = Greeting::of(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(config, clock, stop, |started| greeting.print(started)).await?;
        Ok(())
    })
}

/// What the console says once the server listens.
struct Greeting {
    /// Where the endpoints' addresses and secrets are, if they were made up.
    provisioned: Option<PathBuf>,
    /// How the PBX reaches us, if the configuration says so.
    external: Option<String>,
    /// The made-up endpoints: name, id and token. Secrets: for a terminal only.
    endpoints: Vec<(String, String, String)>,
}

impl Greeting {
    fn of(config: &Config) -> Self {
        let endpoints = config.tenants.iter().flat_map(|tenant| &tenant.endpoints);
        let tokens = endpoints.filter_map(|endpoint| match &endpoint.auth {
            Auth::Bearer(tokens) => {
                Some((endpoint.name.clone(), endpoint.id.clone(), tokens.first()?.reveal().to_owned()))
            }
            _ => None,
        });
        Self {
            provisioned: config.provisioned.clone(),
            external: config.external_url.as_ref().map(ToString::to_string),
            endpoints: tokens.collect(),
        }
    }

    fn print(&self, started: Started) {
        println!("Ringside shows its boards on {}://{}", started.scheme(), started.listen);
        if let Some(hooks) = started.hooks_listen {
            println!("The PBX reaches its hooks on {}://{hooks}", started.scheme());
        }
        let Some(file) = &self.provisioned else { return };
        if !stdout().is_terminal() {
            println!("The webhook addresses to enter in the PBX are in {}", file.display());
            return;
        }
        println!("\nEnter these in the PBX (Company, Event URL; authentication: Bearer):");
        let hooks = self.external.clone().unwrap_or_else(|| hooks_url(started));
        for (name, id, token) in &self.endpoints {
            println!("  {name:<10} {hooks}/hooks/{id}\n{:13}token {token}", "");
        }
        println!("They are kept in {}", file.display());
        if self.external.is_none() && started.hooks_listen.is_none() {
            println!(
                "A PBX on another machine needs a socket of its own: RINGSIDE_HOOKS_LISTEN=0.0.0.0:8081 ringside serve"
            );
        }
    }
}

/// How a PBX in the same network reaches the hooks. An address of all interfaces has no name to paste.
fn hooks_url(started: Started) -> String {
    let (hooks, scheme) = (started.hooks_listen.unwrap_or(started.listen), started.scheme());
    if hooks.ip().is_unspecified() {
        format!("{scheme}://<this machine's address>:{}", hooks.port())
    } else {
        format!("{scheme}://{hooks}")
    }
}
