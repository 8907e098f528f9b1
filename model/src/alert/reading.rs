//! A rule's value, from what is shown anyway: a queue's row, its agents', the tenant's figures, the PBX's lamp.

use super::Rule;
use crate::{
    time::{Millis, UnixMillis},
    wire::{AgentCounts, Figures, Lamp, LampState, Metric, QueueRow, Window, WindowFigures},
};

/// Who hears events hears them within so long, else the lamp is live by a subscription.
const LIVE_FOR: Millis = Millis::minutes(15);

/// A value in its metric's unit, or why there is none.
pub type Reading = Result<i64, Unknown>;

/// Why a value can't be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// There is no such queue.
    NoQueue,
    /// Nobody is a member.
    NoAgents,
    /// The first minute has not passed yet.
    NoFigures,
    /// The queue has no target.
    NoTarget,
    /// Nobody called in that time.
    NoCalls,
    /// Nothing ever came from the PBX.
    NoEvent,
    /// It is not of queues, or not of the tenant.
    NotOfThis,
}

/// What is known of a queue.
#[derive(Clone, Copy, Debug)]
pub struct OfQueue<'a> {
    /// Its row.
    pub row: &'a QueueRow,
    /// Since when the longest of its agents is in wrap-up.
    pub wrap_up_since: Option<UnixMillis>,
    /// Likewise not ready.
    pub not_ready_since: Option<UnixMillis>,
}

/// What is known of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct OfTenant<'a> {
    /// Its queues' rows.
    pub queues: &'a [QueueRow],
    /// Its figures.
    pub figures: Option<&'a Figures>,
    /// Its agents, each person once; `None` before they were counted.
    pub persons: Option<&'a AgentCounts>,
    /// Calls that are up.
    pub calls: u32,
    /// The PBX's lamp.
    pub pbx: &'a Lamp,
}

impl OfQueue<'_> {
    /// The value that a rule looks at, at `now`.
    pub fn read(&self, rule: &Rule, now: UnixMillis) -> Reading {
        let row = self.row;
        match rule.metric {
            Metric::Waiting => Ok(row.waiting.into()),
            Metric::LongestWait => Ok(length(longest(row), now)),
            Metric::Ready => ready(&row.agents),
            Metric::WrapUpTime => Ok(length(self.wrap_up_since, now)),
            Metric::NotReadyTime => Ok(length(self.not_ready_since, now)),
            Metric::ServiceLevel | Metric::AbandonRate | Metric::Abandoned => {
                figure(rule, row.figures.as_deref())
            }
            Metric::Calls | Metric::PbxSilent => Err(Unknown::NotOfThis),
        }
    }

    /// The queue's own target, in the metric's unit.
    pub fn target(&self, metric: Metric) -> Option<i64> {
        match metric {
            Metric::LongestWait => self.row.target_s.map(|seconds| Millis::seconds(seconds.into()).0),
            Metric::ServiceLevel => {
                let percent = self.row.figures.as_ref()?.target_percent?;
                Some(i64::from(percent) * 100)
            }
            _ => None,
        }
    }
}

impl OfTenant<'_> {
    /// The value that a rule looks at, at `now`.
    pub fn read(&self, rule: &Rule, now: UnixMillis) -> Reading {
        match rule.metric {
            Metric::Waiting => Ok(self.queues.iter().map(|row| i64::from(row.waiting)).sum()),
            Metric::LongestWait => Ok(length(self.queues.iter().filter_map(longest).min(), now)),
            Metric::Ready => ready(self.persons.ok_or(Unknown::NoFigures)?),
            Metric::ServiceLevel | Metric::AbandonRate | Metric::Abandoned => figure(rule, self.figures),
            Metric::Calls => Ok(self.calls.into()),
            Metric::PbxSilent => silence(self.pbx, now),
            Metric::WrapUpTime | Metric::NotReadyTime => Err(Unknown::NotOfThis),
        }
    }
}

/// Since when the longest of a queue's callers waits.
fn longest(row: &QueueRow) -> Option<UnixMillis> {
    row.longest_since.filter(|_| row.waiting > 0)
}

/// How long something lasts; nothing lasts no time.
fn length(since: Option<UnixMillis>, now: UnixMillis) -> i64 {
    since.map_or(0, |since| now.since(since).0)
}

fn ready(agents: &AgentCounts) -> Reading {
    let all = crate::wire::AgentState::ALL.iter().map(|state| agents.get(*state));
    if all.sum::<u32>() == 0 { Err(Unknown::NoAgents) } else { Ok(agents.ready.into()) }
}

fn figure(rule: &Rule, figures: Option<&Figures>) -> Reading {
    let figures = rule.window.figures(figures.ok_or(Unknown::NoFigures)?);
    let share = |share: Option<crate::wire::Share>| share.map(|share| share.0.into());
    match rule.metric {
        Metric::ServiceLevel if figures.answered_in_target.is_none() => Err(Unknown::NoTarget),
        Metric::ServiceLevel => share(figures.service_level).ok_or(Unknown::NoCalls),
        Metric::AbandonRate => share(figures.abandon_rate).ok_or(Unknown::NoCalls),
        _ => Ok(figures.abandoned.into()),
    }
}

/// How long the PBX says nothing. Where its own interfaces are heard, an hour without a call is no silence.
fn silence(pbx: &Lamp, now: UnixMillis) -> Reading {
    let silent = now.since(pbx.last_event_at.ok_or(Unknown::NoEvent)?);
    Ok(if pbx.state == LampState::Live && silent > LIVE_FOR { 0 } else { silent.0 })
}

impl Window {
    /// Its figures.
    pub const fn figures(self, figures: &Figures) -> &WindowFigures {
        match self {
            Self::M15 => &figures.m15,
            Self::M30 => &figures.m30,
            Self::M60 => &figures.m60,
            Self::Today => &figures.today,
        }
    }
}
