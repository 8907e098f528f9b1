//! Who reads a channel: one look at all of them when there is something to tell.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{line::Line, pace::Pace};

/// How many readers are told before others have their turn on the thread: about a quarter of a millisecond.
const AT_ONCE: usize = 64;

/// Seats are numbered across all channels, so that none can be taken for one that the same reader had elsewhere.
static SEATS: AtomicU64 = AtomicU64::new(1);

/// The readers of a channel, by the numbers of their seats.
#[derive(Debug, Default)]
pub struct Readers(Mutex<BTreeMap<u64, (Pace, Arc<Line>)>>);

impl Readers {
    /// One more. Gives the number of its seat.
    pub fn join(&self, pace: Pace, line: Arc<Line>) -> u64 {
        let seat = SEATS.fetch_add(1, Ordering::Relaxed);
        self.lines().insert(seat, (pace, line));
        seat
    }

    /// It goes.
    pub fn leave(&self, seat: u64) {
        self.lines().remove(&seat);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines().is_empty()
    }

    /// Tells those who are `among` them, by seat and pace. Gives how long that took, without the turns of others in between.
    pub async fn tell(&self, among: impl Fn(u64, Pace) -> bool, tell: impl Fn(u64, &Line)) -> Duration {
        let (mut told, mut took) = (0, Duration::ZERO);
        loop {
            let started = Instant::now();
            let some = self.after(told, &among);
            let Some((last, _)) = some.last() else { return took };
            told = *last;
            for (seat, line) in &some {
                tell(*seat, line);
            }
            took += started.elapsed();
            drop(some);
            tokio::task::yield_now().await;
        }
    }

    fn after(&self, told: u64, among: impl Fn(u64, Pace) -> bool) -> Vec<(u64, Arc<Line>)> {
        let lines = self.lines();
        let after = lines.range((Bound::Excluded(told), Bound::Unbounded));
        after
            .filter(|(seat, (pace, _))| among(**seat, *pace))
            .take(AT_ONCE)
            .map(|(seat, (_, line))| (*seat, Arc::clone(line)))
            .collect()
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<u64, (Pace, Arc<Line>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
