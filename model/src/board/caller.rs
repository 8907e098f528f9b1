//! Callers in queues: visits, derived from the set of what was said of one call in one queue.
//!
//! A visit that no event ended is ended by inference where something else shows that it must be over. An inference is
//! never stored, so a real end that comes later takes its place.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    agent::Listed,
    latest::Latest,
    news::News,
    register::{Fact, Intake, Points, Stamp},
    table::QueueAt,
};
use crate::{
    event::{CallerReason, CallerSaid},
    id::{CallId, Number, QueueId, Seq, Text},
    metrics::{Contribution, Ended, Visit as Figure},
    time::UnixMillis,
    wire::{CallerKind, CallerRow},
};

impl Fact for CallerReason {}

/// All that is known of one call in one queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Caller {
    moves: Points<CallerReason, 2>,
    position: Latest<u32>,
    number: Latest<Number>,
    name: Latest<Text>,
    kind: Latest<CallerKind>,
}

/// What was said of a call under one of a queue's keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stay {
    pub queue: QueueAt,
    pub caller: Caller,
    pub news: News,
}

/// When a caller was answered, by our clock, and by whom; in order of time.
pub(super) type Answers = SmallVec<[(UnixMillis, Option<Number>); 1]>;

/// What a call's time in one queue comes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Shown {
    /// Where it is shown.
    pub queue: QueueAt,
    /// The row's id.
    pub id: Text,
    /// The row, while it waits.
    pub row: Option<Box<CallerRow>>,
    /// The PBX's time since which it waits.
    pub waits: Option<UnixMillis>,
    /// The PBX's time at which it was last answered.
    pub answered: Option<UnixMillis>,
    /// What its visits add to the queue's figures.
    pub figures: SmallVec<[Contribution; 2]>,
    /// When it was answered, by our clock, and by whom.
    pub answers: Answers,
}

/// One stay of a call in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// When it came; `None` where only its end was heard of.
    pub start: Option<Stamp>,
    /// It hung up, and waits to be called back.
    pub callback: bool,
    /// When it left, and how; `None` while it is here.
    pub end: Option<End>,
}

/// The end of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub at: Stamp,
    pub how: Ended,
    /// Nobody knows when it left, only that it is no more there.
    pub lost: bool,
}

/// What the rest of the board knows that bears on whether a caller still waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// The queue's newest full list of callers.
    pub listed: Option<&'a Listed<CallId>>,
    /// When its call ended, if it has.
    pub call_ended: Option<Stamp>,
    /// When an extension last answered its call.
    pub answered: Option<UnixMillis>,
}

impl Visit {
    /// What it adds to its queue's figures, if it is over.
    pub fn figure(&self) -> Option<Contribution> {
        let end = self.end?;
        let wait = self.start.filter(|_| !end.lost).map(|start| end.at.t.since(start.t));
        let callback = self.callback;
        Some(Contribution::Visit(Figure { ended: end.at.shown, wait, how: end.how, callback }))
    }
}

impl Stay {
    pub fn new(queue: QueueAt) -> Self {
        Self { queue, caller: Caller::default(), news: News::default() }
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        let caller = &mut self.caller;
        caller.moves.rebase(t);
        caller.position.rebase(t);
        caller.number.rebase(t);
        caller.name.rebase(t);
        caller.kind.rebase(t);
        self.news.rebase(t);
    }
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
        if let Some(position) = &said.position {
            changed |= self.position.put(intake, at, 0, position);
        }
        if let Some(number) = &said.number {
            changed |= self.number.put(intake, at, 0, number);
        }
        if let Some(name) = said.name.as_ref().filter(|name| !name.is_empty()) {
            changed |= self.name.put(intake, at, 0, name);
        }
        if let Some(kind) = &said.kind {
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

    /// When it was first put into this queue after `t`.
    pub fn enqueued_after(&self, t: UnixMillis) -> Option<Stamp> {
        let enqueues = self.moves.iter().filter(|point| point.value == CallerReason::Enqueue);
        enqueues.map(|point| point.at).find(|at| at.t > t)
    }

    /// Its newest fact's moment.
    pub fn newest(&self) -> Option<UnixMillis> {
        self.last().map(|at| at.t)
    }

    /// Its newest fact's stamp.
    pub fn last(&self) -> Option<Stamp> {
        self.moves.last().map(|point| point.at)
    }

    /// Its stays, in order. `moved`: when it was put into another queue after the last that this one knows of it.
    pub fn visits(
        &self,
        call: &CallId,
        around: Surroundings<'_>,
        moved: Option<Stamp>,
    ) -> SmallVec<[Visit; 1]> {
        let mut visits = self.told();
        let Some(last) = self.moves.last() else { return visits };
        let Some(visit) = visits.last_mut().filter(|visit| visit.end.is_none()) else { return visits };
        let ended = around.call_ended.filter(|ended| last.at.t <= ended.t);
        if let Some(at) = moved {
            visit.end = Some(End { at, how: Ended::Other, lost: false });
        } else if let Some(at) = ended.filter(|_| !self.is_callback(visit)) {
            let answered = around.answered.is_some_and(|t| visit.start.is_some_and(|start| t >= start.t));
            let how = if answered { Ended::Answered } else { Ended::Abandoned };
            visit.end = Some(End { at, how, lost: answered });
        } else if around.listed.is_some_and(|list| list.misses(call, last.at.t)) {
            visit.end = Some(End { at: last.at, how: Ended::Other, lost: true });
        }
        visits
    }

    /// The stays that its own events tell.
    fn told(&self) -> SmallVec<[Visit; 1]> {
        let mut visits = SmallVec::<[Visit; 1]>::new();
        for point in self.moves.iter() {
            let first = visits.is_empty();
            let open = visits.last_mut().filter(|visit| visit.end.is_none());
            let how = match (&point.value, open.is_some()) {
                (CallerReason::Enqueue, false) => {
                    visits.push(Visit { start: Some(point.at), callback: false, end: None });
                    continue;
                }
                (CallerReason::Enqueue, true) => continue,
                (CallerReason::Callback, _) => {
                    if let Some(visit) = open {
                        visit.callback = true;
                    }
                    continue;
                }
                (CallerReason::Answered, _) => Ended::Answered,
                (CallerReason::Hangup, _) => Ended::Abandoned,
                (CallerReason::Overflow, _) => Ended::Overflowed,
                (CallerReason::Other(_), _) => Ended::Other,
            };
            let end = Some(End { at: point.at, how, lost: false });
            match open {
                Some(visit) => visit.end = end,
                None if first => visits.push(Visit { start: None, callback: false, end }),
                None => {}
            }
        }
        visits
    }

    /// The caller's number.
    pub fn number(&self) -> Option<&Number> {
        self.number.value()
    }

    /// The caller's name.
    pub fn name(&self) -> Option<&Text> {
        self.name.value()
    }

    fn is_callback(&self, visit: &Visit) -> bool {
        visit.callback || self.kind.value() == Some(&CallerKind::Callback)
    }

    /// The row of a visit that is not over.
    pub fn row(&self, visit: &Visit, id: &Text, queue: &QueueId, call: &CallId, news: &News) -> CallerRow {
        CallerRow {
            id: id.clone(),
            rev: Seq::default(),
            queue: queue.clone(),
            call: call.clone(),
            position: self.position.value().copied(),
            number: self.number.value().cloned(),
            name: self.name.value().cloned(),
            kind: if self.is_callback(visit) { CallerKind::Callback } else { CallerKind::Normal },
            since: visit.start.map(|at| at.shown),
            unconfirmed: news.is_silent(),
            masked: false,
        }
    }
}
