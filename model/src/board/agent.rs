//! Agents: one person's state in one queue. A person in three queues is three of these.
//!
//! An agent's change is told twice: by the queue's event, which knows the call, and by the extension's, which does not.
//! Where both name the same state in the same second they are one point, and the fuller of the two is kept.

use std::{collections::BTreeSet, sync::Arc};

use super::register::{Fact, Register, Spoken};
use crate::{
    event::{AgentSaid, Word},
    id::{CallId, Number, QueueId, Seq},
    time::UnixMillis,
    wire::{AgentRow, AgentState},
};

/// All that is known of an agent in a queue.
pub(super) type Agent = Register<Membership>;

/// What an agent is to a queue at one moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Membership {
    // First, since of two points of one moment and state the greater is kept.
    call: Option<CallId>,
    with: Option<Number>,
    reason: Option<Arc<str>>,
    /// `None`: no member any more.
    state: Option<Spoken<AgentState>>,
}

impl Membership {
    pub const REMOVED: Self = Self { call: None, with: None, reason: None, state: None };

    /// What an event says that does not know the call.
    pub fn bare(word: &Word<AgentState>, reason: Option<Arc<str>>) -> Self {
        Self { reason, state: Some(word.into()), ..Self::REMOVED }
    }

    fn details(&self) -> (&Option<CallId>, &Option<Number>, &Option<Arc<str>>) {
        (&self.call, &self.with, &self.reason)
    }
}

impl From<&AgentSaid> for Membership {
    fn from(said: &AgentSaid) -> Self {
        Self {
            call: said.call.clone(),
            with: said.with_number.clone(),
            reason: said.reason.as_deref().filter(|reason| !reason.is_empty()).map(Arc::from),
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed<K> {
    /// As of when, by the PBX's clock.
    pub t: UnixMillis,
    pub recv: UnixMillis,
    pub keys: BTreeSet<K>,
}

impl<K: Ord> Listed<K> {
    /// Whether the list is newer than `t` and does not name `key`.
    pub fn misses(&self, key: &K, t: UnixMillis) -> bool {
        t < self.t && !self.keys.contains(key)
    }
}

/// An agent's row; `None` if the agent has left the queue.
pub(super) fn row(
    agent: &Agent,
    queue: &QueueId,
    number: &Number,
    listed: Option<&Listed<Number>>,
    name: Option<&str>,
) -> Option<AgentRow> {
    let last = agent.last()?;
    let word = last.value.state.as_ref()?;
    if listed.is_some_and(|list| list.misses(number, last.at.t)) {
        return None;
    }
    let state = word.known.unwrap_or(AgentState::Unknown);
    // A ready agent may still carry the last caller.
    let has_call = matches!(state, AgentState::QueueCall | AgentState::OtherCall);
    Some(AgentRow {
        id: format!("{queue}/{number}"),
        rev: Seq::default(),
        queue: queue.clone(),
        number: number.clone(),
        name: name.map(str::to_owned),
        state,
        raw: Some(word.raw.as_ref().to_owned()),
        reason: last.value.reason.as_deref().map(str::to_owned),
        since: agent.since().map(|at| at.shown),
        call: last.value.call.clone().filter(|_| has_call),
        with_number: last.value.with.clone().filter(|_| has_call),
    })
}
