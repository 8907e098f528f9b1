//! The newest fact of its kind, where nobody asks since when: a register without a past.

use serde::{Deserialize, Serialize};

use super::register::{Fact, Intake, Point, Stamp};
use crate::time::UnixMillis;

/// The newest fact of its kind, where nobody asks since when: all values of its newest moment, of which the one that was
/// heard of last stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Latest<V> {
    newest: Option<Point<V>>,
    /// Other values of that moment, in order: an earlier receipt may yet reorder them. There are hardly ever any.
    ties: Option<Box<Ties<V>>>,
}

/// A list behind one pointer, so that a fact without ties is small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Ties<V>(Vec<Point<V>>);

impl<V> Default for Latest<V> {
    fn default() -> Self {
        Self { newest: None, ties: None }
    }
}

impl<V: Fact> Latest<V> {
    /// Adds a point, and says whether the value is another one now.
    pub fn put(&mut self, intake: &mut Intake, at: Stamp, rank: u8, value: &V) -> bool {
        let Some(newest) = &mut self.newest else {
            self.newest = Some(Point { at, rank, value: value.clone() });
            return true;
        };
        if (at.t, rank) < newest.moment() {
            return false;
        }
        if (at.t, rank) > newest.moment() {
            self.ties = None;
            (newest.at, newest.rank) = (at, rank);
            let changed = newest.value != *value;
            if changed {
                newest.value = value.clone();
            }
            return changed;
        }
        if newest.value == *value && self.ties.is_none() {
            newest.at = newest.at.min(at);
            return false;
        }
        let before = newest.value.clone();
        let Ties(ties) = &mut **self.ties.get_or_insert_with(|| Box::new(Ties(Vec::new())));
        ties.extend(self.newest.take());
        if let Some(known) = ties.iter_mut().find(|point| point.value == *value) {
            known.at = known.at.min(at);
        } else {
            intake.ties += 1;
            ties.push(Point { at, rank, value: value.clone() });
        }
        ties.sort_by(|a, b| a.order().cmp(&b.order()));
        self.newest = ties.pop();
        self.value() != Some(&before)
    }

    /// The value.
    pub fn value(&self) -> Option<&V> {
        self.newest.as_ref().map(|point| &point.value)
    }

    /// Adds every point of another one.
    pub fn add(&mut self, other: &Self) {
        let mut nothing = Intake::nothing();
        for point in other.newest.iter().chain(other.ties.iter().flat_map(|ties| &ties.0)) {
            self.put(&mut nothing, point.at, point.rank, &point.value);
        }
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        for point in self.newest.iter_mut().chain(self.ties.iter_mut().flat_map(|ties| &mut ties.0)) {
            point.at = point.at.rebased(t);
        }
    }
}
