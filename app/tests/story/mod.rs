//! A believable company at 10:42: what the pages are rendered with.

#![allow(dead_code, reason = "each test file uses another part of it")]

use app::{Assets, PageData};
use model::{
    id::Seq,
    time::{Millis, UnixMillis},
    wire::{
        AgentCounts, AgentRow, AgentState, Alerts, CallRow, CallState, CallerKind, CallerRow, Direction,
        EndpointLamp, ExtensionCall, ExtensionRow, Lamp, LampState, Lamps, Leg, Online, Party, Phase,
        Presence, QueueRow, Row, ServerLamp, Snapshot,
    },
};

/// 2026-11-25 10:42:07 UTC.
pub const NOW: UnixMillis = UnixMillis(1_795_603_327_000);

/// So many seconds before [`NOW`].
#[expect(clippy::unnecessary_wraps, reason = "rows want it so")]
pub fn ago(seconds: i64) -> Option<UnixMillis> {
    Some(NOW - Millis::seconds(seconds))
}

/// What the server gives for a page with these rows.
pub fn page(rows: Vec<Row>) -> PageData {
    PageData {
        path: "/".into(),
        query: String::new(),
        snapshot: Snapshot {
            view: "overview".into(),
            epoch: "story".into(),
            offset: Seq(900),
            at: NOW,
            rows,
        },
        lamps: lamps(LampState::Live, ago(1)),
        alerts: Alerts::default(),
        may_acknowledge: false,
        build: "0.1.0".into(),
        root: String::new(),
        assets: Assets {
            css: Some("/main.css".into()),
            js: Some("/pkg/queues.js".into()),
            wasm: Some("/pkg/queues_bg.wasm".into()),
            keys: Some("/keys.js".into()),
            alerts: Some("/alerts.js".into()),
            wall: Some("/wall.js".into()),
        },
        nonce: "bm9uY2U".into(),
        access_open: true,
        test_clock: false,
        wall: None,
    }
}

/// Lamps whose link to the PBX shows `state`.
pub fn lamps(state: LampState, last_event_at: Option<UnixMillis>) -> Lamps {
    let lamp = Lamp { state, last_event_at, refused: 0, since: last_event_at };
    Lamps {
        server: ServerLamp { state: LampState::Live },
        why: None,
        trouble: None,
        pbx: lamp.clone(),
        endpoints: vec![EndpointLamp { name: "extension".into(), events: "extension".into(), lamp }],
    }
}

/// The company's rows.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(people());
    rows.extend(queues());
    rows.extend(calls());
    rows
}

fn people() -> Vec<Row> {
    let names = [
        "Ines Marsh",
        "Tom Okafor",
        "Mia Chen",
        "Noor Haddad",
        "Per Lund",
        "Yuki Tanaka",
        "Rosa Silva",
        "Ben Ward",
        "Olu Ade",
        "Kim Park",
        "Sam Reyes",
        "Lena Brandt",
        "Jan Vos",
        "Ana Ruiz",
        "Cleo Martin",
        "Dev Patel",
        "Eva Novak",
        "Finn Berg",
        "Gia Rossi",
        "Hugo Meyer",
        "Ida Holm",
        "Jon Snow",
        "Kai Becker",
        "Lou Petit",
        "Max Braun",
        "Nia Cole",
        "Oskar Lindqvist-Hohenberg",
        "Pia Wolf",
        "Quinn Shaw",
        "Rui Costa",
        "Sara Kim",
        "Theo Papas",
        "Uma Rao",
        "Vic Stone",
        "Wim Dekker",
        "Xena Ortiz",
        "Yara Said",
        "Zoe Blanc",
        "Abel Mora",
    ];
    let mut rows: Vec<Row> = names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let number = 102 + place;
            let seconds = i64::try_from(place * 397 % 9000).unwrap_or(0) + 8;
            let call = match place {
                0 | 1 | 5 | 11 | 13 => ExtensionCall::OnCall,
                10 | 20 => ExtensionCall::Ringing,
                _ => ExtensionCall::Idle,
            };
            let presence = match place % 9 {
                3 => Presence::Lunch,
                4 => Presence::Away,
                6 if place > 9 => Presence::DoNotDisturb,
                7 => Presence::BusinessTrip,
                _ => Presence::Available,
            };
            let online = match place {
                8 | 33 | 36 => Online::Offline,
                15 | 22 => Online::Push,
                _ => Online::Online,
            };
            Row::Extension(ExtensionRow {
                call: Some(call),
                call_since: ago(seconds % 500),
                presence: Some(presence),
                presence_since: ago(seconds),
                online: Some(online),
                online_since: ago(seconds + 3000),
                unconfirmed: place == 12,
                ..extension(&number.to_string(), Some(name))
            })
        })
        .collect();
    rows.push(Row::Extension(extension("190", None)));
    rows
}

/// An extension of which only this is known.
pub fn extension(number: &str, name: Option<&str>) -> ExtensionRow {
    ExtensionRow {
        id: number.into(),
        rev: Seq(7),
        number: number.into(),
        name: name.map(Into::into),
        department: None,
        online: None,
        online_since: None,
        call: None,
        call_since: None,
        presence: None,
        presence_since: None,
        presence_raw: None,
        note: None,
        calls: Vec::new(),
        unconfirmed: false,
    }
}

fn queues() -> Vec<Row> {
    let counts = |ready, queue_call, wrap_up, not_ready, logged_out| AgentCounts {
        ready,
        queue_call,
        wrap_up,
        not_ready,
        logged_out,
        ..AgentCounts::default()
    };
    let queue = |number: &str, name: &str, waits: &[i64], callbacks: u32, agents| {
        Row::Queue(QueueRow {
            id: format!("q{number}").into(),
            rev: Seq(800),
            number: Some(number.into()),
            name: Some(name.into()),
            waiting: u32::try_from(waits.len()).unwrap_or(0),
            callbacks,
            longest_since: waits.first().and_then(|seconds| ago(*seconds)),
            agents,
            target_s: (number != "8004").then_some(20),
            sla_breaches: None,
            figures: None,
        })
    };
    let mut rows = vec![
        queue("8003", "Billing", &[8], 0, counts(4, 3, 0, 1, 0)),
        queue("8001", "Support", &[161, 94, 31, 12, 4], 1, counts(0, 9, 1, 2, 3)),
        queue("8002", "Sales", &[44, 9], 0, counts(0, 6, 1, 1, 0)),
        queue("8004", "Appointments", &[], 0, counts(5, 2, 1, 0, 0)),
        queue("8010", "Night line", &[], 0, counts(0, 0, 0, 0, 4)),
    ];
    let waiting = [
        ("8001", 1, "+49 30 555 5512", None, 161),
        ("8001", 2, "+33 1 5550 1220", Some("Marie Dubois"), 94),
        ("8001", 3, "+44 20 5550 0199", None, 31),
        ("8001", 4, "+1 415 555 7731", Some("Globex Inc"), 12),
        ("8001", 5, "+34 91 555 4410", None, 4),
        ("8002", 1, "+44 161 555 0144", None, 44),
        ("8002", 2, "117", Some("Tom Okafor"), 9),
        ("8003", 1, "+49 89 555 2031", None, 8),
    ];
    rows.extend(waiting.map(|(queue, position, number, name, seconds)| {
        Row::Caller(caller(queue, &format!("{queue}{position}"), position, number, name, seconds))
    }));
    rows.push(Row::Caller(CallerRow {
        kind: CallerKind::Callback,
        position: None,
        ..caller("8001", "80019", 9, "+49 40 555 8080", Some("Hafen GmbH"), 1310)
    }));
    rows.push(Row::Agent(AgentRow {
        id: "q8001/102".into(),
        rev: Seq(3),
        queue: "q8001".into(),
        number: "102".into(),
        name: Some("Ines Marsh".into()),
        state: AgentState::QueueCall,
        raw: None,
        reason: None,
        since: ago(252),
        call: Some("1".into()),
        with_number: None,
        figures: None,
        occupancy: None,
        masked: false,
    }));
    rows
}

/// A caller who waits in the queue of this number.
pub fn caller(
    queue: &str,
    call: &str,
    position: u32,
    number: &str,
    name: Option<&str>,
    seconds: i64,
) -> CallerRow {
    CallerRow {
        id: format!("q{queue}/{call}").into(),
        rev: Seq(850),
        queue: format!("q{queue}").into(),
        call: call.into(),
        position: Some(position),
        number: Some(number.into()),
        name: name.map(Into::into),
        kind: CallerKind::Normal,
        since: ago(seconds),
        unconfirmed: false,
        masked: false,
    }
}

fn calls() -> Vec<Row> {
    let leg =
        |number: &str, phase| Leg { id: 1, number: number.into(), phase, since: None, approximate: false };
    let base = |id: &str, from: &str, to: &str, direction, seconds| call(id, from, to, direction, seconds);
    vec![
        Row::Call(CallRow {
            queue: Some("q8001".into()),
            legs: vec![leg("8001", Phase::Answered), leg("102", Phase::Answered)],
            ..base("1", "+49 30 555 5512", "8001", Direction::Inbound, 252)
        }),
        Row::Call(CallRow {
            legs: vec![leg("113", Phase::Answered)],
            ..base("2", "103", "113", Direction::Internal, 63)
        }),
        Row::Call(CallRow {
            state: CallState::Ringing,
            legs: vec![leg("112", Phase::Ringing), leg("122", Phase::Ringing)],
            queue: Some("q8002".into()),
            ..base("3", "+44 20 5550 0199", "8002", Direction::Inbound, 44)
        }),
        Row::Call(CallRow {
            state: CallState::Queued,
            queue: Some("q8003".into()),
            ..base("4", "+49 89 555 2031", "8003", Direction::Inbound, 8)
        }),
        Row::Call(CallRow {
            trunk: Some("north".into()),
            ..base("5", "115", "+34 91 555 4410", Direction::Outbound, 445)
        }),
        Row::Call(CallRow {
            unconfirmed: true,
            legs: vec![leg("114", Phase::Answered)],
            ..base("6", "+49 89 555 2031", "114", Direction::Inbound, 4222)
        }),
    ]
}

/// A call between two numbers, talking.
pub fn call(id: &str, from: &str, to: &str, direction: Direction, seconds: i64) -> CallRow {
    CallRow {
        id: id.into(),
        rev: Seq(700),
        direction: Some(direction),
        from: Party { number: Some(from.into()), name: None },
        to: Party { number: Some(to.into()), name: None },
        did: None,
        trunk: None,
        queue: None,
        started: ago(seconds),
        state: CallState::Talking,
        unconfirmed: false,
        legs: Vec::new(),
        masked: false,
    }
}

/// The document for `address`, a path with or without a query.
#[cfg(feature = "ssr")]
pub fn render(data: PageData, address: &str) -> String {
    use leptos::prelude::*;

    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let data = PageData { path: path.into(), query: query.into(), ..data };
    Owner::new().with(|| app::shell(data).to_html())
}
