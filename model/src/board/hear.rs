//! An entry's events become facts, and say which rows they may concern.

use super::{
    Board,
    agent::{Listed, Membership},
    call::{Call, Source},
    leg::Leg,
    queue::{by_number, keep_list},
    register::{Intake, Stamp, keep_latest},
    settle::Dirty,
    table::{CallAt, QueueAt},
};
use crate::{
    event::{
        AgentStatusSaid, CallOverSaid, CallSaid, CallerSaid, CdrSaid, Event, ExtensionManagedSaid,
        ExtensionSaid, Managed, QueueAgentsSaid, QueueManagedSaid, QueueStatusSaid, Said, SlaBreachSaid,
        TargetSaid,
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
            Said::ExtensionManaged(said) => self.hear_extension_managed(said, intake, dirty),
            Said::AgentStatus(said) => self.hear_agent_status(said, intake, dirty),
            Said::QueueStatus(said) => self.hear_queue_status(said, intake, dirty),
            Said::QueueCallers(said) => {
                let queue = self.see_queue(&said.queue, dirty);
                for caller in &said.callers {
                    let at = intake.stamp(caller.at);
                    self.hear_queue_of(queue, at, dirty);
                    self.hear_caller(queue, caller, at, intake, dirty);
                }
            }
            Said::QueueAgents(said) => self.hear_queue_agents(said, intake, dirty),
            Said::QueueManaged(said) => self.hear_queue_managed(said, intake, dirty),
            Said::SlaBreach(said) => self.hear_breach(said, intake, dirty),
            Said::CallStart(said) => self.hear_call(said, Source::Start, intake, dirty),
            Said::CallUpdate(said) => self.hear_call(said, Source::Update, intake, dirty),
            Said::Target(said) => self.hear_target(said, intake, dirty),
            Said::Cdr(said) => self.hear_cdr(said, intake, dirty),
            Said::CallOver(said) => self.hear_over(said, intake, dirty),
            Said::Other => self.counts.saw_unknown(&event.name),
        }
    }

    fn hear_extension(&mut self, said: &ExtensionSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let (place, extension) = self.extensions.entry(&said.number);
        if extension.hear(said, at, intake) {
            dirty.extensions.push(place);
            dirty.calls.extend(extension.hanging.iter().map(|(call, ..)| *call));
        }
        if !std::mem::replace(&mut extension.named, true) {
            self.classify(&said.number, dirty);
        }
    }

    fn hear_extension_managed(
        &mut self,
        said: &ExtensionManagedSaid,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let at = intake.stamp(said.at);
        let (place, extension) = self.extensions.entry(&said.number);
        let name = extension.told_name().cloned();
        if extension.hear_managed(said, at, intake) {
            dirty.extensions.push(place);
        }
        let renamed = name.as_ref() != extension.told_name();
        let agent_of = extension.agent_of.clone();
        if said.what != Managed::Destroyed && !std::mem::replace(&mut extension.named, true) {
            self.classify(&said.number, dirty);
        }
        if renamed {
            // A new name is rare, and may stand in any call's row.
            dirty.call_rows.extend(self.calls.iter().filter(|(.., call)| call.is_shown()).map(|(at, ..)| at));
            dirty.agents.extend(agent_of.into_iter().map(|key| (self.home(key), place)));
        }
    }

    /// Decides whether a number is an extension's, and tells the calls that invited it.
    pub(super) fn classify(&mut self, number: &Number, dirty: &mut Dirty) {
        let Some(place) = self.extensions.find(number.as_str()) else { return };
        let Some(extension) = self.extensions.get_mut(place) else { return };
        let recognised = extension.named || self.directory.lists_extension(number);
        dirty.extensions.push(place);
        if std::mem::replace(&mut extension.recognised, recognised) != recognised {
            for call in &extension.invited {
                if let Some(facts) = self.calls.get_mut(*call) {
                    facts.reclassify(place, recognised);
                    dirty.calls.push(*call);
                }
            }
        }
    }

    /// The facts of the call that an event dated `t` speaks of; `None` where it names none, or the call is forgotten.
    fn call_of(&mut self, id: Option<&CallId>, t: Option<UnixMillis>) -> Option<(CallAt, &mut Call)> {
        let Some(id) = id else {
            self.counts.without_call += 1;
            return None;
        };
        self.is_remembered(id, t).then(|| self.calls.entry(id))
    }

    /// Whether an event dated `t` can still be folded into a call: what was forgotten is not made anew.
    fn is_remembered(&mut self, id: &CallId, t: Option<UnixMillis>) -> bool {
        let old = self.forgotten_before.is_some_and(|before| t.is_some_and(|t| t < before));
        let remembered = !old || self.calls.find(id.as_str()).is_some();
        self.counts.too_old += u64::from(!remembered);
        remembered
    }

    fn hear_call(&mut self, said: &CallSaid, source: Source, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let Some((place, call)) = self.call_of(said.call.as_ref(), at.dated()) else { return };
        if call.hear(said, source, at, intake) {
            dirty.calls.push(place);
        }
    }

    fn hear_cdr(&mut self, said: &CdrSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let dated = intake.timed(said.ended).or_else(|| intake.timed(said.about.at)).map(|at| at.t);
        let Some((place, call)) = self.call_of(said.about.call.as_ref(), dated) else { return };
        if call.hear_cdr(said, intake) {
            dirty.calls.push(place);
        }
    }

    fn hear_over(&mut self, said: &CallOverSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let Some((place, call)) = self.call_of(said.call.as_ref(), at.dated()) else { return };
        let mut changed = call.hear(&said.about, Source::Update, at, intake);
        changed |= call.hear_end(at);
        if changed {
            dirty.calls.push(place);
        }
    }

    fn hear_target(&mut self, said: &TargetSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let Some((place, call)) = self.call_of(said.call.as_ref(), at.dated()) else { return };
        let mut changed = call.hear(&said.about, Source::Target, at, intake);
        if call.leg(&said.address).is_none() {
            let (at_number, extension) = self.extensions.entry(&said.number);
            extension.invited.insert(place);
            let leg = Leg::new(&said.address, said.number.clone(), at_number, extension.recognised, at);
            if let Some(call) = self.calls.get_mut(place) {
                call.add_leg(leg);
            }
        }
        let leg = self.calls.get_mut(place).and_then(|call| call.leg(&said.address));
        changed |= leg.is_some_and(|leg| leg.hear(said.phase, at, intake));
        if changed {
            dirty.calls.push(place);
        }
    }

    /// The place of the facts under one of a queue's keys, which the PBX spoke of.
    fn see_queue(&mut self, id: &QueueId, dirty: &mut Dirty) -> QueueAt {
        let (place, queue) = self.queues.entry(id);
        if !std::mem::replace(&mut queue.seen, true) {
            dirty.headings.push(place);
            if let Some(number) = id.as_str().strip_prefix("n:") {
                self.house(&number.into(), dirty);
            }
        }
        place
    }

    /// A queue was heard of at a moment: one that was taken away before is there again.
    fn hear_queue_of(&mut self, place: QueueAt, at: Stamp, dirty: &mut Dirty) {
        let Some(queue) = self.queues.get_mut(place) else { return };
        let before = queue.news.newest;
        queue.news.hear(at);
        if before < queue.news.newest {
            let home = queue.home.unwrap_or(place);
            if self.queues.get(home).is_some_and(|queue| queue.shown.is_none()) {
                dirty.headings.push(home);
            }
        }
    }

    fn hear_queue_status(&mut self, said: &QueueStatusSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let callers = said.waiting.iter().flatten();
        let agents = said.agents.iter().flatten();
        let inside = callers.clone().map(|caller| caller.at).chain(agents.clone().map(|agent| agent.at));
        let newest_inside = inside.filter_map(|at| intake.timed(at)).max_by_key(|at| at.t);
        let taken = intake.timed(said.at).or(newest_inside);
        let at = intake.stamp(taken.map(|at| at.t));
        let place = self.see_queue(&said.queue, dirty);
        self.hear_queue_of(place, at, dirty);
        if let Some(number) = said.number.as_ref().filter(|number| by_number(number) != said.queue) {
            self.hear_alias(place, &said.queue, number, at, intake, dirty);
        }
        let Some(queue) = self.queues.get_mut(place) else { return };
        if let Some(name) = said.name.as_ref().filter(|name| !name.is_empty())
            && queue.name.put(intake, at, 0, name)
        {
            dirty.headings.push(queue.home.unwrap_or(place));
        }
        let mut changed = false;
        if let Some(at) = taken {
            if let Some(list) = &said.waiting {
                let keys = list.iter().map(|caller| caller.call.clone()).collect();
                changed |= keep_list(&mut queue.callers_listed, Listed { at, keys }, intake);
            }
            if let Some(list) = &said.agents {
                let keys = list.iter().map(|agent| agent.number.clone()).collect();
                changed |= keep_list(&mut queue.agents_listed, Listed { at, keys }, intake);
            }
        }
        if changed {
            self.touch_listed(place, dirty);
        }
        for caller in callers {
            let at = intake.stamp(caller.at);
            self.hear_caller(place, caller, at, intake, dirty);
        }
        for agent in agents {
            let at = intake.stamp(agent.at);
            self.hear_agent(place, &agent.number, agent.into(), at, intake, dirty);
        }
    }

    /// A newer full list can end what is shown, and bring back what it names.
    fn touch_listed(&self, key: QueueAt, dirty: &mut Dirty) {
        let home = self.home(key);
        dirty.queues.push(home);
        if let Some(shown) = self.queues.get(home) {
            dirty.callers.extend(shown.tally.callers().map(|call| (home, call)));
            dirty.agents.extend(shown.agents_shown.keys().map(|number| (home, *number)));
        }
        let Some(queue) = self.queues.get(key) else { return };
        let callers = queue.callers_listed.iter().flat_map(|list| &list.keys);
        dirty.callers.extend(callers.filter_map(|id| Some((home, self.calls.find(id.as_str())?))));
        let agents = queue.agents_listed.iter().flat_map(|list| &list.keys);
        dirty.agents.extend(agents.filter_map(|id| Some((home, self.extensions.find(id.as_str())?))));
    }

    fn hear_caller(
        &mut self,
        key: QueueAt,
        said: &CallerSaid,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        if !self.is_remembered(&said.call, at.dated()) {
            return;
        }
        let (place, call) = self.calls.entry(&said.call);
        let stay = call.stay(key);
        let woken = stay.news.hear(at);
        if !stay.caller.hear(said, at, intake) && !woken {
            return;
        }
        // It is here now, so it waits nowhere else.
        for stay in &call.stays {
            let home = self.queues.get(stay.queue).and_then(|queue| queue.home).unwrap_or(stay.queue);
            dirty.callers.push((home, place));
        }
        dirty.call_rows.push(place);
    }

    fn hear_agent(
        &mut self,
        key: QueueAt,
        number: &Number,
        membership: Membership,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let (place, extension) = self.extensions.entry(number);
        extension.agent_of.insert(key);
        if let Some(id) = membership.call()
            && !at.untimed
            && self.is_remembered(id, at.dated())
        {
            let (called, call) = self.calls.entry(id);
            call.agents.insert((key, place));
            if call.news.hear(at) {
                dirty.calls.push(called);
            }
        }
        let Some(queue) = self.queues.get_mut(key) else { return };
        if queue.agents.entry(place).or_default().hear(membership, at, intake) {
            dirty.agents.push((queue.home.unwrap_or(key), place));
        }
    }

    fn hear_queue_agents(&mut self, said: &QueueAgentsSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let queue = self.see_queue(&said.queue, dirty);
        for agent in &said.updated {
            let at = intake.stamp(agent.at);
            self.hear_queue_of(queue, at, dirty);
            self.hear_agent(queue, &agent.number, agent.into(), at, intake, dirty);
        }
        let inside = said.updated.iter().filter_map(|agent| intake.timed(agent.at)).map(|at| at.t).max();
        let removed_at = intake.timed(said.at).map(|at| at.t).or(inside);
        for number in &said.removed {
            let at = intake.stamp(removed_at);
            self.hear_agent(queue, number, Membership::REMOVED, at, intake, dirty);
        }
    }

    fn hear_agent_status(&mut self, said: &AgentStatusSaid, intake: &mut Intake, dirty: &mut Dirty) {
        for (queue, word, reason) in &said.queues {
            let at = intake.stamp(said.at);
            let key = self.see_queue(&by_number(queue), dirty);
            self.hear_queue_of(key, at, dirty);
            let reason = reason.clone().filter(|reason| !reason.is_empty());
            self.hear_agent(key, &said.number, Membership::bare(word, reason), at, intake, dirty);
        }
    }

    fn hear_queue_managed(&mut self, said: &QueueManagedSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let (place, queue) = self.queues.entry(&by_number(&said.number));
        if said.what == Managed::Destroyed {
            if keep_latest(&mut queue.destroyed, at) {
                dirty.headings.push(queue.home.unwrap_or(place));
            }
            return;
        }
        let place = self.see_queue(&by_number(&said.number), dirty);
        self.hear_queue_of(place, at, dirty);
    }

    fn hear_breach(&mut self, said: &SlaBreachSaid, intake: &mut Intake, dirty: &mut Dirty) {
        let at = intake.stamp(said.at);
        let place = self.see_queue(&said.queue, dirty);
        self.hear_queue_of(place, at, dirty);
        let Some(queue) = self.queues.get_mut(place) else { return };
        let mut changed = false;
        // 0: the queue has no such time.
        if let Some(target) = said.target_s.filter(|target| *target > 0) {
            changed |= queue.target_s.put(intake, at, 0, &target);
        }
        if self.forgotten_before.is_none_or(|before| at.t >= before) {
            changed |= queue.breaches.insert((at.shown, said.caller.clone()));
        }
        if changed {
            dirty.headings.push(queue.home.unwrap_or(place));
        }
    }
}
