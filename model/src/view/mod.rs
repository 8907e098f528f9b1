//! Which rows an audience may see, and how much of them.

use std::collections::BTreeSet;

use crate::id::{Number, Text};

/// What those who watch may see: which rows, and whether outside parties' numbers whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience {
    /// Which rows.
    pub scope: Scope,
    /// How much of a number.
    pub mask: Mask,
}

impl Audience {
    /// All rows, all of each.
    pub const WHOLE: Self = Self { scope: Scope::Tenant, mask: Mask::None };
}

/// Which rows of a tenant may be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of them.
    Tenant,
    /// Those of these queues, and of the extensions of these departments, and their calls.
    Only {
        /// The queues, by number.
        queues: BTreeSet<Number>,
        /// The departments, by name.
        departments: BTreeSet<Text>,
    },
}

/// How much of an outside party's number may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mask {
    /// All of it.
    None,
    /// All but its last four digits. Extension, queue, trunk and DID numbers are never masked.
    OutsideNumbers,
}
