//! The PBX's post: it delivers what was told late, twice, in any order; and what of a board must be the same for all that.

use std::collections::BTreeSet;

use model::{
    board::Board,
    entry::{Clock, Content, Entry},
    event::Said,
    id::Seq,
    time::{Millis, Skew, UnixMillis},
    wire::Row,
};

use super::{Dialect, Told, at, chance::Dice};

/// Our clock minus the PBX's, in every delivery.
pub const SKEW: Skew = Skew(1500);
/// A register remembers since when, if it hears of it within this; in seconds.
pub const HALF_HOUR: i64 = 1800;
/// Whatever comes within this counts; in seconds.
pub const DAY: i64 = 26 * 3600;
/// No `since` is too old to be compared.
pub const EVER: UnixMillis = UnixMillis(0);

/// Before this, a story that ends at `cut` may have forgotten since when.
pub fn window(cut: i64) -> UnixMillis {
    at(cut - HALF_HOUR).to_ours(SKEW)
}

/// A board of these, numbered in this order.
pub fn fold<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Board {
    let mut board = Board::new();
    for (entry, seq) in entries.into_iter().zip(1..) {
        board.apply(&Entry { seq: Seq(seq), ..entry.clone() });
    }
    board
}

/// Each event at once, in the order in which it happened.
pub fn in_order(story: &[Told]) -> Vec<Entry> {
    story.iter().map(|told| told.entry(0, at(told.second).to_ours(SKEW), Some(SKEW))).collect()
}

/// Delivers a story: each event once or up to four times, each time at its own moment, less than `delay_max` late.
pub fn deliver(story: &[Told], delay_max: i64, dice: &mut Dice) -> Vec<Entry> {
    let mut entries = Vec::new();
    for told in story {
        for _ in 0..=*dice.pick(&[0, 0, 0, 1, 3]) {
            let delay = match dice.roll(3) {
                0 => dice.up_to(5),
                1 => dice.up_to(delay_max.min(600)),
                _ => dice.up_to(delay_max),
            };
            let received = at(told.second + delay).to_ours(SKEW) + Millis(dice.up_to(900));
            entries.push(told.entry(0, received, Some(SKEW)));
        }
    }
    dice.shuffle(&mut entries);
    entries.sort_by_key(|entry| entry.received);
    entries
}

/// Each event once, but with doubts: some have no time or an impossible one, and the PBX's clock is now known better, now
/// worse, or (`skew_unknown`) not at all. Some share a delivery.
pub fn doubtful(story: &[Told], delay_max: i64, skew_unknown: bool, dice: &mut Dice) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for told in story {
        let mut told = told.clone();
        if dice.roll(6) == 0 {
            forget_time(&mut told.content, dice.roll(2) == 0);
        }
        let skew = match dice.roll(4) {
            0 if skew_unknown => None,
            _ => Some(Skew(i64::from(skew_unknown) * dice.up_to(3000))),
        };
        let received = at(told.second + dice.up_to(delay_max)) + Millis(4000);
        let entry = told.entry(0, received, skew);
        match (entries.last_mut().map(|last| &mut last.content), entry.content) {
            (Some(Content::Events(events)), Content::Events(more)) if dice.roll(5) == 0 => {
                events.extend(more);
            }
            (_, content) => entries.push(Entry { content, ..entry }),
        }
    }
    entries
}

/// Takes away the time of what an entry says, or puts it in the far future.
pub fn forget_time(content: &mut Content, gone: bool) {
    let Content::Events(events) = content else { return };
    let time = |at: &mut Option<UnixMillis>| *at = at.filter(|_| !gone).map(|at| at + Millis::hours(2000));
    for event in events {
        match &mut event.said {
            Said::Extension(said) => time(&mut said.at),
            Said::AgentStatus(said) => time(&mut said.at),
            Said::QueueStatus(said) => {
                said.waiting.iter_mut().flatten().for_each(|caller| time(&mut caller.at));
                said.agents.iter_mut().flatten().take(1).for_each(|agent| time(&mut agent.at));
            }
            Said::QueueCallers(said) => said.callers.iter_mut().for_each(|caller| time(&mut caller.at)),
            Said::QueueAgents(said) => {
                time(&mut said.at);
                said.updated.iter_mut().for_each(|agent| time(&mut agent.at));
            }
            Said::CallStart(said) | Said::CallUpdate(said) => time(&mut said.at),
            Said::Target(said) => time(&mut said.at),
            Said::Cdr(said) => time(&mut said.ended),
            _ => {}
        }
    }
}

/// The minute that ends `second`, of a day that began with the story.
pub fn minute(second: i64) -> Entry {
    let clock = Clock::Minute { t: at(second), day_start: at(-60), day_end: at(DAY - 60) };
    Entry { seq: Seq(0), received: at(second), skew: None, content: Content::Clock(clock) }
}

/// What must be equal: all but `rev`, times that are said to be approximate, and a register's `since` where it lies so
/// far back (before `window`) that the register need not remember it.
pub fn promised(board: &Board, dialect: Dialect, window: UnixMillis) -> Vec<Row> {
    let register = |since: &mut Option<UnixMillis>| {
        if since.is_some_and(|since| since < window) {
            *since = Some(UnixMillis(0));
        }
    };
    let mut rows: Vec<Row> = board.rows().into_iter().map(|row| row.with_rev(Seq(0))).collect();
    for row in &mut rows {
        match row {
            Row::Extension(row) => {
                register(&mut row.online_since);
                register(&mut row.call_since);
                register(&mut row.presence_since);
                // It may be a leg's time.
                if dialect == Dialect::Frozen && !row.calls.is_empty() {
                    row.call_since = None;
                }
            }
            Row::Agent(row) => register(&mut row.since),
            Row::Call(row) => {
                for leg in &mut row.legs {
                    register(&mut leg.since);
                    if leg.approximate {
                        leg.since = None;
                    }
                }
            }
            Row::Queue(_) | Row::Caller(_) | Row::Course(_) => {}
        }
    }
    rows
}

/// Fails with the cells that differ.
#[track_caller]
pub fn assert_same(rows: &[Row], expected: &[Row], what: impl FnOnce() -> String) {
    if rows != expected {
        let (rows, expected) = (cells(rows), cells(expected));
        let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
            these.difference(those).map(|cell| format!("\n  {cell}")).collect::<String>()
        };
        let (wrong, missing) = (only(&rows, &expected), only(&expected, &rows));
        panic!("{}\nwrong{wrong}\nmissing{missing}", what());
    }
}

/// Every cell of every row, `call/A.state: "ringing"`.
fn cells(rows: &[Row]) -> BTreeSet<String> {
    fn walk(name: &str, value: &serde_json::Value, cells: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(members) => {
                members.iter().for_each(|(key, value)| walk(&format!("{name}.{key}"), value, cells));
            }
            other => {
                cells.insert(format!("{name}: {other}"));
            }
        }
    }
    let mut found = BTreeSet::new();
    for row in rows {
        walk(&row.row_id().to_string(), &serde_json::to_value(row).unwrap(), &mut found);
    }
    found
}

/// Leaves out each event that says something else than an earlier one of the same thing in the same second: what becomes
/// of those is not promised.
pub fn without_ties(story: Vec<Told>) -> Vec<Told> {
    let mut board = Board::new();
    let mut kept = Vec::new();
    for told in story {
        let ties = board.counts().ties;
        let mut next = board.clone();
        next.apply(&told.entry(1, at(told.second), Some(Skew(0))));
        if next.counts().ties == ties {
            board = next;
            kept.push(told);
        }
    }
    assert_eq!(board.counts().untimed, 0);
    kept
}
