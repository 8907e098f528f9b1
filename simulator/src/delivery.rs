//! All deliveries under way: side by side and in no order, like the real PBX's, within bounds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Webhooks,
    event::{Event, Hook},
    post::Poster,
    retry::{self, Outcome},
};

/// So many requests are open at one time.
const IN_FLIGHT_MAX: usize = 16;
/// So many events may wait for an answer or a retry; what comes then is dropped, and counted as lost.
const PENDING_MAX: usize = 20_000;
/// Pause between two looks whether the server is up.
const WAIT_FOR_SERVER: Duration = Duration::from_millis(250);

/// Posts events, keeps count.
#[derive(Clone)]
pub struct Deliveries {
    shared: Arc<Shared>,
}

struct Shared {
    poster: Poster,
    /// The waits before retries are so many times as long as the PBX's.
    retry_scale: f64,
    webhooks: Webhooks,
    in_flight: Semaphore,
    tasks: TaskTracker,
    /// Ends the retries: after it each event gets one try.
    last_round: CancellationToken,
    acknowledged: AtomicU64,
    failed: AtomicU64,
    lost: AtomicU64,
}

/// What became of the events so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Answered 200.
    pub acknowledged: u64,
    /// Requests that were not.
    pub failed: u64,
    /// Events given up: answered 404, out of tries, or past the bound.
    pub lost: u64,
    /// Events that wait for an answer or a retry.
    pub pending: usize,
}

impl Deliveries {
    /// Deliveries to these webhooks. `retry_scale` shortens the waits before retries: 1 is the PBX's own schedule.
    pub fn new(poster: Poster, webhooks: Webhooks, retry_scale: f64) -> Self {
        Self {
            shared: Arc::new(Shared {
                poster,
                retry_scale,
                webhooks,
                in_flight: Semaphore::new(IN_FLIGHT_MAX),
                tasks: TaskTracker::new(),
                last_round: CancellationToken::new(),
                acknowledged: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                lost: AtomicU64::new(0),
            }),
        }
    }

    /// Waits until each endpoint answers a request with an empty body, like that of an administrator who saves the URL;
    /// `say` is told what is waited for, once, and what is answered where it isn't 200.
    pub async fn wait_for_server(&self, say: impl Fn(&str)) {
        let mut said = false;
        for hook in [Hook::Cdr, Hook::Extension] {
            let Some(endpoint) = self.shared.webhooks.endpoint(hook) else { continue };
            loop {
                match self.shared.poster.post(endpoint, b"").await {
                    Ok(200) => break,
                    Ok(503) | Err(_) if !said => {
                        said = true;
                        let (host, port) =
                            (endpoint.url.host_str().unwrap_or("?"), endpoint.url.port_or_known_default());
                        say(&format!("waiting for http://{host}:{}", port.unwrap_or(80)));
                    }
                    Ok(503) | Err(_) => {}
                    Ok(status) => {
                        say(&format!(
                            "the {} endpoint answers {status}; compare its address, method and secret with the server's",
                            hook.as_str()
                        ));
                        break;
                    }
                }
                tokio::time::sleep(WAIT_FOR_SERVER).await;
            }
        }
    }

    /// Posts an event, by and by. One whose webhook is off goes nowhere.
    pub fn deliver(&self, event: &Event) {
        self.deliver_later(event, Duration::ZERO);
    }

    /// Posts an event after a while; at once where the end comes before.
    pub fn deliver_later(&self, event: &Event, after: Duration) {
        if self.shared.webhooks.endpoint(event.hook).is_none() {
            return;
        }
        if self.shared.tasks.len() >= PENDING_MAX {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let (shared, hook) = (self.shared.clone(), event.hook);
        let body: Arc<[u8]> = event.body.to_string().into_bytes().into();
        self.shared.tasks.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(after), if !after.is_zero() => {}
                () = shared.last_round.cancelled(), if !after.is_zero() => {}
                else => {}
            }
            let post = || {
                let (shared, body) = (shared.clone(), body.clone());
                async move { shared.post(hook, &body).await }
            };
            let outcome = tokio::select! {
                biased;
                () = shared.last_round.cancelled() => match post().await {
                    Some(200) => Outcome::Acknowledged,
                    _ => Outcome::Lost,
                },
                outcome = retry::deliver(post, |_| {
                    shared.failed.fetch_add(1, Ordering::Relaxed);
                }, shared.retry_scale) => outcome,
            };
            let counter = if outcome == Outcome::Acknowledged { &shared.acknowledged } else { &shared.lost };
            counter.fetch_add(1, Ordering::Relaxed);
        });
    }

    /// Gives every event that is still under way one more try, and returns when all have had it or the time is over.
    pub async fn finish(&self, within: Duration) {
        self.shared.last_round.cancel();
        self.shared.tasks.close();
        // Past the time the process ends, and what is left with it.
        let _: Result<(), _> = tokio::time::timeout(within, self.shared.tasks.wait()).await;
    }

    /// What became of the events so far.
    pub fn tally(&self) -> Tally {
        Tally {
            acknowledged: self.shared.acknowledged.load(Ordering::Relaxed),
            failed: self.shared.failed.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
            pending: self.shared.tasks.len(),
        }
    }
}

impl Shared {
    /// One request; the status, or `None` where no answer came.
    async fn post(&self, hook: Hook, body: &[u8]) -> Option<u16> {
        let endpoint = self.webhooks.endpoint(hook)?;
        let _permit = self.in_flight.acquire().await.ok()?;
        self.poster.post(endpoint, body).await.ok()
    }
}
