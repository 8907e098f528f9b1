//! The boards: one thread folds the journal and is their only writer; everybody else reads rows.
//!
//! - `fold`: the thread. It decodes and folds entry after entry, first those of the journal, then those that come.
//! - `boards`: what it folds into. `meaning`: what an entry says to it.
//! - [`snapshot`]: boards in a file. [`keep`]: the thread that writes them, and lets old entries leave the journal.
//! - [`tick`]: what time alone decides, for the journal.
//! - [`rows`]: a tenant's rows as they are now, each serialised once, with what went away lately.
//!
//! Invariants
//! - A tenant's rows are those of its entries up to [`LiveTenant::offset`], no more and no less.
//! - The fold never holds the rows' lock while it decodes or folds, only while it puts what changed; so a reader waits for
//!   the length of a map's insertion, and the fold for that of a copy.
//! - An entry whose folding panics is left out, by a board that is folded anew without it, and said.
//!
//! Not here: who may see which rows, and how they travel (`feed`).

mod boards;
mod fold;
pub mod keep;
mod meaning;
pub mod rows;
pub mod snapshot;
pub mod tick;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dashmap::DashMap;
use model::{
    board::Counts,
    entry::{DirectoryEntry, Settings},
    id::{Seq, TenantId},
    wire::{AgentCounts, Figures},
};
use tokio::sync::watch;

pub use boards::{Boards, Heard, apply};
pub use fold::{FOLD_VERSION, FoldError, Parts, Progress, start};
use rows::Rows;

/// Every tenant's rows. Its tenants are the configuration's; they don't change while the process lives.
pub type Tenants = Arc<DashMap<TenantId, Arc<LiveTenant>>>;

/// One tenant's board, as readers see it.
#[derive(Debug)]
pub struct LiveTenant {
    /// The tenant.
    pub id: TenantId,
    rows: Mutex<Rows>,
    offset: watch::Sender<Seq>,
    said: Mutex<Said>,
    summary: watch::Sender<Summary>,
}

/// What is said of a board as a whole, seconds old at most.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The newest entry that is summed up.
    pub seq: Seq,
    /// The tenant's figures, all queues as one; `None` before the first minute.
    pub figures: Option<Figures>,
    /// Its agents, each person once.
    pub persons: AgentCounts,
    /// What could not be used, and what was used with a doubt.
    pub counts: Counts,
    /// Fields of known events that this version does not know, by `event.field`.
    pub unknown_fields: BTreeMap<String, u64>,
}

/// What administrators' entries said last: what the configuration is compared with before it becomes an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The settings.
    pub settings: Option<Settings>,
    /// The directory.
    pub directory: Option<Vec<DirectoryEntry>>,
    /// What the PBX calls its ring groups and voice menus.
    pub numbers: Option<Vec<DirectoryEntry>>,
}

impl LiveTenant {
    /// A tenant whose board knows nothing.
    pub fn new(id: TenantId) -> Self {
        Self {
            id,
            rows: Mutex::default(),
            offset: watch::Sender::new(Seq(0)),
            said: Mutex::default(),
            summary: watch::Sender::default(),
        }
    }

    /// Its rows now. Hold it briefly: the fold waits.
    pub fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest folded entry of this tenant, and the moments at which there is a newer one.
    pub fn offset(&self) -> watch::Receiver<Seq> {
        self.offset.subscribe()
    }

    /// What is said of the board as a whole.
    pub fn summary(&self) -> Summary {
        self.summary.borrow().clone()
    }

    /// What is said of the board as a whole, and the moments at which it is said anew: later than
    /// [`offset`](Self::offset) by some seconds.
    pub fn summed(&self) -> watch::Receiver<Summary> {
        self.summary.subscribe()
    }

    /// What administrators' entries said last.
    pub fn said(&self) -> Said {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All tenants, each with an empty board.
pub fn tenants(configured: impl IntoIterator<Item = TenantId>) -> Tenants {
    Arc::new(configured.into_iter().map(|id| (id.clone(), Arc::new(LiveTenant::new(id)))).collect())
}

#[cfg(test)]
mod tests;
