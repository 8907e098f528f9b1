//! Sums as figures: every formula of `docs/metrics.md` about queues.

use serde::{Deserialize, Serialize};

use super::{Ledger, Sums, Window, waits::Waits};
use crate::{
    time::Millis,
    wire::{Figures, ServiceLevel, Share, WindowFigures},
};

/// By what a queue's figures are counted. They say so themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How the service level is computed.
    pub formula: ServiceLevel,
    /// Seconds within which a caller should be answered. Without it there is no service level.
    pub target_s: Option<u32>,
    /// The service level that is wanted, in percent. Nothing is counted by it.
    pub target_percent: Option<u8>,
    /// Who gives up sooner than this many seconds is a short abandon. Without it nobody can be counted as one, and there
    /// is no service level 6.
    pub short_abandon_s: Option<u32>,
}

impl Rules {
    /// Whether there is a service level by these rules.
    pub(super) fn has_level(&self) -> bool {
        self.target_s.is_some() && (self.formula != ServiceLevel::V6 || self.short_abandon_s.is_some())
    }

    /// Figures of nothing by these rules.
    pub(super) fn named(&self) -> Figures {
        Figures {
            formula: Some(self.formula),
            target_s: self.target_s,
            target_percent: self.target_percent,
            short_abandon_s: self.short_abandon_s,
            ..Figures::default()
        }
    }
}

impl Sums {
    /// The longest wait, however it ended.
    pub(super) fn longest(&self) -> Option<Millis> {
        let all = [&self.answered_waits, &self.abandoned_waits, &self.other_waits];
        all.into_iter().filter_map(Waits::longest).max().map(length)
    }

    /// These sums as figures, by a queue's rules.
    pub fn figures(&self, rules: &Rules) -> WindowFigures {
        let (answered, abandoned) = (&self.answered_waits, &self.abandoned_waits);
        // "Within" is up to and with the last moment; a short abandon is one before it.
        let in_target = |waits: &Waits| rules.target_s.map(|s| waits.shorter_than(millis(s) + 1));
        let short = rules.short_abandon_s.map(|s| abandoned.shorter_than(millis(s)));
        let neutral = match rules.formula {
            ServiceLevel::V3 => Some(0),
            ServiceLevel::V4 => in_target(abandoned),
            ServiceLevel::V6 => short,
        };
        let level = in_target(answered).zip(neutral);
        let level = level.map(|(upper, neutral)| (upper, answered.count + abandoned.count - neutral));
        WindowFigures {
            answered: count(self.answered),
            abandoned: count(self.abandoned),
            short_abandoned: short.map(count),
            overflowed: count(self.overflowed),
            left_otherwise: count(self.left_otherwise),
            callbacks: count(self.callbacks),
            callbacks_answered: count(self.callbacks_answered),
            answered_in_target: level.map(|(upper, _)| count(upper)),
            service_level_of: level.map(|(_, lower)| count(lower)),
            waits: count(answered.count),
            wait_sum_ms: Millis(answered.sum),
            longest_wait_ms: self.longest(),
            talks: count(self.talks),
            talk_sum_ms: Millis(self.talk_ms),
            wrap_ups: count(self.wrap_ups),
            wrap_up_sum_ms: Millis(self.wrap_up_ms),
            ..WindowFigures::default()
        }
        .derived()
        .with_percentiles(answered)
    }
}

impl WindowFigures {
    /// Both together, for a reader of several queues' rows. Counts and sums add up; means and shares are formed anew, never
    /// from means and shares; what is `null` in one, for want of a setting, is the other's. Percentiles don't add up: they
    /// are `null` unless only one of the two has any waits.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (percentiles, clash) = match (self.waits, other.waits) {
            (_, 0) => (self, false),
            (0, _) => (other, false),
            _ => (self, true),
        };
        let either = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Self {
            answered: self.answered.saturating_add(other.answered),
            abandoned: self.abandoned.saturating_add(other.abandoned),
            short_abandoned: either(self.short_abandoned, other.short_abandoned),
            overflowed: self.overflowed.saturating_add(other.overflowed),
            left_otherwise: self.left_otherwise.saturating_add(other.left_otherwise),
            callbacks: self.callbacks.saturating_add(other.callbacks),
            callbacks_answered: self.callbacks_answered.saturating_add(other.callbacks_answered),
            answered_in_target: either(self.answered_in_target, other.answered_in_target),
            service_level_of: either(self.service_level_of, other.service_level_of),
            waits: self.waits.saturating_add(other.waits),
            wait_sum_ms: sum(self.wait_sum_ms, other.wait_sum_ms),
            wait_p50_ms: percentiles.wait_p50_ms.filter(|_| !clash),
            wait_p90_ms: percentiles.wait_p90_ms.filter(|_| !clash),
            longest_wait_ms: self.longest_wait_ms.max(other.longest_wait_ms),
            talks: self.talks.saturating_add(other.talks),
            talk_sum_ms: sum(self.talk_sum_ms, other.talk_sum_ms),
            wrap_ups: self.wrap_ups.saturating_add(other.wrap_ups),
            wrap_up_sum_ms: sum(self.wrap_up_sum_ms, other.wrap_up_sum_ms),
            ..Self::default()
        }
        .derived()
    }

    /// With everything that follows from its own counts and sums.
    fn derived(self) -> Self {
        let Self { answered, abandoned, overflowed, left_otherwise, talks, .. } = self;
        let offered = [abandoned, overflowed, left_otherwise].into_iter().fold(answered, u32::saturating_add);
        let level = self.answered_in_target.zip(self.service_level_of);
        Self {
            offered,
            service_level: level.and_then(|(upper, lower)| Share::of(upper.into(), lower.into())),
            abandon_rate: Share::of(abandoned.into(), offered.into()),
            asa_ms: mean(self.wait_sum_ms, self.waits),
            talk_ms: mean(self.talk_sum_ms, talks),
            wrap_up_ms: mean(self.wrap_up_sum_ms, self.wrap_ups),
            handle_ms: mean(sum(self.talk_sum_ms, self.wrap_up_sum_ms), talks),
            ..self
        }
    }

    fn with_percentiles(self, answered: &Waits) -> Self {
        Self {
            wait_p50_ms: answered.percentile(50).map(length),
            wait_p90_ms: answered.percentile(90).map(length),
            ..self
        }
    }
}

/// A tenant's figures, or those of any choice of its queues; `None` without a queue whose windows stand. Each queue's
/// service level goes by its own rules: the parts are added, and of a queue without a target neither part. Percentiles
/// are exact. It reads all waits of all queues, so it is for a question, not for every change.
pub fn total<'a>(queues: impl IntoIterator<Item = (&'a Ledger, &'a Rules)>) -> Option<Figures> {
    let mut all: Option<Figures> = None;
    let mut waits = <[Waits; 4]>::default();
    for (ledger, rules) in queues {
        let Some(figures) = ledger.figures(rules) else { continue };
        all = Some(all.map_or(figures, |all| all.plus(&figures)));
        for (window, waits) in Window::ALL.into_iter().zip(&mut waits) {
            if let Some(sums) = ledger.window(window) {
                waits.add_all(&sums.answered_waits);
            }
        }
    }
    let [m15, m30, m60, today] = &waits;
    all.map(|all| Figures {
        m15: all.m15.with_percentiles(m15),
        m30: all.m30.with_percentiles(m30),
        m60: all.m60.with_percentiles(m60),
        today: all.today.with_percentiles(today),
        ..all
    })
}

impl Figures {
    /// Both together, window by window; a rule that is not the same in both is `null`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            formula: self.formula.filter(|_| self.formula == other.formula),
            target_s: self.target_s.filter(|_| self.target_s == other.target_s),
            target_percent: self.target_percent.filter(|_| self.target_percent == other.target_percent),
            short_abandon_s: self.short_abandon_s.filter(|_| self.short_abandon_s == other.short_abandon_s),
            m15: self.m15.plus(&other.m15),
            m30: self.m30.plus(&other.m30),
            m60: self.m60.plus(&other.m60),
            today: self.today.plus(&other.today),
        }
    }
}

/// The mean of `of` lengths, rounded half up; `None` of none.
pub(super) fn mean(sum: Millis, of: u32) -> Option<Millis> {
    let (sum, of) = (sum.0.max(0), i64::from(of));
    (of > 0).then(|| Millis(sum / of + i64::from(sum % of * 2 >= of)))
}

fn sum(a: Millis, b: Millis) -> Millis {
    Millis(a.0.saturating_add(b.0))
}

fn count(n: i64) -> u32 {
    u32::try_from(n.max(0)).unwrap_or(u32::MAX)
}

fn millis(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}

fn length(ms: u32) -> Millis {
    Millis(ms.into())
}
