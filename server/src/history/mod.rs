//! The history: every finished call and every finished visit to a queue, in `ringside.db`.
//!
//! It is made of what the fold says is over ([`model::board::Past`]), so the journal is its only source:
//! - `follow`: the fold tells it, in batches, and does not wait; a thread of its own writes.
//! - `write`: rows, lists of names, and up to where the journal is told, in one transaction. `schema` has the tables.
//! - `search`: looking for rows, as an audience sees them. `source`: in which list it looks. `row`: what it looks at.
//! - `csv`: the same as a file.
//!
//! Invariants
//! - A start goes on where the last transaction ended: nothing is missing, and what is told twice is there once.
//! - A late event changes the row, and a call that goes on after its end has none until it ends again.
//! - What the journal no longer holds stays. Another version of the fold tells all again that the journal holds; only when it has
//!   come to the end, rows that it did not find go.
//! - Nobody finds a row by what is hidden of it.
//!
//! Not here: who may ask (`web`), what is live (`live`).

pub mod csv;
mod follow;
mod row;
mod schema;
mod search;
mod source;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use model::{
    id::{CallId, Seq, TenantId},
    view::{Seen, Sight},
    wire::{PastCall, PastVisit},
};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tokio::sync::{mpsc, watch};

pub use follow::Follower;
pub use row::{PART_CHARS_MIN, place};
pub use schema::TABLES;
pub use search::{BUDGET, Found, Key, KeySyntax, Search};

use crate::{
    clock::Clock,
    settings::Settings,
    store::{FILE_NAME, Store, StoreError},
};
use follow::Scribe;
use row::Row;
use write::Writer;

/// Finished calls are kept for so many days unless something else is said.
pub(crate) const DAYS_DEFAULT: u32 = 400;

/// Connections that are kept open for the next search.
const READERS_KEPT: usize = 4;

/// Memory that a connection keeps of the file, in KiB.
const READER_CACHE_KIB: i64 = 4096;

/// Why the history can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row is of a newer version.
    #[error(
        "a finished call in ringside.db can't be read: {0}; a newer Ringside may have written it: start that one"
    )]
    Record(serde_json::Error),
    /// The system gave no thread.
    #[error("the history's thread can't be started: {0}; the system's limit of processes is reached")]
    Thread(std::io::Error),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What it works with.
pub struct Setup<'a> {
    /// Where it is written.
    pub store: Store,
    /// The data folder.
    pub data: &'a Path,
    /// The journal's name, as the feed has it.
    pub epoch: &'a str,
    /// The fold's version.
    pub fold: u32,
    /// The newest entry of the journal.
    pub newest: Seq,
    /// Our clock.
    pub clock: Clock,
    /// For how many days each tenant's calls are kept.
    pub settings: Settings,
}

/// A handle on the history. Cheap to clone.
#[derive(Clone, Debug)]
pub struct History(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Connections that nobody uses at the moment.
    readers: Mutex<Vec<Connection>>,
    upto: watch::Receiver<Seq>,
}

impl History {
    /// Starts what writes. The fold follows with the other part.
    pub fn start(setup: Setup<'_>) -> Result<(Self, Follower), HistoryError> {
        let Setup { store, data, epoch, fold, newest, clock, settings } = setup;
        let State { upto: known, pass, whole } = store.with(|change| begin(change, epoch, fold, newest))?;
        let (upto, told) = watch::channel(known);
        let (sender, batches) = mpsc::channel(1);
        let scribe = Scribe { store, writer: Writer::new(pass), clock, settings, sweeps: !whole, upto };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(HistoryError::Thread)?;
        thread::Builder::new()
            .name("history".into())
            .spawn(move || runtime.block_on(scribe.run(batches)))
            .map_err(HistoryError::Thread)?;
        let inner = Inner { path: data.join(FILE_NAME), readers: Mutex::default(), upto: told };
        Ok((Self(Arc::new(inner)), Follower::new(sender, known)))
    }

    /// Up to which entry of the journal all is here.
    pub fn upto(&self) -> watch::Receiver<Seq> {
        self.0.upto.clone()
    }

    /// Finished calls, newest first, at most `limit`.
    pub fn calls(
        &self,
        tenant: &TenantId,
        search: &Search,
        sight: &Sight,
        limit: usize,
    ) -> Result<Found<PastCall>, HistoryError> {
        self.read(|connection| search::find(connection, tenant, search, sight, limit))
    }

    /// Finished visits likewise.
    pub fn visits(
        &self,
        tenant: &TenantId,
        search: &Search,
        sight: &Sight,
        limit: usize,
    ) -> Result<Found<PastVisit>, HistoryError> {
        self.read(|connection| search::find(connection, tenant, search, sight, limit))
    }

    /// One finished call.
    pub fn call(
        &self,
        tenant: &TenantId,
        id: &CallId,
        sight: &Sight,
    ) -> Result<Option<Seen<PastCall>>, HistoryError> {
        let record = self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT record FROM past_call WHERE tenant = ?1 AND call = ?2 AND id = ''")?;
            let record: Option<String> =
                statement.query_row(params![tenant.as_str(), id.as_str()], |row| row.get(0)).optional()?;
            Ok(record)
        })?;
        let Some(record) = record else { return Ok(None) };
        let call: PastCall = serde_json::from_str(&record).map_err(HistoryError::Record)?;
        Ok(call.see(sight))
    }

    /// Reads with a connection of nobody else's, so that a long search holds up no other one, nor who signs in.
    fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T, HistoryError>) -> Result<T, HistoryError> {
        let kept = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open(&self.0.path)?,
        };
        let found = look(&connection)?;
        let mut readers = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        Ok(found)
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Where the history stands as it begins.
struct State {
    upto: Seq,
    pass: i64,
    whole: bool,
}

/// Where to go on: at the last entry that is told, or at the journal's beginning where it, or the fold, is another one.
fn begin(
    change: &rusqlite::Transaction<'_>,
    epoch: &str,
    fold: u32,
    newest: Seq,
) -> Result<State, HistoryError> {
    let known = change
        .query_row("SELECT upto, epoch, fold, pass, first_pass, whole FROM past_state", [], |row| {
            Ok((
                Seq(row.get::<_, i64>(0)?.unsigned_abs()),
                row.get::<_, String>(1)?,
                row.get::<_, u32>(2)?,
                row.get::<_, i64>(3)?,
                row.get::<_, i64>(4)?,
                row.get::<_, bool>(5)?,
            ))
        })
        .optional()?;
    let (pass, first_pass) = match known {
        Some((upto, its, of, pass, _, whole)) if its == epoch && of == fold && upto <= newest => {
            return Ok(State { upto, pass, whole });
        }
        // The same journal, read by another version: the feed's epoch is then another one too.
        Some((upto, _, of, pass, first_pass, _)) if of != fold && upto <= newest && newest > Seq(0) => {
            (pass + 1, first_pass)
        }
        // Another journal: what is kept of the old one stays.
        Some((.., pass, _, _)) => (pass + 1, pass + 1),
        None => (1, 1),
    };
    change.execute(
        "INSERT OR REPLACE INTO past_state (one, upto, epoch, fold, pass, first_pass, whole) VALUES (1, 0, ?1, ?2, ?3, ?4, 0)",
        params![epoch, fold, pass, first_pass],
    )?;
    Ok(State { upto: Seq(0), pass, whole: false })
}

#[cfg(test)]
mod tests;
