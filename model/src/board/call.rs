//! Calls and their legs. A call is one session of the PBX: over trunk, voice menu, queue and agents it stays the same.
//!
//! A call is over by its record (`call_cdr`), and stays over whatever comes late; it is alive again only by a leg that is
//! newer than its end. PortSIP documents the time of a target's event as the *call's* start. Where a tenant's finished
//! calls show that it really sends that, its legs are shown by when we heard of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    directory::Directory,
    extension::OpenLeg,
    register::{Fact, Intake, Point, Register, Stamp, keep_earliest, keep_latest},
};
use crate::{
    event::{CallSaid, CdrSaid, PartySaid},
    id::{CallId, Number, QueueId, Seq},
    time::{Millis, UnixMillis},
    wire::{CallRow, CallState, Direction, ExtensionCall, Leg as LegRow, Party, Phase},
};

/// A leg that is this much newer than its call's end belongs to a call that went on. The PBX counts in whole seconds, and
/// ends legs and calls one after another.
const END_SLACK: Millis = Millis::seconds(2);

/// Which event described the call. Of one moment, the later in a call's life knows better.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Source {
    Target = 0,
    Start = 1,
    Update = 2,
    Cdr = 3,
}

/// All that is known of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    // Facts.
    /// The call's own events spoke of it, not only a queue's.
    pub said: bool,
    start: Option<Stamp>,
    ended: Option<Stamp>,
    direction: Register<Direction>,
    from: Who,
    to: Who,
    did: Register<Arc<str>>,
    trunk: Register<Arc<str>>,
    legs: BTreeMap<Arc<str>, Leg>,
    /// The keys of the queues that it was in.
    pub queues: BTreeSet<QueueId>,
    // Derived.
    /// When it ended, if it is over.
    pub over: Option<UnixMillis>,
    /// Whether it speaks for, or against, times that are the call's start.
    pub evidence: Option<bool>,
    /// The number of the extension that makes it, while it lives.
    pub caller: Option<Number>,
    /// The row as last shown.
    pub shown: Option<CallRow>,
}

/// A party. A name goes with the number that it was given for.
#[derive(Clone, Debug, Default)]
struct Who {
    number: Register<Number>,
    name: Register<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    number: Option<Number>,
    name: Arc<str>,
}

impl Fact for Named {}

impl Who {
    fn hear(&mut self, said: &PartySaid, at: Stamp, rank: u8, intake: &mut Intake) -> bool {
        let mut changed = false;
        if let Some(number) = &said.number {
            changed |= self.number.put(intake, at, rank, number.clone());
        }
        if let Some(name) = said.name.as_deref().filter(|name| !name.is_empty()) {
            let named = Named { number: said.number.clone(), name: name.into() };
            changed |= self.name.put(intake, at, rank, named);
        }
        changed
    }

    fn party(&self, directory: &Directory) -> Party {
        let number = self.number.value();
        let named = self.name.value().filter(|named| named.number.as_ref() == number);
        let name = named.map(|named| &*named.name).or_else(|| directory.name(number?));
        Party { number: number.cloned(), name: name.map(str::to_owned) }
    }
}

/// One target.
#[derive(Clone, Debug)]
struct Leg {
    // Facts.
    number: Number,
    phase: Register<Phase>,
    /// Every moment at which it was answered.
    answers: BTreeMap<UnixMillis, Stamp>,
    /// The latest moment of an answer or end that the PBX dated.
    dated: Option<UnixMillis>,
    /// When it was first heard of.
    first: UnixMillis,
    // Derived.
    is_extension: bool,
    state: Option<LegState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LegState {
    phase: Phase,
    since: UnixMillis,
    approximate: bool,
    /// What an extension's row shows of it; `None`: it is over.
    open: Option<OpenLeg>,
}

impl Leg {
    fn hear(&mut self, phase: Phase, at: Stamp, intake: &mut Intake) -> bool {
        let rank = match phase {
            Phase::Added => 1,
            Phase::Ringing => 2,
            Phase::NoAnswer | Phase::Failed => 3,
            // It may be answered after an earlier miss, never the other way round.
            Phase::Answered => 4,
            Phase::Ended => 5,
        };
        if phase == Phase::Answered {
            self.answers.entry(at.t).and_modify(|known| *known = at.min(*known)).or_insert(at);
        }
        let before = (self.dated, self.first);
        if matches!(phase, Phase::Answered | Phase::Ended) && !at.untimed {
            self.dated = self.dated.max(Some(at.t));
        }
        self.first = self.first.min(at.t);
        self.phase.put(intake, at, rank, phase) || before != (self.dated, self.first)
    }

    fn last(&self) -> Option<&Point<Phase>> {
        self.phase.last()
    }

    /// Its state, given the answers of the call's extensions.
    fn state(&self, over: bool, frozen: bool, answers: &BTreeMap<UnixMillis, Stamp>) -> Option<LegState> {
        let last = self.last()?;
        let since = self.phase.since()?;
        let shown = |at: &Stamp| if frozen { at.recv } else { at.shown };
        // Another phone took the call; the PBX need not say that this one stopped ringing.
        let beaten = (last.value == Phase::Ringing).then(|| answers.range(last.at.t..).next()).flatten();
        if let Some((_, answer)) = beaten {
            let approximate = frozen || answer.untimed;
            return Some(LegState { phase: Phase::NoAnswer, since: shown(answer), approximate, open: None });
        }
        let call = match last.value {
            Phase::Ringing => Some(ExtensionCall::Ringing),
            Phase::Answered => Some(ExtensionCall::OnCall),
            _ => None,
        };
        let lives = matches!(last.value, Phase::Added | Phase::Ringing | Phase::Answered) && !over;
        let since = (shown(since), frozen || since.untimed);
        Some(LegState {
            phase: last.value,
            since: since.0,
            approximate: since.1,
            open: lives.then_some(OpenLeg { call, t: last.at.t, since: since.0 }),
        })
    }
}

/// How a leg changed for the extension that it rings at.
pub(super) struct LegChange {
    pub number: Number,
    pub address: Arc<str>,
    pub open: Option<OpenLeg>,
}

impl Call {
    /// Takes what an event says of the call, and says whether that was new.
    pub fn hear(&mut self, said: &CallSaid, source: Source, at: Stamp, intake: &mut Intake) -> bool {
        let rank = source as u8;
        let mut changed = !std::mem::replace(&mut self.said, true);
        if let Source::Start = source {
            changed |= keep_earliest(&mut self.start, at);
        }
        if let Some(direction) = said.direction {
            changed |= self.direction.put(intake, at, rank, direction);
        }
        changed |= self.from.hear(&said.from, at, rank, intake);
        changed |= self.to.hear(&said.to, at, rank, intake);
        for (register, text) in [(&mut self.did, &said.did), (&mut self.trunk, &said.trunk)] {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                changed |= register.put(intake, at, rank, text.into());
            }
        }
        changed
    }

    /// Takes the call's record.
    pub fn hear_cdr(&mut self, said: &CdrSaid, intake: &mut Intake) -> bool {
        let started = intake.timed(said.about.at);
        let ended = intake.stamp(said.ended);
        // The record has no time of its own; it is as new as the end that it tells.
        let at = if ended.untimed { started.unwrap_or(ended) } else { ended };
        let mut changed = self.hear(&said.about, Source::Cdr, at, intake);
        changed |= started.is_some_and(|at| keep_earliest(&mut self.start, at));
        changed | keep_latest(&mut self.ended, ended)
    }

    /// Whether this address was heard of.
    pub fn has_leg(&self, address: &str) -> bool {
        self.legs.contains_key(address)
    }

    /// Adds a target.
    pub fn add_leg(&mut self, address: &str, number: Number, is_extension: bool, at: Stamp) {
        let leg = Leg {
            number,
            phase: Register::default(),
            answers: BTreeMap::new(),
            dated: None,
            first: at.t,
            is_extension,
            state: None,
        };
        self.legs.insert(address.into(), leg);
    }

    /// Takes what a target does.
    pub fn hear_leg(&mut self, address: &str, phase: Phase, at: Stamp, intake: &mut Intake) -> bool {
        self.legs.get_mut(address).is_some_and(|leg| leg.hear(phase, at, intake))
    }

    /// Takes that a number is an extension's, or is not.
    pub fn reclassify(&mut self, number: &Number, is_extension: bool) {
        for leg in self.legs.values_mut().filter(|leg| leg.number == *number) {
            leg.is_extension = is_extension;
        }
    }

    /// Whether it lives, and what it proves about the PBX's times, by its facts.
    pub fn judge(&mut self) {
        let ended = self.ended.map(|at| at.t);
        let goes_on = |ended: UnixMillis| {
            let last = self.legs.values().filter_map(Leg::last);
            let live =
                last.filter(|point| matches!(point.value, Phase::Added | Phase::Ringing | Phase::Answered));
            live.max_by_key(|point| point.at.t).is_some_and(|point| point.at.t > ended + END_SLACK)
        };
        self.over = ended.filter(|ended| !goes_on(*ended));
        self.evidence = self.times_are_the_start();
    }

    /// A call of more than two seconds whose answers and ends all bear its start speaks for frozen times; a single later
    /// one speaks against.
    fn times_are_the_start(&self) -> Option<bool> {
        let start = self.start.filter(|at| !at.untimed)?;
        let ended = self.ended.filter(|at| !at.untimed)?;
        let latest = self.legs.values().filter_map(|leg| leg.dated).max()?;
        (ended.t > start.t + END_SLACK && latest >= start.t).then_some(latest == start.t)
    }

    /// Derives its legs anew and returns what that changes for the extensions.
    pub fn settle_legs(&mut self, frozen: bool) -> Vec<LegChange> {
        let mut answers = BTreeMap::new();
        for leg in self.legs.values().filter(|leg| leg.is_extension) {
            for (t, at) in &leg.answers {
                answers.entry(*t).and_modify(|known| *known = (*at).min(*known)).or_insert(*at);
            }
        }
        let mut changes = Vec::new();
        for (address, leg) in &mut self.legs {
            let state = leg.state(self.over.is_some(), frozen, &answers);
            let open = state.and_then(|state| state.open);
            if leg.state.and_then(|state| state.open) != open {
                changes.push(LegChange { number: leg.number.clone(), address: address.clone(), open });
            }
            leg.state = state;
        }
        changes
    }

    /// The number that makes the call, if it can be one of ours and the call lives.
    pub fn calling(&self) -> Option<&Number> {
        let from_outside = matches!(self.direction.value(), Some(Direction::Inbound | Direction::Transit));
        self.from.number.value().filter(|_| !from_outside && self.over.is_none() && self.said)
    }

    /// The latest moment at which an extension answered.
    pub fn answered_by_extension(&self) -> Option<UnixMillis> {
        let legs = self.legs.values().filter(|leg| leg.is_extension);
        legs.filter_map(|leg| leg.answers.keys().next_back().copied()).max()
    }

    /// Whether it has a row: it lives, and not only a queue spoke of it.
    pub fn is_shown(&self) -> bool {
        self.over.is_none() && self.said
    }

    /// Its row. `waits`: it does in a queue, and no extension has answered since.
    pub fn row(&self, id: &CallId, waits: bool, queue: Option<QueueId>, names: &Directory) -> CallRow {
        CallRow {
            id: id.clone(),
            rev: Seq::default(),
            direction: self.direction.value().copied(),
            from: self.from.party(names),
            to: self.to.party(names),
            did: self.did.value().map(|did| did.as_ref().to_owned()),
            trunk: self.trunk.value().map(|trunk| trunk.as_ref().to_owned()),
            queue,
            started: self.start.map(|at| at.shown),
            state: self.state(waits),
            unconfirmed: false,
            legs: self.leg_rows(),
        }
    }

    fn state(&self, waits: bool) -> CallState {
        let open = || self.legs.values().filter(|leg| leg.state.is_some_and(|state| state.open.is_some()));
        let outward = matches!(self.direction.value(), Some(Direction::Outbound | Direction::Transit));
        let answered = |leg: &Leg| leg.state.is_some_and(|state| state.phase == Phase::Answered);
        if !self.legs.is_empty() && open().next().is_none() {
            CallState::Ending
        } else if waits {
            CallState::Queued
        } else if open().any(|leg| answered(leg) && (leg.is_extension || outward)) {
            CallState::Talking
        } else {
            CallState::Ringing
        }
    }

    fn leg_rows(&self) -> Vec<LegRow> {
        let mut legs: Vec<_> = self.legs.iter().map(|(address, leg)| (leg.first, address, leg)).collect();
        legs.sort_unstable_by_key(|(first, address, _)| (*first, *address));
        let shown = legs.into_iter().filter_map(|(_, _, leg)| Some((leg, leg.state?))).zip(1..);
        let row = |((leg, state), id): ((&Leg, LegState), u32)| LegRow {
            id,
            number: leg.number.clone(),
            phase: state.phase,
            since: Some(state.since),
            approximate: state.approximate,
        };
        shown.map(row).collect()
    }
}
