//! How something stands to its target, and how long a state lasts, in steps. Steps have a shade and a word; only what is
//! past its target asks for a person.

use model::{
    time::{Millis, UnixMillis},
    wire::{CallerKind, CallerRow, QueueRow, Share},
};

/// A wait this many times the target is far past it.
const FAR_PAST: i64 = 3;

/// From so many minutes on a state is long, longer, very long.
const LONG_MINUTES: [i64; 3] = [5, 15, 30];

/// How a wait stands to the queue's target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Within the target, or the queue has none.
    #[default]
    Within,
    /// Past it.
    Past,
    /// Past it three times over.
    FarPast,
}

impl Age {
    /// Of a caller who waits `since`, in a queue that should answer within `target_s`.
    pub fn of(since: Option<UnixMillis>, target_s: Option<u32>, now: UnixMillis) -> Self {
        let (Some(since), Some(target_s)) = (since, target_s) else {
            return Self::Within;
        };
        let (wait, target) = (now.since(since).0, Millis::seconds(target_s.into()).0);
        if wait > target * FAR_PAST {
            Self::FarPast
        } else if wait > target {
            Self::Past
        } else {
            Self::Within
        }
    }

    /// Of a queue's longest wait.
    pub fn of_queue(queue: &QueueRow, now: UnixMillis) -> Self {
        Self::of(queue.longest_since.filter(|_| queue.waiting > 0), queue.target_s, now)
    }

    /// Of a caller on the line; who waits to be called back is past nothing.
    pub fn of_caller(caller: &CallerRow, target_s: Option<u32>, now: UnixMillis) -> Self {
        Self::of(caller.since.filter(|_| caller.kind == CallerKind::Normal), target_s, now)
    }

    /// Of a service level, where `wanted` percent should be reached. It is compared as it is counted, not as it is shown.
    pub fn of_level(level: Option<Share>, wanted: Option<u8>) -> Self {
        match level.zip(wanted) {
            Some((level, wanted)) if level.0 < u32::from(wanted) * 100 => Self::Past,
            _ => Self::Within,
        }
    }

    /// As the style sheet knows it.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Within => None,
            Self::Past => Some("heed"),
            Self::FarPast => Some("act"),
        }
    }
}

/// How long a state lasts, as the style sheet knows it: none, or `1` to `3`.
pub fn long(since: Option<UnixMillis>, now: UnixMillis) -> Option<&'static str> {
    let minutes = now.since(since?).0 / 60_000;
    let steps = LONG_MINUTES.iter().filter(|from| minutes >= **from).count();
    ["1", "2", "3"].get(steps.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_past_the_target_only_after_it_and_never_without_one() {
        let now = UnixMillis(1_000_000);
        let age = |waited_s, target_s| Age::of(Some(now - Millis::seconds(waited_s)), target_s, now);
        assert_eq!(age(20, Some(20)), Age::Within);
        assert_eq!(age(21, Some(20)), Age::Past);
        assert_eq!(age(60, Some(20)), Age::Past);
        assert_eq!(age(61, Some(20)), Age::FarPast);
        assert_eq!(age(9_999, None), Age::Within);
        assert_eq!(Age::of(None, Some(20), now), Age::Within);
    }

    #[test]
    fn a_state_is_shaded_from_its_fifth_minute_on_and_not_without_a_since() {
        let now = UnixMillis(100_000_000);
        let shade = |seconds| long(Some(now - Millis::seconds(seconds)), now);
        assert_eq!(
            [shade(-60), shade(299), shade(300), shade(900), shade(90_000)],
            [None, None, Some("1"), Some("2"), Some("3")]
        );
        assert_eq!(long(None, now), None);
    }
}
