//! Days of the week and times of day, by the tenant's own clock.

use serde::{Deserialize, Serialize};

/// A moment of the tenant's week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// The day: 0 is Monday.
    pub day: u8,
    /// Minutes since its midnight, by the clock on the wall.
    pub minute: u16,
}

/// The same hours on some days of the week. Hours that end before they begin go on after midnight, and belong to the day on
/// which they began; those that end when they begin are the whole of each day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// A bit a day; the lowest is Monday.
    pub days: u8,
    /// The first minute, since midnight.
    pub from: u16,
    /// The first minute that is not of them.
    pub to: u16,
}

impl Hours {
    /// Every day of the week.
    pub const ALL_DAYS: u8 = 0b111_1111;

    /// Whether a moment is of them.
    pub const fn contains(self, Local { day, minute }: Local) -> bool {
        if self.from == self.to {
            return self.has(day);
        }
        if self.from < self.to {
            return self.has(day) && self.from <= minute && minute < self.to;
        }
        (self.has(day) && self.from <= minute) || (minute < self.to && self.has((day + 6) % 7))
    }

    /// Whether they begin on a day.
    pub const fn has(self, day: u8) -> bool {
        self.days & (1 << day) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the words above.
    #[test]
    fn hours_may_go_over_midnight_and_belong_to_the_day_on_which_they_began() {
        const MONDAY_TO_FRIDAY: u8 = 0b001_1111;
        let at = |day, hour: u16, minute: u16| Local { day, minute: hour * 60 + minute };
        let day = Hours { days: MONDAY_TO_FRIDAY, from: 8 * 60, to: 18 * 60 };
        let night = Hours { days: MONDAY_TO_FRIDAY, from: 22 * 60, to: 6 * 60 };
        let whole = Hours { days: MONDAY_TO_FRIDAY, from: 420, to: 420 };
        for (moment, of_day, of_night, of_whole) in [
            (at(0, 7, 59), false, false, true),
            (at(0, 8, 0), true, false, true),
            (at(4, 17, 59), true, false, true),
            (at(4, 18, 0), false, false, true),
            (at(5, 12, 0), false, false, false),
            // Friday's night ends on Saturday; Sunday has none, so Monday's small hours are not of it.
            (at(4, 22, 0), false, true, true),
            (at(5, 5, 59), false, true, false),
            (at(5, 22, 30), false, false, false),
            (at(0, 5, 0), false, false, true),
        ] {
            assert_eq!(day.contains(moment), of_day, "{moment:?}");
            assert_eq!(night.contains(moment), of_night, "{moment:?}");
            assert_eq!(whole.contains(moment), of_whole, "{moment:?}");
        }
    }
}
