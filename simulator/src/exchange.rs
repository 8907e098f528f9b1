//! The PBX as its interfaces share it: the one that lives the day, and whoever asks or listens meanwhile.
//!
//! Everything that happens goes through [`Exchange::happen`], so that a subscriber's snapshot and the events after it fit
//! together: none is in both, none in neither.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;
use tokio::sync::{broadcast, watch};

use crate::{call::Stamp, company::Company, day::Day, event::Event, truth::Truth};

/// So many events wait for a subscriber who reads slowly; past that its connection ends.
const EVENTS_WAITING_MAX: usize = 16_384;
/// So many finished calls are kept for those who ask for them; past that the oldest go.
const FINISHED_MAX: usize = 20_000;

/// A PBX that can be asked.
pub trait Snapshot: Send {
    /// How it is set up now.
    fn company(&self) -> &Company;
    /// What is true now.
    fn truth(&self) -> Truth;
    /// What it tells a new subscriber of everything: an `extension_status` and a `queue_status` of each queue.
    fn snapshot(&self, now: Stamp) -> Vec<Event>;
}

impl Snapshot for Day {
    fn company(&self) -> &Company {
        Self::company(self)
    }

    fn truth(&self) -> Truth {
        Self::truth(self)
    }

    fn snapshot(&self, now: Stamp) -> Vec<Event> {
        Self::snapshot(self, now)
    }
}

/// What was told to all at once.
#[derive(Debug)]
pub struct Told {
    /// The event.
    pub event: Event,
    /// The number of the queue that it is about.
    pub queue: Option<String>,
}

impl Told {
    fn new(event: Event, company: &Company) -> Self {
        let queue = queue_number(&event.body, company);
        Self { event, queue }
    }
}

/// The number of the queue that an event is about; most events have its id only.
fn queue_number(body: &Value, company: &Company) -> Option<String> {
    if let Some(number) = body["queue_number"].as_str() {
        return Some(number.to_owned());
    }
    let id = body["queue_id"].as_str()?;
    company.queues.iter().find(|queue| queue.id == id).map(|queue| queue.number.clone())
}

/// The PBX and its listeners.
pub struct Exchange<P: ?Sized> {
    told: broadcast::Sender<Arc<Told>>,
    finished: Mutex<VecDeque<Arc<Value>>>,
    happened: AtomicU64,
    restarts: watch::Sender<u64>,
    pbx: Mutex<P>,
}

/// The PBX as its interfaces see it, whoever lives its day.
pub type Pbx = Arc<Exchange<dyn Snapshot>>;

impl<P: Snapshot> Exchange<P> {
    /// A PBX that nobody listens to yet.
    pub fn new(pbx: P) -> Arc<Self> {
        Arc::new(Self {
            told: broadcast::Sender::new(EVENTS_WAITING_MAX),
            finished: Mutex::default(),
            happened: AtomicU64::new(0),
            restarts: watch::Sender::new(0),
            pbx: Mutex::new(pbx),
        })
    }
}

impl<P: Snapshot + ?Sized> Exchange<P> {
    /// Lets something happen; the events of it are told to all who listen, and returned for the webhooks.
    pub fn happen(&self, step: impl FnOnce(&mut P) -> Vec<Event>) -> Vec<Event> {
        let mut pbx = lock(&self.pbx);
        let events = step(&mut pbx);
        self.happened.fetch_add(1, Ordering::Relaxed);
        for event in &events {
            if event.body["event_type"] == "call_cdr" {
                let mut finished = lock(&self.finished);
                finished.push_back(Arc::new(event.body.clone()));
                if finished.len() > FINISHED_MAX {
                    finished.pop_front();
                }
            }
            if self.told.receiver_count() > 0 {
                // Fails where the last listener has just gone.
                let _: Result<_, _> = self.told.send(Arc::new(Told::new(event.clone(), pbx.company())));
            }
        }
        events
    }

    /// The PBX restarts: nothing is told, and whoever listens is cut off.
    pub fn restart(&self, step: impl FnOnce(&mut P)) {
        self.happen(|pbx| {
            step(pbx);
            Vec::new()
        });
        self.restarts.send_modify(|restarts| *restarts += 1);
    }

    /// Changes with each restart.
    pub fn restarts(&self) -> watch::Receiver<u64> {
        self.restarts.subscribe()
    }

    /// Looks at the PBX; nothing happens meanwhile.
    pub fn look<T>(&self, look: impl FnOnce(&P) -> T) -> T {
        look(&lock(&self.pbx))
    }

    /// How everything is, as if it were told now, and what `meanwhile` finds at the same moment.
    pub fn snapshot_and<T>(&self, now: Stamp, meanwhile: impl FnOnce() -> T) -> (Vec<Told>, T) {
        self.look(|pbx| {
            let told = pbx.snapshot(now).into_iter().map(|event| Told::new(event, pbx.company()));
            (told.collect(), meanwhile())
        })
    }

    /// Hears of everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.told.subscribe()
    }

    /// Calls that are over, as their `call_cdr` told them, the oldest first.
    pub fn finished(&self) -> Vec<Arc<Value>> {
        lock(&self.finished).iter().cloned().collect()
    }

    /// Grows with everything that happens.
    pub fn happened(&self) -> u64 {
        self.happened.load(Ordering::Relaxed)
    }
}

fn lock<T: ?Sized>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
