//! A body read as text, since it may be no JSON: its kind, and its times, moved. Everything else in it stays as it came,
//! byte for byte.

use crate::event::Hook;

/// The names of PortSIP's times (Event reference, Pub/Sub pages).
const NAMES: [&[u8]; 7] =
    [b"time", b"timestamp", b"start_time", b"ring_time", b"answered_time", b"ended_time", b"end_time"];
/// The names that the CDR webhook's events begin with (Event reference, and their older names).
const CDR_NAMES: [&str; 3] = ["call_", "cdr_", "target_"];
/// A time in seconds has so many digits, from 2001 to 2286.
const SECONDS_DIGITS: usize = 10;
/// And one in milliseconds.
const MILLIS_DIGITS: usize = 13;

/// The body with each time replaced by what `moved` makes of it, both in unix ms. A time of whole seconds stays one,
/// rounded down. `"0"`, empty ones and RFC 3339 text stay as they are.
pub fn move_times(body: &[u8], moved: impl Fn(u64) -> u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let (mut at, mut copied) = (0, 0);
    while let Some((name, after)) = next_text(body, at) {
        at = after;
        let Some(digits) = digits_of_member(body, after).filter(|_| NAMES.contains(&name)) else { continue };
        let Some(new) = move_digits(&body[digits.clone()], &moved) else { continue };
        out.extend_from_slice(&body[copied..digits.start]);
        out.extend_from_slice(new.as_bytes());
        copied = digits.end;
        at = digits.end;
        // Past a closing quote, which would else look like an opening one.
        at += usize::from(body.get(at) == Some(&b'"'));
    }
    out.extend_from_slice(&body[copied..]);
    out
}

/// The webhook that an event belongs to, by its name; the extension webhook where it has none.
pub fn hook_of(body: &[u8]) -> Hook {
    let name = first_text(body, "event_type").unwrap_or_default();
    let is_cdr = CDR_NAMES.iter().any(|start| name.starts_with(start.as_bytes()));
    if is_cdr { Hook::Cdr } else { Hook::Extension }
}

/// The value of the first member of a name that has a text as its value.
fn first_text<'a>(body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut at = 0;
    while let Some((found, after)) = next_text(body, at) {
        at = after;
        if found == name.as_bytes()
            && let Some(value) = value_of_member(body, after)
            && body.get(value) == Some(&b'"')
        {
            return next_text(body, value).map(|(text, _)| text);
        }
    }
    None
}

/// The next text in quotes from here, as written, and where it is over.
fn next_text(body: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let start = from + body.get(from..)?.iter().position(|&byte| byte == b'"')? + 1;
    let mut at = start;
    loop {
        match body.get(at)? {
            b'"' => return Some((&body[start..at], at + 1)),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Where a member's value begins, if what ended here was a member's name.
fn value_of_member(body: &[u8], after_name: usize) -> Option<usize> {
    let colon = skip_blank(body, after_name);
    (body.get(colon) == Some(&b':')).then(|| skip_blank(body, colon + 1))
}

/// Where its digits are, if its value begins with some, in quotes or not.
fn digits_of_member(body: &[u8], after_name: usize) -> Option<std::ops::Range<usize>> {
    let value = value_of_member(body, after_name)?;
    let start = value + usize::from(body.get(value) == Some(&b'"'));
    let count = body.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some(start..start + count)
}

fn skip_blank(body: &[u8], from: usize) -> usize {
    let rest = body.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn move_digits(digits: &[u8], moved: impl Fn(u64) -> u64) -> Option<String> {
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    match digits.len() {
        SECONDS_DIGITS => Some((moved(number * 1000) / 1000).to_string()),
        MILLIS_DIGITS => Some(moved(number).to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body with all its times an hour later.
    fn an_hour_later(body: &str) -> String {
        String::from_utf8(move_times(body.as_bytes(), |ms| ms + 3_600_000)).unwrap()
    }

    #[test]
    fn times_are_moved_and_nothing_else() {
        let moved = an_hour_later(
            r#"{"event_type":"call_cdr", "time" : "1790000000","session_id":"1790000000","start_time":1790000001,
                "answered_time":"0","ended_time":"","talk_duration":1790000000,"note":"\"time\":\"1790000000\"",
                "call_targets":[{"time":"1790000002","timestamp":1790000000123}],"time":"2026-01-01T00:00:00Z"}"#,
        );
        assert_eq!(
            moved,
            r#"{"event_type":"call_cdr", "time" : "1790003600","session_id":"1790000000","start_time":1790003601,
                "answered_time":"0","ended_time":"","talk_duration":1790000000,"note":"\"time\":\"1790000000\"",
                "call_targets":[{"time":"1790003602","timestamp":1790003600123}],"time":"2026-01-01T00:00:00Z"}"#
        );
    }

    #[test]
    fn what_is_no_json_is_moved_as_far_as_it_goes() {
        for (body, moved) in [
            (r#"{"time":"1790000000","a":"#, r#"{"time":"1790003600","a":"#),
            (r#"{"time":"1790000000"#, r#"{"time":"1790003600"#),
            (r#"{"time"#, r#"{"time"#),
            (r#"{"time":"#, r#"{"time":"#),
            (r#"{"a":"\"#, r#"{"a":"\"#),
            ("", ""),
        ] {
            assert_eq!(an_hour_later(body), moved);
        }
    }

    #[test]
    fn the_first_member_of_a_name_is_found() {
        let text = |body: &'static str| first_text(body.as_bytes(), "event_type");
        assert_eq!(text(r#"{"a":"event_type","event_type" : "call_cdr"}"#), Some(b"call_cdr".as_slice()));
        assert_eq!(text(r#"{"event_type":7}"#), None);
        assert_eq!(text("not json"), None);
    }

    #[test]
    fn the_events_name_says_the_webhook() {
        for name in ["call_start", "call_cdr", "cdr_target_add", "target_ended"] {
            assert_eq!(hook_of(format!(r#"{{"event_type":"{name}"}}"#).as_bytes()), Hook::Cdr);
        }
        assert_eq!(hook_of(br#"{"event_type":"queue_status"}"#), Hook::Extension);
        assert_eq!(hook_of(b"?"), Hook::Extension);
    }
}
