//! A queue's figures, computed a second time: from the words of `docs/metrics.md`, over a plain list, asking each thing
//! that was put whether it counts. No minutes, no running sums, no multisets; slow, and short enough to be read against
//! that page.

use model::{
    metrics::{Contribution, Ended, Minute, Rules, Visit},
    time::{Millis, UnixMillis},
    wire::{Figures, Interval, ServiceLevel, Share, WindowFigures},
};

const MINUTE: i64 = 60_000;

/// A queue: all that was put and not taken back, and its rules.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pub list: Vec<Contribution>,
    pub rules: Rules,
}

/// The figures of some queues together as of a minute entry. There is at least one queue.
pub fn figures(queues: &[Queue], minute: &Minute) -> Figures {
    let running = minute.t.0 - minute.t.0.rem_euclid(MINUTE);
    let last = |minutes: i64| window(queues, |ended| ended.0 >= running - minutes * MINUTE);
    let rules = queues[0].rules;
    let all = |same: &dyn Fn(&Rules) -> bool| queues.iter().all(|queue| same(&queue.rules));
    Figures {
        formula: all(&|other| other.formula == rules.formula).then_some(rules.formula),
        target_s: rules.target_s.filter(|_| all(&|other| other.target_s == rules.target_s)),
        target_percent: rules
            .target_percent
            .filter(|_| all(&|other| other.target_percent == rules.target_percent)),
        short_abandon_s: rules
            .short_abandon_s
            .filter(|_| all(&|other| other.short_abandon_s == rules.short_abandon_s)),
        m15: last(15),
        m30: last(30),
        m60: last(60),
        today: window(queues, |ended| minute.day.start <= ended && ended < minute.day.end),
    }
}

fn window(queues: &[Queue], has: impl Fn(UnixMillis) -> bool) -> WindowFigures {
    let (mut visits, mut talks, mut wrap_ups) = (vec![], vec![], vec![]);
    let (mut short_abandoned, mut level) = (None, None);
    for queue in queues {
        let mut own = vec![];
        for contribution in &queue.list {
            match *contribution {
                Contribution::Visit(visit) if has(visit.ended) => own.push(visit),
                Contribution::Talk { ended, length } if has(ended) => talks.push(milliseconds(length)),
                Contribution::WrapUp { ended, length } if has(ended) => wrap_ups.push(milliseconds(length)),
                _ => {}
            }
        }
        if let Some(limit) = queue.rules.short_abandon_s {
            *short_abandoned.get_or_insert(0) += short_abandons(&own, limit);
        }
        if let Some((upper, lower)) = level_of(&own, &queue.rules) {
            let (uppers, lowers) = level.get_or_insert((0, 0));
            *uppers += upper;
            *lowers += lower;
        }
        visits.extend(own);
    }
    let answered = waits(&visits, Ended::Answered);
    let count = |of: &dyn Fn(&Visit) -> bool| number(visits.iter().filter(|visit| of(visit)).count());
    let handle = sum(&talks) + sum(&wrap_ups);
    WindowFigures {
        offered: number(visits.len()),
        answered: count(&|visit| visit.how == Ended::Answered),
        abandoned: count(&|visit| visit.how == Ended::Abandoned),
        short_abandoned,
        overflowed: count(&|visit| visit.how == Ended::Overflowed),
        left_otherwise: count(&|visit| visit.how == Ended::Other),
        callbacks: count(&|visit| visit.callback),
        callbacks_answered: count(&|visit| visit.callback && visit.how == Ended::Answered),
        answered_in_target: level.map(|(upper, _)| upper),
        service_level_of: level.map(|(_, lower)| lower),
        service_level: level.and_then(|(upper, lower)| share(upper.into(), lower.into())),
        abandon_rate: share(
            count(&|visit| visit.how == Ended::Abandoned).into(),
            i128::try_from(visits.len()).unwrap(),
        ),
        waits: number(answered.len()),
        wait_sum_ms: length(sum(&answered)),
        asa_ms: mean(sum(&answered), answered.len()),
        wait_p50_ms: percentile(&answered, 50),
        wait_p90_ms: percentile(&answered, 90),
        longest_wait_ms: visits.iter().filter_map(wait).max().map(length),
        talks: number(talks.len()),
        talk_sum_ms: length(sum(&talks)),
        talk_ms: mean(sum(&talks), talks.len()),
        wrap_ups: number(wrap_ups.len()),
        wrap_up_sum_ms: length(sum(&wrap_ups)),
        wrap_up_ms: mean(sum(&wrap_ups), wrap_ups.len()),
        handle_ms: mean(handle, talks.len()),
    }
}

/// The level's parts, with the page's letters; `None` for want of a setting.
fn level_of(visits: &[Visit], rules: &Rules) -> Option<(u32, u32)> {
    let target = rules.target_s?;
    let in_target = |waits: &[i128]| number(waits.iter().filter(|wait| **wait <= seconds(target)).count());
    let (answered, abandoned) = (waits(visits, Ended::Answered), waits(visits, Ended::Abandoned));
    let (a, b) = (number(answered.len()), number(abandoned.len()));
    let (at, bt) = (in_target(&answered), in_target(&abandoned));
    match rules.formula {
        ServiceLevel::V3 => Some((at, a + b)),
        ServiceLevel::V4 => Some((at, a + b - bt)),
        ServiceLevel::V6 => {
            let bs = short_abandons(visits, rules.short_abandon_s?);
            Some((at, a + b - bs))
        }
    }
}

fn short_abandons(visits: &[Visit], limit: u32) -> u32 {
    number(waits(visits, Ended::Abandoned).into_iter().filter(|wait| *wait < seconds(limit)).count())
}

/// The known waits on the line of those who left so.
fn waits(visits: &[Visit], how: Ended) -> Vec<i128> {
    visits.iter().filter(|visit| visit.how == how).filter_map(wait).collect()
}

fn wait(visit: &Visit) -> Option<i128> {
    if visit.callback { None } else { visit.wait.map(milliseconds) }
}

/// "Below 0 is 0, above 2^32 − 1 is that."
fn milliseconds(length: Millis) -> i128 {
    i128::from(length.0).clamp(0, (1 << 32) - 1)
}

/// The smallest that at least so many of a hundred do not exceed.
fn percentile(waits: &[i128], percent: usize) -> Option<Millis> {
    let enough =
        |wait: &&i128| waits.iter().filter(|other| other <= wait).count() * 100 >= percent * waits.len();
    waits.iter().filter(enough).min().map(|wait| length(*wait))
}

/// In hundredths of a percent, half up.
pub fn share(part: i128, whole: i128) -> Option<Share> {
    (whole > 0).then(|| Share(u32::try_from(half_up(part * 10_000, whole)).unwrap()))
}

/// Half up.
pub fn mean(sum: i128, of: usize) -> Option<Millis> {
    (of > 0).then(|| length(half_up(sum, i128::try_from(of).unwrap())))
}

fn half_up(part: i128, whole: i128) -> i128 {
    let up = (part % whole) * 2 >= whole;
    part / whole + i128::from(up)
}

fn sum(lengths: &[i128]) -> i128 {
    lengths.iter().sum()
}

pub fn length(milliseconds: i128) -> Millis {
    Millis(i64::try_from(milliseconds).unwrap())
}

fn seconds(seconds: u32) -> i128 {
    i128::from(seconds) * 1000
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap()
}

/// What happened in half an hour, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Half {
    pub start: UnixMillis,
    pub running: bool,
    pub offered: u32,
    pub answered: u32,
    pub abandoned: u32,
    pub level: Option<Share>,
}

impl Half {
    pub fn of(told: &Interval) -> Self {
        Self {
            start: told.start,
            running: told.running,
            offered: told.offered,
            answered: told.answered,
            abandoned: told.abandoned,
            level: told.service_level,
        }
    }
}

/// The half hours of the day that are over, then the one that runs, which has all the rest of the day; and the longest wait of
/// each five minutes of the last hour that are over.
pub fn course(queues: &[Queue], minute: &Minute) -> (Vec<Half>, Vec<Option<Millis>>) {
    let running = minute.t.0 - minute.t.0.rem_euclid(MINUTE);
    let (start, end) = (minute.day.start.0, minute.day.end.0);
    let half = |from: i64, to: i64, running: bool| {
        let WindowFigures { offered, answered, abandoned, service_level, .. } =
            window(queues, |ended| from <= ended.0 && ended.0 < to);
        Half { start: UnixMillis(from), running, offered, answered, abandoned, level: service_level }
    };
    let mut halves = vec![];
    let mut from = start;
    // A day of which more would be over is none.
    while from + 30 * MINUTE <= running.min(end) && halves.len() < 52 {
        halves.push(half(from, from + 30 * MINUTE, false));
        from += 30 * MINUTE;
    }
    halves.push(half(from, end, true));
    let slots = running - running.rem_euclid(5 * MINUTE) - 60 * MINUTE;
    let longest = (0..12).map(|slot| {
        let first = slots + slot * 5 * MINUTE;
        window(queues, |ended| first <= ended.0 && ended.0 < first + 5 * MINUTE).longest_wait_ms
    });
    (halves, longest.collect())
}
