//! What configuration and pages say and a row shows, as entries of the journal: written where it differs from what was said
//! last. The fold never reads the configuration, so that a replay tomorrow gives today's board.

use std::{sync::Arc, time::Duration};

use model::{
    entry::Admin,
    id::{Seq, TenantId},
};
use tokio::sync::{Mutex, watch};

use crate::{
    clock::Clock,
    config::Tenant,
    journal::{AppendError, EntryKind, Journal, NewEntry},
    live::{LiveTenant, Progress, Tenants},
    settings::Settings,
    store::StoreError,
};

/// How often an entry is written that another one of its millisecond stood in the way of.
const TRIES: usize = 5;

/// How long a board may take to fold an entry.
const FOLDED_WITHIN: Duration = Duration::from_secs(5);

/// Why what is set did not reach a board.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The journal did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// What is set can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The board is behind.
    #[error("the board did not take the entry in time; SIGHUP tries again")]
    Behind,
}

/// Writes what is set as entries. Cheap to clone.
#[derive(Clone)]
pub struct Administrator(Arc<Parts>);

/// The parts of [`Administrator`].
pub struct Parts {
    /// What is set.
    pub settings: Settings,
    /// The boards, which know what was said last.
    pub tenants: Tenants,
    /// Where entries go.
    pub journal: Journal,
    /// The entries' clock.
    pub clock: Clock,
    /// How far the boards are.
    pub progress: watch::Receiver<Progress>,
    /// One writes at a time: what was said last is known when it is folded.
    pub turn: Mutex<()>,
}

impl Administrator {
    /// Takes the parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Writes each tenant's settings and directory, where they differ from the last ones, after the files of names were read
    /// again. Call it when the boards have caught up.
    pub async fn write_all(&self) -> Result<(), AdminError> {
        let settings = self.0.settings.clone();
        _ = tokio::task::spawn_blocking(move || settings.read_files()).await;
        for tenant in self.0.settings.tenants() {
            self.write(&tenant.id).await?;
        }
        Ok(())
    }

    /// Writes a tenant's settings and directory, where they differ from the last ones; the board has them then. Before the
    /// boards have caught up it leaves that to the start, which is still to come.
    pub async fn write(&self, tenant: &TenantId) -> Result<(), AdminError> {
        let _turn = self.0.turn.lock().await;
        let known = self.0.settings.tenants().iter().find(|known| known.id == *tenant);
        let live = self.0.tenants.get(tenant).map(|live| Arc::clone(live.value()));
        let (Some(known), Some(live)) = (known, live) else { return Ok(()) };
        if !self.0.progress.borrow().caught_up {
            return Ok(());
        }
        // Two entries of one millisecond are told apart by their text: the board may have kept the one before.
        for _ in 0..TRIES {
            let due = self.due(known, &live)?;
            if due.is_empty() {
                return Ok(());
            }
            for admin in due {
                let entry = NewEntry::own(tenant, EntryKind::Admin, self.0.clock.now(), &admin);
                let seq = self.0.journal.append(entry).await?;
                folded(&live, seq).await?;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Err(AdminError::Behind)
    }

    /// What differs from what was said last. A directory that can't be read differs from nothing: the last one stays.
    fn due(&self, tenant: &Tenant, live: &LiveTenant) -> Result<Vec<Admin>, StoreError> {
        let said = live.said();
        let settings = self.0.settings.joined(tenant)?;
        let directory = self.0.settings.joined_directory(&tenant.id)?;
        let settings = (said.settings.as_ref() != Some(&settings)).then_some(Admin::Settings(settings));
        let directory = directory.filter(|entries| said.directory.as_ref() != Some(entries));
        let directory = directory.map(|entries| Admin::Directory { entries });
        Ok(settings.into_iter().chain(directory).collect())
    }
}

/// Waits until a board has an entry.
async fn folded(live: &LiveTenant, seq: Seq) -> Result<(), AdminError> {
    let mut offset = live.offset();
    let waits = offset.wait_for(|offset| *offset >= seq);
    match tokio::time::timeout(FOLDED_WITHIN, waits).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(AdminError::Behind),
    }
}
