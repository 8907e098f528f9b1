//! What is over, for whoever keeps it: finished calls and visits, derived from the facts when they are asked for.
//!
//! A board that [keeps the past](Board::keep_past) remembers which calls have something that is over and changed since the
//! last [`Board::take_past`]. A late event changes them again; a call that goes on after its end is no more over, and says so.
//! Nothing here decides a row.
//!
//! All that is said of one call is turned into our clock by one skew: what was learnt about the PBX's clock while the call
//! went on moves its moments together, and bends no length.

use std::collections::BTreeSet;

use super::{
    Board, blank,
    call::Call,
    caller::Visit,
    change::Cells,
    joint::joint,
    leg::Leg,
    record::{Record, Target},
    register::Stamp,
    table::{CallAt, QueueAt},
};
use crate::{
    event::CallStatus,
    id::{CallId, Number},
    metrics::{Contribution, Ended},
    time::{Millis, Skew, UnixMillis},
    wire::{CallResult, PastCall, PastLeg, PastVisit, Phase, VisitEnd},
};

/// What of one call is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The call that all this is of.
    pub id: CallId,
    /// The call; `None` while it goes on, or where only queues spoke of it.
    pub call: Option<PastCall>,
    /// Its finished visits, in order of time.
    pub visits: Vec<PastVisit>,
}

/// What is to be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Untold {
    touched: BTreeSet<CallAt>,
    /// Calls that the board forgot meanwhile.
    forgotten: Vec<Past>,
}

/// When a person had the call, by our clock.
struct Talk {
    number: Number,
    from: UnixMillis,
    to: UnixMillis,
}

impl Board {
    /// Remembers from now on what is over and not taken yet. Whoever asks for that takes it now and then.
    pub fn keep_past(&mut self) {
        self.untold.get_or_insert_default();
    }

    /// How many calls have something that [`take_past`](Self::take_past) would give.
    pub fn past_count(&self) -> usize {
        self.untold.as_ref().map_or(0, |untold| untold.touched.len() + untold.forgotten.len())
    }

    /// What of which calls is over, as of now: of every call of which that changed since the last time, all of it. A call of
    /// which nothing is over any more is among them too.
    pub fn take_past(&mut self) -> Vec<Past> {
        let Some(untold) = &mut self.untold else { return Vec::new() };
        let Untold { touched, forgotten: mut past } = std::mem::take(untold);
        past.extend(touched.into_iter().filter_map(|place| self.past(place)));
        past
    }

    /// Whatever is over is to be told: whoever keeps it may not have heard of it.
    pub fn touch_all_past(&mut self) {
        let places: Vec<CallAt> = self.calls.iter().map(|(place, ..)| place).collect();
        for place in places {
            self.touch_past(place);
        }
    }

    /// Forgets what was to be taken: whoever keeps it has it already.
    pub fn drop_past(&mut self) {
        if let Some(untold) = &mut self.untold {
            *untold = Untold::default();
        }
    }

    /// A call may have changed: if anything of it is over, or was, that is to be told.
    pub(super) fn touch_past(&mut self, place: CallAt) {
        let Some(call) = self.calls.get_mut(place) else { return };
        let is_visit = |one: &Contribution| matches!(one, Contribution::Visit(_));
        let over = call.is_over() || call.shown_stays.iter().any(|shown| shown.figures.iter().any(is_visit));
        call.was_over |= over;
        if call.was_over
            && let Some(untold) = &mut self.untold
        {
            untold.touched.insert(place);
        }
    }

    /// A call is about to be forgotten: what was not told of it yet is kept.
    pub(super) fn save_past(&mut self, place: CallAt) {
        if self.untold.as_ref().is_none_or(|untold| !untold.touched.contains(&place)) {
            return;
        }
        let past = self.past(place);
        if let Some(untold) = &mut self.untold {
            untold.touched.remove(&place);
            untold.forgotten.extend(past);
        }
    }

    fn past(&self, place: CallAt) -> Option<Past> {
        let (id, call) = self.calls.at(place)?;
        let mut visits: Vec<PastVisit> =
            call.shown_stays.iter().flat_map(|shown| self.past_visits(shown.queue, place)).collect();
        visits.sort_by(|a, b| (a.at(), a.ended, &a.id).cmp(&(b.at(), b.ended, &b.id)));
        let over = (call.said && call.is_over()).then(|| self.past_call(id, call, &visits));
        Some(Past { id: id.clone(), call: over, visits })
    }

    fn past_visits(&self, home: QueueAt, place: CallAt) -> Vec<PastVisit> {
        let Some((call, (caller, _, visits))) =
            self.calls.get(place).and_then(|call| Some((call, self.visits(home, place)?)))
        else {
            return Vec::new();
        };
        let (Some((id, _)), Some((queue_id, queue))) = (self.calls.at(place), self.queues.at(home)) else {
            return Vec::new();
        };
        let clocks = Clocks::of(call);
        let past = |(visit, count): (&Visit, u32)| {
            let end = visit.end?;
            let agent =
                (end.how == Ended::Answered && !end.lost).then(|| call.answered_by(end.at.t)).flatten();
            let wait = visit.start.filter(|_| !end.lost && !visit.callback);
            Some(PastVisit {
                id: joint(queue_id, &format!("{id}/{count}")),
                queue: queue_id.clone(),
                queue_number: queue.heading.number.clone(),
                queue_name: queue.heading.name.clone(),
                call: id.clone(),
                number: caller.number().cloned(),
                name: caller.name().cloned(),
                entered: visit.start.map(|at| clocks.ours(&at)),
                ended: clocks.ours(&end.at),
                how: end.how.into(),
                agent_name: agent.and_then(|agent| self.names().name(agent)).cloned(),
                agent: agent.cloned(),
                callback: visit.callback,
                wait_ms: wait.map(|start| end.at.t.since(start.t)),
                masked: false,
            })
        };
        visits.iter().zip(1..).filter_map(past).collect()
    }

    fn past_call(&self, id: &CallId, call: &Call, visits: &[PastVisit]) -> PastCall {
        // What a living call's row would say of its parties.
        let mut row = blank::call(id);
        call.tell(&mut row, false, None, self.names(), &mut Cells::default());
        let clocks = Clocks::of(call);
        let started = call.start.map(|at| clocks.ours(&at));
        let ended = call.over.or(call.ended).map(|at| clocks.ours(&at));
        let heard = started.max(Some(call.news.heard)).unwrap_or_default();
        let end = ended.unwrap_or(heard);
        let legs = self.past_legs(call, clocks, end);
        let talks = self.talks(call, &legs, end);
        let first = talks.iter().min_by_key(|talk| (talk.from, &talk.number));
        // Who is called back has hung up before.
        let by_queue = visits.iter().filter(|visit| visit.how == VisitEnd::Answered && !visit.callback);
        let answered =
            first.map(|talk| talk.from).or_else(|| by_queue.clone().map(|visit| visit.ended).min());
        let queue = visits.iter().max_by_key(|visit| visit.ended);
        PastCall {
            id: id.clone(),
            direction: row.direction,
            from: row.from,
            to: row.to,
            did: row.did,
            trunk: row.trunk,
            queue: queue.map(|visit| visit.queue.clone()),
            queue_number: queue.and_then(|visit| visit.queue_number.clone()),
            queue_name: queue.and_then(|visit| visit.queue_name.clone()),
            started,
            ended: end,
            unconfirmed: ended.is_none(),
            result: result(call, &legs, visits, first.is_some()),
            answered,
            answered_by: first
                .map(|talk| talk.number.clone())
                .or_else(|| by_queue.clone().find_map(|visit| visit.agent.clone())),
            wait_ms: started.map(|start| answered.unwrap_or(end).since(start)),
            talk_ms: length(&talks),
            legs,
            visits: visits.to_vec(),
            masked: false,
        }
    }

    /// Its targets: those of its record with the record's times, and those that only events told of.
    fn past_legs(&self, call: &Call, clocks: Clocks, end: UnixMillis) -> Vec<PastLeg> {
        let mut legs = Vec::new();
        let name = |number: &Number| self.names().name(number).cloned();
        let record = call.record.as_deref();
        // The records of version 16 don't say how a target came out; its events do.
        let has_failed = |target: &Target| {
            let mut legs = call.legs.iter().filter(|leg| target.address.as_ref() == Some(&leg.address));
            legs.any(|leg| leg.last().is_some_and(|last| last.value == Phase::Failed))
        };
        for target in record.iter().flat_map(|record| &record.targets) {
            let ours = |t: Option<UnixMillis>| t.map(|t| t.to_ours(clocks.skew));
            let answered = target.answered.is_some();
            legs.push(PastLeg {
                id: 0,
                number: target.number.clone(),
                name: name(&target.number),
                since: ours(target.started.or(target.rang).or(target.answered).or(target.ended))
                    .unwrap_or(end),
                rang: ours(target.rang),
                answered: ours(target.answered),
                ended: ours(target.ended),
                phase: match target.status {
                    _ if answered => Phase::Ended,
                    Some(CallStatus::Failed) => Phase::Failed,
                    None if has_failed(target) => Phase::Failed,
                    _ => Phase::NoAnswer,
                },
                approximate: false,
            });
        }
        let listed = |leg: &Leg| {
            let mut targets = record.iter().flat_map(|record| &record.targets);
            targets.any(|target| {
                target.address.as_ref().map_or(target.number == leg.number, |its| *its == leg.address)
            })
        };
        let frozen = self.evidence.frozen();
        let ours = |at: &Stamp| if frozen { at.recv } else { clocks.ours(at) };
        for leg in call.legs.iter().filter(|leg| !listed(leg)) {
            let Some((state, at)) = leg.state.zip(call.leg_since(leg)) else { continue };
            let since = ours(at);
            let answered = leg.answers.first().map(ours);
            // What nobody ended has ended with the call.
            let (phase, ended) = match state.phase {
                Phase::Added | Phase::Ringing => (Phase::NoAnswer, end),
                Phase::Answered => (Phase::Ended, end),
                over => (over, since),
            };
            let earliest = answered.map_or(since, |answered| answered.min(since));
            let first = leg.last().filter(|last| !frozen && !last.at.untimed);
            let first = first.map(|_| leg.first.to_ours(clocks.skew));
            legs.push(PastLeg {
                id: 0,
                number: leg.number.clone(),
                name: name(&leg.number),
                since: first.map_or(earliest, |first| first.min(earliest)),
                rang: (state.phase == Phase::Ringing).then_some(since),
                answered,
                ended: Some(ended),
                phase,
                approximate: frozen || at.untimed,
            });
        }
        legs.sort_by(|a, b| {
            (a.since, &a.number, a.answered, a.ended).cmp(&(b.since, &b.number, b.answered, b.ended))
        });
        for (leg, id) in legs.iter_mut().zip(1..) {
            leg.id = id;
        }
        legs
    }

    /// When persons had it: our extensions, but not who calls; whom we called outside too.
    fn talks(&self, call: &Call, legs: &[PastLeg], end: UnixMillis) -> Vec<Talk> {
        let caller = call.caller_number();
        let is_person = |number: &Number| {
            let ours = self.extensions.named(number.as_str()).is_some_and(|known| known.recognised);
            caller != Some(number) && (ours || call.is_outward())
        };
        let answered = legs.iter().filter(|leg| is_person(&leg.number));
        answered
            .filter_map(|leg| {
                let from = leg.answered?;
                Some(Talk { number: leg.number.clone(), from, to: leg.ended.unwrap_or(end).max(from) })
            })
            .collect()
    }
}

/// How the moments of one call are told.
#[derive(Clone, Copy)]
struct Clocks {
    /// Our clock minus the PBX's, as it was known when the call ended, or else began.
    skew: Skew,
}

impl Clocks {
    fn of(call: &Call) -> Self {
        let told = [call.over, call.ended, call.start].into_iter().flatten();
        let legs = call.legs.iter().filter_map(|leg| leg.last().map(|last| last.at));
        let visits = call.stays.iter().filter_map(|stay| stay.caller.last());
        let known = told.chain(legs).chain(visits).find(|at| !at.untimed);
        let skew = known.map_or(0, |at| at.shown.0.saturating_sub(at.t.0));
        Self { skew: Skew(skew) }
    }

    /// A moment by our clock. Without a time of the PBX's it is when we heard of it.
    fn ours(self, at: &Stamp) -> UnixMillis {
        if at.untimed { at.shown } else { at.t.to_ours(self.skew) }
    }
}

impl Call {
    /// Whether it is over, be it only because nothing is heard of it any more.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_some() || self.news.is_gone()
    }
}

/// The time that is in any of the talks.
fn length(talks: &[Talk]) -> Millis {
    let mut spans: Vec<_> = talks.iter().map(|talk| (talk.from, talk.to)).collect();
    spans.sort_unstable();
    let mut sum = 0;
    let mut upto = UnixMillis(i64::MIN);
    for (from, to) in spans {
        sum += to.since(from.max(upto)).0;
        upto = upto.max(to);
    }
    Millis(sum)
}

fn result(call: &Call, legs: &[PastLeg], visits: &[PastVisit], answered: bool) -> CallResult {
    let status = call.record.as_deref().and_then(|record: &Record| record.status);
    if answered || visits.iter().any(|visit| visit.how == VisitEnd::Answered) {
        return CallResult::Answered;
    }
    if let Some(last) = visits.iter().max_by_key(|visit| visit.ended) {
        return if last.how == VisitEnd::Abandoned { CallResult::Abandoned } else { CallResult::NoAnswer };
    }
    if legs.iter().any(|leg| leg.answered.is_some()) {
        return CallResult::Service;
    }
    match status {
        Some(CallStatus::Answered) => return CallResult::Service,
        Some(CallStatus::NoAnswer) => return CallResult::NoAnswer,
        Some(CallStatus::Failed) => return CallResult::Failed,
        None => {}
    }
    match legs {
        [] => CallResult::Unknown,
        legs if legs.iter().all(|leg| leg.phase == Phase::Failed) => CallResult::Failed,
        _ => CallResult::NoAnswer,
    }
}
