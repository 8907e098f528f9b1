//! Calls and their legs. A call is one session of the PBX: over trunk, voice menu, queue and agents it stays the same.
//!
//! A call is over by its record (`call_cdr`), and stays over whatever comes late; it is alive again only by a leg that is
//! newer than its end. PortSIP documents the time of a target's event as the *call's* start. Where a tenant's finished
//! calls show that it really sends that, its legs are shown by when we heard of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    caller::{Shown, Stay},
    change::Cells,
    latest::Latest,
    leg::{Leg, LegState},
    names::Names,
    news::News,
    record::Record,
    register::{Fact, Intake, Stamp, insert, keep_earliest, keep_latest},
    table::{ExtensionAt, QueueAt},
};
use crate::{
    event::{CallSaid, CdrSaid, PartySaid},
    id::{Number, QueueId, Text},
    time::{Millis, UnixMillis},
    wire::{CallRow, CallState, Direction, Leg as LegRow, Party, Phase},
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

/// All that is known of a call. Nearly every one has one leg and at most one stay, and those stand in it: an event of a call
/// looks at all of it, and so at one piece of memory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Call {
    // Facts.
    /// The call's own events spoke of it, not only a queue's.
    pub said: bool,
    pub start: Option<Stamp>,
    pub ended: Option<Stamp>,
    direction: Latest<Direction>,
    from: Who,
    to: Who,
    did: Latest<Text>,
    trunk: Latest<Text>,
    pub legs: SmallVec<[Leg; 1]>,
    /// What queues said of it, by the key that they were named with.
    pub stays: SmallVec<[Stay; 1]>,
    /// Agents whose states named it, by the queue's key.
    pub agents: BTreeSet<(QueueAt, ExtensionAt)>,
    /// What its record lists.
    #[serde(default)]
    pub record: Option<Box<Record>>,
    pub news: News,
    // Derived.
    /// When it ended, if it is over.
    pub over: Option<Stamp>,
    /// Whether anything of it was over at some time: then the history may have it.
    #[serde(default)]
    pub was_over: bool,
    /// Whether it speaks for, or against, times that are the call's start.
    pub evidence: Option<bool>,
    bearing: Bearing,
    /// The extension that makes it, while it lives.
    pub caller: Option<ExtensionAt>,
    /// What its stays come to, by where they are shown.
    pub shown_stays: SmallVec<[Shown; 1]>,
    /// The row as last shown.
    pub shown: Option<Box<CallRow>>,
}

/// What of a call its stays in queues are judged by; its parts in one number each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bearing {
    over: Option<Stamp>,
    extensions: usize,
    answers: u64,
    ends: u64,
}

/// A moment as a number whose sums tell sets apart: 0 counts too, and equal sums of times don't look the same.
fn mixed(t: UnixMillis) -> u64 {
    let mixed = (t.0.cast_unsigned() ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 29)
}

/// A party. A name goes with the number that it was given for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Who {
    number: Latest<Number>,
    name: Latest<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Named {
    number: Option<Number>,
    name: Text,
}

impl Fact for Named {}

impl Who {
    fn hear(&mut self, said: &PartySaid, at: Stamp, rank: u8, intake: &mut Intake) -> bool {
        let mut changed = false;
        if let Some(number) = &said.number {
            changed |= self.number.put(intake, at, rank, number);
        }
        if let Some(name) = said.name.clone().filter(|name| !name.is_empty()) {
            let named = Named { number: said.number.clone(), name };
            changed |= self.name.put(intake, at, rank, &named);
        }
        changed
    }

    fn tell(&self, party: &mut Party, names: Names<'_>, cells: &mut Cells) {
        let number = self.number.value();
        let told = self.name.value().filter(|told| told.number.as_ref() == number);
        let name = told.map(|told| &told.name).or_else(|| names.name(number?));
        cells.copy(&mut party.number, number);
        cells.copy(&mut party.name, name);
    }

    fn rebase(&mut self, t: UnixMillis) {
        self.number.rebase(t);
        self.name.rebase(t);
    }
}

impl Call {
    /// Takes what an event says of the call, and says whether a row may look different.
    pub fn hear(&mut self, said: &CallSaid, source: Source, at: Stamp, intake: &mut Intake) -> bool {
        let rank = source as u8;
        let mut changed = !std::mem::replace(&mut self.said, true);
        changed |= self.news.hear(at);
        if let Source::Start = source {
            changed |= keep_earliest(&mut self.start, at);
        }
        if let Some(direction) = &said.direction {
            changed |= self.direction.put(intake, at, rank, direction);
        }
        changed |= self.from.hear(&said.from, at, rank, intake);
        changed |= self.to.hear(&said.to, at, rank, intake);
        for (register, text) in [(&mut self.did, &said.did), (&mut self.trunk, &said.trunk)] {
            if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
                changed |= register.put(intake, at, rank, text);
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
        changed |= Record::keep(&mut self.record, said, ended, &self.legs);
        changed | self.hear_end(ended)
    }

    /// Takes that it ended.
    pub fn hear_end(&mut self, at: Stamp) -> bool {
        let changed = self.news.hear(at);
        changed | keep_latest(&mut self.ended, at)
    }

    /// The leg of an address.
    pub fn leg(&mut self, address: &str) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.address.as_str() == address)
    }

    /// Takes that a number is an extension's, or is not.
    pub fn reclassify(&mut self, number: ExtensionAt, is_extension: bool) {
        for leg in self.legs.iter_mut().filter(|leg| leg.extension == number) {
            leg.is_extension = is_extension;
        }
    }

    /// Adds a target.
    pub fn add_leg(&mut self, leg: Leg) {
        let end = self.legs.len();
        insert(&mut self.legs, end, leg);
    }

    /// Whether it lives, what it proves about the PBX's times, and what of it bears on its stays, by its facts. Says whether
    /// the last is another than before.
    pub fn judge(&mut self) -> bool {
        let goes_on = |ended: UnixMillis| {
            let last = self.legs.iter().filter_map(Leg::last);
            let live =
                last.filter(|point| matches!(point.value, Phase::Added | Phase::Ringing | Phase::Answered));
            live.max_by_key(|point| point.at.t).is_some_and(|point| point.at.t > ended + END_SLACK)
        };
        self.over = self.ended.filter(|ended| !goes_on(ended.t));
        self.evidence = self.times_are_the_start();
        let mut bearing = Bearing { over: self.over, ..Bearing::default() };
        for leg in self.legs.iter().filter(|leg| leg.is_extension) {
            bearing.extensions += 1;
            for at in &leg.answers {
                bearing.answers = bearing.answers.wrapping_add(mixed(at.t));
            }
            if let Some(at) = leg.ended() {
                bearing.ends =
                    bearing.ends.wrapping_add(mixed(at.t)).wrapping_add(mixed(at.shown).rotate_left(7));
            }
        }
        std::mem::replace(&mut self.bearing, bearing) != bearing
    }

    /// A call of more than two seconds whose answers and ends all bear its start speaks for frozen times; a single later
    /// one speaks against.
    fn times_are_the_start(&self) -> Option<bool> {
        let start = self.start.filter(|at| !at.untimed)?;
        let ended = self.ended.filter(|at| !at.untimed)?;
        let latest = self.legs.iter().filter_map(|leg| leg.dated).max()?;
        (ended.t > start.t + END_SLACK && latest >= start.t).then_some(latest == start.t)
    }

    /// Whether an answer there takes the call from those that ring: an extension's does, but not who calls. By click to call the
    /// PBX rings the caller's own phone first.
    pub fn can_win(&self, leg: &Leg) -> bool {
        leg.is_extension && self.from.number.value() != Some(&leg.number)
    }

    /// The number that makes the call, if it can be one of ours and the call lives.
    pub fn calling(&self) -> Option<&Number> {
        let from_outside = matches!(self.direction.value(), Some(Direction::Inbound | Direction::Transit));
        self.from.number.value().filter(|_| !from_outside && self.is_shown())
    }

    /// The latest moment at which an extension answered.
    pub fn answered_by_extension(&self) -> Option<UnixMillis> {
        let legs = self.legs.iter().filter(|leg| leg.is_extension);
        legs.filter_map(|leg| leg.answers.last().map(|at| at.t)).max()
    }

    /// The extension's leg that a queue's answer at `t` is about: the one that was answered nearest to it.
    fn answering(&self, t: UnixMillis) -> Option<&Leg> {
        let answered = self.legs.iter().filter(|leg| leg.is_extension && !leg.answers.is_empty());
        answered.min_by_key(|leg| (leg.answers.iter().map(|at| (at.t.0 - t.0).abs()).min(), &leg.address))
    }

    /// Whose phone took a queue's answer at `t`.
    pub fn answered_by(&self, t: UnixMillis) -> Option<&Number> {
        self.answering(t).map(|leg| &leg.number)
    }

    /// When the talk ended that began with a queue's answer at `t`: with the leg that answered, else with the call.
    ///
    /// A leg's end that is not after the answer is none: the PBX may date both by the call's start.
    pub fn talk_end(&self, t: UnixMillis) -> Option<Stamp> {
        let end = self.answering(t).and_then(Leg::ended).filter(|at| at.t > t);
        end.or(self.over).filter(|at| at.t >= t)
    }

    /// Whether it has a row: it lives, and not only a queue spoke of it.
    pub fn is_shown(&self) -> bool {
        self.over.is_none() && self.said && !self.news.is_gone()
    }

    /// Whether anything of it is shown: its row, or that somebody waits in a queue, of which alone it may be known.
    pub fn has_rows(&self) -> bool {
        self.is_shown() || self.shown_stays.iter().any(|shown| shown.row.is_some())
    }

    /// Tells its row. `queued`: it waits in a queue, and no extension has answered since.
    pub fn tell(
        &self,
        row: &mut CallRow,
        queued: bool,
        queue: Option<&QueueId>,
        names: Names<'_>,
        cells: &mut Cells,
    ) {
        cells.put(&mut row.direction, self.direction.value().copied());
        self.from.tell(&mut row.from, names, cells);
        self.to.tell(&mut row.to, names, cells);
        cells.copy(&mut row.did, self.did.value());
        cells.copy(&mut row.trunk, self.trunk.value());
        cells.copy(&mut row.queue, queue);
        cells.put(&mut row.started, self.start.map(|at| at.shown));
        cells.put(&mut row.state, self.state(queued));
        cells.put(&mut row.unconfirmed, self.news.is_silent());
        self.tell_legs(&mut row.legs, cells);
    }

    /// Who calls, as far as the number is known.
    pub fn caller_number(&self) -> Option<&Number> {
        self.from.number.value()
    }

    /// Whether it goes to an outside party.
    pub fn is_outward(&self) -> bool {
        matches!(self.direction.value(), Some(Direction::Outbound | Direction::Transit))
    }

    /// What it does.
    pub fn state(&self, queued: bool) -> CallState {
        let open = || self.legs.iter().filter(|leg| leg.state.is_some_and(|state| state.open.is_some()));
        let answered = |leg: &Leg| leg.state.is_some_and(|state| state.phase == Phase::Answered);
        if !self.legs.is_empty() && open().next().is_none() {
            CallState::Ending
        } else if queued {
            CallState::Queued
        } else if open().any(|leg| answered(leg) && (leg.is_extension || self.is_outward())) {
            CallState::Talking
        } else {
            CallState::Ringing
        }
    }

    /// Tells its legs, in order of time. Nearly always they are what they were, and then no list is made.
    fn tell_legs(&self, rows: &mut Vec<LegRow>, cells: &mut Cells) {
        let mut legs: SmallVec<[(&Leg, LegState); 2]> =
            self.legs.iter().filter_map(|leg| Some((leg, leg.state?))).collect();
        legs.sort_unstable_by_key(|(leg, _)| (leg.first, &leg.address));
        let tells = |(row, (leg, state)): (&LegRow, &(&Leg, LegState))| {
            row.phase == state.phase
                && row.since == Some(state.since)
                && row.approximate == state.approximate
                && row.number == leg.number
        };
        if rows.len() == legs.len() && rows.iter().zip(&legs).all(tells) {
            return;
        }
        cells.differ();
        rows.clear();
        rows.reserve_exact(legs.len());
        rows.extend(legs.iter().zip(1..).map(|((leg, state), id)| LegRow {
            id,
            number: leg.number.clone(),
            phase: state.phase,
            since: Some(state.since),
            approximate: state.approximate,
        }));
    }

    /// What was said of it under a queue's key, made if need be.
    pub fn stay(&mut self, queue: QueueAt) -> &mut Stay {
        let index = self.stays.iter().position(|stay| stay.queue == queue).unwrap_or_else(|| {
            let end = self.stays.len();
            insert(&mut self.stays, end, Stay::new(queue));
            end
        });
        &mut self.stays[index]
    }

    /// The newest fact of the call or of a stay of it.
    pub fn newest(&self) -> UnixMillis {
        self.stays.iter().map(|stay| stay.news.newest).fold(self.news.newest, UnixMillis::max)
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        for at in [&mut self.start, &mut self.ended].into_iter().flatten() {
            *at = at.rebased(t);
        }
        self.direction.rebase(t);
        self.from.rebase(t);
        self.to.rebase(t);
        self.did.rebase(t);
        self.trunk.rebase(t);
        self.legs.iter_mut().for_each(|leg| leg.rebase(t));
        self.stays.iter_mut().for_each(|stay| stay.rebase(t));
        self.record.iter_mut().for_each(|record| record.rebase(t));
        self.news.rebase(t);
    }
}
