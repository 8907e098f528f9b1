//! A second way from a story to what a board must show: the story is read from its first event to its last, as a person
//! reads it, each thing being what was last said of it. It knows no sets, no points and no arrivals, so it is an oracle for
//! the fold, which hears the same story late, twice and in any order.
//!
//! Both sides come down to lines, `queue Q1 waiting 1@15 ready 2`; times are story seconds.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    entry::{Admin, Content, NumberKind},
    event::{CallerReason, CallerSaid, Event, PartySaid, QueueStatusSaid, Said, TargetSaid, Word},
    id::{CallId, Number, QueueId, Text},
    wire::{AgentState, CallerKind, Direction, ExtensionCall, Online, Phase},
};

use super::{Told, second};

pub mod lines;
mod report;

use lines::{Times, details};

/// What was said of one thing, in the story's order, with its second.
#[derive(Clone, Debug)]
struct Log<T>(Vec<(i64, T)>);

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Log<T> {
    fn say(&mut self, second: i64, value: T) {
        // A full list may repeat what was said long ago.
        let place = self.0.partition_point(|(other, _)| *other <= second);
        self.0.insert(place, (second, value));
    }

    fn last(&self) -> Option<&(i64, T)> {
        self.0.last()
    }

    fn value(&self) -> Option<&T> {
        self.last().map(|(_, value)| value)
    }

    /// Since when it is what it is.
    fn since(&self, same: impl Fn(&T, &T) -> bool) -> Option<i64> {
        let last = self.value()?;
        self.0.iter().rev().take_while(|(_, value)| same(value, last)).last().map(|(second, _)| *second)
    }
}

#[derive(Clone, Debug, Default)]
struct Phone {
    call: Log<Option<ExtensionCall>>,
    online: Log<Online>,
    presence: Log<String>,
    note: Log<Text>,
}

#[derive(Clone, Debug)]
struct Leg {
    number: Number,
    phase: Phase,
    since: i64,
    /// When that was last said, by the PBX's own stamp: an answer that bears the call's start heals no phone.
    said: i64,
}

#[derive(Clone, Debug, Default)]
struct Call {
    /// Not only a queue spoke of it.
    said: bool,
    started: Option<i64>,
    ended: Option<i64>,
    over: bool,
    direction: Option<Direction>,
    from: PartySaid,
    to: PartySaid,
    did: Option<Text>,
    trunk: Option<Text>,
    legs: BTreeMap<Text, Leg>,
    /// When an extension last answered.
    answered: Option<i64>,
}

#[derive(Clone, Debug, Default)]
struct Stay {
    open: bool,
    back: bool,
    start: Option<i64>,
    last: i64,
    answered: Option<i64>,
    position: Option<u32>,
    number: Option<Number>,
    name: Option<Text>,
    kind: Option<CallerKind>,
}

#[derive(Clone, Debug, Default)]
struct Agent {
    /// `None`: not a member.
    state: Option<String>,
    details: String,
}

/// A full list, and as of when it is.
type Full<K> = BTreeMap<QueueId, (i64, BTreeSet<K>)>;

#[derive(Clone, Debug, Default)]
struct Reader {
    extensions: BTreeSet<Number>,
    names: BTreeMap<Number, Text>,
    homes: BTreeMap<QueueId, QueueId>,
    queues: BTreeSet<QueueId>,
    phones: BTreeMap<Number, Phone>,
    calls: BTreeMap<CallId, Call>,
    stays: BTreeMap<(QueueId, CallId), Stay>,
    /// How often anybody came into a queue, or was heard of only when leaving it.
    visits: BTreeMap<QueueId, u32>,
    agents: BTreeMap<(QueueId, Number), Log<Agent>>,
    callers_listed: Full<CallId>,
    agents_listed: Full<Number>,
}

/// What the board must show at the end of the story.
pub fn read(story: &[Told], times: Times) -> BTreeSet<String> {
    Reader::of(story).lines(times)
}

/// How many visits each queue had in the story: each has ended in one way, or waits.
pub fn visits(story: &[Told]) -> BTreeMap<QueueId, u32> {
    Reader::of(story).visits
}

impl Reader {
    fn of(story: &[Told]) -> Self {
        let mut reader = Self::default();
        for told in story {
            reader.learn_names(told);
        }
        for told in story {
            if let Content::Events(events) = &told.content {
                for event in events {
                    reader.event(event, told.second);
                }
            }
        }
        reader
    }

    /// Whose a number is does not change in a story, so it is as if it were known from the beginning.
    fn learn_names(&mut self, told: &Told) {
        let by_number = |number: &Number| QueueId::from(format!("n:{number}"));
        match &told.content {
            Content::Admin(Admin::Directory { entries }) => {
                for entry in entries {
                    self.names.insert(entry.number.clone(), entry.name.clone());
                    match entry.kind {
                        NumberKind::Extension => {
                            self.extensions.insert(entry.number.clone());
                        }
                        NumberKind::Queue => {
                            let key = by_number(&entry.number);
                            let home = entry.queue.clone().unwrap_or_else(|| key.clone());
                            self.homes.entry(key).or_insert(home);
                        }
                        NumberKind::Group | NumberKind::Ivr => {}
                    }
                }
            }
            Content::Events(events) => {
                for event in events {
                    match &event.said {
                        Said::Extension(said) => {
                            self.extensions.insert(said.number.clone());
                        }
                        Said::QueueStatus(said) => {
                            let key = said.number.as_ref().map(by_number);
                            self.homes.extend(key.map(|key| (key, said.queue.clone())));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn home(&mut self, key: &QueueId) -> QueueId {
        let home = self.homes.get(key).unwrap_or(key).clone();
        self.queues.insert(home.clone());
        home
    }

    fn event(&mut self, event: &Event, now: i64) {
        match &event.said {
            Said::Extension(said) => {
                let phone = self.phones.entry(said.number.clone()).or_default();
                said.call.iter().for_each(|word| phone.call.say(now, word.known));
                said.presence.iter().for_each(|word| {
                    let known = word.known.map(|word| word.as_str().to_owned());
                    phone.presence.say(now, known.unwrap_or_else(|| word.raw.to_string()));
                });
                said.note.iter().for_each(|note| phone.note.say(now, note.clone()));
                let push = said.push == Some(true);
                said.online.iter().for_each(|online| {
                    let word = if push { Online::Push } else { Online::Offline };
                    phone.online.say(now, if *online { Online::Online } else { word });
                });
            }
            Said::AgentStatus(said) => {
                for (queue, word, reason) in &said.queues {
                    let key = self.home(&format!("n:{queue}").into());
                    let details = reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
                    self.agent(key, &said.number, now, Some(word), details);
                }
            }
            Said::QueueAgents(said) => {
                let key = self.home(&said.queue);
                for agent in &said.updated {
                    let details = details(agent.call.as_ref(), agent.with_number.as_ref());
                    self.agent(key.clone(), &agent.number, now, Some(&agent.state), details);
                }
                for number in &said.removed {
                    self.agent(key.clone(), number, now, None, String::new());
                }
            }
            Said::QueueCallers(said) => {
                let key = self.home(&said.queue);
                said.callers.iter().for_each(|caller| self.caller(key.clone(), caller, now));
            }
            Said::QueueStatus(said) => self.full_list(said),
            Said::CallStart(said) | Said::CallUpdate(said) => {
                let call = self.calls.entry(said.call.clone().unwrap()).or_default();
                call.said = true;
                if event.name == "call_start" {
                    call.started = Some(now);
                }
                call.direction = said.direction.or(call.direction);
                call.did = said.did.clone().or(call.did.take());
                call.trunk = said.trunk.clone().or(call.trunk.take());
                told_of(&mut call.from, &said.from);
                told_of(&mut call.to, &said.to);
            }
            Said::Target(said) => self.target(said, now),
            Said::Cdr(said) => {
                let call = self.calls.entry(said.about.call.clone().unwrap()).or_default();
                (call.said, call.over, call.ended) = (true, true, Some(now));
                call.started = call.started.or(said.about.at.map(second));
            }
            _ => {}
        }
    }

    fn agent(
        &mut self,
        key: QueueId,
        number: &Number,
        when: i64,
        word: Option<&Word<AgentState>>,
        details: String,
    ) {
        let state = word.map(|word| word.known.unwrap_or(AgentState::Unknown).as_str().to_owned());
        let log = self.agents.entry((key, number.clone())).or_default();
        // The queue's event knows the call, the extension's of the same change does not.
        match log.0.iter_mut().find(|(second, agent)| *second == when && agent.state == state) {
            Some((_, agent)) if agent.details.is_empty() => agent.details = details,
            Some(_) => {}
            None => log.say(when, Agent { state, details }),
        }
    }

    fn caller(&mut self, key: QueueId, said: &CallerSaid, now: i64) {
        let new = !self.stays.contains_key(&(key.clone(), said.call.clone()));
        let stay = self.stays.entry((key.clone(), said.call.clone())).or_default();
        let came = said.reason == CallerReason::Enqueue && !stay.open;
        // Its coming was not heard of.
        let left = new && !matches!(said.reason, CallerReason::Enqueue | CallerReason::Callback);
        *self.visits.entry(key).or_default() += u32::from(came || left);
        stay.last = now;
        match said.reason {
            CallerReason::Enqueue if !stay.open => {
                (stay.open, stay.back, stay.start) = (true, false, Some(now));
            }
            CallerReason::Enqueue => {}
            CallerReason::Callback => stay.back = stay.open,
            _ => {
                if said.reason == CallerReason::Answered {
                    stay.answered = Some(now);
                }
                stay.open = false;
            }
        }
        stay.position = said.position.or(stay.position);
        stay.number = said.number.clone().or(stay.number.take());
        stay.name = said.name.clone().or(stay.name.take());
        stay.kind = said.kind.or(stay.kind);
    }

    fn full_list(&mut self, said: &QueueStatusSaid) {
        let key = self.home(&said.queue);
        let callers = said.waiting.iter().flatten();
        let agents = said.agents.iter().flatten();
        let stamps = callers.clone().map(|caller| caller.at).chain(agents.clone().map(|agent| agent.at));
        let taken = stamps.flatten().max().map(second);
        for caller in callers {
            let known = self.stays.get(&(key.clone(), caller.call.clone()));
            let when = second(caller.at.unwrap());
            if known.is_none_or(|stay| stay.last < when) {
                self.caller(key.clone(), caller, when);
            }
        }
        for agent in agents {
            let details = details(agent.call.as_ref(), agent.with_number.as_ref());
            let when = second(agent.at.unwrap());
            self.agent(key.clone(), &agent.number, when, Some(&agent.state), details);
        }
        let Some(taken) = taken else { return };
        if let Some(list) = &said.waiting {
            let named = list.iter().map(|caller| caller.call.clone()).collect();
            keep_newer(&mut self.callers_listed, &key, taken, named);
        }
        if let Some(list) = &said.agents {
            let named = list.iter().map(|agent| agent.number.clone()).collect();
            keep_newer(&mut self.agents_listed, &key, taken, named);
        }
    }

    fn target(&mut self, said: &TargetSaid, now: i64) {
        let call = self.calls.entry(said.call.clone().unwrap()).or_default();
        call.said = true;
        let lives = matches!(said.phase, Phase::Added | Phase::Ringing | Phase::Answered);
        if lives && call.ended.is_some_and(|ended| now > ended + 2) {
            call.over = false;
        }
        if said.phase == Phase::Answered && self.extensions.contains(&said.number) {
            call.answered = Some(now);
            for leg in call.legs.values_mut().filter(|leg| leg.phase == Phase::Ringing) {
                (leg.phase, leg.since) = (Phase::NoAnswer, now);
            }
        }
        let stamp = second(said.at.unwrap());
        let new = Leg { number: said.number.clone(), phase: said.phase, since: now, said: stamp };
        let leg = call.legs.entry(said.address.clone()).or_insert(new);
        leg.said = stamp;
        if leg.phase != said.phase {
            (leg.phase, leg.since) = (said.phase, now);
        }
    }

    fn waits(&self, queue: &QueueId, id: &CallId, stay: &Stay) -> bool {
        let unnamed = self
            .callers_listed
            .get(queue)
            .is_some_and(|(taken, named)| stay.last < *taken && !named.contains(id));
        let hung_up = self.calls.get(id).is_some_and(|call| call.over) && !stay.is_callback();
        let elsewhere = self.stays.iter().filter(|((q, c), _)| q != queue && c == id);
        let moved = elsewhere.filter_map(|(_, other)| other.start).any(|start| start > stay.last);
        stay.open && !unnamed && !hung_up && !moved
    }
}

fn told_of(known: &mut PartySaid, said: &PartySaid) {
    if said.number.is_some() && said.number != known.number {
        *known = said.clone();
    } else if said.name.is_some() {
        known.name.clone_from(&said.name);
    }
}

fn keep_newer<K>(lists: &mut Full<K>, queue: &QueueId, taken: i64, named: BTreeSet<K>) {
    if lists.get(queue).is_none_or(|(known, _)| taken > *known) {
        lists.insert(queue.clone(), (taken, named));
    }
}
