//! The stories of calls: they start, ring, are answered or not, are handed on, and end with a CDR.
//!
//! A call's next step is a [`Cue`] in the agenda. Cues carry the call's turn, so one that a change of plan left behind
//! is void.

use rand::Rng;

use super::{Day, Due, SETTLE_MS, phone::EngagementPhase};
use crate::{
    call::{CallIndex, EndReason, Stage},
    company::{ForwardWhen, GroupIndex, PersonIndex},
    truth::{Direction, LegPhase, Presence},
};

/// A ring group rings so many times before it gives up.
const GROUP_TIMES_MAX: usize = 2;

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
    /// The group's members ring again.
    RingsAgain,
    /// The first trunk takes no call now.
    TrunkFails,
    /// The one who talks sends the caller on.
    Transfers,
    /// The one who talks asks a colleague first.
    Consults,
    /// The colleague takes the caller over.
    HandsOver,
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
            Cue::RingsOut => self.miss(index, LegPhase::NoAnswer, 480),
            Cue::Fails(status) => self.miss(index, LegPhase::Failed, status),
            Cue::HangsUp { by_caller } => {
                self.finish(index, if by_caller { EndReason::Caller } else { EndReason::Callee });
            }
            Cue::RingsAgain => self.ring_again(index),
            Cue::TrunkFails => self.try_next_trunk(index),
            Cue::Transfers => self.transfer(index),
            Cue::Consults => self.consult(index),
            Cue::HandsOver => self.hand_over(index),
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

    /// Invites all devices of a person; they ring in a moment, unless nobody is there or wants to be. One who forwards all
    /// calls does not ring.
    pub(super) fn ring_person(&mut self, index: CallIndex, person: PersonIndex) {
        if let Some(to) = self.forward_of(index, person, ForwardWhen::Always) {
            self.forward(index, &to);
            return;
        }
        self.invite_person(index, person);
        let phone = &self.phones[person.0];
        let reachable = phone.online || phone.push;
        let cue = if !reachable {
            Cue::Fails(480)
        } else if phone.presence == Presence::DoNotDisturb {
            Cue::Fails(486)
        } else {
            Cue::Rings
        };
        // A consultation stays one while it rings.
        let stage = self.calls.get(&index).map(|call| call.stage.clone());
        let stage = stage.filter(|stage| matches!(stage, Stage::Consulting(_))).unwrap_or(Stage::Ringing);
        self.turn(index, stage);
        let moment = self.rng.random_range(300..900);
        self.cue(index, moment, cue);
    }

    /// Invites a number outside over the first trunk: the callee, or where the call is forwarded to. Now and then that
    /// trunk takes no call.
    pub(super) fn ring_outside(&mut self, index: CallIndex, number: Option<String>) {
        let Some(call) = self.calls.get_mut(&index) else { return };
        call.trunk = Some(0);
        let number = number.unwrap_or_else(|| call.callee.number.clone());
        let address = self.company.outside(&number, 0);
        self.invite(index, number, address, None);
        self.turn(index, Stage::Ringing);
        let fails = self.company.trunks.len() > 1 && self.rng.random_bool(0.06);
        let moment = self.rng.random_range(800..2500);
        self.cue(index, moment, if fails { Cue::TrunkFails } else { Cue::Rings });
    }

    /// The trunk refuses; the next one is tried.
    fn try_next_trunk(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get_mut(&index) else { return };
        let (pending, next) = (call.pending(), call.trunk.unwrap_or(0) + 1);
        let Some(&leg) = pending.first() else { return };
        call.trunk = Some(next);
        call.legs[leg].status_code = 503;
        let number = call.legs[leg].number.clone();
        self.change_leg(index, leg, LegPhase::Failed, EndReason::None);
        let address = self.company.outside(&number, next);
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
                self.change_leg(index, leg, LegPhase::Ringing, EndReason::None);
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
        self.change_leg(index, leg, LegPhase::Answered, EndReason::None);
        for other in losers {
            self.lose_leg(index, other, winner);
        }
        if let Some(winner) = winner {
            self.engage(winner, index, EngagementPhase::Talks);
        }
        match stage {
            Stage::Waiting(queue) => {
                self.count_taken(winner);
                self.leave_with_agent(index, queue);
            }
            Stage::CallingBack { queue, waiting } => {
                self.count_taken(winner);
                self.end_callback(queue, &waiting, "agent_answered");
                self.ring_outside(index, None);
                return;
            }
            Stage::RingingGroup(..) => self.end_service_legs(index),
            Stage::Consulting(_) => {
                self.turn(index, stage);
                let asks = self.rng.random_range(4000..15_000);
                self.cue(index, asks, Cue::HandsOver);
                return;
            }
            Stage::Menu(_) | Stage::Ringing | Stage::Talking => {}
        }
        self.turn(index, Stage::Talking);
        self.plan_talk(index);
    }

    fn count_taken(&mut self, agent: Option<PersonIndex>) {
        if let Some(agent) = agent {
            self.phones[agent.0].taken += 1;
        }
    }

    /// How long they talk, and how it ends.
    pub(super) fn plan_talk(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        let inbound = call.direction == Direction::Inbound;
        if inbound && !call.transferred && self.rng.random_bool(0.1) {
            let after = self.rng.random_range(12_000..40_000);
            let asks = self.rng.random_bool(0.4);
            self.cue(index, after, if asks { Cue::Consults } else { Cue::Transfers });
            return;
        }
        let longest = if call.queue.is_some() { 150_000 } else { 110_000 };
        let after = self.rng.random_range(15_000..longest);
        let by_caller = self.rng.random_bool(0.5);
        self.cue(index, after, Cue::HangsUp { by_caller });
    }

    /// Nobody took the call: it did not answer in time, was declined, or reached nothing.
    fn miss(&mut self, index: CallIndex, phase: LegPhase, status: u16) {
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
                self.agents_missed(index, &people);
                self.offer_again(index, queue);
            }
            Stage::CallingBack { queue, waiting } => {
                self.agents_missed(index, &people);
                self.finish(index, EndReason::Cancelled);
                self.free_callback(queue, &waiting);
            }
            Stage::RingingGroup(group, time) => {
                self.release_all(&people, index);
                self.again_later(index, group, time + 1);
            }
            Stage::Consulting(of) => {
                self.release_all(&people, index);
                self.finish(index, EndReason::Cancelled);
                self.talk_on(of);
            }
            Stage::Menu(_) | Stage::Ringing | Stage::Talking => {
                self.release_all(&people, index);
                self.go_unanswered(index, people.first().copied(), phase);
            }
        }
    }

    fn release_all(&mut self, people: &[PersonIndex], call: CallIndex) {
        for &person in people {
            self.release(person, call, None);
        }
    }

    /// Rings a group's members, for the so many-th time: all who are free, or the next one.
    pub(super) fn ring_group(&mut self, index: CallIndex, group: GroupIndex, time: usize) {
        let of = &self.company.groups[group.0];
        let free: Vec<PersonIndex> = of.members.iter().copied().filter(|&person| self.free(person)).collect();
        let rung = if of.in_order { free.into_iter().skip(time).take(1).collect() } else { free };
        if rung.is_empty() || time >= GROUP_TIMES_MAX {
            self.end_service_legs(index);
            self.send_to_voicemail(index);
            return;
        }
        for person in rung {
            self.invite_person(index, person);
        }
        self.turn(index, Stage::RingingGroup(group, time));
        let moment = self.rng.random_range(300..900);
        self.cue(index, moment, Cue::Rings);
    }

    /// A group that nobody answered rings again, once what was told of its phones is a second old.
    fn again_later(&mut self, index: CallIndex, group: GroupIndex, time: usize) {
        self.turn(index, Stage::RingingGroup(group, time));
        self.cue(index, 2 * SETTLE_MS, Cue::RingsAgain);
    }

    fn ring_again(&mut self, index: CallIndex) {
        if let Some(Stage::RingingGroup(group, time)) = self.calls.get(&index).map(|call| call.stage.clone())
        {
            self.ring_group(index, group, time);
        }
    }

    /// A call that nobody took goes where the called person's rule says; else an inbound one to the voicemail, mostly;
    /// others end.
    fn go_unanswered(&mut self, index: CallIndex, called: Option<PersonIndex>, phase: LegPhase) {
        let when = if phase == LegPhase::Failed { ForwardWhen::Busy } else { ForwardWhen::NoAnswer };
        if let Some(to) = called.and_then(|person| self.forward_of(index, person, when)) {
            self.forward(index, &to);
            return;
        }
        let Some(call) = self.calls.get(&index) else { return };
        if call.direction == Direction::Inbound && self.rng.random_bool(0.7) {
            self.send_to_voicemail(index);
        } else {
            self.finish(index, EndReason::Cancelled);
        }
    }

    /// The voicemail takes the call.
    pub(super) fn send_to_voicemail(&mut self, index: CallIndex) {
        let number = self.company.voicemail.clone();
        self.answer_by_service(index, &number);
        self.turn(index, Stage::Talking);
        let speaks = self.rng.random_range(8000..25_000);
        self.cue(index, speaks, Cue::HangsUp { by_caller: true });
    }

    /// Everybody hangs up.
    pub(super) fn hang_everything_up(&mut self) {
        // Told once, at the end: somebody in two calls would have two states in one second.
        self.shows_held = true;
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
        self.shows_held = false;
        for index in 0..self.phones.len() {
            self.phones[index].wrap_up = None;
            self.show(PersonIndex(index));
        }
    }
}
