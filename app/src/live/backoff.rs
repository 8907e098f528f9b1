//! How long to wait before the next try: from half a second to fifteen, with jitter, so that a thousand boards don't
//! come back in one moment. A wall, of which there are few, tries at least once a second: nobody stands there to load it again.

use std::time::Duration;

const FIRST_MS: f64 = 500.0;
const LONGEST_MS: f64 = 15_000.0;
const LONGEST_OF_WALL_MS: f64 = 1_000.0;

/// Counts the tries since the last good connection.
#[derive(Debug, Default)]
pub struct Backoff {
    tries: u32,
    of_wall: bool,
}

impl Backoff {
    /// For a wall, or another page.
    pub fn new(of_wall: bool) -> Self {
        Self { tries: 0, of_wall }
    }

    /// The wait before the next try. `random` is 0 to 1; the wait is between half and all of the step, which doubles.
    pub fn next(&mut self, random: f64) -> Duration {
        let longest_ms = if self.of_wall { LONGEST_OF_WALL_MS } else { LONGEST_MS };
        let step_ms = (FIRST_MS * 2f64.powi(self.tries.min(16).cast_signed())).min(longest_ms);
        self.tries += 1;
        Duration::from_secs_f64((step_ms * (0.5 + random.clamp(0.0, 1.0) / 2.0)).max(FIRST_MS) / 1000.0)
    }

    /// The connection is good: the next wait is the shortest again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_half_a_second_to_fifteen_and_never_leave_that_range() {
        for random in [0.0, 0.3, 1.0] {
            let mut backoff = Backoff::default();
            let waits: Vec<_> = (0..12).map(|_| backoff.next(random)).collect();
            assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
            assert_eq!(waits[0], Duration::from_millis(500));
            assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(15)), "{waits:?}");
            assert!(waits[11] >= Duration::from_millis(7_500), "{waits:?}");
            backoff.reset();
            assert_eq!(backoff.next(random), Duration::from_millis(500));
        }
    }

    #[test]
    fn a_wall_never_waits_for_more_than_a_second() {
        let mut backoff = Backoff::new(true);
        assert!((0..50).map(|_| backoff.next(1.0)).all(|wait| wait <= Duration::from_secs(1)));
    }

    #[test]
    fn two_clients_with_different_luck_wait_differently() {
        let (mut one, mut other) = (Backoff::default(), Backoff::default());
        (0..5).for_each(|_| _ = (one.next(0.1), other.next(0.9)));
        assert_ne!(one.next(0.1), other.next(0.9));
    }
}
