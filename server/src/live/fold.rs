//! The folding thread: every entry of the journal, in order, into its tenant's board, and what changed to the readers.
//!
//! It starts at the newest snapshot, or at the journal's beginning. New entries come by a shortcut right after their commit;
//! where the shortcut left some out, the journal is read.

mod take_up;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, mpsc},
    thread,
};

use model::{
    entry::Clock as ClockEntry,
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
    LiveTenant, Said, Summary, Tenants,
    boards::{Applied, Apply, Boards, Folded, Poison, apply},
    keep::Keeper,
    snapshot::{self, SnapshotError},
    tick::{self, Calendar},
};
use crate::{
    clock::Clock,
    history::Follower,
    ingest::Ingest,
    journal::{EntryKind, Journal, ReadError, Retentions, StoredEntry},
};

/// The version of decoder and fold together. Another one means other rows from the same entries: the feed's epoch changes.
pub const FOLD_VERSION: u32 = 5;

/// How many entries a read of the journal takes. Their bodies are in memory at once: a few MiB.
const READ_ENTRIES: usize = 2_000;

/// How many entries before the snapshot are told to `ingest` again, which learns from the last deliveries.
const HEARD_AGAIN: usize = 2_000;

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
    /// The folder of the snapshots.
    pub data: PathBuf,
    /// How long entries stay in the journal.
    pub retentions: Retentions,
    /// Who keeps what is over; `None` where nobody does.
    pub history: Option<Follower>,
}

/// Why there is no fold.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The system gave no thread.
    #[error("the folding thread can't be started: {0}; the system's limit of processes is reached")]
    Thread(#[from] std::io::Error),
    /// The boards' snapshot can't be used.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Starts the thread, and the keeper's beside it. They end when the journal is closed.
pub fn start(parts: Parts) -> Result<watch::Receiver<Progress>, FoldError> {
    let (progress, receiver) = watch::channel(Progress::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let poison = Poison::default();
    let keeper = Keeper {
        data: parts.data.clone(),
        journal: parts.journal.clone(),
        progress: receiver.clone(),
        poison: Arc::clone(&poison),
        tenants: parts.tenants.iter().map(|tenant| tenant.key().clone()).collect(),
        apply,
        retentions: parts.retentions.clone(),
        clock: parts.clock,
    };
    let (living, alive) = mpsc::channel();
    thread::Builder::new().name("keep".into()).spawn(move || keeper.run(&alive))?;
    thread::Builder::new().name("fold".into()).spawn(move || {
        runtime.block_on(Fold::new(parts, progress, poison, apply).run());
        drop::<mpsc::Sender<()>>(living);
    })?;
    Ok(receiver)
}

pub(super) struct Fold {
    parts: Parts,
    progress: watch::Sender<Progress>,
    apply: Apply,
    boards: Boards,
    /// Entries whose folding panicked.
    poison: Poison,
    /// Clock's entries on their way into the journal.
    ticking: Option<JoinHandle<()>>,
    /// Moments to which PBXs' clocks went back, found while folding.
    rebases: Vec<(TenantId, UnixMillis)>,
    /// When the boards were last summed up, and up to where.
    summed: (UnixMillis, Seq),
    /// Entries that were folded one by one since the history was told.
    untold: u32,
}

impl Fold {
    pub(super) fn new(parts: Parts, progress: watch::Sender<Progress>, poison: Poison, apply: Apply) -> Self {
        Self {
            parts,
            progress,
            apply,
            boards: Boards::default(),
            poison,
            ticking: None,
            rebases: Vec::new(),
            summed: (UnixMillis(0), Seq(0)),
            untold: 0,
        }
    }

    /// Folds until the journal is closed.
    pub(super) async fn run(mut self) {
        self.take_up();
        let mut newest = self.parts.journal.newest();
        let mut ticks = tokio::time::interval(TICK_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let durable = *newest.borrow_and_update();
            match self.parts.committed.try_recv() {
                Ok(entry) if entry.seq.0 == self.boards.seq.0 + 1 => self.fold_next(&entry).await,
                Ok(entry) if entry.seq <= self.boards.seq => {}
                Ok(_) => self.read().await,
                Err(TryRecvError::Empty) if durable > self.boards.seq => self.read().await,
                Err(TryRecvError::Empty) => {
                    self.tell();
                    tokio::select! {
                        _ = ticks.tick() => {
                            self.tick();
                            self.tell_history().await;
                        }
                        changed = newest.changed() => if changed.is_err() { return },
                        entry = self.parts.committed.recv() => match entry {
                            Some(entry) if entry.seq.0 == self.boards.seq.0 + 1 => {
                                self.fold_next(&entry).await;
                            }
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
            let now = Progress { folded: self.boards.seq, caught_up: true };
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
        for (tenant, folded) in &self.boards.tenants {
            let Some(days) = self.parts.days.get(tenant) else { continue };
            let skew = self.parts.ingest.skew(tenant);
            let mut due = tick::due(&folded.board, &days, now, skew);
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
        if self.summed.1 == self.boards.seq || now.since(self.summed.0) < SUM_EVERY {
            return;
        }
        self.summed = (now, self.boards.seq);
        for (tenant, folded) in &self.boards.tenants {
            let Some(live) = self.parts.tenants.get(tenant) else { continue };
            live.summary.send_replace(Summary {
                seq: self.boards.seq,
                figures: folded.board.figures(),
                persons: folded.board.persons(),
                counts: folded.board.counts().clone(),
                unknown_fields: folded.unknown_fields.clone(),
            });
        }
    }

    /// Folds what the journal holds beyond what was folded.
    async fn read(&mut self) {
        loop {
            let read = match self.parts.journal.read_from(self.boards.seq, READ_ENTRIES) {
                Ok(read) => read,
                Err(error) => {
                    tracing::error!(%error, "the boards stand still");
                    tokio::time::sleep(RETRY_AFTER).await;
                    return;
                }
            };
            if read.upto <= self.boards.seq {
                return;
            }
            for entry in &read.entries {
                self.fold(entry);
            }
            self.boards.seq = read.upto;
            self.tell_history().await;
            self.progress.send_modify(|progress| progress.folded = read.upto);
        }
    }

    /// Tells the history what is over.
    async fn tell_history(&mut self) {
        self.untold = 0;
        let caught_up = self.progress.borrow().caught_up;
        if let Some(history) = &mut self.parts.history {
            history.follow(&mut self.boards, caught_up).await;
        }
    }

    /// Folds an entry that came right after its commit. Under load there is never a moment without one.
    async fn fold_next(&mut self, stored: &StoredEntry) {
        self.fold(stored);
        self.untold += 1;
        if self.untold >= TELL_EVERY {
            self.tell_history().await;
        }
    }

    fn fold(&mut self, stored: &StoredEntry) {
        let tenant = &stored.entry.tenant;
        let ingest = self.parts.ingest.clone();
        let Applied { changes, rebase } =
            self.boards.apply(stored, Some(&ingest), self.apply).unwrap_or_else(|| {
                self.rebuild(tenant, stored.seq);
                Applied::default()
            });
        // What the journal's own past shows was decided then.
        let rebase = rebase.filter(|_| self.progress.borrow().caught_up);
        self.rebases.extend(rebase.map(|t| (tenant.clone(), t)));
        let Some(live) = self.parts.tenants.get(tenant) else { return };
        if stored.entry.kind == EntryKind::Admin
            && let Some(folded) = self.boards.tenants.get(tenant)
        {
            say(&live, folded);
        }
        live.rows().put(stored.seq, changes);
        live.offset.send_replace(stored.seq);
    }

    /// Folds a tenant's board anew up to and without an entry that can't be folded. Rows that were told stay right: the
    /// same entries give the same rows, and of the bad entry none was told.
    fn rebuild(&mut self, tenant: &TenantId, bad: Seq) {
        tracing::error!(
            seq = bad.0,
            "entry {bad} could not be folded and is left out; please report it, it stays in the journal"
        );
        self.poison.lock().unwrap_or_else(PoisonError::into_inner).insert(bad);
        match self.refold(tenant, bad) {
            Ok(mut folded) => {
                if self.boards.keep_past {
                    folded.board.keep_past();
                    folded.board.touch_all_past();
                }
                self.boards.tenants.insert(tenant.clone(), folded);
            }
            Err(error) => {
                tracing::error!(%error, "the board was not folded anew to its end; restart the server");
                self.boards.tenants.remove(tenant);
            }
        }
    }

    fn refold(&self, tenant: &TenantId, bad: Seq) -> Result<Folded, RefoldError> {
        let mut boards = snapshot::newest(&self.parts.data, Seq(bad.0 - 1))?;
        boards.tenants.retain(|its, _| its == tenant);
        while boards.seq < bad {
            let read = self.parts.journal.read_from(boards.seq, READ_ENTRIES)?;
            if read.upto <= boards.seq {
                break;
            }
            for stored in
                read.entries.iter().filter(|stored| stored.seq <= bad && stored.entry.tenant == *tenant)
            {
                // It did not panic before: the same entries, the same board.
                boards.apply_again(stored, &self.poison, self.apply);
            }
            boards.seq = read.upto;
        }
        Ok(boards.tenants.remove(tenant).unwrap_or_default())
    }
}

/// Why a board was not folded anew.
#[derive(Debug, thiserror::Error)]
enum RefoldError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Tells readers what administrators' entries said last.
fn say(live: &LiveTenant, folded: &Folded) {
    let board = &folded.board;
    let directory = board.directory().unwrap_or_default();
    live.rows().list(directory.iter().map(|line| line.number.clone()).collect());
    let said = Said {
        settings: board.settings().cloned(),
        directory: board.directory().map(<[_]>::to_vec),
        numbers: board.numbers().map(<[_]>::to_vec),
    };
    *live.said.lock().unwrap_or_else(PoisonError::into_inner) = said;
}

/// After so many entries the history is told of what is over, also where there is no pause.
const TELL_EVERY: u32 = 2_000;

/// How often a board is summed up.
const SUM_EVERY: Millis = Millis::seconds(2);

/// How often it is looked whether time has decided something.
const TICK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// How long the fold waits before it reads a journal again that could not be read.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(1);
