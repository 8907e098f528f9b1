//! Calls that go on to somebody else: by a rule, by a queue that lets nobody wait longer, and by whoever talks, with or
//! without asking first.

use rand::Rng;

use super::{Day, PersonIndex, QueueIndex, calls::Cue, phone::EngagementPhase};
use crate::{
    call::{CallIndex, EndReason, Stage},
    company::{Destination, ForwardWhen},
    truth::{Direction, LegPhase},
};

impl Day {
    /// Where a person's rule sends a call, if it has not been sent on already.
    pub(super) fn forward_of(
        &self,
        index: CallIndex,
        person: PersonIndex,
        when: ForwardWhen,
    ) -> Option<Destination> {
        let call = self.calls.get(&index).filter(|call| !call.forwarded && call.queue.is_none())?;
        let fits = !matches!(call.stage, Stage::Consulting(_));
        let rule = self.company.people[person.0].forward.as_ref();
        rule.filter(|rule| fits && rule.when == when).map(|rule| rule.to.clone())
    }

    /// Sends a call on by a rule. Only calls from outside go outside, and only where the PBX can tell that they do.
    pub(super) fn forward(&mut self, index: CallIndex, to: &Destination) {
        let Some(call) = self.calls.get_mut(&index) else { return };
        call.forwarded = true;
        let from_outside = call.direction == Direction::Inbound;
        match to {
            Destination::Outside(number) if from_outside && self.company.language.dialect.tells_updates() => {
                call.direction = Direction::Transit;
                let party = self.named_outside_party(number.clone(), String::new());
                self.update_callee(index, party);
                self.ring_outside(index, Some(number.clone()));
            }
            Destination::Outside(_) => self.send_to_voicemail(index),
            other => self.send_on(index, other),
        }
    }

    /// Sends a caller on.
    pub(super) fn send_on(&mut self, index: CallIndex, to: &Destination) {
        match *to {
            Destination::Person(person) if self.free(person) => self.ring_person(index, person),
            Destination::Queue(queue) if self.queue_exists(queue) => self.enter_queue(index, queue),
            _ => self.send_to_voicemail(index),
        }
    }

    /// Whoever talks sends the caller on, to a colleague who is free or to a queue, and is out of the call.
    pub(super) fn transfer(&mut self, index: CallIndex) {
        if self.rng.random_bool(0.25) {
            let queue = self.queue_to_go_back_to(index);
            self.end_talking(index, EndReason::BlindTransfer);
            if let Some(call) = self.calls.get_mut(&index) {
                call.transferred = true;
            }
            self.enter_queue(index, queue);
            return;
        }
        let Some(to) = self.pick_colleague() else {
            self.finish(index, EndReason::Caller);
            return;
        };
        self.end_talking(index, EndReason::BlindTransfer);
        if let Some(call) = self.calls.get_mut(&index) {
            call.transferred = true;
            call.queue = None;
        }
        // One who forwards everything is told by the forward, since two of these in a second are a tie.
        if self.forward_of(index, to, ForwardWhen::Always).is_none() {
            let callee = self.person_party(to);
            self.update_callee(index, callee);
        }
        self.ring_person(index, to);
    }

    /// The queue that the call came from, every other time; else any.
    fn queue_to_go_back_to(&mut self, index: CallIndex) -> QueueIndex {
        let came_from = self.calls.get(&index).and_then(|call| call.queue);
        let any = QueueIndex(self.rng.random_range(0..self.company.queues.len()));
        let any = if self.queue_exists(any) { any } else { QueueIndex(0) };
        came_from.filter(|_| self.rng.random_bool(0.5)).unwrap_or(any)
    }

    /// Somebody who is free and no agent.
    fn pick_colleague(&mut self) -> Option<PersonIndex> {
        self.pick(|day, person| !day.is_agent(person) && day.free(person))
    }

    /// Whoever talks calls a colleague while the caller waits: a second call, with a session of its own.
    pub(super) fn consult(&mut self, index: CallIndex) {
        let asks = self
            .calls
            .get(&index)
            .and_then(|call| call.talking().into_iter().find_map(|leg| call.legs[leg].person));
        let colleague = self.pick_colleague().filter(|colleague| Some(*colleague) != asks);
        let (Some(asks), Some(colleague)) = (asks, colleague) else {
            self.finish(index, EndReason::Caller);
            return;
        };
        if let Some(call) = self.calls.get_mut(&index) {
            call.turn += 1;
            call.transferred = true;
        }
        let (from, to) = (self.person_party(asks), self.person_party(colleague));
        let stage = Stage::Consulting(index);
        let asking = self.begin(Direction::Internal, from, to, String::new(), stage);
        self.engage(asks, asking, EngagementPhase::Talks);
        self.ring_person(asking, colleague);
    }

    /// The colleague did not answer: the two talk on.
    pub(super) fn talk_on(&mut self, index: CallIndex) {
        let after = self.rng.random_range(5000..20_000);
        self.cue(index, after, Cue::HangsUp { by_caller: true });
    }

    /// The colleague takes the caller over. The first call goes on with the colleague's device in the other's place, the
    /// second one ends: which of the two survives is documented nowhere.
    pub(super) fn hand_over(&mut self, asking: CallIndex) {
        let Some(Stage::Consulting(index)) = self.calls.get(&asking).map(|call| call.stage.clone()) else {
            return;
        };
        let Some((person, address)) = self.calls.get(&asking).and_then(|call| {
            let leg = &call.legs[*call.talking().first()?];
            Some((leg.person?, leg.address.clone()))
        }) else {
            return;
        };
        let callers = self.calls.get(&asking).and_then(|call| call.caller.person);
        // Both are in two calls for a moment: what they show is told after it.
        self.shows_held = true;
        self.end_talking(index, EndReason::AttendedTransfer);
        if let Some(call) = self.calls.get_mut(&index) {
            call.queue = None;
        }
        let number = self.company.people[person.0].number.clone();
        let leg = self.invite(index, number, address, Some(person));
        self.change_leg(index, leg, LegPhase::Answered, EndReason::None);
        self.engage(person, index, EngagementPhase::Talks);
        let callee = self.person_party(person);
        self.update_callee(index, callee);
        self.end_talking(asking, EndReason::Replaced);
        self.finish(asking, EndReason::None);
        self.shows_held = false;
        for person in callers.into_iter().chain([person]) {
            self.show(person);
        }
        self.turn(index, Stage::Talking);
        self.plan_talk(index);
    }
}
