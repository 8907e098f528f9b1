//! How often the PBX is bothered: tries that grow rarer, and rounds of questions that are given out like coins.

use std::time::{Duration, Instant};

/// The first wait after a failure, about, and the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_mins(1);

/// Whose hand is needed, may take longer.
const LONGEST_FOR_HANDS: Duration = Duration::from_mins(5);

/// So many rounds may follow each other, and then one in so long.
const COINS: u32 = 3;
const COIN_EVERY: Duration = Duration::from_mins(1);

/// Waits between tries.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How many tries have failed in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// All is well again.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure. `chance` from 0 to 1 keeps many servers apart.
    pub fn wait(&mut self, wants_hand: bool, chance: f64) -> Duration {
        let longest = if wants_hand { LONGEST_FOR_HANDS } else { LONGEST };
        let wait = FIRST.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures = self.failures.saturating_add(1);
        wait.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
    }
}

/// Rounds of questions that may be asked.
#[derive(Debug)]
pub struct Purse {
    coins: u32,
    filled: Instant,
}

impl Purse {
    /// A full one.
    pub const fn new(now: Instant) -> Self {
        Self { coins: COINS, filled: now }
    }

    /// Takes one, if there is one; else says when there will be.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        while self.coins < COINS && now.saturating_duration_since(self.filled) >= COIN_EVERY {
            self.coins += 1;
            self.filled += COIN_EVERY;
        }
        if self.coins == COINS {
            self.filled = now;
        }
        if self.coins == 0 {
            return Err(self.filled + COIN_EVERY);
        }
        self.coins -= 1;
        Ok(())
    }
}

/// A number from 0 to 1 that nobody foresees; a half where the system has none.
pub fn chance() -> f64 {
    let mut bytes = [0; 2];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_grow_rarer_and_are_never_given_up() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..12).map(|_| backoff.wait(false, 1.0)).collect();
        assert!(waits.is_sorted() && waits[0] == FIRST && waits[11] == LONGEST, "{waits:?}");
        assert_eq!(backoff.wait(true, 0.0), LONGEST_FOR_HANDS / 2);
        backoff.reset();
        assert_eq!(backoff.wait(true, 0.0), FIRST / 2);
    }

    #[test]
    fn three_rounds_may_follow_each_other_and_then_one_a_minute() {
        let start = Instant::now();
        let mut purse = Purse::new(start);
        let after = |seconds| start + Duration::from_secs(seconds);
        let taken: Vec<_> = (0..300).filter(|second| purse.take(after(*second)).is_ok()).collect();
        assert_eq!(taken, [0, 1, 2, 60, 120, 180, 240]);
        assert_eq!(purse.take(after(299)), Err(after(300)));
        let rested: Vec<_> = (9000..9050).filter(|second| purse.take(after(*second)).is_ok()).collect();
        assert_eq!(rested, [9000, 9001, 9002]);
    }
}
