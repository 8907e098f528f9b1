//! Time that passes: what the clock's entries do to the board, and which of them are due.
//!
//! The fold reads no clock. Whoever has one asks [`Board::due`] now and then, and journals what it answers.

use super::{Board, call::Call, joint, settle::Dirty, table::CallAt};
use crate::{
    entry::Clock,
    metrics::{Day, Minute},
    time::{Millis, Skew, UnixMillis},
    wire::{CallState, ExtensionCall, RowId, RowKind},
};

/// A call of which nothing was heard for so long is unconfirmed.
const CALL_SILENT: Millis = Millis::hours(2);
/// So is one all of whose extensions have been idle for so long.
const CALL_IDLE: Millis = Millis::seconds(30);
/// A waiting caller likewise.
const CALLER_SILENT: Millis = Millis::hours(1);
/// A phone that is on a call which nobody else tells of.
const PHONE_SILENT: Millis = Millis::hours(4);
/// What is unconfirmed for so long is hidden.
const GONE_AFTER: Millis = Millis::hours(12);
/// A call whose legs have ended and whose record does not come.
const ENDING_GONE: Millis = Millis::seconds(60);
/// How many entries are asked for at once; the rest are due the next time.
const DUE_MAX: usize = 1000;

impl Board {
    pub(super) fn hear_clock(&mut self, clock: &Clock, received: UnixMillis, dirty: &mut Dirty) {
        match clock {
            Clock::Silence { row, seen, t } => self.hear_end(row, dirty, |news| news.silent(*seen, *t)),
            Clock::Gone { row, seen } => self.hear_end(row, dirty, |news| news.gone(*seen)),
            Clock::Minute { t, day_start, day_end } => {
                let day = Day { start: *day_start, end: *day_end };
                self.hear_minute(Minute { t: *t, day }, dirty);
            }
            Clock::Rebase { t } => self.rebase(*t, dirty),
            Clock::Horizon { t } => self.forget(*t, received, dirty),
        }
    }

    /// Tells a row's thing what silence says of it.
    fn hear_end(&mut self, RowId(kind, id): &RowId, dirty: &mut Dirty, tell: impl Fn(&mut super::News)) {
        match kind {
            RowKind::Extension => {
                let (place, extension) = self.extensions.entry(&(&**id).into());
                tell(&mut extension.news);
                dirty.extensions.push(place);
            }
            RowKind::Call => {
                let (place, call) = self.calls.entry(&(&**id).into());
                tell(&mut call.news);
                dirty.calls.push(place);
            }
            RowKind::Caller => {
                let Some((queue, call)) = joint::parts(id) else { return };
                let call = self.calls.obtain(&call.into());
                let queue = self.queues.obtain(&(&*queue).into());
                if let Some(call) = self.calls.get_mut(call) {
                    tell(&mut call.stay(queue).news);
                }
                dirty.callers.push((self.home(queue), call));
            }
            RowKind::Queue | RowKind::Agent | RowKind::Course => {}
        }
    }

    fn hear_minute(&mut self, minute: Minute, dirty: &mut Dirty) {
        if self.minute.is_some_and(|known| known >= minute) {
            return;
        }
        let new_day = self.minute.is_none_or(|known| known.day != minute.day);
        self.minute = Some(minute);
        for (place, queue) in self.queues.iter_mut() {
            queue.ledger.roll(&minute);
            dirty.figures.push(place);
            if new_day {
                dirty.agents.extend(queue.agents_shown.keys().map(|number| (place, *number)));
            }
        }
    }

    /// The clock's entries that are due at `now`, by our clock; `skew` is what is known of the PBX's. Not the minute and the
    /// horizon, which are due by the clock alone.
    pub fn due(&self, now: UnixMillis, skew: Option<Skew>) -> Vec<Clock> {
        let pbx_now = now.to_pbx(skew.unwrap_or_default());
        let mut due = Vec::new();
        for (place, id, call) in self.calls.iter() {
            if due.len() >= DUE_MAX {
                break;
            }
            let row = || RowId(RowKind::Call, id.as_str().into());
            let seen = call.news.newest;
            if call.is_shown() {
                let state = call.shown.as_ref().map(|row| row.state);
                let quiet = now.since(call.news.heard);
                if (state == Some(CallState::Ending) && quiet >= ENDING_GONE) || is_stale(call.news, pbx_now)
                {
                    due.push(Clock::Gone { row: row(), seen });
                } else if !call.news.is_silent()
                    && (quiet >= CALL_SILENT || self.has_idle_phones(place, call, pbx_now))
                {
                    due.push(Clock::Silence { row: row(), seen, t: pbx_now });
                }
            }
            for shown in call.shown_stays.iter().filter(|shown| shown.row.is_some()) {
                let Some(stay) = call.stays.iter().find(|stay| self.home(stay.queue) == shown.queue) else {
                    continue;
                };
                let row = || RowId(RowKind::Caller, shown.id.as_str().into());
                let seen = stay.news.newest;
                if is_stale(stay.news, pbx_now) {
                    due.push(Clock::Gone { row: row(), seen });
                } else if !stay.news.is_silent() && now.since(stay.news.heard) >= CALLER_SILENT {
                    due.push(Clock::Silence { row: row(), seen, t: pbx_now });
                }
            }
        }
        for (_, number, extension) in self.extensions.iter() {
            let reported = extension.reported().is_some_and(|(call, _)| call == ExtensionCall::OnCall);
            let alone = extension.legs.is_empty() && extension.calling.is_empty();
            let quiet = now.since(extension.news.heard) >= PHONE_SILENT;
            if reported && alone && quiet && !extension.news.is_silent() && extension.shown.is_some() {
                let row = RowId(RowKind::Extension, number.as_str().into());
                due.push(Clock::Silence { row, seen: extension.news.newest, t: pbx_now });
            }
        }
        due.truncate(DUE_MAX);
        due
    }

    /// Whether all extensions that take part in a call say that their phones are idle, and have for some time.
    fn has_idle_phones(&self, place: CallAt, call: &Call, pbx_now: UnixMillis) -> bool {
        let takes_part = |extension: &super::Extension| {
            extension.recognised && extension.legs.iter().any(|(call, ..)| *call == place)
        };
        let legs = call.legs.iter().map(|leg| leg.extension);
        let mut phones = legs
            .chain(call.caller)
            .filter_map(|at| self.extensions.get(at))
            .filter(|extension| {
                takes_part(extension) || (extension.recognised && extension.calling.contains(&place))
            })
            .peekable();
        // An idle that is older than the call's newest fact says nothing of it.
        let idle = |extension: &super::Extension| {
            extension.reported().is_some_and(|(does, t)| {
                does == ExtensionCall::Idle && t >= call.news.newest && pbx_now.since(t) >= CALL_IDLE
            })
        };
        phones.peek().is_some() && phones.all(idle)
    }
}

fn is_stale(news: super::News, pbx_now: UnixMillis) -> bool {
    news.silent_since().is_some_and(|t| pbx_now.since(t) >= GONE_AFTER)
}
