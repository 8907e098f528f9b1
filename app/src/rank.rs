//! Which rows a list shows, and by what they are put in order. Times and words only, never *now*: two renders of the same rows agree.

use model::{
    time::Millis,
    wire::{AgentRow, CallRow, CallState, CallerKind, CallerRow, Direction, ExtensionRow, QueueRow, Row},
};

use crate::{live::Person, order::Key, query::Asked};

/// A target that is assumed where none is configured, only to put queues in order.
const TARGET_SECONDS_ASSUMED: u32 = 20;

/// Any row, among those of its kind; none if the address does not ask for it.
pub fn row(row: &Row, asked: &Asked) -> Option<Key> {
    match row {
        Row::Extension(row) => listed(row, asked),
        Row::Queue(row) => asked_queue(row, asked),
        Row::Caller(row) => Some(caller(row)),
        Row::Agent(row) => asked.finds(row.name.as_deref(), Some(row.number.as_str())).then(|| agent(row)),
        Row::Call(row) => asked_call(row, asked),
        Row::Course(row) => Some((0, 0, String::new(), row.id.to_string())),
    }
}

/// A queue on the queues' page: by what the address asks for, the greatest first; else by its need.
pub fn asked_queue(row: &QueueRow, asked: &Asked) -> Option<Key> {
    let number = row.number.as_ref().map(model::id::Number::as_str);
    if !asked.finds(row.name.as_deref(), number) {
        return None;
    }
    let (group, by, name, number) = queue(row);
    let figures = row.figures.as_ref().map(|figures| asked.window.figures(figures));
    let count = |of: fn(&model::wire::WindowFigures) -> u32| figures.map(|figures| i64::from(of(figures)));
    let by = match &*asked.sort {
        "name" => Some(0),
        "waiting" => Some(-i64::from(row.waiting)),
        "ready" => Some(i64::from(row.agents.ready)),
        "offered" => count(|figures| figures.offered).map(|count| -count),
        "answered" => count(|figures| figures.answered).map(|count| -count),
        "abandoned" => count(|figures| figures.abandoned).map(|count| -count),
        // The lowest level is the worst.
        "level" => figures.and_then(|figures| figures.service_level).map(|share| i64::from(share.0)),
        "asa" => figures.and_then(|figures| figures.asa_ms).map(|mean| -mean.0),
        _ => return Some((group, by, name, number)),
    };
    // What is not known comes last.
    Some((u8::from(by.is_none()), by.unwrap_or_default(), name, number))
}

/// The queue whose longest waiting caller's target passes first, or passed longest ago; those without callers last.
pub fn queue(row: &QueueRow) -> Key {
    let name = row.name.as_deref().unwrap_or_default().to_lowercase();
    let number = row.number.as_ref().map_or_else(|| row.id.to_string(), ToString::to_string);
    match row.longest_since {
        Some(since) if row.waiting > 0 => {
            let due = since + Millis::seconds(row.target_s.unwrap_or(TARGET_SECONDS_ASSUMED).into());
            (0, due.0, name, number)
        }
        _ => (u8::from(row.waiting == 0) + 1, -i64::from(row.callbacks), name, number),
    }
}

/// By place in the queue; those who wait for a callback last.
pub fn caller(row: &CallerRow) -> Key {
    let callback = u8::from(row.kind == CallerKind::Callback);
    let place = row.position.map_or(i64::MAX, i64::from);
    (callback, place, format!("{:020}", row.since.map_or(i64::MAX, |since| since.0)), row.id.to_string())
}

/// The newest first; what may have ended last.
pub fn call(row: &CallRow) -> Key {
    let started = row.started.map_or(0, |started| started.0);
    let group = u8::from(row.unconfirmed) * 2 + u8::from(row.state == CallState::Ending);
    (group, -started, String::new(), row.id.to_string())
}

/// A call on the calls' page: the newest first, or the longest.
pub fn asked_call(row: &CallRow, asked: &Asked) -> Option<Key> {
    let party = |party: &model::wire::Party| {
        asked.finds(party.name.as_deref(), party.number.as_ref().map(model::id::Number::as_str))
    };
    let found = || {
        let did = asked.finds(None, row.did.as_deref()) || asked.finds(row.trunk.as_deref(), None);
        party(&row.from)
            || party(&row.to)
            || did
            || row.legs.iter().any(|leg| asked.finds(None, Some(leg.number.as_str())))
    };
    let direction = row.direction.map_or("", Direction::as_str);
    if !Asked::is_one(&asked.direction, direction)
        || !Asked::is_one(&asked.state, row.state.as_str())
        || !found()
    {
        return None;
    }
    let (group, by, text, id) = call(row);
    Some((group, if asked.sort == "longest" { -by } else { by }, text, id))
}

/// Those whom calls reach first, then by name: a tile stays where it is while its owner talks.
pub fn extension(row: &ExtensionRow) -> Key {
    let unreachable = u8::from(!crate::page::is_reachable(row.online));
    let number = row.number.to_string();
    match &row.name {
        Some(name) => (unreachable, 0, name.to_lowercase(), number),
        // Shorter numbers first, so that 99 comes before 100.
        None => (unreachable, i64::try_from(number.len()).unwrap_or(i64::MAX), String::new(), number),
    }
}

/// A person on the extensions' page: by department or letter, then by name.
pub fn listed(row: &ExtensionRow, asked: &Asked) -> Option<Key> {
    let doing = match (row.call, row.online) {
        (Some(model::wire::ExtensionCall::OnCall), _) => "on_call",
        (Some(model::wire::ExtensionCall::Ringing), _) => "ringing",
        (_, online) if crate::page::is_reachable(online) => "online",
        _ => "offline",
    };
    let found = asked.finds(row.name.as_deref(), Some(row.number.as_str()))
        || asked.finds(row.department.as_deref(), None);
    if !Asked::is_one(&asked.state, doing) || !found {
        return None;
    }
    let group = group(row, asked);
    let (_, by, name, number) = extension(row);
    // Those without a department, or whose name begins with no letter, come last.
    Some((u8::from(group.is_empty()), by, format!("{}\u{1}{name}", group.to_lowercase()), number))
}

/// The heading under which an extension stands; empty where it has none.
pub fn group(row: &ExtensionRow, asked: &Asked) -> String {
    if asked.sort == "letter" {
        let first = row.name.as_ref().and_then(|name| name.chars().find(|letter| letter.is_alphabetic()));
        return first.map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    }
    row.department.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// An agent, once for all queues: by state, or by what the address asks for.
pub fn person(person: &Person, asked: &Asked) -> Option<Key> {
    let name = person.name_untracked();
    let number = person.number().to_string();
    if !asked.finds(name.as_deref(), Some(&number)) || !person.is_asked_for(asked) {
        return None;
    }
    let state = person.telling_untracked();
    let day = person.day_untracked();
    let most = |count: Option<i64>| (u8::from(count.is_none()), -count.unwrap_or_default());
    let (group, by) = match &*asked.sort {
        "name" => (0, 0),
        "since" => {
            let since = person.since_untracked();
            (u8::from(since.is_none()), since.map_or(0, |since| since.0))
        }
        "answered" => most(day.map(|day| day.answered.into())),
        "missed" => most(day.map(|day| day.missed.into())),
        "talk" => most(day.map(|day| day.talk_sum_ms.0)),
        "occupancy" => most(day.and_then(|day| day.occupancy).map(|share| share.0.into())),
        _ => (state as u8, 0),
    };
    Some((group, by, name.unwrap_or_default().to_lowercase(), number))
}

/// By state, in the order of its words, then by name.
pub fn agent(row: &AgentRow) -> Key {
    (row.state as u8, 0, row.name.as_deref().unwrap_or_default().to_lowercase(), row.id.to_string())
}
