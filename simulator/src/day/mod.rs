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
//! `pace` says when calls come, `starts` from whom to whom (`parties`), `calls` has their stories (made of the moves in `legs`; those that are
//! handed on are in `transfers`), `queues` those of waiting callers, `people` the rest of office life with their `phone`s,
//! `management` what an administrator does to it. `books` says what is true, `past` what is over.

mod books;
mod calls;
mod legs;
mod management;
mod pace;
mod parties;
mod past;
mod people;
mod phone;
mod queues;
mod starts;
#[cfg(test)]
mod tests;
mod transfers;
#[cfg(test)]
mod understood;

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap};

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    call::{Call, CallIndex, Stamp},
    company::{Company, GroupIndex, Pace, PersonIndex, QueueIndex},
    event::Event,
};
use calls::Cue;
use management::Act;
use people::Return;
use phone::Phone;
use queues::{Bench, Waiter};

/// After a phone's or agent's state was told, this long nothing else is told of it: more than a second, since stamps are
/// whole seconds, and some more, since the process may wake late.
const SETTLE_MS: u64 = 1500;
/// The mean pause between two things that people do besides calling, at speed 1.
const PERSON_PAUSE_MS: f64 = 6000.0;
/// With arrivals by chance people do less besides calling, by this factor.
const PERSON_PAUSE_BY_CHANCE: f64 = 10.0;
/// The pause between two `queue_status` of a queue, at speed 1.
const SNAPSHOT_PAUSE_MS: u64 = 300_000;
/// The mean pause between two things that an administrator does, at speed 1.
const ADMIN_PAUSE_MS: f64 = 240_000.0;
/// Somebody who fits is looked for by chance so often before all are looked at.
const PICKS_BY_CHANCE: usize = 24;

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
    /// Ties are not avoided: things may be told twice in one second.
    ties: bool,
    /// Nothing begins of its own accord.
    resting: bool,
    /// Now, in ms since the day began: what decides.
    at: u64,
    /// Now, by the PBX's clock: what is stamped.
    now: Stamp,
    agenda: BinaryHeap<Reverse<Appointment>>,
    appointments: u64,
    calls: BTreeMap<CallIndex, Call>,
    calls_begun: u64,
    phones: Vec<Phone>,
    waiting: Vec<Vec<Waiter>>,
    benches: Vec<Bench>,
    rush: Option<(QueueIndex, u64)>,
    /// While everybody hangs up, what phones show is told once, at the end.
    shows_held: bool,
    management: management::Books,
    /// What is over, where that is asked for.
    past: Option<past::Past>,
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
    Arrives(Kind),
    Starts(Kind),
    PersonActs,
    Manages,
    Undoes(Act),
    Returns(PersonIndex, Return),
    WrapUpEnds(PersonIndex),
    Offers(QueueIndex),
    RushBegins,
    Cue { call: CallIndex, cue: Cue, turn: u32 },
}

/// What kind of call comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Queue(Option<QueueIndex>),
    Group(GroupIndex),
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
            ties: false,
            resting: false,
            at: 0,
            now: Stamp(0),
            agenda: BinaryHeap::new(),
            appointments: 0,
            calls: BTreeMap::new(),
            calls_begun: 0,
            phones,
            waiting: (0..queues).map(|_| Vec::new()).collect(),
            benches: (0..queues).map(|_| Bench::default()).collect(),
            rush: None,
            shows_held: false,
            management: management::Books::default(),
            past: None,
            out: Vec::new(),
        };
        day.plan_the_morning();
        day
    }

    /// The same day with an administrator, who creates, renames and destroys extensions and queues, and moves agents. Their
    /// events have no time of their own.
    #[must_use]
    pub fn with_management(mut self) -> Self {
        if self.company.language.dialect.tells_updates() {
            self.enter(30_000, Due::Manages);
        }
        self
    }

    /// The same day, in which things may have two values in one second: no receiver can tell which is the newer.
    #[must_use]
    pub fn with_ties(mut self) -> Self {
        self.ties = true;
        self
    }

    /// While it rests, nothing begins of its own accord: calls come to their end, and people come back.
    pub fn rest(&mut self, rests: bool) {
        self.resting = rests;
    }

    /// The company as it is now.
    pub fn company(&self) -> &Company {
        &self.company
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
                if !self.resting && self.queue_exists(queue) {
                    self.tell_queue(queue);
                }
                let pause = self.shortened(SNAPSHOT_PAUSE_MS);
                self.enter(pause, Due::Opens(queue));
            }
            Due::CallComes => self.call_comes(),
            Due::Arrives(kind) => {
                if !self.resting {
                    self.start(kind);
                }
                self.plan_arrival(kind);
            }
            Due::Starts(kind) => self.start(kind),
            Due::PersonActs => {
                if !self.resting {
                    self.person_acts();
                }
                let pace = if self.company.pace == Pace::Lively { 1.0 } else { PERSON_PAUSE_BY_CHANCE };
                let pause = self.pause(PERSON_PAUSE_MS * pace / self.speed);
                self.enter(pause, Due::PersonActs);
            }
            Due::Manages => {
                if !self.resting {
                    self.manage();
                }
                let pause = self.pause(ADMIN_PAUSE_MS / self.speed);
                self.enter(pause, Due::Manages);
            }
            Due::Undoes(act) => self.undo(act),
            Due::Returns(person, how) => self.return_person(person, how),
            Due::WrapUpEnds(person) => self.end_wrap_up(person),
            Due::Offers(queue) => self.offer_callers(queue),
            Due::RushBegins => self.begin_rush(),
            Due::Cue { call, cue, turn } => self.take_cue(call, cue, turn),
        }
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
