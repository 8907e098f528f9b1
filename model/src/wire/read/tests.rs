//! The reader beside serde_json.

use proptest::prelude::*;

use super::*;
use crate::wire::{Row, ServerFrame};

#[derive(Debug, PartialEq, Deserialize, serde::Serialize)]
struct All {
    text: String,
    number: i64,
    amount: Option<u64>,
    small: u8,
    list: Vec<Option<String>>,
    is_so: bool,
}

/// The examples of the contract, each a frame.
fn examples() -> Vec<&'static str> {
    let contract = include_str!("../../../../docs/feed.md");
    contract.lines().map(str::trim).filter(|line| line.starts_with("{\"t\": \"")).collect()
}

/// Oracle: serde_json.
#[test]
fn the_contracts_examples_are_read_as_serde_json_reads_them() {
    let frames = examples();
    assert!(frames.len() >= 5, "{frames:?}");
    for frame in frames {
        match serde_json::from_str::<ServerFrame>(frame) {
            Ok(theirs) => assert_eq!(read::<ServerFrame>(frame).as_ref(), Ok(&theirs), "{frame}"),
            // What a client says.
            Err(_) => assert!(read::<ServerFrame>(frame).is_err(), "{frame}"),
        }
        for end in (0..frame.len()).filter(|end| frame.is_char_boundary(*end)) {
            assert!(read::<ServerFrame>(&frame[..end]).is_err(), "{}", &frame[..end]);
        }
    }
    assert!(read::<Row>(r#"{"k":"nothing","id":"1"}"#).is_err());
}

proptest! {
    /// Oracle: serde_json, which writes a value, and reads what is made of its text.
    #[test]
    fn whatever_is_written_is_read_and_what_is_broken_is_refused(
        (text, number, amount, small) in (any::<String>(), any::<i64>(), any::<Option<u64>>(), any::<u8>()),
        list in prop::collection::vec(any::<Option<String>>(), 0..4),
        (is_so, is_pretty, at, byte) in (any::<bool>(), any::<bool>(), any::<prop::sample::Index>(), any::<u8>()),
    ) {
        let all = All { text, number, amount, small, list, is_so };
        let json = if is_pretty { serde_json::to_string_pretty(&all) } else { serde_json::to_string(&all) };
        let json = json.unwrap();
        prop_assert_eq!(read::<All>(&json), Ok(all));
        // One byte is another one.
        let mut broken = json.into_bytes();
        let at = at.index(broken.len());
        broken[at] = byte;
        if let Ok(broken) = String::from_utf8(broken) {
            prop_assert_eq!(read::<All>(&broken).ok(), serde_json::from_str(&broken).ok(), "{}", broken);
        }
    }

    /// Oracle: serde_json, of values that nobody knows, and are passed over.
    #[test]
    fn what_nobody_knows_is_passed_over(text in r#"[\[\]{}",:0-9a-z\\ .-]{0,24}"#) {
        let ours = read::<de::IgnoredAny>(&text).is_ok();
        let theirs = serde_json::from_str::<de::IgnoredAny>(&text).is_ok();
        // It has numbers of all kinds.
        let has_fraction = text.contains(['.', 'e']);
        prop_assert!(ours == theirs || (has_fraction && !ours), "{}", text);
    }
}
