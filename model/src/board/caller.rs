//! Callers in queues: visits, derived from the set of what was said of one call in one queue.
//!
//! A visit that no event ended is ended by inference where something else shows that it must be over. An inference is
//! never stored, so a real end that comes later takes its place.

use std::sync::Arc;

use super::{
    agent::Listed,
    register::{Fact, Intake, Points, Register, Stamp},
};
use crate::{
    event::{CallerReason, CallerSaid},
    id::{CallId, Number, QueueId, Seq},
    time::UnixMillis,
    wire::{CallerKind, CallerRow},
};

impl Fact for CallerReason {}

/// All that is known of one call in one queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    moves: Points<CallerReason>,
    position: Register<u32>,
    number: Register<Number>,
    name: Register<Arc<str>>,
    kind: Register<CallerKind>,
}

/// One stay of a call in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// When it came; `None` where only its end was heard of.
    pub start: Option<Stamp>,
    /// It hung up, and waits to be called back.
    pub callback: bool,
    /// When it left, and how; `None` while it is here.
    pub end: Option<(Stamp, CallerReason)>,
}

/// What the rest of the board knows that bears on whether a caller still waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// The queue's newest full list of callers.
    pub listed: Option<&'a Listed<CallId>>,
    /// When its call ended, if it has.
    pub call_ended: Option<UnixMillis>,
    /// When its call was last put into another queue.
    pub elsewhere: Option<UnixMillis>,
}

impl Caller {
    /// Takes what an event says, and says whether that was new.
    pub fn hear(&mut self, said: &CallerSaid, at: Stamp, intake: &mut Intake) -> bool {
        let rank = match said.reason {
            CallerReason::Enqueue => 0,
            CallerReason::Callback => 1,
            _ => 2,
        };
        let mut changed = self.moves.put(intake, at, rank, said.reason.clone());
        if let Some(position) = said.position {
            changed |= self.position.put(intake, at, 0, position);
        }
        if let Some(number) = &said.number {
            changed |= self.number.put(intake, at, 0, number.clone());
        }
        if let Some(name) = said.name.as_deref().filter(|name| !name.is_empty()) {
            changed |= self.name.put(intake, at, 0, name.into());
        }
        if let Some(kind) = said.kind {
            changed |= self.kind.put(intake, at, 0, kind);
        }
        changed
    }

    /// Adds all that another one knows: the same caller under the queue's number.
    pub fn merge(&mut self, other: &Self) {
        self.moves.add(&other.moves);
        self.position.add(&other.position);
        self.number.add(&other.number);
        self.name.add(&other.name);
        self.kind.add(&other.kind);
    }

    /// Its stays, in order.
    pub fn visits(&self) -> Vec<Visit> {
        let mut visits: Vec<Visit> = Vec::new();
        for point in self.moves.iter() {
            let first = visits.is_empty();
            let open = visits.last_mut().filter(|visit| visit.end.is_none());
            match (&point.value, open) {
                (CallerReason::Enqueue, None) => {
                    visits.push(Visit { start: Some(point.at), callback: false, end: None });
                }
                (CallerReason::Callback, Some(visit)) => visit.callback = true,
                (CallerReason::Enqueue, Some(_)) | (CallerReason::Callback, None) => {}
                (reason, Some(visit)) => visit.end = Some((point.at, reason.clone())),
                (reason, None) if first => {
                    let end = Some((point.at, reason.clone()));
                    visits.push(Visit { start: None, callback: false, end });
                }
                (_, None) => {}
            }
        }
        visits
    }

    /// When it was last put into this queue.
    pub fn enqueued(&self) -> Option<UnixMillis> {
        let enqueues = self.moves.iter().filter(|point| point.value == CallerReason::Enqueue);
        enqueues.map(|point| point.at.t).next_back()
    }

    /// The stay that it waits in.
    pub fn waiting(&self, call: &CallId, around: Surroundings<'_>) -> Option<Visit> {
        let visit = self.visits().pop().filter(|visit| visit.end.is_none())?;
        let last = self.moves.last()?.at.t;
        let absent = around.listed.is_some_and(|list| list.misses(call, last));
        let gone_with_call =
            around.call_ended.is_some_and(|ended| last <= ended) && !self.is_callback(&visit);
        let moved = around.elsewhere.is_some_and(|t| t > last);
        (!absent && !gone_with_call && !moved).then_some(visit)
    }

    fn is_callback(&self, visit: &Visit) -> bool {
        visit.callback || self.kind.value() == Some(&CallerKind::Callback)
    }

    /// Its row; `None` if it does not wait.
    pub fn row(&self, queue: &QueueId, call: &CallId, around: Surroundings<'_>) -> Option<CallerRow> {
        let visit = self.waiting(call, around)?;
        Some(CallerRow {
            id: format!("{queue}/{call}"),
            rev: Seq::default(),
            queue: queue.clone(),
            call: call.clone(),
            position: self.position.value().copied(),
            number: self.number.value().cloned(),
            name: self.name.value().map(|name| name.as_ref().to_owned()),
            kind: if self.is_callback(&visit) { CallerKind::Callback } else { CallerKind::Normal },
            since: visit.start.map(|at| at.shown),
            unconfirmed: false,
        })
    }
}
