//! An entry's events become facts, and say which rows they may concern.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Board, Call, Counts, Newest,
    agent::{Listed, Membership},
    call::Source,
    queue::{Queue, keep_list},
    register::{Intake, Stamp, by_number, keep_latest, newest},
    settle::Dirty,
};
use crate::{
    entry::{Admin, DirectoryEntry, NumberKind},
    event::{
        AgentStatusSaid, CallSaid, CallerReason, CallerSaid, CdrSaid, Event, ExtensionSaid, QueueAgentsSaid,
        QueueStatusSaid, Said, TargetSaid,
    },
    id::{CallId, Number, QueueId},
    time::UnixMillis,
};

impl Board {
    pub(super) fn hear(&mut self, event: &Event, intake: &mut Intake, dirty: &mut Dirty) {
        if let Some(tenant) = &event.pbx_tenant {
            self.counts.saw_tenant(tenant);
            let ours = self.settings.as_ref().and_then(|settings| settings.value.pbx_tenant.as_ref());
            if ours.is_some_and(|ours| ours != tenant) {
                self.counts.foreign += 1;
                return;
            }
        }
        match &event.said {
            Said::Extension(said) => self.hear_extension(said, intake, dirty),
            Said::AgentStatus(said) => self.hear_agent_status(said, intake, dirty),
            Said::QueueStatus(said) => self.hear_queue_status(said, intake, dirty),
            Said::QueueCallers(said) => {
                self.see_queue(&said.queue, dirty);
                for caller in &said.callers {
                    let at = intake.stamp(caller.at);
                    self.hear_caller(&said.queue, caller, at, intake, dirty);
                }
            }
            Said::QueueAgents(said) => self.hear_queue_agents(said, intake, dirty),
            Said::CallStart(said) => self.hear_call(said, Source::Start, intake, dirty),
            Said::CallUpdate(said) => self.hear_call(said, Source::Update, intake, dirty),
            Said::Target(said) => self.hear_target(said, intake, dirty),
            Said::Cdr(said) => self.hear_cdr(said, intake, dirty),
            Said::SlaBreach(_)
            | Said::QueueManaged(_)
            | Said::ExtensionManaged(_)
            | Said::CallOver(_)
            | Said::Other => self.counts.saw_unknown(&event.name),
        }
    }

    fn hear_extension(&mut self, said: &ExtensionSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let extension = self.extensions.entry(said.number.clone()).or_default();
        if extension.hear(said, at, intake) {
            dirty.extensions.insert(said.number.clone());
        }
        if !std::mem::replace(&mut extension.named, true) {
            self.classify(&said.number, dirty);
        }
    }

    /// Decides whether a number is an extension's, and tells the calls that invited it.
    fn classify(&mut self, number: &Number, dirty: &mut Dirty) {
        let Some(extension) = self.extensions.get_mut(number) else { return };
        let recognised = extension.named || self.directory.lists_extension(number);
        dirty.extensions.insert(number.clone());
        if std::mem::replace(&mut extension.recognised, recognised) != recognised {
            for id in &extension.invited {
                if let Some(call) = self.calls.get_mut(id) {
                    call.reclassify(number, recognised);
                    dirty.calls.insert(id.clone());
                }
            }
        }
    }

    fn hear_call(&mut self, said: &CallSaid, source: Source, intake: &mut Intake, dirty: &mut Dirty) {
        let Some(call) = call_of(&mut self.calls, &mut self.counts, said.call.as_ref()) else { return };
        let at = intake.stamp(said.at);
        if call.hear(said, source, at, intake) {
            dirty.calls.extend(said.call.clone());
        }
    }

    fn hear_cdr(&mut self, said: &CdrSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let Some(call) = call_of(&mut self.calls, &mut self.counts, said.about.call.as_ref()) else { return };
        if call.hear_cdr(said, intake) {
            dirty.calls.extend(said.about.call.clone());
        }
    }

    fn hear_target(&mut self, said: &TargetSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let Some(call) = call_of(&mut self.calls, &mut self.counts, said.call.as_ref()) else { return };
        let at = intake.stamp(said.at);
        let mut changed = call.hear(&said.about, Source::Target, at, intake);
        if !call.has_leg(&said.address) {
            let extension = self.extensions.entry(said.number.clone()).or_default();
            extension.invited.extend(said.call.clone());
            call.add_leg(&said.address, said.number.clone(), extension.recognised, at);
        }
        changed |= call.hear_leg(&said.address, said.phase, at, intake);
        if changed {
            dirty.calls.extend(said.call.clone());
        }
    }

    /// The facts of a queue under one key.
    fn see_queue(&mut self, id: &QueueId, dirty: &mut Dirty) -> &mut Queue {
        if self.queues.get(id).is_none_or(|queue| !queue.seen) {
            self.queues.entry(id.clone()).or_default().seen = true;
            dirty.queues.insert(id.clone());
            if let Some(number) = id.as_str().strip_prefix("n:") {
                self.house(&number.into(), dirty);
            }
        }
        self.queues.entry(id.clone()).or_default()
    }

    /// Decides under which id the facts are shown that lie under a queue's number.
    fn house(&mut self, number: &Number, dirty: &mut Dirty) {
        let key = by_number(number);
        let told = self.aliases.get(number).and_then(newest);
        let listed = self.directory.get(number).filter(|entry| entry.kind == NumberKind::Queue);
        let home = told
            .or_else(|| listed.and_then(|entry| entry.queue.as_ref()))
            .filter(|home| **home != key)
            .cloned();
        let Some(queue) = self.queues.get_mut(&key) else { return };
        let before = std::mem::replace(&mut queue.home, home.clone());
        if before == home {
            return;
        }
        if let Some(queue) = before.as_ref().and_then(|before| self.queues.get_mut(before)) {
            queue.joined.remove(&key);
        }
        if let Some(home) = &home {
            self.queues.entry(home.clone()).or_default().joined.insert(key.clone());
        }
        for place in [Some(&key), before.as_ref(), home.as_ref()].into_iter().flatten() {
            self.touch_queue(place, &key, dirty);
        }
    }

    /// Everything of `facts` may look different at `place`.
    fn touch_queue(&self, place: &QueueId, facts: &QueueId, dirty: &mut Dirty) {
        dirty.queues.insert(place.clone());
        for id in [place, facts] {
            let Some(queue) = self.queues.get(id) else { continue };
            dirty.callers.extend(queue.callers.keys().map(|call| (place.clone(), call.clone())));
            dirty.agents.extend(queue.agents.keys().map(|number| (place.clone(), number.clone())));
            dirty.call_rows.extend(queue.callers.keys().cloned());
        }
    }

    /// Where a key's facts are shown.
    pub(super) fn home(&self, key: &QueueId) -> QueueId {
        self.queues.get(key).and_then(|queue| queue.home.as_ref()).unwrap_or(key).clone()
    }

    fn hear_queue_status(&mut self, said: &QueueStatusSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let callers = said.waiting.iter().flatten();
        let agents = said.agents.iter().flatten();
        let inside = callers.clone().map(|caller| caller.at).chain(agents.clone().map(|agent| agent.at));
        let newest_inside = inside.filter_map(|at| intake.timed(at)).max_by_key(|at| at.t);
        let taken = intake.timed(said.at).or(newest_inside);
        let at = intake.stamp(taken.map(|at| at.t));
        self.see_queue(&said.queue, dirty);
        if let Some(number) = said.number.as_ref().filter(|number| by_number(number) != said.queue) {
            self.hear_alias(&said.queue, number, at, intake, dirty);
        }
        let queue = self.see_queue(&said.queue, dirty);
        let mut changed = false;
        if let Some(name) = said.name.as_deref().filter(|name| !name.is_empty()) {
            changed |= queue.name.put(intake, at, 0, name.into());
        }
        if let Some(taken) = taken {
            if let Some(list) = &said.waiting {
                let keys = list.iter().map(|caller| caller.call.clone()).collect();
                let list = Listed { t: taken.t, recv: taken.recv, keys };
                changed |= keep_list(&mut queue.callers_listed, list, intake);
            }
            if let Some(list) = &said.agents {
                let keys = list.iter().map(|agent| agent.number.clone()).collect();
                let list = Listed { t: taken.t, recv: taken.recv, keys };
                changed |= keep_list(&mut queue.agents_listed, list, intake);
            }
        }
        if changed {
            self.touch_listed(&said.queue, dirty);
        }
        for caller in callers {
            let at = intake.stamp(caller.at);
            self.hear_caller(&said.queue, caller, at, intake, dirty);
        }
        for agent in agents {
            let at = intake.stamp(agent.at);
            self.hear_agent(&said.queue, &agent.number, agent.into(), at, intake, dirty);
        }
    }

    /// A newer full list can end what is shown, and bring back what it names.
    fn touch_listed(&self, key: &QueueId, dirty: &mut Dirty) {
        let home = self.home(key);
        dirty.queues.insert(home.clone());
        let shown = self.queues.get(&home);
        dirty.callers.extend(
            shown.iter().flat_map(|queue| queue.callers_shown.keys()).map(|id| (home.clone(), id.clone())),
        );
        dirty.agents.extend(
            shown.iter().flat_map(|queue| queue.agents_shown.keys()).map(|id| (home.clone(), id.clone())),
        );
        let Some(queue) = self.queues.get(key) else { return };
        let callers = queue.callers_listed.iter().flat_map(|list| &list.keys);
        dirty.callers.extend(callers.map(|id| (home.clone(), id.clone())));
        let agents = queue.agents_listed.iter().flat_map(|list| &list.keys);
        dirty.agents.extend(agents.map(|id| (home.clone(), id.clone())));
    }

    fn hear_alias(
        &mut self,
        id: &QueueId,
        number: &Number,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let ids = self.aliases.entry(number.clone()).or_default();
        let known = ids.get(id).copied();
        intake.ties += u64::from(known.is_none() && ids.values().any(|other| other.t == at.t));
        keep(ids, id, at);
        let queue = self.queues.entry(id.clone()).or_default();
        if keep(&mut queue.numbers, number, at) {
            dirty.queues.insert(id.clone());
            dirty.queues.extend(self.directory.get(number).and_then(|entry| entry.queue.clone()));
            self.house(number, dirty);
        }
    }

    fn hear_caller(
        &mut self,
        key: &QueueId,
        said: &CallerSaid,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let queue = self.queues.entry(key.clone()).or_default();
        let caller = queue.callers.entry(said.call.clone()).or_default();
        if !caller.hear(said, at, intake) {
            return;
        }
        let home = queue.home.as_ref().unwrap_or(key).clone();
        dirty.callers.insert((home, said.call.clone()));
        dirty.call_rows.insert(said.call.clone());
        let call = self.calls.entry(said.call.clone()).or_default();
        call.queues.insert(key.clone());
        if said.reason == CallerReason::Enqueue && call.queues.len() > 1 {
            // It is here now, so it waits nowhere else.
            let others = call.queues.clone();
            dirty.callers.extend(others.iter().map(|key| (self.home(key), said.call.clone())));
        }
    }

    fn hear_agent(
        &mut self,
        key: &QueueId,
        number: &Number,
        membership: Membership,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let queue = self.queues.entry(key.clone()).or_default();
        if queue.agents.entry(number.clone()).or_default().put(intake, at, 0, membership) {
            dirty.agents.insert((queue.home.as_ref().unwrap_or(key).clone(), number.clone()));
        }
    }

    fn hear_queue_agents(&mut self, said: &QueueAgentsSaid, intake: &mut Intake, dirty: &mut Dirty) {
        self.see_queue(&said.queue, dirty);
        for agent in &said.updated {
            let at = intake.stamp(agent.at);
            self.hear_agent(&said.queue, &agent.number, agent.into(), at, intake, dirty);
        }
        let inside = said.updated.iter().filter_map(|agent| intake.timed(agent.at)).map(|at| at.t).max();
        let removed_at = intake.timed(said.at).map(|at| at.t).or(inside);
        for number in &said.removed {
            let at = intake.stamp(removed_at);
            self.hear_agent(&said.queue, number, Membership::REMOVED, at, intake, dirty);
        }
    }

    fn hear_agent_status(&mut self, said: &AgentStatusSaid, intake: &mut Intake, dirty: &mut Dirty) {
        for (queue, word, reason) in &said.queues {
            let at = intake.stamp(said.at);
            let key = by_number(queue);
            self.see_queue(&key, dirty);
            let reason = reason.as_deref().filter(|reason| !reason.is_empty()).map(Arc::from);
            self.hear_agent(&key, &said.number, Membership::bare(word, reason), at, intake, dirty);
        }
    }

    pub(super) fn hear_admin(&mut self, admin: &Admin, received: UnixMillis, dirty: &mut Dirty) {
        match admin {
            Admin::Settings(settings) => {
                if Newest::keep(&mut self.settings, received, settings.clone()) {
                    dirty.queues.extend(self.queues.keys().cloned());
                }
            }
            Admin::Directory { entries } => {
                let before = self.directory.clone();
                if self.directory.keep(received, entries.clone()) {
                    self.relist(before.entries().unwrap_or_default(), entries, dirty);
                }
            }
        }
    }

    /// Names and kinds are on every row; a new directory looks at all of them.
    fn relist(&mut self, before: &[DirectoryEntry], now: &[DirectoryEntry], dirty: &mut Dirty) {
        for entry in now {
            match entry.kind {
                NumberKind::Extension => {
                    self.extensions.entry(entry.number.clone()).or_default();
                }
                NumberKind::Queue => {
                    let id = entry.queue.clone().unwrap_or_else(|| by_number(&entry.number));
                    self.queues.entry(id).or_default();
                }
                NumberKind::Group | NumberKind::Ivr => {}
            }
        }
        for entry in before.iter().chain(now) {
            self.classify(&entry.number, dirty);
            self.house(&entry.number, dirty);
        }
        dirty.extensions.extend(self.extensions.keys().cloned());
        dirty.call_rows.extend(self.calls.keys().cloned());
        for (id, queue) in &self.queues {
            dirty.queues.insert(id.clone());
            dirty.agents.extend(queue.agents_shown.keys().map(|number| (id.clone(), number.clone())));
        }
    }
}

/// The facts of the call that an event speaks of.
fn call_of<'a>(
    calls: &'a mut BTreeMap<CallId, Call>,
    counts: &mut Counts,
    id: Option<&CallId>,
) -> Option<&'a mut Call> {
    if id.is_none() {
        counts.without_call += 1;
    }
    Some(calls.entry(id?.clone()).or_default())
}

/// Keeps each key's latest stamp.
fn keep<K: Ord + Clone>(known: &mut BTreeMap<K, Stamp>, key: &K, at: Stamp) -> bool {
    let mut slot = known.get(key).copied();
    let better = keep_latest(&mut slot, at);
    if let Some(at) = slot.filter(|_| better) {
        known.insert(key.clone(), at);
    }
    better
}
