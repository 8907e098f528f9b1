//! How long something took, counted by bounds: what Prometheus calls a histogram.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds in microseconds, and how they are written in seconds.
const BOUNDS: [(u64, &str); 12] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
];

/// Counts. Any thread may add.
#[derive(Debug, Default)]
pub struct Histogram {
    /// How many took no longer than each bound, and longer than the one before; the last: longer than all.
    counts: [AtomicU64; BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub fn add(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|(bound, _)| *bound < us);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Writes it under a name, which ends in `_seconds`.
    pub fn write(&self, text: &mut String, name: &str, about: &str) {
        let mut sum = 0;
        _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} histogram");
        let bounds = BOUNDS.iter().map(|(_, bound)| *bound).chain(["+Inf"]);
        for (count, bound) in self.counts.iter().zip(bounds) {
            sum += count.load(Ordering::Relaxed);
            _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let us = self.sum_us.load(Ordering::Relaxed);
        _ = writeln!(text, "{name}_sum {}.{:06}\n{name}_count {sum}", us / 1_000_000, us % 1_000_000);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: Prometheus' exposition format: buckets are cumulative, the last is `+Inf` and equals the count.
    #[test]
    fn buckets_are_cumulative_and_a_bound_is_inclusive() {
        let histogram = Histogram::default();
        for us in [499, 500, 501, 3_000_000] {
            histogram.add(Duration::from_micros(us));
        }
        let mut text = String::new();
        histogram.write(&mut text, "x_seconds", "What it took.");
        assert!(text.starts_with("# HELP x_seconds What it took.\n# TYPE x_seconds histogram\n"), "{text}");
        for line in [
            "x_seconds_bucket{le=\"0.0005\"} 2\n",
            "x_seconds_bucket{le=\"0.001\"} 3\n",
            "x_seconds_bucket{le=\"2.5\"} 3\n",
            "x_seconds_bucket{le=\"+Inf\"} 4\n",
            "x_seconds_sum 3.001500\n",
            "x_seconds_count 4\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
