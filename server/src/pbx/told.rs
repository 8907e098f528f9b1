//! What the PBX answered, told in the language of its events, so that decoder and fold need no other: bodies for the journal.
//!
//! An answer says how things were when it was asked for, not since when. Its facts are dated a little before that: what
//! happened meanwhile, and in the whole seconds that events are dated by, is newer.

use model::{
    entry::Clock,
    id::CallId,
    time::{Skew, UnixMillis},
    wire::{RowId, RowKind},
};
use serde_json::{Value, json};

use super::{
    answers::{Leg, Queue, Session, User},
    ask::{Missed, States},
};

/// How far before the question its answer is dated, beyond the whole second: our knowledge of the PBX's clock is no better.
const MARGIN_MS: i64 = 2001;

/// Rows that share an entry.
const ROWS_MAX: usize = 500;

/// The moment of a question that was asked at `asked` by our clock, as the PBX's facts are dated.
pub fn moment(asked: UnixMillis, skew: Option<Skew>) -> UnixMillis {
    let at = asked.to_pbx(skew.unwrap_or_default());
    UnixMillis(at.0.div_euclid(1000) * 1000 - MARGIN_MS)
}

/// Who there is.
pub fn users(users: &[User], at: UnixMillis) -> Vec<Vec<u8>> {
    bodies(users.iter().map(|user| {
        let mut event = json!({"event_type": "extension_updated", "extension_number": user.number,
            "department": user.department, "time": at.0});
        if !user.name.is_empty() {
            event["disp_name"] = user.name.as_str().into();
        }
        event
    }))
}

/// Which queues there are.
pub fn queues(queues: &[Queue], at: UnixMillis) -> Vec<Vec<u8>> {
    bodies(queues.iter().map(|queue| {
        json!({"event_type": "queue_status", "queue_id": queue.event_id, "queue_number": queue.number,
            "queue_name": queue.name, "time": at.0})
    }))
}

/// What is no more.
pub fn missed(missed: &Missed, at: UnixMillis) -> Vec<Vec<u8>> {
    let extensions = missed
        .extensions
        .iter()
        .map(|number| json!({"event_type": "extension_destroyed", "extension_number": number, "time": at.0}));
    let queues = missed
        .queues
        .iter()
        .map(|number| json!({"event_type": "queue_destroy", "queue_number": number, "time": at.0}));
    bodies(extensions.chain(queues))
}

/// How everybody is. Whose phone rings only the calls say.
pub fn states(states: &States, sessions: &[Session], at: UnixMillis) -> Vec<Vec<u8>> {
    let legs = || sessions.iter().flat_map(|session| &session.legs);
    let users = states.users.iter().map(|(number, status)| {
        let rings = status.online && legs().any(|leg| leg.callee == *number && leg.talking_s == 0);
        let call = match (status.on_call, rings) {
            (true, _) => "ON_CALL",
            (false, true) => "RINGING",
            (false, false) => "",
        };
        json!({"event_type": "extension_status", "status": [{"extension": number, "call_status": call,
            "online": status.online, "presence": status.presence, "presence_note": status.note, "time": at.0}]})
    });
    let callers = states.queues.iter().filter_map(|state| {
        let rows = state.waiting.as_ref().filter(|rows| !rows.is_empty())?;
        let rows = rows.iter().map(|caller| {
            json!({"session_id": caller.session, "caller_number": caller.number, "caller_name": caller.name,
                "reason": "enqueue", "type": "normal", "timestamp": (at.0 + MARGIN_MS) / 1000 - caller.waited_s})
        });
        Some(json!({"event_type": "queue_caller_status", "queue_id": state.queue.event_id,
            "updated_callers": rows.collect::<Vec<_>>()}))
    });
    let agents = states.queues.iter().filter_map(|state| {
        let rows = state.agents.as_ref()?.iter().map(|agent| {
            json!({"agent_extension_number": agent.number, "state": agent.state, "reason": agent.reason})
        });
        Some(json!({"event_type": "queue_status", "queue_id": state.queue.event_id,
            "agents": rows.collect::<Vec<_>>(), "time": at.0}))
    });
    bodies(users.chain(callers).chain(agents))
}

/// Calls of which no event told. `is_extension` tells the company's numbers.
pub fn calls<'a>(
    sessions: impl Iterator<Item = &'a Session>,
    is_extension: impl Fn(&str) -> bool,
    at: UnixMillis,
) -> Vec<Vec<u8>> {
    bodies(sessions.flat_map(|session| call(session, &is_extension, at)))
}

fn call(session: &Session, is_extension: impl Fn(&str) -> bool, at: UnixMillis) -> Vec<Value> {
    let Some(first) = session.legs.first() else { return Vec::new() };
    let is_inside = |number: &str| is_extension(number);
    let direction = match (is_inside(&first.caller), first.trunk.is_empty()) {
        (true, true) => Some("internal"),
        (true, false) => Some("outbound"),
        (false, false) => Some("inbound"),
        (false, true) => None,
    };
    let started = session.legs.iter().filter_map(|leg| leg.started_s).min().unwrap_or(at.0 / 1000);
    let about = |name: &str, leg: &Leg, time: i64| {
        let mut event = json!({"event_type": name, "session_id": session.id, "caller": leg.caller,
            "caller_display_name": leg.caller_name, "callee": leg.callee, "time": time});
        if !leg.trunk.is_empty() {
            event["trunk_name"] = leg.trunk.as_str().into();
        }
        if let Some(direction) = direction {
            event["direction"] = direction.into();
        }
        event
    };
    let start = about("call_start", first, started);
    let legs = session.legs.iter().filter(|leg| leg.talking_s > 0 || is_inside(&leg.callee)).map(|leg| {
        let talks = leg.talking_s > 0;
        let time = if talks { ((at.0 + MARGIN_MS) / 1000 - leg.talking_s) * 1000 } else { at.0 };
        // Who does not talk yet may not even ring: that the phone knows.
        let name = if talks { "cdr_target_answer" } else { "cdr_target_add" };
        let mut event = about(name, leg, time.min(at.0));
        event["destination"] = leg.callee.as_str().into();
        event
    });
    std::iter::once(start).chain(legs).collect()
}

/// A row that is hidden while nothing newer than the question is heard of it.
pub fn gone(kind: RowKind, id: &str, at: UnixMillis) -> Clock {
    Clock::Gone { row: RowId(kind, id.into()), seen: at }
}

/// The calls of which the board knows nothing.
pub fn unknown(sessions: &[Session], is_known: impl Fn(&CallId) -> bool) -> impl Iterator<Item = &Session> {
    sessions.iter().filter(move |session| !is_known(&session.id.as_str().into()))
}

/// What the WSI says when it is subscribed to, dated by the question: a full list can't be newer than that.
pub fn snapshot(mut event: Value, at: UnixMillis) -> Value {
    let is_newer = |time: Option<&Value>| {
        let number = time.and_then(|time| time.as_i64().or_else(|| time.as_str()?.trim().parse().ok()));
        // Seconds have ten figures until the year 2286.
        number.is_none_or(|number| number * if number < 100_000_000_000 { 1000 } else { 1 } > at.0)
    };
    let date = |of: &mut Value| {
        let times: Vec<&str> =
            ["time", "timestamp"].into_iter().filter(|name| of.get(name).is_some()).collect();
        let newer = times.iter().any(|name| is_newer(of.get(name)));
        if of.is_object() && (times.is_empty() || newer) {
            for name in times {
                of[name] = at.0.into();
            }
            of["time"] = at.0.into();
        }
    };
    if let Some(Value::Array(items)) = event.get_mut("status") {
        items.iter_mut().for_each(date);
    }
    date(&mut event);
    event
}

/// Lists of events, a body each.
fn bodies(events: impl Iterator<Item = Value>) -> Vec<Vec<u8>> {
    let events: Vec<Value> = events.collect();
    events.chunks(ROWS_MAX).map(|events| Value::from(events.to_vec()).to_string().into_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use model::event::{Said, decode};

    use super::*;

    const AT: UnixMillis = UnixMillis(1_790_000_000_999);

    /// An event of the very second in which it was asked is newer than the answer.
    #[test]
    fn an_answer_is_dated_before_the_second_of_its_question() {
        let asked = UnixMillis(1_790_000_003_400);
        assert_eq!(moment(asked, None), UnixMillis(1_790_000_000_999));
        assert_eq!(moment(asked, Some(Skew(60_000))), UnixMillis(1_789_999_940_999));
    }

    #[test]
    fn everything_told_is_understood_without_a_doubt() {
        let user =
            User { id: "x".into(), number: "101".into(), name: "Ann".into(), department: String::new() };
        let queue =
            Queue { id: "x".into(), event_id: "7".into(), number: "8001".into(), name: "Sales".into() };
        let leg = Leg {
            caller: "102".into(),
            caller_name: "Bob".into(),
            callee: "101".into(),
            trunk: String::new(),
            started_s: Some(1_789_999_990),
            talking_s: 4,
        };
        let session = Session { id: "9".into(), legs: vec![leg] };
        let missed_ones = Missed { extensions: vec!["105".into()], queues: vec!["8002".into()] };
        let all = [
            users(&[user], AT),
            queues(&[queue], AT),
            missed(&missed_ones, AT),
            calls(std::iter::once(&session), |number| number.starts_with('1'), AT),
        ];
        for body in all.iter().flatten() {
            let decoded = decode(body);
            let odd: Vec<_> = decoded.problems.iter().filter(|problem| problem.quarantines()).collect();
            assert!(odd.is_empty() && !decoded.events.is_empty(), "{odd:?}");
        }
        let decoded = decode(&all[3][0]);
        let Said::Target(target) = &decoded.events[1].said else { panic!("{decoded:?}") };
        assert_eq!((target.number.as_str(), target.at), ("101", Some(UnixMillis(1_789_999_999_000))));
    }

    #[test]
    fn a_snapshot_is_no_newer_than_its_question_and_no_younger_than_it_says() {
        let event = json!({"event_type": "extension_status", "status": [
            {"extension": "101", "time": "1790000003"}, {"extension": "102", "time": 1_789_999_000}, {"extension": "103"}]});
        let told = snapshot(event, AT);
        let times: Vec<_> =
            told["status"].as_array().unwrap().iter().map(|item| item["time"].clone()).collect();
        assert_eq!(times, [json!(AT.0), json!(1_789_999_000), json!(AT.0)]);
        assert_eq!(snapshot(json!({"event_type": "queue_status"}), AT)["time"], AT.0);
        assert_eq!(snapshot(json!([1]), AT), json!([1]));
    }
}
