//! What became of deliveries, in numbers, and how long those took that were taken.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::Reason;
use crate::operate::histogram::Histogram;

/// Counts of all endpoints together.
#[derive(Debug, Default)]
pub struct Counts {
    taken: Histogram,
    not_taken: [AtomicU64; Reason::ALL.len()],
}

impl Counts {
    /// One was taken.
    pub fn taken(&self, took: Duration) {
        self.taken.add(took);
    }

    /// One was not.
    pub fn not_taken(&self, reason: Reason) {
        if let Some(place) = Reason::ALL.iter().position(|one| *one == reason) {
            self.not_taken[place].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes them for a monitoring.
    pub fn write(&self, text: &mut String) {
        let about = "From a delivery's headers to its 200, the journal's sync included.";
        self.taken.write(text, "ringside_delivery_seconds", about);
        let name = "ringside_deliveries_not_taken_total";
        _ = writeln!(
            text,
            "# HELP {name} Requests to hooks that were not journalled, by reason.\n# TYPE {name} counter"
        );
        for (reason, count) in Reason::ALL.iter().zip(&self.not_taken) {
            let count = count.load(Ordering::Relaxed);
            _ = writeln!(text, "{name}{{reason=\"{}\"}} {count}", reason.as_str());
        }
    }
}
