//! The life of a rule at one place: idle, pending, raised, cooling. Who acknowledged it changes none of it.

use super::Rule;
use crate::time::UnixMillis;

/// What a value says to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can't be computed.
    Unknown,
    /// Beyond the limit.
    Beyond,
    /// Not beyond it, and not back to where the rule clears.
    Between,
    /// Within bounds.
    Within,
    /// The rule does not count at this time.
    Closed,
}

/// Where a rule stands at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// Nothing is out of bounds, or not known to be.
    #[default]
    Idle,
    /// Out of bounds without a break since then.
    Pending(UnixMillis),
    /// Out of bounds for long enough.
    Raised,
    /// It was raised; until then it is not raised again.
    Cooling(UnixMillis),
}

/// What a person should hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is raised now.
    Raised,
    /// It is over.
    Cleared,
}

impl Life {
    /// What becomes of it at `now`.
    #[must_use]
    pub fn step(self, rule: &Rule, verdict: Verdict, now: UnixMillis) -> (Self, Option<Turn>) {
        match self {
            Self::Raised if matches!(verdict, Verdict::Within | Verdict::Closed) => {
                (Self::cooled(rule, now), Some(Turn::Cleared))
            }
            Self::Raised => (Self::Raised, None),
            // A clock that was set back must not keep it silent for longer than it should be.
            Self::Cooling(until) if now < until && until.since(now) <= rule.cool_down() => (self, None),
            _ if verdict != Verdict::Beyond => (Self::Idle, None),
            _ => {
                let since = if let Self::Pending(since) = self { since.min(now) } else { now };
                if now.since(since) >= rule.hold() {
                    (Self::Raised, Some(Turn::Raised))
                } else {
                    (Self::Pending(since), None)
                }
            }
        }
    }

    /// What follows once it was cleared at `at`.
    #[must_use]
    pub fn cooled(rule: &Rule, at: UnixMillis) -> Self {
        if rule.cool_down_s == 0 { Self::Idle } else { Self::Cooling(at + rule.cool_down()) }
    }
}
