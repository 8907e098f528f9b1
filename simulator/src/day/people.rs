//! Office life besides calls: registrations, presence, agents who log in and out, and what phones and agents show.

use rand::Rng;

use super::{Day, Due, PICKS_BY_CHANCE, SETTLE_MS, phone::Duty};
use crate::{
    company::{Devices, PersonIndex, QueueIndex},
    dialect::Pause,
    event::{self, AgentEntry},
    truth::{Direction, PhoneState, Presence, Since},
};

/// Of forty people, at most so many are away from their queues by their own doing.
const AGENTS_AWAY_MAX: usize = 3;
/// Of forty, at most so many say that they are away.
const PEOPLE_AWAY_MAX: usize = 7;
/// Of forty, at most so many lose their registration.
const PEOPLE_OFFLINE_MAX: usize = 2;

/// What somebody comes back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Return {
    Presence,
    Registration,
    Ready,
    LogIn,
}

impl Day {
    /// Whether nothing was told of a phone so lately that the next would share its second.
    pub(super) fn settled(&self, person: PersonIndex) -> bool {
        self.ties || self.at >= self.phones[person.0].settled_at + SETTLE_MS
    }

    /// Reachable, in no call, settled.
    pub(super) fn free(&self, person: PersonIndex) -> bool {
        let phone = &self.phones[person.0];
        (phone.online || phone.push)
            && phone.engaged.is_empty()
            && self.settled(person)
            && self.exists(person)
    }

    /// Free for a queue's caller.
    pub(super) fn serves(&self, person: PersonIndex) -> bool {
        self.free(person) && self.phones[person.0].serves() && self.at >= self.phones[person.0].rested_at
    }

    /// One of those who fit, by chance.
    pub(super) fn pick(&mut self, fits: impl Fn(&Self, PersonIndex) -> bool) -> Option<PersonIndex> {
        for _ in 0..PICKS_BY_CHANCE {
            let person = PersonIndex(self.rng.random_range(0..self.phones.len()));
            if fits(self, person) {
                return Some(person);
            }
        }
        let fit: Vec<_> =
            (0..self.phones.len()).map(PersonIndex).filter(|&person| fits(self, person)).collect();
        (!fit.is_empty()).then(|| fit[self.rng.random_range(0..fit.len())])
    }

    pub(super) fn is_agent(&self, person: PersonIndex) -> bool {
        !self.company.people[person.0].queues.is_empty()
    }

    /// Tells what changed of a phone and its agent since it was last told.
    pub(super) fn show(&mut self, person: PersonIndex) {
        if self.shows_held {
            return;
        }
        let call = self.phones[person.0].call_state();
        let told = self.phones[person.0].told_call.map_or(PhoneState::Idle, |told| told.value);
        if call != told {
            let now = self.now;
            Since::tell(&mut self.phones[person.0].told_call, call, now);
            self.phones[person.0].settled_at = self.at;
            self.tell(event::extension_call(&self.company, person, call, now));
        }
        for place in 0..self.phones[person.0].shown_agent.len() {
            let (queue, shown) = &self.phones[person.0].shown_agent[place];
            let queue = *queue;
            if !self.queue_exists(queue) {
                continue;
            }
            let entry = self.agent_entry(person, queue, shown.as_ref());
            let same = shown
                .as_ref()
                .is_some_and(|shown| AgentEntry { told: shown.told, ..entry.clone() } == *shown);
            if !same {
                self.phones[person.0].shown_agent[place].1 = Some(entry.clone());
                self.phones[person.0].settled_at = self.at;
                let others = self.company.agents(queue).iter().filter(|other| **other != person);
                let others = others.filter_map(|other| self.phones[other.0].shown_agent(queue));
                let told = event::queue_agent_status(&self.company, queue, &entry, others);
                self.tell(told);
            }
        }
    }

    /// The agent as they are now.
    pub(super) fn agent_entry(
        &self,
        person: PersonIndex,
        queue: QueueIndex,
        shown: Option<&AgentEntry>,
    ) -> AgentEntry {
        let phone = &self.phones[person.0];
        let (state, call) = phone.agent_state(queue);
        let call = call.and_then(|call| self.calls.get(&call));
        let contact = call.map(|call| {
            let calls_out = call.caller.person == Some(person) || call.direction == Direction::Outbound;
            if calls_out { &call.callee } else { &call.caller }
        });
        AgentEntry {
            person,
            state,
            pause: phone.pause(state),
            session_id: call.map(|call| call.session_id.clone()).unwrap_or_default(),
            caller_number: contact.map(|contact| contact.number.clone()).unwrap_or_default(),
            caller_name: contact.map(|contact| contact.name.clone()).unwrap_or_default(),
            since: shown.filter(|shown| shown.state == state).map_or(self.now, |shown| shown.since),
            told: self.now,
        }
    }

    /// An extension registers: a phone, or an app, which may sleep at once and be left to push. Or its registration goes.
    pub(super) fn register(&mut self, person: PersonIndex, comes: bool) {
        if !self.exists(person) {
            return;
        }
        let devices = self.company.people[person.0].devices;
        let asleep = devices == Devices::App && self.rng.random_bool(0.5);
        let (now, at) = (self.now, self.at);
        let phone = &mut self.phones[person.0];
        phone.online = comes && !asleep;
        phone.push = devices != Devices::Desk;
        phone.settled_at = at;
        if devices == Devices::App && comes && phone.presence == Presence::Available && !phone.online {
            phone.presence = Presence::BusinessTrip;
            "On the road".clone_into(&mut phone.note);
        }
        phone.tell_all(now);
        let state = phone.state();
        self.tell(event::extension_status(&self.company, &[(person, state)], now));
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
        let queues = self.company.people[person.0].queues.iter().filter(|queue| self.queue_exists(**queue));
        let states: Vec<_> = queues.map(|&queue| (queue, phone.agent_state(queue).0)).collect();
        if let Some((_, state)) = states.first() {
            let pause = phone.pause(*state);
            self.tell(event::extension_agent_status(&self.company, person, &states, pause, self.now));
        }
        self.phones[person.0].settled_at = self.at;
        self.show(person);
    }

    fn set_presence(&mut self, person: PersonIndex, presence: Presence, note: &str) {
        let (now, at) = (self.now, self.at);
        let phone = &mut self.phones[person.0];
        phone.presence = presence;
        note.clone_into(&mut phone.note);
        phone.settled_at = at;
        Since::tell(&mut phone.told_presence, presence, now);
        let state = phone.state();
        self.tell(event::extension_presence(&self.company, person, &state, now));
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
        let away = self.phones.iter().filter(|phone| phone.presence != Presence::Available).count();
        let here = |day: &Self, person: PersonIndex| {
            !day.is_agent(person) && day.phones[person.0].presence == Presence::Available && day.free(person)
        };
        if away >= self.of_forty(PEOPLE_AWAY_MAX) {
            return;
        }
        let Some(person) = self.pick(here) else { return };
        let (presence, note) = [
            (Presence::Lunch, ""),
            (Presence::Lunch, "Back in half an hour"),
            (Presence::Away, ""),
            (Presence::Away, "In a meeting"),
            (Presence::DoNotDisturb, "Month end"),
            (Presence::DoNotDisturb, ""),
            (Presence::BusinessTrip, "At a customer's"),
        ][self.rng.random_range(0..7)];
        self.set_presence(person, presence, note);
        self.return_later(person, Return::Presence, 45_000..200_000);
    }

    fn somebody_loses_registration(&mut self) {
        let offline = self.phones.iter().filter(|phone| !phone.online && !phone.push).count();
        if offline >= self.of_forty(PEOPLE_OFFLINE_MAX) {
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
        if out >= self.of_forty(AGENTS_AWAY_MAX) {
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
        let pause = [None, Some(Pause::Break), Some(Pause::Lunch)][self.rng.random_range(0..3)];
        self.phones[person.0].duty = Duty::NotReady(pause);
        self.show_agent_action(person);
        if pause == Some(Pause::Lunch) {
            self.set_presence(person, Presence::Lunch, "");
        }
        self.return_later(person, Return::Ready, 30_000..120_000);
    }

    /// What is so many of forty people, of all.
    fn of_forty(&self, many: usize) -> usize {
        many * self.phones.len().div_ceil(40)
    }

    fn return_later(&mut self, person: PersonIndex, how: Return, after_ms: std::ops::Range<u64>) {
        let pause = self.rng.random_range(after_ms);
        let pause = self.shortened(pause).max(2 * SETTLE_MS);
        self.enter(pause, Due::Returns(person, how));
    }

    /// After missing a caller some agents find that they are not ready.
    pub(super) fn pause_after_miss(&mut self, person: PersonIndex) {
        self.phones[person.0].duty = Duty::NotReady(None);
        self.return_later(person, Return::Ready, 30_000..90_000);
    }

    /// Somebody is back; once their phone is free.
    pub(super) fn return_person(&mut self, person: PersonIndex, how: Return) {
        if !self.exists(person) {
            return;
        }
        if !self.phones[person.0].engaged.is_empty() || !self.settled(person) {
            self.enter(SETTLE_MS, Due::Returns(person, how));
            return;
        }
        match how {
            Return::Presence => self.set_presence(person, Presence::Available, ""),
            Return::Registration => self.register(person, true),
            Return::LogIn => self.log_in(person),
            Return::Ready => {
                self.phones[person.0].duty = Duty::Ready;
                self.show_agent_action(person);
                if self.phones[person.0].presence != Presence::Available {
                    self.set_presence(person, Presence::Available, "");
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
