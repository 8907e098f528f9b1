//! The log's patience with what strangers can repeat: each reason once a second.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How often the log says the same.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// Lets each reason into the log once in [`LOG_EVERY`]: what is refused is hostile input.
#[derive(Debug, Default)]
pub struct Seldom {
    said: Mutex<HashMap<&'static str, Said>>,
}

#[derive(Debug)]
struct Said {
    at: Instant,
    unsaid: u64,
}

impl Seldom {
    /// Whether to say it now; then, how often it was left unsaid since the last time.
    pub fn say(&self, reason: &'static str, now: Instant) -> Option<u64> {
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(said) = all.get_mut(reason) else {
            all.insert(reason, Said { at: now, unsaid: 0 });
            return Some(0);
        };
        if now.duration_since(said.at) < LOG_EVERY {
            said.unsaid += 1;
            return None;
        }
        said.at = now;
        Some(std::mem::take(&mut said.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_said_once_a_second_with_the_count_of_what_was_not() {
        let seldom = Seldom::default();
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!(seldom.say("off", start), Some(0));
        assert_eq!(seldom.say("off", after(1)), None);
        assert_eq!(seldom.say("address", after(1)), Some(0));
        assert_eq!(seldom.say("off", after(999)), None);
        assert_eq!(seldom.say("off", after(1000)), Some(2));
        assert_eq!(seldom.say("off", after(2000)), Some(0));
    }
}
