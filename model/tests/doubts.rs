//! What the PBX leaves in doubt: I3 of `docs/fold.md`. Where two facts of one thing share a second, or one has no time, the
//! thing ends as one of those that were told, the doubt is counted, and the next dated fact or full list is right again.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    board::Board,
    entry::Entry,
    id::Seq,
    time::{Millis, Skew},
    wire::{Row, RowId, RowKind},
};
use proptest::prelude::*;
use story::{
    Dialect, Told, at,
    chance::Dice,
    post::{SKEW, forget_time},
    tell,
};

/// A story is shorter than what a register remembers, late deliveries included: no tie is forgotten before it is seen.
const SPAN: i64 = 900;
const DELAY: i64 = 600;
/// When the doubts are cleared: later than all else, by any clock.
const CLEAR: i64 = SPAN + DELAY + 100;

/// One thing that can be in doubt: the line that tells it `{}`, the words for `{}`, and their ranks within a second.
struct Cell {
    told: &'static str,
    words: [&'static str; 3],
    ranks: [u8; 3],
    shown: fn(&Board) -> Option<String>,
}

fn row(board: &Board, kind: RowKind, id: &str) -> Option<Row> {
    board.row(&RowId(kind, id.into()))
}

const CELLS: [Cell; 6] = [
    Cell {
        told: "extension_presence 101 {}",
        words: ["AWAY", "LUNCH", "GARDENING"],
        ranks: [0; 3],
        shown: |board| match row(board, RowKind::Extension, "101")? {
            Row::Extension(row) => row.presence_raw.map(|word| word.to_string()),
            _ => None,
        },
    },
    Cell {
        told: "extension_status 101 {}",
        words: ["online", "push", "offline"],
        ranks: [0; 3],
        shown: |board| match row(board, RowKind::Extension, "101")? {
            Row::Extension(row) => row.online.map(|word| word.as_str().to_owned()),
            _ => None,
        },
    },
    Cell {
        told: "extension_call 101 {}",
        words: ["RINGING", "ON_CALL", "idle"],
        ranks: [1, 2, 3],
        shown: |board| match row(board, RowKind::Extension, "101")? {
            Row::Extension(row) => row.call.map(|word| match word.as_str() {
                "idle" => "idle".to_owned(),
                word => word.to_uppercase(),
            }),
            _ => None,
        },
    },
    Cell {
        told: "queue_agent_status Q1 102 {}",
        words: ["READY", "NOT_READY", "WRAP_UP"],
        ranks: [0; 3],
        shown: |board| match row(board, RowKind::Agent, "Q1/102")? {
            Row::Agent(row) => row.raw.map(|word| word.to_string()),
            _ => None,
        },
    },
    Cell {
        told: "queue_caller_status Q1 A enqueue position={}",
        words: ["1", "2", "3"],
        ranks: [0; 3],
        shown: |board| match row(board, RowKind::Caller, "Q1/A")? {
            Row::Caller(row) => row.position.map(|position| position.to_string()),
            _ => None,
        },
    },
    Cell {
        told: "call_update_info B inbound 15550100 -> 102 trunk={}",
        words: ["one", "two", "three"],
        ranks: [0; 3],
        shown: |board| match row(board, RowKind::Call, "B")? {
            Row::Call(row) => row.trunk.map(|name| name.to_string()),
            _ => None,
        },
    },
];

/// One thing that is told of a cell.
#[derive(Clone, Copy, Debug)]
struct Fact {
    cell: usize,
    word: usize,
    second: i64,
    /// The PBX gives it a time.
    dated: bool,
}

impl Fact {
    fn told(self) -> Told {
        let cell = &CELLS[self.cell];
        let line = format!("{} {}", self.second, cell.told.replace("{}", cell.words[self.word]));
        let mut told = tell(&line, Dialect::True).remove(0);
        if !self.dated {
            forget_time(&mut told.content, self.second % 2 == 0);
        }
        told
    }

    fn rank(self) -> u8 {
        CELLS[self.cell].ranks[self.word]
    }
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    // Few different seconds, so that many facts share one.
    let second = (0..SPAN / 60).prop_map(|minute| minute * 60);
    let fact = (0..CELLS.len(), 0..3usize, second, prop::bool::weighted(0.8));
    let fact = fact.prop_map(|(cell, word, second, dated)| Fact { cell, word, second, dated });
    proptest::collection::vec(fact, 1..25)
}

/// What a cell may end as, whatever the order of the deliveries.
fn candidates(facts: &[Fact], cell: usize, skew_known: bool) -> BTreeSet<&'static str> {
    let own = || facts.iter().filter(|fact| fact.cell == cell);
    let dated = || own().filter(|fact| fact.dated);
    let newest = dated().map(|fact| (fact.second, fact.rank())).max();
    let last = dated().filter(|fact| Some((fact.second, fact.rank())) == newest);
    // Heard of later than the newest dated one happened; before all of them while the PBX's clock is unknown.
    let undated = own().filter(|fact| !fact.dated);
    let undated = undated.filter(|fact| match newest {
        Some((second, _)) => skew_known && fact.second + DELAY >= second,
        None => true,
    });
    last.chain(undated).map(|fact| CELLS[cell].words[fact.word]).collect()
}

/// How many ties the story tells, of all and of those that decide: different words of one thing in one second, neither of
/// which comes first by its nature. One that something newer has overtaken need not be noticed.
fn ties(facts: &[Fact]) -> (u64, u64) {
    let mut told: BTreeMap<usize, BTreeMap<(i64, u8), BTreeSet<usize>>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.dated) {
        let moments = told.entry(fact.cell).or_default();
        moments.entry((fact.second, fact.rank())).or_default().insert(fact.word);
    }
    let beside = |words: &BTreeSet<usize>| words.len() as u64 - 1;
    let all = told.values().flat_map(BTreeMap::values).map(beside).sum();
    let deciding = told.values().filter_map(|moments| moments.values().next_back()).map(beside).sum();
    (all, deciding)
}

fn deliver(facts: &[Fact], skew: Option<Skew>, dice: &mut Dice) -> (Board, u64) {
    let mut entries: Vec<(Entry, bool)> = Vec::new();
    for fact in facts {
        for _ in 0..=dice.roll(2) {
            let received = at(fact.second + dice.up_to(DELAY)).to_ours(SKEW) + Millis(dice.up_to(900));
            entries.push((fact.told().entry(0, received, skew), fact.dated));
        }
    }
    dice.shuffle(&mut entries);
    entries.sort_by_key(|(entry, _)| entry.received);
    let undated = entries.iter().filter(|(_, dated)| !dated).count() as u64;
    let mut board = Board::new();
    for ((entry, _), seq) in entries.iter().zip(1..) {
        board.apply(&Entry { seq: Seq(seq), ..entry.clone() });
    }
    (board, undated)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_in_doubt_ends_as_one_of_the_told_is_counted_and_cleared_by_the_next_fact(
        facts in facts(), seed in any::<u64>(), skew_known in any::<bool>(),
    ) {
        let mut dice = Dice(seed);
        let skew = Some(SKEW).filter(|_| skew_known);
        for _ in 0..8 {
            let (mut board, undated) = deliver(&facts, skew, &mut dice);
            for (cell, looked_at) in CELLS.iter().enumerate() {
                let expected = candidates(&facts, cell, skew_known);
                match (looked_at.shown)(&board) {
                    Some(shown) => prop_assert!(expected.contains(shown.as_str()), "{shown}, not of {expected:?}"),
                    None => prop_assert!(expected.is_empty(), "nothing, not {expected:?}"),
                }
            }
            prop_assert_eq!(board.counts().untimed, undated);
            if undated == 0 {
                let (all, deciding) = ties(&facts);
                prop_assert!(board.counts().ties >= deciding);
                prop_assert!(board.counts().ties == 0 || all > 0);
            }
            // Each is told once more, with a time; or of the queue a full list.
            let said: Vec<Fact> = (0..CELLS.len())
                .map(|cell| Fact { cell, word: usize::try_from(dice.roll(3)).unwrap(), second: CLEAR, dated: true })
                .collect();
            for fact in &said {
                board.apply(&fact.told().entry(1000, at(CLEAR).to_ours(SKEW), skew));
                let shown = (CELLS[fact.cell].shown)(&board);
                prop_assert_eq!(shown.as_deref(), Some(CELLS[fact.cell].words[fact.word]));
            }
        }
    }

    #[test]
    fn a_full_list_clears_what_is_in_doubt_in_its_queue(facts in facts(), seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let (board, _) = deliver(&facts, Some(SKEW), &mut dice);
        let lists = [
            ("waiting C@1600 agents 102=LOGGED_OUT@1600", Some("LOGGED_OUT"), false),
            ("waiting A@1600 agents 103=READY@1600", None, true),
            ("waiting agents 102=WRAP_UP@1600 103=READY@1600", Some("WRAP_UP"), false),
        ];
        for (list, agent, waits) in lists {
            let mut board = board.clone();
            let told = tell(&format!("{CLEAR} queue_status Q1 8000 Sales {list}"), Dialect::True).remove(0);
            board.apply(&told.entry(1000, at(CLEAR).to_ours(SKEW), Some(SKEW)));
            let (state, caller) = ((CELLS[3].shown)(&board), row(&board, RowKind::Caller, "Q1/A"));
            prop_assert_eq!(state.as_deref(), agent);
            prop_assert_eq!(caller.is_some(), waits);
        }
    }
}
