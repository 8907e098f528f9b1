//! Order, repetition and delay of deliveries change nothing: D, I1 and I2 of `docs/fold.md`, on random stories.
//!
//! A story is a handful of scenes, cut off at a random moment, so that calls are up, callers wait and phones ring when
//! the boards are compared. proptest prints the scenes of a failure, shrunk; one that failed becomes a story by name in
//! `stories.rs`.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod story;

use std::collections::BTreeMap;

use model::{
    board::{Board, Change},
    entry::{Clock, Content, Entry},
    id::Seq,
    time::{Millis, UnixMillis},
    wire::{Row, RowId},
};
use proptest::prelude::*;
use story::{
    Dialect, Told, at,
    chance::Dice,
    post::{
        DAY, EVER, HALF_HOUR, SKEW, deliver, doubtful, fold, in_order, minute, promised, window, without_ties,
    },
    reader::{
        lines::{Times, shown},
        read,
    },
    tell,
};

/// How many orders each story is delivered in. With proptest's 256 stories that makes thousands.
const ORDERS: u64 = 16;
/// Before this, from a story's cut on, a register may have forgotten since when: the last receipt, less what it remembers.
const WINDOW: i64 = 240 - HALF_HOUR - 10;

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
struct Scene {
    kind: u8,
    second: i64,
    /// Picks people, queues and turns of the story.
    turn: u64,
}

/// A random story.
#[derive(Clone, Debug)]
struct Plan {
    scenes: Vec<Scene>,
    /// Nothing happens after this.
    cut: i64,
    /// Decides on order, repetition and delay.
    seed: u64,
}

fn plan(span: i64) -> impl Strategy<Value = Plan> {
    let scene =
        (0..KINDS, 0..span, any::<u64>()).prop_map(|(kind, second, turn)| Scene { kind, second, turn });
    (proptest::collection::vec(scene, 1..10), span / 8..span, any::<u64>())
        .prop_map(|(scenes, cut, seed)| Plan { scenes, cut, seed })
}

const KINDS: u8 = 14;

/// The lines of a scene. `{n+3}` stands for three seconds after its beginning.
#[expect(
    clippy::too_many_lines,
    clippy::many_single_char_names,
    reason = "one arm a kind of happening, in the letters of its text"
)]
fn lines(index: usize, scene: Scene) -> String {
    let mut dice = Dice(scene.turn);
    let (a, b, c) = (101 + dice.roll(2), 103 + dice.roll(2), 105 + dice.roll(2));
    let (q, r) = (1 + dice.roll(2), 3);
    let (id, n, t) = (format!("C{index}"), scene.second, dice.roll(4));
    let person = 15_550_100 + index;
    let text = match scene.kind {
        // 4.2: two devices; answered, missed, or the loser says so too.
        0 => format!(
            "+0 call_start {id} internal {a} -> {b} from=Ann | +0 extension_call {a} ON_CALL
             +1 cdr_target_add {id} {b}@desk | +1 cdr_target_add {id} {b}@app | +2 cdr_target_ringing {id} {b}@desk
             +2 extension_call {b} RINGING | +3 cdr_target_ringing {id} {b}@app
             {} | +40 extension_call {a} idle | +40 extension_call {b} idle | +41 call_cdr {id} from {n}",
            match t {
                0 => format!("+9 cdr_target_noanswer {id} {b}@desk | +9 cdr_target_fail {id} {b}@app"),
                1 => format!("+9 cdr_target_answer {id} {b}@app | +9 extension_call {b} ON_CALL | +40 cdr_target_end {id} {b}@app"),
                2 => format!("+9 cdr_target_answer {id} {b}@desk | +39 cdr_target_end {id} {b}@desk | +9 cdr_target_noanswer {id} {b}@app"),
                _ => format!("+2 cdr_target_answer {id} {b}@desk | +3 cdr_target_end {id} {b}@desk"),
            }
        ),
        // 4.4: menu, queue, ring-all; one agent misses, is rung again and answers.
        1 => format!(
            "+0 call_start {id} inbound {person} -> 5000 did=15550199 | +0 cdr_target_answer {id} 5000@pbx
             +4 cdr_target_end {id} 5000@pbx | +4 cdr_target_answer {id} 800{q}@pbx
             +5 queue_caller_status Q{q} {id} enqueue position=2 number={person} kind=normal
             +6 cdr_target_add {id} {a}@desk | +7 cdr_target_ringing {id} {a}@desk | +7 extension_call {a} RINGING
             +7 queue_agent_status Q{q} {a} QUEUE_CALL {id} {person} | +7 queue_agent_status Q{r} {a} OTHER_CALL
             +7 extension_agent_status {a} 800{q}=QUEUE_CALL | +8 cdr_target_ringing {id} {b}@desk | +8 extension_call {b} RINGING
             +15 cdr_target_noanswer {id} {a}@desk | +15 extension_call {a} idle | +15 queue_agent_status Q{q} {a} READY
             +20 cdr_target_add {id} {a}@desk | +21 cdr_target_ringing {id} {a}@desk | +21 extension_call {a} RINGING
             +22 queue_caller_status Q{q} {id} enqueue position=1
             +30 cdr_target_answer {id} {a}@desk | +30 queue_caller_status Q{q} {id} agent_answered
             +30 queue_agent_status Q{q} {a} QUEUE_CALL {id} {person} | +31 extension_call {a} ON_CALL | +30 extension_call {b} idle
             +90 cdr_target_end {id} {a}@desk | +90 cdr_target_end {id} 800{q}@pbx | +90 extension_call {a} idle
             +90 queue_agent_status Q{q} {a} WRAP_UP | +91 call_cdr {id} from {n} | +99 queue_agent_status Q{q} {a} READY
             +99 extension_agent_status {a} 800{q}=READY 800{r}=READY"
        ),
        // 4.5: gives up within the second, or a little later.
        2 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1
             +{} queue_caller_status Q{q} {id} hangup | +20 call_cdr {id} from {n}",
            1 + t
        ),
        // Moved to another queue, and nobody said that it left.
        3 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1
             +30 queue_caller_status Q{r} {id} enqueue position=3 | +200 queue_caller_status Q{r} {id} exit_key
             +220 call_cdr {id} from {n}"
        ),
        // 4.7: hangs up, keeps the place, is called back.
        4 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1 kind=normal
             +20 queue_caller_status Q{q} {id} callback kind=callback | +25 call_cdr {id} from {n}
             +400 queue_caller_status Q{q} {id} agent_answered"
        ),
        // Twice in one queue.
        5 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1
             +9 queue_caller_status Q{q} {id} agent_answered | +9 cdr_target_answer {id} {b}@desk
             +50 cdr_target_end {id} {b}@desk | +50 queue_caller_status Q{q} {id} enqueue position=4 name=Zoë
             +80 queue_caller_status Q{q} {id} hangup | +80 call_cdr {id} from {n}"
        ),
        // A full list: who is not in it was lost. It names one of its own, so that it has a time.
        6 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1
             +{} queue_status Q{q} 800{q} Sales waiting {id}x@{} agents {a}=READY@{} {c}=NOT_READY@{}",
            100 + t, n + 90, n + 100 + t.cast_signed(), n + 3
        ),
        // Presence, said again and again.
        7 => (0..12)
            .map(|turn| {
                let word = ["AWAY", "AVAILABLE", "ONLINE", "LUNCH"][usize::try_from(dice.roll(4)).unwrap()];
                format!("+{} extension_presence {a} {word} note {}", turn * 700 + dice.up_to(600), dice.roll(2))
            })
            .collect::<Vec<_>>()
            .join("|"),
        // Registration, said again and again.
        8 => (0..12)
            .map(|turn| {
                let word = ["online", "online", "push", "offline"][usize::try_from(dice.roll(4)).unwrap()];
                format!("+{} extension_status {b} {word}", turn * 500 + dice.up_to(400))
            })
            .collect::<Vec<_>>()
            .join("|"),
        // 4.14: an agent's shift, by both kinds of event; a queue known by its number only until later.
        9 => format!(
            "+0 extension_agent_status {c} 800{q}=READY 800{r}=NOT_READY:Lunch | +0 queue_agent_status Q{q} {c} READY
             +60 queue_agent_status Q{r} {c} READY | +700 extension_agent_status {c} 800{q}=READY 800{r}=READY
             +1400 queue_agent_status Q{q} {c} READY | +1900 queue_agent_status Q{q} {c} WRAP_UP
             +1950 queue_status Q{q} 800{q} Sales agents {c}=WRAP_UP@{} | +2100 extension_agent_status {c} 800{q}=READY
             +2500 queue_agent_status Q{q} removed {c}",
            n + 1900
        ),
        // 4.6: overflow and the next queue's enqueue share a second.
        10 => format!(
            "+0 call_start {id} inbound {person} -> 800{q} | +1 queue_caller_status Q{q} {id} enqueue position=1
             +30 queue_caller_status Q{q} {id} overflow | +30 queue_caller_status Q{r} {id} enqueue position=1
             +60 queue_caller_status Q{r} {id} agent_answered | +60 cdr_target_answer {id} {c}@desk
             +61 extension_call {c} ON_CALL | +120 cdr_target_end {id} {c}@desk | +121 extension_call {c} idle
             +122 call_cdr {id} from {n}"
        ),
        // 4.11: over a trunk, the first of which fails.
        11 => format!(
            "+0 call_start {id} outbound {a} -> {person} trunk=one | +0 extension_call {a} ON_CALL
             +1 cdr_target_fail {id} {person}@one | +2 cdr_target_add {id} {person}@two
             +9 cdr_target_answer {id} {person}@two | +70 cdr_target_end {id} {person}@two
             +70 extension_call {a} idle | +71 call_cdr {id} from {n}"
        ),
        // 4.9: transferred, with a new name; nothing of it was heard but this.
        12 => format!(
            "+0 call_start {id} inbound {person} -> {a} from=Ann | +1 cdr_target_answer {id} {a}@desk
             +30 cdr_target_end {id} {a}@desk | +30 cdr_target_add {id} {b}@desk
             +31 call_update_info {id} inbound {person} -> {b} from=Anne | +32 cdr_target_ringing {id} {b}@desk
             +35 cdr_target_answer {id} {b}@desk | +90 call_cdr {id} from {n}"
        ),
        // A record, and the call goes on; a second record ends it.
        _ => format!(
            "+0 call_start {id} inbound {person} -> {a} | +2 cdr_target_answer {id} {a}@desk
             +20 cdr_target_end {id} {a}@desk | +21 call_cdr {id} from {n} | +25 cdr_target_ringing {id} {b}@desk
             +30 cdr_target_answer {id} {b}@desk | +{} call_cdr {id} from {n}",
            200 + t
        ),
    };
    let absolute = |line: &str| {
        let (offset, rest) = line.trim().strip_prefix('+').unwrap().split_once(' ').unwrap();
        format!("{} {rest}", n + offset.parse::<i64>().unwrap())
    };
    text.split(['|', '\n']).map(absolute).collect::<Vec<_>>().join("\n")
}

/// The plan's story in order of time, without what happened after the cut.
fn story(plan: &Plan, dialect: Dialect) -> Vec<Told> {
    let mut text: Vec<String> =
        vec!["0 directory extension:101:Alice extension:103:Bob queue:8001:Sales".into()];
    for (index, scene) in plan.scenes.iter().enumerate() {
        text.extend(lines(index, *scene).lines().map(str::to_owned));
    }
    let mut told = tell(&text.join("\n"), dialect);
    told.retain(|told| told.second <= plan.cut);
    told.sort_by_key(|told| told.second);
    told
}

fn deliveries_converge(
    plan: &Plan,
    dialect: Dialect,
    delay_max: i64,
    window: UnixMillis,
) -> Result<(), TestCaseError> {
    let story = without_ties(story(plan, dialect));
    let expected = promised(&fold(&in_order(&story)), dialect, window);
    let mut dice = Dice(plan.seed);
    for _ in 0..ORDERS {
        let delivered = promised(&fold(&deliver(&story, delay_max, &mut dice)), dialect, window);
        prop_assert_eq!(&delivered, &expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// I2, `since` and all: less than half an hour late, whatever the length of the story.
    #[test]
    fn deliveries_half_an_hour_late_make_the_same_board(plan in plan(9000)) {
        deliveries_converge(&plan, Dialect::True, HALF_HOUR, EVER)?;
    }

    /// I2: up to 26 hours late.
    #[test]
    fn deliveries_a_day_late_make_the_same_board(plan in plan(9000)) {
        deliveries_converge(&plan, Dialect::True, DAY, window(plan.cut))?;
    }

    /// I2 where the PBX dates every event of a call by the call's start.
    #[test]
    fn deliveries_make_the_same_board_where_times_are_the_calls_start(plan in plan(2000)) {
        deliveries_converge(&plan, Dialect::Frozen, HALF_HOUR, EVER)?;
        deliveries_converge(&plan, Dialect::Frozen, DAY, window(plan.cut))?;
    }

    /// I1: the same entries, with their receipts and skews, untimed and contradicting ones among them.
    #[test]
    fn a_set_of_entries_makes_the_same_board_in_any_order(plan in plan(1500)) {
        entries_commute(&plan, 240, true, EVER)?;
    }

    /// I1 over hours.
    #[test]
    fn a_set_of_entries_over_hours_makes_the_same_board_in_any_order(plan in plan(9000)) {
        entries_commute(&plan, 240, false, at(plan.cut + WINDOW))?;
    }

    /// I1 between borders: what came before one, and what came after it, each in any order.
    #[test]
    fn what_lies_between_two_borders_makes_the_same_board_in_any_order(plan in plan(9000)) {
        parts_commute(&plan)?;
    }

    /// I2, though the board forgets each hour what is over for 26 h: nothing that is less late is missed.
    #[test]
    fn deliveries_a_day_late_make_the_same_board_while_it_forgets(plan in plan(9000)) {
        let story = without_ties(story(&plan, Dialect::True));
        let expected = promised(&fold(&in_order(&story)), Dialect::True, window(plan.cut));
        let mut dice = Dice(plan.seed);
        for _ in 0..ORDERS {
            let mut entries = deliver(&story, DAY, &mut dice);
            let first = dice.up_to(3600);
            for hour in 0..32 {
                let t = at(first + hour * 3600);
                entries.push(clock(Clock::Horizon { t }, t.to_ours(SKEW)));
            }
            entries.sort_by_key(|entry| entry.received);
            let board = fold(&entries);
            prop_assert_eq!(board.counts().too_old, 0);
            prop_assert_eq!(&promised(&board, Dialect::True, window(plan.cut)), &expected);
        }
    }

    /// D: the same entries in the same order give the same changes, and the changes are the rows, `rev` included.
    #[test]
    fn the_same_entries_in_the_same_order_make_the_same_changes(plan in plan(3000)) {
        let mut dice = Dice(plan.seed);
        let entries = deliver(&story(&plan, Dialect::True), HALF_HOUR, &mut dice);
        let (mut board, mut again) = (Board::new(), Board::new());
        let mut shown: BTreeMap<RowId, Row> = BTreeMap::new();
        for (entry, seq) in entries.iter().zip(1..) {
            let entry = Entry { seq: Seq(seq), ..entry.clone() };
            let changes = board.apply(&entry);
            prop_assert_eq!(&changes, &again.apply(&entry));
            for change in changes {
                match change {
                    Change::Set(row) => shown.insert(row.row_id(), row),
                    Change::Gone(id) => shown.remove(&id),
                };
            }
            if dice.roll(8) == 0 {
                again = again.clone();
            }
        }
        let shown: Vec<Row> = shown.into_values().collect();
        prop_assert_eq!(&shown, &board.rows());
        prop_assert_eq!(shown, again.rows());
        prop_assert_eq!(board.counts(), again.counts());
    }

    /// Everything, by a simple reading of the story. The board hears it in a random order.
    #[test]
    fn a_reader_of_the_story_finds_what_the_board_shows(plan in plan(9000)) {
        let story = without_ties(story(&plan, Dialect::True));
        let mut dice = Dice(plan.seed);
        for (delay, times) in [(HALF_HOUR, Times::All), (DAY, Times::None)] {
            let shown = shown(&fold(&deliver(&story, delay, &mut dice)), times);
            let expected = read(&story, times);
            prop_assert_eq!(shown, expected);
        }
    }
}

/// I1: entries are made once, then folded in random orders with repetitions.
fn entries_commute(
    plan: &Plan,
    delay_max: i64,
    skew_unknown: bool,
    window: UnixMillis,
) -> Result<(), TestCaseError> {
    let mut dice = Dice(plan.seed);
    let mut entries = doubtful(&story(plan, Dialect::True), delay_max, skew_unknown, &mut dice);
    let second_directory =
        tell("0 directory extension:102:Carol queue:8002:Help::Q2 queue:8003:Desk", Dialect::True);
    entries.push(second_directory[0].entry(0, at(plan.cut / 2), None));
    let targets = tell("0 settings 8001=20 8003=40 | 0 settings 8001=30", Dialect::True);
    entries.extend(targets.iter().map(|told| told.entry(0, at(plan.cut / 2), None)));
    let expected = promised(&fold(&entries), Dialect::True, window);
    for _ in 0..ORDERS {
        let again: Vec<Entry> = entries.iter().filter(|_| dice.roll(3) == 0).cloned().collect();
        let mut order: Vec<&Entry> = entries.iter().chain(&again).collect();
        dice.shuffle(&mut order);
        prop_assert_eq!(&promised(&fold(order), Dialect::True, window), &expected);
    }
    Ok(())
}

fn clock(clock: Clock, received: UnixMillis) -> Entry {
    Entry { seq: Seq(0), received, skew: Some(SKEW), content: Content::Clock(clock) }
}

/// I1 between borders. The PBX's clock goes back by up to an hour and a half, or all that is over for some minutes is
/// forgotten; what comes after is dated before the border as well as after it.
fn parts_commute(plan: &Plan) -> Result<(), TestCaseError> {
    let (mut dice, mut parts) = (Dice(plan.seed), Vec::new());
    let mut rest = doubtful(&story(plan, Dialect::True), 240, false, &mut dice);
    rest.insert(0, minute(60));
    for _ in 0..=dice.roll(2) {
        let part =
            rest.drain(..usize::try_from(dice.roll(rest.len() as u64 + 1)).unwrap()).collect::<Vec<_>>();
        let now = part.iter().map(|entry| entry.received).max().unwrap_or(at(0));
        let border = if dice.roll(2) == 0 {
            Clock::Rebase { t: now - Millis::seconds(*dice.pick(&[0, 45, 600, 5400])) }
        } else {
            // Nothing that comes is older than five minutes; what is over for an hour more is forgotten.
            Clock::Horizon { t: now + Millis::seconds(DAY - *dice.pick(&[300, 600, 1800])) }
        };
        parts.push((part, Some(clock(border, now))));
    }
    parts.push((rest, None));
    let window = at(plan.cut + WINDOW);
    let whole = |parts: &[(Vec<&Entry>, &Option<Entry>)]| {
        let entries = parts.iter().flat_map(|(part, border)| part.iter().copied().chain(border.iter()));
        let board = fold(entries);
        (promised(&board, Dialect::True, window), board.counts().too_old > 0)
    };
    let expected =
        whole(&parts.iter().map(|(part, border)| (part.iter().collect(), border)).collect::<Vec<_>>());
    for _ in 0..ORDERS {
        let shuffled: Vec<_> = parts
            .iter()
            .map(|(part, border)| {
                let again: Vec<&Entry> = part.iter().filter(|_| dice.roll(3) == 0).collect();
                let mut order: Vec<&Entry> = part.iter().chain(again).collect();
                dice.shuffle(&mut order);
                (order, border)
            })
            .collect();
        prop_assert_eq!(&whole(&shuffled), &expected);
    }
    Ok(())
}
