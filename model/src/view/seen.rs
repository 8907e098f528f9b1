//! Rows on their way to a reader: as the board has them, and as an audience sees them.

use std::sync::Arc;

use serde::Serialize;

use crate::wire::{AgentRow, CallRow, CallerRow, CourseRow, ExtensionRow, QueueRow, Row, RowKind};

/// A row of the board, with its JSON as those who see all of it get it. That is made once for all of them, and had by a
/// [`Sight`](super::Sight) only.
#[derive(Clone, Debug)]
pub struct Shown {
    row: Row,
    json: SeenJson,
}

impl Shown {
    /// A row that can't be serialised is none: rows are plain data.
    pub fn new(row: Row) -> Self {
        let json = json(&row);
        Self { row, json }
    }

    /// The row as it is, to decide by. What is shown of it goes by a [`Sight`](super::Sight).
    pub const fn row(&self) -> &Row {
        &self.row
    }

    pub(super) const fn whole(&self) -> &SeenJson {
        &self.json
    }
}

/// A row, or what else is said of a board, as an audience may see it. Serialised it is what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Seen<T>(T);

impl<T> Seen<T> {
    pub(super) const fn new(seen: T) -> Self {
        Self(seen)
    }

    /// What is seen.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// What is seen, to be shown.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Seen<Row> {
    /// The same as its own type; `None` where it is of another kind.
    pub fn of_kind<T: Kind>(self) -> Option<Seen<T>> {
        T::of(self.0).map(Seen)
    }

    pub(super) fn json(&self) -> SeenJson {
        json(&self.0)
    }
}

/// A row's JSON as an audience may see it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenJson(Arc<str>);

impl SeenJson {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn json(row: &Row) -> SeenJson {
    SeenJson(serde_json::to_string(row).unwrap_or_default().into())
}

/// A table's row, as a type of its own.
pub trait Kind: Sized {
    /// The table.
    const KIND: RowKind;

    /// The row; `None` where it is of another table.
    fn of(row: Row) -> Option<Self>;
}

macro_rules! kinds {
    ($($type:ident $kind:ident)*) => {$(
        impl Kind for $type {
            const KIND: RowKind = RowKind::$kind;

            fn of(row: Row) -> Option<Self> {
                match row {
                    Row::$kind(row) => Some(row),
                    _ => None,
                }
            }
        }
    )*};
}
kinds! { ExtensionRow Extension QueueRow Queue CallerRow Caller AgentRow Agent CallRow Call CourseRow Course }
