//! What an audience sees of any board. Oracles: bytes that hold no digit which only outside parties' tails have, and the
//! scope's rules (docs/feed.md) once more over JSON, without the code under test.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;

use model::{
    id::Number,
    view::{Audience, Inside, Mask, Scope, Shown, Sight, total},
    wire::Row,
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

const QUEUES: [&str; 3] = ["8001", "8002", "8003"];
const EXTENSIONS: [&str; 5] = ["101", "102", "103", "104", "105"];
const DEPARTMENTS: [&str; 2] = ["Sales", "Support"];
const CALLS: [&str; 4] = ["c1", "c2", "c3", "c4"];

/// Outside parties: all end in 7777, and nothing else on these boards has a 7.
const OUTSIDE: [&str; 5] = ["+49301237777", "0049 30 12 77 77", "1237777", "7777", "77"];

/// Names with and without numbers in them.
const NAMES: [&str; 5] = ["Jane Doe", "+49301237777", "Jane 030/12 77 77", "01237777 or 01247777", ""];

fn party() -> impl Strategy<Value = Value> {
    let numbers: Vec<_> =
        EXTENSIONS.iter().chain(&QUEUES).chain(&OUTSIDE).chain(&["6000"]).copied().collect();
    prop_oneof![1 => Just(Value::Null), 8 => select(numbers).prop_map(Value::from)]
}

fn name() -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 2 => select(&NAMES[..]).prop_map(Value::from)]
}

fn some_call() -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 3 => select(&CALLS[..]).prop_map(Value::from)]
}

fn queue_id(number: &str) -> String {
    format!("q{number}")
}

fn extension(number: &str) -> impl Strategy<Value = Value> + use<> {
    let number = number.to_owned();
    let department = prop_oneof![Just(Value::Null), select(&DEPARTMENTS[..]).prop_map(Value::from)];
    (department, prop::collection::btree_set(select(&CALLS[..]), 0..3)).prop_map(move |(department, calls)| {
        json!({"k": "extension", "id": number, "rev": 1, "number": number, "name": "Ada", "department": department,
            "online": null, "online_since": null, "call": null, "call_since": null, "presence": null, "presence_since": null,
            "presence_raw": null, "note": "call me at 01237777", "calls": calls, "unconfirmed": false})
    })
}

fn queue(number: &str) -> Value {
    let figures = model::wire::Figures::default();
    let mut figures = serde_json::to_value(figures).unwrap();
    figures["today"]["answered"] = json!(1);
    json!({"k": "queue", "id": queue_id(number), "rev": 1, "number": number, "name": null, "waiting": 0, "callbacks": 0,
        "longest_since": null, "agents": {"ready": 0, "queue_call": 0, "other_call": 0, "wrap_up": 0, "not_ready": 0,
        "logged_out": 0, "offline": 0, "unknown": 0}, "target_s": null, "sla_breaches": null, "figures": figures})
}

fn caller() -> impl Strategy<Value = Value> {
    (select(&QUEUES[..]), select(&CALLS[..]), party(), name()).prop_map(|(queue, call, number, name)| {
        let queue = queue_id(queue);
        json!({"k": "caller", "id": format!("{queue}/{call}"), "rev": 1, "queue": queue, "call": call, "position": 1,
            "number": number, "name": name, "kind": "normal", "since": 1, "unconfirmed": false})
    })
}

fn agent() -> impl Strategy<Value = Value> {
    let state = select(vec!["ready", "queue_call", "other_call"]);
    (select(&QUEUES[..]), select(&EXTENSIONS[..]), state, some_call(), party()).prop_map(
        |(queue, number, state, call, with)| {
            let queue = queue_id(queue);
            let has_call = state != "ready";
            json!({"k": "agent", "id": format!("{queue}/{number}"), "rev": 1, "queue": queue, "number": number, "name": null,
                "state": state, "raw": null, "reason": null, "since": null, "call": if has_call { call } else { Value::Null },
                "with": if has_call { with } else { Value::Null }, "figures": null, "occupancy": null})
        },
    )
}

fn course(number: &str) -> impl Strategy<Value = Value> + use<> {
    let id = queue_id(number);
    prop::collection::vec(party(), 0..3).prop_map(move |numbers| {
        let breaches: Vec<_> = numbers.iter().map(|number| json!({"at": 1, "number": number})).collect();
        json!({"k": "course", "id": id, "rev": 1, "start": 0, "end": 1, "offered": [1], "answered": [1], "abandoned": [0],
            "answered_in_target": null, "service_level_of": [1], "hour_end": 1, "longest_ms": [null, 5], "breaches": breaches})
    })
}

fn call(id: &str) -> impl Strategy<Value = Value> + use<> {
    let id = id.to_owned();
    let side = || (party(), name()).prop_map(|(number, name)| json!({"number": number, "name": name}));
    let queue = prop_oneof![Just(Value::Null), select(&QUEUES[..]).prop_map(|queue| queue_id(queue).into())];
    let legs = prop::collection::vec(party().prop_filter("a leg has one", |number| !number.is_null()), 0..3);
    (side(), side(), queue, legs).prop_map(move |(from, to, queue, legs)| {
        let legs: Vec<_> = legs
            .iter()
            .zip(1..)
            .map(|(number, id)| json!({"id": id, "number": number, "phase": "added", "since": null, "approximate": false}))
            .collect();
        json!({"k": "call", "id": id, "rev": 1, "direction": null, "from": from, "to": to, "did": "+4930999", "trunk": "north",
            "queue": queue, "started": null, "state": "ringing", "unconfirmed": false, "legs": legs})
    })
}

/// Rows of any kind, each id once.
fn board() -> impl Strategy<Value = Vec<Value>> {
    let extensions: Vec<_> = EXTENSIONS.iter().map(|number| extension(number)).collect();
    let calls: Vec<_> = CALLS.iter().map(|id| call(id)).collect();
    let (callers, agents) = (prop::collection::vec(caller(), 0..5), prop::collection::vec(agent(), 0..6));
    let courses: Vec<_> = QUEUES.iter().map(|number| course(number)).collect();
    (extensions, calls, callers, agents, courses).prop_map(|(extensions, calls, callers, agents, courses)| {
        let queues = QUEUES.iter().map(|number| queue(number));
        let all =
            extensions.into_iter().chain(queues).chain(callers).chain(agents).chain(calls).chain(courses);
        let mut ids = BTreeSet::new();
        all.filter(|row| ids.insert((text(row, "k"), text(row, "id")))).collect()
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    let queues = prop::collection::btree_set(select(&QUEUES[..]).prop_map(Into::into), 0..3);
    let departments = prop::collection::btree_set(select(&DEPARTMENTS[..]).prop_map(Into::into), 0..2);
    let only = (queues, departments).prop_map(|(queues, departments)| Scope::Only { queues, departments });
    prop_oneof![1 => Just(Scope::Tenant), 3 => only]
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

/// The JSON of every row that the audience sees.
fn seen(audience: &Audience, board: &[Value]) -> Vec<String> {
    let (inside, rows) = read(board);
    let sight = Sight::of(audience, &inside, rows.iter().map(Shown::row));
    let seen = rows.iter().filter_map(|shown| {
        let json = sight.json(shown)?.as_str().to_owned();
        // Both ways to see a row are one.
        assert_eq!(serde_json::to_string(&sight.see(shown.row()).unwrap()).unwrap(), json);
        Some(json)
    });
    seen.collect()
}

fn read(board: &[Value]) -> (Inside, Vec<Shown>) {
    let mut inside = Inside::default();
    inside.list(BTreeSet::from([Number::from("6000")]));
    let rows: Vec<Row> = board.iter().map(|row| serde_json::from_value(row.clone()).unwrap()).collect();
    for row in &rows {
        inside.change(None, Inside::number(row));
    }
    (inside, rows.into_iter().map(Shown::new).collect())
}

fn masked(scope: Scope) -> Audience {
    Audience { scope, mask: Mask::OutsideNumbers, notes: false }
}

fn whole(scope: Scope) -> Audience {
    Audience { scope, mask: Mask::None, notes: true }
}

/// Whether a row has an outside party's digits, by its JSON.
fn has_outside(row: &Value) -> bool {
    row["k"] != "extension" && row.to_string().contains('7')
}

/// The ids that the scope holds, by its rules.
fn in_scope(scope: &Scope, board: &[Value]) -> BTreeSet<(String, String)> {
    let Scope::Only { queues, departments } = scope else {
        return board.iter().map(|row| (text(row, "k"), text(row, "id"))).collect();
    };
    let of_queue = |queue: &str| queues.iter().any(|number| queue_id(number.as_str()) == queue);
    let holds = |row: &&Value| match &*text(row, "k") {
        "extension" => departments.contains(&*text(row, "department")),
        "queue" | "course" => of_queue(&text(row, "id")),
        "caller" | "agent" => of_queue(&text(row, "queue")),
        _ => false,
    };
    let held: Vec<&Value> = board.iter().filter(holds).collect();
    let calls = held.iter().flat_map(|row| {
        let several = row["calls"].as_array().cloned().unwrap_or_default();
        several.into_iter().chain([row["call"].clone()]).filter_map(|id| id.as_str().map(str::to_owned))
    });
    let calls: BTreeSet<String> = calls.collect();
    let calls = board.iter().filter(|row| row["k"] == "call" && calls.contains(&text(row, "id")));
    held.iter().copied().chain(calls).map(|row| (text(row, "k"), text(row, "id"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_masked_audience_gets_no_digit_of_an_outside_partys_tail(board in board(), scope in scope()) {
        let unmasked = seen(&whole(scope.clone()), &board);
        let seen = seen(&masked(scope), &board);
        prop_assert_eq!(seen.len(), unmasked.len());
        for (row, unmasked) in seen.iter().zip(&unmasked) {
            prop_assert!(!row.contains('7'), "{}", row);
            let (row, unmasked): (Value, Value) = (
                serde_json::from_str(row).unwrap(), serde_json::from_str(unmasked).unwrap(),
            );
            prop_assert_eq!(row["masked"] == true, has_outside(&unmasked), "{} {}", row, unmasked);
            prop_assert_eq!(&row["note"], &Value::Null);
            // Numbers of ours are whole.
            for ours in ["8001", "101", "6000", "+4930999"] {
                let count = |row: &Value| row.to_string().matches(&format!("\"{ours}\"")).count();
                prop_assert_eq!(count(&row), count(&unmasked));
            }
        }
    }

    #[test]
    fn what_is_outside_of_the_scope_is_absent_and_named_by_no_row(board in board(), scope in scope()) {
        let expected = in_scope(&scope, &board);
        let rows: Vec<Value> =
            seen(&whole(scope.clone()), &board).iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        let ids: BTreeSet<_> = rows.iter().map(|row| (text(row, "k"), text(row, "id"))).collect();
        prop_assert_eq!(&ids, &expected);
        let has = |kind: &str, id: &Value| {
            id.as_str().is_none_or(|id| ids.contains(&(kind.to_owned(), id.to_owned())))
        };
        let exists = |id: &Value| board.iter().any(|row| row["k"] == "call" && row["id"] == *id);
        // Somebody in the scope has the number.
        let known: BTreeSet<&str> = rows.iter().filter_map(|row| row["number"].as_str()).collect();
        let of_ours = |number: &str| EXTENSIONS.contains(&number) || QUEUES.contains(&number);
        let told = |number: &Value| {
            scope == Scope::Tenant || number.as_str().is_none_or(|number| !of_ours(number) || known.contains(number))
        };
        for row in &rows {
            for call in row["calls"].as_array().into_iter().flatten().chain([&row["call"]]) {
                prop_assert!(!exists(call) || has("call", call), "{}", row);
            }
            prop_assert!(has("queue", &row["queue"]), "{}", row);
            let is_of_queue = row["state"] == "queue_call" || (row["k"] == "call" && !row["queue"].is_null());
            if !is_of_queue {
                let legs = row["legs"].as_array().into_iter().flatten().map(|leg| &leg["number"]);
                for number in legs.chain([&row["with"], &row["from"]["number"], &row["to"]["number"]]) {
                    prop_assert!(told(number), "{} in {}", number, row);
                }
            }
        }
    }

    #[test]
    fn who_sees_all_of_it_gets_every_row_as_it_is(board in board()) {
        let seen = seen(&Audience::WHOLE, &board);
        let rows: Vec<Value> = seen.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
        prop_assert_eq!(rows, board);
    }

    #[test]
    fn figures_are_those_of_the_queues_that_are_seen(board in board(), scope in scope()) {
        let (inside, rows) = read(&board);
        let sight = Sight::of(&whole(scope.clone()), &inside, rows.iter().map(Shown::row));
        let (figures, persons) = total(rows.iter().filter_map(|shown| sight.see(shown.row())));
        let ids = in_scope(&scope, &board);
        let queues = ids.iter().filter(|(kind, _)| kind == "queue").count();
        prop_assert_eq!(figures.map(|figures| figures.today.answered as usize), (queues > 0).then_some(queues));
        let agents = ids.iter().filter(|(kind, _)| kind == "agent");
        let agents: BTreeSet<_> = agents.map(|(_, id)| id.split('/').next_back()).collect();
        let counts = serde_json::to_value(persons).unwrap();
        let sum: u64 = counts.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        prop_assert_eq!(sum, agents.len() as u64);
    }
}
