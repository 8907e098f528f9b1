//! What visits come to: a queue's figures, its breaches and its course, read anew where something was put or taken back.

use std::sync::Arc;

use super::{
    Board,
    change::Changes,
    queue::size,
    settle::{Dirty, drain, recycle},
    table::QueueAt,
};
use crate::{
    metrics::Window,
    wire::{Breach, CourseRow},
};

/// How many breaches a queue's course shows: the newest.
const BREACHES_SHOWN: usize = 10;

impl Board {
    pub(super) fn settle_figures(&mut self, dirty: &mut Dirty, changes: &mut Changes) {
        let list = drain(&mut dirty.figures);
        for place in list.iter().copied() {
            let (breaches, newest) = self.breaches(place).unzip();
            let minute = self.minute;
            let Some((id, queue)) = self.queues.at_mut(place) else { continue };
            if std::mem::replace(&mut queue.breaches_today, breaches) != breaches {
                dirty.queues.push(place);
            }
            if let Some(minute) = minute.filter(|_| queue.ledger.window(Window::Today).is_none()) {
                queue.ledger.roll(&minute);
            }
            let rules = queue.heading.rules;
            let figures = queue.ledger.figures(&rules);
            if queue.figures.as_deref() != figures.as_ref() {
                queue.figures = figures.map(Arc::new);
                dirty.queues.push(place);
            }
            let Some(minute) = minute else { continue };
            let is_other = queue.course.read(&queue.ledger, &rules, &minute);
            let shown = queue.course_shown.as_deref();
            let newest = newest.unwrap_or_default();
            if is_other
                || shown.is_some() != queue.heading.shown
                || shown.is_some_and(|row| row.breaches != newest)
            {
                let row = queue.heading.shown.then(|| queue.course.row(id)).flatten();
                let row = row.map(|row| CourseRow { breaches: newest, ..row });
                changes.show(&mut queue.course_shown, row);
            }
        }
        recycle(&mut dirty.figures, list);
    }

    /// How often somebody waited too long today, and the newest of these times, under all of a queue's keys; `None` before the
    /// first minute entry.
    fn breaches(&self, home: QueueAt) -> Option<(u32, Vec<Breach>)> {
        let day = self.minute?.day;
        let today = || self.parts(home).map(|queue| queue.breaches.range((day.start, None)..(day.end, None)));
        let count = today().map(Iterator::count).sum();
        let newest = today().flat_map(|breaches| breaches.rev().take(BREACHES_SHOWN));
        let mut newest: Vec<_> =
            newest.map(|(at, number)| Breach { at: *at, number: number.clone() }).collect();
        newest.sort_by(|one, other| (other.at, &other.number).cmp(&(one.at, &one.number)));
        newest.truncate(BREACHES_SHOWN);
        Some((size(count), newest))
    }
}
