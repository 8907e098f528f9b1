//! What leaves the board for good, and a PBX's clock that went back. Both are borders: they act on what was folded before.

use super::{
    Board, Change,
    settle::Dirty,
    table::{CallAt, ExtensionAt},
};
use crate::{
    time::{Millis, UnixMillis},
    wire::{RowId, RowKind},
};

/// How long what is over is kept for events that come late: a day, and two hours.
pub(super) const KEEP: Millis = Millis::hours(26);
/// Figures need the states since the day began, which may have 25 hours, and the minute that counts them.
const KEEP_STATES: Millis = Millis::hours(27);
/// More calls than this are not kept: past them the oldest are forgotten, those that are over first.
pub(super) const CALLS_MAX: usize = 50_000;
/// They are forgotten so many at once.
const CALLS_STEP: usize = 5_000;

impl Board {
    /// Forgets what is over and older than 26 h before `t`, the PBX's time at `received`.
    pub(super) fn forget(&mut self, t: UnixMillis, received: UnixMillis, dirty: &mut Dirty) {
        let before = t - KEEP;
        self.forgotten_before = self.forgotten_before.max(Some(before));
        let old = |call: &super::Call| !call.is_shown() && call.newest() < before;
        let calls: Vec<CallAt> =
            self.calls.iter().filter(|(.., call)| old(call)).map(|(at, ..)| at).collect();
        let mut nothing = Vec::new();
        for place in calls {
            self.forget_call(place, &mut nothing);
        }
        let begin = received - KEEP_STATES;
        let mut left: Vec<ExtensionAt> = Vec::new();
        for (key, queue) in self.queues.iter_mut() {
            queue.ledger.forget(received - KEEP);
            queue.course.forget();
            queue.breaches = queue.breaches.split_off(&(received - KEEP, None));
            queue.agents.retain(|number, agent| {
                agent.forget(begin);
                let gone = agent.is_removed() && agent.newest().is_none_or(|newest| newest < before);
                if gone {
                    left.push(*number);
                    dirty.agents.push((queue.home.unwrap_or(key), *number));
                }
                !gone
            });
            for number in left.drain(..) {
                if let Some(extension) = self.extensions.get_mut(number) {
                    extension.agent_of.remove(&key);
                }
            }
        }
        let blank: Vec<ExtensionAt> = self
            .extensions
            .iter()
            .filter(|(.., extension)| extension.is_blank())
            .map(|(at, ..)| at)
            .collect();
        for place in blank {
            if !dirty.agents.iter().any(|(_, number)| *number == place) {
                self.extensions.remove(place);
            }
        }
    }

    /// Forgets the oldest calls where there are too many, those that are over first; what was shown of them is gone.
    pub(super) fn shed(&mut self) -> Vec<Change> {
        let mut gone = Vec::new();
        if self.calls.len() <= CALLS_MAX + CALLS_STEP {
            return gone;
        }
        let age = |(place, id, call): (CallAt, &crate::id::CallId, &super::Call)| {
            (call.is_shown(), call.newest(), id.clone(), place)
        };
        let mut calls: Vec<_> = self.calls.iter().map(age).collect();
        calls.sort_unstable();
        calls.truncate(self.calls.len() - CALLS_MAX);
        for (.., place) in calls {
            self.counts.shed += 1;
            self.forget_call(place, &mut gone);
        }
        gone
    }

    /// Forgets all of a call but what it added to figures.
    fn forget_call(&mut self, place: CallAt, gone: &mut Vec<Change>) {
        let Some((id, _)) = self.calls.at(place) else { return };
        let id = id.clone();
        self.save_past(place);
        let Some(call) = self.calls.remove(place) else { return };
        for number in call.legs.iter().map(|leg| leg.extension).chain(call.caller) {
            if let Some(extension) = self.extensions.get_mut(number) {
                extension.invited.remove(&place);
                extension.legs.retain(|(call, ..)| *call != place);
                extension.hanging.retain(|(call, ..)| *call != place);
                extension.calling.retain(|call| *call != place);
            }
        }
        for shown in call.shown_stays {
            let Some(queue) = self.queues.get_mut(shown.queue) else { continue };
            if let Some(row) = &shown.row {
                queue.tally.caller(place, Some((row.kind, row.since)), None);
                gone.push(Change::Gone(RowId(RowKind::Caller, shown.id.as_str().into())));
            }
        }
        if call.shown.is_some() {
            gone.push(Change::Gone(RowId(RowKind::Call, id.as_str().into())));
        }
    }

    /// The PBX's clock went back: every stamp later than `t` becomes `t`.
    pub(super) fn rebase(&mut self, t: UnixMillis, dirty: &mut Dirty) {
        for (place, extension) in self.extensions.iter_mut() {
            extension.rebase(t);
            dirty.extensions.push(place);
        }
        for (place, call) in self.calls.iter_mut() {
            call.rebase(t);
            dirty.calls.push(place);
        }
        for (place, queue) in self.queues.iter_mut() {
            queue.rebase(t);
            dirty.headings.push(place);
            dirty.agents.extend(queue.agents.keys().map(|number| (queue.home.unwrap_or(place), *number)));
        }
    }
}
