//! Queues: who waits, who could answer. A queue's facts lie under its id, or under `n:<number>` where an event gave only
//! the number; they are joined when shown, by the newest word on which number belongs to which id.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    agent::{Agent, Listed},
    caller::Caller,
    register::{Intake, Register, Stamp},
};
use crate::{
    id::{CallId, Number, QueueId, Seq},
    time::UnixMillis,
    wire::{AgentCounts, AgentRow, AgentState, CallerKind, CallerRow, QueueRow},
};

/// All that is known of a queue under one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    // Facts.
    /// The PBX spoke of it.
    pub seen: bool,
    pub name: Register<Arc<str>>,
    /// Its numbers, by when each was last given.
    pub numbers: BTreeMap<Number, Stamp>,
    pub callers_listed: Option<Listed<CallId>>,
    pub agents_listed: Option<Listed<Number>>,
    pub callers: BTreeMap<CallId, Caller>,
    pub agents: BTreeMap<Number, Agent>,
    // Derived.
    /// The key that its facts are shown under, where that is another one.
    pub home: Option<QueueId>,
    /// The keys whose facts are shown under this one.
    pub joined: BTreeSet<QueueId>,
    pub tally: Tally,
    pub callers_shown: BTreeMap<CallId, CallerRow>,
    pub agents_shown: BTreeMap<Number, AgentRow>,
    pub shown: Option<QueueRow>,
}

/// Who is in a queue, by what the queue's row counts. Its figures are the sizes of these sets.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    on_the_line: BTreeSet<(Option<UnixMillis>, CallId)>,
    callbacks: BTreeSet<CallId>,
    agents: BTreeMap<AgentState, BTreeSet<Number>>,
}

impl Tally {
    /// A caller's row became another one.
    pub fn caller(&mut self, before: Option<&CallerRow>, now: Option<&CallerRow>) {
        if let Some(row) = before {
            match row.kind {
                CallerKind::Normal => self.on_the_line.remove(&(row.since, row.call.clone())),
                CallerKind::Callback => self.callbacks.remove(&row.call),
            };
        }
        if let Some(row) = now {
            match row.kind {
                CallerKind::Normal => self.on_the_line.insert((row.since, row.call.clone())),
                CallerKind::Callback => self.callbacks.insert(row.call.clone()),
            };
        }
    }

    /// An agent's row became another one.
    pub fn agent(&mut self, before: Option<&AgentRow>, now: Option<&AgentRow>) {
        if let Some(row) = before {
            self.agents.entry(row.state).or_default().remove(&row.number);
        }
        if let Some(row) = now {
            self.agents.entry(row.state).or_default().insert(row.number.clone());
        }
    }
}

impl Queue {
    /// Whether it has a row of its own; `listed`: the directory has it.
    pub fn is_shown(&self, listed: bool) -> bool {
        self.home.is_none() && (self.seen || listed || !self.joined.is_empty())
    }

    /// Its row, but for name, number and target.
    pub fn row(&self, id: &QueueId) -> QueueRow {
        let mut agents = AgentCounts::default();
        for (state, numbers) in &self.tally.agents {
            *agents.get_mut(*state) = size(numbers.len());
        }
        QueueRow {
            id: id.clone(),
            rev: Seq::default(),
            number: None,
            name: None,
            waiting: size(self.tally.on_the_line.len()),
            callbacks: size(self.tally.callbacks.len()),
            longest_since: self.tally.on_the_line.first().and_then(|(since, _)| *since),
            agents,
            target_s: None,
            figures: None,
        }
    }
}

fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Keeps the newest full list, and says whether this one was.
pub(super) fn keep_list<K: Ord>(slot: &mut Option<Listed<K>>, list: Listed<K>, intake: &mut Intake) -> bool {
    let tie = slot.as_ref().is_some_and(|known| known.t == list.t && known.keys != list.keys);
    intake.ties += u64::from(tie);
    let newer = slot.as_ref().is_none_or(|known| list > *known);
    if newer {
        *slot = Some(list);
    }
    newer
}
