//! The feed: each view's rows and their changes, as each audience may see them, pushed to everybody who watches. `docs/feed.md`
//! is the contract.
//!
//! In the order of the data:
//! - [`view`]: which rows a view has.
//! - `members`: a view's rows as of one offset. `bodies`: those of them that are too large for a frame.
//! - `channel`: one view of one tenant for one audience, the frames that its readers share, and the task that tells them.
//! - `frames`: those frames as text, put together from rows that are serialised already.
//! - `pace`: how often readers are told. `readers`: who reads a channel. `line`: a reader's connection, where its frames are written.
//! - [`socket`]: one reader's own task. `hearing`: what the reader says.
//!
//! Invariants
//! - Every frame is true at its offset, and leads from the reader's last offset to its own.
//! - Resume, coalescing and slow readers are one operation: rows with a `rev` after X, and ids gone since X.
//! - A slow reader holds nobody up and costs no memory: nothing is queued for it.
//! - A frame is written whole before another one begins, whoever writes it.

mod bodies;
mod channel;
mod frames;
mod hearing;
mod line;
mod members;
mod pace;
mod readers;
pub mod socket;
pub mod view;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    id::TenantId,
    view::{Audience, Mask},
    wire::Lamps,
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

pub use bodies::Body;
pub use channel::Channel;
pub use view::View;

use crate::{
    access::Asker,
    alerts::Alerts,
    clock::Clock,
    ingest::Ingest,
    live::{LiveTenant, Tenants},
    walls::Walls,
};

/// How long the JSON of a snapshot may be. Above it the reader is sent to fetch the rows, compressed and shared.
pub const SNAPSHOT_BYTES_MAX: usize = 32 << 10;

/// How long the JSON of changes may be; above it they are all rows. More than a snapshot: what was fetched is up to a
/// second old, and on a busy board the changes since then would else send the reader to fetch again, and again.
pub const CHANGES_BYTES_MAX: usize = 1 << 20;

/// All channels. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    tenants: Tenants,
    ingest: Ingest,
    alerts: Alerts,
    clock: Clock,
    /// The journal's epoch.
    epoch: String,
    /// The build of the page that this server serves.
    build: String,
    walls: Walls,
    channels: Mutex<HashMap<Key, Arc<Channel>>>,
    stop: CancellationToken,
    sockets: TaskTracker,
}

/// What a channel is of. Those who may see the same share one; the last says of those who may see no other view.
type Key = (TenantId, View, Audience, bool);

impl Hub {
    /// A hub without readers. `epoch` is the journal's, `build` the page's; `stop` says goodbye to all readers.
    pub fn new(
        tenants: Tenants,
        (ingest, alerts): (Ingest, Alerts),
        clock: Clock,
        epoch: String,
        build: String,
        walls: Walls,
        stop: CancellationToken,
    ) -> Self {
        let channels = Mutex::default();
        Self(Arc::new(Inner {
            tenants,
            ingest,
            alerts,
            clock,
            epoch,
            build,
            walls,
            channels,
            stop,
            sockets: TaskTracker::new(),
        }))
    }

    /// The tenant of that id, if it is the asker's; where none is named the asker's own, else the only one.
    pub fn tenant(&self, asker: &Asker, named: Option<&str>) -> Option<Arc<LiveTenant>> {
        let own = asker.tenant.as_ref().map(TenantId::as_str);
        if own.is_some() && named.is_some() && own != named {
            return None;
        }
        match own.or(named) {
            Some(id) => self.0.tenants.get(id).map(|tenant| Arc::clone(&tenant)),
            None if self.0.tenants.len() == 1 => {
                self.0.tenants.iter().next().map(|tenant| Arc::clone(tenant.value()))
            }
            None => None,
        }
    }

    /// The view of a name, in a tenant; `None` where there is none.
    pub fn view(&self, tenant: &TenantId, name: &str) -> Option<View> {
        match name.strip_prefix("wall/") {
            Some(board) => Some(View::of_wall(board, &self.0.walls.find(tenant, board)?)),
            None => View::parse(name),
        }
    }

    /// The boards of walls.
    pub fn walls(&self) -> &Walls {
        &self.0.walls
    }

    /// The channel of a view for whoever asks, which begins now if nobody watched it; `None` where there is no such view for
    /// him.
    pub fn channel(&self, tenant: &Arc<LiveTenant>, view: &View, asker: &Asker) -> Option<Arc<Channel>> {
        if asker.board.as_ref().is_some_and(|board| **board != *view.name()) {
            return None;
        }
        let mut audience = asker.audience.clone();
        let is_wall = matches!(view, View::Wall(_));
        let narrow = is_wall || asker.board.is_some();
        if is_wall {
            // A room reads it: what nobody needs to see there is masked, whoever opens it.
            (audience.mask, audience.notes) = (Mask::OutsideNumbers, false);
        }
        let audience = &audience;
        let mut channels = self.0.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (tenant.id.clone(), view.clone(), audience.clone(), narrow);
        if let Some(channel) = channels.get(&key) {
            channel.touch();
            return Some(Arc::clone(channel));
        }
        {
            let rows = tenant.rows();
            if !view.exists(&rows, &rows.sight(audience)) {
                return None;
            }
        }
        let epoch = frames::epoch(&self.0.epoch, &tenant.id, view, audience);
        let parts = (self.0.ingest.clone(), self.0.alerts.clone());
        let of = (view.clone(), audience.clone(), narrow);
        let channel = Arc::new(Channel::new(Arc::clone(tenant), parts, of, epoch, self.0.clock));
        channels.insert(key, Arc::clone(&channel));
        let (hub, follower) = (self.clone(), Arc::clone(&channel));
        tokio::spawn(async move {
            tokio::select! {
                () = follower.follow(|| hub.forget(&follower)) => {}
                () = hub.0.stop.cancelled() => {}
            }
        });
        Some(channel)
    }

    /// Forgets a channel that nobody watched for long; false where somebody came meanwhile.
    fn forget(&self, channel: &Arc<Channel>) -> bool {
        let mut channels = self.0.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if !channel.is_idle() {
            return false;
        }
        channels.remove(&channel.key());
        true
    }

    /// The lamps of a tenant now.
    pub fn lamps(&self, tenant: &TenantId) -> Lamps {
        self.0.ingest.lamps(tenant)
    }

    /// The alerts of all tenants.
    pub fn alerts(&self) -> &Alerts {
        &self.0.alerts
    }

    /// The build of the page that this server serves.
    pub fn build(&self) -> &str {
        &self.0.build
    }

    /// The server's clock.
    pub fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Held by a socket for as long as it is served.
    pub fn socket(&self) -> TaskTrackerToken {
        self.0.sockets.token()
    }

    /// How many feeds are open.
    pub fn readers(&self) -> usize {
        self.0.sockets.len()
    }

    /// How many views are kept.
    pub fn channels(&self) -> usize {
        self.0.channels.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until every socket has said goodbye; call it after `stop` has fired.
    pub async fn farewell(&self) {
        self.0.sockets.close();
        self.0.sockets.wait().await;
    }

    /// Fires when the server stops.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// The feed's epoch for all views of a tenant together: what lists of the API are of.
    pub fn tenant_epoch(&self, tenant: &TenantId, audience: &Audience) -> String {
        frames::epoch(&self.0.epoch, tenant, &View::Overview, audience)
    }
}
