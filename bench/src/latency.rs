//! How long things took: a histogram of microseconds, and what is read from it.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longer than this counts as this.
const MICROS_MAX: u64 = 120_000_000;

/// Latencies with three digits, from a microsecond to two minutes.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    pub fn new() -> Self {
        // These bounds are always good.
        #[expect(clippy::expect_used, reason = "two constants that a test reads")]
        Self(Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("bounds"))
    }

    /// Counts one.
    pub fn add(&mut self, took: Duration) {
        self.add_micros(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts one, in microseconds.
    pub fn add_micros(&mut self, micros: u64) {
        self.0.saturating_record(micros.clamp(1, MICROS_MAX));
    }

    /// Counts all of another.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds.
        let _ = self.0.add(&other.0);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that this share of them did not pass, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }

    /// The median in milliseconds.
    pub fn p50(&self) -> f64 {
        self.quantile_ms(0.5)
    }

    /// What one in a hundred passed, in milliseconds.
    pub fn p99(&self) -> f64 {
        self.quantile_ms(0.99)
    }

    /// The longest in milliseconds.
    pub fn max(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The oracle is the definition: of 1 to 1000, p50 is 500 and p99 is 990, within the three digits kept.
    #[test]
    fn quantiles_are_of_all_that_was_counted_also_in_several_parts() {
        let (mut even, mut odd) = (Latencies::new(), Latencies::new());
        for millis in 1..=1000_u64 {
            let part = if millis % 2 == 0 { &mut even } else { &mut odd };
            part.add(Duration::from_millis(millis));
        }
        even.merge(&odd);
        assert_eq!(even.count(), 1000);
        let near = |found: f64, wanted: f64| (found - wanted).abs() <= wanted / 1000.0;
        assert!(near(even.p50(), 500.0), "{}", even.p50());
        assert!(near(even.p99(), 990.0), "{}", even.p99());
        assert!(near(even.max(), 1000.0), "{}", even.max());
    }

    #[test]
    fn what_is_out_of_bounds_counts_as_the_bound() {
        let mut latencies = Latencies::new();
        latencies.add(Duration::ZERO);
        latencies.add(Duration::from_hours(1));
        assert_eq!(latencies.count(), 2);
        assert!((latencies.max() - 120_000.0).abs() < 120.0, "{}", latencies.max());
    }
}
