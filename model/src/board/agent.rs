//! Agents: one person's state in one queue. A person in three queues is three of these.
//!
//! An agent's change is told twice: by the queue's event, which knows the call, and by the extension's, which does not.
//! Where both name the same state in the same second they are one point, and the fuller of the two is kept.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::register::{Fact, Intake, Register, Spoken, Stamp};
use crate::{
    event::{AgentSaid, Word},
    id::{CallId, Number, QueueId, Seq, Text},
    metrics::Contribution,
    time::UnixMillis,
    wire::{AgentRow, AgentState},
};

/// All that is known of an agent in a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agent {
    facts: Register<Membership, 0>,
    /// Its states since the horizon, in order of time: what figures are made of.
    history: Vec<Moment>,
}

/// What an agent's facts come to where they are shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    /// The row.
    pub row: Option<Box<AgentRow>>,
    /// What its wrap-ups add to the queue's figures.
    pub figures: Vec<Contribution>,
}

/// What an agent is to a queue at one moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Membership {
    // First, since of two points of one moment and state the greater is kept.
    call: Option<CallId>,
    with: Option<Number>,
    reason: Option<Text>,
    /// `None`: no member any more.
    state: Option<Spoken<AgentState>>,
}

/// A state that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moment {
    pub at: Stamp,
    /// `None`: no member any more.
    pub state: Option<AgentState>,
    pub call: Option<CallId>,
}

impl Membership {
    pub const REMOVED: Self = Self { call: None, with: None, reason: None, state: None };

    /// What an event says that does not know the call.
    pub fn bare(word: &Word<AgentState>, reason: Option<Text>) -> Self {
        Self { reason, state: Some(word.into()), ..Self::REMOVED }
    }

    /// The agent's call.
    pub fn call(&self) -> Option<&CallId> {
        self.call.as_ref()
    }

    fn known(&self) -> Option<AgentState> {
        self.state.as_ref().map(|word| word.known.unwrap_or(AgentState::Unknown))
    }

    fn details(&self) -> (&Option<CallId>, &Option<Number>, &Option<Text>) {
        (&self.call, &self.with, &self.reason)
    }
}

impl From<&AgentSaid> for Membership {
    fn from(said: &AgentSaid) -> Self {
        Self {
            call: said.call.clone(),
            with: said.with_number.clone(),
            reason: said.reason.clone().filter(|reason| !reason.is_empty()),
            state: Some((&said.state).into()),
        }
    }
}

impl Fact for Membership {
    fn same(&self, other: &Self) -> bool {
        match (&self.state, &other.state) {
            (Some(mine), Some(theirs)) => mine.same(theirs),
            (mine, theirs) => mine.is_none() && theirs.is_none(),
        }
    }

    fn contradicts(&self, other: &Self) -> bool {
        let none = (&None, &None, &None);
        self.details() != other.details() && self.details() != none && other.details() != none
    }
}

/// Everyone whom a queue's newest full list of agents names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Listed<K: Ord> {
    /// As of when.
    pub at: Stamp,
    pub keys: BTreeSet<K>,
}

impl<K: Ord> Listed<K> {
    /// Whether the list is newer than `t` and does not name `key`.
    pub fn misses(&self, key: &K, t: UnixMillis) -> bool {
        t < self.at.t && !self.keys.contains(key)
    }
}

impl Agent {
    /// Takes what an event says, and says whether that was new.
    pub fn hear(&mut self, said: Membership, at: Stamp, intake: &mut Intake) -> bool {
        let moment = Moment { at, state: said.known(), call: said.call.clone() };
        let changed = self.facts.put(intake, at, 0, said);
        changed | (!at.untimed && self.remember(moment))
    }

    fn remember(&mut self, moment: Moment) -> bool {
        let key = |moment: &Moment| (moment.at.t, moment.at.recv, moment.state);
        let t = moment.at.t;
        let first = self.history.partition_point(|known| known.at.t < t);
        let same = self.history[first..].iter_mut().take_while(|known| known.at.t == t);
        if let Some(known) = same.into_iter().find(|known| known.state == moment.state) {
            let before = (known.at, known.call.clone());
            known.at = known.at.min(moment.at);
            known.call = known.call.take().max(moment.call);
            let changed = before != (known.at, known.call.clone());
            let count = self.history[first..].iter().take_while(|known| known.at.t == t).count();
            self.history[first..first + count].sort_by_key(key);
            return changed;
        }
        let place = first + self.history[first..].partition_point(|known| key(known) < key(&moment));
        self.history.insert(place, moment);
        true
    }

    /// The same agent's facts under the queue's id and under its number.
    pub fn merge(&mut self, other: &Self) {
        self.facts.add(&other.facts);
        for moment in &other.history {
            self.remember(moment.clone());
        }
    }

    /// Its states since the horizon, in order of time.
    pub fn history(&self) -> &[Moment] {
        &self.history
    }

    /// The newest fact's moment.
    pub fn newest(&self) -> Option<UnixMillis> {
        self.facts.last().map(|point| point.at.t)
    }

    /// Whether it is a member of its queue, by the newest fact.
    pub fn is_removed(&self) -> bool {
        self.facts.last().is_some_and(|point| point.value.state.is_none())
    }

    /// The length and the end of each wrap-up that is over.
    pub fn wrap_ups(&self) -> impl Iterator<Item = (Stamp, Stamp)> {
        let mut began: Option<Stamp> = None;
        self.history.iter().filter_map(move |moment| match (began, moment.state) {
            (None, Some(AgentState::WrapUp)) => {
                began = Some(moment.at);
                None
            }
            (Some(_), Some(AgentState::WrapUp)) | (None, _) => None,
            (Some(_), _) => began.take().map(|start| (start, moment.at)),
        })
    }

    /// Forgets the states that ended before `t`.
    pub fn forget(&mut self, t: UnixMillis) {
        let over = self.history.partition_point(|moment| moment.at.t < t);
        // The last of them may go on.
        self.history.drain(..over.saturating_sub(1));
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.facts.rebase(t);
        for mut moment in std::mem::take(&mut self.history) {
            moment.at = moment.at.rebased(t);
            self.remember(moment);
        }
    }

    /// Its row, but for its figures; `None` if the agent has left the queue.
    pub fn row(
        &self,
        id: &Text,
        queue: &QueueId,
        number: &Number,
        listed: Option<&Listed<Number>>,
        name: Option<&Text>,
    ) -> Option<AgentRow> {
        let last = self.facts.last()?;
        let word = last.value.state.as_ref()?;
        if listed.is_some_and(|list| list.misses(number, last.at.t)) {
            return None;
        }
        let state = word.known.unwrap_or(AgentState::Unknown);
        // A ready agent may still carry the last caller.
        let has_call = matches!(state, AgentState::QueueCall | AgentState::OtherCall);
        Some(AgentRow {
            id: id.clone(),
            rev: Seq::default(),
            queue: queue.clone(),
            number: number.clone(),
            name: name.cloned(),
            state,
            raw: Some(word.raw.clone()),
            reason: last.value.reason.clone(),
            since: self.facts.since().map(|at| at.shown),
            call: last.value.call.clone().filter(|_| has_call),
            with_number: last.value.with.clone().filter(|_| has_call),
            figures: None,
            occupancy: None,
            masked: false,
        })
    }
}
