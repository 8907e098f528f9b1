//! What a call's legs come to, and which of them are open at their extensions.
//!
//! A leg is what its ranks say. Where the PBX dates several of its phases alike, as one that dates by the call's start does,
//! that may be wrong of a leg that seems to be over; then its phone's word decides, and the leg *hangs* on it (docs/fold.md).

use smallvec::SmallVec;

use super::{
    Board,
    call::Call,
    extension::{Hanging, OpenLeg, Phone},
    leg::{Leg, LegChange, LegState},
    register::Stamp,
    settle::Dirty,
    table::{CallAt, ExtensionAt},
};
use crate::{time::UnixMillis, wire::Phase};

impl Call {
    /// Derives its legs anew and says what that changes for the extensions. `phone`: what a leg's phone says of it.
    fn settle_legs(
        &mut self,
        frozen: bool,
        phone: impl Fn(ExtensionAt, usize, Hanging) -> Phone,
    ) -> SmallVec<[LegChange; 1]> {
        let lives = self.over.is_none() && !self.news.is_gone();
        let mut changes = SmallVec::new();
        for index in 0..self.legs.len() {
            let state = self.leg_state(index, frozen).map(|state| {
                if lives {
                    self.asked(index, state, frozen, &phone)
                } else {
                    LegState { open: None, ..state }
                }
            });
            let Some(leg) = self.legs.get_mut(index) else { continue };
            let tells =
                |state: Option<LegState>| state.map_or((None, None), |state| (state.open, state.hangs));
            let before = std::mem::replace(&mut leg.state, state);
            let (open, hangs) = tells(state);
            if tells(before) != (open, hangs) {
                changes.push(LegChange { extension: leg.extension, leg: index, open, hangs });
            }
        }
        changes
    }

    /// A leg's state by its own facts and the answers of the call's extensions.
    fn leg_state(&self, index: usize, frozen: bool) -> Option<LegState> {
        let leg = self.legs.get(index)?;
        let last = leg.last()?;
        let since = leg.since()?;
        let shown = |at: &Stamp| if frozen { at.recv } else { at.shown };
        let state = |phase, since: &Stamp, open| LegState {
            phase,
            since: shown(since),
            approximate: frozen || since.untimed,
            open,
            hangs: None,
        };
        if let Some(answer) = self.beaten(leg) {
            return Some(state(Phase::NoAnswer, answer, None));
        }
        let open = match last.value {
            Phase::Added | Phase::Ringing | Phase::Answered => {
                Some(OpenLeg::new(last.value, last.at.t, shown(since)))
            }
            _ => None,
        };
        Some(state(last.value, since, open))
    }

    /// The answer of another phone that took the call from a leg which rang; the PBX need not say that it stopped ringing.
    fn beaten(&self, leg: &Leg) -> Option<&Stamp> {
        let last = leg.last().filter(|last| last.value == Phase::Ringing)?;
        let answers = self.legs.iter().filter(|leg| self.can_win(leg)).flat_map(|leg| &leg.answers);
        answers.filter(|answer| self.beats(answer.t, leg, last.at.t)).min()
    }

    /// Since when a leg is as it is shown, where no phone was asked.
    pub(super) fn leg_since<'a>(&'a self, leg: &'a Leg) -> Option<&'a Stamp> {
        self.beaten(leg).or_else(|| leg.since())
    }

    /// A living call's leg that seems to be over, where the PBX dated several of its phases alike, or the answer that beat
    /// it: what was last is then its phone's to say, which dates by itself. Where no phone does, it rings on while nobody
    /// has the call.
    fn asked(
        &self,
        index: usize,
        state: LegState,
        frozen: bool,
        phone: impl Fn(ExtensionAt, usize, Hanging) -> Phone,
    ) -> LegState {
        let Some((leg, last)) = self.legs.get(index).and_then(|leg| Some((leg, leg.last()?))) else {
            return state;
        };
        let rang = leg.was_too(Phase::Ringing) && !self.is_answered_after(last.at.t);
        let talked = last.value == Phase::Ended && leg.was_too(Phase::Answered);
        if state.open.is_some() || !(rang || talked) {
            return state;
        }
        let has =
            |leg: &Leg| self.can_win(leg) && leg.last().is_some_and(|last| last.value == Phase::Answered);
        let held = self.legs.iter().any(has);
        let hangs = leg.is_extension.then_some(Hanging { t: last.at.t, rang, talked, held });
        let alive = |phase, since| LegState {
            phase,
            since,
            approximate: frozen,
            open: Some(OpenLeg::by_phone(phase, last.at.t, since)),
            hangs,
        };
        let word = hangs.map_or(Phone::Silent, |hangs| phone(leg.extension, index, hangs));
        match word {
            Phone::Rings(since) if rang => alive(Phase::Ringing, since),
            Phone::Talks(since) if talked => alive(Phase::Answered, since),
            Phone::Silent if last.value == Phase::Ringing && !self.is_held(leg, last.at.t) => {
                let since = if frozen { last.at.recv } else { last.at.shown };
                alive(Phase::Ringing, since)
            }
            _ => LegState { hangs, ..state },
        }
    }

    /// Whether an extension's answer at `answered` took the call from a leg that rang at `t`. Of two that have the same time an
    /// outside party who is called rings after our side's answer: a queue calls back, or somebody dials on.
    fn beats(&self, answered: UnixMillis, leg: &Leg, t: UnixMillis) -> bool {
        answered > t || (answered == t && (leg.is_extension || !self.is_outward()))
    }

    /// Whether an extension answered later than at `t`.
    fn is_answered_after(&self, t: UnixMillis) -> bool {
        let legs = self.legs.iter().filter(|leg| self.can_win(leg));
        legs.flat_map(|leg| &leg.answers).any(|answer| answer.t > t)
    }

    /// Whether an extension that answered at `t` has the call, or had it and is the ringing leg's own.
    fn is_held(&self, ringing: &Leg, t: UnixMillis) -> bool {
        let answered = |leg: &&Leg| self.can_win(leg) && leg.answers.iter().any(|answer| answer.t == t);
        self.legs.iter().filter(answered).any(|leg| {
            // An end that has another time than the answer says that times are not the call's start.
            leg.number == ringing.number || leg.ended().is_none_or(|end| end.t != t)
        })
    }
}

impl Board {
    /// A call's legs, and which of them are open at their extensions. `others`: calls that it bears on.
    pub(super) fn settle_legs(
        &mut self,
        place: CallAt,
        frozen: bool,
        dirty: &mut Dirty,
        others: &mut Vec<CallAt>,
    ) {
        let Some(call) = self.calls.get_mut(place) else { return };
        let extensions = &mut self.extensions;
        let phone = |at, leg, hangs| {
            extensions.get(at).map_or(Phone::Silent, |number| number.phone((place, leg), hangs))
        };
        let changes = call.settle_legs(frozen, phone);
        for change in &changes {
            let Some(extension) = extensions.get_mut(change.extension) else { continue };
            let leg = (place, change.leg);
            extension.legs.retain(|(call, index, _)| (*call, *index) != leg);
            extension.legs.extend(change.open.map(|open| (place, change.leg, open)));
            extension.hanging.retain(|(call, index, _)| (*call, *index) != leg);
            extension.hanging.extend(change.hangs.map(|hangs| (place, change.leg, hangs)));
            dirty.extensions.push(change.extension);
        }
        for extension in changes.iter().filter_map(|change| extensions.get(change.extension)) {
            others.extend(extension.hanging.iter().map(|(call, ..)| *call));
        }
    }

    /// Which extension makes a call. `others`: calls that it bears on.
    pub(super) fn settle_calling(&mut self, place: CallAt, dirty: &mut Dirty, others: &mut Vec<CallAt>) {
        let Some(call) = self.calls.get_mut(place) else { return };
        let extensions = &mut self.extensions;
        let calling = call.calling().map(|number| extensions.obtain(number));
        let before = std::mem::replace(&mut call.caller, calling);
        if before == calling {
            return;
        }
        if let Some(extension) = before.and_then(|at| extensions.get_mut(at)) {
            extension.calling.retain(|call| *call != place);
        }
        if let Some(extension) = calling.and_then(|at| extensions.get_mut(at)) {
            extension.calling.push(place);
        }
        for at in before.into_iter().chain(calling) {
            dirty.extensions.push(at);
            let hanging = extensions.get(at).into_iter().flat_map(|extension| &extension.hanging);
            others.extend(hanging.map(|(call, ..)| *call));
        }
    }
}
