//! Queues: who waits, who could answer. A queue's facts lie under its id, or under `n:<number>` where an event gave only
//! the number; they are joined when shown, by the newest word on which number belongs to which id.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    agent::{Agent, Listed, Shown as AgentShown},
    latest::Latest,
    news::News,
    register::{Intake, Stamp},
    table::{CallAt, ExtensionAt, QueueAt},
};
use crate::{
    id::{CallId, Number, QueueId, Seq, Text},
    metrics::{Course, Ledger, Rules},
    time::UnixMillis,
    wire::{AgentCounts, AgentState, CallerKind, CourseRow, Figures, QueueRow},
};

/// All that is known of a queue under one key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Queue {
    // Facts.
    /// The PBX spoke of it.
    pub seen: bool,
    pub name: Latest<Text>,
    /// Within how many seconds the PBX wants callers to be answered.
    pub target_s: Latest<u32>,
    /// Its numbers, by when each was last given.
    pub numbers: BTreeMap<Number, Stamp>,
    /// For a number's key: the ids that it was given with, and when last.
    pub ids: BTreeMap<QueueId, Stamp>,
    pub callers_listed: Option<Listed<CallId>>,
    pub agents_listed: Option<Listed<Number>>,
    pub agents: BTreeMap<ExtensionAt, Box<Agent>>,
    /// When somebody waited longer than the PBX wants, and who.
    pub breaches: BTreeSet<(UnixMillis, Option<Number>)>,
    pub destroyed: Option<Stamp>,
    pub news: News,
    // Derived.
    /// The key that its facts are shown under, where that is another one.
    pub home: Option<QueueAt>,
    /// The keys whose facts are shown under this one.
    pub joined: BTreeSet<QueueAt>,
    pub heading: Heading,
    pub tally: Tally,
    /// How many breaches of today there are under all its keys.
    pub breaches_today: Option<u32>,
    pub ledger: Ledger,
    pub figures: Option<Arc<Figures>>,
    /// What was read of the ledger for the course; it can be read again.
    #[serde(skip)]
    pub course: Course,
    pub agents_shown: BTreeMap<ExtensionAt, Box<AgentShown>>,
    pub shown: Option<Box<QueueRow>>,
    #[serde(default)]
    pub course_shown: Option<Box<CourseRow>>,
}

/// What a queue's row says that no caller and no agent changes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Heading {
    /// Whether it has a row.
    pub shown: bool,
    pub number: Option<Number>,
    pub name: Option<Text>,
    pub rules: Rules,
}

/// Who is in a queue, by what the queue's row counts. Its figures are the sizes of these sets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    on_the_line: BTreeSet<(Option<UnixMillis>, CallAt)>,
    callbacks: BTreeSet<CallAt>,
    agents: AgentCounts,
}

/// How somebody waits, and since when.
type Waits = (CallerKind, Option<UnixMillis>);

impl Tally {
    /// A caller's row became another one: its kind, and since when.
    pub fn caller(&mut self, call: CallAt, before: Option<Waits>, now: Option<Waits>) {
        match before {
            Some((CallerKind::Normal, since)) => drop(self.on_the_line.remove(&(since, call))),
            Some((CallerKind::Callback, _)) => drop(self.callbacks.remove(&call)),
            None => {}
        }
        match now {
            Some((CallerKind::Normal, since)) => drop(self.on_the_line.insert((since, call))),
            Some((CallerKind::Callback, _)) => drop(self.callbacks.insert(call)),
            None => {}
        }
    }

    /// An agent's row became another one. The counts are those of the rows that are shown, one out and one in.
    pub fn agent(&mut self, before: Option<AgentState>, now: Option<AgentState>) {
        if let Some(state) = before {
            let count = self.agents.get_mut(state);
            *count = count.saturating_sub(1);
        }
        if let Some(state) = now {
            *self.agents.get_mut(state) += 1;
        }
    }

    /// Everyone who waits.
    pub fn callers(&self) -> impl Iterator<Item = CallAt> {
        self.on_the_line.iter().map(|(_, call)| *call).chain(self.callbacks.iter().copied())
    }
}

impl Queue {
    /// Whether it has a row of its own; `listed`: the directory has it.
    pub fn has_row(&self, listed: bool) -> bool {
        self.home.is_none() && (self.seen || listed || !self.joined.is_empty())
    }

    /// Its row.
    pub fn row(&self, id: &QueueId) -> QueueRow {
        QueueRow {
            id: id.clone(),
            rev: Seq::default(),
            number: self.heading.number.clone(),
            name: self.heading.name.clone(),
            waiting: size(self.tally.on_the_line.len()),
            callbacks: size(self.tally.callbacks.len()),
            longest_since: self.tally.on_the_line.first().and_then(|(since, _)| *since),
            agents: self.tally.agents,
            target_s: self.heading.rules.target_s,
            sla_breaches: self.breaches_today,
            figures: self.figures.clone(),
        }
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.name.rebase(t);
        self.target_s.rebase(t);
        for at in self.numbers.values_mut().chain(self.ids.values_mut()).chain(&mut self.destroyed) {
            *at = at.rebased(t);
        }
        if let Some(list) = &mut self.callers_listed {
            list.at = list.at.rebased(t);
        }
        if let Some(list) = &mut self.agents_listed {
            list.at = list.at.rebased(t);
        }
        self.agents.values_mut().for_each(|agent| agent.rebase(t));
        self.news.rebase(t);
    }
}

/// How many things there are.
pub(super) fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Keeps the newest full list, and says whether this one was.
pub(super) fn keep_list<K: Ord>(slot: &mut Option<Listed<K>>, list: Listed<K>, intake: &mut Intake) -> bool {
    let tie = slot.as_ref().is_some_and(|known| known.at.t == list.at.t && known.keys != list.keys);
    intake.ties += u64::from(tie);
    let newer = slot.as_ref().is_none_or(|known| list > *known);
    if newer {
        *slot = Some(list);
    }
    newer
}

/// The key under which a queue's facts lie whose number alone is known.
pub(super) fn by_number(number: &Number) -> QueueId {
    format!("n:{number}").into()
}

/// The id that is newest, and of those that are equally new the one heard of last.
pub(super) fn newest<K: Ord>(known: &BTreeMap<K, Stamp>) -> Option<&K> {
    known.iter().max_by_key(|(key, at)| (at.t, at.recv, *key)).map(|(key, _)| key)
}
