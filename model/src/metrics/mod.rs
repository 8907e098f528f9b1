//! Figures: what a queue, a tenant and an agent did, from facts that can be taken back.
//!
//! The board derives visits, talks and wrap-ups from its facts, and puts each into its queue's [`Ledger`] as a
//! [`Contribution`]. When a late event makes one of them another, it takes the old one back and puts the new one. A ledger
//! is a sum, so it is the same whatever order this happened in; there is no counter that only goes up.
//!
//! - [`Ledger`]: what was put, by the minute in which it ended, and the running [`Sums`] of four windows.
//! - [`Sums::figures`]: the sums as figures. Targets and limits count here only, so that a new one needs no history.
//! - [`Course`]: a queue's day by half hours, and its last hour.
//! - [`total`]: several queues as one. [`WindowFigures::plus`](crate::wire::WindowFigures::plus): the same for who has
//!   only rows.
//! - [`agent_figures`]: an agent's day, from the changes of his state. [`person`]: the changes of one in several queues.
//!
//! `docs/metrics.md` defines every figure, with its source. Not here: the clock and the tenant's time zone, which come
//! with [`Minute`]; who waits now, which the rows say.

mod agent;
mod course;
mod figures;
mod ledger;
mod sums;
mod waits;

pub use agent::{Answered, Answers, StateChange, agent_figures, person};
pub use course::Course;
pub use figures::{Rules, total};
pub use ledger::{Ledger, Minute, Window};
pub use sums::Sums;

use serde::{Deserialize, Serialize};

use crate::time::{Millis, UnixMillis};

/// What one fact adds to a queue's figures. It belongs to the minute in which it ended.
///
/// Lengths are taken as 0 to 49 days, so that a PBX whose clock jumped can't spoil a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Contribution {
    /// A caller's stay in the queue is over.
    Visit(Visit),
    /// The talk of an answered visit is over.
    Talk {
        /// When, by our clock.
        ended: UnixMillis,
        /// How long it was, hold included.
        length: Millis,
    },
    /// One of the queue's agents has finished the work after a call.
    WrapUp {
        /// When, by our clock.
        ended: UnixMillis,
        /// How long it was.
        length: Millis,
    },
}

/// A caller's stay in a queue that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Visit {
    /// When, by our clock.
    pub ended: UnixMillis,
    /// From entry to end, ringing at agents included; `None` if nobody told of the entry. Such a visit is counted, and is
    /// in no wait and no service level.
    pub wait: Option<Millis>,
    /// How it ended.
    pub how: Ended,
    /// The caller had hung up to be called back. It is counted by its end all the same; its wait, which was not on the
    /// line, is in no wait and no service level.
    pub callback: bool,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ended {
    /// An agent answered.
    Answered,
    /// The caller gave up.
    Abandoned,
    /// The queue sent the caller on: he had waited too long.
    Overflowed,
    /// Otherwise, or nobody knows how: moved to another queue, an unknown word, absent from the PBX's list.
    Other,
}

/// A tenant's day: from `start` to before `end`. The server computes it from the tenant's time zone; it may be 23 or 25
/// hours long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    /// Its first moment.
    pub start: UnixMillis,
    /// The next day's first moment.
    pub end: UnixMillis,
}
