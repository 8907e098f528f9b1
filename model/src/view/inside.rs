//! Which numbers are the PBX's own: those of its extensions, queues and agents, and what the directory lists. Whoever has
//! another number is an outside party.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{id::Number, wire::Row};

/// The numbers of a board, kept with its rows. Cheap to clone: a copy is made only when it changes while somebody has it.
#[derive(Clone, Debug, Default)]
pub struct Inside(Arc<Numbers>);

#[derive(Clone, Debug, Default)]
struct Numbers {
    /// How many rows have each.
    of_rows: BTreeMap<Number, usize>,
    /// Those of the directory, ring groups and menus among them.
    listed: BTreeSet<Number>,
}

impl Inside {
    /// The number that makes a row's owner a part of the PBX.
    pub fn number(row: &Row) -> Option<&Number> {
        match row {
            Row::Extension(row) => Some(&row.number),
            Row::Queue(row) => row.number.as_ref(),
            Row::Agent(row) => Some(&row.number),
            Row::Caller(_) | Row::Call(_) | Row::Course(_) => None,
        }
    }

    /// Takes that a row had a number and has another one, came with one or went.
    pub fn change(&mut self, before: Option<&Number>, now: Option<&Number>) {
        if before == now {
            return;
        }
        let of_rows = &mut Arc::make_mut(&mut self.0).of_rows;
        if let Some(number) = now {
            *of_rows.entry(number.clone()).or_default() += 1;
        }
        if let Some((number, rows)) = before.and_then(|number| Some((number, of_rows.get_mut(number)?))) {
            *rows -= 1;
            if *rows == 0 {
                of_rows.remove(number);
            }
        }
    }

    /// Takes what the directory lists, in place of what it listed before.
    pub fn list(&mut self, listed: BTreeSet<Number>) {
        if self.0.listed != listed {
            Arc::make_mut(&mut self.0).listed = listed;
        }
    }

    /// Whether a number is the PBX's own.
    pub(super) fn has(&self, number: &Number) -> bool {
        self.is_of_a_row(number) || self.0.listed.contains(number)
    }

    /// Whether an extension, a queue or an agent has it.
    pub(super) fn is_of_a_row(&self, number: &Number) -> bool {
        self.0.of_rows.contains_key(number)
    }

    /// Whether nothing can have changed between the two.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
