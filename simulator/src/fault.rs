//! What goes wrong between a PBX and who listens to it: events come twice, late, in another order, from a clock that is off.
//!
//! Each fault is drawn for each event by its own probability, so that the same seed gives the same faults. Nothing is lost
//! here: the PBX's own rules lose events (`retry`), and a restart does.

use std::time::Duration;

use rand::Rng;

/// A delivery that is overtaken is held back so long at most.
const REORDER_MAX_MS: u64 = 5000;

/// How likely what is. Probabilities are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, clap::Args)]
pub struct Faults {
    /// Of all events so many are delivered twice: the second time up to --delay-max later.
    #[arg(long, default_value_t = 0.0, value_parser = probability, value_name = "PROBABILITY")]
    pub duplicate: f64,
    /// Of all events so many are held back for up to 5 seconds, so that others overtake them.
    #[arg(long, default_value_t = 0.0, value_parser = probability, value_name = "PROBABILITY")]
    pub reorder: f64,
    /// Of all events so many come up to --delay-max late.
    #[arg(long, default_value_t = 0.0, value_parser = probability, value_name = "PROBABILITY")]
    pub delay: f64,
    /// How late an event comes at most, as 90s, 20m, 500ms.
    #[arg(long, default_value = "20m", value_parser = duration, value_name = "TIME")]
    pub delay_max: Duration,
}

impl Faults {
    /// Every event once, at once.
    pub const NONE: Self =
        Self { duplicate: 0.0, reorder: 0.0, delay: 0.0, delay_max: Duration::from_secs(1) };

    /// When an event is delivered: milliseconds after it happened, one for each delivery, at least one.
    pub fn deliveries(&self, rng: &mut impl Rng) -> Vec<u64> {
        let longest = u64::try_from(self.delay_max.as_millis()).unwrap_or(u64::MAX).max(1);
        let first = if rng.random_bool(self.delay) {
            rng.random_range(0..longest)
        } else if rng.random_bool(self.reorder) {
            rng.random_range(0..REORDER_MAX_MS.min(longest))
        } else {
            0
        };
        let mut deliveries = vec![first];
        if rng.random_bool(self.duplicate) {
            deliveries.push(rng.random_range(0..longest));
        }
        deliveries
    }
}

/// A probability.
fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(chance) if (0.0..=1.0).contains(&chance) => Ok(chance),
        _ => Err("a number from 0 to 1".to_owned()),
    }
}

/// A length of time: `90s`, `20m`, `2h`, `500ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a number with its unit: 500ms, 90s, 20m, 2h".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a number with its unit: 90s, 20m".to_owned())?;
    number.checked_mul(factor).map(Duration::from_millis).ok_or_else(|| "too long".to_owned())
}

/// A clock's error in milliseconds: a length of time, with a `-` where the clock is behind.
pub fn skew(text: &str) -> Result<i64, String> {
    let (sign, length) = text.strip_prefix('-').map_or((1, text), |length| (-1, length));
    let length = duration(length)?;
    i64::try_from(length.as_millis()).map(|length| sign * length).map_err(|_| "too long".to_owned())
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        for (text, ms) in
            [("90s", 90_000), ("-90s", -90_000), ("20m", 1_200_000), ("2h", 7_200_000), ("5ms", 5)]
        {
            assert_eq!(skew(text), Ok(ms), "{text}");
        }
        for wrong in ["", "90", "s", "1.5s", "90 s", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_fault_comes_as_often_as_it_was_asked_for_and_none_loses_an_event() {
        let mut rng = StdRng::seed_from_u64(1);
        let faults = Faults { duplicate: 0.1, reorder: 0.2, delay: 0.05, delay_max: Duration::from_mins(20) };
        let all: Vec<Vec<u64>> = (0..20_000).map(|_| faults.deliveries(&mut rng)).collect();
        let share = |fits: &dyn Fn(&Vec<u64>) -> bool| {
            all.iter().filter(|deliveries| fits(deliveries)).count() * 100 / all.len()
        };
        assert!(all.iter().all(|deliveries| deliveries.iter().all(|ms| *ms < 1_200_000)));
        assert!((9..=10).contains(&share(&|deliveries| deliveries.len() == 2)));
        assert!((22..=24).contains(&share(&|deliveries| deliveries[0] > 0)));
        assert!((4..=5).contains(&share(&|deliveries| deliveries[0] >= REORDER_MAX_MS)));
        let none: Vec<_> = (0..100).map(|_| Faults::NONE.deliveries(&mut rng)).collect();
        assert!(none.iter().all(|deliveries| *deliveries == [0]));
    }
}
