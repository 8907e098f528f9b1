//! A queue's course against the second implementation, whatever is put, taken back, rolled and forgotten; and several queues
//! as one day.

use model::{
    id::QueueId,
    metrics::{Contribution, Course, Day, Ended, Ledger, Minute, Rules},
    time::{Millis, UnixMillis},
    wire::{CourseRow, DayCourse, Share},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{
    DAYS, NOON,
    any_order::{at, contribution, ended, rules, shift, shifted},
    minute,
    naive::{self, Queue},
    visit,
};

fn id() -> QueueId {
    "Q1".into()
}

/// A queue as the board keeps it.
#[derive(Default)]
struct Kept {
    ledger: Ledger,
    course: Course,
}

impl Kept {
    fn of(list: &[Contribution], rules: &Rules, minute: &Minute) -> (CourseRow, model::wire::WindowFigures) {
        let mut kept = Self::default();
        kept.ledger.roll(minute);
        for one in list {
            kept.put(one);
        }
        kept.course.read(&kept.ledger, rules, minute);
        (kept.course.row(&id()).unwrap(), kept.ledger.figures(rules).unwrap().today)
    }

    fn put(&mut self, contribution: &Contribution) {
        self.course.touch(contribution);
        self.ledger.put(contribution);
    }

    fn take_back(&mut self, contribution: &Contribution) {
        self.course.touch(contribution);
        self.ledger.take_back(contribution);
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Put(i64, Contribution),
    TakeBack(Index),
    Roll(i64, (i64, i64)),
    Forget(i64),
    Rules(Rules),
}

fn deed() -> impl Strategy<Value = Deed> {
    let moment = prop_oneof![
        4 => -70 * 60_000..2 * 60_000_i64,
        4 => -26 * 3_600_000..60_000_i64,
        2 => (-52..2_i64).prop_map(|halves| halves * 1_800_000),
    ];
    let roll = prop_oneof![
        5 => 0..90_000_i64,
        4 => 0..2_400_000_i64,
        1 => 0..26 * 3_600_000_i64,
        1 => -7_200_000..0_i64,
    ];
    prop_oneof![
        12 => (moment, contribution()).prop_map(|(moment, contribution)| Deed::Put(moment, contribution)),
        4 => any::<Index>().prop_map(Deed::TakeBack),
        6 => (roll, shift()).prop_map(|(later, shift)| Deed::Roll(later, shift)),
        1 => (-40 * 3_600_000..0_i64).prop_map(Deed::Forget),
        1 => rules().prop_map(Deed::Rules),
    ]
}

proptest! {
    /// The definitions, over a plain list, after every deed; and a reading that says that nothing changed is right.
    #[test]
    fn a_course_is_that_of_the_definitions(deeds in vec(deed(), 1..80), rules in rules()) {
        let mut kept = Kept::default();
        let mut queue = Queue { list: Vec::new(), rules };
        let (mut now, mut rolled, mut begin) = (NOON, None, i64::MIN);
        let mut shown: Option<CourseRow> = None;
        for deed in deeds {
            match deed {
                Deed::Put(moment, contribution) => {
                    let contribution = at(now + moment, contribution);
                    kept.put(&contribution);
                    if ended(&contribution) >= begin {
                        queue.list.push(contribution);
                    }
                }
                Deed::TakeBack(_) if queue.list.is_empty() => {}
                Deed::TakeBack(which) => {
                    let contribution = queue.list.swap_remove(which.index(queue.list.len()));
                    kept.take_back(&contribution);
                }
                Deed::Roll(later, shift) => {
                    now += later;
                    let minute = shifted(minute(&DAYS, now), shift);
                    kept.ledger.roll(&minute);
                    rolled = Some(minute);
                }
                Deed::Forget(before) => {
                    kept.ledger.forget(UnixMillis(now + before));
                    kept.course.forget();
                    begin = begin.max(now + before - (now + before) % 60_000);
                    queue.list.retain(|contribution| ended(contribution) >= begin);
                }
                Deed::Rules(rules) => queue.rules = rules,
            }
            let Some(minute) = rolled else { continue };
            let changed = kept.course.read(&kept.ledger, &queue.rules, &minute);
            let row = kept.course.row(&id()).unwrap();
            let (halves, longest) = naive::course(std::slice::from_ref(&queue), &minute);
            let over = halves.len() - 1;
            let list = |of: fn(&naive::Half) -> u32| halves[..over].iter().map(of).collect::<Vec<_>>();
            prop_assert_eq!(&row.offered, &list(|half| half.offered));
            prop_assert_eq!(&row.answered, &list(|half| half.answered));
            prop_assert_eq!(&row.abandoned, &list(|half| half.abandoned));
            prop_assert_eq!(row.longest_ms.clone(), longest);
            prop_assert!(changed || shown.as_ref() == Some(&row), "it says that nothing changed");
            shown = Some(row.clone());
            let today = kept.ledger.figures(&queue.rules).unwrap().today;
            let day = DayCourse::of([(&row, &today)].into_iter()).unwrap();
            let told: Vec<_> = day.intervals.iter().map(naive::Half::of).collect();
            prop_assert_eq!(told, halves);
        }
    }

    /// Several queues, each by its own rules, are one day; and all of it is what the day's figures say.
    #[test]
    fn several_queues_are_one_day(
        queues in vec((vec((-30 * 3_600_000..60_000_i64, contribution()), 0..30), rules()), 1..5),
    ) {
        let minute = minute(&DAYS, NOON + 12_345);
        let queues: Vec<Queue> = queues
            .into_iter()
            .map(|(list, rules)| {
                let list = list.into_iter().map(|(moment, put)| at(NOON + moment, put)).collect();
                Queue { list, rules }
            })
            .collect();
        let rows: Vec<_> = queues.iter().map(|queue| Kept::of(&queue.list, &queue.rules, &minute)).collect();
        let day = DayCourse::of(rows.iter().map(|(course, today)| (course, today))).unwrap();
        let (halves, _) = naive::course(&queues, &minute);
        prop_assert_eq!(day.intervals.iter().map(naive::Half::of).collect::<Vec<_>>(), halves);
        let today = naive::figures(&queues, &minute).today;
        prop_assert_eq!(day.intervals.iter().map(|half| half.offered).sum::<u32>(), today.offered);
        prop_assert_eq!(day.intervals.iter().map(|half| half.abandoned).sum::<u32>(), today.abandoned);
    }
}

/// 10:10, by a day that began at midnight: 20 half hours are over. A call that ends now changes none of them; one that ended
/// at 10:02 and was told late is still in the half hour that runs; one of 9:59 is in the one before.
#[test]
fn only_what_comes_late_changes_what_is_over() {
    let rules = Rules { target_s: Some(20), ..Rules::default() };
    let now = DAYS[1] + 610 * 60_000;
    let at = minute(&DAYS, now);
    let mut kept = Kept::default();
    kept.ledger.roll(&at);
    assert!(kept.course.read(&kept.ledger, &rules, &at));
    let mut put = |ended: i64, wait_s: i64| {
        kept.put(&visit(ended, wait_s, Ended::Answered));
        let changed = kept.course.read(&kept.ledger, &rules, &at);
        (changed, kept.course.row(&id()).unwrap(), kept.ledger.figures(&rules).unwrap().today)
    };
    assert!(!put(now, 5).0, "the half hour that runs is the figures'");
    // The slot from 10:00 to 10:05 is over, though.
    let (changed, row, _) = put(now - 8 * 60_000, 25);
    assert!(changed);
    assert_eq!(row.longest_ms[10], Some(Millis::seconds(25)));
    let (changed, row, today) = put(now - 11 * 60_000, 7);
    assert!(changed);
    assert_eq!((row.offered.len(), row.offered[19], row.offered[18]), (20, 1, 0));
    assert_eq!((row.longest_ms[9], row.longest_ms[8]), (Some(Millis::seconds(7)), None));
    let day = DayCourse::of([(&row, &today)].into_iter()).unwrap();
    let [over, running] = &day.intervals[19..] else { panic!("21 half hours") };
    assert_eq!((over.start, over.offered, over.running), (UnixMillis(DAYS[1] + 570 * 60_000), 1, false));
    assert_eq!((running.offered, running.running, running.service_level), (2, true, Some(Share(5000))));
    assert_eq!(day.intervals[0].service_level, None, "of nobody there is no level");
}

/// Berlin's days of 23 and 25 hours have 46 and 50 half hours. Oracle: the days' lengths.
#[test]
fn a_day_of_23_hours_has_46_half_hours() {
    for (days, expected) in [(&DAYS[2..4], 46), (&super::AUTUMN[1..3], 50)] {
        let (start, end) = (UnixMillis(days[0]), UnixMillis(days[1]));
        let last = Minute { t: end - Millis(1), day: Day { start, end } };
        let (row, today) = Kept::of(&[visit(end.0 - 1, 3, Ended::Abandoned)], &Rules::default(), &last);
        assert_eq!(row.offered.len() + 1, expected);
        let day = DayCourse::of([(&row, &today)].into_iter()).unwrap();
        assert_eq!(day.intervals.last().map(|half| half.abandoned), Some(1));
        assert_eq!(day.intervals.last().map(|half| half.start), Some(end - Millis::seconds(1800)));
    }
}

/// A queue whose row is still of yesterday is not in today; rows of two moments never make less than nothing.
#[test]
fn rows_of_two_moments_make_a_day_all_the_same() {
    let list = [visit(NOON - 3_600_000, 3, Ended::Answered)];
    let rules = Rules::default();
    let (row, today) = Kept::of(&list, &rules, &minute(&DAYS, NOON));
    let (yesterday, figures) = Kept::of(&list, &rules, &minute(&DAYS, DAYS[1] - 1));
    let day = DayCourse::of([(&yesterday, &figures), (&row, &today)].into_iter()).unwrap();
    assert_eq!((day.start, day.intervals.len()), (UnixMillis(DAYS[1]), 25));
    let nothing = model::wire::WindowFigures::default();
    let day = DayCourse::of([(&row, &nothing)].into_iter()).unwrap();
    assert_eq!((day.intervals[22].offered, day.intervals[24].offered), (1, 0));
    assert_eq!(DayCourse::of(std::iter::empty()), None);
}
