//! Alerts: rules that a person sets, and what becomes of them as values come. Pure: all time is given.
//!
//! - [`Rule`]: which value, of what, beyond which limit, for how long, when.
//! - `reading`: a rule's value, from rows that are shown anyway; or why it can't be computed. `hours`: days and times of day.
//! - `life`: idle, pending, raised, cooling.
//!
//! Invariants (`model/tests/alerts.rs`)
//! - Nothing is raised before its value was beyond the limit, and known, for as long as the rule holds it.
//! - Nothing is raised again within its cool-down.
//! - What is raised is cleared only by a value that has come back to where the rule clears, or by the end of opening hours; a
//!   value that can't be computed neither raises nor clears.
//!
//! Not here: where rules are kept, who is told (`server/src/alerts`).

mod hours;
mod life;
mod reading;

use serde::{Deserialize, Serialize};

use crate::{
    id::Number,
    time::Millis,
    wire::{Metric, Severity, Window},
};

pub use hours::{Hours, Local};
pub use life::{Life, Turn, Verdict};
pub use reading::{OfQueue, OfTenant, Reading, Unknown};

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Each queue by itself.
    Each,
    /// One queue, by its number, or by its id where nobody has told the number.
    Queue(Number),
    /// The whole tenant as one.
    Tenant,
}

/// When somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which value.
    pub metric: Metric,
    /// Of what.
    pub of: Of,
    /// Of which time, for a figure.
    pub window: Window,
    /// Too little is out of bounds, not too much.
    pub below: bool,
    /// A value beyond it is out of bounds, counted in the metric's unit; `None`: the queue's own target.
    pub limit: Option<i64>,
    /// A value that has come back to this is within bounds again; `None`: the limit itself.
    pub clear: Option<i64>,
    /// For so many seconds a value must be out of bounds.
    pub hold_s: u32,
    /// What is wanted of a person.
    pub severity: Severity,
    /// For so many seconds after it was cleared it is not raised again.
    pub cool_down_s: u32,
    /// When it counts; `None`: always.
    pub open: Option<Hours>,
    /// When nothing sounds and nothing is sent; `None`: never.
    pub quiet: Option<Hours>,
}

impl Rule {
    /// What a value says, at that time of the tenant's week.
    pub fn judge(&self, reading: Reading, target: Option<i64>, local: Local) -> Verdict {
        if self.open.is_some_and(|open| !open.contains(local)) {
            return Verdict::Closed;
        }
        let (Ok(value), Some(limit)) = (reading, self.limit_of(target)) else { return Verdict::Unknown };
        // Mirrored, too little is too much.
        let turned = |number: i64| if self.below { number.saturating_neg() } else { number };
        let (value, limit) = (turned(value), turned(limit));
        let clear = self.clear.map_or(limit, |clear| turned(clear).min(limit));
        match () {
            () if value > limit => Verdict::Beyond,
            () if value <= clear => Verdict::Within,
            () => Verdict::Between,
        }
    }

    /// The limit, where the queue's own target is this.
    pub fn limit_of(&self, target: Option<i64>) -> Option<i64> {
        self.limit.or(target)
    }

    /// Whether nothing sounds and nothing is sent at that time.
    pub fn is_quiet(&self, local: Local) -> bool {
        self.quiet.is_some_and(|quiet| quiet.contains(local))
    }

    /// Whether a rule can be made of these: a value of the tenant alone is of no queue, and a target is a queue's.
    pub fn is_sound(&self) -> bool {
        let has_target = self.metric.has_target() && self.of != Of::Tenant;
        let of = match self.of {
            Of::Tenant => self.metric.is_of_tenant(),
            Of::Each | Of::Queue(_) => self.metric.is_of_queue(),
        };
        of && (self.limit.is_some() || has_target)
    }

    pub(crate) fn hold(&self) -> Millis {
        Millis::seconds(self.hold_s.into())
    }

    pub(crate) fn cool_down(&self) -> Millis {
        Millis::seconds(self.cool_down_s.into())
    }
}

impl Metric {
    /// Whether a queue has it.
    pub const fn is_of_queue(self) -> bool {
        !matches!(self, Self::Calls | Self::PbxSilent)
    }

    /// Whether the whole tenant has it.
    pub const fn is_of_tenant(self) -> bool {
        !matches!(self, Self::WrapUpTime | Self::NotReadyTime)
    }

    /// Whether a queue has a target for it.
    pub const fn has_target(self) -> bool {
        matches!(self, Self::LongestWait | Self::ServiceLevel)
    }

    /// Whether as a rule too little of it is what is bad.
    pub const fn is_bad_below(self) -> bool {
        matches!(self, Self::Ready | Self::ServiceLevel)
    }
}
