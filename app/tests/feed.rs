//! A client that applies frames holds what the server holds. Oracle: the server's rows, kept here as a plain map with the
//! offset at which each came and went.

mod story;

use std::collections::BTreeMap;

use app::live::{
    Tables,
    feed::{Feed, Outcome},
};
use leptos::prelude::*;
use model::{
    id::Seq,
    wire::{Alerts, Beat, ChangeFrame, Check, Direction, LampState, Row, RowId, ServerFrame, Snapshot},
};
use proptest::prelude::*;

/// One step of a history: a row is written, or goes.
#[derive(Clone, Debug)]
struct Step {
    row: u8,
    goes: bool,
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        (0..9u8, prop::bool::weighted(0.3)).prop_map(|(row, goes)| Step { row, goes }),
        1..40,
    )
}

/// The row that step `seq` writes: three kinds, three ids each.
fn row(step: &Step, seq: u64) -> Row {
    let id = format!("{}", step.row % 3);
    match step.row / 3 {
        0 => Row::Extension(story::extension(&id, Some(&format!("name {seq}")))),
        1 => Row::Caller(story::caller("1", &id, 1, &format!("{seq}"), None, 1)),
        _ => Row::Call(story::call(&id, &format!("{seq}"), "2", Direction::Inbound, 1)),
    }
    .with_rev(Seq(seq))
}

/// All rows after the first `offset` steps.
fn rows_at(steps: &[Step], offset: usize) -> BTreeMap<RowId, Row> {
    let mut rows = BTreeMap::new();
    for (place, step) in steps[..offset].iter().enumerate() {
        let row = row(step, place as u64 + 1);
        if step.goes {
            rows.remove(&row.row_id());
        } else {
            rows.insert(row.row_id(), row);
        }
    }
    rows
}

fn snapshot(steps: &[Step], offset: usize) -> Snapshot {
    Snapshot {
        view: "overview".into(),
        epoch: "e".into(),
        offset: Seq(offset as u64),
        at: story::NOW,
        rows: rows_at(steps, offset).into_values().collect(),
    }
}

/// Rows with a rev above `from`, and ids gone since, by what is true at `offset`.
fn changes(steps: &[Step], from: usize, offset: usize) -> ServerFrame {
    let now = rows_at(steps, offset);
    let mut gone: Vec<RowId> = steps[from..offset].iter().map(|step| row(step, 0).row_id()).collect();
    gone.retain(|id| !now.contains_key(id));
    ServerFrame::Changes(ChangeFrame {
        view: "overview".into(),
        from: Seq(from as u64),
        offset: Seq(offset as u64),
        at: story::NOW,
        rows: now.into_values().filter(|row| row.rev() > Seq(from as u64)).collect(),
        gone,
    })
}

fn beat(steps: &[Step], offset: usize) -> ServerFrame {
    let mut check = Check::default();
    for row in rows_at(steps, offset).values() {
        check.add(row.rev());
    }
    ServerFrame::Beat(Beat {
        view: "overview".into(),
        offset: Seq(offset as u64),
        at: story::NOW,
        check,
        lamps: story::lamps(LampState::Live, None),
        alerts: Alerts::default(),
    })
}

/// What the page shows: every signal of every table.
fn shown(tables: Tables) -> BTreeMap<RowId, Row> {
    let extensions = tables.extensions.all().into_iter().map(|(_, row)| Row::Extension(row.get_untracked()));
    let callers = tables.callers.all().into_iter().map(|(_, row)| Row::Caller(row.get_untracked()));
    let calls = tables.calls.all().into_iter().map(|(_, row)| Row::Call(row.get_untracked()));
    extensions.chain(callers).chain(calls).map(|row| (row.row_id(), row)).collect()
}

fn take(feed: &mut Feed, tables: Tables, frame: ServerFrame) -> Outcome {
    let outcome = feed.apply(frame);
    match &outcome {
        Outcome::Replace(rows) => tables.replace(rows.clone()),
        Outcome::Change(rows, gone) => tables.change(rows.clone(), gone.clone()),
        _ => {}
    }
    outcome
}

proptest! {
    #[test]
    fn a_snapshot_and_any_changes_that_reach_it_make_the_later_snapshot(steps in history(), cut in any::<[prop::sample::Index; 3]>()) {
        let mut cuts = cut.map(|cut| cut.index(steps.len() + 1));
        cuts.sort_unstable();
        let [from, mine, offset] = cuts;
        Owner::new().with(|| {
            let (mut feed, tables) = (Feed::new("overview"), Tables::new());
            take(&mut feed, tables, ServerFrame::Snapshot(snapshot(&steps, mine)));
            prop_assert_eq!(shown(tables), rows_at(&steps, mine));
            // Shared frames may begin before this reader's place.
            let outcome = take(&mut feed, tables, changes(&steps, from, offset));
            prop_assert!(matches!(outcome, Outcome::Change(..)), "{:?}", outcome);
            prop_assert_eq!(shown(tables), rows_at(&steps, offset));
            // The server's own check agrees.
            let outcome = take(&mut feed, tables, beat(&steps, offset));
            prop_assert!(matches!(outcome, Outcome::Beat(..)), "{:?}", outcome);
            prop_assert!(feed.is_following());
            Ok(())
        })?;
    }

    #[test]
    fn a_frame_that_begins_after_my_place_is_never_applied(steps in history(), cut in any::<[prop::sample::Index; 2]>()) {
        let mut cuts = cut.map(|cut| cut.index(steps.len() + 1));
        cuts.sort_unstable();
        let [mine, from] = cuts;
        prop_assume!(mine < from);
        Owner::new().with(|| {
            let (mut feed, tables) = (Feed::new("overview"), Tables::new());
            take(&mut feed, tables, ServerFrame::Snapshot(snapshot(&steps, mine)));
            let outcome = take(&mut feed, tables, changes(&steps, from, steps.len()));
            prop_assert_eq!(outcome, Outcome::Astray);
            prop_assert_eq!(shown(tables), rows_at(&steps, mine));
            prop_assert_eq!(feed.resume(), None, "asks for all rows");
            prop_assert_eq!(feed.astray_count, 1);
            // What still comes of the old subscription is let go; the snapshot heals.
            prop_assert_eq!(take(&mut feed, tables, changes(&steps, from, steps.len())), Outcome::Nothing);
            take(&mut feed, tables, ServerFrame::Snapshot(snapshot(&steps, steps.len())));
            prop_assert_eq!(shown(tables), rows_at(&steps, steps.len()));
            Ok(())
        })?;
    }
}

#[test]
fn a_beat_that_counts_other_rows_makes_the_client_ask_for_all() {
    let steps = [Step { row: 0, goes: false }, Step { row: 1, goes: false }];
    let mut feed = Feed::new("overview");
    feed.apply(ServerFrame::Snapshot(snapshot(&steps, 1)));
    assert_eq!(feed.apply(beat(&steps, 2)), Outcome::Astray);
    assert_eq!(feed.resume(), None);
}

#[test]
fn a_page_with_all_its_rows_resumes_from_them_and_follows_after_the_answer() {
    let steps = [Step { row: 0, goes: false }, Step { row: 1, goes: false }];
    let mut feed = Feed::new("overview");
    feed.hold(&snapshot(&steps, 1));
    let resume = feed.resume().unwrap();
    assert_eq!((resume.epoch.as_str(), resume.offset), ("e", Seq(1)));
    assert!(!feed.is_following(), "nothing was heard yet");
    feed.apply(changes(&steps, 1, 2));
    assert!(feed.is_following());
}

#[test]
fn a_beat_while_rows_are_fetched_is_no_mismatch() {
    let steps = [Step { row: 0, goes: false }];
    let mut feed = Feed::new("overview");
    let fetch =
        ServerFrame::Fetch { view: "overview".into(), epoch: "e".into(), offset: Seq(1), url: "/x".into() };
    assert_eq!(feed.apply(fetch), Outcome::Fetch("/x".into()));
    assert!(matches!(feed.apply(beat(&steps, 1)), Outcome::Beat(..)));
    feed.hold(&snapshot(&steps, 1));
    assert!(feed.resume().is_some());
}
