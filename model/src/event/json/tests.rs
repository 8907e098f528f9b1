//! The tokenizer beside serde_json: both take the same texts, and find the same values in them.

use proptest::{
    prelude::*,
    sample::{Index, select},
    string::string_regex,
};
use serde_json::{from_str, value::RawValue};

use super::*;

/// What texts are made of, a blank between each.
const PIECES: &str = r#"{ } [ ] , : " \ "" "a" "time" "a": null true false 0 -0 1 - 01 10 1.5 .5 1. 1e5 1E+07 1e 1e- 1.5e-3 -1e999
12345678901234567890 \u00e9 \uD83D \ude00 \u12 \n \x \/ é 😀 nul tru ' / // +1 NaN Infinity x"#;
/// And blanks, real ones and others, and control characters.
const BLANKS: [&str; 10] = [" ", "\n", "\r\n", "\t", "\u{c}", "\u{a0}", "\u{feff}", "\u{7f}", "\u{1f}", "\0"];

fn piece() -> impl Strategy<Value = &'static str> {
    select(PIECES.split_ascii_whitespace().chain(BLANKS).collect::<Vec<_>>())
}

/// Texts at the edge of the grammar, on either side, one a line.
const EDGES: &str = r#"
{}
[]
{} []
{}[]
1 2
1,2
1]
1x
1[
1"a"
truefalse
true,
"a""b"
"a"x
[1,]
[,]
{,}
{"a"}
{"a":}
{"a":1,}
{"a":1 "b":2}
{1:2}
[1 2]
{"a":1}}
[}
{]
[[]
-
--1
-01
00
0.
0.e1
0e
0e+
1.0E-0
"\u"
"\u00g0"
"\uD800"
"\uDC00\uD800"
"\ud83d\ude00"
{"\ud83d":1}
{"ti\u006de":1}
"abcdefg"
"abcdefgh"
"abcdefg\""
"\
{"a":1,"a":2}
/**/1
"
{"
{"a
{"a"
{"a":
["a"
nul
nulL
n
"#;

/// What serde_json makes of a text: the values up to the first byte that it does not take, and whether there is one.
fn oracle(text: &str) -> (Vec<&RawValue>, bool) {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value),
            Err(_) => return (values, true),
        }
    }
    (values, false)
}

/// Members in order and with their doubles, as no map of serde_json's has them.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn check_value(ours: Value<'_>, theirs: &RawValue) {
    let text = theirs.get();
    match ours.kind() {
        Kind::Null => assert_eq!(text, "null"),
        Kind::True => assert_eq!(text, "true"),
        Kind::False => assert_eq!(text, "false"),
        Kind::Number => {
            assert_eq!(ours.raw(), text);
            assert!(text.starts_with(|first: char| first == '-' || first.is_ascii_digit()));
        }
        Kind::Text | Kind::Escaped => {
            assert_eq!(format!("\"{}\"", ours.raw()), text);
            assert_eq!(ours.text().map(Cow::into_owned), from_str(text).ok());
            assert_eq!(ours.kind() == Kind::Escaped, text.contains('\\'));
        }
        Kind::List => {
            assert_eq!(ours.raw(), text);
            let elements: Vec<&RawValue> = from_str(text).unwrap();
            assert_eq!(ours.inside().count(), elements.len());
            ours.inside().zip(elements).for_each(|(ours, theirs)| check_value(ours, theirs));
        }
        Kind::Object => {
            assert_eq!(ours.raw(), text);
            // Half of a surrogate pair in a name: serde_json takes the text and can't make an object of it.
            let Ok(Members(members)) = from_str(text) else { return };
            assert_eq!(ours.inside().count(), members.len());
            let mut strange = ours.strange_names();
            for (ours, (name, theirs)) in ours.inside().zip(members) {
                match ours.name() {
                    Some(found) => assert_eq!(found.as_str(), name),
                    None => assert_eq!(strange.next().as_deref(), Some(name.as_str())),
                }
                check_value(ours, theirs);
            }
        }
    }
}

fn check(text: &str) {
    let (values, is_broken) = oracle(text);
    let mut reader = Reader::new(text);
    for theirs in values {
        match reader.next() {
            Ok(Some(ours)) => check_value(ours, theirs),
            Ok(None) => panic!("{text:?} is taken as empty before {theirs}"),
            Err(stop) => panic!("{text:?} is not taken at {theirs}: {stop:?}"),
        }
    }
    match reader.next() {
        Ok(found) => assert!(!is_broken && found.is_none(), "{text:?} is taken"),
        Err(Stop::NotJson(offset)) => {
            assert!(is_broken && text.is_char_boundary(offset), "{text:?} at {offset}");
        }
        Err(Stop::TooLarge(limit)) => panic!("{text:?}: {limit}"),
    }
}

#[test]
fn what_stands_at_the_edge_of_the_grammar_is_taken_as_serde_json_takes_it() {
    EDGES.lines().for_each(check);
    for text in ["", " ", "null\u{a0}", "\"\u{1f}\"", "\"\u{7f}\"", "\"\n\"", "\"é😀ÿ\u{80}\"", "\u{feff}1"]
    {
        check(text);
    }
}

/// Every byte at every place of a word of eight, behind quiet bytes and behind loud ones.
#[test]
fn a_string_ends_at_the_same_byte_whichever_byte_it_is_and_wherever_it_stands() {
    for byte in 0..=127_u8 {
        for before in ["", "a", "ÿ", "\u{80}\u{80}", "!#[]~", "\u{7f}", "      ", "ééé"] {
            for quiet in 0..9 {
                let text = format!("\"{}{before}{}\"x\"", "a".repeat(quiet), char::from(byte));
                check(&text);
            }
        }
    }
}

/// JSON, and texts that are nearly JSON.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(&["null", "true", "false", "\"\"", "{}", "[]"][..]).prop_map(str::to_owned),
        string_regex("-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?").unwrap(),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        string_regex("\"([a-z \u{80}-\u{ffff}]|\\\\[bfnrt\"/\\\\]|\\\\u[0-9a-fA-F]{4}){0,20}\"").unwrap(),
    ];
    let blank = select(&["", "", "", " ", "\n", "\t", "\r\n  "][..]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let blank = blank.clone();
        let name =
            prop_oneof![select(TEXTS_OF_NAMES), select(&["a", "x_y", "ti\\u006de", "\\ud83d", ""][..])];
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..5), blank.clone()).prop_map(
                |(elements, blank)| format!("[{blank}{}{blank}]", elements.join(&format!("{blank},")))
            ),
            (proptest::collection::vec((name, inner), 0..5), blank).prop_map(|(members, blank)| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\"{blank}:{blank}{value}")).collect();
                format!("{{{blank}{}{blank}}}", members.join(&format!("{blank},")))
            }),
        ]
    })
}

const TEXTS_OF_NAMES: &[&str] = &["event_type", "time", "session_id", "status", "agents"];

/// Puts pieces in, takes characters out, doubles a part.
fn damaged(text: &str, edits: &[(Index, Index, u8, &str)]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, until, kind, piece) in edits {
        let at = at.index(letters.len() + 1);
        let until = (at + 1 + until.index(8)).min(letters.len());
        match kind {
            0 => drop(letters.splice(at..at, piece.chars())),
            1 => drop(letters.drain(at.min(until)..until)),
            2 => letters.truncate(at),
            _ => {
                let part = letters[at.min(until)..until].to_vec();
                letters.splice(at..at, part);
            }
        }
    }
    letters.into_iter().collect()
}

proptest! {
    #[test]
    fn any_text_is_taken_as_serde_json_takes_it(text in ".{0,40}") {
        check(&text);
    }

    #[test]
    fn pieces_of_json_in_any_order_are_taken_as_serde_json_takes_them(
        pieces in proptest::collection::vec(piece(), 0..12),
    ) {
        check(&pieces.concat());
    }

    #[test]
    fn json_that_was_damaged_is_taken_as_serde_json_takes_it(
        text in proptest::collection::vec(json(), 1..3),
        edits in proptest::collection::vec((any::<Index>(), any::<Index>(), 0..4_u8, piece()), 0..4),
    ) {
        let text = text.concat();
        check(&text);
        check(&damaged(&text, &edits));
    }
}
