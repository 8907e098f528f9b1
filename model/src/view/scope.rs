//! The scope: which rows there are for those who may see a part of a tenant, and what of these rows leads outside of it.
//!
//! A queue brings its callers and its agents, a department its extensions, and all of them their calls. The PBX's own
//! numbers are told where somebody in the scope has them, and in a call that came by a queue of the scope: that one is told
//! whole. So nobody hears of a colleague elsewhere but through a queue that is his.

use std::collections::BTreeSet;

use super::Inside;
use crate::{
    id::{CallId, Number, QueueId, Text},
    wire::{AgentState, CallRow, Party, QueueRow, Row},
};

/// A scope as of one offset of a board.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    queues: BTreeSet<QueueId>,
    departments: BTreeSet<Text>,
    calls: BTreeSet<CallId>,
    /// The departments' extensions.
    extensions: BTreeSet<Number>,
    /// The PBX's own numbers that somebody in the scope has.
    numbers: BTreeSet<Number>,
}

impl Cut {
    /// What these queues and departments are among these rows.
    pub fn of<'a>(
        queues: &BTreeSet<Number>,
        departments: &BTreeSet<Text>,
        inside: &Inside,
        rows: impl Iterator<Item = &'a Row> + Clone,
    ) -> Self {
        let mut cut = Self { departments: departments.clone(), ..Self::default() };
        for row in rows.clone() {
            if let Row::Queue(row) = row
                && is_named(queues, row)
            {
                cut.queues.insert(row.id.clone());
                cut.numbers.extend(row.number.clone());
            }
        }
        for row in rows {
            match row {
                Row::Extension(row) if cut.is_of_department(row.department.as_ref()) => {
                    cut.extensions.insert(row.number.clone());
                    cut.numbers.insert(row.number.clone());
                    cut.calls.extend(row.calls.iter().cloned());
                }
                Row::Caller(row) if cut.queues.contains(&row.queue) => {
                    cut.numbers.extend(row.number.clone().filter(|number| inside.is_of_a_row(number)));
                    cut.calls.insert(row.call.clone());
                }
                Row::Agent(row) if cut.queues.contains(&row.queue) => {
                    cut.numbers.insert(row.number.clone());
                    cut.calls.extend(row.call.clone());
                }
                _ => {}
            }
        }
        cut
    }

    fn is_of_department(&self, department: Option<&Text>) -> bool {
        department.is_some_and(|department| self.departments.contains(department))
    }

    /// The queues.
    pub fn queues(&self) -> &BTreeSet<QueueId> {
        &self.queues
    }

    /// The departments' extensions.
    pub fn extensions(&self) -> &BTreeSet<Number> {
        &self.extensions
    }

    /// Whether a number is one of the PBX's own that nobody in the scope has.
    pub fn lacks(&self, number: &Number, inside: &Inside) -> bool {
        inside.is_of_a_row(number) && !self.numbers.contains(number)
    }

    /// Whether a row is there.
    pub fn has(&self, row: &Row) -> bool {
        match row {
            Row::Extension(row) => self.is_of_department(row.department.as_ref()),
            Row::Queue(row) => self.queues.contains(&row.id),
            Row::Caller(row) => self.queues.contains(&row.queue),
            Row::Agent(row) => self.queues.contains(&row.queue),
            Row::Call(row) => self.calls.contains(&row.id),
            Row::Course(row) => self.queues.contains(&row.id),
        }
    }

    /// Takes out of a row what is not there.
    pub fn cut(&self, row: &mut Row, inside: &Inside) {
        let is_absent = |number: &Number| self.lacks(number, inside);
        match row {
            Row::Queue(_) | Row::Caller(_) | Row::Course(_) => {}
            Row::Extension(row) => row.calls.retain(|call| self.calls.contains(call)),
            Row::Agent(row) => {
                if row.state != AgentState::QueueCall {
                    row.with_number.take_if(|number| is_absent(number));
                }
            }
            Row::Call(row) => {
                row.queue.take_if(|queue| !self.queues.contains(queue));
                if row.queue.is_none() {
                    cut_parties(row, is_absent);
                }
            }
        }
    }

    /// Whether every row that both have, and that did not change, is cut alike.
    pub fn cuts_like(&self, other: &Self) -> bool {
        self.queues == other.queues && self.numbers == other.numbers
    }
}

fn is_named(queues: &BTreeSet<Number>, row: &QueueRow) -> bool {
    match &row.number {
        Some(number) => queues.contains(number),
        None => queues.contains(row.id.as_str()),
    }
}

fn cut_parties(row: &mut CallRow, is_absent: impl Fn(&Number) -> bool) {
    for party in [&mut row.from, &mut row.to] {
        if party.number.as_ref().is_some_and(&is_absent) {
            *party = Party::default();
        }
    }
    row.legs.retain(|leg| !is_absent(&leg.number));
}
