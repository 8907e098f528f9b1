//! What the writer does, in numbers.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use crate::operate::{histogram::Histogram, metrics::one};

/// Counts of the writer.
#[derive(Debug, Default)]
pub struct Meter {
    commits: Histogram,
    entries: AtomicU64,
    bytes: AtomicU64,
    failures: AtomicU64,
    /// The last commit failed.
    failing: AtomicBool,
}

impl Meter {
    /// A commit of so many entries and about so many bytes.
    pub fn committed(&self, entries: usize, bytes: usize, took: Duration) {
        self.commits.add(took);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.failing.store(false, Ordering::Relaxed);
    }

    /// A commit failed.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.failing.store(true, Ordering::Relaxed);
    }

    /// Whether the last commit failed.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Writes them for a monitoring.
    pub fn write(&self, text: &mut String) {
        let name = "ringside_journal_commit_seconds";
        self.commits.write(text, name, "How long commits to the journal took, sync included.");
        for (name, about, count) in [
            ("ringside_journal_entries_total", "Entries written.", &self.entries),
            ("ringside_journal_written_bytes_total", "Bytes of entries written, about.", &self.bytes),
            ("ringside_journal_commit_failures_total", "Commits that failed.", &self.failures),
        ] {
            one(text, name, "counter", about, "", count.load(Ordering::Relaxed));
        }
    }
}
