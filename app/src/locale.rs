//! Numbers, days and times of day as the reader's language writes them. What differs stands in `locales/` with the words, so
//! server and browser write the same.

use std::fmt::Display;

use crate::{look, words::word};

/// A whole number, in groups of three digits: `12,345`.
pub fn number(number: impl Display) -> String {
    let digits = number.to_string();
    // Spanish leaves four digits alone.
    if digits.len() <= 3 || digits.len() <= word!(number.alone).len() {
        return digits;
    }
    let mut whole = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            whole.push_str(word!(number.group));
        }
        whole.push(digit);
    }
    whole
}

/// A share in whole percent: `85 %`.
pub fn percent(percent: u32) -> String {
    word!(number.percent, percent)
}

/// A number with one decimal, given in tenths: `1.4`.
pub fn tenths(tenths: u64) -> String {
    word!(number.decimal, tenths / 10, tenths % 10)
}

/// `10:42:07`, or `10:42:07 AM`.
pub fn time_of_day(hour: i64, minute: i64, second: impl Display) -> String {
    if !look::now().twelve {
        return format!("{hour:02}:{minute:02}:{second}");
    }
    let shown = format!("{}:{minute:02}:{second}", (hour + 11) % 12 + 1);
    if hour < 12 { word!(time.am, shown) } else { word!(time.pm, shown) }
}

/// `10:30`; or `10:30 AM`, and `10 AM` for a full hour.
pub fn short_time(hour: i64, minute: i64) -> String {
    if !look::now().twelve {
        return format!("{hour:02}:{minute:02}");
    }
    let of_half_day = (hour + 11) % 12 + 1;
    let shown = if minute == 0 { of_half_day.to_string() } else { format!("{of_half_day}:{minute:02}") };
    if hour < 12 { word!(time.am, shown) } else { word!(time.pm, shown) }
}

/// Seconds to the millisecond: `07.125`.
pub fn seconds_exact(second: impl Display, milliseconds: impl Display) -> String {
    word!(number.decimal, format!("{second:02}"), format!("{milliseconds:03}"))
}

/// `2026-11-26`, as the language orders and separates the parts.
pub fn day(year: i64, month: i64, day: i64) -> String {
    word!(time.date, format!("{year:04}"), format!("{month:02}"), format!("{day:02}"))
}

#[cfg(all(test, not(feature = "browser")))]
mod tests {
    use super::*;
    use crate::look::{Language, Look, within};

    fn said(language: Language, twelve: bool, say: impl Fn() -> String) -> String {
        within(Look { language, twelve, ..Look::default() }, say)
    }

    /// Oracle: `Intl.NumberFormat(tag)` of ICU 74 for en, de, es, zh.
    #[test]
    fn numbers_are_grouped_as_icu_groups_them() {
        for (language, four, seven) in [
            (Language::English, "1,204", "1,234,567"),
            (Language::German, "1.204", "1.234.567"),
            (Language::Spanish, "1204", "1.234.567"),
            (Language::Chinese, "1,204", "1,234,567"),
        ] {
            let number = |of: u32| said(language, false, || number(of));
            assert_eq!(
                (number(999), number(1_204), number(1_234_567)),
                ("999".into(), four.into(), seven.into())
            );
        }
        assert_eq!(said(Language::Spanish, false, || number(12_345)), "12.345");
    }

    #[test]
    fn decimals_and_percents_are_the_languages_own() {
        let decimal = |language| said(language, false, || tenths(12_345));
        assert_eq!(Language::ALL.map(decimal), ["1,234.5", "1.234,5", "1234,5", "1,234.5"]);
        let share = |language| said(language, false, || percent(85));
        assert_eq!(Language::ALL.map(share), ["85\u{202f}%", "85\u{a0}%", "85\u{a0}%", "85%"]);
    }

    /// Oracle: CLDR's `h:mm:ss a` of en-US.
    #[test]
    fn noon_and_midnight_are_twelve_where_the_day_has_twice_twelve_hours() {
        let clock = |hour| said(Language::English, true, || time_of_day(hour, 5, "09"));
        assert_eq!(
            [0, 1, 11, 12, 13, 23].map(clock),
            ["12:05:09 AM", "1:05:09 AM", "11:05:09 AM", "12:05:09 PM", "1:05:09 PM", "11:05:09 PM"]
        );
        assert_eq!(said(Language::English, false, || time_of_day(0, 5, "09")), "00:05:09");
        let short = |hour, minute| said(Language::English, true, || short_time(hour, minute));
        assert_eq!([short(0, 0), short(9, 30), short(12, 0)], ["12 AM", "9:30 AM", "12 PM"]);
        assert_eq!(said(Language::English, false, || short_time(9, 0)), "09:00");
        assert_eq!(said(Language::German, false, || day(2026, 3, 7)), "07.03.2026");
    }
}
