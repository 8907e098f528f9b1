//! The board: the state of one tenant, folded from its entries.

use crate::{
    entry::Entry,
    wire::{Row, RowId},
};

/// What an entry did to one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The row is new, or differs now.
    Set(Row),
    /// The row is no more.
    Gone(RowId),
}

/// The state of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Board {}

impl Board {
    /// A board that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds one entry. Returns the rows that it changed, each at most once.
    pub fn apply(&mut self, entry: &Entry) -> Vec<Change> {
        let _ = entry;
        Vec::new()
    }

    /// Every row, in order of kind and id.
    pub fn rows(&self) -> Vec<Row> {
        Vec::new()
    }
}
