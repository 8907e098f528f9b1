//! What frames brought that is not drawn yet: under load the server sends up to a hundred a second, and a page that is drawn
//! so often keeps a processor busy for what nobody can read. Pure: no socket, no clock, no signals.

use std::collections::HashMap;

use model::wire::{Row, RowId};

/// Rows and ids of one or more frames, each id as the last of them said.
#[derive(Debug, Default)]
pub struct Gathered(HashMap<RowId, Option<Row>>);

impl Gathered {
    /// Takes one frame's: ids that went, then rows that are new or differ.
    pub fn add(&mut self, rows: Vec<Row>, gone: Vec<RowId>) {
        self.0.extend(gone.into_iter().map(|id| (id, None)));
        self.0.extend(rows.into_iter().map(|row| (row.row_id(), Some(row))));
    }

    /// All of it as one frame's; nothing is left.
    pub fn take(&mut self) -> (Vec<Row>, Vec<RowId>) {
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for (id, row) in std::mem::take(&mut self.0) {
            match row {
                Some(row) => rows.push(row),
                None => gone.push(id),
            }
        }
        (rows, gone)
    }
}
