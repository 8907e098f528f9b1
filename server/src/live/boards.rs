//! Every tenant's board, with what else is learnt from the entries alone: all that a snapshot keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    board::{Board, Change},
    entry::Entry,
    event::Decoded,
    id::{Seq, TenantId},
    time::UnixMillis,
};
use serde::{Deserialize, Serialize};

use super::meaning::meaning;
use crate::{
    ingest::{Ingest, is_quarantined},
    journal::StoredEntry,
};

/// One entry into one board. A parameter of the fold, so that a test can have it panic.
pub type Apply = fn(&mut Board, &Entry) -> Vec<Change>;

/// Entries that can't be folded, by the live fold's experience.
pub type Poison = Arc<Mutex<BTreeSet<Seq>>>;

/// The fold's own.
pub fn apply(board: &mut Board, entry: &Entry) -> Vec<Change> {
    board.apply(entry)
}

/// The boards as of one entry. Tenants that the configuration has no more are among them: it may name them again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Boards {
    /// The newest folded entry.
    pub seq: Seq,
    /// By tenant.
    pub tenants: BTreeMap<TenantId, Folded>,
    /// Whether they remember what is over, for the history.
    #[serde(skip)]
    pub keep_past: bool,
}

/// What a tenant's entries made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Folded {
    /// The newest of them.
    pub offset: Seq,
    /// The board.
    pub board: Board,
    /// When each endpoint had events, by its name.
    pub heard: BTreeMap<String, Heard>,
    /// Fields of known events that this version does not know, by `event.field`.
    pub unknown_fields: BTreeMap<String, u64>,
}

/// When an endpoint had events of which something was understood, and nothing put them in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The first, as received.
    pub first: UnixMillis,
    /// The last, as received.
    pub last: UnixMillis,
}

/// What an entry did.
#[derive(Debug, Default)]
pub struct Applied {
    /// To the rows.
    pub changes: Vec<Change>,
    /// To what the PBX's clock was set back, where the entry makes that certain.
    pub rebase: Option<UnixMillis>,
}

impl Boards {
    /// Takes one entry, the next one. `None` where that panicked: the tenant's board may then be half done.
    pub fn apply(&mut self, stored: &StoredEntry, ingest: Option<&Ingest>, apply: Apply) -> Option<Applied> {
        self.pass(stored);
        let folded = self.tenants.get_mut(&stored.entry.tenant)?;
        catch_unwind(AssertUnwindSafe(|| {
            let (entry, rebase) = meaning(stored, ingest, folded);
            let changes = entry.map_or_else(Vec::new, |entry| apply(&mut folded.board, &entry));
            Applied { changes, rebase }
        }))
        .ok()
    }

    /// The same for an entry that was folded before, or could not be: poison is passed, all else applied.
    pub fn apply_again(&mut self, stored: &StoredEntry, poison: &Poison, apply: Apply) -> Option<Applied> {
        if poison.lock().unwrap_or_else(PoisonError::into_inner).contains(&stored.seq) {
            self.pass(stored);
            return Some(Applied::default());
        }
        self.apply(stored, None, apply)
    }

    /// Takes one entry, the next one, as if it said nothing.
    pub fn pass(&mut self, stored: &StoredEntry) {
        self.seq = stored.seq;
        let tenant = &stored.entry.tenant;
        if let Some(folded) = self.tenants.get_mut(tenant) {
            folded.offset = stored.seq;
        } else {
            let mut folded = Folded { offset: stored.seq, ..Folded::default() };
            if self.keep_past {
                folded.board.keep_past();
            }
            self.tenants.insert(tenant.clone(), folded);
        }
    }
}

impl Folded {
    /// Notes that an endpoint had events, if it had.
    pub fn hear(&mut self, stored: &StoredEntry, decoded: &Decoded) {
        let Some(endpoint) = &stored.entry.endpoint else { return };
        if decoded.events.is_empty() || is_quarantined(decoded) {
            return;
        }
        let at = stored.entry.received;
        match self.heard.get_mut(endpoint) {
            Some(heard) => heard.last = heard.last.max(at),
            None => drop(self.heard.insert(endpoint.clone(), Heard { first: at, last: at })),
        }
    }
}
