//! The rows that an entry may concern, derived anew from the facts; those that differ from what was shown are the changes.
//!
//! The order is that of dependence: calls say which legs are open and who is gone, callers say which calls are queued,
//! and the rows of queues, calls and extensions count and list the others.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Board, Change,
    agent::{self, Listed},
    caller::{Caller, Surroundings},
    queue::Queue,
    register::{Register, newest},
};
use crate::{
    event::CallerReason,
    id::{CallId, Number, QueueId, Seq},
    time::UnixMillis,
    wire::{AgentRow, CallRow, CallerRow, ExtensionRow, QueueRow, Row},
};

/// What an entry may have changed.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    /// Extensions' rows.
    pub extensions: BTreeSet<Number>,
    /// Calls with new facts: their legs, and all that hangs on them.
    pub calls: BTreeSet<CallId>,
    /// Calls' rows.
    pub call_rows: BTreeSet<CallId>,
    /// Callers' rows, by where they are shown.
    pub callers: BTreeSet<(QueueId, CallId)>,
    /// Agents' rows, by where they are shown.
    pub agents: BTreeSet<(QueueId, Number)>,
    /// Queues' rows.
    pub queues: BTreeSet<QueueId>,
}

impl Board {
    pub(super) fn settle(&mut self, mut dirty: Dirty, rev: Seq) -> Vec<Change> {
        let mut changes = Changes { rev, list: Vec::new() };
        self.settle_calls(&mut dirty);
        self.settle_callers(&mut dirty, &mut changes);
        self.settle_agents(&mut dirty, &mut changes);
        for id in &dirty.queues {
            let row = self.queue_row(id);
            if let Some(queue) = self.queues.get_mut(id) {
                changes.show(&mut queue.shown, row);
            }
        }
        for id in &dirty.call_rows {
            let row = self.call_row(id);
            if let Some(call) = self.calls.get_mut(id) {
                changes.show(&mut call.shown, row);
            }
        }
        for number in &dirty.extensions {
            if let Some(extension) = self.extensions.get_mut(number) {
                let row = extension.row(number, &self.directory);
                changes.show(&mut extension.shown, row);
            }
        }
        changes.list
    }

    /// What calls do to their legs' extensions, to their callers, and to how all legs' times are read.
    fn settle_calls(&mut self, dirty: &mut Dirty) {
        let was_frozen = self.evidence.frozen();
        for id in &dirty.calls {
            let Some(call) = self.calls.get_mut(id) else { continue };
            let before = (call.evidence, call.over);
            call.judge();
            self.evidence.replace(before.0, call.evidence);
            if call.over != before.1 {
                let keys = call.queues.clone();
                dirty.callers.extend(keys.iter().map(|key| (self.home(key), id.clone())));
            }
        }
        let frozen = self.evidence.frozen();
        if frozen != was_frozen {
            let live = self.calls.iter().filter(|(_, call)| call.over.is_none());
            dirty.calls.extend(live.map(|(id, _)| id.clone()));
        }
        for id in &dirty.calls {
            let Some(call) = self.calls.get_mut(id) else { continue };
            for leg in call.settle_legs(frozen) {
                let extension = self.extensions.entry(leg.number.clone()).or_default();
                let key = (id.clone(), leg.address);
                match leg.open {
                    Some(open) => extension.legs.insert(key, open),
                    None => extension.legs.remove(&key),
                };
                dirty.extensions.insert(leg.number);
            }
            let calling = call.calling().cloned();
            let before = std::mem::replace(&mut call.caller, calling.clone());
            if before != calling {
                if let Some(extension) = before.as_ref().and_then(|number| self.extensions.get_mut(number)) {
                    extension.calling.remove(id);
                }
                if let Some(number) = &calling {
                    self.extensions.entry(number.clone()).or_default().calling.insert(id.clone());
                }
                dirty.extensions.extend(before.into_iter().chain(calling));
            }
        }
        dirty.call_rows.extend(dirty.calls.iter().cloned());
    }

    fn settle_callers(&mut self, dirty: &mut Dirty, changes: &mut Changes) {
        for (home, call) in &dirty.callers {
            let row = self.caller_row(home, call);
            let Some(queue) = self.queues.get_mut(home) else { continue };
            let before = queue.callers_shown.remove(call);
            let mut shown = before.clone();
            if changes.show(&mut shown, row) {
                queue.tally.caller(before.as_ref(), shown.as_ref());
                dirty.queues.insert(home.clone());
                dirty.call_rows.insert(call.clone());
            }
            if let Some(row) = shown {
                queue.callers_shown.insert(call.clone(), row);
            }
        }
    }

    fn settle_agents(&mut self, dirty: &mut Dirty, changes: &mut Changes) {
        for (home, number) in &dirty.agents {
            let row = self.agent_row(home, number);
            let Some(queue) = self.queues.get_mut(home) else { continue };
            let before = queue.agents_shown.remove(number);
            let mut shown = before.clone();
            if changes.show(&mut shown, row) {
                queue.tally.agent(before.as_ref(), shown.as_ref());
                dirty.queues.insert(home.clone());
            }
            if let Some(row) = shown {
                queue.agents_shown.insert(number.clone(), row);
            }
        }
    }

    /// All facts that are shown under one id; none if they are shown elsewhere.
    fn parts(&self, home: &QueueId) -> impl Iterator<Item = &Queue> + Clone {
        let own = self.queues.get(home).filter(|queue| queue.home.is_none());
        let joined = own.into_iter().flat_map(|queue| &queue.joined);
        own.into_iter().chain(joined.filter_map(|key| self.queues.get(key)))
    }

    fn caller(&self, home: &QueueId, call: &CallId) -> Option<Cow<'_, Caller>> {
        let mut parts = self.parts(home).filter_map(|queue| queue.callers.get(call));
        let mut caller = Cow::Borrowed(parts.next()?);
        for part in parts {
            caller.to_mut().merge(part);
        }
        Some(caller)
    }

    fn surroundings(&self, home: &QueueId, id: &CallId) -> Surroundings<'_> {
        let call = self.calls.get(id);
        let keys = call.into_iter().flat_map(|call| &call.queues);
        let others = keys.filter(|key| self.home(key) != *home);
        let elsewhere = others.filter_map(|key| self.queues.get(key)?.callers.get(id)?.enqueued()).max();
        let listed: Option<&Listed<CallId>> =
            self.parts(home).filter_map(|queue| queue.callers_listed.as_ref()).max();
        Surroundings { listed, call_ended: call.and_then(|call| call.over), elsewhere }
    }

    fn caller_row(&self, home: &QueueId, call: &CallId) -> Option<CallerRow> {
        self.caller(home, call)?.row(home, call, self.surroundings(home, call))
    }

    fn agent_row(&self, home: &QueueId, number: &Number) -> Option<AgentRow> {
        let known = Register::union(self.parts(home).filter_map(|queue| queue.agents.get(number)))?;
        let listed = self.parts(home).filter_map(|queue| queue.agents_listed.as_ref()).max();
        agent::row(&known, home, number, listed, self.directory.name(number))
    }

    fn queue_row(&self, id: &QueueId) -> Option<QueueRow> {
        let queue = self.queues.get(id)?;
        let bare = id.as_str().strip_prefix("n:").map(Number::from);
        // The PBX may know the number that the directory gives this id under another one.
        let listed = self
            .directory
            .queue(id)
            .filter(|entry| self.aliases.get(&entry.number).and_then(newest).is_none_or(|told| told == id));
        let lists_number = bare.as_ref().is_some_and(|number| self.directory.lists_queue(number));
        if !queue.is_shown(listed.is_some() || lists_number) {
            return None;
        }
        let number =
            newest(&queue.numbers).cloned().or_else(|| listed.map(|entry| entry.number.clone())).or(bare);
        let told = Register::union(self.parts(id).map(|queue| &queue.name));
        let told = told.as_ref().and_then(|name| name.value()).map(|name| &**name);
        let name = told.or_else(|| self.directory.name(number.as_ref()?)).map(str::to_owned);
        Some(QueueRow { name, target_s: self.target_s(id, number.as_ref()), number, ..queue.row(id) })
    }

    fn target_s(&self, id: &QueueId, number: Option<&Number>) -> Option<u32> {
        let queues = &self.settings.as_ref()?.value.queues;
        let by_id = queues.iter().find(|queue| queue.queue.as_ref() == Some(id));
        let by_number = || queues.iter().find(|queue| number.is_some() && queue.number.as_ref() == number);
        by_id.or_else(by_number)?.target_s
    }

    fn call_row(&self, id: &CallId) -> Option<CallRow> {
        let call = self.calls.get(id)?;
        if !call.is_shown() {
            return None;
        }
        let mut waits: Option<(UnixMillis, QueueId)> = None;
        let mut answered: Option<(UnixMillis, QueueId)> = None;
        let homes: BTreeSet<QueueId> = call.queues.iter().map(|key| self.home(key)).collect();
        for home in homes {
            let Some(caller) = self.caller(&home, id) else { continue };
            if let Some(visit) = caller.waiting(id, self.surroundings(&home, id)) {
                waits = waits.max(visit.start.map(|at| (at.t, home.clone())));
            }
            let ends = caller.visits().into_iter().filter_map(|visit| visit.end);
            let ends = ends.filter(|(_, reason)| *reason == CallerReason::Answered).map(|(at, _)| at.t);
            answered = answered.max(ends.max().map(|t| (t, home)));
        }
        let queued =
            waits.as_ref().is_some_and(|(t, _)| call.answered_by_extension().is_none_or(|at| at < *t));
        let queue = waits.or(answered).map(|(_, queue)| queue);
        Some(call.row(id, queued, queue, &self.directory))
    }
}

/// The changes of one entry.
struct Changes {
    rev: Seq,
    list: Vec<Change>,
}

impl Changes {
    /// Shows a row as it is now, and says whether that is a change.
    fn show<R: Shown>(&mut self, shown: &mut Option<R>, row: Option<R>) -> bool {
        match (shown.as_mut(), row) {
            (None, None) => return false,
            (Some(before), Some(mut row)) => {
                *row.rev() = *before.rev();
                if row == *before {
                    return false;
                }
                *row.rev() = self.rev;
                *before = row.clone();
                self.list.push(Change::Set(row.into()));
            }
            (None, Some(mut row)) => {
                *row.rev() = self.rev;
                *shown = Some(row.clone());
                self.list.push(Change::Set(row.into()));
            }
            (Some(_), None) => {
                let gone = shown.take().map(|row| row.into().row_id());
                self.list.extend(gone.map(Change::Gone));
            }
        }
        true
    }
}

/// A row of one table.
trait Shown: Clone + PartialEq + Into<Row> {
    fn rev(&mut self) -> &mut Seq;
}

macro_rules! shown {
    ($($row:ident => $kind:ident),+ $(,)?) => {$(
        impl From<$row> for Row {
            fn from(row: $row) -> Self {
                Self::$kind(row)
            }
        }

        impl Shown for $row {
            fn rev(&mut self) -> &mut Seq {
                &mut self.rev
            }
        }
    )+};
}

shown!(
    ExtensionRow => Extension,
    QueueRow => Queue,
    CallerRow => Caller,
    AgentRow => Agent,
    CallRow => Call,
);
