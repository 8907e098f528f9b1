//! Members of every view for every audience, while rows come, go and change. Oracle: the members made anew at that offset,
//! and a client that is nothing but a map.

use std::collections::BTreeMap;

use model::{
    board::Change,
    id::{Number, Text},
    view::{Mask, Scope},
    wall::Preset,
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;

/// What may happen to a row: it is put as this, or goes.
#[derive(Clone, Debug)]
struct Step {
    row: Value,
    gone: bool,
}

const NUMBERS: [&str; 5] = ["101", "102", "8001", "8002", "+49301234567"];

fn party() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), select(&NUMBERS[..]).prop_map(Value::from)]
}

/// An extension may come late, or move to another department.
fn extension() -> impl Strategy<Value = Value> {
    (select(&["101", "102"][..]), select(&["Sales", "Support"][..]), prop::bool::ANY).prop_map(
        |(number, department, calls)| {
            json!({"k": "extension", "id": number, "rev": 0, "number": number, "name": null, "department": department,
                "online": null, "online_since": null, "call": null, "call_since": null, "presence": null,
                "presence_since": null, "presence_raw": null, "note": "in", "calls": if calls { vec!["c1"] } else { vec![] },
                "unconfirmed": false})
        },
    )
}

/// A queue may get another number.
fn queue() -> impl Strategy<Value = Value> {
    (select(&["q1", "q2"][..]), select(&["8001", "8002"][..])).prop_map(|(id, number)| {
        json!({"k": "queue", "id": id, "rev": 0, "number": number, "name": null, "waiting": 0, "callbacks": 0,
            "longest_since": null, "agents": {"ready": 0, "queue_call": 0, "other_call": 0, "wrap_up": 0, "not_ready": 0,
            "logged_out": 0, "offline": 0, "unknown": 0}, "target_s": null, "sla_breaches": null, "figures": null})
    })
}

fn caller() -> impl Strategy<Value = Value> {
    (select(&["q1", "q2"][..]), select(&["c1", "c2"][..]), party()).prop_map(|(queue, call, number)| {
        json!({"k": "caller", "id": format!("{queue}/{call}"), "rev": 0, "queue": queue, "call": call, "position": null,
            "number": number, "name": "030 1234567", "kind": "normal", "since": null, "unconfirmed": false})
    })
}

/// An agent may take a call, and hand it on.
fn agent() -> impl Strategy<Value = Value> {
    let call = prop_oneof![Just(Value::Null), select(&["c1", "c2"][..]).prop_map(Value::from)];
    let state = select(&["queue_call", "other_call"][..]);
    (select(&["q1", "q2"][..]), select(&["101", "102"][..]), state, call, party()).prop_map(
        |(queue, number, state, call, with)| {
            json!({"k": "agent", "id": format!("{queue}/{number}"), "rev": 0, "queue": queue, "number": number, "name": null,
                "state": state, "raw": null, "reason": null, "since": null, "call": call, "with": with, "figures": null})
        },
    )
}

fn call() -> impl Strategy<Value = Value> {
    let queue = prop_oneof![Just(Value::Null), select(&["q1", "q2"][..]).prop_map(Value::from)];
    (select(&["c1", "c2"][..]), party(), party(), queue).prop_map(|(id, from, to, queue)| {
        json!({"k": "call", "id": id, "rev": 0, "direction": null, "from": {"number": from, "name": null},
            "to": {"number": to, "name": null}, "did": null, "trunk": null, "queue": queue, "started": null, "state": "ringing",
            "unconfirmed": false, "legs": []})
    })
}

fn step() -> impl Strategy<Value = Step> {
    let row = prop_oneof![extension(), queue(), caller(), agent(), call()];
    (row, prop::bool::weighted(0.3)).prop_map(|(row, gone)| Step { row, gone })
}

fn audience() -> impl Strategy<Value = Audience> {
    let queues = prop::collection::btree_set(select(&["8001", "8002"][..]).prop_map(Number::from), 0..2);
    let departments = prop::collection::btree_set(Just(Text::from("Sales")), 0..2);
    let only = (queues, departments).prop_map(|(queues, departments)| Scope::Only { queues, departments });
    let scope = prop_oneof![1 => Just(Scope::Tenant), 3 => only];
    (scope, select(&[Mask::None, Mask::OutsideNumbers][..])).prop_map(|(scope, mask)| Audience {
        scope,
        mask,
        notes: mask == Mask::None,
    })
}

fn view() -> impl Strategy<Value = View> {
    let named = select(&["overview", "queues", "queue/8001", "agents", "extensions", "calls"][..])
        .prop_map(|name| View::parse(name).unwrap());
    let queues = select(vec![vec![], vec![Number::from("8001")]]);
    let wall =
        (select(Preset::ALL), queues).prop_map(|(preset, queues)| View::of_wall("w", &preset.board(queues)));
    prop_oneof![6 => named, 3 => wall]
}

fn id_of(row: &Value) -> RowId {
    serde_json::from_value::<Row>(row.clone()).unwrap().row_id()
}

/// What a client that has all rows holds.
fn held(members: &Members) -> BTreeMap<RowId, String> {
    let rows = members.by_id.iter();
    rows.map(|(id, member)| (id.clone(), member.json.as_str().to_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whoever_sees_a_part_is_told_of_all_that_comes_goes_and_looks_otherwise(
        view in view(),
        audience in audience(),
        entries in prop::collection::vec(prop::collection::vec(step(), 0..4), 1..40),
        listed in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        stride in 1_usize..4,
    ) {
        let mut rows = Rows::default();
        let mut members = Members::of(&view, &audience, &rows);
        // What a client held at each offset at which a frame could have reached it.
        let mut history = vec![(Seq(0), held(&members))];
        for (place, steps) in entries.iter().enumerate() {
            let rev = Seq(place as u64 + 1);
            let named: BTreeMap<RowId, &Step> = steps.iter().map(|step| (id_of(&step.row), step)).collect();
            let changes = named.into_iter().map(|(id, step)| {
                if step.gone {
                    return Change::Gone(id);
                }
                let row: Row = serde_json::from_value(step.row.clone()).unwrap();
                Change::Set(row.with_rev(rev))
            });
            if place == listed.index(entries.len()) {
                rows.list(BTreeSet::from([Number::from("+49301234567")]));
            }
            rows.put(rev, changes.collect());
            // A channel takes several entries together.
            if place % stride == 0 {
                members.advance(&view, &audience, &rows);
                history.push((rev, held(&members)));
            }
        }
        members.advance(&view, &audience, &rows);
        let fresh = Members::of(&view, &audience, &rows);
        prop_assert_eq!(held(&members), held(&fresh));
        prop_assert_eq!(members.check(), fresh.check());
        let (offset, mut client) = history[from.index(history.len())].clone();
        for id in members.gone_after(offset) {
            client.remove(id);
        }
        for json in members.rows_after(offset) {
            let row: Value = serde_json::from_str(json.as_str()).unwrap();
            client.insert(id_of(&row), json.as_str().to_owned());
        }
        prop_assert_eq!(client, held(&fresh));
    }
}
