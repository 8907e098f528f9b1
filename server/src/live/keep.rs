//! The keeper: a thread that writes snapshots of the boards, and lets old entries leave the journal.
//!
//! It folds for itself, from the last snapshot on, so that the live boards never wait while theirs is written. What it finds
//! is the same: the same entries give the same boards.
//!
//! Invariants
//! - An entry leaves only by its tenant's [`Retentions`], and only when a base that was read back holds what it said.
//! - An entry that the live fold left out because it can't be folded is left out here too.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use model::id::{Seq, TenantId};
use tokio::sync::watch;

use super::{
    boards::{Apply, Boards, Poison},
    fold::Progress,
    snapshot::{self, Kind, SnapshotError},
};
use crate::{
    clock::Clock,
    journal::{Journal, ReadError, Retentions},
};

/// How often it is looked whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// After so many new entries the boards are written: a start folds no more than these, a quarter of a second's work.
const WORK_ENTRIES: u64 = 20_000;

/// After so long they are written for fewer.
const WORK_EVERY: Duration = Duration::from_hours(1);

/// How often it is looked for entries that are too old. The first look comes after one [`LOOK_EVERY`].
const RETAIN_EVERY: Duration = Duration::from_hours(6);

/// How many entries a read of the journal takes.
const READ_ENTRIES: usize = 2_000;

/// How long it rests between two deletions: appends come first.
const REST: Duration = Duration::from_millis(20);

/// What the keeper needs.
pub struct Keeper {
    /// Where snapshots are.
    pub data: PathBuf,
    /// Where entries are.
    pub journal: Journal,
    /// How far the live fold is: the keeper never goes ahead of it.
    pub progress: watch::Receiver<Progress>,
    /// What it leaves out.
    pub poison: Poison,
    /// The tenants that the configuration has.
    pub tenants: Vec<TenantId>,
    /// The fold.
    pub apply: Apply,
    /// How long entries stay.
    pub retentions: Retentions,
    /// What says how old they are.
    pub clock: Clock,
}

/// Why there is no new snapshot, or nothing left the journal.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The journal.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that the live fold could fold.
    #[error("entry {0} could not be folded a second time; please report it")]
    Panicked(Seq),
    /// The server stops.
    #[error("the server stops")]
    Stopping,
}

impl Keeper {
    /// Runs until what `alive` hears from is gone.
    pub fn run(self, alive: &Receiver<()>) {
        let mut written = Instant::now();
        let mut retained = None;
        while alive.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            if !self.progress.borrow().caught_up {
                continue;
            }
            let is_time = written.elapsed() >= WORK_EVERY;
            match self.work(if is_time { 1 } else { WORK_ENTRIES }) {
                Ok(true) => written = Instant::now(),
                Ok(false) => {}
                Err(KeepError::Stopping) => return,
                Err(error) => tracing::error!(%error, "no snapshot was made; the next start takes longer"),
            }
            if retained.is_none_or(|at: Instant| at.elapsed() >= RETAIN_EVERY) {
                retained = Some(Instant::now());
                match self.retain() {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "entries left the journal, as its retention says"),
                    Err(KeepError::Stopping) => return,
                    Err(error) => tracing::error!(%error, "nothing more leaves the journal; watch the disk"),
                }
            }
        }
    }

    /// Writes the boards of now if there are `least` new entries. Says whether it did.
    pub fn work(&self, least: u64) -> Result<bool, KeepError> {
        let folded = self.progress.borrow().folded;
        let heads = [Kind::Work, Kind::Base].map(|kind| snapshot::head(&self.data, kind));
        let kept = heads.iter().flatten().flatten().map(|head| head.seq).max().unwrap_or_default();
        if folded.0.saturating_sub(kept.0) < least {
            return Ok(false);
        }
        let mut boards = snapshot::newest(&self.data, folded)?;
        self.fold(&mut boards, folded)?;
        snapshot::write(&self.data, Kind::Work, &boards)?;
        Ok(true)
    }

    /// Lets entries go that are past their retention. Says how many went.
    pub fn retain(&self) -> Result<u64, KeepError> {
        let mut boards = snapshot::read(&self.data, Kind::Base)?.unwrap_or_default();
        let folded = self.progress.borrow().folded;
        // A tenant that the configuration has no more keeps its entries as long as any other.
        let tenants: BTreeSet<_> = self.tenants.iter().chain(boards.tenants.keys()).cloned().collect();
        let now = self.clock.now();
        let mut old = Vec::new();
        for tenant in tenants {
            let upto = self.journal.may_go(&tenant, self.retentions.get(&tenant), now)?.min(folded);
            old.push((tenant, upto));
        }
        let Some(newest) = old.iter().map(|(_, upto)| *upto).max().filter(|newest| *newest > Seq(0)) else {
            return Ok(0);
        };
        if newest > boards.seq {
            self.fold(&mut boards, newest)?;
            snapshot::write(&self.data, Kind::Base, &boards)?;
        }
        drop(boards);
        let mut gone = 0;
        for (tenant, upto) in old {
            while let Some(forgotten) = self.journal.forget(&tenant, upto)? {
                gone += forgotten.rows;
                if !forgotten.more {
                    break;
                }
                thread::sleep(REST);
            }
        }
        Ok(gone)
    }

    /// Folds what the journal holds up to an entry.
    fn fold(&self, boards: &mut Boards, upto: Seq) -> Result<(), KeepError> {
        while boards.seq < upto {
            if self.progress.has_changed().is_err() {
                return Err(KeepError::Stopping);
            }
            let after = boards.seq;
            let read = self.journal.read_from(after, READ_ENTRIES)?;
            for stored in read.entries.iter().filter(|stored| stored.seq <= upto) {
                boards
                    .apply_again(stored, &self.poison, self.apply)
                    .ok_or(KeepError::Panicked(stored.seq))?;
            }
            // Rows that can't be read are passed over; at the journal's end nothing was read.
            boards.seq = if read.upto > after { read.upto.min(upto) } else { upto };
        }
        Ok(())
    }
}
