//! A simulated day's history beside what really went on.
//!
//! Oracle: the simulator's own books, which know nothing of events. All of the day is posted at once as it ends, so that what is
//! known of the PBX's clock changes by minutes within calls.

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::{
    call::Stamp,
    company::{Company, DEFAULT_TENANT_ID},
    day::Day,
    dialect::Dialect,
    truth::PastCall,
};

use super::{
    program::{Folder, poster::post_all, until},
    story::pages,
};

const MORNING: u64 = 1_790_000_000_000;
const LENGTH_MS: u64 = 6 * 60 * 1000;

/// So many deliveries change places among each other where the way is bad.
const SHUFFLED: usize = 9;

/// What a dialect's day posts in order, what is over then, and when that is.
fn day(dialect: Dialect) -> (Vec<String>, Vec<PastCall>, u64) {
    let mut company = Company::new(DEFAULT_TENANT_ID);
    company.language.dialect = dialect;
    let mut day = Day::new(company, 11, 4.0).with_past();
    let mut bodies = Vec::new();
    while let Some(at) = day.wakes_at().filter(|at| *at < LENGTH_MS) {
        bodies.extend(day.run(Stamp(MORNING + at)));
    }
    // Nobody begins a call any more, and all come to their own end.
    day.rest(true);
    let mut end = MORNING + LENGTH_MS;
    while day.counts().calls > 0 {
        end = MORNING + day.wakes_at().unwrap();
        bodies.extend(day.run(Stamp(end)));
    }
    let bodies = bodies.into_iter().map(|event| event.body.to_string()).collect();
    (bodies, day.past(), end)
}

/// Some come twice, and neighbours in another order.
fn badly(bodies: Vec<String>) -> Vec<String> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for (place, body) in bodies.into_iter().enumerate() {
        if place % 5 == 0 {
            all.push((place + 40, body.clone()));
        }
        all.push((place - place % SHUFFLED + place * 5 % SHUFFLED, body));
    }
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, body)| body).collect()
}

fn calls_that_were(past: &[PastCall]) -> BTreeSet<String> {
    let line = |call: &PastCall| {
        let way = call.direction.as_str();
        let (result, queue) = (call.result.as_str(), call.queue.as_deref().unwrap_or("-"));
        let PastCall { session, from, to, wait_s, talk_s, .. } = call;
        format!("{session} {way} {from} -> {to}: {result}, queue {queue}, waited {wait_s}, talked {talk_s}")
    };
    past.iter().map(line).collect()
}

fn stays_that_were(past: &[PastCall]) -> BTreeSet<String> {
    let stays = past.iter().flat_map(|call| call.stays.iter().map(move |stay| (call, stay)));
    let line = |(call, stay): (&PastCall, &simulator::truth::PastStay)| {
        let waited = (!stay.callback).then(|| stay.ended.seconds() - stay.since.seconds());
        format!("{} in {}: {}, waited {waited:?}", call.session, stay.queue, stay.how.as_str())
    };
    stays.map(line).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or("-")
}

fn seconds(row: &Value, name: &str) -> Option<u64> {
    row[name].as_u64().map(|ms| {
        assert_eq!(ms % 1000, 0, "{row}");
        ms / 1000
    })
}

fn calls_told(rows: &[Value]) -> BTreeSet<String> {
    let line = |row: &Value| {
        let party = |name: &str| text(&row[name], "number").to_owned();
        let (id, way, from, to) = (text(row, "id"), text(row, "direction"), party("from"), party("to"));
        let (result, queue) = (text(row, "result"), text(row, "queue"));
        let (waited, talked) = (seconds(row, "wait_ms").unwrap(), seconds(row, "talk_ms").unwrap());
        format!("{id} {way} {from} -> {to}: {result}, queue {queue}, waited {waited}, talked {talked}")
    };
    rows.iter().map(line).collect()
}

fn stays_told(rows: &[Value]) -> BTreeSet<String> {
    let line = |row: &Value| {
        let waited = seconds(row, "wait_ms");
        format!("{} in {}: {}, waited {waited:?}", text(row, "call"), text(row, "queue"), text(row, "how"))
    };
    rows.iter().map(line).collect()
}

fn differences(is: &BTreeSet<String>, told: &BTreeSet<String>) -> String {
    let mut text = String::new();
    for (mark, lines) in [("true:", is.difference(told)), ("told:", told.difference(is))] {
        lines.for_each(|line| text.extend([mark, " ", line, "\n"]));
    }
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(|line| &line[6..]);
    lines.join("\n")
}

#[test]
fn a_days_history_is_what_really_went_on() {
    for (dialect, bad) in [(Dialect::V22_3, false), (Dialect::V22_2, true), (Dialect::V16, false)] {
        let (bodies, past, end) = day(dialect);
        let bodies = if bad { badly(bodies) } else { bodies };
        let folder = Folder::new();
        let server = folder.start_at(i64::try_from(end).unwrap() + 5000);
        server.wait_until_ready();
        post_all(server.address, bodies.iter().map(String::as_str));
        let told = || pages(&server, "/api/v1/history/calls?limit=1000");
        until("told", || (told().len() >= past.len()).then_some(()));
        // What was told last is in the history when all of the journal is.
        let newest = || server.get("/metrics").text();
        let metric = |name: &str| {
            let text = newest();
            text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().parse::<u64>().unwrap()
        };
        let all = metric("ringside_journal_newest_entry");
        until("all told", || (metric("ringside_history_newest_entry") >= all).then_some(()));
        let (is, told) = (calls_that_were(&past), calls_told(&told()));
        assert!(is == told, "{dialect:?}, {} calls:\n{}", past.len(), differences(&is, &told));
        let visits = pages(&server, "/api/v1/history/queue-visits?limit=1000");
        let (is, told) = (stays_that_were(&past), stays_told(&visits));
        assert!(is == told, "{dialect:?}:\n{}", differences(&is, &told));
        println!(
            "{dialect:?}: {} events, {} calls, {} visits as they were",
            bodies.len(),
            past.len(),
            is.len()
        );
    }
}
