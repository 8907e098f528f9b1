//! A queue's day by half hours and its last hour by five minutes, read off its ledger.
//!
//! Only what is over is in it, so it stands still between two turns of the clock but for what comes late. It remembers what it
//! read, and reads again only the half hours in which something was put or taken back.

use std::collections::BTreeSet;

use super::{Contribution, Ledger, Minute, Rules, Sums, ledger::minute_of};
use crate::{
    id::{QueueId, Seq},
    time::{Millis, UnixMillis},
    wire::{CourseRow, HALF_HOUR, SLOT, WindowFigures},
};

/// Minutes of a half hour, and of a slot of the last hour.
const HALF: i64 = HALF_HOUR.0 / 60_000;
const FIVE: i64 = SLOT.0 / 60_000;
/// Slots of the last hour.
const SLOTS: usize = 12;
/// Half hours of the longest day that is kept, 26 hours. A day that says it is longer has no more.
const HALVES_MAX: i64 = 52;

/// What was read of a ledger. Without memory it reads all anew, and comes to the same.
#[derive(Clone, Debug, Default)]
pub struct Course {
    stands: Option<Stands>,
    halves: Vec<Half>,
    longest: [Option<Millis>; SLOTS],
    /// Minutes in which something was put or taken back since.
    touched: BTreeSet<i64>,
}

/// Where a course stands: by which rules it was read, and up to where.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stands {
    rules: Rules,
    start: UnixMillis,
    end: UnixMillis,
    /// How many half hours are over.
    over: usize,
    /// The minute with which the last slot ended.
    hour_end: i64,
}

/// A half hour that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Half {
    offered: u32,
    answered: u32,
    abandoned: u32,
    /// The level's parts; `None` without a level.
    level: Option<(u32, u32)>,
}

impl Course {
    /// Takes that a contribution was put or taken back.
    pub fn touch(&mut self, contribution: &Contribution) {
        if let (Contribution::Visit(visit), Some(_)) = (contribution, &self.stands) {
            self.touched.insert(minute_of(visit.ended));
        }
    }

    /// Takes that anything may be another.
    pub fn forget(&mut self) {
        self.stands = None;
    }

    /// Reads what may have changed since, and says whether anything did.
    pub fn read(&mut self, ledger: &Ledger, rules: &Rules, minute: &Minute) -> bool {
        let stands = Stands::of(*rules, minute);
        let touched = std::mem::take(&mut self.touched);
        let before = self.stands.replace(stands);
        if before == Some(stands) && touched.is_empty() {
            return false;
        }
        let mut changed = before.is_none_or(|before| before != stands);
        if before.is_none_or(|before| (before.rules, before.start) != (stands.rules, stands.start)) {
            self.halves.clear();
        }
        self.halves.truncate(stands.over);
        let known = self.halves.len();
        let first = minute_of(stands.start);
        let place = |minute: &i64| usize::try_from((minute - first).div_euclid(HALF)).ok();
        let again: BTreeSet<usize> =
            touched.iter().filter_map(place).filter(|place| *place < known).collect();
        for place in again {
            let half = Half::read(ledger, rules, first, place);
            changed |= std::mem::replace(&mut self.halves[place], half) != half;
        }
        self.halves.extend((known..stands.over).map(|place| Half::read(ledger, rules, first, place)));
        let hour = stands.hour_end - 60;
        let hour_stands = before.is_some_and(|before| before.hour_end == stands.hour_end);
        if !hour_stands || touched.range(hour..stands.hour_end).next().is_some() {
            let longest = std::array::from_fn(|slot| {
                let first = hour + FIVE * i64::try_from(slot).unwrap_or_default();
                ledger.sums(first, first + FIVE).longest()
            });
            changed |= std::mem::replace(&mut self.longest, longest) != longest;
        }
        changed
    }

    /// What was read, as a row without breaches; `None` before the first reading.
    pub fn row(&self, id: &QueueId) -> Option<CourseRow> {
        let stands = self.stands?;
        let list = |of: fn(&Half) -> u32| self.halves.iter().map(of).collect();
        let has_level = stands.rules.has_level();
        let level = |of: fn((u32, u32)) -> u32| {
            let parts = self.halves.iter().map(|half| half.level.map(of).unwrap_or_default());
            has_level.then(|| parts.collect())
        };
        Some(CourseRow {
            id: id.clone(),
            rev: Seq::default(),
            start: stands.start,
            end: stands.end,
            offered: list(|half| half.offered),
            answered: list(|half| half.answered),
            abandoned: list(|half| half.abandoned),
            answered_in_target: level(|(upper, _)| upper),
            service_level_of: level(|(_, lower)| lower),
            hour_end: UnixMillis(stands.hour_end * 60_000),
            longest_ms: self.longest.to_vec(),
            breaches: Vec::new(),
            masked: false,
        })
    }
}

impl Stands {
    fn of(rules: Rules, minute: &Minute) -> Self {
        let now = minute_of(minute.t);
        let (first, end) = (minute_of(minute.day.start), minute_of(minute.day.end));
        let over = (now.min(end) - first).div_euclid(HALF).clamp(0, HALVES_MAX);
        Self {
            rules,
            start: minute.day.start,
            end: minute.day.end,
            over: usize::try_from(over).unwrap_or_default(),
            hour_end: now.div_euclid(FIVE) * FIVE,
        }
    }
}

impl Half {
    fn read(ledger: &Ledger, rules: &Rules, first: i64, place: usize) -> Self {
        let first = first + HALF * i64::try_from(place).unwrap_or_default();
        let sums: Sums = ledger.sums(first, first + HALF);
        let WindowFigures { offered, answered, abandoned, answered_in_target, service_level_of, .. } =
            sums.figures(rules);
        Self { offered, answered, abandoned, level: answered_in_target.zip(service_level_of) }
    }
}
