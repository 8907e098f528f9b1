//! Alerts: rules are looked at once a second, what is raised is told to pages and to webhooks, and all of it is written down.
//!
//! What a rule is, and what becomes of it, is `model::alert`'s. Here:
//! - `engine`: the thread that looks. `facts`: what it looks at.
//! - `kept`, `schema`: rules and the log in `ringside.db`; a line of the log is also what is standing at the next start.
//! - [`targets`]: webhooks and the messages that wait. `sender`: the task that sends them. [`message`]: body and signature.
//!   [`post`]: one try. [`address`]: where it may go.
//! - `change`: what people change. [`Alerts`]: the handle on all of it.
//!
//! Invariants
//! - Nothing is looked at before the boards are right; what was raised before a restart is raised after it, and not told again.
//! - An alert, its end, and the messages about it are one transaction: a message is neither lost nor of an alert that isn't there.
//! - The fold waits for none of this: rows are copied under their lock, as every reader does.
//! - No secret, no number of a caller and no address of a webhook is in a log line.
//!
//! Not here: who may see an alert (`model::view`), how it reaches a page (`feed`).

pub mod address;
mod change;
mod engine;
mod facts;
mod kept;
pub mod message;
pub mod post;
mod schema;
mod sender;
pub mod targets;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use model::{
    alert::Unknown,
    id::TenantId,
    view::Sight,
    wire::{Alert, Alerts as Shown, Severity},
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use change::{AlertError, RULES_MAX, TARGETS_MAX};
pub use kept::{KeptRule, Noted, Why};
pub use schema::TABLES;

use crate::{
    clock::Clock,
    ingest::Ingest,
    live::Tenants,
    settings::Settings,
    store::{Store, StoreError},
};

/// How often rules are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Alerts of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Alerts(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    clock: Clock,
    /// By tenant; its tenants don't change while the process lives.
    standing: HashMap<TenantId, watch::Sender<Arc<Standing>>>,
    /// Counts what people changed, so that the engine reads it.
    changes: AtomicU64,
    bell: Bell,
    /// A message was written down.
    posted: Notify,
    counts: Counts,
}

/// Wakes the engine.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
    stop: AtomicBool,
}

/// What became of messages since the start.
#[derive(Default)]
struct Counts {
    taken: AtomicU64,
    again: AtomicU64,
    given_up: AtomicU64,
    left_out: AtomicU64,
}

/// What of a tenant is raised, and how its rules stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// What is raised.
    pub raised: Vec<Alert>,
    /// By rule's id, those that count.
    pub rules: BTreeMap<i64, RuleStanding>,
}

/// How a rule stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleStanding {
    /// At how many places it is looked at.
    pub places: usize,
    /// At how many of them it is raised.
    pub raised: usize,
    /// Where its value can't be computed: at how many, and why at one of them.
    pub unknown: Option<(usize, Unknown)>,
    /// It does not count at this time.
    pub closed: bool,
}

impl Standing {
    /// What somebody may see of it, of that which is asked for.
    pub fn seen(&self, sight: &Sight, is_asked: impl Fn(&Alert) -> bool) -> Shown {
        let seen = self.raised.iter().filter(|alert| sight.sees_alert(alert) && is_asked(alert));
        Shown::of(seen.cloned().collect())
    }
}

impl Alerts {
    /// Alerts of these tenants, of which none is known to be raised yet.
    pub fn new(store: Store, settings: Settings, clock: Clock) -> Self {
        let standing =
            settings.tenants().iter().map(|tenant| (tenant.id.clone(), watch::Sender::default())).collect();
        Self(Arc::new(Inner {
            store,
            settings,
            clock,
            standing,
            changes: AtomicU64::new(0),
            bell: Bell::default(),
            posted: Notify::new(),
            counts: Counts::default(),
        }))
    }

    /// Looks at rules from now on, once `ready`, and sends messages until `stop`. Call it within the runtime.
    pub fn start(
        &self,
        tenants: Tenants,
        ingest: Ingest,
        ready: watch::Receiver<bool>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let engine = engine::Engine::new(self.clone(), tenants, ingest);
        thread::Builder::new().name("alerts".into()).spawn(move || engine.run(&ready))?;
        tokio::spawn(sender::run(self.clone(), stop));
        Ok(())
    }

    /// Looks no more.
    pub fn stop(&self) {
        self.0.bell.stop.store(true, Ordering::Relaxed);
        self.0.bell.ring();
    }

    /// What of a tenant is raised, and the moments at which that is something else.
    pub fn standing(&self, tenant: &TenantId) -> watch::Receiver<Arc<Standing>> {
        // A tenant that is not configured has no alerts, and never will.
        self.0.standing.get(tenant).map_or_else(|| watch::channel(Arc::default()).1, watch::Sender::subscribe)
    }

    /// What of a tenant is raised now.
    pub fn now(&self, tenant: &TenantId) -> Arc<Standing> {
        self.0.standing.get(tenant).map(|standing| standing.borrow().clone()).unwrap_or_default()
    }

    /// A tenant's rules.
    pub fn rules(&self, tenant: &TenantId) -> Result<Vec<KeptRule>, StoreError> {
        self.0.store.read(|connection| kept::rules(connection, tenant))
    }

    /// A tenant's log, newest first, and what was sent of each line.
    pub fn log(
        &self,
        tenant: &TenantId,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(Noted, Vec<targets::Sent>)>, StoreError> {
        self.0.store.read(|connection| {
            let lines = kept::log(connection, tenant, before, limit)?;
            lines
                .into_iter()
                .map(|line| {
                    let sent = targets::sent(connection, line.id)?;
                    Ok((line, sent))
                })
                .collect()
        })
    }

    /// A tenant's webhooks.
    pub fn targets(&self, tenant: &TenantId) -> Result<Vec<targets::Target>, StoreError> {
        self.0.store.read(|connection| targets::targets(connection, tenant))
    }

    /// Writes what is raised, and what became of messages, as metrics.
    pub fn write_metrics(&self, text: &mut String, tenants: &[TenantId]) {
        let name = "ringside_alerts_raised";
        _ = writeln!(text, "# HELP {name} Alerts that are raised.\n# TYPE {name} gauge");
        for tenant in tenants {
            let standing = self.now(tenant);
            for severity in Severity::ALL {
                let count = standing.raised.iter().filter(|alert| alert.severity == *severity).count();
                let severity = severity.as_str();
                _ = writeln!(text, "{name}{{tenant=\"{tenant}\",severity=\"{severity}\"}} {count}");
            }
        }
        let name = "ringside_alert_messages_waiting";
        _ = writeln!(text, "# HELP {name} Messages to webhooks that wait.\n# TYPE {name} gauge");
        for tenant in tenants {
            if let Ok(count) = self.0.store.read(|connection| targets::waiting(connection, tenant)) {
                _ = writeln!(text, "{name}{{tenant=\"{tenant}\"}} {count}");
            }
        }
        let counts = &self.0.counts;
        let name = "ringside_alert_messages_total";
        _ = writeln!(
            text,
            "# HELP {name} Tries of messages to webhooks, by what came of them.\n# TYPE {name} counter"
        );
        for (result, count) in [
            ("taken", &counts.taken),
            ("again", &counts.again),
            ("given_up", &counts.given_up),
            ("left_out", &counts.left_out),
        ] {
            _ = writeln!(text, "{name}{{result=\"{result}\"}} {}", count.load(Ordering::Relaxed));
        }
    }
}

impl Bell {
    /// Has the engine look at once.
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.heard.notify_one();
    }

    /// Waits for a ring, or for the next look; false once it is over.
    fn wait(&self) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.wait_timeout_while(rung, LOOK_EVERY, |rung| !*rung);
        let (mut rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *rung = false;
        !self.stop.load(Ordering::Relaxed)
    }
}
