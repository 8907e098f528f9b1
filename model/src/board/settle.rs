//! The rows that an entry may concern, derived anew from the facts; those that differ from what was shown are the changes.
//!
//! The order is that of dependence: calls say which legs are open and who is gone, callers say which calls are queued and
//! who answered, and the rows of queues, calls and extensions count and list the others.

use std::{borrow::Cow, sync::Arc};

use smallvec::SmallVec;

use super::{
    Board, Change,
    agent::{Agent, Listed, Shown as AgentShown},
    answers::{QueueAnswers, in_order},
    blank,
    call::Call,
    caller::{Caller, Shown, Surroundings, Visit},
    change::Changes,
    joint::joint,
    names::Names,
    news::News,
    person::changes,
    queue::Queue,
    register::{Stamp, insert},
    table::{CallAt, ExtensionAt, QueueAt},
};
use crate::{
    id::{CallId, Number, Seq},
    metrics::{Contribution, Course, Ended, Ledger, agent_figures},
    time::UnixMillis,
    wire::{AgentFigures, AgentRow},
};

/// What an entry may have changed. A place may stand in a list more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct Dirty {
    /// Extensions' rows.
    pub extensions: Vec<ExtensionAt>,
    /// Calls with new facts: their legs, and all that hangs on them.
    pub calls: Vec<CallAt>,
    /// Calls' rows.
    pub call_rows: Vec<CallAt>,
    /// Callers' rows, by where they are shown.
    pub callers: Vec<(QueueAt, CallAt)>,
    /// Agents' rows, by where they are shown.
    pub agents: Vec<(QueueAt, ExtensionAt)>,
    /// Queues whose names, numbers or rules may be others.
    pub headings: Vec<QueueAt>,
    /// Queues' figures.
    pub figures: Vec<QueueAt>,
    /// Queues' rows.
    pub queues: Vec<QueueAt>,
}

/// The list without its repetitions, to be walked while the rest of what is dirty grows; it is empty then.
pub(super) fn drain<T: Ord>(list: &mut Vec<T>) -> Vec<T> {
    let mut list = std::mem::take(list);
    if list.len() > 1 {
        list.sort_unstable();
        list.dedup();
    }
    list
}

/// Keeps a list's room for the next entry.
pub(super) fn recycle<T>(home: &mut Vec<T>, mut list: Vec<T>) {
    list.clear();
    if !home.is_empty() {
        list.append(home);
    }
    *home = list;
}

impl Board {
    pub(super) fn settle(&mut self, dirty: &mut Dirty, rev: Seq) -> Vec<Change> {
        let mut changes = Changes { rev, list: Vec::new() };
        self.settle_calls(dirty);
        self.settle_headings(dirty);
        self.settle_callers(dirty, &mut changes);
        self.settle_agents(dirty, &mut changes);
        self.settle_figures(dirty, &mut changes);
        let list = drain(&mut dirty.queues);
        for place in list.iter().copied() {
            let Some((id, queue)) = self.queues.at_mut(place) else { continue };
            let row = queue.heading.shown.then(|| queue.row(id));
            changes.show(&mut queue.shown, row);
        }
        recycle(&mut dirty.queues, list);
        let list = drain(&mut dirty.call_rows);
        for place in list.iter().copied() {
            self.show_call(place, &mut changes);
            self.touch_past(place);
        }
        recycle(&mut dirty.call_rows, list);
        let list = drain(&mut dirty.extensions);
        for place in list.iter().copied() {
            let calls = &self.calls;
            let Some((number, extension)) = self.extensions.at_mut(place) else { continue };
            if !extension.has_row() {
                changes.show(&mut extension.shown, None);
                continue;
            }
            let mut shown = extension.shown.take();
            changes.retell(
                &mut shown,
                || blank::extension(number),
                |row, cells| {
                    let listed = self.directory.get(number);
                    extension.tell(row, listed, |call| calls.at(call).map(|(id, _)| id), cells);
                },
            );
            extension.shown = shown;
        }
        recycle(&mut dirty.extensions, list);
        changes.list
    }

    /// What calls do to their legs' extensions, to their callers, and to how all legs' times are read.
    fn settle_calls(&mut self, dirty: &mut Dirty) {
        let was_frozen = self.evidence.frozen();
        let mut calls = drain(&mut dirty.calls);
        for place in &calls {
            let Some(call) = self.calls.get_mut(*place) else { continue };
            let before = call.evidence;
            if call.judge() {
                for stay in &call.stays {
                    let home = self.queues.get(stay.queue).and_then(|queue| queue.home).unwrap_or(stay.queue);
                    dirty.callers.push((home, *place));
                }
            }
            self.evidence.replace(before, call.evidence);
        }
        let frozen = self.evidence.frozen();
        if frozen != was_frozen {
            let live = self.calls.iter().filter(|(.., call)| call.over.is_none());
            calls.extend(live.map(|(place, ..)| place));
            calls = drain(&mut calls);
        }
        // What a call's legs explain of a phone decides about legs of other calls that hang on it.
        let mut others = Vec::new();
        for place in calls.iter().copied() {
            self.settle_legs(place, frozen, dirty, &mut others);
            self.settle_calling(place, dirty, &mut others);
        }
        for place in drain(&mut others) {
            // Legs that hang on a phone explain nothing of it, so this goes no further.
            self.settle_legs(place, frozen, dirty, &mut Vec::new());
            dirty.call_rows.push(place);
        }
        dirty.call_rows.extend(&calls);
        recycle(&mut dirty.calls, calls);
    }

    fn settle_headings(&mut self, dirty: &mut Dirty) {
        let list = drain(&mut dirty.headings);
        for place in list.iter().copied() {
            let heading = self.heading(place);
            let Some(queue) = self.queues.get_mut(place) else { continue };
            dirty.figures.push(place);
            queue.heading = heading;
            dirty.queues.push(place);
        }
        recycle(&mut dirty.headings, list);
    }

    fn settle_callers(&mut self, dirty: &mut Dirty, changes: &mut Changes) {
        let list = drain(&mut dirty.callers);
        for (home, place) in list.iter().copied() {
            let mut now = self.stay(home, place);
            let Some(call) = self.calls.get_mut(place) else { continue };
            let index = call.shown_stays.iter().position(|shown| shown.queue == home);
            let mut before = index.map(|index| call.shown_stays.swap_remove(index));
            let Some(queue) = self.queues.get_mut(home) else { continue };
            let mut shown = before.as_mut().and_then(|before| before.row.take());
            let was = shown.as_deref().map(|row| (row.kind, row.since));
            let row = now.as_mut().and_then(|now| now.row.take()).map(|row| *row);
            if changes.show(&mut shown, row) {
                let is = shown.as_deref().map(|row| (row.kind, row.since));
                queue.tally.caller(place, was, is);
                dirty.queues.push(home);
                dirty.call_rows.push(place);
            }
            let (old, new) = (before.as_ref(), now.as_ref());
            if exchange(
                (&mut queue.ledger, &mut queue.course),
                old.map_or(&[][..], |old| &old.figures),
                new.map_or(&[][..], |new| &new.figures),
            ) {
                dirty.figures.push(home);
                // A visit may be over.
                dirty.call_rows.push(place);
            }
            if old.map(|old| &old.answers[..]).unwrap_or_default()
                != new.map(|new| &new.answers[..]).unwrap_or_default()
            {
                dirty.agents.extend(call.agents.iter().map(|(_, agent)| (home, *agent)));
            }
            if now.is_none() && old.is_some() {
                dirty.call_rows.push(place);
            }
            if let Some(now) = now {
                if old.is_none_or(|old| (old.waits, old.answered) != (now.waits, now.answered)) {
                    dirty.call_rows.push(place);
                }
                let end = call.shown_stays.len();
                insert(&mut call.shown_stays, end, Shown { row: shown, ..now });
            }
        }
        recycle(&mut dirty.callers, list);
    }

    fn settle_agents(&mut self, dirty: &mut Dirty, changes: &mut Changes) {
        let mut list = drain(&mut dirty.agents);
        // What he does in one queue is in what a person's rows in all others say of him.
        let mut others = Vec::new();
        for (home, place) in &list {
            let homes = self.homes(*place).into_iter().filter(|other| other != home);
            others.extend(homes.map(|other| (other, *place)));
        }
        if !others.is_empty() {
            list.extend(others);
            list = drain(&mut list);
        }
        for (home, place) in list.iter().copied() {
            let now = self.agent(home, place);
            let Some(queue) = self.queues.get_mut(home) else { continue };
            let mut before = queue.agents_shown.remove(&place);
            let mut shown = before.as_mut().and_then(|before| before.row.take());
            let was = shown.as_deref().map(|row| row.state);
            let (row, figures) = now.unzip();
            if changes.show(&mut shown, row.flatten()) {
                queue.tally.agent(was, shown.as_deref().map(|row| row.state));
                dirty.queues.push(home);
            }
            let figures = figures.unwrap_or_default();
            let known = before.as_ref().map_or(&[][..], |before| &before.figures);
            if exchange((&mut queue.ledger, &mut queue.course), known, &figures) {
                dirty.figures.push(home);
            }
            if shown.is_some() || !figures.is_empty() {
                let shown = AgentShown { row: shown, figures };
                match before.take() {
                    Some(mut place_of) => {
                        *place_of = shown;
                        queue.agents_shown.insert(place, place_of);
                    }
                    None => drop(queue.agents_shown.insert(place, Box::new(shown))),
                }
            }
        }
        recycle(&mut dirty.agents, list);
    }

    /// All facts that are shown under one id; none if they are shown elsewhere.
    pub(super) fn parts(&self, home: QueueAt) -> impl Iterator<Item = &Queue> + Clone {
        let own = self.queues.get(home).filter(|queue| queue.home.is_none());
        let joined = own.into_iter().flat_map(|queue| &queue.joined);
        own.into_iter().chain(joined.filter_map(|key| self.queues.get(*key)))
    }

    /// A call's visits to a queue, with what is known of the caller there.
    pub(super) fn visits(
        &self,
        home: QueueAt,
        place: CallAt,
    ) -> Option<(Cow<'_, Caller>, News, SmallVec<[Visit; 1]>)> {
        let (id, call) = self.calls.at(place)?;
        let is_here = |key: QueueAt| self.home(key) == home;
        let mut parts = call.stays.iter().filter(|stay| is_here(stay.queue));
        let first = parts.next()?;
        let (mut caller, mut news) = (Cow::Borrowed(&first.caller), first.news);
        for part in parts {
            caller.to_mut().merge(&part.caller);
            news.add(&part.news);
        }
        let moved = caller.newest().and_then(|last| {
            let others = call.stays.iter().filter(|stay| !is_here(stay.queue));
            others.filter_map(|stay| stay.caller.enqueued_after(last)).min()
        });
        let listed: Option<&Listed<CallId>> =
            self.parts(home).filter_map(|queue| queue.callers_listed.as_ref()).max();
        let answered = call.answered_by_extension();
        let around = Surroundings { listed, call_ended: call.over, answered };
        let visits = caller.visits(id, around, moved);
        Some((caller, news, visits))
    }

    /// What a call's time in a queue comes to.
    fn stay(&self, home: QueueAt, place: CallAt) -> Option<Shown> {
        let (id, call) = self.calls.at(place)?;
        let (queue_id, _) = self.queues.at(home)?;
        let (caller, news, visits) = self.visits(home, place)?;
        let waits = visits.last().filter(|visit| visit.end.is_none() && !news.is_gone());
        let ends = || visits.iter().filter_map(|visit| visit.end);
        let answers = || ends().filter(|end| end.how == Ended::Answered && !end.lost).map(|end| end.at);
        let mut figures: SmallVec<[Contribution; 2]> = visits.iter().filter_map(Visit::figure).collect();
        figures.extend(answers().filter_map(|at| talk(call, at.t)));
        figures.sort_unstable();
        let known = call.shown_stays.iter().find(|shown| shown.queue == home).map(|shown| shown.id.clone());
        let row_id = known.unwrap_or_else(|| joint(queue_id, id.as_str()));
        Some(Shown {
            queue: home,
            row: waits.map(|visit| Box::new(caller.row(visit, &row_id, queue_id, id, &news))),
            id: row_id,
            waits: waits.and_then(|visit| visit.start).map(|at| at.t),
            answered: ends().filter(|end| end.how == Ended::Answered).map(|end| end.at.t).max(),
            figures,
            answers: in_order(answers().map(|at| (at.shown, call.answered_by(at.t).cloned())).collect()),
        })
    }

    /// An agent's row, and what its wrap-ups add to the queue's figures.
    fn agent(&self, home: QueueAt, place: ExtensionAt) -> Option<(Option<AgentRow>, Vec<Contribution>)> {
        let (number, _) = self.extensions.at(place)?;
        let (queue_id, queue) = self.queues.at(home)?;
        let mut parts = self.parts(home).filter_map(|queue| queue.agents.get(&place)).map(|agent| &**agent);
        let mut agent = Cow::Borrowed(parts.next()?);
        for part in parts {
            agent.to_mut().merge(part);
        }
        let listed = self.parts(home).filter_map(|queue| queue.agents_listed.as_ref()).max();
        let id =
            queue.agents_shown.get(&place).and_then(|shown| shown.row.as_ref()).map(|row| row.id.clone());
        let id = id.unwrap_or_else(|| joint(queue_id, number.as_str()));
        let row = agent.row(&id, queue_id, number, listed, self.names().name(number));
        let row = row.map(|row| {
            let figures = self.agent_figures(&agent, number, home);
            let occupancy = figures.as_deref().and_then(|own| self.occupancy(place, number, own));
            AgentRow { figures, occupancy, ..row }
        });
        let wrap_up = |(start, end): (Stamp, Stamp)| Contribution::WrapUp {
            ended: end.shown,
            length: end.t.since(start.t),
        };
        Some((row, agent.wrap_ups().map(wrap_up).collect()))
    }

    fn agent_figures(&self, agent: &Agent, number: &Number, home: QueueAt) -> Option<Arc<AgentFigures>> {
        let day = self.minute?.day;
        Some(Arc::new(agent_figures(changes(agent), number, &QueueAnswers { calls: &self.calls, home }, day)))
    }

    pub(super) fn names(&self) -> Names<'_> {
        Names { extensions: &self.extensions, numbers: &self.numbers, directory: &self.directory }
    }

    fn show_call(&mut self, place: CallAt, changes: &mut Changes) {
        let Some(call) = self.calls.get_mut(place) else { return };
        if !call.is_shown() {
            changes.show(&mut call.shown, None);
            return;
        }
        let mut row = call.shown.take();
        let Some((id, call)) = self.calls.at(place) else { return };
        let latest = |when: fn(&Shown) -> Option<UnixMillis>| {
            let of = |shown: &Shown| Some((when(shown)?, self.queues.at(shown.queue)?.0));
            call.shown_stays.iter().filter_map(of).max()
        };
        let waits = latest(|shown| shown.waits);
        let queued = waits.is_some_and(|(t, _)| call.answered_by_extension().is_none_or(|at| at < t));
        let queue = waits.or_else(|| latest(|shown| shown.answered)).map(|(_, queue)| queue);
        changes.retell(
            &mut row,
            || blank::call(id),
            |row, cells| call.tell(row, queued, queue, self.names(), cells),
        );
        if let Some(call) = self.calls.get_mut(place) {
            call.shown = row;
        }
    }
}

/// The talk that began with a queue's answer, if it is over.
fn talk(call: &Call, t: UnixMillis) -> Option<Contribution> {
    let end = call.talk_end(t)?;
    Some(Contribution::Talk { ended: end.shown, length: end.t.since(t) })
}

/// Takes back what is no more, puts what is new, and says whether that was anything.
fn exchange(
    (ledger, course): (&mut Ledger, &mut Course),
    old: &[Contribution],
    new: &[Contribution],
) -> bool {
    if old == new {
        return false;
    }
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    old[same..].iter().chain(&new[same..]).for_each(|one| course.touch(one));
    old[same..].iter().for_each(|one| ledger.take_back(one));
    new[same..].iter().for_each(|one| ledger.put(one));
    true
}
