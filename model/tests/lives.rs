//! Every life of `story/lives.rs` in two dialects, delivered in every way that a PBX may: D, I1, I2, I4 and I5 of
//! `docs/fold.md`.
//!
//! `RINGSIDE_TEST_ORDERS` sets in how many random orders each life is delivered whole. `make test` runs 20,000 of them in
//! each dialect, over all lives; `make soak` as many for each life.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    board::{Board, Change},
    entry::{Content, Entry},
    id::Seq,
    time::Millis,
    wire::{AgentState, CallerKind, Row, RowId},
};
use story::{
    Dialect, Told, at,
    chance::Dice,
    lives::{LIVES, Life},
    post::{
        DAY, EVER, HALF_HOUR, SKEW, assert_same, deliver, doubtful, fold, in_order, minute, promised, window,
    },
    reader::{
        lines::{Times, shown},
        read, visits,
    },
};

/// How many neighbours of a story are told in every order that they have.
const WINDOW: usize = 7;
/// 7!
const ORDERS_OF_A_WINDOW: usize = 5040;

/// How many random orders of each life.
fn orders() -> usize {
    let set = std::env::var("RINGSIDE_TEST_ORDERS").ok();
    set.map_or(20_000usize.div_ceil(LIVES.len()), |orders| orders.parse().unwrap())
}

/// The oracle's times. Legs have none of their own where times are the call's start.
fn times(dialect: Dialect) -> Times {
    match dialect {
        Dialect::True => Times::All,
        Dialect::Frozen => Times::NotOfLegs,
    }
}

fn end(story: &[Told]) -> i64 {
    story.last().unwrap().second
}

/// One window of a story: what came before is on a board, what comes after is one late delivery.
struct Window<'a> {
    life: Life,
    dialect: Dialect,
    events: &'a [Told],
    after: Entry,
    /// The rows after the window, and at the end, as told in order.
    expected: [Vec<Row>; 2],
    orders: usize,
}

impl Window<'_> {
    /// Goes on from `board` with each event that is not in `heard` yet.
    fn go_on(&mut self, mut board: Board, heard: &mut Vec<usize>) {
        if heard.len() == self.events.len() {
            self.orders += 1;
            self.compare(&board, 0, heard);
            board.apply(&self.after);
            self.compare(&board, 1, heard);
            return;
        }
        // They come one after another, when all of them have happened.
        let last = self.events[self.events.len() - 1].second;
        let received = at(last).to_ours(SKEW) + Millis(i64::try_from(heard.len()).unwrap());
        for index in 0..self.events.len() {
            if !heard.contains(&index) {
                let mut board = board.clone();
                board.apply(&self.events[index].entry(1, received, Some(SKEW)));
                heard.push(index);
                self.go_on(board, heard);
                heard.pop();
            }
        }
    }

    fn compare(&self, board: &Board, moment: usize, heard: &[usize]) {
        let rows = promised(board, self.dialect, EVER);
        assert_same(&rows, &self.expected[moment], || {
            let order: Vec<&Content> = heard.iter().map(|index| &self.events[*index].content).collect();
            format!("{} {:?}: {order:#?}", self.life.name, self.dialect)
        });
    }
}

fn every_order_of_every_window(dialect: Dialect) {
    for life in LIVES {
        let story = life.told(dialect);
        for start in 0..=story.len() - WINDOW {
            let (before, rest) = story.split_at(start);
            let (events, after) = rest.split_at(WINDOW);
            let board = fold(&in_order(before));
            assert_eq!((board.counts().ties, board.counts().untimed), (0, 0), "{}", life.name);
            let until = |count: usize| promised(&fold(&in_order(&story[..count])), dialect, EVER);
            let said = after.iter().flat_map(|told| match &told.content {
                Content::Events(events) => events.clone(),
                other => panic!("only a story's beginning has {other:?}"),
            });
            let mut window = Window {
                life: *life,
                dialect,
                events,
                after: Entry {
                    seq: Seq(1),
                    received: at(end(&story)).to_ours(SKEW) + Millis::seconds(1),
                    skew: Some(SKEW),
                    content: Content::Events(said.collect()),
                },
                expected: [until(start + WINDOW), until(story.len())],
                orders: 0,
            };
            window.go_on(board, &mut Vec::new());
            assert_eq!(window.orders, ORDERS_OF_A_WINDOW);
        }
    }
}

/// I2.
#[test]
fn seven_neighbours_in_every_order_make_the_same_board() {
    every_order_of_every_window(Dialect::True);
}

/// I2.
#[test]
fn seven_neighbours_in_every_order_make_the_same_board_where_times_are_the_calls_start() {
    every_order_of_every_window(Dialect::Frozen);
}

/// I2 on whole lives, cut off somewhere, since a board is looked at in the middle of them.
fn random_orders(dialect: Dialect) {
    let mut dice = Dice(0x5eed);
    for life in LIVES {
        let whole = life.told(dialect);
        for order in 0..orders() {
            let seed = dice.roll(u64::MAX);
            let mut own = Dice(seed);
            let cut = if order % 2 == 0 {
                whole.len()
            } else {
                1 + usize::try_from(own.roll(whole.len() as u64)).unwrap()
            };
            let story = &whole[..cut];
            let (delay, window) =
                if own.roll(2) == 0 { (HALF_HOUR, EVER) } else { (DAY, window(end(story))) };
            let delivered = fold(&deliver(story, delay, &mut own));
            let expected = promised(&fold(&in_order(story)), dialect, window);
            let rows = promised(&delivered, dialect, window);
            assert_same(&rows, &expected, || format!("{} {dialect:?}, cut at {cut}, seed {seed}", life.name));
        }
    }
}

/// I2.
#[test]
fn whole_lives_in_random_orders_with_repetitions_make_the_same_board() {
    random_orders(Dialect::True);
}

/// I2.
#[test]
fn whole_lives_in_random_orders_make_the_same_board_where_times_are_the_calls_start() {
    random_orders(Dialect::Frozen);
}

/// Adds what time alone decides of such a board, hours later, and of one that has heard only half; and some minutes.
fn time_passes(entries: &mut Vec<Entry>, last: i64, dice: &mut Dice) {
    let half = usize::try_from(dice.roll(entries.len() as u64 + 1)).unwrap();
    for heard in [half, entries.len()] {
        let mut board = fold(&entries[..heard]);
        for hours in [0, 1, 3, 5, 17, 30] {
            let now = at(last) + Millis::hours(hours) + Millis(dice.up_to(100_000));
            for clock in board.due(now, Some(SKEW)) {
                let content = Content::Clock(clock);
                let entry = Entry { seq: Seq(0), received: now, skew: Some(SKEW), content };
                board.apply(&entry);
                entries.push(entry);
            }
            entries.push(minute(last + hours * 3600 + dice.up_to(3000)));
        }
    }
}

/// I1: the entries as they came, with their receipts and skews, facts without a time, ties and the
/// clock's entries among them, in any order.
#[test]
fn a_set_of_entries_makes_the_same_board_in_any_order() {
    let mut dice = Dice(0x5e7);
    for (dialect, life) in LIVES.iter().flat_map(|life| [(Dialect::True, life), (Dialect::Frozen, life)]) {
        for _ in 0..orders().div_ceil(40) {
            let seed = dice.roll(u64::MAX);
            let mut own = Dice(seed);
            let whole = life.told(dialect);
            let cut = 1 + usize::try_from(own.roll(whole.len() as u64)).unwrap();
            let skew_unknown = own.roll(2) == 0;
            let mut entries = doubtful(&whole[..cut], 240, skew_unknown, &mut own);
            time_passes(&mut entries, end(&whole[..cut]) + 240, &mut own);
            // A person's day is longer than what a register remembers.
            let window = at(end(&whole[..cut]) + 240 - HALF_HOUR);
            let expected = promised(&fold(&entries), dialect, window);
            for _ in 0..20 {
                let again: Vec<Entry> = entries.iter().filter(|_| own.roll(3) == 0).cloned().collect();
                let mut order: Vec<&Entry> = entries.iter().chain(&again).collect();
                own.shuffle(&mut order);
                let rows = promised(&fold(order), dialect, window);
                assert_same(&rows, &expected, || format!("{} {dialect:?}, seed {seed}", life.name));
            }
        }
    }
}

/// The oracle reads the story in its own order; the board hears it in a random one. After every event of every life.
#[test]
fn the_board_shows_what_a_reader_of_the_story_finds() {
    let mut dice = Dice(0xfeed);
    for dialect in [Dialect::True, Dialect::Frozen] {
        for life in LIVES {
            let whole = life.told(dialect);
            for cut in 1..=whole.len() {
                let story = &whole[..cut];
                // What bears the call's start is understood with what the PBX says beside it in the same second.
                let more = whole.get(cut).is_some_and(|next| next.second == end(story));
                if more && dialect == Dialect::Frozen {
                    continue;
                }
                let unclear = |line: &String| life.unclear_if_frozen(end(story), line);
                let promised = |line: &String| dialect == Dialect::True || !unclear(line);
                let expected: BTreeSet<String> =
                    read(story, times(dialect)).into_iter().filter(promised).collect();
                for entries in [in_order(story), deliver(story, HALF_HOUR, &mut dice)] {
                    let shown = shown(&fold(&entries), times(dialect));
                    let shown: BTreeSet<String> = shown.into_iter().filter(promised).collect();
                    let (missing, wrong): (Vec<_>, Vec<_>) =
                        (expected.difference(&shown).collect(), shown.difference(&expected).collect());
                    assert!(
                        missing.is_empty() && wrong.is_empty(),
                        "{} {dialect:?}, after {:?}\nmissing {missing:#?}\nwrong {wrong:#?}",
                        life.name,
                        story[cut - 1]
                    );
                }
            }
        }
    }
}

/// I4: what was heard once changes nothing when it comes again, now or much later; rows, and their `rev`, stay.
#[test]
fn an_entry_that_comes_again_changes_nothing() {
    let mut dice = Dice(0x00ac_ce55);
    for life in LIVES {
        let entries = deliver(&life.told(Dialect::True), DAY, &mut dice);
        let mut board = Board::new();
        for (index, entry) in entries.iter().enumerate() {
            board.apply(&Entry { seq: Seq(index as u64 + 1), ..entry.clone() });
            let rows = board.rows();
            for again in [index, usize::try_from(dice.roll(index as u64 + 1)).unwrap()] {
                let changes = board.apply(&Entry { seq: Seq(10_000), ..entries[again].clone() });
                assert_eq!(changes, [], "{}: {:?}", life.name, entries[again]);
            }
            assert_eq!(board.rows(), rows, "{}", life.name);
        }
    }
}

/// I4: a board that is written and read anywhere goes on as the one that was not: the same changes, `rev` included.
#[test]
fn a_board_that_is_written_and_read_goes_on_as_if_it_had_not_been() {
    let mut dice = Dice(0x5a5e);
    for (dialect, life) in LIVES.iter().flat_map(|life| [(Dialect::True, life), (Dialect::Frozen, life)]) {
        let mut entries = deliver(&life.told(dialect), HALF_HOUR, &mut dice);
        for _ in 0..3 {
            let place = dice.roll(entries.len() as u64);
            entries.insert(usize::try_from(place).unwrap(), minute(dice.up_to(4000)));
        }
        for (place, entry) in entries.iter_mut().enumerate() {
            entry.seq = Seq(place as u64 + 1);
        }
        let mut bases = vec![Board::new()];
        let mut changes: Vec<Vec<Change>> = Vec::new();
        for entry in &entries {
            let mut board = bases[bases.len() - 1].clone();
            changes.push(board.apply(entry));
            bases.push(board);
        }
        let all = bases.pop().unwrap();
        for (base, board) in bases.iter().enumerate() {
            let written = serde_json::to_vec(board).unwrap();
            let mut board: Board = serde_json::from_slice(&written).unwrap();
            assert_eq!(serde_json::to_vec(&board).unwrap(), written, "{}", life.name);
            for (entry, changes) in entries.iter().zip(&changes).skip(base) {
                assert_eq!(board.apply(entry), *changes, "{} {dialect:?}, from {base} on", life.name);
            }
            assert_eq!(board.rows(), all.rows(), "{}", life.name);
            assert_eq!(board.counts(), all.counts(), "{}", life.name);
            assert_eq!(
                serde_json::to_vec(&board).unwrap(),
                serde_json::to_vec(&all).unwrap(),
                "{}",
                life.name
            );
        }
    }
}

/// I5: every visit is counted once, as what it ended in, or as one that waits. The reader counts those that came.
#[test]
fn every_visit_to_a_queue_is_counted_once() {
    let mut dice = Dice(0x715);
    for life in LIVES {
        let whole = life.told(Dialect::True);
        for cut in 1..=whole.len() {
            let story = &whole[..cut];
            let mut entries = deliver(story, HALF_HOUR, &mut dice);
            let place = dice.roll(entries.len() as u64 + 1);
            entries.insert(usize::try_from(place).unwrap(), minute(60));
            let expected = visits(story);
            for row in fold(&entries).rows() {
                let Row::Queue(row) = row else { continue };
                let today = row.figures.unwrap().today;
                let ended = today.answered + today.abandoned + today.overflowed + today.left_otherwise;
                assert_eq!(today.offered, ended);
                let known = expected.get(&row.id).copied().unwrap_or_default();
                assert_eq!(ended + row.waiting + row.callbacks, known, "{}: {}", life.name, row.id);
            }
        }
    }
}

/// I5, and D: the changes are the difference of the rows.
#[test]
fn a_queue_counts_the_rows_that_are_there_after_every_entry() {
    let mut dice = Dice(0xc0de);
    for (dialect, life) in LIVES.iter().flat_map(|life| [(Dialect::True, life), (Dialect::Frozen, life)]) {
        let mut board = Board::new();
        let mut rows: BTreeMap<RowId, Row> = BTreeMap::new();
        for (entry, seq) in deliver(&life.told(dialect), DAY, &mut dice).iter().zip(1..) {
            for change in board.apply(&Entry { seq: Seq(seq), ..entry.clone() }) {
                match change {
                    Change::Set(row) => rows.insert(row.row_id(), row),
                    Change::Gone(id) => rows.remove(&id),
                };
            }
            assert!(rows.values().eq(&board.rows()), "{}", life.name);
            for row in rows.values() {
                let Row::Queue(queue) = row else { continue };
                let callers = |kind: CallerKind| {
                    let of = move |row: &&Row| matches!(row, Row::Caller(row) if row.queue == queue.id && row.kind == kind);
                    rows.values().filter(of)
                };
                let since = |row: &Row| if let Row::Caller(row) = row { row.since } else { None };
                let on_the_line = || callers(CallerKind::Normal);
                assert_eq!(queue.waiting as usize, on_the_line().count(), "{}", life.name);
                assert_eq!(queue.callbacks as usize, callers(CallerKind::Callback).count(), "{}", life.name);
                assert_eq!(queue.longest_since, on_the_line().filter_map(since).min(), "{}", life.name);
                for state in AgentState::ALL {
                    let of = |row: &&Row| matches!(row, Row::Agent(row) if row.queue == queue.id && row.state == *state);
                    assert_eq!(
                        queue.agents.get(*state) as usize,
                        rows.values().filter(of).count(),
                        "{}",
                        life.name
                    );
                }
            }
        }
    }
}
