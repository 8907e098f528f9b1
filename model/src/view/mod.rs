//! Which rows an audience may see, and how much of them: scope and mask.
//!
//! - `inside`: which numbers are the PBX's own. All others are outside parties'.
//! - `scope`: which rows there are for those who may see a part.
//! - `mask`: which digits of what they see are hidden.
//! - `sight`: both together, for one audience of one board. `seen`: what comes of it, the only thing that may be shown.
//! - `past`: the same for what is over.
//! - `total`: a tenant's figures, from the rows that are seen.
//!
//! Invariants
//! - What is outside of the scope is absent, not blank, and no row that is there names it.
//! - [`Seen`] and [`SeenJson`] are made here only, so that whoever takes nothing else can't show what is hidden.
//! - A row's `rev` is the same for every audience.

mod inside;
mod mask;
mod past;
mod scope;
mod seen;
mod sight;
mod total;

use std::collections::BTreeSet;

use crate::id::{Number, Text};

pub use inside::Inside;
pub use past::PastScope;
pub use seen::{Kind, Seen, SeenJson, Shown};
pub use sight::Sight;
pub use total::{persons, rank, total};

/// What those who watch may see: which rows, and what of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience {
    /// Which rows.
    pub scope: Scope,
    /// How much of a number.
    pub mask: Mask,
    /// Whether what people write about themselves too: an extension's note.
    pub notes: bool,
}

impl Audience {
    /// All rows, all of each.
    pub const WHOLE: Self = Self { scope: Scope::Tenant, mask: Mask::None, notes: true };
}

/// Which rows of a tenant may be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of them.
    Tenant,
    /// These queues with their callers and agents, the extensions of these departments, and the calls of them all.
    Only {
        /// The queues, by number; one whose number nobody has told, by its id.
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
