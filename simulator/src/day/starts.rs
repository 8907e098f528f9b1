//! How calls begin: who calls whom, by chance among those who fit.

use rand::Rng;

use super::{Day, Kind, calls::Cue, phone::EngagementPhase};
use crate::{
    call::Stage,
    company::{GroupIndex, PersonIndex, QueueIndex},
    truth::{Direction, Presence},
};

impl Day {
    /// A call of a kind starts, if somebody is there to make it.
    pub(super) fn start(&mut self, kind: Kind) {
        match kind {
            Kind::Queue(queue) => self.start_queue_call(queue),
            Kind::Group(group) => self.start_group_call(group),
            Kind::Direct => self.start_direct_call(),
            Kind::Outbound => self.start_outbound_call(),
            Kind::Internal => self.start_internal_call(),
        }
    }

    /// Somebody calls the main number and chooses a queue in the menu, or calls a queue's own number.
    fn start_queue_call(&mut self, queue: Option<QueueIndex>) {
        let queue = queue.unwrap_or_else(|| {
            let rush = self.rush.filter(|&(_, until)| self.at < until).map(|(queue, _)| queue);
            let queues = self.company.queues.len();
            // The middle one is called the most.
            let by_chance =
                [0, 0, queues / 2, queues / 2, queues / 2, queues - 1][self.rng.random_range(0..6)];
            rush.unwrap_or(QueueIndex(by_chance))
        });
        if !self.queue_exists(queue) {
            return;
        }
        let caller = self.outside_party();
        if self.rng.random_range(0..100) >= self.company.callers.through_menu {
            let callee = self.queue_party(queue);
            let did = self.company.queues[queue.0].did.clone();
            let call = self.begin(Direction::Inbound, caller, callee, did, Stage::Waiting(queue));
            self.enter_queue(call, queue);
            return;
        }
        let (number, name) = self.company.menu.clone();
        let callee = self.service_party(&number, &name);
        let did = self.company.main_did.clone();
        let call = self.begin(Direction::Inbound, caller, callee, did, Stage::Menu(queue));
        self.answer_by_service(call, &number);
        let listens = self.rng.random_range(4000..11_000);
        let cue = if self.rng.random_bool(0.06) { Cue::HangsUp { by_caller: true } } else { Cue::LeavesMenu };
        self.cue(call, listens, cue);
    }

    /// Somebody calls a ring group: mostly from outside.
    fn start_group_call(&mut self, group: GroupIndex) {
        let of = &self.company.groups[group.0];
        let (callee, did) = (self.service_party(&of.number, &of.name), of.did.clone());
        let number = callee.number.clone();
        let stage = Stage::RingingGroup(group, 0);
        let colleague = if self.rng.random_bool(0.2) { self.pick_caller() } else { None };
        let call = if let Some(person) = colleague {
            let caller = self.person_party(person);
            let call = self.begin(Direction::Internal, caller, callee, String::new(), stage);
            self.engage(person, call, EngagementPhase::Talks);
            call
        } else {
            let caller = self.outside_party();
            self.begin(Direction::Inbound, caller, callee, did, stage)
        };
        self.answer_by_service(call, &number);
        self.ring_group(call, group, 0);
    }

    /// Somebody outside calls an extension.
    fn start_direct_call(&mut self) {
        let agents_too = self.rng.random_bool(0.3);
        let Some(callee) = self.pick(|day, person| day.free(person) && (agents_too || !day.is_agent(person)))
        else {
            return;
        };
        let (caller, party) = (self.outside_party(), self.person_party(callee));
        let did = self.company.direct_did(callee);
        let call = self.begin(Direction::Inbound, caller, party, did, Stage::Ringing);
        self.ring_person(call, callee);
    }

    /// Somebody calls a customer.
    fn start_outbound_call(&mut self) {
        let Some(caller) = self.pick_caller() else { return };
        let callee = self.outside_party();
        let party = self.person_party(caller);
        let call = self.begin(Direction::Outbound, party, callee, String::new(), Stage::Ringing);
        self.engage(caller, call, EngagementPhase::Talks);
        self.ring_outside(call, None);
    }

    /// Somebody calls a colleague: now and then one who is not there.
    fn start_internal_call(&mut self) {
        let Some(caller) = self.pick_caller() else { return };
        let blind = self.rng.random_bool(0.08);
        let Some(callee) = self.pick(|day, person| {
            let there = day.free(person)
                || (blind
                    && day.exists(person)
                    && day.phones[person.0].engaged.is_empty()
                    && day.settled(person));
            person != caller && there && (blind || !day.serves(person))
        }) else {
            return;
        };
        let (from, to) = (self.person_party(caller), self.person_party(callee));
        let call = self.begin(Direction::Internal, from, to, String::new(), Stage::Ringing);
        self.engage(caller, call, EngagementPhase::Talks);
        self.ring_person(call, callee);
    }

    /// Who would call now: agents seldom.
    fn pick_caller(&mut self) -> Option<PersonIndex> {
        let agents_too = self.rng.random_bool(0.15);
        self.pick(|day, person| {
            day.free(person)
                && day.phones[person.0].presence != Presence::DoNotDisturb
                && (agents_too || !day.is_agent(person))
        })
    }
}
