//! Reading on where pages of the file are damaged: what lay on them is lost and said, what lies behind them is read.

use model::id::Seq;
use rusqlite::Connection;

use super::{Damaged, Read, read_rows};

/// What can't be read right after `after`, where reading that fails: the places up to the next row that can be. `newest` is the
/// last place that was given.
pub fn skip(connection: &Connection, after: Seq, newest: Seq) -> Read {
    let first_from = |place: u64| {
        let read = read_rows(connection, "seq >= ?1 ORDER BY seq LIMIT ?2", [place.cast_signed(), 1]).ok()?;
        read.entries.first().map(|stored| stored.seq).or_else(|| Some(read.damaged.first()?.seq))
    };
    let (mut fails, mut hop) = (after.0 + 1, 1);
    let found = loop {
        let place = fails.saturating_add(hop);
        if place > newest.0 {
            break newest.0 + 1;
        }
        if let Some(found) = first_from(place) {
            break first_between(fails, place, first_from).unwrap_or(found.0);
        }
        (fails, hop) = (place, hop * 2);
    };
    let lost = after.0 + 1..found;
    let damaged = |seq| Damaged { seq: Seq(seq), why: "its page of the file is damaged" };
    Read { entries: Vec::new(), damaged: lost.map(damaged).collect(), upto: Seq(found - 1) }
}

/// The first row that can be read from a place between one that can't and one that can.
fn first_between(mut fails: u64, mut reads: u64, first_from: impl Fn(u64) -> Option<Seq>) -> Option<u64> {
    let mut first = first_from(reads);
    while reads - fails > 1 {
        let middle = fails + (reads - fails) / 2;
        match first_from(middle) {
            Some(found) => (reads, first) = (middle, Some(found)),
            None => fails = middle,
        }
    }
    first.map(|seq| seq.0)
}
