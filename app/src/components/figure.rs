//! A figure as text: a count, a share, a mean. What is unknown, or can't be computed, is an en dash and never 0.

use model::{time::Millis, wire::Share};

use crate::{
    live::clock::duration,
    locale::{self, number},
};

/// What stands for a figure that there is not.
pub const NONE: &str = "–";

/// A count.
pub fn count(count: Option<u32>) -> String {
    count.map_or_else(|| NONE.to_owned(), number)
}

/// A share in whole percent, rounded half up; but only all is 100, and only nothing is 0.
pub fn share(share: Option<Share>) -> String {
    let Some(Share(parts)) = share else { return NONE.to_owned() };
    let percent = match parts {
        0 => 0,
        1..100 => 1,
        9_900..10_000 => 99,
        _ => (parts + 50) / 100,
    };
    locale::percent(percent)
}

/// A length, as a stopwatch shows it.
pub fn length(length: Option<Millis>) -> String {
    length.map_or_else(|| NONE.to_owned(), duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_percents_and_only_all_is_a_hundred() {
        for (parts, text) in
            [(0, "0"), (1, "1"), (4_949, "49"), (4_950, "50"), (9_999, "99"), (10_000, "100")]
        {
            assert_eq!(share(Some(Share(parts))), format!("{text}\u{202f}%"), "{parts}");
        }
        assert_eq!((share(None), count(None), length(None)), (NONE.into(), NONE.into(), NONE.into()));
    }
}
