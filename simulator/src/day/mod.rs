//! A day at the company: who calls whom, who waits, who goes to lunch. Random, but the same for the same seed.
//!
//! It is a discrete-event simulation without clock and without I/O: [`Day::wakes_at`] says when something is due, in
//! milliseconds since the day began, [`Day::run`] is told the real time then, and answers with what the PBX posts.
//! Chance decides what happens and how long it takes; the real time only goes into the stamps, so a stamp is never in
//! the future.
//!
//! Invariants, each checked by `tests`
//! - Every call that starts gets exactly one CDR, and its legs, phones and agents are free again after it.
//! - Whoever enters a queue leaves it once (a caller to be called back leaves when an agent takes the callback).
//! - Nothing that a receiver keeps one value of (an extension's call state, an agent's state in a queue) is told twice
//!   with different values in one second: stamps are whole seconds, so nobody could tell which is the newer.
//!
//! `calls` has the stories of calls (made of the moves in `legs`), `queues` those of waiting callers, `people` the rest of office life.

mod calls;
mod legs;
mod people;
mod queues;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod understood;

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap};

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    call::{Call, CallIndex, Stamp},
    company::{BILLING, Company, PersonIndex, QueueIndex, SALES, SUPPORT},
    event::{self, Event},
};
use calls::Cue;
use people::{Phone, Return};
use queues::Waiter;

/// After a phone's or agent's state was told, this long nothing else is told of it: more than a second, since stamps are
/// whole seconds, and some more, since the process may wake late.
const SETTLE_MS: u64 = 1500;
/// With fewer calls up than this (times the speed), the next comes sooner; a demo wants something to look at.
const CALLS_LOW: f64 = 4.0;
/// With more calls up than this (times the speed), the next comes later.
const CALLS_HIGH: f64 = 9.0;
/// Callers in all queues (times the speed) beyond which hardly anyone more calls a queue.
const WAITING_HIGH: f64 = 4.0;
/// The mean pause between two calls at speed 1.
const CALL_PAUSE_MS: f64 = 9000.0;
/// The mean pause between two things that people do besides calling, at speed 1.
const PERSON_PAUSE_MS: f64 = 6000.0;
/// The pause between two rushes on a queue, at speed 1: at least this, at most twice this.
const RUSH_PAUSE_MS: u64 = 120_000;
/// How long a rush lasts.
const RUSH_MS: u64 = 40_000;
/// The pause between two `queue_status` of a queue, at speed 1.
const SNAPSHOT_PAUSE_MS: u64 = 300_000;

/// How much is going on, for the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls up, ringing ones too.
    pub calls: usize,
    /// Callers on the line in queues.
    pub waiting: usize,
    /// Extensions that are registered.
    pub online: usize,
}

/// A day that goes on until it is closed.
pub struct Day {
    company: Company,
    rng: StdRng,
    speed: f64,
    /// Now, in ms since the day began: what decides.
    at: u64,
    /// Now, by the real clock: what is stamped.
    now: Stamp,
    agenda: BinaryHeap<Reverse<Appointment>>,
    appointments: u64,
    calls: BTreeMap<CallIndex, Call>,
    calls_begun: u64,
    phones: Vec<Phone>,
    waiting: Vec<Vec<Waiter>>,
    /// Whether a look at the queue's waiting callers is in the agenda already.
    offer_due: Vec<bool>,
    rush: Option<(QueueIndex, u64)>,
    out: Vec<Event>,
}

/// Something due at a time; of two at one time the one that was entered first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Appointment {
    at: u64,
    entered: u64,
    what: Due,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Registers(PersonIndex),
    LogsIn(PersonIndex),
    Opens(QueueIndex),
    CallComes,
    Starts(Kind),
    PersonActs,
    Returns(PersonIndex, Return),
    WrapUpEnds(PersonIndex),
    Offers(QueueIndex),
    RushBegins,
    Cue { call: CallIndex, cue: Cue, turn: u32 },
}

/// What kind of call comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Queue,
    Direct,
    Outbound,
    Internal,
}

impl Day {
    /// A day that begins with its morning. `speed` above 1 shortens the pauses between calls and between what people do.
    pub fn new(company: Company, seed: u64, speed: f64) -> Self {
        let queues = company.queues.len();
        let phones =
            (0..company.people.len()).map(|index| Phone::asleep(&company, PersonIndex(index))).collect();
        let mut day = Self {
            company,
            rng: StdRng::seed_from_u64(seed),
            speed: speed.max(0.01),
            at: 0,
            now: Stamp(0),
            agenda: BinaryHeap::new(),
            appointments: 0,
            calls: BTreeMap::new(),
            calls_begun: 0,
            phones,
            waiting: (0..queues).map(|_| Vec::new()).collect(),
            offer_due: vec![false; queues],
            rush: None,
            out: Vec::new(),
        };
        day.plan_the_morning();
        day
    }

    /// When something is due next, in ms since the day began.
    pub fn wakes_at(&self) -> Option<u64> {
        self.agenda.peek().map(|Reverse(next)| next.at)
    }

    /// Lets the next thing happen, now; what the PBX posts of it.
    pub fn run(&mut self, now: Stamp) -> Vec<Event> {
        if let Some(Reverse(next)) = self.agenda.pop() {
            self.at = next.at;
            self.now = now;
            self.happen(next.what);
        }
        std::mem::take(&mut self.out)
    }

    /// Ends the day, now: everybody hangs up, waiting callers leave. Nothing happens after it. To be called a second or
    /// more after the last [`Day::run`], as stamps are whole seconds.
    pub fn close(&mut self, now: Stamp) -> Vec<Event> {
        self.now = now;
        self.at += SETTLE_MS;
        self.hang_everything_up();
        self.agenda.clear();
        std::mem::take(&mut self.out)
    }

    /// How much is going on.
    pub fn counts(&self) -> Counts {
        let on_the_line = self.waiting.iter().flatten().filter(|waiter| waiter.call.is_some()).count();
        let online = self.phones.iter().filter(|phone| phone.online).count();
        Counts { calls: self.calls.len(), waiting: on_the_line, online }
    }

    fn happen(&mut self, what: Due) {
        match what {
            Due::Registers(person) => self.register(person, true),
            Due::LogsIn(person) => self.log_in(person),
            Due::Opens(queue) => {
                self.tell_queue(queue);
                let pause = self.shortened(SNAPSHOT_PAUSE_MS);
                self.enter(pause, Due::Opens(queue));
            }
            Due::CallComes => self.call_comes(),
            Due::Starts(kind) => self.start(kind),
            Due::PersonActs => {
                self.person_acts();
                let pause = self.pause(PERSON_PAUSE_MS / self.speed);
                self.enter(pause, Due::PersonActs);
            }
            Due::Returns(person, how) => self.return_person(person, how),
            Due::WrapUpEnds(person) => self.end_wrap_up(person),
            Due::Offers(queue) => self.offer_callers(queue),
            Due::RushBegins => self.begin_rush(),
            Due::Cue { call, cue, turn } => self.take_cue(call, cue, turn),
        }
    }

    /// All extensions register within the first second, agents log in within three, and the first calls come.
    fn plan_the_morning(&mut self) {
        for index in 0..self.company.people.len() {
            let person = PersonIndex(index);
            let registers = self.rng.random_range(20..700);
            self.enter(registers, Due::Registers(person));
            if !self.company.people[index].queues.is_empty() {
                let late = self.rng.random_bool(0.1);
                let logs_in = registers + SETTLE_MS + if late { 25_000 } else { 100 };
                self.enter(logs_in, Due::LogsIn(person));
            }
        }
        for queue in 0..self.company.queues.len() {
            self.enter(750, Due::Opens(QueueIndex(queue)));
        }
        for (after, kind) in [
            (1200, Kind::Queue),
            (1900, Kind::Queue),
            (2300, Kind::Outbound),
            (2500, Kind::Internal),
            (2700, Kind::Direct),
            (2900, Kind::Queue),
        ] {
            self.enter(after, Due::Starts(kind));
        }
        self.enter(4000, Due::CallComes);
        self.enter(6000, Due::PersonActs);
        let rush = self.shortened(RUSH_PAUSE_MS / 2);
        self.enter(rush, Due::RushBegins);
    }

    /// A call starts, and the pause to the next one is drawn.
    fn call_comes(&mut self) {
        let up = count(self.calls.len());
        let waiting = count(self.counts().waiting);
        let queue = if waiting >= WAITING_HIGH * self.speed { 6 } else { 46 };
        let kind = match self.rng.random_range(0..queue + 54) {
            n if n < queue => Kind::Queue,
            n if n < queue + 15 => Kind::Direct,
            n if n < queue + 35 => Kind::Outbound,
            _ => Kind::Internal,
        };
        let rush = self.rush.is_some_and(|(_, until)| self.at < until);
        self.start(if rush && waiting < WAITING_HIGH * self.speed { Kind::Queue } else { kind });
        let crowd = if up < CALLS_LOW * self.speed {
            0.3
        } else if up > CALLS_HIGH * self.speed {
            2.5
        } else if rush {
            0.6
        } else {
            1.0
        };
        let pause = self.pause(CALL_PAUSE_MS * crowd / self.speed);
        self.enter(pause, Due::CallComes);
    }

    fn begin_rush(&mut self) {
        let queue = [SALES, SUPPORT, BILLING][self.rng.random_range(0..3)];
        self.rush = Some((queue, self.at + RUSH_MS));
        let pause = self.rng.random_range(RUSH_PAUSE_MS..2 * RUSH_PAUSE_MS);
        let pause = self.shortened(pause);
        self.enter(RUSH_MS + pause, Due::RushBegins);
    }

    /// Puts something into the agenda, `after_ms` from now.
    fn enter(&mut self, after_ms: u64, what: Due) {
        self.appointments += 1;
        self.agenda.push(Reverse(Appointment { at: self.at + after_ms, entered: self.appointments, what }));
    }

    fn tell(&mut self, event: Event) {
        self.out.push(event);
    }

    /// A random pause around a mean, as between people who don't know of each other, never absurdly long.
    fn pause(&mut self, mean_ms: f64) -> u64 {
        let chance: f64 = self.rng.random_range(0.02..1.0);
        whole_ms(-chance.ln() * mean_ms)
    }

    fn shortened(&self, ms: u64) -> u64 {
        // Longest pause here: ten minutes in ms, exact in a double.
        whole_ms(f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / self.speed)
    }

    fn tell_queue(&mut self, queue: QueueIndex) {
        let callers: Vec<_> =
            (0..self.waiting[queue.0].len()).map(|place| self.caller_entry(queue, place)).collect();
        let agents: Vec<_> = self
            .company
            .agents(queue)
            .filter_map(|person| self.phones[person.0].shown_agent(queue))
            .cloned()
            .collect();
        self.tell(event::queue_status(&self.company, queue, &callers, &agents));
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pauses are positive and minutes at most"
)]
fn whole_ms(ms: f64) -> u64 {
    ms.max(1.0).round() as u64
}
