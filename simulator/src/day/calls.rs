//! The stories of calls: they start, ring, are answered or not, are handed on, and end with a CDR.
//!
//! A call's next step is a [`Cue`] in the agenda. Cues carry the call's turn, so one that a change of plan left behind
//! is void.

use rand::Rng;

use super::{Day, Due, Kind, SETTLE_MS, people::EngagementPhase};
use crate::{
    call::{CallIndex, Direction, EndReason, Phase, Stage},
    company::{Company, Overflow, PersonIndex, QueueIndex},
    event,
};

/// What a call does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// The voice menu is through.
    LeavesMenu,
    /// What was invited begins to ring.
    Rings,
    /// A leg, by place, answers.
    Answers(usize),
    /// Nobody answers in time.
    RingsOut,
    /// What was invited declines, is busy, or can't be reached: the SIP status.
    Fails(u16),
    HangsUp {
        by_caller: bool,
    },
    /// The one who talks sends the caller on.
    Transfers,
    // The rest is of callers who wait in a queue.
    GivesUp,
    AsksForCallback,
    WaitsTooLong,
    BreachesSla,
}

impl Cue {
    /// Whether it belongs to a visit to a queue rather than to the turn of ringing and talking.
    fn is_of_waiting(self) -> bool {
        matches!(self, Self::GivesUp | Self::AsksForCallback | Self::WaitsTooLong | Self::BreachesSla)
    }
}

impl Day {
    /// A call of a kind starts, if somebody is there to make it.
    pub(super) fn start(&mut self, kind: Kind) {
        match kind {
            Kind::Queue => self.start_queue_call(),
            Kind::Direct => self.start_direct_call(),
            Kind::Outbound => self.start_outbound_call(),
            Kind::Internal => self.start_internal_call(),
        }
    }

    /// Somebody calls the main number and chooses a queue in the menu, or calls a queue's own number.
    fn start_queue_call(&mut self) {
        let rush = self.rush.filter(|&(_, until)| self.at < until).map(|(queue, _)| queue);
        let by_chance = QueueIndex([0, 0, 1, 1, 1, 2][self.rng.random_range(0..6)]);
        let queue = rush.unwrap_or(by_chance);
        let caller = self.outside_party();
        if self.rng.random_bool(0.3) {
            let callee = self.queue_party(queue);
            let did = self.company.queues[queue.0].did.to_owned();
            let call = self.begin(Direction::Inbound, caller, callee, did, Stage::Waiting(queue));
            self.enter_queue(call, queue);
            return;
        }
        let callee = self.service_party(self.company.ivr, "Welcome menu");
        let did = self.company.main_did.to_owned();
        let call = self.begin(Direction::Inbound, caller, callee, did, Stage::Menu(queue));
        self.answer_by_service(call, self.company.ivr);
        let listens = self.rng.random_range(4000..11_000);
        let cue = if self.rng.random_bool(0.06) { Cue::HangsUp { by_caller: true } } else { Cue::LeavesMenu };
        self.cue(call, listens, cue);
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
        self.ring_outside(call);
    }

    /// Somebody calls a colleague: now and then one who is not there.
    fn start_internal_call(&mut self) {
        let Some(caller) = self.pick_caller() else { return };
        let blind = self.rng.random_bool(0.08);
        let Some(callee) = self.pick(|day, person| {
            let there = day.free(person) || (blind && day.phones[person.0].engaged.is_none());
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
                && day.phones[person.0].presence != "DO_NOT_DISTURB"
                && (agents_too || !day.is_agent(person))
        })
    }

    /// Enters a cue of the present turn, or visit.
    pub(super) fn cue(&mut self, call: CallIndex, after_ms: u64, cue: Cue) {
        if let Some(of) = self.calls.get(&call) {
            let turn = if cue.is_of_waiting() { of.visit } else { of.turn };
            self.enter(after_ms, Due::Cue { call, cue, turn });
        }
    }

    /// Takes a cue, unless the story has turned since. It waits until what was told of the phones in it is a second old.
    pub(super) fn take_cue(&mut self, index: CallIndex, cue: Cue, turn: u32) {
        let Some(call) = self.calls.get(&index) else { return };
        if turn != if cue.is_of_waiting() { call.visit } else { call.turn } {
            return;
        }
        if !call.engaged().into_iter().all(|person| self.settled(person)) {
            self.enter(SETTLE_MS / 3, Due::Cue { call: index, cue, turn });
            return;
        }
        match cue {
            Cue::LeavesMenu => self.leave_menu(index),
            Cue::Rings => self.ring(index),
            Cue::Answers(leg) => self.answer(index, leg),
            Cue::RingsOut => self.miss(index, Phase::NoAnswer, 480),
            Cue::Fails(status) => self.miss(index, Phase::Fail, status),
            Cue::HangsUp { by_caller } => {
                self.finish(index, if by_caller { EndReason::Caller } else { EndReason::Callee });
            }
            Cue::Transfers => self.transfer(index),
            Cue::GivesUp => self.give_up(index),
            Cue::AsksForCallback => self.ask_for_callback(index),
            Cue::WaitsTooLong => self.overflow(index),
            Cue::BreachesSla => self.breach_sla(index),
        }
    }

    fn leave_menu(&mut self, index: CallIndex) {
        if let Some(Stage::Menu(queue)) = self.calls.get(&index).map(|call| call.stage.clone()) {
            self.end_talking(index, EndReason::Referred);
            self.enter_queue(index, queue);
        }
    }

    /// Invites all devices of a person; they ring in a moment, unless nobody is there or wants to be.
    pub(super) fn ring_person(&mut self, index: CallIndex, person: PersonIndex) {
        self.invite_person(index, person);
        let phone = &self.phones[person.0];
        let reachable = phone.online || phone.push;
        let cue = if !reachable {
            Cue::Fails(480)
        } else if phone.presence == "DO_NOT_DISTURB" {
            Cue::Fails(486)
        } else {
            Cue::Rings
        };
        self.turn(index, Stage::Ringing);
        let moment = self.rng.random_range(300..900);
        self.cue(index, moment, cue);
    }

    /// Invites the outside callee over the trunk.
    fn ring_outside(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        let number = call.callee.number.clone();
        let address = Company::outside(&number);
        self.invite(index, number, address, None);
        self.turn(index, Stage::Ringing);
        let moment = self.rng.random_range(800..2500);
        self.cue(index, moment, Cue::Rings);
    }

    /// What was invited begins to ring; who answers, and when, is drawn.
    fn ring(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        let (pending, stage) = (call.pending(), call.stage.clone());
        let mut people: Vec<PersonIndex> = pending.iter().filter_map(|&leg| call.legs[leg].person).collect();
        people.dedup();
        for &leg in &pending {
            // Early media: the far end's ringing is not always heard of.
            if !people.is_empty() || self.rng.random_bool(0.9) {
                self.change_leg(index, leg, Phase::Ringing, EndReason::None);
            }
        }
        for &person in &people {
            self.engage(person, index, EngagementPhase::Rings);
        }
        let queue = matches!(stage, Stage::Waiting(_) | Stage::CallingBack { .. });
        let chance = self.rng.random_range(0..100);
        let (after, cue) = match (queue, people.len()) {
            (_, 0) if chance < 78 => (self.rng.random_range(4000..13_000), self.answers_one_of(&pending)),
            (_, 0) if chance < 90 => (25_000, Cue::RingsOut),
            (_, 0) => (self.rng.random_range(1000..3000), Cue::Fails(486)),
            (true, 1) if chance < 84 => (self.rng.random_range(2000..8000), self.answers_one_of(&pending)),
            (true, 1) if chance < 95 => (12_000, Cue::RingsOut),
            (true, 1) => (self.rng.random_range(2000..4000), Cue::Fails(486)),
            (true, _) if chance < 95 => (self.rng.random_range(2000..7000), self.answers_one_of(&pending)),
            (true, _) => (15_000, Cue::RingsOut),
            (false, _) if chance < 78 => (self.rng.random_range(3000..12_000), self.answers_one_of(&pending)),
            (false, _) if chance < 92 => (20_000, Cue::RingsOut),
            (false, _) => (self.rng.random_range(2000..5000), Cue::Fails(486)),
        };
        self.cue(index, after, cue);
    }

    fn answers_one_of(&mut self, pending: &[usize]) -> Cue {
        Cue::Answers(pending[self.rng.random_range(0..pending.len())])
    }

    /// A leg answers; what else rang, stops.
    fn answer(&mut self, index: CallIndex, leg: usize) {
        let Some(call) = self.calls.get(&index) else { return };
        let (stage, winner) = (call.stage.clone(), call.legs[leg].person);
        let losers: Vec<usize> = call.pending().into_iter().filter(|&other| other != leg).collect();
        self.change_leg(index, leg, Phase::Answer, EndReason::None);
        for other in losers {
            self.lose_leg(index, other, winner);
        }
        if let Some(winner) = winner {
            self.engage(winner, index, EngagementPhase::Talks);
        }
        match stage {
            Stage::Waiting(queue) => self.leave_with_agent(index, queue),
            Stage::CallingBack { queue, waiting } => {
                self.end_callback(queue, &waiting, "agent_answered");
                self.ring_outside(index);
                return;
            }
            Stage::Menu(_) | Stage::Ringing | Stage::Talking => {}
        }
        self.turn(index, Stage::Talking);
        self.plan_talk(index);
    }

    /// How long they talk, and how it ends.
    fn plan_talk(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        let inbound = call.direction == Direction::Inbound;
        if inbound && !call.transferred && self.rng.random_bool(0.1) {
            let after = self.rng.random_range(12_000..40_000);
            self.cue(index, after, Cue::Transfers);
            return;
        }
        let longest = if call.queue.is_some() { 150_000 } else { 110_000 };
        let after = self.rng.random_range(15_000..longest);
        let by_caller = self.rng.random_bool(0.5);
        self.cue(index, after, Cue::HangsUp { by_caller });
    }

    /// Nobody took the call: it did not answer in time, was declined, or reached nothing.
    fn miss(&mut self, index: CallIndex, phase: Phase, status: u16) {
        let Some(call) = self.calls.get_mut(&index) else { return };
        let (pending, stage) = (call.pending(), call.stage.clone());
        for &leg in &pending {
            call.legs[leg].status_code = status;
        }
        let mut people: Vec<PersonIndex> = pending.iter().filter_map(|&leg| call.legs[leg].person).collect();
        people.dedup();
        for &leg in &pending {
            self.change_leg(index, leg, phase, EndReason::None);
        }
        match stage {
            Stage::Waiting(queue) => {
                self.agents_missed(&people);
                self.offer_again(index, queue);
            }
            Stage::CallingBack { queue, waiting } => {
                self.agents_missed(&people);
                self.finish(index, EndReason::Cancelled);
                self.free_callback(queue, &waiting);
            }
            Stage::Menu(_) | Stage::Ringing | Stage::Talking => {
                for person in people {
                    self.release(person, None);
                }
                self.go_unanswered(index);
            }
        }
    }

    /// An inbound call that nobody took goes to the voicemail, mostly; others end.
    fn go_unanswered(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        if call.direction == Direction::Inbound && self.rng.random_bool(0.7) {
            self.send_to_voicemail(index);
        } else {
            self.finish(index, EndReason::Cancelled);
        }
    }

    fn send_to_voicemail(&mut self, index: CallIndex) {
        self.answer_by_service(index, self.company.voicemail);
        self.turn(index, Stage::Talking);
        let speaks = self.rng.random_range(8000..25_000);
        self.cue(index, speaks, Cue::HangsUp { by_caller: true });
    }

    /// Sends a caller who waited too long where the queue says.
    pub(super) fn send_on(&mut self, index: CallIndex, to: Overflow) {
        match to {
            Overflow::Person(person) if self.free(person) => self.ring_person(index, person),
            Overflow::Queue(queue) => self.enter_queue(index, queue),
            Overflow::Person(_) | Overflow::Voicemail => self.send_to_voicemail(index),
        }
    }

    /// Whoever talks sends the caller on to a colleague who is free, and is out of the call.
    fn transfer(&mut self, index: CallIndex) {
        let Some(to) = self.pick(|day, person| !day.is_agent(person) && day.free(person)) else {
            self.finish(index, EndReason::Caller);
            return;
        };
        self.end_talking(index, EndReason::BlindTransfer);
        let callee = self.person_party(to);
        if let Some(call) = self.calls.get_mut(&index) {
            call.transferred = true;
            call.queue = None;
            let told = event::call_update_info(&self.company, call, &callee, self.now);
            self.tell(told);
        }
        self.ring_person(index, to);
    }

    /// Everybody hangs up.
    pub(super) fn hang_everything_up(&mut self) {
        let calls: Vec<CallIndex> = self.calls.keys().copied().collect();
        for index in calls {
            self.leave_queue_of(index, "hangup");
            // Nobody writes anything up: that would be two states in one second.
            if let Some(call) = self.calls.get_mut(&index) {
                call.queue = None;
            }
            self.finish(index, EndReason::Caller);
        }
        self.drop_callbacks();
        for index in 0..self.phones.len() {
            self.phones[index].wrap_up = None;
            self.show(PersonIndex(index));
        }
    }
}
