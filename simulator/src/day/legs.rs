//! A call's mechanics, told as they happen: sessions, legs and phones. `calls` has the stories made of them.

use rand::Rng;

use super::{
    Day, Due,
    phone::{Engagement, EngagementPhase},
};
use crate::{
    call::{Call, CallIndex, EndReason, Leg, Party, Stage},
    company::{Company, PersonIndex, QueueIndex},
    event,
    truth::{Direction, LegPhase},
};

impl Day {
    /// A session begins.
    pub(super) fn begin(
        &mut self,
        direction: Direction,
        caller: Party,
        callee: Party,
        did: String,
        stage: Stage,
    ) -> CallIndex {
        self.calls_begun += 1;
        let index = CallIndex(self.calls_begun);
        // 18 digits, like the real ones; the time keeps those of different days and runs apart.
        let session = self.now.0 * 100_000 + (2 * self.calls_begun) % 100_000;
        let outbound = direction == Direction::Outbound;
        let call = Call {
            session_id: session.to_string(),
            cdr_id: (session + 1).to_string(),
            sip_call_id: format!("{:016x}", self.rng.random::<u64>()),
            direction,
            caller,
            callee_told: callee.clone(),
            callee,
            trunk: (direction != Direction::Internal).then_some(0),
            did,
            outbound_caller_id: if outbound { self.company.main_did.clone() } else { String::new() },
            started: self.now,
            legs: Vec::new(),
            stage,
            queue: None,
            waits_in: None,
            answered_from: None,
            forwarded: false,
            transferred: false,
            turn: 0,
            visit: 0,
        };
        self.tell(event::call_start(&self.company, &call));
        self.calls.insert(index, call);
        index
    }

    /// Invites a person's devices and keeps the phone for this call.
    pub(super) fn invite_person(&mut self, index: CallIndex, person: PersonIndex) {
        for address in self.company.devices(person) {
            let number = self.company.people[person.0].number.clone();
            self.invite(index, number, address, Some(person));
        }
        self.engage(person, index, EngagementPhase::Chosen);
    }

    /// One of the PBX's own services takes the call at once.
    pub(super) fn answer_by_service(&mut self, index: CallIndex, number: &str) {
        let leg = self.invite(index, number.to_owned(), Company::service(number), None);
        self.change_leg(index, leg, LegPhase::Answered, EndReason::None);
    }

    /// One device, or a service, is invited.
    pub(super) fn invite(
        &mut self,
        index: CallIndex,
        number: String,
        address: String,
        person: Option<PersonIndex>,
    ) -> usize {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&index) else { return 0 };
        let leg = call.legs.len();
        call.legs.push(Leg {
            number,
            address,
            person,
            phase: (LegPhase::Added, now),
            started: now,
            rang: None,
            answered: None,
            ended: None,
            status_code: 0,
        });
        self.change_leg(index, leg, LegPhase::Added, EndReason::None);
        leg
    }

    /// The story turns: cues from before are void.
    pub(super) fn turn(&mut self, index: CallIndex, stage: Stage) {
        if let Some(call) = self.calls.get_mut(&index) {
            call.stage = stage;
            call.turn += 1;
        }
    }

    /// A leg goes into a phase, and it is told.
    pub(super) fn change_leg(&mut self, index: CallIndex, leg: usize, phase: LegPhase, reason: EndReason) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&index) else { return };
        let changed = &mut call.legs[leg];
        changed.phase = (phase, now);
        match phase {
            LegPhase::Added => {}
            LegPhase::Ringing => changed.rang = Some(now),
            LegPhase::Answered => changed.answered = Some(now),
            LegPhase::NoAnswer | LegPhase::Failed | LegPhase::Ended => changed.ended = Some((now, reason)),
        }
        let told = event::target(&self.company, call, &call.legs[leg], phase, now);
        self.tell(told);
    }

    /// An answered leg ends.
    pub(super) fn end_leg(&mut self, index: CallIndex, leg: usize, reason: EndReason) {
        self.change_leg(index, leg, LegPhase::Ended, reason);
    }

    /// A leg that rang loses to another's answer. Whether and how the PBX tells it of other people's phones depends on its
    /// release; of the winner's own second device it never does.
    pub(super) fn lose_leg(&mut self, index: CallIndex, leg: usize, winner: Option<PersonIndex>) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&index) else { return };
        let person = call.legs[leg].person;
        let told = self.company.language.dialect.lost_leg().filter(|_| person != winner);
        if let Some(phase) = told {
            self.change_leg(index, leg, phase, EndReason::None);
        } else {
            call.legs[leg].phase = (LegPhase::NoAnswer, now);
            call.legs[leg].ended = Some((now, EndReason::None));
        }
        if let Some(person) = person.filter(|_| person != winner) {
            self.release(person, index, None);
        }
    }

    /// Tells where a call goes now, where that is another place than was told last.
    pub(super) fn update_callee(&mut self, index: CallIndex, callee: Party) {
        if !self.company.language.dialect.tells_updates() {
            return;
        }
        let now = self.now;
        let Some(call) = self.calls.get_mut(&index) else { return };
        if call.callee_told.number != callee.number {
            call.callee_told = callee;
            let told = event::call_update_info(&self.company, call, now);
            self.tell(told);
        }
    }

    /// Ends what is answered, and lets its people go: to write it up, where it was a queue's call.
    pub(super) fn end_talking(&mut self, index: CallIndex, reason: EndReason) {
        let Some(call) = self.calls.get(&index) else { return };
        let (talking, queue) = (call.talking(), call.queue);
        for leg in talking {
            let person = self.calls.get(&index).and_then(|call| call.legs[leg].person);
            self.change_leg(index, leg, LegPhase::Ended, reason);
            if let Some(person) = person {
                self.release(person, index, queue);
            }
        }
    }

    /// The call is over: every leg ends, every phone is free, and the CDR is told.
    pub(super) fn finish(&mut self, index: CallIndex, reason: EndReason) {
        let Some(call) = self.calls.get(&index) else { return };
        let (pending, caller) = (call.pending(), call.caller.person);
        for leg in pending {
            let person = self.calls.get_mut(&index).and_then(|call| {
                call.legs[leg].status_code = 487;
                call.legs[leg].person
            });
            self.change_leg(index, leg, LegPhase::NoAnswer, EndReason::Cancelled);
            if let Some(person) = person {
                self.release(person, index, None);
            }
        }
        self.end_talking(index, EndReason::None);
        if let Some(caller) = caller {
            self.release(caller, index, None);
        }
        if let Some(call) = self.calls.remove(&index) {
            self.tell(event::call_cdr(&self.company, &call, reason, self.now));
            self.remember(call);
        }
    }

    /// A phone takes part in a call.
    pub(super) fn engage(&mut self, person: PersonIndex, call: CallIndex, phase: EngagementPhase) {
        let queue = self.calls.get(&call).and_then(|call| call.queue);
        let engaged = &mut self.phones[person.0].engaged;
        let part = Engagement { call, phase, queue };
        match engaged.iter_mut().find(|known| known.call == call) {
            Some(known) => *known = part,
            None => engaged.push(part),
        }
        self.show(person);
    }

    /// A phone is out of a call; its agent writes the call up, where it was a queue's.
    pub(super) fn release(
        &mut self,
        person: PersonIndex,
        call: CallIndex,
        written_up_for: Option<QueueIndex>,
    ) {
        self.phones[person.0].engaged.retain(|engaged| engaged.call != call);
        let agent_of = |queue| self.company.people[person.0].queues.contains(&queue);
        if let Some(queue) = written_up_for.filter(|&queue| agent_of(queue)) {
            self.phones[person.0].wrap_up = Some(queue);
            let writes = self.rng.random_range(6000..22_000);
            self.enter(writes, Due::WrapUpEnds(person));
        }
        self.show(person);
    }
}
