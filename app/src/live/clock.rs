//! Time as this page shows it: moments as clock time, differences as `4:07`.
//!
//! The first render uses the page's own moment, and the reader's zone where his browser has told it before, else UTC: the same
//! text on the server and in the browser. Once live, *now* is the server's clock, ticking once a second for the whole page, and
//! clock times are the reader's own.

use crate::signals::RwSignal;
use model::time::{Millis, UnixMillis};

use crate::{locale, look, words::word};

/// How long between two ticks of [`Clock::slow`].
const SLOW: Millis = Millis::seconds(10);

/// The page's one clock.
#[derive(Clone, Copy)]
pub struct Clock {
    /// The server's clock: when the page was made, then, while it is live, every second.
    pub now: RwSignal<UnixMillis>,
    /// The same every ten seconds, for what is shown in minutes: a thousand tiles need not look every second.
    pub slow: RwSignal<UnixMillis>,
    /// Whether clock times are shown in the reader's zone; until then in UTC, and say so.
    pub local: RwSignal<bool>,
}

impl Clock {
    /// Stands still at `at` until something ticks it.
    pub fn new(at: UnixMillis) -> Self {
        Self {
            now: RwSignal::new(at),
            slow: RwSignal::new(at),
            local: RwSignal::new(look::now().east_s.is_some()),
        }
    }

    /// It is `now`.
    pub fn set(&self, now: UnixMillis) {
        self.now.set(now);
        let slow = self.slow.get_untracked();
        if now < slow || now.since(slow) >= SLOW {
            self.slow.set(now);
        }
    }
}

/// A moment's parts in some zone.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// Parts in UTC, by the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
fn utc(at: UnixMillis) -> Civil {
    let seconds = at.0.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    Civil {
        year: era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        hour: second / 3600,
        minute: second / 60 % 60,
        second: second % 60,
    }
}

/// Parts in the reader's zone.
#[cfg(feature = "browser")]
fn reader(at: UnixMillis) -> Civil {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 are below 2^53 for 285,000 years"
    )]
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    Civil {
        year: date.get_full_year().into(),
        month: i64::from(date.get_month()) + 1,
        day: date.get_date().into(),
        hour: date.get_hours().into(),
        minute: date.get_minutes().into(),
        second: date.get_seconds().into(),
    }
}

/// The server knows how far it is from UTC now.
#[cfg(not(feature = "browser"))]
fn reader(at: UnixMillis) -> Civil {
    utc(at + Millis::seconds(look::now().east_s.unwrap_or_default().into()))
}

/// `2026-11-25T10:42:07Z`, for `<time datetime>`.
pub fn machine_time(at: UnixMillis) -> String {
    let Civil { year, month, day, hour, minute, second } = utc(at);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `10:42:07`, with the date before it when that is not `now`'s; in UTC it says so.
pub fn clock_time(at: UnixMillis, now: UnixMillis, local: bool) -> String {
    let (shown, today) = if local { (reader(at), reader(now)) } else { (utc(at), utc(now)) };
    let Civil { year, month, day, hour, minute, second } = shown;
    let mut text = locale::time_of_day(hour, minute, format!("{second:02}"));
    if (year, month, day) != (today.year, today.month, today.day) {
        text = format!("{} {text}", locale::day(year, month, day));
    }
    if !local {
        text.push(' ');
        text.push_str(word!(time.utc));
    }
    text
}

/// `10:30`, or `10:30 AM`, as the reader has it; in UTC until his zone is known.
pub fn short_time(at: UnixMillis, local: bool) -> String {
    let Civil { hour, minute, .. } = if local { reader(at) } else { utc(at) };
    locale::short_time(hour, minute)
}

/// `10:30` for a room, whoever reads it there; in UTC until the screen's zone is known.
pub fn hour_minute(at: UnixMillis, local: bool) -> String {
    let Civil { hour, minute, .. } = if local { reader(at) } else { utc(at) };
    format!("{hour:02}:{minute:02}")
}

/// `4:07`, `1:10:22`; from two days on, days.
pub fn duration(length: Millis) -> String {
    let seconds = length.0.max(0) / 1000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{rest:02}"),
        1..48 => format!("{hours}:{minutes:02}:{rest:02}"),
        _ => word!(time.days, hours / 24),
    }
}

/// `24 min`, `3 h`, `5 d`: for states that last, where seconds would only unsettle.
pub fn coarse_duration(length: Millis) -> String {
    let minutes = length.0.max(0) / 60_000;
    match minutes {
        0..60 => word!(time.minutes, minutes),
        60..2880 => word!(time.hours, minutes / 60),
        _ => word!(time.days, minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: `date -u -d @SECONDS +%FT%TZ` of coreutils.
    #[test]
    fn moments_are_written_as_coreutils_writes_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_725_845_648, "2024-09-09T01:34:08Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(machine_time(UnixMillis(seconds * 1000 + 999)), text);
        }
    }

    #[test]
    fn clock_times_say_utc_and_the_date_when_it_is_another_day() {
        let now = UnixMillis(1_725_845_648_000);
        assert_eq!(clock_time(now, now, false), "01:34:08 UTC");
        assert_eq!(clock_time(now - Millis::hours(2), now, false), "2024-09-08 23:34:08 UTC");
    }

    #[cfg(not(feature = "browser"))]
    #[test]
    fn clock_times_are_the_readers_own_where_his_zone_is_known() {
        let now = UnixMillis(1_725_845_648_000);
        let look = look::Look { east_s: Some(-7 * 3600), ..look::Look::default() };
        let (local, text) = look::within(look, || {
            let clock = leptos::prelude::Owner::new().with(|| Clock::new(now).local.get_untracked());
            (clock, clock_time(now, now, true))
        });
        assert_eq!((local, text.as_str()), (true, "18:34:08"));
    }

    #[test]
    fn durations_read_like_a_stopwatch_and_never_go_below_zero() {
        for (seconds, exact, coarse) in [
            (-5, "0:00", "0\u{202f}min"),
            (7, "0:07", "0\u{202f}min"),
            (247, "4:07", "4\u{202f}min"),
            (4222, "1:10:22", "1\u{202f}h"),
            (200_000, "2\u{202f}d", "2\u{202f}d"),
        ] {
            assert_eq!(duration(Millis::seconds(seconds)), exact);
            assert_eq!(coarse_duration(Millis::seconds(seconds)), coarse);
        }
    }
}
