//! `/metrics`: what the process does, in Prometheus' text form, with names after its conventions. `docs/operate.md` lists them.
//!
//! Few labels with few values each: no endpoint, no number, no queue. What is of a tenant names it, and is for who may see that
//! tenant only.

use std::{
    fmt::{Display, Write as _},
    fs,
};

use model::{id::TenantId, wire::LampState};

use crate::{feed::Hub, history::History, ingest::Ingest, journal::Journal, live::Progress, pbx::Links};

/// The media type of the form.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Ticks of a process' clock in a second: what Linux shows everywhere.
const TICKS_A_SECOND: u64 = 100;

/// A page of memory, as `statm` counts them on the machines that we build for.
const PAGE_BYTES: u64 = 4096;

/// What it is written from.
pub struct Parts<'a> {
    /// Deliveries.
    pub ingest: &'a Ingest,
    /// The journal.
    pub journal: &'a Journal,
    /// The fold.
    pub progress: Progress,
    /// Whether boards are right.
    pub ready: bool,
    /// The feed.
    pub hub: &'a Hub,
    /// The history.
    pub history: &'a History,
    /// The links to the PBXs' own interfaces.
    pub links: &'a Links,
    /// Whose lamps are told.
    pub tenants: Vec<TenantId>,
}

/// All of it.
pub fn write(parts: &Parts<'_>) -> String {
    let mut text = String::with_capacity(8 << 10);
    let version = env!("CARGO_PKG_VERSION");
    one(
        &mut text,
        "ringside_build_info",
        "gauge",
        "Which version runs.",
        &format!("{{version=\"{version}\"}}"),
        1,
    );
    one(&mut text, "ringside_ready", "gauge", "Whether the boards are right.", "", u8::from(parts.ready));
    parts.ingest.write_metrics(&mut text);
    parts.journal.write_metrics(&mut text);
    let newest = parts.journal.newest().borrow().0;
    let behind = |upto: u64| newest.saturating_sub(upto);
    let folded = parts.progress.folded.0;
    one(&mut text, "ringside_fold_newest_entry", "gauge", "The newest entry on the boards.", "", folded);
    let about = "Entries of the journal that are not on the boards yet.";
    one(&mut text, "ringside_fold_behind_entries", "gauge", about, "", behind(folded));
    let upto = parts.history.upto().borrow().0;
    let about = "The newest entry whose finished calls are in the history.";
    one(&mut text, "ringside_history_newest_entry", "gauge", about, "", upto);
    let about = "Feed connections that are open.";
    one(&mut text, "ringside_feed_readers", "gauge", about, "", parts.hub.readers());
    let about = "Views that somebody watches, or did lately.";
    one(&mut text, "ringside_feed_channels", "gauge", about, "", parts.hub.channels());
    lamps(&mut text, parts);
    parts.links.write_metrics(&mut text, &parts.tenants);
    parts.hub.alerts().write_metrics(&mut text, &parts.tenants);
    process(&mut text);
    text
}

/// A metric of one value.
pub fn one(text: &mut String, name: &str, kind: &str, about: &str, labels: &str, value: impl Display) {
    _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}\n{name}{labels} {value}");
}

fn lamps(text: &mut String, parts: &Parts<'_>) {
    let lamps: Vec<_> = parts.tenants.iter().map(|tenant| (tenant, parts.hub.lamps(tenant).pbx)).collect();
    let name = "ringside_pbx_live";
    _ = writeln!(text, "# HELP {name} Whether events of the tenant's PBX arrive.\n# TYPE {name} gauge");
    for (tenant, lamp) in &lamps {
        _ = writeln!(text, "{name}{{tenant=\"{tenant}\"}} {}", u8::from(lamp.state == LampState::Live));
    }
    let name = "ringside_pbx_last_event_timestamp_seconds";
    _ = writeln!(text, "# HELP {name} When the last good event came.\n# TYPE {name} gauge");
    for (tenant, lamp) in &lamps {
        if let Some(at) = lamp.last_event_at {
            _ = writeln!(text, "{name}{{tenant=\"{tenant}\"}} {}", at.0 / 1000);
        }
    }
}

/// What the system says of the process; what it doesn't say is left out.
fn process(text: &mut String) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the command, which may hold anything: state is the first.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number).and_then(|field| field.parse::<u64>().ok());
    if let (Some(user), Some(system)) = (field(11), field(12)) {
        let ticks = user + system;
        let seconds = format!("{}.{:02}", ticks / TICKS_A_SECOND, ticks % TICKS_A_SECOND);
        one(text, "process_cpu_seconds_total", "counter", "User and system time spent.", "", seconds);
    }
    if let Some(threads) = field(17) {
        one(text, "process_threads", "gauge", "Threads of the process.", "", threads);
    }
    let booted = fs::read_to_string("/proc/stat").unwrap_or_default();
    let booted = booted.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse::<u64>().ok());
    if let (Some(booted), Some(started)) = (booted, field(19)) {
        let at = booted + started / TICKS_A_SECOND;
        one(text, "process_start_time_seconds", "gauge", "When it started.", "", at);
    }
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Vec<u64> = statm.split_ascii_whitespace().filter_map(|field| field.parse().ok()).collect();
    if let [virtual_pages, resident, ..] = pages[..] {
        one(
            text,
            "process_virtual_memory_bytes",
            "gauge",
            "Addresses in use.",
            "",
            virtual_pages * PAGE_BYTES,
        );
        one(text, "process_resident_memory_bytes", "gauge", "Memory in use.", "", resident * PAGE_BYTES);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        one(text, "process_open_fds", "gauge", "Files and sockets that are open.", "", open.count());
    }
}
