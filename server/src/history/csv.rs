//! Finished calls as a table for a spreadsheet (RFC 4180).
//!
//! A cell that a spreadsheet would read as a formula begins with an apostrophe (OWASP, "CSV Injection"): a caller's name is what
//! he likes, and `+49…` is a formula too. Moments are of one time zone, which each of them says.

use jiff::{Timestamp, tz::TimeZone};
use model::{
    time::{Millis, UnixMillis},
    wire::{PastCall, PastLeg, VisitEnd},
};

/// The byte order mark, by which some spreadsheets know UTF-8.
pub const MARK: &str = "\u{feff}";

/// The columns' names: part of the contract (docs/history.md).
const HEAD: [&str; 19] = [
    "call",
    "started",
    "answered",
    "ended",
    "direction",
    "from",
    "from_name",
    "to",
    "to_name",
    "did",
    "trunk",
    "queue",
    "queue_name",
    "result",
    "answered_by",
    "wait_seconds",
    "talk_seconds",
    "unconfirmed",
    "path",
];

/// What begins a formula somewhere.
const FORMULAS: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}'];

/// The first line.
pub fn head() -> Vec<u8> {
    line(&HEAD.map(str::to_owned))
}

/// A call's line.
pub fn row(call: &PastCall, zone: &TimeZone) -> Vec<u8> {
    let text = |text: Option<&str>| guarded(text.unwrap_or_default());
    let number = |party: &model::wire::Party| text(party.number.as_ref().map(model::id::Number::as_str));
    let moment = |at: Option<UnixMillis>| at.map_or_else(String::new, |at| written(at, zone));
    line(&[
        guarded(call.id.as_str()),
        moment(call.started),
        moment(call.answered),
        moment(Some(call.ended)),
        call.direction.map_or("", model::wire::Direction::as_str).to_owned(),
        number(&call.from),
        text(call.from.name.as_deref()),
        number(&call.to),
        text(call.to.name.as_deref()),
        text(call.did.as_deref()),
        text(call.trunk.as_deref()),
        text(call.queue_number.as_ref().map(model::id::Number::as_str)),
        text(call.queue_name.as_deref()),
        call.result.as_str().to_owned(),
        text(call.answered_by.as_ref().map(model::id::Number::as_str)),
        call.wait_ms.map_or_else(String::new, seconds),
        seconds(call.talk_ms),
        if call.unconfirmed { "yes" } else { "no" }.to_owned(),
        guarded(&path(call)),
    ])
}

/// A cell that is text wherever it is opened.
fn guarded(text: &str) -> String {
    if text.starts_with(FORMULAS) { format!("'{text}") } else { text.to_owned() }
}

/// `2026-11-26T10:42:07+01:00`.
fn written(at: UnixMillis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        .unwrap_or_default()
}

fn seconds(length: Millis) -> String {
    ((length.0 + 500) / 1000).to_string()
}

/// `8001 answered 0-20; 102 answered 12-72`: who, what became of it, and from when to when, in seconds after the call's start.
fn path(call: &PastCall) -> String {
    let start = call.at();
    let after = |at: UnixMillis| at.since(start).0 / 1000;
    let leg = |leg: &PastLeg| {
        let end = leg.ended.unwrap_or(call.ended);
        let what = if leg.answered.is_some() { "answered" } else { leg.phase.as_str() };
        format!("{} {what} {}-{}", leg.number, after(leg.since), after(end))
    };
    let visits = call.visits.iter().map(|visit| {
        let queue = visit.queue_number.as_ref().map_or(visit.queue.as_str(), model::id::Number::as_str);
        let how = match visit.how {
            VisitEnd::LeftOtherwise => "left",
            how => how.as_str(),
        };
        format!("queue {queue} {how} {}-{}", after(visit.entered.unwrap_or(visit.ended)), after(visit.ended))
    });
    call.legs.iter().map(leg).chain(visits).collect::<Vec<_>>().join("; ")
}

fn line(cells: &[String]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory: nothing can fail.
    _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}
