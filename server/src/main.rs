//! `ringside`: flags and configuration in, exit code out.

use std::{
    io::{IsTerminal as _, stderr, stdout},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use server::{
    access,
    clock::Clock,
    config::{self, Auth, Config, ExternalUrl, Flags, Secret},
    operate::{backup, verify},
    serve::{Started, scheme, serve},
    store::Store,
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
    /// Copies the data folder into a new folder FILE, while the server runs or not.
    Backup(BackupTo),
    /// Puts a backup back into the data folder, which must be empty and used by no server.
    Restore(RestoreFrom),
    /// Looks whether all is right: both databases, every entry, and the history against the boards folded once more.
    Verify(VerifyWhat),
    /// Prints a link that makes an administrator, or gives one a new password: good once, for an hour.
    SetupLink(SetupLink),
}

#[derive(Args)]
struct SetupLink {
    #[command(flatten)]
    settings: Settings,
    /// Whose administrator, where there are several tenants.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
}

#[derive(Args)]
struct BackupTo {
    #[command(flatten)]
    settings: Settings,
    /// The new folder.
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

#[derive(Args)]
struct RestoreFrom {
    #[command(flatten)]
    settings: Settings,
    /// What `ringside backup` made.
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Puts aside what is in the data folder, into a folder of its own there.
    #[arg(long)]
    replace: bool,
}

#[derive(Args)]
struct VerifyWhat {
    #[command(flatten)]
    settings: Settings,
    /// A backup; without it the data folder.
    #[arg(value_name = "FILE")]
    folder: Option<PathBuf>,
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
        Command::Backup(asked) => backup(&asked),
        Command::Restore(asked) => restore(&asked),
        Command::Verify(asked) => verify(&asked),
        Command::SetupLink(asked) => setup_link(asked),
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

/// The data folder that settings name; nothing is made.
fn data(settings: &Settings) -> Result<PathBuf, Failure> {
    let flags =
        Flags { config: settings.config.clone(), data: settings.data.clone(), listen: settings.listen };
    Ok(config::data_folder(&flags, |name| std::env::var(name).ok())?)
}

fn backup(asked: &BackupTo) -> Result<(), Failure> {
    let mut steps = Steps::default();
    let data = data(&asked.settings)?;
    let copied = backup::backup(&data, &asked.to, &mut |what, percent| steps.say(what, percent))?;
    println!(
        "the backup is in {}: entries up to {}, {} MiB",
        copied.folder.display(),
        copied.newest,
        copied.bytes.div_ceil(1 << 20)
    );
    println!("the configuration file, its secrets' files and the directory are not in it: keep them too");
    Ok(())
}

fn restore(asked: &RestoreFrom) -> Result<(), Failure> {
    let mut steps = Steps::default();
    let data = data(&asked.settings)?;
    let mut say = |what: &str, percent| steps.say(what, percent);
    let copied = backup::restore(&asked.from, &data, asked.replace, &mut say)?;
    let folder = copied.folder.display();
    println!("{folder} holds the backup's entries up to {}; start the server on it", copied.newest);
    if let Some(aside) = copied.aside {
        println!("what was there before is in {}", aside.display());
    }
    Ok(())
}

fn verify(asked: &VerifyWhat) -> Result<(), Failure> {
    let mut steps = Steps::default();
    let folder = match &asked.folder {
        Some(folder) => folder.clone(),
        None => data(&asked.settings)?,
    };
    let report = verify::verify(&folder, &mut |what, percent| steps.say(what, percent))?;
    println!(
        "{} entries up to {} are right, {} numbers have none",
        report.entries, report.newest, report.gaps
    );
    match report.uncompared {
        None => println!("{} finished calls were held against the boards, folded once more", report.calls),
        Some(why) => println!("the history was not compared: {why}"),
    }
    for line in &report.wrong {
        println!("wrong: {line}");
    }
    if report.wrong.is_empty() {
        println!("all is right");
        Ok(())
    } else {
        Err(format!("{} things are wrong in {}", report.wrong.len(), folder.display()).into())
    }
}

/// Says how far something is: a line for each tenth of it.
#[derive(Default)]
struct Steps(Option<(String, u64)>);

impl Steps {
    fn say(&mut self, what: &str, percent: u64) {
        let now = (what.to_owned(), percent / 10);
        if self.0.as_ref() != Some(&now) {
            eprintln!("{what} {percent} %");
            self.0 = Some(now);
        }
    }
}

/// Beside a running server or without one: both use the data folder's `ringside.db`.
fn setup_link(asked: SetupLink) -> Result<(), Failure> {
    let clock = clock()?;
    let config = load(asked.settings)?;
    let tenant = match (&asked.tenant, &config.tenants[..]) {
        (None, [only]) => only,
        (None, _) => return Err("there are several tenants; name one with --tenant ID".into()),
        (Some(id), tenants) => tenants
            .iter()
            .find(|tenant| tenant.id.as_str() == id)
            .ok_or("there is no such tenant; `--tenant` takes the `id` of one in the configuration")?,
    };
    let store = Store::open(&config.data)?;
    let link = access::set_up_link(&store, &tenant.id, clock.now())?;
    println!(
        "{}",
        link_url(config.external_url.as_ref(), scheme(config.tls.is_some()), config.listen, &link)
    );
    if config.access_open {
        eprintln!("access is open at present; people sign in once `access` is \"sign-in\"");
    }
    Ok(())
}

/// Where a set-up link leads.
fn link_url(external: Option<&ExternalUrl>, scheme: &str, listen: SocketAddr, link: &Secret) -> String {
    let site = external.map_or_else(|| format!("{scheme}://{listen}"), ToString::to_string);
    format!("{site}/set-up/{}", link.reveal())
}

fn clock() -> Result<Clock, Failure> {
    Ok(match std::env::var("RINGSIDE_TEST_CLOCK") {
        Ok(text) => text.parse::<Clock>()?,
        Err(_) => Clock::system(),
    })
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
    let clock = clock()?;
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
        serve(config, clock, stop, |started| greeting.print(&started)).await?;
        Ok(())
    })
}

/// What the console says once the server listens.
struct Greeting {
    /// Where the endpoints' addresses and secrets are, if they were made up.
    provisioned: Option<PathBuf>,
    /// How the PBX reaches us, if the configuration says so.
    external: Option<ExternalUrl>,
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
            external: config.external_url.clone(),
            endpoints: tokens.collect(),
        }
    }

    fn print(&self, started: &Started) {
        println!("Ringside shows its boards on {}://{}", started.scheme(), started.listen);
        self.print_set_up(started);
        if let Some(hooks) = started.hooks_listen {
            println!("The PBX reaches its hooks on {}://{hooks}", started.scheme());
        }
        let Some(file) = &self.provisioned else { return };
        if !stdout().is_terminal() {
            println!("The webhook addresses to enter in the PBX are in {}", file.display());
            return;
        }
        println!("\nEnter these in the PBX (Company, Event URL; authentication: Bearer):");
        let hooks = self.external.as_ref().map_or_else(|| hooks_url(started), ToString::to_string);
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

    /// While a tenant has no administrator: how to become it. The link is for who sits before the console.
    fn print_set_up(&self, started: &Started) {
        if started.access.is_open() {
            return;
        }
        let links = started.access.set_up_links(stdout().is_terminal());
        for (tenant, link) in links.unwrap_or_else(|error| {
            tracing::error!(%error, "no set-up link could be made");
            Vec::new()
        }) {
            match link {
                Some(link) => {
                    let url = link_url(self.external.as_ref(), started.scheme(), started.listen, &link);
                    println!(
                        "Nobody administers {tenant} yet. Open this within an hour, it is good once:\n  {url}"
                    );
                }
                None => println!(
                    "Nobody administers {tenant} yet: `ringside setup-link` prints the link to begin"
                ),
            }
        }
    }
}

/// How a PBX in the same network reaches the hooks. An address of all interfaces has no name to paste.
fn hooks_url(started: &Started) -> String {
    let (hooks, scheme) = (started.hooks_listen.unwrap_or(started.listen), started.scheme());
    if hooks.ip().is_unspecified() {
        format!("{scheme}://<this machine's address>:{}", hooks.port())
    } else {
        format!("{scheme}://{hooks}")
    }
}
