//! Shapes of charts as the text of an SVG path: one path a series, so that a figure that changes is one attribute.
//!
//! Charts are drawn in whole units of [`SLOT`] by [`HEIGHT`] and stretched to their place; lines keep their width and dots
//! their shape by the style sheet.

use std::fmt::Write as _;

/// Units that one interval is wide.
pub const SLOT: usize = 100;
/// Units that a chart is high.
pub const HEIGHT: u64 = 1000;
/// How much of its slot a bar leaves empty at either side.
const GAP: usize = 13;

/// Bars from one height to another, in units of `top` for the whole height. What is not there has none.
pub fn bars(places: impl Iterator<Item = (usize, u32, u32)>, top: u32) -> String {
    let mut path = String::new();
    for (place, from, to) in places.filter(|(_, from, to)| to > from) {
        let (x, width) = (place * SLOT + GAP, SLOT - 2 * GAP);
        // Writing to a String does not fail.
        _ = write!(path, "M{x} {}h{width}V{}h-{width}z", y(from, top), y(to, top));
    }
    path
}

/// A line through the middle of the slots, broken where there is nothing; one point alone is a dot.
pub fn line(values: &[Option<u32>], top: u32) -> String {
    let mut path = String::new();
    let mut is_on = false;
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else {
            is_on = false;
            continue;
        };
        let starts = !std::mem::replace(&mut is_on, true);
        let is_last = values.get(place + 1).is_none_or(Option::is_none);
        _ = write!(path, "{}{} {}", if starts { 'M' } else { 'L' }, middle(place), y(*value, top));
        if starts && is_last {
            path.push_str("h0");
        }
    }
    path
}

/// A dot in the middle of each slot that has a value.
pub fn dots(values: &[Option<u32>], top: u32) -> String {
    let mut path = String::new();
    for (place, value) in values.iter().enumerate() {
        if let Some(value) = value {
            _ = write!(path, "M{} {}h0", middle(place), y(*value, top));
        }
    }
    path
}

/// A line from one side to the other.
pub fn level(value: u32, top: u32, slots: usize) -> String {
    format!("M0 {}H{}", y(value, top), slots * SLOT)
}

const fn middle(place: usize) -> usize {
    place * SLOT + SLOT / 2
}

/// How far below the upper edge a value is. What is higher than the chart ends at its edge.
fn y(value: u32, top: u32) -> u64 {
    HEIGHT - (u64::from(value) * HEIGHT / u64::from(top.max(1))).min(HEIGHT)
}

/// A round number that is not below `most` and can be halved, for the upper end of an axis: 2, 4, 10, 20, 40, 100, …
pub fn round_top(most: u32) -> u32 {
    let mut step = 1_u32;
    loop {
        for top in [2, 4, 10] {
            let top = step.saturating_mul(top);
            if top >= most {
                return top;
            }
        }
        step = step.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_with_a_round_number_however_much_there_is() {
        for (most, top) in [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (41, 100), (1_000_000, 1_000_000)] {
            assert_eq!(round_top(most), top, "{most}");
        }
        assert_eq!(round_top(u32::MAX), u32::MAX);
    }

    #[test]
    fn a_line_is_broken_where_nothing_is_known_and_what_is_too_high_ends_at_the_edge() {
        let values = [Some(0), Some(50), None, Some(u32::MAX), None];
        assert_eq!(line(&values, 100), "M50 1000L150 500M350 0h0");
        assert_eq!(dots(&values[2..], 100), "M150 0h0");
        assert_eq!(line(&[None; 3], 100), "");
        assert_eq!(
            bars([(0, 0, 0), (1, 0, 5), (2, 5, 10)].into_iter(), 10),
            "M113 1000h74V500h-74zM213 500h74V0h-74z"
        );
    }
}
