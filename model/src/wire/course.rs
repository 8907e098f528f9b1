//! A queue's course: its day by half hours, its last hour by five minutes, and who waited too long last. `docs/metrics.md`
//! says what is counted.
//!
//! A course has only what is over. The half hour that runs is what of today's figures is in no earlier one: so a row need
//! not go out with every visit that ends, and a reader's sums never contradict the figures beside them. [`DayCourse`] puts
//! the two together.

use serde::{Deserialize, Serialize};

use super::figures::{Share, WindowFigures};
use crate::{
    id::{Number, QueueId, Seq},
    time::{Millis, UnixMillis},
};

/// The length of an interval of the day: the unit in which call centres plan.
pub const HALF_HOUR: Millis = Millis::seconds(1800);
/// The length of a slot of the last hour.
pub const SLOT: Millis = Millis::seconds(300);

/// What a queue's day was like up to now. Lists are by half hour since `start`, and all equally long: as many as are over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseRow {
    /// The queue.
    pub id: QueueId,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// When the tenant's day began.
    pub start: UnixMillis,
    /// When the next one begins: after 23, 24 or 25 hours.
    pub end: UnixMillis,
    /// Visits that ended.
    pub offered: Vec<u32>,
    /// Those that an agent answered.
    pub answered: Vec<u32>,
    /// Those who gave up.
    pub abandoned: Vec<u32>,
    /// Answered within the target, the level's upper part; `null` without a level.
    pub answered_in_target: Option<Vec<u32>>,
    /// What the level is a part of; `null` without a level.
    pub service_level_of: Option<Vec<u32>>,
    /// When the last of the twelve slots of five minutes in `longest_ms` ended.
    pub hour_end: UnixMillis,
    /// The longest wait that ended in each, the newest slot last; `null` where none did.
    pub longest_ms: Vec<Option<Millis>>,
    /// When callers waited longer than the PBX wants, by its own word, today; the newest ten, the newest first.
    pub breaches: Vec<Breach>,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// One time at which a caller waited longer than the PBX wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Breach {
    /// When, by our clock.
    pub at: UnixMillis,
    /// The caller's number; the PBX names no call.
    pub number: Option<Number>,
}

/// What happened in half an hour, in one queue or several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Its first moment.
    pub start: UnixMillis,
    /// Whether it runs: its figures still grow.
    pub running: bool,
    /// Visits that ended.
    pub offered: u32,
    /// Those that an agent answered.
    pub answered: u32,
    /// Those who gave up.
    pub abandoned: u32,
    /// Answered within the target, the level's upper part; `null` without a level.
    pub answered_in_target: Option<u32>,
    /// What the level is a part of, by its formula; `null` without a level.
    pub service_level_of: Option<u32>,
    /// The share answered within the target, in hundredths of a percent; `null` where nothing can be said.
    pub service_level: Option<Share>,
}

/// A day by half hours, the one that runs last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayCourse {
    /// When the tenant's day began.
    pub start: UnixMillis,
    /// When the next one begins.
    pub end: UnixMillis,
    /// The half hours since, the one that runs last.
    pub intervals: Vec<Interval>,
}

impl DayCourse {
    /// Some queues' day as one, each with its course and its figures of today; `None` without any. A queue whose course is of
    /// another day than the newest is left out, until the turn of the day has reached it.
    pub fn of<'a>(queues: impl Iterator<Item = (&'a CourseRow, &'a WindowFigures)> + Clone) -> Option<Self> {
        let newest =
            queues.clone().map(|(course, _)| course).max_by_key(|course| (course.start, course.end))?;
        let (start, end) = (newest.start, newest.end);
        let of_day = queues.filter(|(course, _)| (course.start, course.end) == (start, end));
        let over = of_day.clone().map(|(course, _)| course.offered.len()).max().unwrap_or_default();
        let first = (0_i64..).map(|place| start + Millis(place * HALF_HOUR.0));
        let mut intervals: Vec<_> = first
            .take(over + 1)
            .enumerate()
            .map(|(place, start)| Interval { start, running: place == over, ..Interval::default() })
            .collect();
        for (course, today) in of_day {
            let mut rest = Interval {
                offered: today.offered,
                answered: today.answered,
                abandoned: today.abandoned,
                answered_in_target: today.answered_in_target,
                service_level_of: today.service_level_of,
                ..Interval::default()
            };
            for (place, interval) in intervals.iter_mut().take(over).enumerate() {
                let its = course.interval(place);
                rest.take(&its);
                interval.add(&its);
            }
            if let Some(running) = intervals.last_mut() {
                running.add(&rest);
            }
        }
        for interval in &mut intervals {
            let level = interval.answered_in_target.zip(interval.service_level_of);
            interval.service_level = level.and_then(|(part, whole)| Share::of(part.into(), whole.into()));
        }
        Some(Self { start, end, intervals })
    }
}

impl CourseRow {
    /// A half hour that is over; of nothing for one that isn't.
    fn interval(&self, place: usize) -> Interval {
        let at = |list: &[u32]| list.get(place).copied().unwrap_or_default();
        Interval {
            offered: at(&self.offered),
            answered: at(&self.answered),
            abandoned: at(&self.abandoned),
            answered_in_target: self.answered_in_target.as_deref().map(at),
            service_level_of: self.service_level_of.as_deref().map(at),
            ..Interval::default()
        }
    }
}

impl Interval {
    fn add(&mut self, other: &Self) {
        self.with(other, u32::saturating_add);
        let both = |one: Option<u32>, other: Option<u32>| {
            one.map_or(other, |one| Some(one.saturating_add(other.unwrap_or_default())))
        };
        self.answered_in_target = both(self.answered_in_target, other.answered_in_target);
        self.service_level_of = both(self.service_level_of, other.service_level_of);
    }

    /// Takes another one out. Rows may be of two moments, so there may be less than that; then there is nothing.
    fn take(&mut self, other: &Self) {
        self.with(other, u32::saturating_sub);
        let less = |one: Option<u32>, other: Option<u32>| {
            one.map(|one| one.saturating_sub(other.unwrap_or_default()))
        };
        self.answered_in_target = less(self.answered_in_target, other.answered_in_target);
        self.service_level_of = less(self.service_level_of, other.service_level_of);
    }

    fn with(&mut self, other: &Self, both: fn(u32, u32) -> u32) {
        self.offered = both(self.offered, other.offered);
        self.answered = both(self.answered, other.answered);
        self.abandoned = both(self.abandoned, other.abandoned);
    }
}
