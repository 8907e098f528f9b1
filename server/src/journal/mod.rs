//! The journal: every authenticated delivery, durable before the PBX hears 200.
//!
//! Invariants
//! - [`Journal::append`] returns a [`Seq`] after its commit is synced (WAL, `synchronous = FULL`), and only then is 200 written.
//! - [`Seq`] never goes back and never restarts: the journal's order and the feed's offset; the fold never compares it. So
//!   the newest row never leaves, and [`Journal::open_above`] knows what a base holds.
//! - An entry holds the body as received, and is never changed. Meaning is `model::event`'s work, later, so that a decoder's
//!   bug is healed by replay.
//! - One writer. Commits are shared: what queued while the last sync ran, up to [`BATCH_ENTRIES_MAX`], one sync, then all
//!   their 200s.
//! - Every row carries a checksum of all its columns (`file` says of what form), and no row is read without it.
//!
//! When it goes wrong
//! - Queue full, commit failed or slower than [`SLOW_AFTER`], closed: an [`AppendError`], which means 503, and the PBX keeps
//!   the event for us. The writer opens the file anew and goes on. What it could not answer may have become durable all the
//!   same; a repeat changes nothing.
//! - A row whose checksum is wrong is skipped by reading, named in [`Read::damaged`] and counted.
//! - Rows on a damaged page likewise; reading goes on behind it (`beyond`).
//! - A file that SQLite can't open is set aside, never deleted; its readable rows go to a new one (`rescue`).
//! - Commits behind a damaged frame of the WAL are brought back, and the WAL is kept (`wal`).
//! - A second server on the folder is refused ([`crate::folder`]).
//!
//! Entries leave by age and by size (`retention`), where a base holds what they said (`live::keep`).
//!
//! Not here: who sent it (`ingest`), what it means (`model::event`).

mod beyond;
mod file;
mod meter;
mod reader;
mod rescue;
mod retention;
mod wal;
mod writer;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread,
    time::{Duration, Instant},
};

use model::{
    id::{Seq, TenantId},
    time::{Skew, UnixMillis},
};
use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use file::FILE_NAME;
pub use reader::Reader;
pub use rescue::SetAside;
pub use retention::{Retention, Retentions};
pub use writer::Forgotten;

use crate::{
    folder::{self, FolderError, Lock},
    operate::metrics::one,
};
use meter::Meter;
use writer::{Asked, Forget, Waiting, Writer};

/// How many entries share a commit at most. More would not be faster: the rows then cost more than the sync.
pub const BATCH_ENTRIES_MAX: usize = 512;

/// How many entries wait for the writer at most; beyond it an append is refused. About a tenth of a second's work.
pub const QUEUE_ENTRIES_MAX: usize = 4096;

/// How many bytes wait for the writer at most; beyond it an append is refused.
pub const QUEUE_BYTES_MAX: usize = 64 << 20;

/// How long an append waits. PBX versions give up after a few seconds, so a later answer would reach nobody.
pub const SLOW_AFTER: Duration = Duration::from_secs(3);

/// How many entries wait in [`Opened::committed`] at most; what comes beyond is left out.
pub const SHORTCUT_ENTRIES_MAX: usize = 1024;

/// The WAL's length at which the writer itself has it started anew.
const WAL_BYTES_MAX: u64 = 64 << 20;

/// How many damaged rows are remembered by `seq`.
const DAMAGED_MAX: usize = 1000;

/// What an entry costs in the queue beside its texts and body.
const ENTRY_BYTES: usize = 256;

const _: () = assert!(BATCH_ENTRIES_MAX <= QUEUE_ENTRIES_MAX);

/// What is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl NewEntry {
    /// An entry that nobody sent: what the server itself decided, as JSON. Its skew is unknown.
    pub fn own(
        tenant: &TenantId,
        kind: EntryKind,
        received: UnixMillis,
        said: &impl serde::Serialize,
    ) -> Self {
        Self {
            tenant: tenant.clone(),
            kind,
            endpoint: None,
            received,
            peer: None,
            skew: None,
            content_type: None,
            content_encoding: None,
            event_id: None,
            // Plain data: it can't fail to serialise.
            body: serde_json::to_vec(said).unwrap_or_default(),
        }
    }
}

impl NewEntry {
    /// What it costs in the queue, in bytes, about.
    fn bytes(&self) -> usize {
        let texts = [&self.endpoint, &self.peer, &self.content_type, &self.content_encoding, &self.event_id];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        ENTRY_BYTES + texts + self.body.len()
    }
}

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A delivery of the PBX.
    Webhook,
    /// A message of the PBX's WebSocket interface.
    Wsi,
    /// An answer of the PBX's REST API.
    Rest,
    /// What the configuration or an administrator says.
    Admin,
    /// What passing time decided.
    Clock,
}

impl EntryKind {
    const ALL: [Self; 5] = [Self::Webhook, Self::Wsi, Self::Rest, Self::Admin, Self::Clock];

    /// The word in the file and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Wsi => "wsi",
            Self::Rest => "rest",
            Self::Admin => "admin",
            Self::Clock => "clock",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An entry as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place.
    pub seq: Seq,
    /// What was kept.
    pub entry: NewEntry,
}

/// A row that can't be read, and so was skipped. It stays in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its place.
    pub seq: Seq,
    /// What is wrong with it, to follow "entry 17 was skipped:".
    pub why: &'static str,
}

/// What [`Journal::read_from`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The entries, in order.
    pub entries: Vec<StoredEntry>,
    /// Rows that were skipped, in order.
    pub damaged: Vec<Damaged>,
    /// Up to here everything was read: the `after` of the next read. The asked `after` itself at the journal's end.
    pub upto: Seq,
}

/// A handle on the journal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// `None` once closed.
    queue: RwLock<Option<mpsc::Sender<Asked>>>,
    queue_bytes: Arc<Semaphore>,
    newest: watch::Receiver<Seq>,
    /// Its sender is dropped when the writer has closed the file.
    closed: watch::Receiver<()>,
    /// Opened by the first read.
    reader: Mutex<Option<Connection>>,
    damaged: Mutex<BTreeSet<Seq>>,
    meter: Arc<Meter>,
}

/// A journal, just opened.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub journal: Journal,
    /// Entries right after their commit: a shortcut for the fold. Some are left out of it: those that find it full, and
    /// bodies above 64 KiB. The fold sees that by a gap in `seq`, or by [`Journal::newest`] being ahead of an empty
    /// shortcut, and reads them from the journal.
    pub committed: mpsc::Receiver<Arc<StoredEntry>>,
    /// Whether the journal begins anew: it was made just now, has no entry yet, or replaces one that was set aside. The
    /// feed's epoch is another one then.
    pub created: bool,
    /// The damaged file that was set aside, if one was.
    pub set_aside: Option<SetAside>,
}

/// Why a journal can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is another server's, or can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A newer version of the program wrote the file.
    #[error(
        "the journal's file has version {found}, this Ringside knows {known}; start the newer Ringside again"
    )]
    Newer {
        /// What the file says.
        found: i64,
        /// What we know.
        known: i64,
    },
    /// An SQLite file, but not ours.
    #[error(
        "journal.db in the data folder is not a journal of Ringside; move it away, or choose another folder with --data"
    )]
    NotAJournal,
    /// SQLite did not take a setting that durability rests on.
    #[error(
        "SQLite has {name} = {found} on the journal instead of {expected}; is the data folder on a local disk?"
    )]
    Setting {
        /// The pragma.
        name: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The file can't be read or written.
    #[error("the journal's file can't be used: {0}; check the disk of the data folder")]
    Sqlite(#[from] rusqlite::Error),
    /// A damaged file can't be given another name.
    #[error(
        "the damaged journal can't be set aside: {0}; check that the server's user may write in the data folder"
    )]
    SetAside(std::io::Error),
    /// The system gave no thread.
    #[error("the journal's thread can't be started: {0}; the system's limit of processes is reached")]
    Thread(std::io::Error),
}

/// Why an entry was not kept, as far as we know. All of them mean 503: the PBX tries again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// More waits for the disk than we hold in memory.
    #[error("the journal's queue is full; the disk is slower than what comes in")]
    QueueFull,
    /// No commit within [`SLOW_AFTER`]. It may still become durable.
    #[error("the journal did not commit within 3 s; check the disk of the data folder")]
    Slow,
    /// The commit failed. It may have become durable all the same.
    #[error("the journal did not commit: {0}")]
    Failed(Arc<OpenError>),
    /// The server is being shut down.
    #[error("the journal is closed; the server is shutting down")]
    Closed,
}

/// Why entries can't be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the journal can't be read: {0}; where it says malformed, restart with the data folder's latest backup"
)]
pub struct ReadError(#[from] rusqlite::Error);

impl Journal {
    /// Opens or makes `journal.db` in the data folder and starts its writer. Blocks.
    pub fn open(data: &Path) -> Result<Opened, OpenError> {
        Self::open_above(data, Seq(0))
    }

    /// The same where the entries up to `base` may have left: none of their places is given again. Blocks.
    pub fn open_above(data: &Path, base: Seq) -> Result<Opened, OpenError> {
        let lock = Lock::take(data)?;
        let path = data.join(FILE_NAME);
        folder::make_file(&path)?;
        let (connection, set_aside) = rescue::open(&path)?;
        let last = file::last_seq(&connection)?.max(base);
        if let Some(set_aside) = &set_aside {
            let (file, copied) = (set_aside.path.display(), set_aside.copied);
            if set_aside.is_replaced {
                tracing::error!(
                    %file, copied,
                    "the journal was damaged and is set aside; what could be read of it was copied to a new one"
                );
            } else {
                tracing::error!(
                    %file, copied,
                    "the journal's newest part was damaged and is set aside; the entries behind the damage were brought back"
                );
            }
        }

        let (queue, waiting) = mpsc::channel(QUEUE_ENTRIES_MAX);
        let (committed_sender, committed) = mpsc::channel(SHORTCUT_ENTRIES_MAX);
        let (newest_sender, newest) = watch::channel(last);
        let (closed_sender, closed) = watch::channel(());
        let meter = Arc::<Meter>::default();
        let told = (committed_sender, newest_sender, Arc::clone(&meter));
        let writer = Writer::new(path.clone(), connection, told, lock)?;
        thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run(waiting, closed_sender))
            .map_err(OpenError::Thread)?;

        let inner = Inner {
            path,
            queue: RwLock::new(Some(queue)),
            queue_bytes: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)),
            newest,
            closed,
            reader: Mutex::new(None),
            damaged: Mutex::default(),
            meter,
        };
        Ok(Opened {
            journal: Self { inner: Arc::new(inner) },
            committed,
            created: last == Seq(0) || set_aside.as_ref().is_some_and(|aside| aside.is_replaced),
            set_aside,
        })
    }

    /// Keeps an entry. Returns after the commit is synced.
    ///
    /// The entry stays queued when the caller stops waiting: only a commit, or [`SLOW_AFTER`], takes it out.
    pub async fn append(&self, entry: NewEntry) -> Result<Seq, AppendError> {
        let bytes = u32::try_from(entry.bytes()).map_err(|_| AppendError::QueueFull)?;
        let bytes = Arc::clone(&self.inner.queue_bytes)
            .try_acquire_many_owned(bytes)
            .map_err(|_| AppendError::QueueFull)?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { entry, since: Instant::now(), answer, _bytes: bytes };
        match &*self.inner.queue.read().unwrap_or_else(PoisonError::into_inner) {
            None => return Err(AppendError::Closed),
            Some(queue) => queue.try_send(Asked::Append(waiting)).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => AppendError::QueueFull,
                mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
            })?,
        }
        match tokio::time::timeout(SLOW_AFTER, answered).await {
            Ok(Ok(answer)) => answer,
            // The writer drops only what waited too long.
            Ok(Err(_)) | Err(_) => Err(AppendError::Slow),
        }
    }

    /// The entries after `after`, at most `limit` rows, in order. Blocks: it reads the file.
    ///
    /// Rows on a damaged page of the file are among those that were skipped.
    pub fn read_from(&self, after: Seq, limit: usize) -> Result<Read, ReadError> {
        let from = after.0.cast_signed().max(0);
        let mut limit = i64::try_from(limit).unwrap_or(i64::MAX);
        loop {
            match self.read("seq > ?1 ORDER BY seq LIMIT ?2", [from, limit]) {
                // First what lies before the damage.
                Err(ReadError(error)) if rescue::is_damage(&error) && limit > 1 => limit /= 2,
                Err(ReadError(error)) if rescue::is_damage(&error) => break,
                read => return read,
            }
        }
        let newest = *self.inner.newest.borrow();
        let read = self.look(|connection| Ok(beyond::skip(connection, after, newest)))?;
        self.note_damaged(&read.damaged);
        Ok(read)
    }

    /// The newest entries before `before`, at most `limit` rows, newest first. Blocks: it reads the file.
    pub fn read_back(&self, before: Seq, limit: usize) -> Result<Read, ReadError> {
        let before = i64::try_from(before.0).unwrap_or(i64::MAX);
        self.read("seq < ?1 ORDER BY seq DESC LIMIT ?2", [before, i64::try_from(limit).unwrap_or(i64::MAX)])
    }

    fn read(&self, rest: &str, parameters: [i64; 2]) -> Result<Read, ReadError> {
        let read = self.look(|connection| read_rows(connection, rest, parameters))?;
        self.note_damaged(&read.damaged);
        Ok(read)
    }

    fn look<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, ReadError> {
        let mut reader = self.inner.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *reader {
            Some(connection) => connection,
            none => none.insert(file::open_beside(&self.inner.path)?),
        };
        let found = look(connection);
        if found.is_err() {
            // The next read tries with a new connection.
            *reader = None;
        }
        Ok(found?)
    }

    /// The newest of a tenant's entries that may go by its rule; `Seq(0)` where none may. Blocks: it may read a good part of
    /// the file, by a connection of its own.
    pub fn may_go(&self, tenant: &TenantId, rule: Retention, now: UnixMillis) -> Result<Seq, ReadError> {
        Ok(retention::may_go(&file::open_beside(&self.inner.path)?, tenant, rule, now)?)
    }

    /// Lets some of a tenant's entries up to `upto` go, the oldest first. Only [`keep`](crate::live::keep) may ask, which
    /// knows what a base holds. `None` once the journal is closed. Blocks.
    pub fn forget(&self, tenant: &TenantId, upto: Seq) -> Result<Option<Forgotten>, ReadError> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let forget = Asked::Forget(Forget { tenant: tenant.clone(), upto, answer });
        let queue = self.inner.queue.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(queue) = queue else { return Ok(None) };
        if queue.try_send(forget).is_err() {
            // Appends come first.
            return Ok(Some(Forgotten { rows: 0, more: true }));
        }
        drop(queue);
        Ok(answered.recv().ok().transpose()?)
    }

    /// Says each damaged row once in the log.
    fn note_damaged(&self, damaged: &[Damaged]) {
        let mut known = self.inner.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        for Damaged { seq, why } in damaged {
            if known.len() < DAMAGED_MAX && known.insert(*seq) {
                tracing::error!(seq = seq.0, "entry {seq} of the journal was skipped: {why}");
            }
        }
    }

    /// Damaged rows met so far since the start, the first 1,000 of them.
    pub fn damaged(&self) -> Vec<Seq> {
        self.inner.damaged.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Whether the last commit failed: deliveries are answered 503 until one succeeds.
    pub fn is_failing(&self) -> bool {
        self.inner.meter.is_failing()
    }

    /// Writes what the journal does for a monitoring.
    pub fn write_metrics(&self, text: &mut String) {
        self.inner.meter.write(text);
        let queue = self.inner.queue.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        drop(queue);
        let about = "Entries that wait for the writer.";
        one(text, "ringside_journal_queue_entries", "gauge", about, "", waiting);
        let newest = self.inner.newest.borrow().0;
        one(text, "ringside_journal_newest_entry", "gauge", "The newest entry.", "", newest);
        let about = "Rows met since the start that can't be read, 1,000 at most.";
        one(text, "ringside_journal_damaged_entries", "gauge", about, "", self.damaged().len());
    }

    /// The newest durable entry.
    pub fn newest(&self) -> watch::Receiver<Seq> {
        self.inner.newest.clone()
    }

    /// Takes no more entries, writes and answers what is queued, closes the file, frees the folder. Reading still works.
    pub async fn close(&self) {
        drop(self.inner.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.inner.reader.lock().unwrap_or_else(PoisonError::into_inner).take());
        // Nothing is ever sent: the error says that the writer is gone.
        let _ = self.inner.closed.clone().changed().await;
    }
}

/// Reads rows by the rest of a SELECT with two parameters, the greatest or least `seq` and the count.
fn read_rows(connection: &Connection, rest: &str, parameters: [i64; 2]) -> rusqlite::Result<Read> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {} FROM entry WHERE {rest}", file::COLUMNS))?;
    let mut rows = statement.query(parameters)?;
    let mut read = Read { upto: Seq(parameters[0].unsigned_abs()), ..Read::default() };
    while let Some(row) = rows.next()? {
        match file::read(row)? {
            Ok(entry) => {
                read.upto = entry.seq;
                read.entries.push(entry);
            }
            Err(damaged) => {
                read.upto = damaged.seq;
                read.damaged.push(damaged);
            }
        }
    }
    Ok(read)
}
