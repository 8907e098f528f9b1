//! The order of rows in their lists. Times and words only, never *now*: two renders of the same rows agree.

use model::{
    time::Millis,
    wire::{AgentRow, CallRow, CallState, CallerKind, CallerRow, ExtensionRow, QueueRow, Row},
};

/// A target that is assumed where none is configured, only to put queues in order.
const TARGET_SECONDS_ASSUMED: u32 = 20;

/// Something to sort a row by; smaller comes first.
pub type Key = (u8, i64, String, String);

/// Any row, among those of its kind.
pub fn row(row: &Row) -> Key {
    match row {
        Row::Extension(row) => extension(row),
        Row::Queue(row) => queue(row),
        Row::Caller(row) => caller(row),
        Row::Agent(row) => agent(row),
        Row::Call(row) => call(row),
    }
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

/// By state, in the order of its words, then by name.
pub fn agent(row: &AgentRow) -> Key {
    (row.state as u8, 0, row.name.as_deref().unwrap_or_default().to_lowercase(), row.id.to_string())
}

/// What a list shows next: `ranked` as it is when rows may move; else those already shown stay where they are, those
/// that went leave, and new ones come at the end.
pub fn settle<T: Clone + PartialEq>(shown: &[T], ranked: Vec<T>, may_move: bool) -> Vec<T> {
    if may_move {
        return ranked;
    }
    let mut next: Vec<T> = shown.iter().filter(|item| ranked.contains(item)).cloned().collect();
    next.extend(ranked.into_iter().filter(|item| !shown.contains(item)));
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_while_they_may_not_move_and_new_ones_come_last() {
        assert_eq!(settle(&["a", "b", "c"], vec!["d", "c", "a"], false), ["a", "c", "d"]);
        assert_eq!(settle(&["a", "b", "c"], vec!["d", "c", "a"], true), ["d", "c", "a"]);
    }
}
