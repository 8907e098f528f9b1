//! The stories of those who wait: they enter a queue, are offered to agents, and leave it.

use rand::Rng;

use super::{Day, Due, SETTLE_MS, calls::Cue};
use crate::{
    call::{CallIndex, EndReason, Stage, Stamp},
    company::{Company, PersonIndex, QueueIndex, Strategy},
    event::{self, CallerEntry},
    truth::{self, CallerKind, Direction, PastStay, StayEnd, Tally},
};

/// How often a queue looks for agents while somebody waits.
const OFFER_PAUSE_MS: u64 = 2000;
/// An agent who missed a caller is not offered another for so long.
const REST_MS: u64 = 12_000;

/// How a queue offers.
#[derive(Debug, Default)]
pub(super) struct Bench {
    /// Whether a look at the queue's waiting callers is in the agenda already.
    offer_due: bool,
    /// Whom it offered last, by place among its members.
    last: usize,
    /// What it came to.
    pub tally: Tally,
}

/// Somebody in a queue.
#[derive(Debug)]
pub(super) struct Waiter {
    /// The call; `None` once they wait to be called back.
    pub call: Option<CallIndex>,
    session_id: String,
    number: String,
    name: String,
    since: Stamp,
    /// When they asked to be called back.
    asked: Option<Stamp>,
    /// The place that was last told.
    pub place_told: usize,
    /// Whether agents are being rung for them.
    offered: bool,
    breached: bool,
}

impl Waiter {
    /// What a board would say; `place` counts from 1.
    pub fn truth(&self, place: usize) -> truth::Waiting {
        truth::Waiting {
            session: self.session_id.clone(),
            position: place,
            position_told: self.place_told,
            number: self.number.clone(),
            name: self.name.clone(),
            kind: self.kind(),
            since: self.since,
        }
    }

    /// Nobody is rung for them any more.
    pub fn release(&mut self) {
        self.offered = false;
    }

    fn kind(&self) -> CallerKind {
        if self.call.is_some() { CallerKind::Normal } else { CallerKind::Callback }
    }
}

impl Day {
    /// What is told of somebody who waits, by place.
    pub(super) fn caller_entry(&self, queue: QueueIndex, place: usize) -> CallerEntry {
        let waiter = &self.waiting[queue.0][place];
        CallerEntry {
            position: place + 1,
            session_id: waiter.session_id.clone(),
            number: waiter.number.clone(),
            name: waiter.name.clone(),
            kind: waiter.kind(),
            since: waiter.asked.unwrap_or(waiter.since),
        }
    }

    /// A caller enters a queue; how long they are willing to wait is drawn. Out of hours nobody enters.
    pub(super) fn enter_queue(&mut self, index: CallIndex, queue: QueueIndex) {
        if !self.company.is_open(self.now.seconds() % 86_400) {
            self.send_to_voicemail(index);
            return;
        }
        let party = self.queue_party(queue);
        self.answer_by_service(index, &party.number);
        let now = self.now;
        let Some(call) = self.calls.get_mut(&index) else { return };
        call.stage = Stage::Waiting(queue);
        call.queue = Some(queue);
        call.waits_in = Some(queue);
        call.turn += 1;
        call.visit += 1;
        let waiter = Waiter {
            call: Some(index),
            session_id: call.session_id.clone(),
            number: call.caller.number.clone(),
            name: call.caller.name.clone(),
            since: now,
            asked: None,
            place_told: 0,
            offered: false,
            breached: false,
        };
        self.update_callee(index, party);
        self.waiting[queue.0].push(waiter);
        let place = self.waiting[queue.0].len() - 1;
        self.tell_caller(queue, place, "enqueue");
        let of = &self.company.queues[queue.0];
        let (sla, longest) = (of.sla_s * 1000, of.wait_max_s * 1000);
        self.cue(index, sla, Cue::BreachesSla);
        self.cue(index, longest, Cue::WaitsTooLong);
        let callers = &self.company.callers;
        let hasty = self.rng.random_range(0..100) < callers.hasty;
        let (from, to) = if hasty { callers.hasty_patience_s } else { callers.patience_s };
        let patience = self.rng.random_range(from * 1000..to * 1000);
        self.cue(index, patience, Cue::GivesUp);
        if self.rng.random_range(0..100) < self.company.callers.callback {
            let after = self.rng.random_range(18_000..35_000);
            self.cue(index, after, Cue::AsksForCallback);
        }
        self.look_for_agents(queue, 1000);
    }

    fn tell_caller(&mut self, queue: QueueIndex, place: usize, reason: &'static str) {
        let entry = self.caller_entry(queue, place);
        self.waiting[queue.0][place].place_told = place + 1;
        self.tell(event::queue_caller_status(&self.company, queue, &entry, reason, self.now));
    }

    /// Enters a look for agents, unless one is due.
    fn look_for_agents(&mut self, queue: QueueIndex, after_ms: u64) {
        if !std::mem::replace(&mut self.benches[queue.0].offer_due, true) {
            self.enter(after_ms, Due::Offers(queue));
        }
    }

    /// Offers those who wait to agents who are free, first come first served.
    pub(super) fn offer_callers(&mut self, queue: QueueIndex) {
        self.benches[queue.0].offer_due = false;
        while let Some(place) = self.waiting[queue.0].iter().position(|waiter| !waiter.offered) {
            let chosen = self.choose(queue);
            if chosen.is_empty() {
                break;
            }
            self.offer(queue, place, &chosen);
        }
        if !self.waiting[queue.0].is_empty() {
            self.look_for_agents(queue, OFFER_PAUSE_MS);
        }
    }

    /// Whom the queue's strategy rings next; nobody where none is ready.
    fn choose(&mut self, queue: QueueIndex) -> Vec<PersonIndex> {
        let members = self.company.agents(queue);
        let free: Vec<usize> = (0..members.len()).filter(|&place| self.serves(members[place])).collect();
        if free.is_empty() {
            return Vec::new();
        }
        let phone = |place: &usize| &self.phones[members[*place].0];
        let last = self.benches[queue.0].last;
        let one = match self.company.queues[queue.0].strategy {
            Strategy::RingAll => return free.into_iter().map(|place| members[place]).collect(),
            Strategy::LongestIdle => free.iter().min_by_key(|place| phone(place).settled_at),
            Strategy::RoundRobin => free.iter().find(|place| **place > last).or(free.first()),
            Strategy::FewestCalls => free.iter().min_by_key(|place| phone(place).taken),
            Strategy::InOrder => free.first(),
            Strategy::Random => free.get(self.rng.random_range(0..free.len())),
        };
        let one = one.copied().unwrap_or_default();
        let agent = members[one];
        self.benches[queue.0].last = one;
        vec![agent]
    }

    /// Rings agents for somebody who waits. For one to be called back, the PBX calls the agent first, in a new session.
    fn offer(&mut self, queue: QueueIndex, place: usize, agents: &[PersonIndex]) {
        let waiter = &mut self.waiting[queue.0][place];
        waiter.offered = true;
        let (call, waiting) = (waiter.call, waiter.session_id.clone());
        let (number, name) = (waiter.number.clone(), waiter.name.clone());
        let index = call.unwrap_or_else(|| {
            let customer = self.named_outside_party(number, name);
            let stage = Stage::CallingBack { queue, waiting };
            self.begin(Direction::Outbound, self.queue_party(queue), customer, String::new(), stage)
        });
        if let Some(call) = self.calls.get_mut(&index) {
            call.queue = Some(queue);
            call.turn += 1;
        }
        let agents = if call.is_some() { agents } else { &agents[..1] };
        for &agent in agents {
            self.invite_person(index, agent);
        }
        let moment = self.rng.random_range(300..900);
        self.cue(index, moment, Cue::Rings);
    }

    /// Agents did not take a caller: they rest, and some are not ready for a while.
    pub(super) fn agents_missed(&mut self, index: CallIndex, agents: &[PersonIndex]) {
        for &person in agents {
            self.phones[person.0].rested_at = self.at + REST_MS;
            if agents.len() == 1 && self.rng.random_bool(0.3) {
                self.pause_after_miss(person);
            }
            self.release(person, index, None);
        }
    }

    /// The caller waits on, for another agent.
    pub(super) fn offer_again(&mut self, index: CallIndex, queue: QueueIndex) {
        if let Some(waiter) = self.waiting[queue.0].iter_mut().find(|waiter| waiter.call == Some(index)) {
            waiter.offered = false;
        }
        self.look_for_agents(queue, OFFER_PAUSE_MS);
    }

    /// An agent has answered: the queue hands the caller over.
    pub(super) fn leave_with_agent(&mut self, index: CallIndex, queue: QueueIndex) {
        self.leave_queue_of(index, "agent_answered");
        if let Some(call) = self.calls.get_mut(&index) {
            call.answered_from = Some(queue);
        }
        self.end_service_legs(index);
    }

    /// The legs of the PBX's own services end, as the caller goes on to somebody.
    pub(super) fn end_service_legs(&mut self, index: CallIndex) {
        let Some(call) = self.calls.get(&index) else { return };
        let talking = call.talking().into_iter();
        let legs: Vec<usize> = talking.filter(|&leg| Company::is_service(&call.legs[leg].address)).collect();
        for leg in legs {
            self.end_leg(index, leg, EndReason::Referred);
        }
    }

    /// A caller leaves the queue that they wait in, if any.
    pub(super) fn leave_queue_of(&mut self, index: CallIndex, reason: &'static str) {
        if let Some((queue, place)) = self.place_of(index) {
            self.let_go(queue, place, reason);
            if let Some(call) = self.calls.get_mut(&index) {
                call.visit += 1;
                call.waits_in = None;
            }
        }
    }

    /// The caller hangs up.
    pub(super) fn give_up(&mut self, index: CallIndex) {
        self.leave_queue_of(index, "hangup");
        self.finish(index, EndReason::Caller);
    }

    /// Past the longest wait the queue sends its caller on; not while an agent is ringing for them.
    pub(super) fn overflow(&mut self, index: CallIndex) {
        let Some((queue, place)) = self.place_of(index) else { return };
        if self.waiting[queue.0][place].offered {
            self.cue(index, 3 * SETTLE_MS, Cue::WaitsTooLong);
            return;
        }
        self.leave_queue_of(index, "overflow");
        self.end_service_legs(index);
        if let Some(call) = self.calls.get_mut(&index) {
            call.queue = None;
        }
        let to = self.company.queues[queue.0].overflow.clone();
        self.send_on(index, &to);
    }

    /// The caller asks to be called back: the place is kept, the call ends.
    pub(super) fn ask_for_callback(&mut self, index: CallIndex) {
        let Some((queue, place)) = self.place_of(index) else { return };
        if self.waiting[queue.0][place].offered {
            return;
        }
        self.waiting[queue.0][place].call = None;
        self.waiting[queue.0][place].asked = Some(self.now);
        if let Some(call) = self.calls.get_mut(&index) {
            call.waits_in = None;
        }
        self.tell_caller(queue, place, "callback");
        self.finish(index, EndReason::Callee);
    }

    /// The caller waits longer than the queue promises.
    pub(super) fn breach_sla(&mut self, index: CallIndex) {
        let Some((queue, place)) = self.place_of(index) else { return };
        self.waiting[queue.0][place].breached = true;
        let on_the_line = || self.waiting[queue.0].iter().filter(|waiter| waiter.call.is_some());
        let (waiting, breached) =
            (on_the_line().count(), on_the_line().filter(|waiter| waiter.breached).count());
        let entry = self.caller_entry(queue, place);
        self.tell(event::queue_sla_breached(&self.company, queue, &entry, breached, waiting, self.now));
    }

    fn place_of(&self, index: CallIndex) -> Option<(QueueIndex, usize)> {
        let queue = self.calls.get(&index)?.waits_in?;
        let place = self.waiting[queue.0].iter().position(|waiter| waiter.call == Some(index))?;
        Some((queue, place))
    }

    /// An agent took the callback, or the day is over: the place in the queue is given up.
    pub(super) fn end_callback(&mut self, queue: QueueIndex, session_id: &str, reason: &'static str) {
        let kept = |waiter: &Waiter| waiter.call.is_none() && waiter.session_id == session_id;
        if let Some(place) = self.waiting[queue.0].iter().position(kept) {
            self.let_go(queue, place, reason);
        }
    }

    /// Somebody's stay ends: it is told and counted.
    fn let_go(&mut self, queue: QueueIndex, place: usize, reason: &'static str) {
        self.tell_caller(queue, place, reason);
        let waiter = self.waiting[queue.0].remove(place);
        let target_s = self.company.queues[queue.0].sla_s;
        let wait_s = self.now.seconds().saturating_sub(waiter.since.seconds());
        let (on_the_line, answered) = (waiter.asked.is_none(), reason == "agent_answered");
        let tally = &mut self.benches[queue.0].tally;
        let how = match reason {
            "agent_answered" => StayEnd::Answered,
            "overflow" => StayEnd::Overflowed,
            _ => StayEnd::Abandoned,
        };
        match how {
            StayEnd::Answered => tally.answered += 1,
            StayEnd::Overflowed => tally.overflowed += 1,
            StayEnd::Abandoned => tally.abandoned += 1,
        }
        tally.callbacks += u32::from(!on_the_line);
        tally.callbacks_answered += u32::from(!on_the_line && answered);
        if on_the_line {
            tally.longest_wait_s = tally.longest_wait_s.max(Some(wait_s));
        }
        if on_the_line && answered {
            tally.waits += 1;
            tally.wait_sum_s += wait_s;
            tally.answered_in_target += u32::from(wait_s <= target_s);
        }
        let queue = self.company.queues[queue.0].id.clone();
        let stay = PastStay { queue, since: waiter.since, ended: self.now, how, callback: !on_the_line };
        self.remember_stay(waiter.session_id, stay);
    }

    /// No agent took the callback: it is offered again.
    pub(super) fn free_callback(&mut self, queue: QueueIndex, session_id: &str) {
        let kept = |waiter: &&mut Waiter| waiter.call.is_none() && waiter.session_id == session_id;
        if let Some(waiter) = self.waiting[queue.0].iter_mut().find(kept) {
            waiter.offered = false;
        }
        self.look_for_agents(queue, OFFER_PAUSE_MS);
    }

    pub(super) fn drop_callbacks(&mut self) {
        for queue in (0..self.waiting.len()).map(QueueIndex) {
            while let Some(session) = self.waiting[queue.0].first().map(|waiter| waiter.session_id.clone()) {
                self.end_callback(queue, &session, "hangup");
            }
        }
    }
}
