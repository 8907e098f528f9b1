//! The journal: every authenticated delivery, durable before the PBX hears 200.

use std::{path::Path, sync::Arc};

use model::{
    id::{Seq, TenantId},
    time::{Skew, UnixMillis},
};
use tokio::sync::{mpsc, watch};

/// What is to be kept.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Whose it is.
    pub tenant: TenantId,
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// The endpoint's name; `None` for entries of our own.
    pub endpoint: Option<String>,
    /// When we received it.
    pub received: UnixMillis,
    /// The sender's address.
    pub peer: Option<String>,
    /// Our clock minus the PBX's, as known now.
    pub skew: Option<Skew>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<String>,
    /// An explicit event id from a header.
    pub event_id: Option<String>,
    /// The body as received.
    pub body: Vec<u8>,
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of fold.md")]
pub enum EntryKind {
    Webhook,
    Wsi,
    Rest,
    Admin,
    Clock,
}

/// An entry as it stands in the journal.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its place.
    pub seq: Seq,
    /// What was kept.
    pub entry: NewEntry,
}

/// A handle on the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {}

/// A journal, just opened.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub journal: Journal,
    /// Entries right after their commit: a shortcut for the fold. When it is full, entries are left out of it, and the
    /// fold, which sees the gap in `seq`, reads them from the journal.
    pub committed: mpsc::Receiver<Arc<StoredEntry>>,
    /// Whether the file was made just now.
    pub created: bool,
}

/// Why a journal can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub struct OpenError;

/// Why an entry was not kept. All of them mean 503: the PBX tries again.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub struct AppendError;

/// Why entries can't be read.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub struct ReadError;

impl Journal {
    /// Opens or makes `journal.db` in the data folder and starts its writer.
    pub fn open(data: &Path) -> Result<Opened, OpenError> {
        let _ = data;
        Err(OpenError)
    }

    /// Keeps an entry. Returns after the commit is synced.
    pub async fn append(&self, entry: NewEntry) -> Result<Seq, AppendError> {
        let _ = entry;
        Err(AppendError)
    }

    /// The entries after `after`, at most `limit`, in order. Blocks: it reads the file.
    pub fn read_from(&self, after: Seq, limit: usize) -> Result<Vec<StoredEntry>, ReadError> {
        let _ = (after, limit);
        Err(ReadError)
    }

    /// The newest durable entry.
    pub fn newest(&self) -> watch::Receiver<Seq> {
        watch::channel(Seq(0)).1
    }

    /// Takes no more entries, writes what is queued, closes the file.
    pub async fn close(&self) {}
}
