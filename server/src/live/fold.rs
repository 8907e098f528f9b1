//! The folding thread: every entry of the journal, in order, into its tenant's board, and what changed to the readers.
//!
//! It starts at the journal's beginning, since nothing else is kept of a board. New entries come by a shortcut right after
//! their commit; where the shortcut left some out, the journal is read.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
    thread,
};

use model::{
    board::Board,
    entry::{Clock as ClockEntry, Entry},
    id::{Seq, TenantId},
    time::{Millis, UnixMillis},
};
use tokio::{
    sync::{
        mpsc::{Receiver, error::TryRecvError},
        watch,
    },
    task::JoinHandle,
};

use super::{
    Said, Summary, Tenants,
    meaning::meaning,
    tick::{self, Calendar},
};
use crate::{
    clock::Clock,
    ingest::Ingest,
    journal::{EntryKind, Journal, ReadError, StoredEntry},
};

/// The version of decoder and fold together. Another one means other rows from the same entries: the feed's epoch changes.
pub const FOLD_VERSION: u32 = 3;

/// How many entries a read of the journal takes. Their bodies are in memory at once: a few MiB.
const READ_ENTRIES: usize = 2_000;

/// How far the fold is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The newest folded entry.
    pub folded: Seq,
    /// Whether all that the journal held at the start is folded. It stays so.
    pub caught_up: bool,
}

/// What the fold needs.
pub struct Parts {
    /// Where the entries are.
    pub journal: Journal,
    /// Entries right after their commit.
    pub committed: Receiver<Arc<StoredEntry>>,
    /// Where the rows go.
    pub tenants: Tenants,
    /// Who hears how each delivery was understood.
    pub ingest: Ingest,
    /// What tells when time has decided something.
    pub clock: Clock,
    /// When each tenant's days begin.
    pub days: Calendar,
}

/// Why there is no fold.
#[derive(Debug, thiserror::Error)]
#[error("the folding thread can't be started: {0}; the system's limit of processes is reached")]
pub struct FoldError(std::io::Error);

/// Starts the thread. It ends when the journal is closed.
pub fn start(parts: Parts) -> Result<watch::Receiver<Progress>, FoldError> {
    let (progress, receiver) = watch::channel(Progress::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(FoldError)?;
    thread::Builder::new()
        .name("fold".into())
        .spawn(move || runtime.block_on(Fold::new(parts, progress, apply).run()))
        .map_err(FoldError)?;
    Ok(receiver)
}

/// One entry into one board. A parameter of the fold, so that a test can have it panic.
type Apply = fn(&mut Board, &Entry) -> Vec<model::board::Change>;

fn apply(board: &mut Board, entry: &Entry) -> Vec<model::board::Change> {
    board.apply(entry)
}

struct Fold {
    parts: Parts,
    progress: watch::Sender<Progress>,
    apply: Apply,
    boards: HashMap<TenantId, Board>,
    folded: Seq,
    /// Entries whose folding panicked.
    poison: BTreeSet<Seq>,
    /// Clock's entries on their way into the journal.
    ticking: Option<JoinHandle<()>>,
    /// Moments to which PBXs' clocks went back, found while folding.
    rebases: Vec<(TenantId, UnixMillis)>,
    unknown_fields: HashMap<TenantId, BTreeMap<String, u64>>,
    /// When the boards were last summed up, and up to where.
    summed: (UnixMillis, Seq),
}

impl Fold {
    fn new(parts: Parts, progress: watch::Sender<Progress>, apply: Apply) -> Self {
        let boards = parts.tenants.iter().map(|tenant| (tenant.key().clone(), Board::new())).collect();
        Self {
            parts,
            progress,
            apply,
            boards,
            folded: Seq(0),
            poison: BTreeSet::new(),
            ticking: None,
            rebases: Vec::new(),
            unknown_fields: HashMap::new(),
            summed: (UnixMillis(0), Seq(0)),
        }
    }

    async fn run(mut self) {
        let mut newest = self.parts.journal.newest();
        let mut ticks = tokio::time::interval(TICK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let durable = *newest.borrow_and_update();
            match self.parts.committed.try_recv() {
                Ok(entry) if entry.seq.0 == self.folded.0 + 1 => self.fold(&entry),
                Ok(entry) if entry.seq <= self.folded => {}
                Ok(_) => self.read().await,
                Err(TryRecvError::Empty) if durable > self.folded => self.read().await,
                Err(TryRecvError::Empty) => {
                    self.tell();
                    tokio::select! {
                        _ = ticks.tick() => self.tick(),
                        changed = newest.changed() => if changed.is_err() { return },
                        entry = self.parts.committed.recv() => match entry {
                            Some(entry) if entry.seq.0 == self.folded.0 + 1 => self.fold(&entry),
                            Some(_) => {}
                            None => return,
                        },
                    }
                }
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Says how far the fold is; called where everything durable is folded.
    fn tell(&self) {
        self.progress.send_if_modified(|progress| {
            let now = Progress { folded: self.folded, caught_up: true };
            std::mem::replace(progress, now) != now
        });
    }

    /// Writes into the journal what time has decided, if all that was written before is folded.
    fn tick(&mut self) {
        self.sum_up();
        if self.ticking.as_ref().is_some_and(|ticking| !ticking.is_finished()) {
            return;
        }
        let now = self.parts.clock.now();
        let mut entries = Vec::new();
        for (tenant, board) in &self.boards {
            let Some(days) = self.parts.days.get(tenant) else { continue };
            let skew = self.parts.ingest.skew(tenant);
            let mut due = tick::due(board, &days, now, skew);
            // Only the last: a clock that went back twice is where it is now.
            let rebase = self.rebases.iter().rev().find(|(of, _)| of == tenant);
            due.extend(rebase.map(|(_, t)| ClockEntry::Rebase { t: *t }));
            entries.extend(due.iter().map(|clock| tick::entry(tenant, now, skew, clock)));
        }
        self.rebases.clear();
        if entries.is_empty() {
            return;
        }
        let journal = self.parts.journal.clone();
        self.ticking = Some(tokio::spawn(async move {
            for entry in entries {
                // What could not be written is due again at the next tick.
                if let Err(error) = journal.append(entry).await {
                    tracing::debug!(%error, "what time decided is not in the journal yet");
                    return;
                }
            }
        }));
    }

    /// Tells readers what is said of each board as a whole.
    fn sum_up(&mut self) {
        let now = self.parts.clock.now();
        if self.summed.1 == self.folded || now.since(self.summed.0) < SUM_EVERY {
            return;
        }
        self.summed = (now, self.folded);
        for (tenant, board) in &self.boards {
            let Some(live) = self.parts.tenants.get(tenant) else { continue };
            let summary = Summary {
                figures: board.figures(),
                persons: board.persons(),
                counts: board.counts().clone(),
                unknown_fields: self.unknown_fields.get(tenant).cloned().unwrap_or_default(),
            };
            *live.summary.lock().unwrap_or_else(PoisonError::into_inner) = summary;
        }
    }

    /// Folds what the journal holds beyond what was folded.
    async fn read(&mut self) {
        loop {
            let read = match self.parts.journal.read_from(self.folded, READ_ENTRIES) {
                Ok(read) => read,
                Err(error) => {
                    tracing::error!(%error, "the boards stand still");
                    tokio::time::sleep(RETRY_AFTER).await;
                    return;
                }
            };
            if read.upto <= self.folded {
                return;
            }
            for entry in &read.entries {
                self.fold(entry);
            }
            self.folded = read.upto;
            self.progress.send_modify(|progress| progress.folded = self.folded);
        }
    }

    fn fold(&mut self, stored: &StoredEntry) {
        self.folded = stored.seq;
        let tenant = &stored.entry.tenant;
        let Some(live) = self.parts.tenants.get(tenant).map(|live| Arc::clone(&live)) else {
            return;
        };
        let changes = self.apply_caught(stored, true).unwrap_or_else(|| {
            self.rebuild(tenant, stored.seq);
            Vec::new()
        });
        if stored.entry.kind == EntryKind::Admin
            && let Some(board) = self.boards.get(tenant)
        {
            let directory = board.directory().unwrap_or_default();
            live.rows().list(directory.iter().map(|line| line.number.clone()).collect());
            let said =
                Said { settings: board.settings().cloned(), directory: board.directory().map(<[_]>::to_vec) };
            *live.said.lock().unwrap_or_else(PoisonError::into_inner) = said;
        }
        live.rows().put(stored.seq, changes);
        live.offset.send_replace(stored.seq);
    }

    /// Decodes and applies one entry. `None` where that panicked: the board may then be half done.
    fn apply_caught(&mut self, stored: &StoredEntry, first_time: bool) -> Option<Vec<model::board::Change>> {
        if self.poison.contains(&stored.seq) {
            return Some(Vec::new());
        }
        let board = self.boards.get_mut(&stored.entry.tenant)?;
        let (ingest, apply) = (first_time.then_some(&self.parts.ingest), self.apply);
        let tenant = stored.entry.tenant.clone();
        let mut fields = first_time.then(|| self.unknown_fields.entry(tenant).or_default());
        let (changes, rebase) = catch_unwind(AssertUnwindSafe(|| {
            let (entry, rebase) = meaning(stored, ingest, fields.as_deref_mut());
            (entry.map_or_else(Vec::new, |entry| apply(board, &entry)), rebase)
        }))
        .ok()?;
        // What the journal's own past shows was decided then.
        let rebase = rebase.filter(|_| self.progress.borrow().caught_up);
        self.rebases.extend(rebase.map(|t| (stored.entry.tenant.clone(), t)));
        Some(changes)
    }

    /// Folds a tenant's board anew up to and without an entry that can't be folded. Rows that were told stay right: the
    /// same entries give the same rows, and of the bad entry none was told.
    fn rebuild(&mut self, tenant: &TenantId, bad: Seq) {
        tracing::error!(
            seq = bad.0,
            "entry {bad} could not be folded and is left out; please report it, it stays in the journal"
        );
        self.poison.insert(bad);
        self.boards.insert(tenant.clone(), Board::new());
        if let Err(error) = self.refold(tenant, bad) {
            tracing::error!(%error, "the board was not folded anew to its end; restart the server");
        }
    }

    fn refold(&mut self, tenant: &TenantId, upto: Seq) -> Result<(), ReadError> {
        let mut after = Seq(0);
        while after < upto {
            let read = self.parts.journal.read_from(after, READ_ENTRIES)?;
            if read.upto <= after {
                return Ok(());
            }
            after = read.upto;
            for stored in
                read.entries.iter().filter(|stored| stored.seq <= upto && stored.entry.tenant == *tenant)
            {
                // It did not panic before: the same entries, the same board.
                self.apply_caught(stored, false);
            }
        }
        Ok(())
    }
}

/// How often a board is summed up.
const SUM_EVERY: Millis = Millis::seconds(2);

/// How often it is looked whether time has decided something.
const TICK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// How long the fold waits before it reads a journal again that could not be read.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

#[cfg(test)]
mod tests;
