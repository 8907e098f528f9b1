//! What an administrator does to the company while it works: extensions and queues are created, renamed and destroyed,
//! agents are moved; and what a PBX that restarts does to everybody.

use std::collections::BTreeSet;

use rand::Rng;

use super::{Day, Due, SETTLE_MS, phone::Phone, queues::Bench};
use crate::{
    company::{Destination, Devices, Person, PersonIndex, Queue, QueueIndex, Strategy},
    event::{self, Management},
    truth::Since,
};

/// How long something new stays: at least this, at most twice this.
const STAYS_MS: u64 = 600_000;
/// Phones find a PBX again that restarted within so long.
const REGISTERS_WITHIN_MS: u64 = 60_000;

/// What was changed.
#[derive(Debug, Default)]
pub(super) struct Books {
    made: usize,
    no_people: BTreeSet<PersonIndex>,
    no_queues: BTreeSet<QueueIndex>,
}

/// Something that is undone later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Somebody was hired.
    Hired(PersonIndex),
    /// A queue was set up.
    Opened(QueueIndex),
    /// An agent was taken out of a queue.
    Moved(PersonIndex, QueueIndex),
}

impl Day {
    /// Whether an extension exists.
    pub(super) fn exists(&self, person: PersonIndex) -> bool {
        !self.management.no_people.contains(&person)
    }

    /// Whether a queue exists.
    pub(super) fn queue_exists(&self, queue: QueueIndex) -> bool {
        !self.management.no_queues.contains(&queue)
    }

    /// The administrator does something.
    pub(super) fn manage(&mut self) {
        self.management.made += 1;
        match self.rng.random_range(0..5) {
            0 => self.hire(),
            1 => self.rename_somebody(),
            2 => self.open_a_queue(),
            3 => self.rename_a_queue(),
            _ => self.move_an_agent(),
        }
    }

    /// Ends what was begun; later, where a phone is in use.
    pub(super) fn undo(&mut self, act: Act) {
        let done = match act {
            Act::Hired(person) => self.dismiss(person),
            Act::Opened(queue) => self.close_queue(queue),
            Act::Moved(person, queue) => self.move_back(person, queue),
        };
        if !done {
            self.enter(4 * SETTLE_MS, Due::Undoes(act));
        }
    }

    fn undo_later(&mut self, act: Act) {
        let stays = self.rng.random_range(STAYS_MS..2 * STAYS_MS);
        let stays = self.shortened(stays).max(4 * SETTLE_MS);
        self.enter(stays, Due::Undoes(act));
    }

    fn hire(&mut self) {
        let number = format!("7{:04}", self.management.made);
        let person = self.company.hire(Person {
            name: format!("Temp {number}"),
            number,
            department: "Temps".to_owned(),
            devices: Devices::Desk,
            queues: Vec::new(),
            forward: None,
        });
        self.phones.push(Phone::asleep(&self.company, person));
        self.tell(event::extension_managed(&self.company, person, Management::Created));
        self.enter(2 * SETTLE_MS, Due::Registers(person));
        self.undo_later(Act::Hired(person));
    }

    fn dismiss(&mut self, person: PersonIndex) -> bool {
        if !self.phones[person.0].engaged.is_empty() || !self.settled(person) {
            return false;
        }
        self.management.no_people.insert(person);
        self.tell(event::extension_managed(&self.company, person, Management::Destroyed));
        true
    }

    fn rename_somebody(&mut self) {
        let Some(person) = self.pick(|day, person| day.free(person) && !day.is_agent(person)) else { return };
        let of = &mut self.company.people[person.0];
        let first = of.name.split(' ').next().unwrap_or_default();
        of.name = format!("{first} Newname-{}", self.management.made);
        self.tell(event::extension_managed(&self.company, person, Management::Updated));
    }

    fn open_a_queue(&mut self) {
        let number = format!("9{:04}", self.management.made);
        let queue = self.company.add_queue(Queue {
            id: format!("8000000000000{number}"),
            name: format!("Campaign {number}"),
            did: String::new(),
            number,
            strategy: Strategy::RingAll,
            sla_s: 30,
            wait_max_s: 60,
            overflow: Destination::Voicemail,
            calls_per_hour: 0.0,
        });
        self.waiting.push(Vec::new());
        self.benches.push(Bench::default());
        self.tell(event::queue_managed(&self.company, queue, Management::Created));
        self.tell_queue(queue);
        self.undo_later(Act::Opened(queue));
    }

    fn close_queue(&mut self, queue: QueueIndex) -> bool {
        if !self.waiting[queue.0].is_empty() {
            return false;
        }
        self.management.no_queues.insert(queue);
        self.tell(event::queue_managed(&self.company, queue, Management::Destroyed));
        true
    }

    /// Its new name comes with the next `queue_status`: the event of the change has only the number.
    fn rename_a_queue(&mut self) {
        let queue = QueueIndex(self.rng.random_range(0..self.company.queues.len()));
        if !self.queue_exists(queue) {
            return;
        }
        let of = &mut self.company.queues[queue.0];
        let first = of.name.split(' ').next().unwrap_or_default();
        of.name = format!("{first} {}", self.management.made);
        self.tell(event::queue_managed(&self.company, queue, Management::Updated));
        self.tell_queue(queue);
    }

    fn move_an_agent(&mut self) {
        let agent = self.pick(|day, person| day.is_agent(person) && day.serves(person));
        let Some(person) = agent else { return };
        let Some(&queue) = self.company.people[person.0].queues.first() else { return };
        if self.company.agents(queue).len() < 3 {
            return;
        }
        self.company.leave(person, queue);
        self.phones[person.0].shown_agent.retain(|(of, _)| *of != queue);
        self.phones[person.0].settled_at = self.at;
        self.tell(event::queue_agent_removed(&self.company, queue, person));
        self.undo_later(Act::Moved(person, queue));
    }

    fn move_back(&mut self, person: PersonIndex, queue: QueueIndex) -> bool {
        if !self.phones[person.0].engaged.is_empty() || !self.settled(person) {
            return false;
        }
        self.company.join(person, queue);
        self.phones[person.0].shown_agent.push((queue, None));
        self.show(person);
        true
    }

    /// The PBX restarts: all calls are gone, those who waited on the line too, and nothing is told of it. Phones register
    /// again within the minute, and that is told; agents are as they were, without their calls.
    pub fn restart(&mut self, now: crate::call::Stamp) {
        self.now = now;
        self.calls.clear();
        for waiting in &mut self.waiting {
            waiting.retain(|waiter| waiter.call.is_none());
            waiting.iter_mut().for_each(super::queues::Waiter::release);
        }
        for index in 0..self.phones.len() {
            let person = PersonIndex(index);
            let phone = &mut self.phones[index];
            phone.engaged.clear();
            phone.wrap_up = None;
            phone.settled_at = self.at;
            let call = phone.state().call;
            Since::tell(&mut phone.told_call, call, now);
            for place in 0..phone.shown_agent.len() {
                let (queue, shown) = &self.phones[index].shown_agent[place];
                let entry = self.agent_entry(person, *queue, shown.as_ref());
                let same = shown.as_ref().is_none_or(|shown| shown.state == entry.state);
                if !same {
                    self.phones[index].shown_agent[place].1 = Some(entry);
                }
            }
            if self.phones[index].online && self.exists(person) {
                let finds = self.rng.random_range(2 * SETTLE_MS..REGISTERS_WITHIN_MS);
                self.enter(finds, Due::Registers(person));
            }
        }
    }
}
