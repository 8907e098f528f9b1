//! Bodies that nobody means well with, and bodies at random: never a panic, never more than the limits, and a meaning
//! that does not hang on the order of keys.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::sync::LazyLock;

use model::event::{Problem, decode};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value;

/// The bodies that `events.rs` checks.
static BODIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut paths: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
});

fn limit(body: &str) -> Option<String> {
    let decoded = decode(body.as_bytes());
    match &decoded.problems[..] {
        [Problem::TooLarge { limit }] => {
            assert!(decoded.events.is_empty() && decoded.problems[0].quarantines());
            Some(limit.to_string())
        }
        _ => None,
    }
}

/// An event whose unknown field holds `value`.
fn event_with(value: &str) -> String {
    format!(r#"{{"event_type":"extension_call","extension":"101","x":{value}}}"#)
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn depth_32_is_read_and_33_is_not() {
    assert_eq!(limit(&event_with(&nested(31))), None);
    assert_eq!(decode(event_with(&nested(31)).as_bytes()).events.len(), 1);
    assert_eq!(limit(&event_with(&nested(32))).as_deref(), Some("deeper than 32"));
}

#[test]
fn eight_mebibytes_of_depth_do_not_overflow_the_stack() {
    for unit in ["[", "{\"a\":", "[{\"a\":"] {
        assert_eq!(limit(&unit.repeat(8 * 1024 * 1024 / unit.len())).as_deref(), Some("deeper than 32"));
    }
}

#[test]
fn a_string_of_64_kib_is_read_and_a_longer_one_is_not() {
    let of = |length: usize| event_with(&format!("\"{}\"", "x".repeat(length)));
    assert_eq!(limit(&of(64 * 1024)), None);
    assert_eq!(limit(&of(64 * 1024 + 1)).as_deref(), Some("a string over 64 KiB"));
    assert_eq!(
        limit(&event_with(&format!("\"{}", "\\\"".repeat(40_000)))).as_deref(),
        Some("a string over 64 KiB")
    );
    let key = format!(r#"{{"{}":1}}"#, "x".repeat(64 * 1024 + 1));
    assert_eq!(limit(&key).as_deref(), Some("a string over 64 KiB"));
}

#[test]
fn a_list_of_10_000_is_read_and_a_longer_one_is_not() {
    let of = |length: usize| event_with(&format!("[{}]", vec!["0"; length].join(",")));
    assert_eq!(limit(&of(10_000)), None);
    assert_eq!(limit(&of(10_001)).as_deref(), Some("a list over 10,000 elements"));
    let members: Vec<_> = (0..10_001).map(|n| format!("\"{n}\":0")).collect();
    assert_eq!(
        limit(&event_with(&format!("{{{}}}", members.join(",")))).as_deref(),
        Some("a list over 10,000 elements")
    );
}

#[test]
fn separators_inside_of_strings_are_not_counted() {
    let text = format!("\"{}{}\"", ",".repeat(20_000), "[{".repeat(20_000));
    assert_eq!(limit(&event_with(&format!("[{text},{text}]"))), None);
}

#[test]
fn events_one_after_another_are_limited_like_a_list() {
    assert_eq!(limit(&"{}".repeat(10_000)), None);
    assert_eq!(limit(&"{}\n".repeat(10_001)).as_deref(), Some("over 10,000 values one after another"));
}

#[test]
fn objects_are_limited_in_all() {
    let list = format!("[{}]", vec!["{}"; 9_999].join(","));
    let of = |lists: usize| format!("[{}]", vec![list.clone(); lists].join(","));
    assert_eq!(limit(&of(9)), None);
    assert_eq!(limit(&of(11)).as_deref(), Some("over 100,000 objects"));
}

#[test]
fn values_are_limited_in_all() {
    let list = format!("[{}]", vec!["0"; 9_999].join(","));
    let of = |lists: usize| event_with(&format!("[{}]", vec![list.clone(); lists].join(",")));
    assert_eq!(limit(&of(99)), None);
    assert_eq!(limit(&of(101)).as_deref(), Some("over 1,000,000 values"));
    assert_eq!(limit(&of(99).repeat(3)), None);
}

#[test]
fn problems_are_kept_once_and_at_most_a_hundred() {
    assert_eq!(decode("{}".repeat(5_000).as_bytes()).problems, [Problem::NoType]);
    let names = (0..5_000).map(|n| format!(r#"{{"event_type":"x{n}"}}"#)).collect::<Vec<_>>().concat();
    let decoded = decode(names.as_bytes());
    assert_eq!((decoded.events.len(), decoded.problems.len()), (5_000, 100));
    let strange = (0..5_000).map(|n| format!(",\"x{n}\":0")).collect::<Vec<_>>().concat();
    let body =
        format!(r#"{{"event_type":"trunk_gone"}}{{"event_type":"call_start","session_id":"1"{strange}}}"#);
    let decoded = decode(body.as_bytes());
    assert_eq!((decoded.events.len(), decoded.problems.len()), (2, 100));
}

/// The same value with the members of every object in another order; serde_json's own map has them sorted.
fn shuffled(value: &Value, seeds: &mut impl Iterator<Item = Index>) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            let mut text = Vec::new();
            while !members.is_empty() {
                let at = seeds.next().unwrap().index(members.len());
                let (key, value) = members.swap_remove(at);
                text.push(format!("{}:{}", Value::from(key.clone()), shuffled(value, seeds)));
            }
            format!("{{{}}}", text.join(","))
        }
        Value::Array(elements) => {
            let text: Vec<_> = elements.iter().map(|element| shuffled(element, seeds)).collect();
            format!("[{}]", text.join(","))
        }
        other => other.to_string(),
    }
}

/// A piece of JSON in the place of another: what a later release, or somebody, might send.
fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(sip:|<|tel:)?[0-9a-z@;:.?<>]{0,16}".prop_map(Value::from),
        "[0-9T:+Z.-]{0,25}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,8}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts `new` in the place of one of the values inside `value`.
fn replace(value: &mut Value, at: Index, new: Value) {
    fn places<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
        match value {
            Value::Object(members) => members.values_mut().for_each(|value| places(value, found)),
            Value::Array(elements) => elements.iter_mut().for_each(|value| places(value, found)),
            _ => found.push(value),
        }
    }
    let mut found = Vec::new();
    places(value, &mut found);
    if !found.is_empty() {
        let at = at.index(found.len());
        *found[at] = new;
    }
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_without_a_panic(body in vec(any::<u8>(), 0..300)) {
        let decoded = decode(&body);
        // Random bytes name no event; if they say nothing at all they are white space.
        prop_assert!(!decoded.problems.is_empty() || body.trim_ascii().is_empty() || body.starts_with(b"[]"));
    }

    #[test]
    fn a_damaged_body_is_decoded_without_a_panic(
        body in any::<Index>(), edits in vec((any::<Index>(), any::<u8>(), 0..3u8), 1..6), end in any::<Index>(),
    ) {
        let mut bytes = BODIES[body.index(BODIES.len())].as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        decode(&bytes);
        bytes.truncate(end.index(bytes.len() + 1));
        decode(&bytes);
    }

    /// Oracle: serde_json reads it, so it is JSON, and within the limits.
    #[test]
    fn a_body_with_odd_values_is_json_all_the_same(
        body in any::<Index>(), odd in vec((any::<Index>(), odd_value()), 1..4),
    ) {
        for value in serde_json::Deserializer::from_str(&BODIES[body.index(BODIES.len())]).into_iter::<Value>() {
            let mut value = value.unwrap();
            for (at, new) in &odd {
                replace(&mut value, *at, new.clone());
            }
            let decoded = decode(value.to_string().as_bytes());
            let outer = |problem: &Problem| matches!(
                problem,
                Problem::NotJson { .. } | Problem::TooLarge { .. } | Problem::NotUtf8 { .. } | Problem::NotAnEvent
            );
            prop_assert!(!decoded.problems.iter().any(outer), "{:?}", decoded.problems);
        }
    }

    #[test]
    fn the_order_of_keys_means_nothing(
        body in any::<Index>(), odd in vec((any::<Index>(), odd_value()), 0..3), seeds in vec(any::<Index>(), 500),
    ) {
        for value in serde_json::Deserializer::from_str(&BODIES[body.index(BODIES.len())]).into_iter::<Value>() {
            let mut value = value.unwrap();
            for (at, new) in &odd {
                replace(&mut value, *at, new.clone());
            }
            let other = shuffled(&value, &mut seeds.iter().copied().cycle());
            prop_assert_eq!(decode(value.to_string().as_bytes()), decode(other.as_bytes()));
        }
    }
}
