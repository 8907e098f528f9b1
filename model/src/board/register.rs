//! Points, and the registers that hold them: how facts that come in any order end in one value.
//!
//! A point is a fact with the moment at which it was true. A register is a set of points; its value is the greatest in
//! [`Point::order`]. Sets have no history, so arrival, repetition and delay can't change what they come to. Nothing here
//! compares the journal's numbers.

use serde::{Deserialize, Serialize};
use smallvec::{Array, SmallVec};

use crate::{
    entry::Entry,
    event::Word,
    id::{Number, Text},
    time::{Millis, Skew, UnixMillis},
    wire::{CallerKind, Direction, Online, Phase},
};

/// How far behind its newest point a register remembers everything. Older than that it knows its value, and roughly since
/// when.
const WINDOW: Millis = Millis::minutes(30);
/// A fact may be this far ahead of what we think the PBX's clock shows.
const AHEAD_MAX: Millis = Millis::seconds(300);
/// The same while we don't know the PBX's clock yet: any time zone's worth of a wrongly set one.
const AHEAD_MAX_UNKNOWN: Millis = Millis::hours(26);

/// When a fact was true, and when we first heard of it.
///
/// The order of two stamps of one `t` says which was heard first; between different `t` it is the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The PBX's clock; never moved, whatever we learn about that clock later.
    pub t: UnixMillis,
    /// Our clock, at the first receipt.
    pub recv: UnixMillis,
    /// The PBX gave no usable time: `t` is what its clock showed when we heard it, or 0 while that is unknown.
    pub untimed: bool,
    /// What a row says: `t` by our clock, with the skew known at the receipt, and not later than it.
    pub shown: UnixMillis,
}

/// What the fold takes from an entry besides its facts, and what it counts while it takes them.
pub(super) struct Intake {
    recv: UnixMillis,
    skew: Option<Skew>,
    /// Facts without a usable time.
    pub untimed: u64,
    /// Facts that contradict another of the same moment.
    pub ties: u64,
}

impl Intake {
    pub fn of(entry: &Entry) -> Self {
        Self { recv: entry.received, skew: entry.skew, untimed: 0, ties: 0 }
    }

    /// For points that came in before, and whose ties were counted then.
    pub fn nothing() -> Self {
        Self { recv: UnixMillis(0), skew: None, untimed: 0, ties: 0 }
    }

    /// A stamp for a fact that the PBX dated `at`; `None` where it did not, or not plausibly.
    pub fn timed(&self, at: Option<UnixMillis>) -> Option<Stamp> {
        let latest = match self.skew {
            Some(skew) => self.recv.to_pbx(skew) + AHEAD_MAX,
            None => self.recv + AHEAD_MAX_UNKNOWN,
        };
        let t = at.filter(|at| at.0 > 0 && *at <= latest)?;
        let shown = t.to_ours(self.skew.unwrap_or_default()).min(self.recv);
        Some(Stamp { t, recv: self.recv, untimed: false, shown })
    }

    /// A stamp in any case.
    pub fn stamp(&mut self, at: Option<UnixMillis>) -> Stamp {
        self.timed(at).unwrap_or_else(|| {
            self.untimed += 1;
            let t = self.skew.map_or(UnixMillis(0), |skew| self.recv.to_pbx(skew));
            Stamp { t, recv: self.recv, untimed: true, shown: self.recv }
        })
    }
}

impl Stamp {
    /// The PBX's own time, where it gave one.
    pub fn dated(&self) -> Option<UnixMillis> {
        (!self.untimed).then_some(self.t)
    }

    /// The same once the PBX's clock went back to `t`.
    pub fn rebased(self, t: UnixMillis) -> Self {
        Self { t: self.t.min(t), ..self }
    }
}

/// What a register can hold.
pub(super) trait Fact: Clone + Ord {
    /// Whether both say the same thing, so that one of them repeats the other. `since` does not begin anew with a
    /// repetition, and of two that stand in one moment the greater, which says more, is kept.
    fn same(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether they can't both be true, though they are [`same`](Self::same).
    fn contradicts(&self, _other: &Self) -> bool {
        false
    }
}

impl Fact for Text {}
impl Fact for u32 {}
impl Fact for Number {}
impl Fact for CallerKind {}
impl Fact for Direction {}
impl Fact for Online {}
impl Fact for Phase {}

/// A word of the PBX's, ours if we know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Spoken<T> {
    pub known: Option<T>,
    pub raw: Text,
}

impl<T: Copy> From<&Word<T>> for Spoken<T> {
    fn from(word: &Word<T>) -> Self {
        Self { known: word.known, raw: word.raw.clone() }
    }
}

impl<T: Copy + Ord> Fact for Spoken<T> {
    fn same(&self, other: &Self) -> bool {
        self.known == other.known && (self.known.is_some() || self.raw == other.raw)
    }
}

/// A fact in its moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point<V> {
    pub at: Stamp,
    /// Orders the values of one moment where the PBX's own logic does: one can't be idle before one rings.
    pub rank: u8,
    pub value: V,
}

impl<V: Fact> Point<V> {
    /// What points are ordered by, greatest last.
    pub fn order(&self) -> (UnixMillis, u8, UnixMillis, &V) {
        (self.at.t, self.rank, self.at.recv, &self.value)
    }

    pub fn moment(&self) -> (UnixMillis, u8) {
        (self.at.t, self.rank)
    }
}

/// A set of points, in order. It only grows. `HERE` of them stand in it, where it has no more than those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Points<V, const HERE: usize>(SmallVec<[Point<V>; HERE]>);

impl<V, const HERE: usize> Default for Points<V, HERE> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<V: Fact, const HERE: usize> Points<V, HERE> {
    /// Adds a point, and says whether the set is another one now.
    pub fn put(&mut self, intake: &mut Intake, at: Stamp, rank: u8, value: V) -> bool {
        let moment = (at.t, rank);
        // Nearly every one is the newest.
        if self.0.last().is_none_or(|last| last.moment() < moment) {
            let end = self.0.len();
            insert(&mut self.0, end, Point { at, rank, value });
            return true;
        }
        let first = self.0.partition_point(|point| point.moment() < moment);
        let count = self.0[first..].iter().take_while(|point| point.moment() == moment).count();
        let group = first..first + count;
        if let Some(known) = self.0[group.clone()].iter_mut().find(|point| point.value.same(&value)) {
            intake.ties += u64::from(known.value.contradicts(&value));
            if at >= known.at && value <= known.value {
                return false;
            }
            known.at = known.at.min(at);
            if value > known.value {
                known.value = value;
            }
            self.0[group].sort_by(|a, b| a.order().cmp(&b.order()));
        } else {
            intake.ties += u64::from(count > 0);
            let point = Point { at, rank, value };
            let place = first + self.0[group].partition_point(|other| other.order() < point.order());
            insert(&mut self.0, place, point);
        }
        true
    }

    /// Adds every point of another one.
    pub fn add(&mut self, other: &Self) {
        let mut nothing = Intake::nothing();
        for point in other.iter() {
            self.put(&mut nothing, point.at, point.rank, point.value.clone());
        }
    }

    pub fn last(&self) -> Option<&Point<V>> {
        self.0.last()
    }

    /// The PBX's clock went back to `t`: what is later becomes that.
    pub fn rebase(&mut self, t: UnixMillis) {
        let mut points = std::mem::take(&mut self.0);
        // Their ties were counted where they came in.
        let mut nothing = Intake::nothing();
        for point in points.drain(..) {
            self.put(&mut nothing, point.at.rebased(t), point.rank, point.value);
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Point<V>> {
        self.0.iter()
    }
}

/// A register: a set of points of which only the newest decides, so that older ones are forgotten. `HERE` is of its
/// [`Points`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Register<V, const HERE: usize>(Points<V, HERE>);

impl<V, const HERE: usize> Default for Register<V, HERE> {
    fn default() -> Self {
        Self(Points::default())
    }
}

impl<V: Fact, const HERE: usize> Register<V, HERE> {
    /// Adds a point, and says whether the register is another one now.
    pub fn put(&mut self, intake: &mut Intake, at: Stamp, rank: u8, value: V) -> bool {
        let changed = self.0.put(intake, at, rank, value);
        if changed {
            self.forget();
        }
        changed
    }

    /// The newest point: the register's value.
    pub fn last(&self) -> Option<&Point<V>> {
        self.0.last()
    }

    /// All points of the newest point's time, whatever their ranks.
    pub fn newest(&self) -> impl Iterator<Item = &Point<V>> {
        let newest = self.last().map(|last| last.at.t);
        self.0.iter().rev().take_while(move |point| Some(point.at.t) == newest)
    }

    /// The value alone.
    pub fn value(&self) -> Option<&V> {
        self.last().map(|point| &point.value)
    }

    /// The first point of the last run of equal values.
    pub fn since(&self) -> Option<&Stamp> {
        let points = &self.0.0;
        points.len().checked_sub(1).map(|last| &points[run_start(points, last)].at)
    }

    /// Adds every point of another one.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0);
        self.forget();
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.0.rebase(t);
    }

    /// Of the points before the window only those stay that decide: the greatest, with all of its moment (an earlier
    /// receipt may yet reorder them), the first of the run that it belongs to, and the one before that.
    fn forget(&mut self) {
        let points = &mut self.0.0;
        let Some(newest) = points.last() else { return };
        let window = newest.at.t - WINDOW;
        if points.first().is_some_and(|oldest| oldest.at.t >= window) {
            return;
        }
        let old = points.partition_point(|point| point.at.t < window);
        let Some(greatest) = old.checked_sub(1) else { return };
        let moment = points[greatest].moment();
        let group = points.partition_point(|point| point.moment() < moment);
        let first = run_start(points, greatest);
        if first > group {
            points.drain(..group);
            return;
        }
        points.drain(first + 1..group.max(first + 1));
        // And the different one before it: an older repetition must not make the run longer.
        points.drain(..first.saturating_sub(1));
    }
}

/// Where the run of equal values begins that `points[index]` belongs to.
fn run_start<V: Fact>(points: &[Point<V>], index: usize) -> usize {
    let value = &points[index].value;
    points[..index].iter().rposition(|point| !point.value.same(value)).map_or(0, |other| other + 1)
}

/// Inserts into a list that mostly stays as short as it is: a board has tens of thousands of them.
pub(super) fn insert<A: Array>(list: &mut SmallVec<A>, place: usize, item: A::Item) {
    if list.len() < 8 {
        list.reserve_exact(1);
    }
    list.insert(place, item);
}

/// Keeps the earliest; a fact without a time of its own counts only while there is none with one.
pub(super) fn keep_earliest(slot: &mut Option<Stamp>, at: Stamp) -> bool {
    let earlier = slot.is_none_or(|known| (at.untimed, at) < (known.untimed, known));
    if earlier {
        *slot = Some(at);
    }
    earlier
}

/// Keeps the latest, by its first receipt.
pub(super) fn keep_latest(slot: &mut Option<Stamp>, at: Stamp) -> bool {
    let better = slot.is_none_or(|known| at.t > known.t || (at.t == known.t && at < known));
    if better {
        *slot = Some(at);
    }
    better
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(register: &mut Register<u32, 1>, t_s: i64, recv_s: i64, value: u32) {
        let mut intake = Intake { recv: UnixMillis(recv_s * 1000), skew: Some(Skew(0)), untimed: 0, ties: 0 };
        let at = intake.stamp(Some(UnixMillis(t_s * 1000)));
        register.put(&mut intake, at, 0, value);
    }

    fn shape(register: &Register<u32, 1>) -> Vec<(i64, u32)> {
        register.0.iter().map(|point| (point.at.t.0 / 1000, point.value)).collect()
    }

    #[test]
    fn a_register_forgets_what_is_older_than_half_an_hour_but_its_value_and_its_start() {
        let mut register = Register::default();
        for (t, value) in [(10, 1), (20, 2), (30, 2), (40, 2)] {
            put(&mut register, t, t, value);
        }
        assert_eq!(shape(&register), [(10, 1), (20, 2), (30, 2), (40, 2)]);
        put(&mut register, 4000, 4000, 2);
        assert_eq!(shape(&register), [(10, 1), (20, 2), (40, 2), (4000, 2)]);
        assert_eq!(register.since().unwrap().t, UnixMillis(20_000));
        // What was forgotten comes again.
        put(&mut register, 5, 5, 2);
        assert_eq!(register.since().unwrap().t, UnixMillis(20_000));
    }

    #[test]
    fn an_earlier_receipt_that_comes_after_the_window_still_decides_between_old_values_of_one_second() {
        let mut register = Register::default();
        put(&mut register, 10, 15, 1);
        put(&mut register, 10, 12, 2);
        put(&mut register, 4000, 4000, 9);
        put(&mut register, 10, 11, 1);
        // 2 was heard of at 12 and 1 at 11 already, so 2 was the later of the two.
        assert_eq!(shape(&register), [(10, 1), (10, 2), (4000, 9)]);
    }

    #[test]
    fn a_repetition_changes_nothing() {
        let mut register = Register::default();
        put(&mut register, 10, 15, 1);
        let before = register.clone();
        put(&mut register, 10, 99, 1);
        assert_eq!(register, before);
    }
}
