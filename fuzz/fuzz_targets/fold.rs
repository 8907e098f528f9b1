//! Any entries: nothing panics, every row has an id of its own, the changes are the difference of the rows, what comes again
//! changes nothing, what comes in the opposite order makes the same rows, and a board that is written and read is the same.

#![no_main]

use std::collections::BTreeMap;

use fuzz::{Heard, is_border, journal};
use libfuzzer_sys::fuzz_target;
use model::{
    board::{Board, Change},
    entry::Entry,
    id::Seq,
    wire::{Row, RowId},
};

fn rows(board: &Board) -> BTreeMap<RowId, Row> {
    let list = board.rows();
    let count = list.len();
    let rows: BTreeMap<RowId, Row> = list.into_iter().map(|row| (row.row_id(), row)).collect();
    assert_eq!(rows.len(), count, "two rows of one id");
    for (id, row) in &rows {
        assert_eq!(board.row(id).as_ref(), Some(row));
    }
    rows
}

/// All that does not hang on the order of the entries, nor on what a register forgets after half an hour.
fn timeless(board: &Board) -> Vec<Row> {
    let mut rows: Vec<Row> = board.rows().into_iter().map(|row| row.with_rev(Seq(0))).collect();
    for row in &mut rows {
        match row {
            Row::Extension(row) => {
                (row.online_since, row.call_since, row.presence_since) = (None, None, None);
            }
            Row::Agent(row) => row.since = None,
            Row::Call(row) => row.legs.iter_mut().for_each(|leg| leg.since = None),
            Row::Queue(_) | Row::Caller(_) | Row::Course(_) => {}
        }
    }
    rows
}

fuzz_target!(|heard: Vec<Heard>| {
    let entries = journal(heard);
    let mut board = Board::new();
    let mut before = rows(&board);
    for entry in &entries {
        let mut changed = before.clone();
        let changes = board.apply(entry);
        for change in &changes {
            match change {
                Change::Set(row) => {
                    assert_eq!(row.rev(), entry.seq);
                    let old = changed.insert(row.row_id(), row.clone());
                    assert!(old.is_none_or(|old| old.with_rev(entry.seq) != *row), "named, and the same");
                }
                Change::Gone(id) => assert!(changed.remove(id).is_some(), "gone, and never there"),
            }
        }
        let mut named: Vec<RowId> = changes
            .iter()
            .map(|change| match change {
                Change::Set(row) => row.row_id(),
                Change::Gone(id) => id.clone(),
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named.len(), changes.len(), "a row is named once");
        before = rows(&board);
        assert_eq!(changed, before, "the changes are the difference");
        let once = timeless(&board);
        board.apply(&Entry { seq: Seq(entry.seq.0), ..entry.clone() });
        assert_eq!(timeless(&board), once, "twice is once");
        before = rows(&board);
    }
    let written = serde_json::to_vec(&board).expect("a board is JSON");
    let read: Board = serde_json::from_slice(&written).expect("it is read");
    assert_eq!(read.rows(), board.rows());
    assert_eq!(serde_json::to_vec(&read).expect("a board is JSON"), written, "written, read and written");
    if entries.iter().any(is_border) {
        return;
    }
    let mut backwards = Board::new();
    for entry in entries.iter().rev() {
        backwards.apply(entry);
    }
    assert_eq!(timeless(&backwards), timeless(&board), "any order, the same rows");
});
