//! The writer: a plain thread, since SQLite blocks. It alone writes the file and gives out `seq`.
//!
//! It takes what queued while the last sync ran, commits that as one, and answers all of it. There is no timer: a waiting
//! window would only add its own length. Beside it runs the checkpointer, on a connection of its own, so that no commit
//! pays for copying the WAL.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use model::id::{Seq, TenantId};
use rusqlite::{Connection, params, params_from_iter, types::ToSqlOutput};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::{
    AppendError, BATCH_ENTRIES_MAX, Meter, NewEntry, OpenError, SLOW_AFTER, StoredEntry, WAL_BYTES_MAX, file,
};
use crate::folder::Lock;

/// How often the WAL is copied to the main file.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(3);

/// It is copied earlier when so many bytes of rows were written since: an overwritten WAL syncs twice as fast as a growing one.
const CHECKPOINT_BYTES: usize = 16 << 20;

/// What a row costs beside its texts and body, for the count above.
const ROW_BYTES: usize = 200;

/// How long a RESTART may wait for readers, and how long the next one waits after one that a reader kept from ending.
const RESTART_WAITS: Duration = Duration::from_millis(100);
const RESTART_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A body above this size is left out of the shortcut, whose whole size stays bounded by that.
const SHORTCUT_BODY_BYTES_MAX: usize = 64 << 10;

/// How many rows leave in one transaction: a commit of appends waits for no more.
const FORGOTTEN_ROWS_MAX: u64 = 1000;

/// How many free pages of the file are given back after it.
const PAGES_GIVEN_BACK: u32 = 2000;

/// What the writer is asked.
#[derive(Debug)]
pub enum Asked {
    /// To keep an entry.
    Append(Waiting),
    /// To let old ones go.
    Forget(Forget),
}

/// A tenant's oldest entries that are to leave.
#[derive(Debug)]
pub struct Forget {
    /// Whose.
    pub tenant: TenantId,
    /// The newest of them.
    pub upto: Seq,
    /// What left.
    pub answer: SyncSender<rusqlite::Result<Forgotten>>,
}

/// Rows that left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many.
    pub rows: u64,
    /// Whether there are more to go.
    pub more: bool,
}

/// One append that waits for its answer.
#[derive(Debug)]
pub struct Waiting {
    /// What is to be kept.
    pub entry: NewEntry,
    /// Since when it waits.
    pub since: Instant,
    /// Where its answer goes.
    pub answer: oneshot::Sender<Result<Seq, AppendError>>,
    /// Its share of the queue's bytes.
    pub _bytes: OwnedSemaphorePermit,
}

/// Who is told: the fold, those who watch, and the numbers.
pub type Told = (mpsc::Sender<Arc<StoredEntry>>, watch::Sender<Seq>, Arc<Meter>);

/// The writer's own state.
pub struct Writer {
    path: PathBuf,
    /// `None` after a failure: the next batch opens the file anew.
    connection: Option<Connection>,
    /// The greatest `seq` ever committed here.
    last: Seq,
    committed: mpsc::Sender<Arc<StoredEntry>>,
    newest: watch::Sender<Seq>,
    meter: Arc<Meter>,
    checkpointer: Checkpointer,
    bytes_since_checkpoint: usize,
    restart_not_before: Instant,
    lock: Lock,
}

impl Writer {
    /// A writer on an open file.
    pub fn new(
        path: PathBuf,
        connection: Connection,
        (committed, newest, meter): Told,
        lock: Lock,
    ) -> Result<Self, OpenError> {
        let last = *newest.borrow();
        let checkpointer = Checkpointer::start(path.clone()).map_err(OpenError::Thread)?;
        Ok(Self {
            path,
            connection: Some(connection),
            last,
            committed,
            newest,
            meter,
            checkpointer,
            bytes_since_checkpoint: 0,
            restart_not_before: Instant::now(),
            lock,
        })
    }

    /// Writes what comes until the queue is closed and empty, then closes the file. `closed` is dropped last.
    pub fn run(mut self, mut queue: mpsc::Receiver<Asked>, closed: watch::Sender<()>) {
        let mut asked = Vec::with_capacity(BATCH_ENTRIES_MAX);
        let mut batch = Vec::with_capacity(BATCH_ENTRIES_MAX);
        let mut forget = Vec::new();
        while queue.blocking_recv_many(&mut asked, BATCH_ENTRIES_MAX) > 0 {
            for one in asked.drain(..) {
                match one {
                    // Those who waited too long were told so, and try again. Writing them would only make the others late.
                    Asked::Append(waiting) if waiting.since.elapsed() < SLOW_AFTER => batch.push(waiting),
                    Asked::Append(_) => {}
                    Asked::Forget(old) => forget.push(old),
                }
            }
            self.write(&mut batch);
            for old in forget.drain(..) {
                let forgotten = self.forget(&old.tenant, old.upto);
                let _ = old.answer.send(forgotten);
            }
            self.mind_the_wal();
        }
        self.checkpointer.stop();
        if let Some(connection) = self.connection.take() {
            if let Err(error) = file::checkpoint(&connection, "TRUNCATE") {
                tracing::warn!(%error, "the journal was closed without copying its WAL; the next start does that");
            }
            if let Err((_, error)) = connection.close() {
                tracing::warn!(%error, "the journal's file did not close well");
            }
        }
        drop(self.lock);
        drop(closed);
    }

    /// Commits a batch and answers it. Leaves it empty.
    fn write(&mut self, batch: &mut Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        let started = Instant::now();
        match self.commit(batch) {
            Ok(bytes) => {
                self.bytes_since_checkpoint += bytes;
                self.meter.committed(batch.len(), bytes, started.elapsed());
                self.publish(batch);
            }
            Err(error) => {
                tracing::error!(%error, entries = batch.len(), "the journal can't write; deliveries get 503 until it can");
                self.meter.failed();
                let error = Arc::new(error);
                for waiting in batch.drain(..) {
                    // Who has gone needs no answer.
                    let _ = waiting.answer.send(Err(AppendError::Failed(Arc::clone(&error))));
                }
                self.connection = None;
            }
        }
        let took = started.elapsed();
        if took > SLOW_AFTER {
            tracing::error!(
                took_ms = took.as_millis(),
                "a commit took too long; the journal's file is opened anew"
            );
            self.connection = None;
        }
    }

    /// Lets some of a tenant's oldest entries go.
    fn forget(&mut self, tenant: &TenantId, upto: Seq) -> rusqlite::Result<Forgotten> {
        // After a failure the next append opens the file; then they are asked for again.
        let Some(connection) = &self.connection else { return Ok(Forgotten { rows: 0, more: false }) };
        let rows = connection
            .prepare_cached(
                "DELETE FROM entry WHERE seq IN
                 (SELECT seq FROM entry WHERE seq <= ?1 AND seq < (SELECT max(seq) FROM entry) AND tenant = ?2
                  ORDER BY seq LIMIT ?3)",
            )?
            .execute(params![upto.0.cast_signed(), tenant.as_str(), FORGOTTEN_ROWS_MAX.cast_signed()])?;
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES_GIVEN_BACK})"))?;
        let rows = rows as u64;
        Ok(Forgotten { rows, more: rows == FORGOTTEN_ROWS_MAX })
    }

    /// One transaction, one sync. Gives the bytes written, about.
    fn commit(&mut self, batch: &[Waiting]) -> Result<usize, OpenError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let connection = file::open_writer(&self.path)?;
                // A commit that failed may have become durable all the same.
                self.last = self.last.max(file::last_seq(&connection)?);
                none.insert(connection)
            }
        };
        let mut bytes = 0;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(file::INSERT)?;
            for (seq, waiting) in (self.last.0 + 1..).map(Seq).zip(batch) {
                let row = file::row(seq, &waiting.entry);
                insert.execute(params_from_iter(row.map(ToSqlOutput::Borrowed)))?;
                bytes += waiting.entry.body.len() + ROW_BYTES;
            }
        }
        transaction.commit()?;
        Ok(bytes)
    }

    /// Tells of a committed batch: first the fold's shortcut and the watchers, then those who wait.
    fn publish(&mut self, batch: &mut Vec<Waiting>) {
        let mut answers = Vec::with_capacity(batch.len());
        for waiting in batch.drain(..) {
            self.last = Seq(self.last.0 + 1);
            answers.push((waiting.answer, self.last));
            if waiting.entry.body.len() <= SHORTCUT_BODY_BYTES_MAX {
                // Full, or nobody listens: the fold reads the file then.
                let _ =
                    self.committed.try_send(Arc::new(StoredEntry { seq: self.last, entry: waiting.entry }));
            }
        }
        self.newest.send_replace(self.last);
        for (answer, seq) in answers {
            let _ = answer.send(Ok(seq));
        }
    }

    /// Between batches: has the WAL copied in time, and starts it anew where copying alone does not keep it small.
    fn mind_the_wal(&mut self) {
        if self.bytes_since_checkpoint >= CHECKPOINT_BYTES {
            self.bytes_since_checkpoint = 0;
            self.checkpointer.wake();
        }
        let Some(connection) = &self.connection else { return };
        if wal_bytes(&self.path) <= WAL_BYTES_MAX || Instant::now() < self.restart_not_before {
            return;
        }
        let restarted = connection
            .busy_timeout(RESTART_WAITS)
            .and_then(|()| file::checkpoint(connection, "RESTART"))
            .and_then(|result| connection.busy_timeout(file::BUSY_AFTER).map(|()| result));
        self.restart_not_before = Instant::now() + RESTART_AGAIN_AFTER;
        match restarted {
            Ok(true) => {
                tracing::warn!("a reader keeps the journal's WAL from being used anew; it grows meanwhile");
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the journal's WAL can't be copied; its file is opened anew");
                self.connection = None;
            }
        }
    }
}

/// How long the WAL file is. It keeps its greatest length, up to its limit, also when its start is in use again.
fn wal_bytes(path: &Path) -> u64 {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).map_or(0, |metadata| metadata.len())
}

/// The thread that copies the WAL to the main file.
struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    fn start(path: PathBuf) -> std::io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let thread =
            thread::Builder::new().name("checkpoint".into()).spawn(move || copy_often(&path, &woken))?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Asks for a copy now. One that was asked for already is enough.
    fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
    }

    fn stop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The checkpointer's life.
fn copy_often(path: &Path, woken: &Receiver<()>) {
    let mut connection = None;
    while !matches!(woken.recv_timeout(CHECKPOINT_EVERY), Err(RecvTimeoutError::Disconnected)) {
        let copied = match &connection {
            Some(connection) => file::checkpoint(connection, "PASSIVE"),
            None => file::open_beside(path)
                .and_then(|opened| file::checkpoint(connection.insert(opened), "PASSIVE")),
        };
        match copied {
            Ok(busy) => tracing::trace!(busy, "the journal's WAL was copied"),
            Err(error) => {
                tracing::warn!(%error, "the journal's WAL was not copied; that is tried again");
                connection = None;
            }
        }
    }
}
