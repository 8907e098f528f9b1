//! `ringside.db`: what is derived from the journal, or our own and not the PBX's word. Never in front of an answer.
//!
//! Losing this file loses no event: the board comes from the journal. It holds the feed's epoch, the data folder's secret
//! key, the last refused deliveries, the endpoints of the settings page (`ingest::kept`), what else is
//! set on the pages ([`settings`](crate::settings)), who may see and do what
//! ([`access`](crate::access)), boards of walls ([`walls`](crate::walls)), rules and alerts ([`alerts`](crate::alerts)), and what is over
//! ([`history`](crate::history)); the tables and statements of each are its own.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use rusqlite_migration::{M, Migrations};

use crate::{
    access, alerts,
    config::Method,
    folder::{self, FolderError},
    history, ingest, pbx, settings, walls,
};

/// The store's file in the data folder.
pub const FILE_NAME: &str = "ringside.db";

/// How many refused deliveries are kept per tenant, and how many of those that belong to none.
pub const REFUSED_MAX: usize = 1000;

/// How many of them wait to be written at most. Beyond it they are not listed; counters have them all the same.
const REFUSED_QUEUE_MAX: usize = 1024;

/// How many share a commit.
const REFUSED_BATCH_MAX: usize = 256;

/// How long a statement waits for a lock that somebody else's tool holds.
const BUSY_AFTER: Duration = Duration::from_secs(2);

/// Each released shape of the file. Never changed, only added to.
const MIGRATIONS: &[M<'static>] = &[
    M::up(FIRST),
    M::up(access::TABLES),
    M::up(ingest::ENDPOINT_TABLES),
    M::up(settings::TABLES),
    M::up(pbx::TABLES),
    M::up(history::TABLES),
    M::up(settings::TARGET_PERCENT),
    M::up(alerts::TABLES),
    M::up(walls::TABLES),
];

const FIRST: &str = "
     CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE refused (
         id INTEGER PRIMARY KEY,
         tenant TEXT,
         at_ms INTEGER NOT NULL,
         endpoint TEXT NOT NULL,
         peer TEXT NOT NULL,
         reason TEXT NOT NULL
     ) STRICT;
     CREATE INDEX refused_by_tenant ON refused (tenant, id);";

/// A delivery that was not taken. Its body is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Whose endpoint it went to; `None` for an address that we never gave out.
    pub tenant: Option<TenantId>,
    /// When it came.
    pub at: UnixMillis,
    /// The endpoint's name, or the first 4 characters of an unknown id.
    pub endpoint: String,
    /// The sender's address.
    pub peer: String,
    /// Why, as a code of `ingest`.
    pub reason: String,
    /// By which method its sender tried to prove itself.
    pub method: Option<Method>,
    /// The endpoint's method at that time.
    pub wanted: Option<Method>,
    /// From the headers to the answer, in microseconds.
    pub took_us: Option<u32>,
}

/// A handle on `ringside.db`. Cheap to clone; blocks for the length of one small statement.
#[derive(Clone, Debug)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    /// Reads only, and so waits for nobody who writes.
    reader: Arc<Mutex<Connection>>,
    refusals: SyncSender<Refusal>,
}

/// What the thread that writes refused deliveries is told.
#[derive(Debug)]
enum Refusal {
    /// To be written.
    Write(Refused),
    /// To be answered when all before it is written.
    Flush(SyncSender<()>),
}

/// Why `ringside.db` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file can't be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// SQLite can't use it.
    #[error("ringside.db can't be used: {0}; check the disk of the data folder")]
    Sqlite(#[from] rusqlite::Error),
    /// It can't be brought to this version's shape.
    #[error(
        "ringside.db can't be brought to this version's shape: {0}; a newer Ringside may have written it: start that one again"
    )]
    Migration(#[from] rusqlite_migration::Error),
    /// The system has no randomness.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The system gave no thread.
    #[error("the store's thread can't be started: {0}; the system's limit of processes is reached")]
    Thread(std::io::Error),
    /// The thread that writes refused deliveries has ended.
    #[error("refused deliveries are no longer written; restart the server")]
    WriterGone,
}

impl Store {
    /// Opens or makes `ringside.db` in the data folder and brings it to this version's shape. The journal, whose lock keeps
    /// the folder ours, is opened first.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        folder::make(data)?;
        let path = data.join(FILE_NAME);
        folder::make_file(&path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(BUSY_AFTER)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "secure_delete", "FAST")?;
        Migrations::from_slice(MIGRATIONS).to_latest(&mut connection)?;
        let reader = Connection::open_with_flags(
            &path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        reader.busy_timeout(BUSY_AFTER)?;
        let (connection, reader) = (Arc::new(Mutex::new(connection)), Arc::new(Mutex::new(reader)));
        let (refusals, queue) = sync_channel(REFUSED_QUEUE_MAX);
        let store = Self { connection: Arc::clone(&connection), reader, refusals };
        thread::Builder::new()
            .name("refused".into())
            .spawn(move || write_refused(&connection, &queue))
            .map_err(StoreError::Thread)?;
        Ok(store)
    }

    /// Changes something in one transaction: all of what `change` does, or where it fails, nothing.
    pub fn with<T, E: From<rusqlite::Error>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = lock(&self.connection);
        // At once, so that another process that writes is waited for.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = change(&transaction)?;
        transaction.commit()?;
        Ok(made)
    }

    /// Looks something up, as it was committed last. Waits for no change that is under way.
    pub fn read<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        Ok(look(&lock(&self.reader))?)
    }

    /// A value of the folder's own, by its name.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let connection = lock(&self.connection);
        let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Keeps a value of the folder's own under a name, in place of the last one.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let connection = lock(&self.connection);
        let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
        statement.execute(params![key, value])?;
        Ok(())
    }

    /// The feed's epoch: an opaque text, another one when the journal begins anew or another version folds it, since revs
    /// of the two are not of one line then.
    pub fn epoch(&self, journal_created: bool, fold_version: u32) -> Result<String, StoreError> {
        let version = fold_version.to_string();
        if !journal_created
            && self.get("fold_version")?.as_deref() == Some(version.as_bytes())
            && let Some(epoch) = self.get("epoch")?
        {
            return Ok(String::from_utf8_lossy(&epoch).into_owned());
        }
        let epoch = URL_SAFE_NO_PAD.encode(random::<12>()?);
        self.set("epoch", epoch.as_bytes())?;
        self.set("fold_version", version.as_bytes())?;
        Ok(epoch)
    }

    /// The data folder's secret key, made once: it decides what an unknown endpoint is answered, the same after a restart.
    pub fn secret_key(&self) -> Result<[u8; 32], StoreError> {
        if let Some(key) = self.get("secret_key")?.and_then(|key| key.try_into().ok()) {
            return Ok(key);
        }
        let key = random::<32>()?;
        self.set("secret_key", &key)?;
        Ok(key)
    }

    /// Notes a refused delivery. Never blocks: it is written by a thread of its own, and left out when that is behind.
    pub fn refuse(&self, refused: Refused) {
        let _ = self.refusals.try_send(Refusal::Write(refused));
    }

    /// The refused deliveries of a tenant, or of none, newest first, at most `limit`. It waits for those noted before.
    pub fn refused(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<Refused>, StoreError> {
        let (written, wait) = sync_channel(0);
        self.refusals.send(Refusal::Flush(written)).map_err(|_| StoreError::WriterGone)?;
        wait.recv().map_err(|_| StoreError::WriterGone)?;
        let connection = lock(&self.connection);
        let mut statement = connection.prepare_cached(
            "SELECT tenant, at_ms, endpoint, peer, reason, method, wanted, took_us FROM refused WHERE tenant IS ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![tenant.map(TenantId::as_str), limit], read_refused)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], StoreError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
    Ok(bytes)
}

fn read_refused(row: &Row<'_>) -> rusqlite::Result<Refused> {
    let method = |column| -> rusqlite::Result<Option<Method>> {
        Ok(row.get::<_, Option<String>>(column)?.and_then(|word| Method::of(&word)))
    };
    Ok(Refused {
        tenant: row.get::<_, Option<String>>(0)?.map(TenantId::from),
        at: UnixMillis(row.get(1)?),
        endpoint: row.get(2)?,
        peer: row.get(3)?,
        reason: row.get(4)?,
        method: method(5)?,
        wanted: method(6)?,
        took_us: row.get(7)?,
    })
}

/// Writes refused deliveries until the last handle on the store is gone.
fn write_refused(connection: &Mutex<Connection>, queue: &Receiver<Refusal>) {
    while let Ok(first) = queue.recv() {
        let mut batch = Vec::new();
        let mut flushed = Vec::new();
        for refusal in std::iter::once(first).chain(queue.try_iter().take(REFUSED_BATCH_MAX)) {
            match refusal {
                Refusal::Write(refused) => batch.push(refused),
                Refusal::Flush(written) => flushed.push(written),
            }
        }
        if let Err(error) = write_batch(&mut lock(connection), &batch) {
            tracing::warn!(%error, count = batch.len(), "refused deliveries could not be listed");
        }
        for written in flushed {
            let _ = written.send(());
        }
    }
}

/// Writes a batch in one commit, and drops what is beyond the last [`REFUSED_MAX`] of each tenant.
fn write_batch(connection: &mut Connection, batch: &[Refused]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for refused in batch {
        let tenant = refused.tenant.as_ref().map(TenantId::as_str);
        transaction
            .prepare_cached(
                "INSERT INTO refused (tenant, at_ms, endpoint, peer, reason, method, wanted, took_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                tenant,
                refused.at.0,
                refused.endpoint,
                refused.peer,
                refused.reason,
                refused.method.map(Method::as_str),
                refused.wanted.map(Method::as_str),
                refused.took_us
            ])?;
        transaction
            .prepare_cached(
                "DELETE FROM refused WHERE tenant IS ?1 AND id <=
                 (SELECT id FROM refused WHERE tenant IS ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![tenant, REFUSED_MAX.cast_signed()])?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(tenant: Option<&str>, number: usize) -> Refused {
        Refused {
            tenant: tenant.map(TenantId::from),
            at: UnixMillis(1_786_000_000_000),
            endpoint: number.to_string(),
            peer: "192.0.2.7".into(),
            reason: "wrong-credentials".into(),
            method: Some(Method::Basic),
            wanted: Some(Method::Digest),
            took_us: Some(900),
        }
    }

    #[test]
    fn the_migrations_are_sound() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
    }

    #[test]
    fn the_epoch_stays_until_the_journal_or_the_fold_is_another() {
        let data = tempfile::tempdir().unwrap();
        let first = Store::open(data.path()).unwrap().epoch(true, 1).unwrap();
        let again = Store::open(data.path()).unwrap();
        assert_eq!(again.epoch(false, 1).unwrap(), first);
        let refolded = again.epoch(false, 2).unwrap();
        assert_ne!(refolded, first);
        assert_eq!(again.epoch(false, 2).unwrap(), refolded);
        assert_ne!(again.epoch(true, 2).unwrap(), refolded);
    }

    #[test]
    fn the_secret_key_is_made_once_per_folder() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = Store::open(one.path()).unwrap().secret_key().unwrap();
        assert_eq!(Store::open(one.path()).unwrap().secret_key().unwrap(), key);
        assert_ne!(Store::open(other.path()).unwrap().secret_key().unwrap(), key);
        assert_eq!(folder::mode(&one.path().join(FILE_NAME)), 0o600);
    }

    #[test]
    fn the_last_thousand_refused_deliveries_of_each_tenant_are_listed_newest_first() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        let quiet = TenantId::from("quiet");
        store.refuse(refused(Some("quiet"), 0));
        for number in 0..REFUSED_MAX + 50 {
            store.refuse(refused(None, number));
            if number % 100 == 0 {
                // The queue is bounded; nothing is to be left out here.
                store.refused(None, 0).unwrap();
            }
        }
        let unknown = store.refused(None, usize::MAX).unwrap();
        assert_eq!(unknown.len(), REFUSED_MAX);
        assert_eq!(unknown[0], refused(None, REFUSED_MAX + 49));
        assert_eq!(unknown[REFUSED_MAX - 1], refused(None, 50));
        drop(store);
        let store = Store::open(data.path()).unwrap();
        assert_eq!(store.refused(Some(&quiet), 10).unwrap(), [refused(Some("quiet"), 0)]);
        assert_eq!(store.refused(None, 3).unwrap(), unknown[..3]);
    }

    #[test]
    fn refusing_never_waits_for_the_disk() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        let held = lock(&store.connection);
        // More than the queue holds, while nothing can be written. A call that waits would never return.
        for number in 0..REFUSED_QUEUE_MAX * 3 {
            store.refuse(refused(Some("acme"), number));
        }
        drop(held);
        assert!(!store.refused(Some(&TenantId::from("acme")), 1).unwrap().is_empty());
    }
}
