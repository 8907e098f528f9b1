//! What leaves the board for good, and a PBX's clock that went back. Both are borders: they act on what was folded before.

use std::borrow::Cow;

use super::{
    Board, Change,
    settle::Dirty,
    table::{CallAt, ExtensionAt, QueueAt},
};
use crate::{
    time::{Millis, UnixMillis},
    wire::{RowId, RowKind},
};

/// How long what is over is kept for events that come late: a day, and two hours.
pub(super) const KEEP: Millis = Millis::hours(26);
/// What is over stays an hour longer than events of it are taken: one that is newer than all that was heard of it may come as
/// late as any, and must not make a new call.
const KEEP_OVER: Millis = Millis::hours(27);
/// Figures need the states since the day began, which may have 25 hours, and the minute that counts them.
const KEEP_STATES: Millis = Millis::hours(27);
/// More calls than this are not kept: past them the oldest are forgotten, those that are over first.
pub(super) const CALLS_MAX: usize = 50_000;
/// They are forgotten so many at once.
pub(super) const CALLS_STEP: usize = 5_000;

impl Board {
    /// Forgets what is over and older than 27 h before `t`, the PBX's time at `received`; older than 26 h nothing comes anew.
    pub(super) fn forget(&mut self, t: UnixMillis, received: UnixMillis, dirty: &mut Dirty) {
        self.forgotten_before = self.forgotten_before.max(Some(t - KEEP));
        let before = t - KEEP_OVER;
        let old = |call: &super::Call| !call.has_rows() && call.newest() < before;
        let calls: Vec<CallAt> =
            self.calls.iter().filter(|(.., call)| old(call)).map(|(at, ..)| at).collect();
        for place in calls {
            // Nothing of it is shown.
            self.forget_call(place, &mut Vec::new(), dirty);
        }
        for (key, number) in self.left(before) {
            if let Some(queue) = self.queues.get_mut(key) {
                queue.agents.remove(&number);
                dirty.agents.push((queue.home.unwrap_or(key), number));
            }
            if let Some(extension) = self.extensions.get_mut(number) {
                extension.agent_of.remove(&key);
            }
        }
        let begin = received - KEEP_STATES;
        for (_, queue) in self.queues.iter_mut() {
            queue.ledger.forget(received - KEEP);
            queue.course.forget();
            queue.breaches = queue.breaches.split_off(&(received - KEEP, None));
            queue.agents.values_mut().for_each(|agent| agent.forget(begin));
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

    /// Who left a queue before then, by all that lies under any of its keys: one that only says that somebody was there must
    /// not outlive the one that says that he left.
    fn left(&self, before: UnixMillis) -> Vec<(QueueAt, ExtensionAt)> {
        let mut left = Vec::new();
        for (key, _, queue) in self.queues.iter() {
            let parts = self.parts(self.home(key));
            for number in queue.agents.keys() {
                let mut agents =
                    parts.clone().filter_map(|part| part.agents.get(number)).map(|agent| &**agent);
                let Some(first) = agents.next() else { continue };
                let mut whole = Cow::Borrowed(first);
                for part in agents {
                    whole.to_mut().merge(part);
                }
                if whole.is_removed() && whole.newest().is_none_or(|newest| newest < before) {
                    left.push((key, *number));
                }
            }
        }
        left
    }

    /// Forgets the oldest calls beyond [`CALLS_MAX`], those that are over first; what was shown of them is gone, and what
    /// counts or names them is to be settled.
    pub(super) fn shed(&mut self, dirty: &mut Dirty) -> Vec<Change> {
        let mut gone = Vec::new();
        let age = |(place, id, call): (CallAt, &crate::id::CallId, &super::Call)| {
            (call.has_rows(), call.newest(), id.clone(), place)
        };
        let mut calls: Vec<_> = self.calls.iter().map(age).collect();
        calls.sort_unstable();
        calls.truncate(self.calls.len() - CALLS_MAX);
        for (.., place) in calls {
            self.counts.shed += 1;
            self.forget_call(place, &mut gone, dirty);
        }
        gone
    }

    /// Forgets all of a call but what it added to figures.
    fn forget_call(&mut self, place: CallAt, gone: &mut Vec<Change>, dirty: &mut Dirty) {
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
                dirty.extensions.push(number);
            }
        }
        for shown in call.shown_stays {
            let Some(queue) = self.queues.get_mut(shown.queue) else { continue };
            if let Some(row) = &shown.row {
                queue.tally.caller(place, Some((row.kind, row.since)), None);
                gone.push(Change::Gone(RowId(RowKind::Caller, shown.id.as_str().into())));
                dirty.queues.push(shown.queue);
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
            for stay in &call.stays {
                let home = self.queues.get(stay.queue).and_then(|queue| queue.home).unwrap_or(stay.queue);
                dirty.callers.push((home, place));
            }
        }
        for (place, queue) in self.queues.iter_mut() {
            queue.rebase(t);
            dirty.headings.push(place);
            dirty.agents.extend(queue.agents.keys().map(|number| (queue.home.unwrap_or(place), *number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::{Clock, Content, Entry},
        event::decode,
        id::Seq,
        time::Skew,
        wire::Row,
    };

    const NOW: UnixMillis = UnixMillis(1_786_000_000_000);

    /// Nothing but his queue's list spoke of him, a day ago; then so many calls are over that the oldest must go.
    #[test]
    fn who_waits_is_not_forgotten() {
        let mut board = Board::new();
        let mut take = |received: UnixMillis, content| {
            board.apply(&Entry { seq: Seq(1), received, skew: Some(Skew(0)), content });
            let waiting = board.rows().into_iter().filter(|row| matches!(row, Row::Caller(_))).count();
            let counted = board.rows().into_iter().find_map(|row| match row {
                Row::Queue(row) => Some(row.waiting as usize),
                _ => None,
            });
            assert_eq!((waiting, counted), (1, Some(1)));
        };
        let list = format!(
            r#"{{"event_type":"queue_status","queue_id":"Q","waiting_list":[{{"session_id":"A","timestamp":{}}}]}}"#,
            NOW.0 / 1000
        );
        take(NOW, Content::Events(decode(list.as_bytes()).events));
        let later = NOW + Millis::hours(40);
        take(later, Content::Clock(Clock::Horizon { t: later }));
        let end = later.0 / 1000;
        let over = |call| {
            format!(
                r#"{{"event_type":"call_cdr","session_id":"{call}","start_time":{end},"ended_time":{end}}}"#
            )
        };
        let over: String = (1..=CALLS_MAX + CALLS_STEP).map(over).collect();
        let ends = over.as_bytes().chunk_by(|one, next| (*one, *next) != (b'}', b'{'));
        let events: Vec<_> = ends.flat_map(|end| decode(end).events).collect();
        assert_eq!(events.len(), CALLS_MAX + CALLS_STEP);
        take(later, Content::Events(events));
        assert_eq!(board.counts().shed, u64::try_from(CALLS_STEP + 1).unwrap_or_default());
    }

    /// His state came with the queue's number, his leaving with its id.
    #[test]
    fn who_left_a_queue_does_not_come_back_when_that_is_forgotten() {
        let mut board = Board::new();
        let mut take = |received: UnixMillis, content| {
            board.apply(&Entry { seq: Seq(1), received, skew: Some(Skew(0)), content });
            board.rows().iter().filter(|row| matches!(row, Row::Agent(_))).count()
        };
        let (came, left) = (NOW.0 / 1000, NOW.0 / 1000 + 60);
        let told = format!(
            r#"{{"event_type":"queue_status","queue_id":"Q","queue_number":"8001","waiting_list":[],"time":{came}}}
            {{"event_type":"extension_agent_status","extension":"106","agent_status":[{{"queue_number":"8001","status":"READY"}}],"time":{came}}}"#
        );
        let gone = format!(
            r#"{{"event_type":"queue_agent_status","queue_id":"Q","removed_agents":[{{"agent_extension_number":"106"}}],"time":{left}}}"#
        );
        let said = |body: &str| Content::Events(decode(body.as_bytes()).events);
        assert_eq!(take(NOW, said(&told)), 1);
        assert_eq!(take(NOW + Millis::minutes(1), said(&gone)), 0);
        let later = NOW + Millis::hours(40);
        assert_eq!(take(later, Content::Clock(Clock::Horizon { t: later })), 0);
    }

    /// The PBX's clock, three hours behind ours, goes back by one. Breaches are kept by our time.
    #[test]
    fn a_clock_that_goes_back_moves_no_breach() {
        let mut board = Board::new();
        let mut take = |content| {
            board.apply(&Entry { seq: Seq(1), received: NOW, skew: Some(Skew(3 * 3_600_000)), content });
        };
        let (day_start, day_end) = (NOW - Millis::hours(2), NOW + Millis::hours(22));
        take(Content::Clock(Clock::Minute { t: NOW, day_start, day_end }));
        for minutes_ago in [20, 10] {
            let breach = format!(
                r#"{{"event_type":"queue_sla_breached","queue_id":"Q","caller":"1555","timestamp":{}}}"#,
                NOW.0 / 1000 - (3 * 60 + minutes_ago) * 60
            );
            take(Content::Events(decode(breach.as_bytes()).events));
        }
        take(Content::Clock(Clock::Rebase { t: NOW - Millis::hours(4) }));
        let breaches = board.rows().into_iter().find_map(|row| match row {
            Row::Queue(row) => Some(row.sla_breaches),
            _ => None,
        });
        assert_eq!(breaches, Some(Some(2)));
    }
}
