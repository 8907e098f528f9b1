//! The PBX's own interfaces, asked: its REST API for who and what there is, its publish/subscribe interface (WSI) for how
//! everything is and what happens. A second source beside the webhooks; what comes by both is folded once.
//!
//! In reading order:
//! - [`account`]: where a PBX is, and as whom we ask. `kept`: accounts of the settings page. `trust`: whom we believe to be it.
//! - `connect`, `rest`, `wsi`: the two protocols. `answers`: what they say, read tolerantly.
//! - `ask`: what is asked, in rounds. `told`: the answers in the language of the events, for the journal.
//! - `link`: the task of a tenant; its `rounds`. `pace`: how often the PBX is bothered. `resyncs`: how often.
//! - [`error`]: what goes wrong, in plain words.
//!
//! Invariants
//! - The fold never asks: what the PBX answers is an entry of the journal first, and dated before it was asked.
//! - Never two rounds of one tenant at a time; tries grow rarer, answers are bounded in size and time, redirects not followed.
//! - Whatever the PBX answers, nothing panics: rows that can't be used are left out, lists that can't are left out and said.
//! - No password, token or number is in a log line or an error.
//!
//! Not here: what an event means (`model::event`), lamps (`ingest::lamps`).

pub mod account;
mod answers;
mod ask;
mod connect;
pub mod error;
mod kept;
mod link;
mod pace;
mod rest;
mod resyncs;
mod told;
pub(crate) mod trust;
mod wsi;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::id::TenantId;
use tokio::{sync::watch, task::JoinHandle};

pub use account::{Account, AccountError, Authority, Place};
pub use error::PbxError;
pub use kept::TABLES;
pub use link::{Round, Standing};

use crate::{
    access::{By, audit},
    clock::Clock,
    config::Tenant,
    ingest::Ingest,
    journal::Journal,
    live::Tenants,
    store::{Store, StoreError},
};
use link::Link;

/// How long a try may take: somebody waits for it.
const CHECKED_WITHIN: Duration = Duration::from_mins(1);

/// All tenants' links. Cheap to clone.
#[derive(Clone)]
pub struct Links(Arc<Inner>);

struct Inner {
    links: HashMap<TenantId, Known>,
    store: Store,
    clock: Clock,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

struct Known {
    link: Arc<Link>,
    /// Its account is the configuration's.
    of_file: bool,
}

/// What links are made of.
pub struct Setup<'a> {
    /// The tenants, with the configuration's accounts.
    pub tenants: &'a [Tenant],
    /// Their boards.
    pub live: Tenants,
    /// Where the page's accounts are kept.
    pub store: Store,
    /// Where the answers go.
    pub journal: Journal,
    /// What knows the PBX's clock, and shows the lamps.
    pub ingest: Ingest,
    /// Our clock.
    pub clock: Clock,
}

/// What a tenant's link is, for its page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The account, if there is one.
    pub account: Option<Arc<Account>>,
    /// It is the configuration's, and can't be changed here.
    pub of_file: bool,
    /// How it stands.
    pub standing: Standing,
}

/// What a try found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// How many extensions.
    pub extensions: usize,
    /// How many queues.
    pub queues: usize,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The configuration's.
    #[error("this is set in the configuration file; change it there and restart")]
    OfFile,
    /// No such tenant.
    #[error("there is no such tenant; load the page again")]
    Unknown,
    /// It can't be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Likewise.
    #[error("the account can't be kept: {0}; check the disk of the data folder")]
    Sqlite(#[from] rusqlite::Error),
}

/// Tries an account: signs in, reads the lists, opens the WSI. Changes nothing.
pub async fn check(account: &Account, clock: Clock) -> Result<Found, PbxError> {
    let checked = tokio::time::timeout(CHECKED_WITHIN, try_all(account, clock)).await;
    checked.unwrap_or(Err(PbxError::Slow))
}

async fn try_all(account: &Account, clock: Clock) -> Result<Found, PbxError> {
    let mut rest = rest::Rest::sign_in(account, clock).await?;
    let base = ask::base(&mut rest, None).await?;
    if let Some(error) = base.left_out.into_iter().next() {
        return Err(error);
    }
    wsi::Wsi::open(account, rest.way()).await?.close().await;
    let count = |rows: Option<usize>| rows.unwrap_or(0);
    Ok(Found {
        extensions: count(base.users.map(|rows| rows.len())),
        queues: count(base.queues.map(|rows| rows.len())),
    })
}

impl Links {
    /// Links that ask nothing yet.
    pub fn new(setup: Setup<'_>) -> Result<Self, StoreError> {
        let mut links = HashMap::new();
        for tenant in setup.tenants {
            let Some(live) = setup.live.get(&tenant.id).map(|live| Arc::clone(live.value())) else {
                continue;
            };
            let of_file = tenant.pbx.is_some();
            let account = match &tenant.pbx {
                Some(account) => Some(account.clone()),
                None => setup.store.read(|connection| kept::read(connection, &tenant.id))?,
            };
            let link = Link::new(live, account, setup.journal.clone(), setup.ingest.clone(), setup.clock);
            links.insert(tenant.id.clone(), Known { link, of_file });
        }
        let (store, clock) = (setup.store, setup.clock);
        Ok(Self(Arc::new(Inner { links, store, clock, tasks: Mutex::default() })))
    }

    /// Begins to ask, once the boards are right: then it is known what they miss.
    pub fn start(&self, ready: &watch::Receiver<bool>) {
        let follow = |known: &Known| {
            let (link, mut ready) = (Arc::clone(&known.link), ready.clone());
            tokio::spawn(async move {
                if ready.wait_for(|ready| *ready).await.is_ok() {
                    link.follow().await;
                }
            })
        };
        let tasks = self.0.links.values().map(follow).collect();
        *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
    }

    /// Asks no more.
    pub fn stop(&self) {
        self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
    }

    /// A tenant's link.
    pub fn shown(&self, tenant: &TenantId) -> Option<Shown> {
        let Known { link, of_file } = self.0.links.get(tenant)?;
        Some(Shown { account: link.account(), of_file: *of_file, standing: link.standing() })
    }

    /// Writes how often these tenants' PBXs were asked for everything; of those that are not asked nothing.
    pub fn write_metrics(&self, text: &mut String, tenants: &[TenantId]) {
        let links = tenants.iter().filter_map(|tenant| Some((tenant, &self.0.links.get(tenant)?.link)));
        let asked = links.filter(|(_, link)| link.account().is_some());
        resyncs::write_metrics(text, asked.map(|(tenant, link)| (tenant, link.resyncs())));
    }

    /// Has the PBX asked for everything again.
    pub fn ask_again(&self, tenant: &TenantId) {
        if let Some(known) = self.0.links.get(tenant) {
            known.link.ask_again();
        }
    }

    /// Keeps an account, or forgets it, and has it used at once. Blocks.
    pub fn change(&self, by: By<'_>, account: Option<Account>) -> Result<(), ChangeError> {
        let known = self.0.links.get(by.tenant).ok_or(ChangeError::Unknown)?;
        if known.of_file {
            return Err(ChangeError::OfFile);
        }
        let at = self.0.clock.now();
        self.0.store.with::<_, ChangeError>(|transaction| {
            let (act, about) = if let Some(account) = &account {
                kept::write(transaction, by.tenant, account, at)?;
                ("pbx-set", account.place.to_string())
            } else {
                kept::remove(transaction, by.tenant)?;
                ("pbx-removed", String::new())
            };
            Ok(audit::note(transaction, Some(by.tenant), by.who, at, act, &about)?)
        })?;
        known.link.set_account(account);
        Ok(())
    }
}
