//! The life of alerts. Oracles: tables of (time, value, state) written from docs/alerts.md, and for any course of values its
//! promises, looked for in what happened without the code under test.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use model::{
    alert::{Hours, Life, Local, Of, OfQueue, OfTenant, Rule, Turn, Unknown},
    time::UnixMillis,
    wire::{Alert, Alerts, Lamp, LampState, Metric, QueueRow, Severity, Window},
};
use proptest::prelude::*;
use serde_json::json;

/// Noon of a Thursday.
const NOON: Local = Local { day: 3, minute: 12 * 60 };

/// More than five callers for 10 s, cleared by three, and then silent for 20 s.
fn rule() -> Rule {
    Rule {
        metric: Metric::Waiting,
        of: Of::Each,
        window: Window::Today,
        below: false,
        limit: Some(5),
        clear: Some(3),
        hold_s: 10,
        severity: Severity::Action,
        cool_down_s: 20,
        open: None,
        quiet: None,
    }
}

fn at(seconds: i64) -> UnixMillis {
    UnixMillis(seconds * 1000)
}

/// Steps through `(second, value, state)`; `–` is a value that can't be computed.
fn check(rule: &Rule, table: &[(i64, &str, &str)]) {
    let mut life = Life::default();
    for (second, value, state) in table {
        let reading = value.parse().map_err(|_| Unknown::NoFigures);
        let (next, turn) = life.step(rule, rule.judge(reading, None, NOON), at(*second));
        let name = match (next, turn) {
            (Life::Idle, None) => "idle",
            (Life::Pending(_), None) => "pending",
            (Life::Raised, None) => "raised",
            (Life::Cooling(_), None) => "cooling",
            (Life::Raised, Some(Turn::Raised)) => "RAISED",
            (Life::Cooling(_) | Life::Idle, Some(Turn::Cleared)) => "CLEARED",
            other => panic!("at {second}: {other:?}"),
        };
        assert_eq!(name, *state, "at {second} s with {value}");
        life = next;
    }
}

#[test]
fn it_is_raised_when_held_and_cleared_where_the_rule_clears_and_then_rests() {
    check(
        &rule(),
        &[
            (0, "5", "idle"),
            (1, "6", "pending"),
            (10, "9", "pending"),
            (11, "6", "RAISED"),
            (12, "5", "raised"),
            (13, "4", "raised"),
            (14, "3", "CLEARED"),
            (15, "9", "cooling"),
            (33, "9", "cooling"),
            // The cool-down is over: it is held anew.
            (34, "9", "pending"),
            (43, "9", "pending"),
            (44, "9", "RAISED"),
        ],
    );
}

#[test]
fn a_break_begins_the_holding_anew_and_what_is_not_known_is_a_break() {
    check(
        &rule(),
        &[
            (0, "6", "pending"),
            (9, "5", "idle"),
            (10, "6", "pending"),
            (19, "–", "idle"),
            (20, "6", "pending"),
            (29, "6", "pending"),
            (30, "6", "RAISED"),
            // Once raised, it is not cleared by what is not known.
            (31, "–", "raised"),
            (90, "–", "raised"),
            (91, "2", "CLEARED"),
        ],
    );
}

#[test]
fn too_little_is_too_much_the_other_way_round() {
    let rule = Rule { below: true, limit: Some(2), clear: Some(4), hold_s: 0, cool_down_s: 0, ..rule() };
    check(
        &rule,
        &[(0, "2", "idle"), (1, "1", "RAISED"), (2, "3", "raised"), (3, "4", "CLEARED"), (4, "0", "RAISED")],
    );
    // A value to clear at that is beyond the limit would never let it rest: it is the limit.
    check(&Rule { clear: Some(0), ..rule }, &[(0, "1", "RAISED"), (1, "2", "CLEARED"), (2, "1", "RAISED")]);
}

#[test]
fn outside_of_opening_hours_it_does_not_count_and_what_was_raised_is_over() {
    let open = Some(Hours { days: 0b001_1111, from: 8 * 60, to: 18 * 60 });
    let rule = Rule { open, hold_s: 0, ..rule() };
    let judge = |minute| rule.judge(Ok(9), None, Local { day: 3, minute });
    let (life, turn) = Life::default().step(&rule, judge(17 * 60 + 59), at(0));
    assert_eq!((life, turn), (Life::Raised, Some(Turn::Raised)));
    let (life, turn) = life.step(&rule, judge(18 * 60), at(60));
    assert_eq!((life, turn), (Life::Cooling(at(80)), Some(Turn::Cleared)));
    assert_eq!(life.step(&rule, judge(18 * 60 + 1), at(120)), (Life::Idle, None));
}

#[test]
fn a_clock_that_was_set_back_keeps_nothing_silent() {
    let rule = rule();
    let life = Life::cooled(&rule, at(1_000_000));
    let beyond = rule.judge(Ok(9), None, NOON);
    assert_eq!(life.step(&rule, beyond, at(500)), (Life::Pending(at(500)), None));
    assert_eq!(Life::Pending(at(9000)).step(&rule, beyond, at(500)), (Life::Pending(at(500)), None));
}

fn queue(more: &serde_json::Value) -> QueueRow {
    let mut row = json!({"id": "q", "rev": 1, "number": "8001", "name": null, "waiting": 2, "callbacks": 0,
        "longest_since": 40_000, "agents": {"ready": 0, "queue_call": 1, "other_call": 0, "wrap_up": 0, "not_ready": 0,
        "logged_out": 0, "offline": 0, "unknown": 0}, "target_s": 20, "sla_breaches": null, "figures": null});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

/// Oracle: the table of docs/alerts.md.
#[test]
fn a_queues_values_are_those_that_its_row_shows() {
    let row = queue(&json!({}));
    let of = OfQueue { row: &row, wrap_up_since: Some(at(70)), not_ready_since: None };
    let read = |metric| of.read(&Rule { metric, ..rule() }, at(100));
    assert_eq!(read(Metric::Waiting), Ok(2));
    assert_eq!((read(Metric::LongestWait), of.target(Metric::LongestWait)), (Ok(60_000), Some(20_000)));
    assert_eq!(read(Metric::Ready), Ok(0));
    assert_eq!((read(Metric::WrapUpTime), read(Metric::NotReadyTime)), (Ok(30_000), Ok(0)));
    assert_eq!(read(Metric::ServiceLevel), Err(Unknown::NoFigures));
    assert_eq!(read(Metric::Calls), Err(Unknown::NotOfThis));

    let none = json!({"ready": 0, "queue_call": 0, "other_call": 0, "wrap_up": 0, "not_ready": 0, "logged_out": 0,
        "offline": 0, "unknown": 0});
    let empty = queue(&json!({"agents": none, "waiting": 0, "target_s": null}));
    let of = OfQueue { row: &empty, wrap_up_since: None, not_ready_since: None };
    assert_eq!(of.read(&Rule { metric: Metric::Ready, ..rule() }, at(100)), Err(Unknown::NoAgents));
    // Nobody waits, whatever the row still says of since when.
    assert_eq!(of.read(&Rule { metric: Metric::LongestWait, ..rule() }, at(100)), Ok(0));
    assert_eq!(of.target(Metric::LongestWait), None);
}

#[test]
fn a_target_is_the_queues_own_and_a_rule_without_any_limit_says_nothing() {
    let rule = Rule { metric: Metric::LongestWait, limit: None, clear: None, hold_s: 0, ..rule() };
    let raised = |value, target| {
        Life::default().step(&rule, rule.judge(Ok(value), target, NOON), at(0)).1 == Some(Turn::Raised)
    };
    assert!(!raised(20_000, Some(20_000)));
    assert!(raised(20_001, Some(20_000)));
    assert!(!raised(i64::MAX, None));
}

#[test]
fn the_pbx_is_silent_since_its_last_event_unless_it_is_heard_otherwise() {
    let silent = |state, last: Option<i64>| {
        let pbx = Lamp { state, last_event_at: last.map(at), refused: 0, since: None };
        let of = OfTenant { queues: &[], figures: None, persons: None, calls: 0, pbx: &pbx };
        of.read(&Rule { metric: Metric::PbxSilent, of: Of::Tenant, ..rule() }, at(10_000))
    };
    assert_eq!(silent(LampState::Never, None), Err(Unknown::NoEvent));
    assert_eq!(silent(LampState::Live, Some(9_990)), Ok(10_000));
    assert_eq!(silent(LampState::Quiet, Some(9_000)), Ok(1_000_000));
    // Its subscription answers.
    assert_eq!(silent(LampState::Live, Some(9_000)), Ok(0));
}

#[test]
fn a_rule_is_sound_where_its_value_and_its_limit_are_of_what_it_looks_at() {
    let sound = |metric, of, limit| Rule { metric, of, limit, ..rule() }.is_sound();
    assert!(sound(Metric::LongestWait, Of::Each, None));
    assert!(!sound(Metric::LongestWait, Of::Tenant, None));
    assert!(!sound(Metric::Waiting, Of::Each, None));
    assert!(!sound(Metric::PbxSilent, Of::Each, Some(1)));
    assert!(sound(Metric::PbxSilent, Of::Tenant, Some(1)));
    assert!(!sound(Metric::WrapUpTime, Of::Tenant, Some(1)));
}

fn alert(id: &str, severity: Severity, since: i64, acknowledged: Option<i64>) -> Alert {
    Alert {
        id: id.into(),
        severity,
        metric: Metric::Waiting,
        window: None,
        queue: None,
        number: None,
        name: None,
        value: 6,
        limit: 5,
        since: at(since),
        acknowledged_at: acknowledged.map(at),
        quiet: false,
    }
}

#[test]
fn what_wants_most_comes_first_and_the_rest_is_counted() {
    let many = (0..30).map(|n| alert(&format!("{n:03}"), Severity::Attention, n, None));
    let known = alert("known", Severity::Action, 900, Some(901));
    let act = alert("act", Severity::Action, 1, None);
    let alerts = Alerts::of(many.chain([known, act]).collect());
    assert_eq!((alerts.raised.len(), alerts.more), (Alerts::MAX, 2));
    assert_eq!((&*alerts.raised[0].id, &*alerts.raised[1].id), ("act", "029"));
}

#[test]
fn a_figure_is_marked_by_the_worst_alert_about_it_in_its_queue() {
    let of = |queue: &str, metric, severity| Alert {
        queue: Some(queue.into()),
        metric,
        ..alert("1", severity, 0, None)
    };
    let alerts = Alerts::of(vec![
        of("q", Metric::Waiting, Severity::Attention),
        of("q", Metric::Abandoned, Severity::Attention),
        of("q", Metric::AbandonRate, Severity::Action),
        of("other", Metric::Waiting, Severity::Action),
    ]);
    let worst = |metrics: &[Metric]| alerts.worst(&"q".into(), metrics);
    assert_eq!(worst(&[Metric::Waiting]), Some(Severity::Attention));
    assert_eq!(worst(&[Metric::Abandoned, Metric::AbandonRate]), Some(Severity::Action));
    assert_eq!(worst(&[Metric::Ready]), None);
}

/// Any course of values, one to 20 s apart.
fn course() -> impl Strategy<Value = Vec<(i64, Option<i64>)>> {
    let step = (1..20i64, prop_oneof![1 => Just(None), 9 => (0..12i64).prop_map(Some)]);
    prop::collection::vec(step, 1..200).prop_map(|steps| {
        let mut now = 0;
        steps
            .into_iter()
            .map(|(after, value)| {
                now += after;
                (now, value)
            })
            .collect()
    })
}

fn any_rule() -> impl Strategy<Value = Rule> {
    (any::<bool>(), 0..12i64, prop::option::of(0..12i64), 0..60u32, 0..120u32).prop_map(
        |(below, limit, clear, hold_s, cool_down_s)| Rule {
            below,
            limit: Some(limit),
            clear,
            hold_s,
            cool_down_s,
            ..rule()
        },
    )
}

/// What happened in a course: the second and the turn.
fn turns(rule: &Rule, course: &[(i64, Option<i64>)]) -> Vec<(usize, i64, Turn)> {
    let mut life = Life::default();
    let mut turns = Vec::new();
    for (place, (second, value)) in course.iter().enumerate() {
        let verdict = rule.judge(value.ok_or(Unknown::NoFigures), None, NOON);
        let (next, turn) = life.step(rule, verdict, at(*second));
        turns.extend(turn.map(|turn| (place, *second, turn)));
        life = next;
    }
    turns
}

fn is_beyond(rule: &Rule, value: Option<i64>) -> bool {
    let limit = rule.limit.unwrap();
    value.is_some_and(|value| if rule.below { value < limit } else { value > limit })
}

/// Where the rule clears: the value that it says, unless that is beyond the limit.
fn clears(rule: &Rule, value: Option<i64>) -> bool {
    let limit = rule.limit.unwrap();
    let clear = rule.clear.unwrap_or(limit);
    value.is_some_and(|value| if rule.below { value >= clear.max(limit) } else { value <= clear.min(limit) })
}

proptest! {
    #[test]
    fn nothing_is_raised_before_it_was_beyond_the_limit_for_as_long_as_it_is_held(rule in any_rule(), course in course()) {
        for (place, second, turn) in turns(&rule, &course) {
            if turn == Turn::Raised {
                let from = second - i64::from(rule.hold_s);
                let since = course[..=place].iter().rev().take_while(|(_, value)| is_beyond(&rule, *value)).last();
                prop_assert!(since.is_some_and(|(since, _)| *since <= from), "raised at {second} by {rule:?}");
            }
        }
    }

    #[test]
    fn nothing_is_raised_again_within_its_cool_down(rule in any_rule(), course in course()) {
        for pair in turns(&rule, &course).windows(2) {
            let [(_, cleared, Turn::Cleared), (_, raised, Turn::Raised)] = pair else { continue };
            let rested = raised - cleared >= i64::from(rule.cool_down_s);
            prop_assert!(rested, "cleared at {cleared}, raised at {raised} by {rule:?}");
        }
    }

    #[test]
    fn it_is_raised_and_cleared_by_turns_and_only_a_value_that_came_back_clears(rule in any_rule(), course in course()) {
        let turns = turns(&rule, &course);
        for (place, (at, second, turn)) in turns.iter().enumerate() {
            prop_assert_eq!(*turn, if place % 2 == 0 { Turn::Raised } else { Turn::Cleared }, "at {}", second);
            prop_assert!(*turn == Turn::Raised || clears(&rule, course[*at].1), "cleared at {second} by {rule:?}");
        }
    }

    /// The other way: what lasts is raised, and what has come back is cleared at once.
    #[test]
    fn what_lasts_is_raised_and_what_came_back_is_cleared(rule in any_rule(), course in course()) {
        let turns = turns(&rule, &course);
        let mut raised = false;
        let mut ready_at = i64::MIN;
        let mut since = None;
        for (place, (second, value)) in course.iter().enumerate() {
            let turn = turns.iter().find(|(at, ..)| *at == place).map(|(_, _, turn)| *turn);
            since = if is_beyond(&rule, *value) && *second >= ready_at && !raised { since.or(Some(*second)) } else { None };
            let is_due = since.is_some_and(|since| second - since >= i64::from(rule.hold_s));
            let is_over = raised && clears(&rule, *value);
            let wanted = if is_due { Some(Turn::Raised) } else if is_over { Some(Turn::Cleared) } else { None };
            prop_assert_eq!(turn, wanted, "at {} by {:?}", second, rule);
            match turn {
                Some(Turn::Raised) => (raised, since) = (true, None),
                Some(Turn::Cleared) => (raised, ready_at) = (false, second + i64::from(rule.cool_down_s)),
                None => {}
            }
        }
    }

    /// A rule that somebody stored is read as it was, and no numbers make it panic.
    #[test]
    fn any_rule_is_read_back_and_judges_anything(rule in any_rule(), limit in any::<i64>(), value in any::<i64>()) {
        let rule = Rule { limit: Some(limit), clear: Some(value), ..rule };
        let text = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Rule>(&text).unwrap(), &rule);
        _ = rule.judge(Ok(value), None, NOON);
    }
}

/// Of the rows that an audience sees, and no others.
#[test]
fn an_alert_of_a_queue_is_for_who_sees_the_queue() {
    use model::view::{Audience, Inside, Mask, Scope, Sight};
    let rows = [model::wire::Row::Queue(queue(&json!({})))];
    let of = |scope: Scope| {
        let audience = Audience { scope, mask: Mask::None, notes: true };
        Sight::of(&audience, &Inside::default(), rows.iter())
    };
    let only = |number: &str| of(Scope::Only { queues: [number.into()].into(), departments: [].into() });
    let mut its = alert("1", Severity::Action, 0, None);
    its.queue = Some("q".into());
    let whole = alert("2", Severity::Action, 0, None);
    let mut silent = alert("3", Severity::Action, 0, None);
    silent.metric = Metric::PbxSilent;
    for (sight, sees) in [
        (of(Scope::Tenant), [true, true, true]),
        (only("8001"), [true, false, true]),
        (only("8002"), [false, false, true]),
    ] {
        assert_eq!([&its, &whole, &silent].map(|alert| sight.sees_alert(alert)), sees);
    }
}
