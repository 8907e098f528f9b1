//! The changes of one entry: what is shown is compared with what is true now, and a row that differs is one.

use std::collections::BTreeSet;

use super::Change;
use crate::{
    id::Seq,
    wire::{AgentRow, CallRow, CallerRow, CourseRow, ExtensionRow, QueueRow, Row},
};

/// The changes of one entry.
pub(super) struct Changes {
    pub rev: Seq,
    pub list: Vec<Change>,
}

impl Changes {
    fn add(&mut self, change: Change) {
        // Most entries that change a row change another one.
        if self.list.capacity() == 0 {
            self.list.reserve_exact(2);
        }
        self.list.push(change);
    }

    /// [`Changes::show`] for a row that is there: `tell` says in it what is true now.
    pub fn retell<R: ShownRow>(
        &mut self,
        shown: &mut Option<Box<R>>,
        blank: impl FnOnce() -> R,
        tell: impl FnOnce(&mut R, &mut Cells),
    ) {
        let mut cells = Cells { differ: shown.is_none() };
        let row = shown.get_or_insert_with(|| Box::new(blank()));
        tell(row, &mut cells);
        if cells.differ {
            *row.rev() = self.rev;
            self.add(Change::Set((**row).clone().into()));
        }
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

/// Of changes that name a row more than once, each row's last.
pub(super) fn last_of_each(changes: Vec<Change>) -> Vec<Change> {
    let mut named = BTreeSet::new();
    let mut kept: Vec<Change> = changes
        .into_iter()
        .rev()
        .filter(|change| {
            named.insert(match change {
                Change::Set(row) => row.row_id(),
                Change::Gone(id) => id.clone(),
            })
        })
        .collect();
    kept.reverse();
    kept
}

/// A row's cells while they are told anew: one that is the same as before is not written.
#[derive(Default)]
pub(super) struct Cells {
    differ: bool,
}

impl Cells {
    pub fn put<T: PartialEq>(&mut self, cell: &mut T, value: T) {
        if *cell != value {
            *cell = value;
            self.differ = true;
        }
    }

    /// A cell was written that was another one before.
    pub fn differ(&mut self) {
        self.differ = true;
    }

    /// [`Cells::put`] for what is copied only if it differs.
    pub fn copy<T: PartialEq + Clone>(&mut self, cell: &mut Option<T>, value: Option<&T>) {
        if cell.as_ref() != value {
            *cell = value.cloned();
            self.differ = true;
        }
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
    CourseRow => Course,
);
