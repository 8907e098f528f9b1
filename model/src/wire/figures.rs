//! A queue's and an agent's figures, as rows and the API carry them. `docs/metrics.md` defines every one of them.
//!
//! Names end alike: `…_sum_ms` is a sum, any other `…_ms` a mean, a percentile or the greatest; what would divide by zero,
//! or hangs on a setting that is not made, is `null`. Counts and sums of several queues may be added, nothing else may:
//! [`WindowFigures::plus`] does so, and forms means and shares anew.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Millis;

/// A share in hundredths of a percent: 8113 is 81.13 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Share(pub u32);

impl Share {
    /// `part` of `whole`, rounded half up; `None` of nothing.
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        let share = (u128::from(part) * 20_000 + u128::from(whole)) / (2 * u128::from(whole)).max(1);
        (whole > 0).then(|| Self(u32::try_from(share).unwrap_or(u32::MAX)))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} %", self.0 / 100, self.0 % 100)
    }
}

/// How a service level is computed; a number on the wire and in the configuration. All are *answered within the target* in
/// parts of something, and differ in what becomes of those who gave up.
///
/// The numbers are those of the list in `docs/metrics.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum ServiceLevel {
    /// Of all who were answered or gave up: every caller who gave up counts against it. The PBX's own boards fit this one.
    #[default]
    V3,
    /// Of these without those who gave up within the target.
    V4,
    /// Of these without short abandons.
    V6,
}

/// A number that names no way to compute a service level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no service level {0}; choose 3, 4 or 6, which docs/metrics.md explains")]
pub struct NoServiceLevel(u8);

impl TryFrom<u8> for ServiceLevel {
    type Error = NoServiceLevel;

    fn try_from(number: u8) -> Result<Self, NoServiceLevel> {
        match number {
            3 => Ok(Self::V3),
            4 => Ok(Self::V4),
            6 => Ok(Self::V6),
            other => Err(NoServiceLevel(other)),
        }
    }
}

impl From<ServiceLevel> for u8 {
    fn from(formula: ServiceLevel) -> Self {
        match formula {
            ServiceLevel::V3 => 3,
            ServiceLevel::V4 => 4,
            ServiceLevel::V6 => 6,
        }
    }
}

/// What happened in a queue, by window, and by which rules it was counted.
///
/// A window of minutes is so many whole minutes and the running one; `today` is the tenant's day, in its time zone. A visit
/// belongs to the minute in which it ended: who still waits is in none of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// How the service level is computed: 3, 4 or 6. Over several queues `null` where they differ.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u8>))]
    pub formula: Option<ServiceLevel>,
    /// Seconds within which a caller should be answered; `null` where not set, and over queues that differ.
    pub target_s: Option<u32>,
    /// The service level that is wanted, in percent: a lower one needs attention; `null` where not set, and over queues
    /// that differ.
    pub target_percent: Option<u8>,
    /// Who gives up sooner than this many seconds is a short abandon; `null` where not set, and over queues that differ.
    pub short_abandon_s: Option<u32>,
    /// The last 15 minutes.
    pub m15: WindowFigures,
    /// The last 30 minutes.
    pub m30: WindowFigures,
    /// The last 60 minutes.
    pub m60: WindowFigures,
    /// Since the tenant's day began.
    pub today: WindowFigures,
}

/// What happened in a queue in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowFigures {
    /// Visits that ended: answered, abandoned, overflowed or left otherwise.
    pub offered: u32,
    /// Those that an agent answered.
    pub answered: u32,
    /// Those who gave up.
    pub abandoned: u32,
    /// Of these, those who did sooner than the limit; `null` without one.
    pub short_abandoned: Option<u32>,
    /// Those whom the queue sent on because they had waited too long.
    pub overflowed: u32,
    /// Those who left by another end, or by one that is not known.
    pub left_otherwise: u32,
    /// Of all that ended, those who had asked to be called back.
    pub callbacks: u32,
    /// Of these, those whom an agent reached.
    pub callbacks_answered: u32,
    /// Answered within the target, the level's upper part; `null` without a level.
    pub answered_in_target: Option<u32>,
    /// What the level is a part of, by its formula; `null` without a level.
    pub service_level_of: Option<u32>,
    /// The share answered within the target, in hundredths of a percent.
    pub service_level: Option<Share>,
    /// The share who gave up, short abandons included, of all offered; in hundredths of a percent.
    pub abandon_rate: Option<Share>,
    /// Answered visits whose wait is known.
    pub waits: u32,
    /// The sum of their waits.
    pub wait_sum_ms: Millis,
    /// Average speed of answer: their mean wait.
    pub asa_ms: Option<Millis>,
    /// The wait that half of them did not exceed.
    pub wait_p50_ms: Option<Millis>,
    /// The wait that nine of ten of them did not exceed.
    pub wait_p90_ms: Option<Millis>,
    /// The longest wait that ended, however it ended. Not of who still waits.
    pub longest_wait_ms: Option<Millis>,
    /// Talks that ended.
    pub talks: u32,
    /// The sum of their lengths.
    pub talk_sum_ms: Millis,
    /// Average talk time: their mean length, hold included.
    pub talk_ms: Option<Millis>,
    /// Wrap-ups of the queue's agents that ended.
    pub wrap_ups: u32,
    /// The sum of their lengths.
    pub wrap_up_sum_ms: Millis,
    /// Their mean length.
    pub wrap_up_ms: Option<Millis>,
    /// Average handle time: talk and wrap-up for each talk.
    pub handle_ms: Option<Millis>,
}

/// What an agent did on one day, as far as it has ended: the reader adds the running state, from its `since` or the day's
/// start, to that state's sum.
///
/// Sums are cut at the day's bounds. Counts and means are of what ended on the day, whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentFigures {
    /// Queue calls that the agent answered.
    pub answered: u32,
    /// Queue calls that rang and that nobody answered while they did.
    pub missed: u32,
    /// Queue calls that rang until another agent answered.
    pub elsewhere: u32,
    /// Queue calls of which it can't be told who answered them.
    pub unclear: u32,
    /// Wrap-ups.
    pub wrap_ups: u32,
    /// Queue calls ringing.
    pub ringing_sum_ms: Millis,
    /// Talking on queue calls, hold included.
    pub talk_sum_ms: Millis,
    /// Wrap-up.
    pub wrap_up_sum_ms: Millis,
    /// Ready.
    pub ready_sum_ms: Millis,
    /// Not ready.
    pub not_ready_sum_ms: Millis,
    /// On calls that are not the queue's.
    pub other_call_sum_ms: Millis,
    /// How long a queue call rang, the mean of all but the unclear ones.
    pub ring_ms: Option<Millis>,
    /// Average talk time.
    pub talk_ms: Option<Millis>,
    /// Mean length of a wrap-up.
    pub wrap_up_ms: Option<Millis>,
    /// Average handle time: talk and wrap-up for each answered call.
    pub handle_ms: Option<Millis>,
    /// Talk and wrap-up in parts of talk, wrap-up and ready; in hundredths of a percent.
    pub occupancy: Option<Share>,
}
