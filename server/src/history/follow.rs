//! From the fold to the history: the fold's side, which waits only where a whole journal is told anew and the writer is slower,
//! and the thread that writes.

use std::time::Duration;

use model::{
    board::{Board, Past},
    id::{Seq, TenantId},
    time::Millis,
};
use rusqlite::Transaction;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout_at},
};

use super::{DAYS_DEFAULT, HistoryError, write::Writer};
use crate::{clock::Clock, live::Boards, settings::Settings, store::Store};

/// How many calls may wait to be told before the fold waits for the writer: more than a board holds.
const WAITING_MAX: usize = 60_000;

/// Where nothing is over, the place in the journal is written down every so many entries while a journal is told anew; else whenever
/// the fold has a moment, so that the history never looks behind for want of a finished call.
const ENTRIES_MAX: u64 = 10_000;

/// Calls in one transaction: others who write to `ringside.db` wait for the length of one.
const CALLS_AT_ONCE: usize = 200;

/// How often it is looked for what is too old.
const EXPIRE_EVERY: Duration = Duration::from_mins(10);

/// Rows of a kind that are removed in one transaction.
const REMOVED_AT_ONCE: u32 = 200;

/// How long a writer that failed waits before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What changed of what is over.
#[derive(Debug)]
pub struct Batch {
    /// Up to here everything is told.
    upto: Seq,
    /// Calls by their tenants.
    past: Vec<(TenantId, Past)>,
    /// Whether all that the journal held at the start is told.
    caught_up: bool,
    /// Whether the fold began where the journal did: not at a base, which no longer knows of older calls.
    from_beginning: bool,
}

/// The fold's side.
#[derive(Debug)]
pub struct Follower {
    sender: mpsc::Sender<Batch>,
    /// Up to here all was there at the start.
    known: Seq,
    told: Seq,
    said_caught_up: bool,
    from_beginning: bool,
}

impl Follower {
    /// One that tells what is newer than `known`.
    pub fn new(sender: mpsc::Sender<Batch>, known: Seq) -> Self {
        Self { sender, known, told: known, said_caught_up: false, from_beginning: true }
    }

    /// The boards begin with these. What of them the history may not have been told is told again.
    pub fn take_up(&mut self, boards: &mut Boards) {
        self.from_beginning = boards.seq == Seq(0);
        let is_new = boards.seq > self.known;
        for folded in boards.tenants.values_mut() {
            folded.board.keep_past();
            if is_new {
                folded.board.touch_all_past();
            }
        }
        boards.keep_past = true;
    }

    /// Tells what is over on these boards. Where the writer is busy, that is for the next time: what is taken off a board is
    /// told.
    pub async fn follow(&mut self, boards: &mut Boards, caught_up: bool) {
        let folded = boards.seq;
        let all = boards.tenants.values_mut().map(|folded| &mut folded.board);
        if folded <= self.known {
            all.for_each(Board::drop_past);
        }
        let waiting: usize = boards.tenants.values().map(|folded| folded.board.past_count()).sum();
        let ahead = folded.0.saturating_sub(self.told.0);
        let news = waiting > 0 || ahead >= ENTRIES_MAX || (caught_up && (ahead > 0 || !self.said_caught_up));
        if !news {
            return;
        }
        let place = if waiting < WAITING_MAX {
            self.sender.try_reserve().ok()
        } else {
            self.sender.reserve().await.ok()
        };
        let Some(place) = place else { return };
        let mut past = Vec::with_capacity(waiting);
        for (tenant, folded) in &mut boards.tenants {
            past.extend(folded.board.take_past().into_iter().map(|past| (tenant.clone(), past)));
        }
        place.send(Batch { upto: folded, past, caught_up, from_beginning: self.from_beginning });
        self.told = folded;
        self.said_caught_up |= caught_up;
    }
}

/// What writes.
pub struct Scribe {
    /// Where to.
    pub store: Store,
    /// How.
    pub writer: Writer,
    /// Our clock.
    pub clock: Clock,
    /// For how many days each tenant's calls are kept.
    pub settings: Settings,
    /// Whether rows of an older pass are still to be removed.
    pub sweeps: bool,
    /// Up to where the journal is told.
    pub upto: watch::Sender<Seq>,
}

impl Scribe {
    /// Writes what comes until the fold has ended.
    pub async fn run(mut self, mut batches: mpsc::Receiver<Batch>) {
        let mut expire_at = Instant::now();
        loop {
            match timeout_at(expire_at, batches.recv()).await {
                Ok(Some(batch)) => self.write(&batch).await,
                Ok(None) => return,
                Err(_) => {
                    self.expire();
                    expire_at = Instant::now() + EXPIRE_EVERY;
                }
            }
        }
    }

    /// Writes a batch, however long that takes: without it the place in the journal would not be true.
    async fn write(&mut self, batch: &Batch) {
        while let Err(error) = self.try_write(batch) {
            tracing::error!(%error, "finished calls could not be written to the history; that is tried again");
            self.writer.forget_names();
            tokio::time::sleep(RETRY_AFTER).await;
        }
        self.upto.send_replace(batch.upto);
    }

    fn try_write(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        let writer = &mut self.writer;
        let mut rest = &batch.past[..];
        loop {
            let (some, more) = rest.split_at(rest.len().min(CALLS_AT_ONCE));
            rest = more;
            self.store.with(|change| {
                for (tenant, past) in some {
                    writer.put(change, tenant, past)?;
                }
                // The place goes on with the last of it only.
                if rest.is_empty() { Writer::told(change, batch.upto) } else { Ok(()) }
            })?;
            if rest.is_empty() {
                break;
            }
        }
        if batch.caught_up && self.sweeps {
            let limit = if batch.from_beginning { REMOVED_AT_ONCE } else { 0 };
            while self.store.with(|change| self.writer.sweep(change, limit))? {}
            self.writer.forget_names();
            self.sweeps = false;
        }
        Ok(())
    }

    /// Removes what is kept no longer.
    fn expire(&mut self) {
        let now = self.clock.now();
        let expire = || -> Result<(), HistoryError> {
            for tenant in self.settings.tenants() {
                let days = self.settings.retention(tenant)?.history_days.unwrap_or(DAYS_DEFAULT);
                let before = now - Millis::hours(24 * i64::from(days));
                let once =
                    |change: &Transaction<'_>| Writer::expire(change, &tenant.id, before, REMOVED_AT_ONCE);
                while self.store.with(once)? {}
            }
            Ok(())
        };
        if let Err(error) = expire() {
            tracing::error!(%error, "what is too old could not be removed from the history; that is tried again");
        }
        self.writer.forget_names();
    }
}
