//! The changes of one entry: what is shown is compared with what is true now, and a row that differs is one.

use super::{Change, register::insert};
use crate::{
    id::Seq,
    wire::{AgentRow, CallRow, CallerRow, ExtensionRow, QueueRow, Row},
};

/// The changes of one entry.
pub(super) struct Changes {
    pub rev: Seq,
    pub list: Vec<Change>,
}

impl Changes {
    fn add(&mut self, change: Change) {
        let end = self.list.len();
        insert(&mut self.list, end, change);
    }

    /// Shows a row as it is now, and says whether that is a change.
    pub fn show<R: ShownRow>(&mut self, shown: &mut Option<Box<R>>, row: Option<R>) -> bool {
        match (shown.as_mut(), row) {
            (None, None) => return false,
            (Some(before), Some(mut row)) => {
                *row.rev() = *before.rev();
                if row == **before {
                    return false;
                }
                *row.rev() = self.rev;
                **before = row.clone();
                self.add(Change::Set(row.into()));
            }
            (None, Some(mut row)) => {
                *row.rev() = self.rev;
                *shown = Some(Box::new(row.clone()));
                self.add(Change::Set(row.into()));
            }
            (Some(_), None) => {
                let gone = shown.take().map(|row| (*row).into().row_id());
                self.list.extend(gone.map(Change::Gone));
            }
        }
        true
    }
}

/// A row of one table.
pub(super) trait ShownRow: Clone + PartialEq + Into<Row> {
    fn rev(&mut self) -> &mut Seq;
}

macro_rules! shown {
    ($($row:ident => $kind:ident),+ $(,)?) => {$(
        impl From<$row> for Row {
            fn from(row: $row) -> Self {
                Self::$kind(row)
            }
        }

        impl ShownRow for $row {
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
