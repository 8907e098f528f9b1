//! An alert as it is shown: what is out of bounds where, since when, and who knows of it. `docs/alerts.md` tells it in words.
//!
//! Alerts are no rows: the journal does not hold them. They come with the feed's beats and by the API.

use serde::{Deserialize, Serialize};

use super::row::words;
use crate::{
    id::{Number, QueueId, Text},
    time::UnixMillis,
};

words!(
    /// What an alert is about.
    Metric {
        /// Callers on the line.
        Waiting => "waiting",
        /// How long the longest of them waits.
        LongestWait => "longest_wait",
        /// Agents who are ready.
        Ready => "ready",
        /// The service level.
        ServiceLevel => "service_level",
        /// The share who gave up.
        AbandonRate => "abandon_rate",
        /// How many gave up.
        Abandoned => "abandoned",
        /// How long the longest wrap-up lasts.
        WrapUpTime => "wrap_up_time",
        /// How long somebody is not ready.
        NotReadyTime => "not_ready_time",
        /// Calls that are up.
        Calls => "calls",
        /// How long nothing came from the PBX.
        PbxSilent => "pbx_silent",
    }
);
words!(
    /// What is wanted of a person.
    Severity {
        /// Somebody should look.
        Attention => "attention",
        /// Somebody should act.
        Action => "action",
    }
);
words!(
    /// Of which time a figure is.
    Window {
        /// The last 15 minutes.
        M15 => "m15",
        /// The last 30 minutes.
        M30 => "m30",
        /// The last 60 minutes.
        M60 => "m60",
        /// Since the tenant's day began.
        Today => "today",
    }
);

/// In what a metric is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Pieces.
    Count,
    /// Milliseconds.
    Millis,
    /// Hundredths of a percent.
    Share,
}

impl Metric {
    /// In what its values and limits are counted.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Waiting | Self::Ready | Self::Abandoned | Self::Calls => Unit::Count,
            Self::LongestWait | Self::WrapUpTime | Self::NotReadyTime | Self::PbxSilent => Unit::Millis,
            Self::ServiceLevel | Self::AbandonRate => Unit::Share,
        }
    }

    /// Whether it is of some time, and not of this moment.
    pub const fn has_window(self) -> bool {
        matches!(self, Self::ServiceLevel | Self::AbandonRate | Self::Abandoned)
    }
}

/// An alert that is raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its id; never given twice.
    pub id: Text,
    /// What is wanted of a person.
    pub severity: Severity,
    /// What it is about.
    pub metric: Metric,
    /// Of which time the figure is; `null` for what is of this moment.
    pub window: Option<Window>,
    /// The queue; `null` where it is the whole tenant's.
    pub queue: Option<QueueId>,
    /// The queue's number.
    pub number: Option<Number>,
    /// The queue's name.
    pub name: Option<Text>,
    /// The value when it was raised: a count, milliseconds, or hundredths of a percent, by the metric.
    pub value: i64,
    /// The limit that it was beyond, counted likewise.
    pub limit: i64,
    /// When it was raised.
    pub since: UnixMillis,
    /// When somebody acknowledged it; `null`: nobody did.
    pub acknowledged_at: Option<UnixMillis>,
    /// It is within its rule's quiet hours: nothing sounds, and nothing is sent.
    pub quiet: bool,
}

/// The alerts that are raised, those that want most first, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// The first of them.
    pub raised: Vec<Alert>,
    /// How many more.
    pub more: u32,
}

impl Alerts {
    /// So many are told at most.
    pub const MAX: usize = 30;

    /// Those that want most, and the count of the rest.
    pub fn of(mut all: Vec<Alert>) -> Self {
        all.sort_by_key(Alert::order);
        let more = u32::try_from(all.len().saturating_sub(Self::MAX)).unwrap_or(u32::MAX);
        all.truncate(Self::MAX);
        Self { raised: all, more }
    }

    /// The newest of those that may sound, by its id, which are given in order; 0 where there is none.
    pub fn newest(&self) -> u64 {
        let loud = self.raised.iter().filter(|alert| !alert.quiet);
        loud.filter_map(|alert| alert.id.parse().ok()).max().unwrap_or_default()
    }

    /// What the worst of those wants that are raised of a queue and about one of these.
    pub fn worst(&self, queue: &QueueId, metrics: &[Metric]) -> Option<Severity> {
        let its = self.raised.iter().filter(|alert| alert.queue.as_ref() == Some(queue));
        its.filter(|alert| metrics.contains(&alert.metric)).map(|alert| alert.severity).max()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.raised.is_empty()
    }
}

impl Alert {
    /// Its place among others: what nobody knows of before what somebody does, action before attention, then the newest.
    fn order(&self) -> (bool, std::cmp::Reverse<Severity>, std::cmp::Reverse<UnixMillis>, Text) {
        let (severity, since) = (std::cmp::Reverse(self.severity), std::cmp::Reverse(self.since));
        (self.acknowledged_at.is_some(), severity, since, self.id.clone())
    }
}
