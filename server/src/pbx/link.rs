//! One tenant's link to its PBX: the task that asks, subscribes, and asks again after every gap.
//!
//! In order: sign in; who and what there is; subscribe to everything, which begins with how everybody is; which calls are up.
//! From then on events come by themselves. What the journal gets are entries like any delivery's, so that the fold is one, and
//! what comes twice is harmless.
//!
//! Asked again: when a connection comes back, when refused deliveries come again, when the journal turns out to have lost a row,
//! when there is somebody new, when an administrator says so, and every quarter of an hour. Never two rounds at a time, and no
//! more of them than the purse has coins for.

mod rounds;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use model::{
    entry::{Admin, Clock as ClockEntry, DirectoryEntry},
    id::TenantId,
    time::{Skew, UnixMillis},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    account::Account,
    ask::Base,
    error::PbxError,
    pace::{Backoff, Purse, chance},
    rest::Rest,
    resyncs::Resyncs,
    wsi::{Hearing, Wsi},
};
use crate::{
    clock::Clock,
    ingest::{Ingest, LinkState},
    journal::{AppendError, EntryKind, Journal, NewEntry},
    live::LiveTenant,
};

/// How often everything is asked anew, about.
const ROUND_EVERY: Duration = Duration::from_mins(15);

/// How often everybody's state is asked one by one, where the WSI doesn't tell.
const STATES_EVERY: Duration = Duration::from_mins(5);

/// A round that takes longer is given up.
const ROUND_WITHIN: Duration = Duration::from_mins(10);

/// A link that held for so long is not to blame for its end.
const HELD_WELL: Duration = Duration::from_mins(1);

/// How often it is looked whether something was lost.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// So many refused deliveries are a gap.
const REFUSED_GAP: u64 = 10;

/// How long the states may take that a subscription begins with.
const SNAPSHOT_WITHIN: Duration = Duration::from_secs(12);

/// How often an entry is tried that the journal does not take.
const APPEND_TRIES: u32 = 3;

/// One tenant's link.
pub struct Link {
    tenant: TenantId,
    live: Arc<LiveTenant>,
    journal: Journal,
    ingest: Ingest,
    clock: Clock,
    account: watch::Sender<Option<Arc<Account>>>,
    wanted: Notify,
    standing: Mutex<Standing>,
    resyncs: Resyncs,
}

/// How it stands, for people.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The PBX answers, and tells of everything by itself.
    pub live_since: Option<UnixMillis>,
    /// What fails, and since when.
    pub failing: Option<(PbxError, UnixMillis)>,
    /// The last round.
    pub round: Option<Round>,
}

/// What a round came to.
#[derive(Clone, Debug)]
pub struct Round {
    /// When it ended.
    pub at: UnixMillis,
    /// How many extensions the PBX has, if it says it.
    pub extensions: Option<usize>,
    /// How many queues.
    pub queues: Option<usize>,
    /// How many calls were up.
    pub calls: Option<usize>,
    /// What was left out.
    pub left_out: Vec<PbxError>,
}

/// What is remembered from one connection to the next.
struct Memory {
    base: Option<Base>,
    purse: Purse,
    states_asked: Option<Instant>,
}

/// What a task needs that ends with whoever started it.
struct Held<T>(JoinHandle<T>);

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Link {
    /// A link that asks nothing yet.
    pub fn new(
        live: Arc<LiveTenant>,
        account: Option<Account>,
        journal: Journal,
        ingest: Ingest,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            tenant: live.id.clone(),
            live,
            journal,
            ingest,
            clock,
            account: watch::Sender::new(account.map(Arc::new)),
            wanted: Notify::new(),
            standing: Mutex::default(),
            resyncs: Resyncs::default(),
        })
    }

    /// Another account, or none; what is under way for the one before ends.
    pub fn set_account(&self, account: Option<Account>) {
        self.account.send_replace(account.map(Arc::new));
    }

    /// The account.
    pub fn account(&self) -> Option<Arc<Account>> {
        self.account.borrow().clone()
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.lock().clone()
    }

    /// How often everything was asked.
    pub fn resyncs(&self) -> &Resyncs {
        &self.resyncs
    }

    /// Wishes for another round.
    pub fn ask_again(&self) {
        self.wanted.notify_one();
    }

    /// Our clock now.
    pub fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the link, for as long as the process lives.
    pub async fn follow(self: Arc<Self>) {
        let mut accounts = self.account.subscribe();
        loop {
            let account = accounts.borrow_and_update().clone();
            *self.lock() = Standing::default();
            self.resyncs.drop_it();
            self.ingest.set_link(&self.tenant, account.as_ref().map(|_| LinkState::Trying));
            let keep = async {
                match account {
                    Some(account) => self.keep(&account).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = keep => {}
                changed = accounts.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Connects again and again.
    async fn keep(self: &Arc<Self>, account: &Account) {
        let mut backoff = Backoff::default();
        let mut memory = Memory { base: None, purse: Purse::new(Instant::now()), states_asked: None };
        loop {
            let begun = Instant::now();
            self.resyncs.begin();
            let Err(error) = self.session(account, &mut memory).await;
            self.resyncs.failed(&error);
            let was_live = self.lock().live_since.take().is_some();
            if was_live && begun.elapsed() >= HELD_WELL {
                backoff.reset();
            }
            // One cut is no news: the next try tells.
            let is_news = !was_live || backoff.failures() > 0 || error.wants_hand();
            self.failed(&error, is_news);
            let wait = match &error {
                PbxError::Busy(wait) => *wait,
                _ => backoff.wait(error.wants_hand(), chance()),
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wanted.notified() => {}
            }
        }
    }

    fn failed(&self, error: &PbxError, is_news: bool) {
        if !is_news {
            self.ingest.set_link(&self.tenant, Some(LinkState::Trying));
            return;
        }
        let since = {
            let mut standing = self.lock();
            let before = standing.failing.take();
            if before.as_ref().is_none_or(|(known, _)| known.to_string() != error.to_string()) {
                tracing::warn!(tenant = %self.tenant, %error, "the PBX can't be asked");
            }
            let since = before.map_or_else(|| self.now(), |(_, since)| since);
            standing.failing = Some((error.clone(), since));
            since
        };
        let down = LinkState::Down { since, why: error.to_string(), trouble: error.trouble() };
        self.ingest.set_link(&self.tenant, Some(down));
    }

    /// The PBX has answered a ping.
    pub fn heard(&self) {
        let since = {
            let mut standing = self.lock();
            if standing.live_since.is_none() {
                tracing::info!(tenant = %self.tenant, "the PBX tells of everything by itself");
            }
            standing.failing = None;
            *standing.live_since.get_or_insert_with(|| self.now())
        };
        self.ingest.set_link(&self.tenant, Some(LinkState::Live { since, answered: Instant::now() }));
    }

    /// One connection, to its end.
    async fn session(
        self: &Arc<Self>,
        account: &Account,
        memory: &mut Memory,
    ) -> Result<std::convert::Infallible, PbxError> {
        let mut rest = Rest::sign_in(account, self.clock).await?;
        if memory.purse.take(Instant::now()).is_ok() || memory.base.is_none() {
            self.learn(&mut rest, memory).await?;
        }
        let Err(error) = self.listen(account, &mut rest, memory).await;
        let is_cut = matches!(error, PbxError::WsiCut | PbxError::Journal(_));
        let is_due = memory.states_asked.is_none_or(|asked| asked.elapsed() >= STATES_EVERY);
        if !is_cut && is_due {
            match self.ask_states(&mut rest, memory).await {
                Ok(()) => self.resyncs.done(self.now()),
                Err(also) => {
                    tracing::debug!(tenant = %self.tenant, error = %also, "nor can it be asked one by one");
                }
            }
        }
        Err(error)
    }

    /// Subscribes, and hears until the connection ends.
    async fn listen(
        self: &Arc<Self>,
        account: &Account,
        rest: &mut Rest,
        memory: &mut Memory,
    ) -> Result<std::convert::Infallible, PbxError> {
        let wsi = Wsi::open(account, rest.way()).await?;
        let (wishes, receiver) = mpsc::channel(1);
        let mut hearing = Held(tokio::spawn(Hearing::new(wsi, Arc::clone(self)).run(receiver)));
        let rounds = async {
            loop {
                self.round(rest, memory, &wishes).await?;
                self.resyncs.done(self.now());
                self.wait_for_next(&mut memory.purse).await;
                self.resyncs.begin();
                self.learn(rest, memory).await?;
            }
        };
        tokio::select! {
            ended = &mut hearing.0 => Err(ended.unwrap_or(PbxError::WsiCut)),
            failed = rounds => failed,
        }
    }

    /// Waits until something may have been lost, somebody wishes for it, or a quarter of an hour is over; and for a coin.
    async fn wait_for_next(&self, purse: &mut Purse) {
        let whole = ROUND_EVERY.mul_f64(0.9 + chance() / 5.0);
        tokio::select! {
            () = tokio::time::sleep(whole) => {}
            () = self.wanted.notified() => {}
            () = self.gap() => tracing::info!(tenant = %self.tenant, "something was lost: the PBX is asked for everything"),
        }
        while let Err(until) = purse.take(Instant::now()) {
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// Waits for deliveries that come again after many were refused, or for a row that the journal has lost.
    async fn gap(&self) {
        let damaged = self.journal.damaged().len();
        let mut refused = 0;
        let mut looks = interval(LOOKED_AT_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let now = self.ingest.lamps(&self.tenant).pbx.refused;
            if self.journal.damaged().len() > damaged || (refused >= REFUSED_GAP && now == 0) {
                return;
            }
            refused = if now == 0 { 0 } else { now.max(refused) };
        }
    }

    /// Our clock minus the PBX's: by its deliveries, else by its answers.
    fn skew(&self, rest: &Rest) -> Option<Skew> {
        self.ingest.skew(&self.tenant).or_else(|| rest.skew())
    }

    async fn append_all(
        &self,
        bodies: impl IntoIterator<Item = Vec<u8>>,
        skew: Option<Skew>,
    ) -> Result<(), PbxError> {
        for body in bodies {
            self.append(EntryKind::Rest, body, skew).await?;
        }
        Ok(())
    }

    /// Writes what the PBX said into the journal.
    pub async fn append(&self, kind: EntryKind, body: Vec<u8>, skew: Option<Skew>) -> Result<(), PbxError> {
        let received = self.now();
        let entry = NewEntry { skew, body, ..NewEntry::own(&self.tenant, kind, received, &()) };
        self.write(entry).await?;
        self.ingest.link_told(&self.tenant, received);
        Ok(())
    }

    async fn append_clock(&self, clock: ClockEntry, skew: Option<Skew>) -> Result<(), PbxError> {
        let entry = NewEntry::own(&self.tenant, EntryKind::Clock, self.now(), &clock);
        self.write(NewEntry { skew, ..entry }).await
    }

    async fn append_numbers(&self, entries: Vec<DirectoryEntry>) -> Result<(), PbxError> {
        let numbers = Admin::Numbers { entries };
        self.write(NewEntry::own(&self.tenant, EntryKind::Admin, self.now(), &numbers)).await
    }

    async fn write(&self, entry: NewEntry) -> Result<(), PbxError> {
        for tries in 1.. {
            match self.journal.append(entry.clone()).await {
                Ok(_) => break,
                Err(AppendError::Closed) => return Err(AppendError::Closed.into()),
                Err(error) if tries == APPEND_TRIES => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
        Ok(())
    }
}

/// Something that must not take for ever.
async fn within<T>(asked: impl Future<Output = Result<T, PbxError>>) -> Result<T, PbxError> {
    timeout(ROUND_WITHIN, asked).await.unwrap_or(Err(PbxError::Slow))
}
