//! A person who is an agent of several queues: what he did today over all of them.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::{
    Board,
    agent::Agent,
    call::Call,
    table::{CallAt, ExtensionAt, QueueAt, Table},
};
use crate::{
    id::{CallId, Number, QueueId},
    metrics::{self, Answered, StateChange, agent_figures},
    time::UnixMillis,
    wire::{AgentFigures, AgentState, Share},
};

/// Who answered whom, in whichever queue.
struct AllAnswers<'a> {
    calls: &'a Table<CallId, CallAt, Call>,
}

impl Answered for AllAnswers<'_> {
    fn answers(&self, call: &CallId) -> impl Iterator<Item = (UnixMillis, Option<&Number>)> {
        let stays = self.calls.named(call.as_str()).map_or(&[][..], |call| &call.shown_stays[..]);
        let answers = stays.iter().flat_map(|shown| &shown.answers).map(|(at, who)| (*at, who.as_ref()));
        let mut answers: SmallVec<[_; 2]> = answers.collect();
        answers.sort_unstable();
        answers.into_iter()
    }
}

/// An agent's states as figures are made of them. Who is no more a member is as good as logged out.
pub(super) fn changes(agent: &Agent) -> impl Iterator<Item = StateChange> {
    agent.history().iter().map(|moment| StateChange {
        at: moment.at.shown,
        state: moment.state.unwrap_or(AgentState::LoggedOut),
        call: moment.call.clone(),
    })
}

impl Board {
    /// Where an extension is an agent.
    pub(super) fn homes(&self, place: ExtensionAt) -> BTreeSet<QueueAt> {
        let keys = self.extensions.get(place).map(|extension| &extension.agent_of);
        keys.into_iter().flatten().map(|key| self.home(*key)).collect()
    }

    /// A person's occupancy today over all queues; `own` are the figures of one of them, which are all there is where it is the
    /// only one. Ready in three queues is ready once.
    pub(super) fn occupancy(&self, place: ExtensionAt, number: &Number, own: &AgentFigures) -> Option<Share> {
        let homes = self.homes(place);
        if homes.len() <= 1 {
            return own.occupancy;
        }
        let day = self.minute?.day;
        // By id, since of two states alike the first queue's counts.
        let mut queues: BTreeMap<&QueueId, Vec<StateChange>> = BTreeMap::new();
        for home in homes {
            let Some((id, _)) = self.queues.at(home) else { continue };
            let mut parts = self.parts(home).filter_map(|queue| queue.agents.get(&place));
            let Some(first) = parts.next() else { continue };
            let mut rest = parts.peekable();
            if rest.peek().is_none() {
                queues.insert(id, changes(first).collect());
                continue;
            }
            let mut whole = (**first).clone();
            rest.for_each(|part| whole.merge(part));
            queues.insert(id, changes(&whole).collect());
        }
        let queues: Vec<_> = queues.into_values().collect();
        let answers = AllAnswers { calls: &self.calls };
        agent_figures(metrics::person(&queues), number, &answers, day).occupancy
    }
}
