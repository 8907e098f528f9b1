//! When events are due, fixed before a run begins, and the clock that all stamps are of.
//!
//! A late answer moves nothing: event `k` is due at `start + k / rate`, and its latency counts from there, not from when
//! somebody came to send it.

use std::time::{Duration, Instant};

const NANOS: u128 = 1_000_000_000;

/// Microseconds since the bench began: what a stamp in an event says.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// Begins now.
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }

    /// A moment as a stamp. Zero for what was before the clock.
    pub fn stamp(self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.origin).as_micros()).unwrap_or(u64::MAX)
    }

    /// Now as a stamp.
    pub fn now(self) -> u64 {
        self.stamp(Instant::now())
    }
}

/// `count` events at an even rate.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// When event 0 is due.
    pub start: Instant,
    /// Events a second, at least 1.
    pub rate: u32,
    /// How many there are.
    pub count: u64,
}

impl Schedule {
    /// Events for that long, the first a moment from now, when all connections are open.
    pub fn soon(rate: u32, lasting: Duration) -> Self {
        let count = u64::from(rate) * lasting.as_millis() as u64 / 1000;
        Self { start: Instant::now() + Duration::from_millis(200), rate: rate.max(1), count }
    }

    /// When event `k` is due; `None` past the last.
    pub fn due(&self, k: u64) -> Option<Instant> {
        if k >= self.count {
            return None;
        }
        let nanos = u128::from(k) * NANOS / u128::from(self.rate);
        Some(self.start + Duration::from_nanos(u64::try_from(nanos).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_due_by_their_number_alone_and_never_drift() {
        let start = Instant::now();
        let schedule = Schedule { start, rate: 3, count: 3_000_001 };
        let after = |k| schedule.due(k).map(|due| due - start);
        assert_eq!(after(0), Some(Duration::ZERO));
        assert_eq!(after(1), Some(Duration::from_nanos(333_333_333)));
        // A step that is added up would be a millisecond short here.
        assert_eq!(after(3_000_000), Some(Duration::from_secs(1_000_000)));
        assert_eq!(after(3_000_001), None);
    }

    #[test]
    fn a_schedule_has_as_many_events_as_fit() {
        assert_eq!(Schedule::soon(2, Duration::from_secs(5)).count, 10);
        assert_eq!(Schedule::soon(500, Duration::from_millis(1_500)).count, 750);
    }

    #[test]
    fn a_stamp_is_microseconds_since_the_beginning_and_never_negative() {
        let clock = Clock { origin: Instant::now() + Duration::from_secs(1) };
        assert_eq!(clock.stamp(clock.origin + Duration::from_micros(1_234_567)), 1_234_567);
        assert_eq!(clock.now(), 0);
    }
}
