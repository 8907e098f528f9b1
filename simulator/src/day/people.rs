//! Office life besides calls: registrations, presence, agents who log in and out, and what phones and agents show.

use rand::Rng;

use super::{Day, Due, SETTLE_MS};
use crate::{
    call::{CallIndex, Direction},
    company::{Company, Devices, PersonIndex, QueueIndex},
    event::{self, AgentEntry, ExtensionState},
};

/// Of the agents, at most so many are away from their queues by their own doing.
const AGENTS_AWAY_MAX: usize = 3;
/// Of the others, at most so many say that they are away.
const PEOPLE_AWAY_MAX: usize = 7;
/// Of all, at most so many lose their registration.
const PEOPLE_OFFLINE_MAX: usize = 2;

/// An extension and its owner.
#[derive(Debug)]
pub(super) struct Phone {
    pub online: bool,
    /// Can be woken by push: an app.
    pub push: bool,
    pub presence: &'static str,
    pub note: &'static str,
    /// The call that it rings or talks in.
    pub engaged: Option<Engagement>,
    pub duty: Duty,
    /// The queue whose call is being written up.
    pub wrap_up: Option<QueueIndex>,
    /// Not offered a queue's caller before this, after missing one.
    pub rested_at: u64,
    /// When something was last told of it.
    pub settled_at: u64,
    shown_call: &'static str,
    /// By the person's queues: what was last told of the agent.
    shown_agent: Vec<(QueueIndex, Option<AgentEntry>)>,
}

/// Whether an agent works, by their own doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    LoggedOut,
    NotReady,
    Ready,
}

/// A phone's part in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Engagement {
    pub call: CallIndex,
    pub phase: EngagementPhase,
    /// The queue whose call it is; `None` for all others.
    pub queue: Option<QueueIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EngagementPhase {
    /// Is about to ring.
    Chosen,
    Rings,
    /// Dials or talks.
    Talks,
}

/// What somebody comes back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Return {
    Presence,
    Registration,
    Ready,
    LogIn,
}

impl Phone {
    /// As left the evening before: not registered, nobody logged in.
    pub fn asleep(company: &Company, person: PersonIndex) -> Self {
        let queues = company.people[person.0].queues;
        Self {
            online: false,
            push: false,
            presence: "AVAILABLE",
            note: "",
            engaged: None,
            duty: Duty::LoggedOut,
            wrap_up: None,
            rested_at: 0,
            settled_at: 0,
            shown_call: "",
            shown_agent: queues.iter().map(|&queue| (queue, None)).collect(),
        }
    }

    /// What was last told of the agent in a queue.
    pub fn shown_agent(&self, queue: QueueIndex) -> Option<&AgentEntry> {
        self.shown_agent.iter().find(|(of, _)| *of == queue)?.1.as_ref()
    }

    fn call_status(&self) -> &'static str {
        match self.engaged.map(|engaged| engaged.phase) {
            None | Some(EngagementPhase::Chosen) => "",
            Some(EngagementPhase::Rings) => "RINGING",
            Some(EngagementPhase::Talks) => "ON_CALL",
        }
    }

    fn state(&self) -> ExtensionState {
        ExtensionState {
            call_status: self.call_status(),
            online: self.online,
            push_online: self.push,
            presence: self.presence,
            note: self.note,
        }
    }

    /// The agent's state in a queue. A call of this queue counts from ringing, another one from its answer.
    fn agent_state(&self, queue: QueueIndex) -> &'static str {
        let rings_or_talks = |phase| phase != EngagementPhase::Chosen;
        if !self.online {
            return "OFFLINE";
        }
        if self.duty == Duty::LoggedOut {
            return "LOGGED_OUT";
        }
        match self.engaged {
            Some(of) if of.queue == Some(queue) && rings_or_talks(of.phase) => "QUEUE_CALL",
            Some(of) if of.queue != Some(queue) && of.phase == EngagementPhase::Talks => "OTHER_CALL",
            _ if self.wrap_up == Some(queue) => "WRAP_UP",
            _ if self.duty == Duty::NotReady => "NOT_READY",
            _ => "READY",
        }
    }

    /// Available as an agent, if free.
    fn serves(&self) -> bool {
        self.duty == Duty::Ready && self.wrap_up.is_none() && self.online
    }
}

impl Day {
    /// Whether nothing was told of a phone so lately that the next would share its second.
    pub(super) fn settled(&self, person: PersonIndex) -> bool {
        self.at >= self.phones[person.0].settled_at + SETTLE_MS
    }

    /// Reachable, in no call, settled.
    pub(super) fn free(&self, person: PersonIndex) -> bool {
        let phone = &self.phones[person.0];
        (phone.online || phone.push) && phone.engaged.is_none() && self.settled(person)
    }

    /// Free for a queue's caller.
    pub(super) fn serves(&self, person: PersonIndex) -> bool {
        self.free(person) && self.phones[person.0].serves() && self.at >= self.phones[person.0].rested_at
    }

    /// One of those who fit, by chance.
    pub(super) fn pick(&mut self, fits: impl Fn(&Self, PersonIndex) -> bool) -> Option<PersonIndex> {
        let fit: Vec<_> =
            (0..self.phones.len()).map(PersonIndex).filter(|&person| fits(self, person)).collect();
        (!fit.is_empty()).then(|| fit[self.rng.random_range(0..fit.len())])
    }

    pub(super) fn is_agent(&self, person: PersonIndex) -> bool {
        !self.company.people[person.0].queues.is_empty()
    }

    /// Tells what changed of a phone and its agent since it was last told.
    pub(super) fn show(&mut self, person: PersonIndex) {
        let call_status = self.phones[person.0].call_status();
        if call_status != self.phones[person.0].shown_call {
            self.phones[person.0].shown_call = call_status;
            self.phones[person.0].settled_at = self.at;
            self.tell(event::extension_call(&self.company, person, call_status, self.now));
        }
        for place in 0..self.phones[person.0].shown_agent.len() {
            let (queue, shown) = &self.phones[person.0].shown_agent[place];
            let queue = *queue;
            let entry = self.agent_entry(person, queue);
            let same = shown
                .as_ref()
                .is_some_and(|shown| AgentEntry { since: shown.since, ..entry.clone() } == *shown);
            if !same {
                self.tell(event::queue_agent_status(&self.company, queue, &entry));
                self.phones[person.0].shown_agent[place].1 = Some(entry);
                self.phones[person.0].settled_at = self.at;
            }
        }
    }

    fn agent_entry(&self, person: PersonIndex, queue: QueueIndex) -> AgentEntry {
        let phone = &self.phones[person.0];
        let state = phone.agent_state(queue);
        let call = phone
            .engaged
            .filter(|_| matches!(state, "QUEUE_CALL" | "OTHER_CALL"))
            .and_then(|engaged| self.calls.get(&engaged.call));
        let contact = call.map(|call| {
            let calls_out = call.caller.person == Some(person) || call.direction == Direction::Outbound;
            if calls_out { &call.callee } else { &call.caller }
        });
        AgentEntry {
            person,
            state,
            session_id: call.map(|call| call.session_id.clone()).unwrap_or_default(),
            caller_number: contact.map(|contact| contact.number.clone()).unwrap_or_default(),
            caller_name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
            since: self.now,
        }
    }

    /// An extension registers: a phone, or an app, which may sleep at once and be left to push. Or its registration goes.
    pub(super) fn register(&mut self, person: PersonIndex, comes: bool) {
        let devices = self.company.people[person.0].devices;
        let asleep = devices == Devices::App && self.rng.random_bool(0.5);
        let phone = &mut self.phones[person.0];
        phone.online = comes && !asleep;
        phone.push = devices != Devices::Desk;
        phone.settled_at = self.at;
        if devices == Devices::App && comes && phone.presence == "AVAILABLE" && !phone.online {
            phone.presence = "BUSINESS_TRIP";
            phone.note = "On the road";
        }
        let state = phone.state();
        self.tell(event::extension_status(&self.company, person, &state, self.now));
        self.show(person);
    }

    /// An agent logs in to all their queues.
    pub(super) fn log_in(&mut self, person: PersonIndex) {
        self.phones[person.0].duty = Duty::Ready;
        self.show_agent_action(person);
    }

    /// An agent's own change: told for all queues at once, and queue by queue.
    fn show_agent_action(&mut self, person: PersonIndex) {
        let phone = &self.phones[person.0];
        let states: Vec<_> = self.company.people[person.0]
            .queues
            .iter()
            .map(|&queue| (queue, phone.agent_state(queue)))
            .collect();
        if !states.is_empty() {
            self.tell(event::extension_agent_status(&self.company, person, &states, self.now));
        }
        self.phones[person.0].settled_at = self.at;
        self.show(person);
    }

    fn set_presence(&mut self, person: PersonIndex, presence: &'static str, note: &'static str) {
        let phone = &mut self.phones[person.0];
        phone.presence = presence;
        phone.note = note;
        phone.settled_at = self.at;
        let state = phone.state();
        self.tell(event::extension_presence(&self.company, person, &state, self.now));
    }

    /// Somebody does something that is no call.
    pub(super) fn person_acts(&mut self) {
        match self.rng.random_range(0..100) {
            0..45 => self.somebody_goes_away(),
            45..60 => self.somebody_loses_registration(),
            60..85 => self.some_agent_pauses(false),
            _ => self.some_agent_pauses(true),
        }
    }

    fn somebody_goes_away(&mut self) {
        let away = self.phones.iter().filter(|phone| phone.presence != "AVAILABLE").count();
        let here = |day: &Self, person| {
            !day.is_agent(person) && day.phones[person.0].presence == "AVAILABLE" && day.free(person)
        };
        if away >= PEOPLE_AWAY_MAX {
            return;
        }
        let Some(person) = self.pick(here) else { return };
        let (presence, note) = [
            ("LUNCH", ""),
            ("LUNCH", "Back in half an hour"),
            ("AWAY", ""),
            ("AWAY", "In a meeting"),
            ("DO_NOT_DISTURB", "Month end"),
            ("DO_NOT_DISTURB", ""),
            ("BUSINESS_TRIP", "At a customer's"),
        ][self.rng.random_range(0..7)];
        self.set_presence(person, presence, note);
        self.return_later(person, Return::Presence, 45_000..200_000);
    }

    fn somebody_loses_registration(&mut self) {
        let offline = self.phones.iter().filter(|phone| !phone.online && !phone.push).count();
        if offline >= PEOPLE_OFFLINE_MAX {
            return;
        }
        let agents_too = self.rng.random_bool(0.15);
        let on = |day: &Self, person: PersonIndex| {
            let phone = &day.phones[person.0];
            let writes_up = phone.wrap_up.is_some();
            phone.online && !writes_up && day.free(person) && (agents_too || !day.is_agent(person))
        };
        let Some(person) = self.pick(on) else { return };
        self.register(person, false);
        self.return_later(person, Return::Registration, 15_000..60_000);
    }

    /// An agent takes a pause, or logs out of the queues for longer.
    fn some_agent_pauses(&mut self, logs_out: bool) {
        let out = (0..self.phones.len())
            .filter(|&index| self.is_agent(PersonIndex(index)) && self.phones[index].duty != Duty::Ready)
            .count();
        if out >= AGENTS_AWAY_MAX {
            return;
        }
        let ready = |day: &Self, person: PersonIndex| day.is_agent(person) && day.serves(person);
        let Some(person) = self.pick(ready) else { return };
        if logs_out {
            self.phones[person.0].duty = Duty::LoggedOut;
            self.show_agent_action(person);
            self.return_later(person, Return::LogIn, 60_000..150_000);
            return;
        }
        self.phones[person.0].duty = Duty::NotReady;
        self.show_agent_action(person);
        if self.rng.random_bool(0.5) {
            self.set_presence(person, "LUNCH", "");
        }
        self.return_later(person, Return::Ready, 30_000..120_000);
    }

    fn return_later(&mut self, person: PersonIndex, how: Return, after_ms: std::ops::Range<u64>) {
        let pause = self.rng.random_range(after_ms);
        let pause = self.shortened(pause).max(2 * SETTLE_MS);
        self.enter(pause, Due::Returns(person, how));
    }

    /// After missing a caller some agents find that they are not ready.
    pub(super) fn pause_after_miss(&mut self, person: PersonIndex) {
        self.phones[person.0].duty = Duty::NotReady;
        self.return_later(person, Return::Ready, 30_000..90_000);
    }

    /// Somebody is back; once their phone is free.
    pub(super) fn return_person(&mut self, person: PersonIndex, how: Return) {
        if self.phones[person.0].engaged.is_some() || !self.settled(person) {
            self.enter(SETTLE_MS, Due::Returns(person, how));
            return;
        }
        match how {
            Return::Presence => self.set_presence(person, "AVAILABLE", ""),
            Return::Registration => self.register(person, true),
            Return::LogIn => self.log_in(person),
            Return::Ready => {
                self.phones[person.0].duty = Duty::Ready;
                self.show_agent_action(person);
                if self.phones[person.0].presence != "AVAILABLE" {
                    self.set_presence(person, "AVAILABLE", "");
                }
            }
        }
    }

    /// A call has been written up.
    pub(super) fn end_wrap_up(&mut self, person: PersonIndex) {
        if !self.settled(person) {
            self.enter(SETTLE_MS, Due::WrapUpEnds(person));
            return;
        }
        self.phones[person.0].wrap_up = None;
        self.show(person);
    }
}
