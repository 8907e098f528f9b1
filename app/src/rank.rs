//! Which rows a list shows, and in which order. Times and words only, never *now*: two renders of the same rows agree.

use std::collections::HashMap;

use model::{
    time::Millis,
    wire::{AgentRow, CallRow, CallState, CallerKind, CallerRow, Direction, ExtensionRow, QueueRow, Row},
};

use crate::{
    live::{Id, Person},
    query::Asked,
};

/// A target that is assumed where none is configured, only to put queues in order.
const TARGET_SECONDS_ASSUMED: u32 = 20;

/// Something to sort a row by; smaller comes first.
pub type Key = (u8, i64, String, String);

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

/// What a list is keyed by: a row's id, with a number that is another one where the id has come to mean another signal. A
/// signal's own hash is none to rely on (`reactive_graph` 0.2 hashes where its pointer stood).
pub type RowKey = (Id, u64);

/// A row in a list.
pub type Placed<T> = (RowKey, T);

/// What a list shows next: `ranked` as it is when rows may move; else those already shown stay where they are, those
/// that went leave, and new ones come at the end.
pub fn settle<T: Clone + PartialEq>(
    shown: &[Placed<T>],
    ranked: &[(Id, T)],
    may_move: bool,
) -> Vec<Placed<T>> {
    let keys: Vec<&RowKey> = shown.iter().map(|(key, _)| key).collect();
    let ids: Vec<&Id> = ranked.iter().map(|(id, _)| id).collect();
    let is_same = |place: usize, rank: usize| shown[place].1 == ranked[rank].1;
    let next = arrange(&keys, &ids, &is_same, may_move);
    next.into_iter().map(|(key, rank)| (key, ranked[rank].1.clone())).collect()
}

/// The keys of what is shown next, each with its row's place among those with these `ids`. `is_same` says whether what is shown
/// at a place is the row of this rank.
fn arrange(
    shown: &[&RowKey],
    ids: &[&Id],
    is_same: &dyn Fn(usize, usize) -> bool,
    may_move: bool,
) -> Vec<(RowKey, usize)> {
    let held: HashMap<&Id, (usize, u64)> =
        shown.iter().enumerate().map(|(place, (id, number))| (id, (place, *number))).collect();
    let mut newest = shown.iter().map(|(_, number)| *number).max().unwrap_or_default();
    let mut next: Vec<((bool, usize), RowKey, usize)> = Vec::with_capacity(ids.len());
    for (rank, id) in ids.iter().enumerate() {
        let old = held.get(id);
        let number = old.filter(|(place, _)| is_same(*place, rank)).map_or_else(
            || {
                newest += 1;
                newest
            },
            |(_, number)| *number,
        );
        let place =
            if may_move { (false, rank) } else { old.map_or((true, rank), |(place, _)| (false, *place)) };
        next.push((place, (Id::clone(id), number), rank));
    }
    next.sort_unstable_by_key(|(place, ..)| *place);
    next.into_iter().map(|(_, key, rank)| (key, rank)).collect()
}

/// Rows by their keys, and of those with one key by id. One sorting for all, since the code of a sorting is long.
pub fn sorted<T: Clone>(rows: Vec<(Id, T)>, key: impl Fn(&T) -> Option<Key>) -> Vec<(Id, T)> {
    let keyed = rows.iter().enumerate().filter_map(|(place, (id, row))| Some((key(row)?, id.clone(), place)));
    let mut keyed: Vec<(Key, Id, usize)> = keyed.collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, id, place)| (id, rows[place].1.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_while_they_may_not_move_and_new_ones_come_last() {
        let list = |ids: &str| ids.chars().map(|id| (Id::from(id.to_string()), ())).collect::<Vec<_>>();
        let ids = |rows: &[Placed<()>]| rows.iter().map(|((id, _), ())| id.to_string()).collect::<String>();
        let shown = settle(&[], &list("abc"), true);
        assert_eq!(ids(&settle(&shown, &list("dca"), false)), "acd");
        assert_eq!(ids(&settle(&shown, &list("dca"), true)), "dca");
    }

    #[test]
    fn a_row_keeps_its_key_until_its_id_means_another() {
        let row = |id: &str, value: u8| (Id::from(id), value);
        let shown = settle(&[], &[row("a", 1), row("b", 2)], true);
        let next = settle(&shown, &[row("b", 2), row("a", 9), row("c", 3)], true);
        assert_eq!(next[0].0, shown[1].0);
        assert_ne!(next[1].0, shown[0].0);
        assert_eq!(next.iter().map(|(key, _)| key).collect::<std::collections::HashSet<_>>().len(), 3);
    }
}
