//! Days as Ringside itself reads them: decoded and folded by `model`, and compared with what really went on. Each is the
//! other's oracle: the day knows what is true, the board only what was posted.

use std::collections::BTreeMap;

use model::{
    board::Board,
    entry::{Content, Entry},
    event,
    id::Seq,
    time::UnixMillis,
    wire::{AgentState, CallerKind, ExtensionCall, Row},
};
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{
    Day,
    tests::{DAY_MS, MORNING, Told, day, days, registers},
};
use crate::{
    call::Stamp,
    company::{Company, DEFAULT_TENANT_ID},
};

/// How much the board says is going on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shown {
    calls: usize,
    waiting: usize,
    /// Extensions that ring or talk, agents in a call or writing one up: by number, and queue.
    busy: BTreeMap<String, String>,
}

fn hear(board: &mut Board, seq: u64, received: u64, told: &Told) {
    let decoded = event::decode(told.event.body.to_string().as_bytes());
    assert_eq!(decoded.problems, [], "{}", told.event.body);
    board.apply(&Entry {
        seq: Seq(seq),
        received: UnixMillis(i64::try_from(received).unwrap()),
        skew: None,
        content: Content::Events(decoded.events),
    });
}

fn shown(board: &Board) -> Shown {
    let mut shown = Shown::default();
    for row in board.rows() {
        match row {
            Row::Call(_) => shown.calls += 1,
            Row::Caller(caller) => shown.waiting += usize::from(caller.kind == CallerKind::Normal),
            Row::Extension(extension) => {
                let word = match extension.call {
                    Some(ExtensionCall::Ringing) => "RINGING",
                    Some(ExtensionCall::OnCall) => "ON_CALL",
                    _ => continue,
                };
                shown.busy.insert(extension.number.to_string(), word.to_owned());
            }
            Row::Agent(agent) => {
                let word = match agent.state {
                    AgentState::QueueCall => "QUEUE_CALL",
                    AgentState::OtherCall => "OTHER_CALL",
                    AgentState::WrapUp => "WRAP_UP",
                    _ => continue,
                };
                shown.busy.insert(format!("{} in {}", agent.number, agent.queue), word.to_owned());
            }
            Row::Queue(_) | Row::Course(_) => {}
        }
    }
    shown
}

/// In the order of what happened the board shows at each moment what is true: calls up, callers waiting, and who is busy
/// by what was last posted of them.
#[test]
fn the_board_shows_what_goes_on() {
    for seed in [3, 4] {
        let mut day = Day::new(Company::new(DEFAULT_TENANT_ID), seed, 1.0);
        let (mut board, mut posted, mut seq) = (Board::new(), BTreeMap::new(), 0);
        while let Some(at) = day.wakes_at().filter(|&at| at < DAY_MS) {
            for event in day.run(Stamp(MORNING + at)) {
                let told = Told { at: MORNING + at, event };
                seq += 1;
                hear(&mut board, seq, told.at, &told);
                for (key, _, value) in registers(&told.event.body) {
                    let word = value.split(' ').next().unwrap_or_default().to_owned();
                    posted.insert(key.trim_end_matches(" call").to_owned(), word);
                }
            }
            let busy: BTreeMap<String, String> = posted
                .iter()
                .filter(|(_, word)| {
                    ["RINGING", "ON_CALL", "QUEUE_CALL", "OTHER_CALL", "WRAP_UP"].contains(&word.as_str())
                })
                .map(|(key, word)| {
                    let number =
                        key.strip_prefix("sip:").and_then(|uri| uri.split('@').next()).unwrap_or(key);
                    (number.to_owned(), word.clone())
                })
                .collect();
            let truth = Shown { calls: day.counts().calls, waiting: day.counts().waiting, busy };
            assert_eq!(shown(&board), truth, "seed {seed} at {at} ms");
        }
    }
}

/// Delivered in any order and twice, a whole day ends with nobody in a call and nobody waiting.
#[test]
fn in_whatever_order_it_arrives_a_day_ends_in_peace() {
    for seed in [3, 4, 5] {
        let (told, _) = day(seed, 1.0, DAY_MS);
        let end = told.last().unwrap().at;
        let mut order: Vec<&Told> = told.iter().chain(&told).collect();
        order.shuffle(&mut StdRng::seed_from_u64(seed));
        let mut board = Board::new();
        for (seq, told) in (1..).zip(order) {
            hear(&mut board, seq, end + seq, told);
        }
        assert_eq!(shown(&board), Shown::default(), "seed {seed}");
    }
}

#[test]
fn every_body_is_understood_without_a_problem() {
    for (seed, told) in days() {
        for told in told {
            let decoded = event::decode(told.event.body.to_string().as_bytes());
            assert!(
                decoded.problems.is_empty() && !decoded.events.is_empty(),
                "seed {seed}: {}",
                told.event.body
            );
        }
    }
}
