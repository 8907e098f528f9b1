//! Whole days are run and then read as a receiver would: from the JSON alone, by code that knows PortSIP's documents
//! and nothing of how the day was made. A failing day prints its seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value;

use super::{Counts, Day};
use crate::{
    call::Stamp,
    company::{Company, DEFAULT_TENANT_ID},
    event::{Event, Hook},
};

/// When the tests' days begin, in unix ms.
pub(super) const MORNING: u64 = 1_790_000_000_000;
const SEEDS: std::ops::Range<u64> = 0..8;
pub(super) const DAY_MS: u64 = 20 * 60 * 1000;

/// An event, and the real time when it was told, in unix ms.
pub(super) struct Told {
    pub at: u64,
    pub event: Event,
}

/// A day's events up to its end, with what was going on at each.
pub(super) fn day(seed: u64, speed: f64, length_ms: u64) -> (Vec<Told>, Vec<(u64, Counts)>) {
    let mut day = Day::new(Company::new(DEFAULT_TENANT_ID), seed, speed);
    let (mut told, mut counts, mut last) = (Vec::new(), Vec::new(), 0);
    while let Some(at) = day.wakes_at().filter(|&at| at < length_ms) {
        // The process wakes a little late, more or less so.
        last = last.max(at + (at * 7919) % 200);
        told.extend(
            day.run(Stamp(MORNING + last)).into_iter().map(|event| Told { at: MORNING + last, event }),
        );
        counts.push((at, day.counts()));
    }
    let end = MORNING + last + 1100;
    told.extend(day.close(Stamp(end)).into_iter().map(|event| Told { at: end, event }));
    assert_eq!((day.counts().calls, day.counts().waiting), (0, 0), "seed {seed}");
    (told, counts)
}

/// Some ordinary days, and a busy one.
pub(super) fn days() -> impl Iterator<Item = (u64, &'static [Told])> {
    static DAYS: LazyLock<Vec<(u64, Vec<Told>)>> = LazyLock::new(|| {
        SEEDS.map(|seed| (seed, day(seed, 1.0, DAY_MS).0)).chain([(99, day(99, 8.0, DAY_MS / 4).0)]).collect()
    });
    DAYS.iter().map(|(seed, told)| (*seed, told.as_slice()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}"))
}

fn kind(told: &Told) -> &str {
    text(&told.event.body, "event_type")
}

/// All keys of an object and the objects in it, lists as `name[].key`.
fn keys(value: &Value, under: &str, into: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().unwrap() {
        into.insert(format!("{under}{key}"));
        for item in value.as_array().into_iter().flatten() {
            keys(item, &format!("{under}{key}[]."), into);
        }
    }
}

/// Oracle: the field tables and examples of PortSIP's pages "Event reference" and "Pub/Sub, version 22.3", copied into
/// the file.
#[test]
fn every_event_has_the_documented_fields_and_comes_by_the_documented_hook() {
    let documented: BTreeMap<String, BTreeSet<String>> = include_str!("documented_fields.txt")
        .lines()
        .map(|line| {
            let (event, fields) = line.split_once(": ").unwrap();
            (event.to_owned(), fields.split(' ').chain(["event_type"]).map(str::to_owned).collect())
        })
        .collect();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for told in days().flat_map(|(_, told)| told) {
        let event = format!("{} {}", told.event.hook.as_str(), kind(told));
        keys(&told.event.body, "", seen.entry(event).or_default());
    }
    assert_eq!(seen, documented);
}

/// The oddities that a receiver must survive are there: URIs and bare numbers,
/// numbers as text and as numbers, one misspelling, times inside entries only.
#[test]
fn the_documented_oddities_are_kept() {
    let (told, _) = day(1, 1.0, DAY_MS);
    for told in &told {
        let body = &told.event.body;
        match kind(told) {
            "call_start" => {
                assert!(text(body, "caller").starts_with("sip:"));
                let session = text(body, "session_id");
                assert!(
                    session.len() == 18 && session.bytes().all(|byte| byte.is_ascii_digit()),
                    "{session}"
                );
            }
            "cdr_target_add" => {
                assert!(text(body, "destiantion").starts_with("sip:"));
                assert!(!text(body, "caller").contains("sip:"));
            }
            "call_cdr" => {
                assert!(body["status_code"].is_string() && body["talk_duration"].is_u64());
                for target in body["call_targets"].as_array().unwrap() {
                    assert!(target["status_code"].is_u64() && target["talk_duration"].is_string());
                    assert_eq!(target["id"], body["tenant_id"]);
                }
            }
            name if name.starts_with("queue_") => assert!(body["time"].is_null()),
            _ => {}
        }
    }
}

#[test]
fn every_call_that_starts_gets_one_cdr_and_nothing_after_it() {
    for (seed, told) in days() {
        let (mut open, mut over) = (BTreeSet::new(), BTreeSet::new());
        for told in told.iter().filter(|told| told.event.hook == Hook::Cdr) {
            let session = text(&told.event.body, "session_id").to_owned();
            match kind(told) {
                "call_start" => assert!(!over.contains(&session) && open.insert(session), "seed {seed}"),
                "call_cdr" => assert!(open.remove(&session) && over.insert(session), "seed {seed}"),
                name => assert!(open.contains(&session), "seed {seed}: {name} of a call that is not up"),
            }
        }
        assert!(open.is_empty() && over.len() > 50, "seed {seed}: {} open, {} over", open.len(), over.len());
    }
}

/// Oracle: the words on the six target events: invited first, answered before it can end, one end.
#[test]
fn every_leg_is_added_first_and_ends_once() {
    for (seed, told) in days() {
        let mut legs: BTreeMap<(String, String), &str> = BTreeMap::new();
        for told in told {
            let body = &told.event.body;
            let Some(phase) = kind(told).strip_prefix("cdr_target_") else { continue };
            let leg = (text(body, "session_id").to_owned(), text(body, "destiantion").to_owned());
            let before = legs.insert(leg, phase);
            let fits = match phase {
                "add" => matches!(before, None | Some("noanswer" | "fail" | "end" | "ringing")),
                "ringing" => before == Some("add"),
                "answer" | "noanswer" | "fail" => matches!(before, Some("add" | "ringing")),
                "end" => before == Some("answer"),
                _ => false,
            };
            assert!(fits, "seed {seed}: {phase} after {before:?}");
        }
        assert!(!legs.values().any(|&phase| phase == "answer" || phase == "add"), "seed {seed}");
    }
}

#[test]
fn whoever_enters_a_queue_leaves_it_once() {
    let mut reasons = BTreeSet::new();
    for (seed, told) in days() {
        let mut waiting = BTreeMap::new();
        for told in told.iter().filter(|told| kind(told) == "queue_caller_status") {
            let body = &told.event.body;
            for caller in body["updated_callers"].as_array().unwrap() {
                let reason = text(caller, "reason");
                reasons.insert(reason.to_owned());
                let place = (text(body, "queue_id").to_owned(), text(caller, "session_id").to_owned());
                match reason {
                    "enqueue" => assert!(waiting.insert(place, "normal").is_none(), "seed {seed}"),
                    "callback" => {
                        assert_eq!(waiting.insert(place, "callback"), Some("normal"), "seed {seed}");
                    }
                    _ => assert_eq!(waiting.remove(&place), caller["type"].as_str(), "seed {seed}: {reason}"),
                }
            }
        }
        assert!(waiting.is_empty(), "seed {seed}");
    }
    let documented = ["agent_answered", "callback", "enqueue", "hangup", "overflow"];
    assert!(reasons.iter().map(String::as_str).eq(documented), "{reasons:?}");
}

/// What a receiver keeps one value of, and the value: phones, presence, registrations, agents in queues.
pub(super) fn registers(body: &Value) -> Vec<(String, u64, String)> {
    let mut found = Vec::new();
    let seconds = |of: &Value, key| text(of, key).parse::<u64>().unwrap();
    match text(body, "event_type") {
        "extension_status" => {
            for item in body["status"].as_array().unwrap() {
                let (who, at) = (text(item, "extension"), seconds(item, "time"));
                found.push((format!("{who} call"), at, text(item, "call_status").to_owned()));
                found.push((format!("{who} presence"), at, text(item, "presence").to_owned()));
                found.push((format!("{who} online"), at, item["online"].to_string()));
            }
        }
        "extension_call" => {
            let who = text(body, "extension");
            found.push((format!("{who} call"), seconds(body, "time"), text(body, "call_status").to_owned()));
        }
        "extension_presence" => {
            let who = text(body, "extension");
            found.push((format!("{who} presence"), seconds(body, "time"), text(body, "presence").to_owned()));
        }
        "queue_agent_status" => {
            for agent in body["updated_agents"].as_array().unwrap() {
                let key = format!("{} in {}", text(agent, "agent_extension_number"), text(body, "queue_id"));
                found.push((
                    key,
                    seconds(agent, "timestamp"),
                    format!("{} {}", text(agent, "state"), text(agent, "session_id")),
                ));
            }
        }
        _ => {}
    }
    found
}

#[test]
fn nothing_has_two_values_in_one_second() {
    for (seed, told) in days() {
        let mut last: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for (key, at, value) in told.iter().flat_map(|told| registers(&told.event.body)) {
            if let Some((before, old)) = last.insert(key.clone(), (at, value.clone())) {
                assert!(old == value || before < at, "seed {seed}: {key} is {old} and {value} at {at}");
            }
        }
    }
}

#[test]
fn in_the_end_no_phone_is_in_a_call_and_no_agent_is_busy() {
    for (seed, told) in days() {
        let last: BTreeMap<String, String> = told
            .iter()
            .flat_map(|told| registers(&told.event.body))
            .map(|(key, _, value)| (key, value))
            .collect();
        for (key, value) in last {
            let at_rest = ["READY ", "NOT_READY ", "ONLINE ", "OFFLINE "];
            assert!(!key.ends_with(" call") || value.is_empty(), "seed {seed}: {key} {value}");
            assert!(!key.contains(" in ") || at_rest.contains(&value.as_str()), "seed {seed}: {key} {value}");
        }
    }
}

/// Oracle: the page on agent states: a call of this queue is Queue Call here and, once answered, Other Call in the
/// agent's other queues; after it comes Wrap Up.
#[test]
fn an_agent_of_two_queues_is_in_a_queue_call_in_one_only() {
    let (mut other_calls, mut wrap_ups) = (0, 0);
    for (seed, told) in days() {
        let mut states: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
        for told in told.iter().filter(|told| kind(told) == "queue_agent_status") {
            for agent in told.event.body["updated_agents"].as_array().unwrap() {
                let who = text(agent, "agent_extension_number").to_owned();
                let state = (text(agent, "state").to_owned(), text(agent, "session_id").to_owned());
                let in_call = ["QUEUE_CALL", "OTHER_CALL"].contains(&state.0.as_str());
                assert_eq!(in_call, !state.1.is_empty(), "seed {seed}");
                let key = (who.clone(), text(&told.event.body, "queue_id").to_owned());
                let before = states.insert(key, state.clone());
                if state.0 == "WRAP_UP" {
                    wrap_ups += 1;
                    // Version 22.3 tells a queue's other agents again.
                    assert!(["QUEUE_CALL", "WRAP_UP"].contains(&before.unwrap().0.as_str()), "seed {seed}");
                }
                let calls =
                    states.iter().filter(|((of, _), (state, _))| *of == who && state == "QUEUE_CALL").count();
                assert!(calls <= 1, "seed {seed}");
                other_calls += usize::from(state.0 == "OTHER_CALL");
            }
        }
    }
    assert!(other_calls > 20 && wrap_ups > 100, "{other_calls} {wrap_ups}");
}

/// Every time in every body is the real one or an earlier one of this day.
#[test]
fn no_time_is_in_the_future() {
    fn check(value: &Value, told_at: u64) {
        for (key, value) in value.as_object().unwrap() {
            for item in value.as_array().into_iter().flatten() {
                check(item, told_at);
            }
            let is_time = matches!(key.as_str(), "time" | "timestamp") || key.ends_with("_time");
            if let Some(seconds) = value.as_str().filter(|text| is_time && *text != "0") {
                let seconds: u64 = seconds.parse().unwrap();
                assert!(
                    (MORNING / 1000..=told_at / 1000).contains(&seconds),
                    "{key} {seconds} told at {told_at}"
                );
            }
        }
    }
    for (_, told) in days() {
        for told in told {
            check(&told.event.body, told.at);
        }
    }
}

#[test]
fn the_morning_is_over_in_three_seconds() {
    for seed in SEEDS {
        let (told, counts) = day(seed, 1.0, 10_000);
        let early = || told.iter().filter(|told| told.at < MORNING + 3000);
        let registered: BTreeSet<String> = early()
            .filter(|told| kind(told) == "extension_status")
            .map(|told| text(&told.event.body["status"][0], "extension").to_owned())
            .collect();
        let ready =
            early().flat_map(|told| registers(&told.event.body)).filter(|(_, _, value)| value == "READY ");
        assert_eq!(registered.len(), 40, "seed {seed}");
        assert!(ready.count() >= 8, "seed {seed}");
        let at_three = counts.iter().rev().find(|(at, _)| *at < 3000).unwrap().1;
        assert!(at_three.calls >= 3, "seed {seed}: {at_three:?}");
    }
}

/// The demo is lively and not absurd: most of the time 4 to 10 calls are up and 0 to 5 callers wait.
#[test]
fn most_of_the_time_a_demo_has_a_few_calls_and_few_waiting() {
    for seed in SEEDS {
        let (_, counts) = day(seed, 1.0, DAY_MS);
        let counts: Vec<_> = counts.into_iter().filter(|(at, _)| *at > 60_000).collect();
        let (mut all, mut calls, mut waiting, mut queued) = (0, 0, 0, 0);
        for pair in counts.windows(2) {
            let lasts = pair[1].0 - pair[0].0;
            all += lasts;
            calls += if (4..=10).contains(&pair[0].1.calls) { lasts } else { 0 };
            waiting += if pair[0].1.waiting <= 5 { lasts } else { 0 };
            queued += if pair[0].1.waiting > 0 { lasts } else { 0 };
        }
        let few: u64 =
            counts.windows(2).filter(|pair| pair[0].1.calls < 4).map(|pair| pair[1].0 - pair[0].0).sum();
        println!(
            "seed {seed}: {}% {}% {}%, {}% few",
            calls * 100 / all,
            waiting * 100 / all,
            queued * 100 / all,
            few * 100 / all
        );
        assert!(calls * 100 / all >= 75, "seed {seed}");
        assert!(waiting * 100 / all >= 95, "seed {seed}");
        assert!(queued * 100 / all >= 25, "seed {seed}");
    }
}

#[test]
fn the_same_seed_gives_the_same_day_and_another_seed_another() {
    let events =
        |seed| -> Vec<Event> { day(seed, 1.0, 300_000).0.into_iter().map(|told| told.event).collect() };
    assert!(events(5) == events(5));
    assert!(events(5) != events(6));
}

/// By the words of records: direction and status, how legs end, where calls go; and of queue events.
const WAYS: [&str; 25] = [
    "internal answered",
    "internal noanswer",
    "internal fail",
    "inbound answered",
    "outbound answered",
    "outbound noanswer",
    "outbound fail",
    "inbound_outbound answered",
    "leg referred",
    "leg blind_transfer_complete",
    "leg attended_transfer_complete",
    "leg replaced",
    "leg cancelled",
    "leg status 480",
    "leg status 486",
    "leg status 503",
    "voicemail",
    "ring group",
    "menu to queue",
    "answered, back in a queue, answered again",
    "queue enqueue",
    "queue agent_answered",
    "queue hangup",
    "queue overflow",
    "queue callback",
];

/// Everything that can become of a call happens: by the words of records, directions and queue events.
#[test]
fn every_way_that_a_call_can_go_is_gone() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for told in days().flat_map(|(_, told)| told) {
        let body = &told.event.body;
        match kind(told) {
            "call_cdr" => {
                let menu = text(body, "callee") == "5000";
                seen.insert(format!("{} {}", text(body, "direction"), text(body, "call_status")));
                let targets = body["call_targets"].as_array().unwrap();
                let people = targets.iter().filter(|target| text(target, "callee").len() == 3);
                let answered: BTreeSet<&str> = people
                    .filter(|target| text(target, "answered_time") != "0" && text(target, "callee") != "999")
                    .map(|target| text(target, "callee"))
                    .collect();
                for target in targets {
                    seen.insert(format!("leg {}", text(target, "end_reason")));
                    seen.insert(format!("leg status {}", target["status_code"]));
                    match text(target, "callee") {
                        "999" => seen.insert("voicemail".to_owned()),
                        "6001" => seen.insert("ring group".to_owned()),
                        "8001" | "8002" | "8003" if menu => seen.insert("menu to queue".to_owned()),
                        _ => continue,
                    };
                }
                let queues = targets.iter().filter(|target| text(target, "callee").starts_with('8')).count();
                if queues > 1 && answered.len() > 1 {
                    seen.insert("answered, back in a queue, answered again".to_owned());
                }
            }
            "queue_caller_status" => {
                seen.insert(format!("queue {}", text(&body["updated_callers"][0], "reason")));
            }
            _ => {}
        }
    }
    for way in WAYS {
        assert!(seen.contains(way), "{way} is not among {seen:#?}");
    }
}

/// Oracle: the vocabularies of version 16 and 22.2 as PortSIP's pages had them, and the shapes that the decoder's golden
/// bodies have.
#[test]
fn each_dialect_has_its_own_words() {
    use crate::dialect::{Dialect, Language, TimeOf};
    for (dialect, words, not) in [
        (
            Dialect::V16,
            "\"in\" \"ext\" \"out\" \"On Call\" \"Ready\" \"Queue Call\" \"Lunch\"",
            "call_update_info",
        ),
        (
            Dialect::V22_2,
            "\"inbound\" \"internal\" \"ON_CALL\" \"AVAILABLE\" \"QUEUE_CALL\" \"LOGOUT\"",
            "On Call",
        ),
        (Dialect::V22_3, "\"inbound\" \"ON_CALL\" \"ONLINE\" \"READY\" \"DO_NOT_DISTURB\"", "LOGOUT"),
    ] {
        let language = Language { dialect, time: TimeOf::CallStart, untimed_queues: true };
        let company = Company::new(DEFAULT_TENANT_ID).speaking(language);
        let mut day = Day::new(company, 7, 8.0).with_management();
        let mut all = String::new();
        while let Some(at) = day.wakes_at().filter(|&at| at < DAY_MS) {
            for event in day.run(Stamp(MORNING + at)) {
                let body = &event.body;
                let decoded = model::event::decode(body.to_string().as_bytes());
                assert!(decoded.problems.is_empty(), "{body}: {:?}", decoded.problems);
                if text(body, "event_type").starts_with("cdr_target") {
                    let session = body["session_id"].as_u64().map(|id| id.to_string());
                    let session = session.unwrap_or_else(|| text(body, "session_id").to_owned());
                    assert_eq!(session.len(), 18);
                    let call = day.truth().calls.get(&session).cloned();
                    let started = call.map(|call| call.started.seconds().to_string());
                    assert!(started.is_none_or(|started| started == text(body, "time")), "{body}");
                }
                if text(body, "event_type").starts_with("queue_agent") {
                    assert!(!body.to_string().contains("timestamp"), "{body}");
                }
                all.push_str(&body.to_string());
            }
        }
        for word in words.split("\" \"") {
            assert!(all.contains(&format!("\"{}\"", word.trim_matches('"'))), "{dialect:?}: {word}");
        }
        assert!(!all.contains(not), "{dialect:?}: {not}");
        let managed = all.contains("extension_created") && all.contains("queue_destroy");
        assert_eq!(managed, dialect.tells_updates(), "{dialect:?}");
    }
}

#[test]
fn things_have_two_values_in_one_second_only_where_that_was_asked_for() {
    let mut day = Day::new(Company::new(DEFAULT_TENANT_ID), 3, 4.0).with_ties();
    let mut last: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut ties = 0;
    while let Some(at) = day.wakes_at().filter(|&at| at < DAY_MS) {
        for event in day.run(Stamp(MORNING + at)) {
            for (key, at, value) in registers(&event.body) {
                let before = last.insert(key, (at, value.clone()));
                ties += usize::from(before.is_some_and(|(then, old)| then == at && old != value));
            }
        }
    }
    assert!(ties > 20, "{ties}");
}
