//! Moments as the PBX writes them: seconds since 1970, "the Unix timestamp in string format" (PortSIP, "Event
//! reference"). Milliseconds and RFC 3339 text are read too, since releases differ.

use crate::time::UnixMillis;

/// Seconds have fewer digits than this until the year 5138; from here on it is milliseconds.
const MILLIS_FROM: i64 = 100_000_000_000;
/// And from here on it is no time at all.
const NONSENSE_FROM: i64 = MILLIS_FROM * 1000;

/// Reads a moment. `Ok(None)`: it says that it did not happen (empty, or 0). `Err`: it is no moment.
pub(super) fn read(text: &str) -> Result<Option<UnixMillis>, ()> {
    // Nearly every one has ten digits, which are seconds.
    if let Ok(digits) = <&[u8; 10]>::try_from(text.as_bytes())
        && digits.iter().all(u8::is_ascii_digit)
    {
        let seconds = digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        return Ok((seconds != 0).then_some(UnixMillis(seconds * 1000)));
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let moment = match number(text) {
        Some(moment) => moment?,
        None => rfc3339(text).ok_or(())?,
    };
    Ok((moment != 0).then_some(UnixMillis(moment)))
}

/// Seconds or milliseconds with an optional fraction. `None` where it is no such number, `Some(Err)` where it is out of
/// range.
fn number(text: &str) -> Option<Result<i64, ()>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match whole.parse::<i64>() {
        Ok(seconds) if seconds < MILLIS_FROM => Ok(seconds * 1000 + millis(fraction)),
        Ok(millis) if millis < NONSENSE_FROM => Ok(millis),
        _ => Err(()),
    })
}

/// The first three digits of a fraction of a second.
fn millis(fraction: &str) -> i64 {
    fraction.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

/// RFC 3339 §5.6: `2026-08-06T01:46:40.5Z`, `2026-08-06 03:46:40+02:00`. A time without a zone is no moment.
fn rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = three(date, '-', [4, 2, 2])?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (hour, minute, second) = three(clock, ':', [2, 2, 2])?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    let east = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, minutes, _) = three(&format!("{}:00", &zone[1..]), ':', [2, 2, 2])?;
            let seconds = hours * 3600 + minutes * 60;
            if hours > 23 || minutes > 59 {
                return None;
            }
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    // A leap second is written :60 and counted as the next minute's first.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second - east;
    (seconds >= 0).then_some(seconds * 1000 + millis(fraction))
}

/// Three numbers of exactly so many digits.
fn three(text: &str, between: char, digits: [usize; 3]) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(between);
    let mut next = |digits| {
        let part = parts.next()?;
        let well = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        well.then(|| part.parse().ok()).flatten()
    };
    let three = (next(digits[0])?, next(digits[1])?, next(digits[2])?);
    parts.next().is_none().then_some(three)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. With years that begin in March the leap day is the last
/// day of a year, and the lengths of the months before it follow 153 days to five months.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(
        year * 365 + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + day
            - 1
            - 719_468,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: `date -u -d TEXT +%s%3N` of GNU coreutils.
    #[test]
    fn a_moment_is_read_in_every_form() {
        for (text, millis) in [
            ("1786000000", 1_786_000_000_000),
            (" 1786000000 ", 1_786_000_000_000),
            ("1786000000.0", 1_786_000_000_000),
            ("1786000000.25", 1_786_000_000_250),
            ("1786000000123", 1_786_000_000_123),
            ("2026-08-06T07:06:40Z", 1_786_000_000_000),
            ("2026-08-06t09:06:40.1234+02:00", 1_786_000_000_123),
            ("2026-08-05 23:36:40-07:30", 1_786_000_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400_000),
            ("1970-01-01T00:00:01Z", 1_000),
        ] {
            assert_eq!(read(text), Ok(Some(UnixMillis(millis))), "{text}");
        }
    }

    #[test]
    fn zero_and_empty_did_not_happen() {
        for text in ["", " ", "0", "0.0", "000", "1970-01-01T00:00:00Z"] {
            assert_eq!(read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_said_to_be_none() {
        for text in [
            "-1",
            "1e9",
            ".5",
            "yesterday",
            "99999999999999999999",
            "100000000000000",
            "2026-08-06T07:06:40",
            "2026-13-06T07:06:40Z",
            "2026-02-29T07:06:40Z",
            "2026-08-06T24:06:40Z",
            "2026-08-06T07:06:40+2:00",
            "2026-08-06T07:06:40+25:00",
            "2026-08-06T07:06:40Zulu",
            "1969-12-31T23:59:59Z",
            "１７８６０００００００",
            "2026-08-0６T07:06:40Z",
        ] {
            assert_eq!(read(text), Err(()), "{text}");
        }
    }
}
