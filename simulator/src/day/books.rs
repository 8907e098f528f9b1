//! What is true, and what a snapshot says: the day's books, read out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Day, PersonIndex, QueueIndex};
use crate::{
    call::{Call, Stamp},
    event::{self, Event},
    truth::{self, LegPhase, Truth},
};

impl Day {
    /// What is true now: what a board that has heard everything would show.
    pub fn truth(&self) -> Truth {
        let mut sessions: BTreeMap<PersonIndex, BTreeSet<&str>> = BTreeMap::new();
        for call in self.calls.values() {
            for person in taking_part(call) {
                sessions.entry(person).or_default().insert(&call.session_id);
            }
        }
        let people = (0..self.phones.len()).map(PersonIndex).filter(|person| self.exists(*person));
        let extensions = people.map(|person| {
            let calls = sessions.get(&person).into_iter().flatten().map(|&session| session.to_owned());
            (self.company.people[person.0].number.clone(), self.true_extension(person, calls.collect()))
        });
        let queues = (0..self.company.queues.len()).map(QueueIndex).filter(|queue| self.queue_exists(*queue));
        let queues = queues.map(|queue| (self.company.queues[queue.0].id.clone(), self.true_queue(queue)));
        let calls = self.calls.values().map(|call| (call.session_id.clone(), self.true_call(call)));
        Truth {
            at: self.now,
            extensions: extensions.collect(),
            queues: queues.collect(),
            calls: calls.collect(),
        }
    }

    /// What the PBX tells a new subscriber, or who asks: every extension and every queue as it is now. The extensions' time
    /// is that of the message, as documented; since when a state is so is not in it.
    pub fn snapshot(&self, now: Stamp) -> Vec<Event> {
        let people = (0..self.phones.len()).map(PersonIndex).filter(|person| self.exists(*person));
        let states: Vec<_> = people.map(|person| (person, self.phones[person.0].state())).collect();
        let extensions = event::extension_status(&self.company, &states, now);
        let queues = (0..self.company.queues.len()).map(QueueIndex).filter(|queue| self.queue_exists(*queue));
        [extensions].into_iter().chain(queues.map(|queue| self.queue_snapshot(queue))).collect()
    }

    /// A queue's whole state.
    pub(super) fn queue_snapshot(&self, queue: QueueIndex) -> Event {
        let callers: Vec<_> =
            (0..self.waiting[queue.0].len()).map(|place| self.caller_entry(queue, place)).collect();
        let agents = self.company.agents(queue).iter();
        let agents: Vec<_> =
            agents.filter_map(|person| self.phones[person.0].shown_agent(queue)).cloned().collect();
        event::queue_status(&self.company, queue, &callers, &agents)
    }

    /// Tells a queue whole.
    pub(super) fn tell_queue(&mut self, queue: QueueIndex) {
        let told = self.queue_snapshot(queue);
        self.tell(told);
        for (place, waiter) in self.waiting[queue.0].iter_mut().enumerate() {
            waiter.place_told = place + 1;
        }
    }

    fn true_extension(&self, person: PersonIndex, calls: Vec<String>) -> truth::Extension {
        let (of, phone) = (&self.company.people[person.0], &self.phones[person.0]);
        let has_notes = self.company.language.dialect.has_notes();
        truth::Extension {
            number: of.number.clone(),
            name: of.name.clone(),
            department: of.department.clone(),
            online: phone.told_online,
            call: phone.told_call,
            presence: phone.told_presence,
            note: if has_notes { phone.note.clone() } else { String::new() },
            calls,
        }
    }

    fn true_queue(&self, queue: QueueIndex) -> truth::Queue {
        let of = &self.company.queues[queue.0];
        let waiting = self.waiting[queue.0].iter().enumerate();
        let waiting = waiting.map(|(place, waiter)| waiter.truth(place + 1));
        let mut agents: Vec<truth::Agent> =
            self.company.agents(queue).iter().filter_map(|person| self.true_agent(*person, queue)).collect();
        agents.sort_by(|a, b| a.number.cmp(&b.number));
        truth::Queue {
            id: of.id.clone(),
            number: of.number.clone(),
            name: of.name.clone(),
            target_s: of.sla_s,
            waiting: waiting.collect(),
            agents,
            tally: self.benches[queue.0].tally,
        }
    }

    fn true_agent(&self, person: PersonIndex, queue: QueueIndex) -> Option<truth::Agent> {
        let entry = self.phones[person.0].shown_agent(queue)?;
        let in_call = !entry.session_id.is_empty();
        let dialect = self.company.language.dialect;
        Some(truth::Agent {
            number: self.company.people[person.0].number.clone(),
            state: entry.state,
            reason: entry.pause.and_then(|pause| dialect.pause(pause)).map(str::to_owned),
            session: in_call.then(|| entry.session_id.clone()),
            with: in_call.then(|| entry.caller_number.clone()),
            since: entry.since,
        })
    }

    fn true_call(&self, call: &Call) -> truth::Call {
        let trunk = call.trunk.map_or("", |trunk| &self.company.trunks[trunk].name);
        call.truth(|queue| self.company.queues[queue.0].id.clone(), trunk)
    }
}

/// Who makes a call, or is invited, rings or talks in it.
fn taking_part(call: &Call) -> impl Iterator<Item = PersonIndex> {
    let open = |phase| matches!(phase, LegPhase::Added | LegPhase::Ringing | LegPhase::Answered);
    let legs = call.legs.iter().filter(move |leg| open(leg.phase.0));
    call.caller.person.into_iter().chain(legs.filter_map(|leg| leg.person))
}
