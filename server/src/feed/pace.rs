//! How often readers are told: at once after a quiet moment, then as often as they asked for and the crowd allows.

use std::time::Duration;

use model::id::Seq;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// The bounds of the pause between two frames.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The pause between two frames to calm readers.
pub const PAUSE_CALM: Duration = Duration::from_secs(1);

/// How often a reader is told of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As often as the crowd allows.
    Prompt,
    /// Once a second at most: it draws what it is told, for people.
    Calm,
}

/// When the readers of one pace are told next.
pub struct Turn {
    newest: watch::Receiver<Seq>,
    /// Not before.
    free: Instant,
}

impl Turn {
    /// One that comes as soon as something is newer than the board's present offset, or is it now.
    pub fn new(mut newest: watch::Receiver<Seq>) -> Self {
        // What came while the task was not there yet.
        newest.mark_changed();
        Self { newest, free: Instant::now() }
    }

    /// Waits until something is newer and may be told; an error when the board is gone.
    pub async fn comes(&mut self) -> Result<(), watch::error::RecvError> {
        sleep_until(self.free).await;
        self.newest.changed().await
    }

    /// Does not come before so long has passed.
    pub fn rest(&mut self, pause: Duration) {
        self.free = Instant::now() + pause;
    }
}

/// How long after a fan-out the next one may begin: four times as long after its begin as it took, within bounds.
pub fn pause(took: Duration) -> Duration {
    (4 * took).clamp(PAUSE_MIN, PAUSE_MAX).saturating_sub(took)
}
