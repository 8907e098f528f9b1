//! The sums of one window, or of any other set of contributions.

use serde::{Deserialize, Serialize};

use super::{Contribution, Ended, Visit, waits::Waits};
use crate::time::Millis;

/// Counts and sums of a set of contributions: all integers, so that taking one back is exact. Targets and limits are not in
/// it: waits are kept one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub(super) answered: i64,
    pub(super) abandoned: i64,
    pub(super) overflowed: i64,
    pub(super) left_otherwise: i64,
    pub(super) callbacks: i64,
    pub(super) callbacks_answered: i64,
    pub(super) answered_waits: Waits,
    pub(super) abandoned_waits: Waits,
    pub(super) other_waits: Waits,
    pub(super) talks: i64,
    pub(super) talk_ms: i64,
    pub(super) wrap_ups: i64,
    pub(super) wrap_up_ms: i64,
}

/// A contribution without its minute, as small as it gets: a ledger keeps a day of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Item {
    Talk(u32),
    WrapUp(u32),
    Visit { how: Ended, callback: bool, wait: Option<u32> },
}

impl Item {
    /// None is less.
    pub const LEAST: Self = Self::Talk(0);
}

impl From<&Contribution> for Item {
    fn from(contribution: &Contribution) -> Self {
        match *contribution {
            Contribution::Talk { length, .. } => Self::Talk(length_of(length)),
            Contribution::WrapUp { length, .. } => Self::WrapUp(length_of(length)),
            Contribution::Visit(Visit { wait, how, callback, .. }) => {
                let wait = wait.filter(|_| !callback).map(length_of);
                Self::Visit { how, callback, wait }
            }
        }
    }
}

fn length_of(length: Millis) -> u32 {
    u32::try_from(length.0.max(0)).unwrap_or(u32::MAX)
}

impl Sums {
    /// Adds all of other sums: several queues as one.
    pub fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.abandoned += other.abandoned;
        self.overflowed += other.overflowed;
        self.left_otherwise += other.left_otherwise;
        self.callbacks += other.callbacks;
        self.callbacks_answered += other.callbacks_answered;
        self.answered_waits.add_all(&other.answered_waits);
        self.abandoned_waits.add_all(&other.abandoned_waits);
        self.other_waits.add_all(&other.other_waits);
        self.talks += other.talks;
        self.talk_ms += other.talk_ms;
        self.wrap_ups += other.wrap_ups;
        self.wrap_up_ms += other.wrap_up_ms;
    }

    /// Adds a contribution `times` times; −1 takes it back.
    pub(super) fn count(&mut self, item: Item, times: i32) {
        let n = i64::from(times);
        match item {
            Item::Talk(length) => {
                self.talks += n;
                self.talk_ms += n * i64::from(length);
            }
            Item::WrapUp(length) => {
                self.wrap_ups += n;
                self.wrap_up_ms += n * i64::from(length);
            }
            Item::Visit { how, callback, wait } => {
                let (visits, waits) = match how {
                    Ended::Answered => (&mut self.answered, &mut self.answered_waits),
                    Ended::Abandoned => (&mut self.abandoned, &mut self.abandoned_waits),
                    Ended::Overflowed => (&mut self.overflowed, &mut self.other_waits),
                    Ended::Other => (&mut self.left_otherwise, &mut self.other_waits),
                };
                *visits += n;
                if let Some(wait) = wait {
                    waits.add(wait, times);
                }
                if callback {
                    self.callbacks += n;
                    self.callbacks_answered += if how == Ended::Answered { n } else { 0 };
                }
            }
        }
    }
}
