//! A ledger against the second implementation, whatever is put, taken back, rolled and forgotten in whatever order; and
//! several queues as one.

use model::{
    metrics::{Contribution, Ended, Ledger, Minute, Rules, Sums, Visit, Window, total},
    time::{Millis, UnixMillis},
    wire::{Figures, ServiceLevel, WindowFigures},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{
    DAYS, NOON, minute,
    naive::{self, Queue},
};

/// What is done to a ledger. Moments are relative to the running minute, so that most of them are in the windows.
#[derive(Clone, Debug)]
enum Deed {
    Put(i64, Contribution),
    TakeBack(Index),
    Roll(i64, (i64, i64)),
    Forget(i64),
}

pub fn contribution() -> impl Strategy<Value = Contribution> {
    let length = prop_oneof![
        8 => (0..40_i64).prop_map(Millis::seconds),
        4 => (0..400_000_i64).prop_map(Millis),
        1 => (0..7200_i64).prop_map(Millis::seconds),
        1 => proptest::sample::select(vec![i64::MIN, -1, (1 << 32) - 1, 1 << 32, i64::MAX]).prop_map(Millis),
    ];
    let how = proptest::sample::select(vec![
        Ended::Answered,
        Ended::Answered,
        Ended::Abandoned,
        Ended::Overflowed,
        Ended::Other,
    ]);
    let ended = UnixMillis(0);
    prop_oneof![
        5 => (length.clone(), 0..10_u8, how, 0..5_u8).prop_map(move |(wait, known, how, callback)| {
            let wait = Some(wait).filter(|_| known > 0);
            Contribution::Visit(Visit { ended, wait, how, callback: callback == 0 })
        }),
        2 => length.clone().prop_map(move |length| Contribution::Talk { ended, length }),
        1 => length.prop_map(move |length| Contribution::WrapUp { ended, length }),
    ]
}

/// How long before (negative) or after the running minute something is.
fn moment() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -80 * 60_000..3 * 60_000_i64,
        2 => (-80..3_i64).prop_map(|minutes| minutes * 60_000),
        2 => -30 * 3_600_000..3_600_000_i64,
    ]
}

pub fn rules() -> impl Strategy<Value = Rules> {
    let formula = proptest::sample::select(vec![ServiceLevel::V3, ServiceLevel::V4, ServiceLevel::V6]);
    let seconds = |most: u32| proptest::option::weighted(0.8, prop_oneof![9 => 0..most, 1 => Just(u32::MAX)]);
    let percent = proptest::sample::select(vec![None, Some(80), Some(90)]);
    (formula, seconds(40), percent, seconds(12)).prop_map(
        |(formula, target_s, target_percent, short_abandon_s)| Rules {
            formula,
            target_s,
            target_percent,
            short_abandon_s,
        },
    )
}

/// Hours by which the day's bounds are off, as after a change of the time zone or of the start of day; or
/// nonsense.
pub fn shift() -> impl Strategy<Value = (i64, i64)> {
    prop_oneof![6 => Just((0, 0)), 2 => (-9..9_i64, -9..9_i64), 1 => (-40..40_i64, -40..40_i64)]
}

pub fn shifted(mut minute: Minute, (start, end): (i64, i64)) -> Minute {
    minute.day.start = minute.day.start + Millis::hours(start);
    minute.day.end = minute.day.end + Millis::hours(end);
    minute
}

fn deed() -> impl Strategy<Value = Deed> {
    let roll = prop_oneof![
        6 => 0..90_000_i64,
        3 => 0..3_600_000_i64,
        1 => 0..26 * 3_600_000_i64,
        1 => -7_200_000..0_i64,
    ];
    prop_oneof![
        12 => (moment(), contribution()).prop_map(|(moment, contribution)| Deed::Put(moment, contribution)),
        5 => any::<Index>().prop_map(Deed::TakeBack),
        6 => (roll, shift()).prop_map(|(later, shift)| Deed::Roll(later, shift)),
        1 => (-40 * 3_600_000..0_i64).prop_map(Deed::Forget),
    ]
}

pub fn at(moment: i64, contribution: Contribution) -> Contribution {
    let ended = UnixMillis(moment);
    match contribution {
        Contribution::Visit(visit) => Contribution::Visit(Visit { ended, ..visit }),
        Contribution::Talk { length, .. } => Contribution::Talk { ended, length },
        Contribution::WrapUp { length, .. } => Contribution::WrapUp { ended, length },
    }
}

pub fn ended(contribution: &Contribution) -> i64 {
    match contribution {
        Contribution::Visit(visit) => visit.ended.0,
        Contribution::Talk { ended, .. } | Contribution::WrapUp { ended, .. } => ended.0,
    }
}

/// A ledger of what was put around `NOON`, with its windows there.
fn ledger(list: &[Contribution]) -> Ledger {
    let mut ledger = Ledger::default();
    for contribution in list {
        ledger.put(contribution);
    }
    ledger.roll(&minute(&DAYS, NOON));
    ledger
}

proptest! {
    /// The definitions, over a plain list, after every deed.
    #[test]
    fn figures_are_those_of_the_definitions(deeds in vec(deed(), 1..80), rules in rules()) {
        let mut ledger = Ledger::default();
        let mut queue = Queue { list: Vec::new(), rules };
        let (mut now, mut rolled, mut begin) = (NOON, None, i64::MIN);
        for deed in deeds {
            match deed {
                Deed::Put(moment, contribution) => {
                    let contribution = at(now + moment, contribution);
                    ledger.put(&contribution);
                    if ended(&contribution) >= begin {
                        queue.list.push(contribution);
                    }
                }
                Deed::TakeBack(_) if queue.list.is_empty() => {}
                Deed::TakeBack(which) => {
                    let contribution = queue.list.swap_remove(which.index(queue.list.len()));
                    ledger.take_back(&contribution);
                }
                Deed::Roll(later, shift) => {
                    now += later;
                    let minute = shifted(minute(&DAYS, now), shift);
                    ledger.roll(&minute);
                    rolled = Some(minute);
                }
                Deed::Forget(before) => {
                    ledger.forget(UnixMillis(now + before));
                    begin = begin.max(now + before - (now + before) % 60_000);
                    queue.list.retain(|contribution| ended(contribution) >= begin);
                }
            }
            let expected = rolled.map(|minute| naive::figures(std::slice::from_ref(&queue), &minute));
            prop_assert_eq!(ledger.figures(&rules), expected);
            prop_assert_eq!(ledger.is_empty(), queue.list.is_empty());
        }
    }

    /// What was put and not taken back is all that counts: not the order, and not what came between.
    #[test]
    fn no_order_makes_another_ledger(
        (deeds, plain) in vec((moment(), contribution(), any::<bool>()), 0..40).prop_flat_map(|list| {
            let mut deeds = Vec::new();
            let mut plain = Vec::new();
            for (moment, contribution, taken_back) in list {
                let contribution = at(NOON + moment, contribution);
                deeds.push((1, contribution));
                if taken_back {
                    deeds.push((-1, contribution));
                } else {
                    plain.push(contribution);
                }
            }
            (Just(deeds).prop_shuffle(), Just(plain))
        }),
        rolls in vec((any::<Index>(), moment(), shift()), 0..6),
        forget in any::<Index>(),
        before in -30 * 3_600_000..0_i64,
    ) {
        let before = UnixMillis(NOON + before);
        let mut shuffled = Ledger::default();
        let places = deeds.len() + 1;
        for place in 0..places {
            for (_, moment, shift) in rolls.iter().filter(|(index, ..)| index.index(places) == place) {
                shuffled.roll(&shifted(minute(&DAYS, NOON + moment), *shift));
            }
            if forget.index(places) == place {
                shuffled.forget(before);
            }
            match deeds.get(place) {
                Some((1, contribution)) => shuffled.put(contribution),
                Some((_, contribution)) => shuffled.take_back(contribution),
                None => {}
            }
        }
        shuffled.roll(&minute(&DAYS, NOON));
        let mut straight = ledger(&plain);
        straight.forget(before);
        prop_assert_eq!(shuffled, straight);
    }

    #[test]
    fn all_taken_back_is_nothing(list in vec((moment(), contribution()), 0..40).prop_shuffle()) {
        let list: Vec<_> = list.into_iter().map(|(moment, put)| at(NOON + moment, put)).collect();
        let mut ledger = ledger(&list);
        for contribution in list.iter().rev() {
            ledger.take_back(contribution);
        }
        prop_assert!(ledger.is_empty());
        for window in Window::ALL {
            prop_assert_eq!(ledger.window(window), Some(&Sums::default()));
        }
    }

    /// Several queues, each by its own rules: as the definitions say, from ledgers, and but for percentiles from rows.
    #[test]
    fn several_queues_are_added_by_counts(
        queues in vec((vec((moment(), contribution()), 0..30), rules()), 1..5),
    ) {
        let queues: Vec<Queue> = queues
            .into_iter()
            .map(|(list, rules)| {
                let list = list.into_iter().map(|(moment, put)| at(NOON + moment, put)).collect();
                Queue { list, rules }
            })
            .collect();
        let ledgers: Vec<Ledger> = queues.iter().map(|queue| ledger(&queue.list)).collect();
        let expected = naive::figures(&queues, &minute(&DAYS, NOON));
        let rules = queues.iter().map(|queue| &queue.rules);
        prop_assert_eq!(total(ledgers.iter().zip(rules.clone())), Some(expected));

        let rows: Vec<Figures> =
            ledgers.iter().zip(rules).map(|(ledger, rules)| ledger.figures(rules).unwrap()).collect();
        let added = rows.iter().copied().reduce(|all, row| all.plus(&row)).unwrap();
        let windows: [fn(&mut Figures) -> &mut WindowFigures; 4] =
            [|all| &mut all.m15, |all| &mut all.m30, |all| &mut all.m60, |all| &mut all.today];
        let mut without = expected;
        for window in windows {
            if rows.iter().filter(|row| window(&mut { **row }).waits > 0).count() > 1 {
                let window = window(&mut without);
                (window.wait_p50_ms, window.wait_p90_ms) = (None, None);
            }
        }
        prop_assert_eq!(added, without);
    }

    /// I5: each visit that ended has one end, and a callback is counted by its end too.
    #[test]
    fn every_visit_has_one_end(list in vec((moment(), contribution()), 0..40)) {
        let list: Vec<_> = list.into_iter().map(|(moment, put)| at(NOON + moment, put)).collect();
        let today = ledger(&list).figures(&Rules::default()).unwrap().today;
        let visits = |of: &dyn Fn(&Visit) -> bool| {
            let ended = list.iter().filter_map(|contribution| match contribution {
                Contribution::Visit(visit) => Some(visit),
                _ => None,
            });
            let day = DAYS[1]..DAYS[2];
            u32::try_from(ended.filter(|visit| day.contains(&visit.ended.0) && of(visit)).count()).unwrap()
        };
        prop_assert_eq!(today.offered, visits(&|_| true));
        let ends = today.answered + today.abandoned + today.overflowed + today.left_otherwise;
        prop_assert_eq!(ends, today.offered);
        prop_assert_eq!(today.callbacks, visits(&|visit| visit.callback));
    }
}
