//! The outer form of a body: its limits, and the values in it.
//!
//! Values are taken as slices of the text and read only where an event has a use for them, so a number keeps all its
//! digits (a call's id is larger than an `f64` holds) and unknown fields cost one pass. That pass has no recursion.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Objects and lists within each other.
pub(super) const DEPTH_MAX: usize = 32;
/// Bytes of one string, as written.
pub(super) const STRING_BYTES_MAX: usize = 64 * 1024;
/// Elements of one list, members of one object, events one after another.
pub(super) const ELEMENTS_MAX: usize = 10_000;
/// Objects and lists in all: an event is far larger in memory than the shortest object in a body.
pub(super) const CONTAINERS_MAX: usize = 100_000;

/// Finds the first limit that `text` is past, in one pass that stops there. Text that is not JSON may pass: it is found
/// out later.
pub(super) fn check_limits(text: &str) -> Result<(), &'static str> {
    let mut depth = 0;
    let mut containers = 0;
    // Separators at each depth; at the top, where none are needed, the objects and lists themselves.
    let mut separators = [0; DEPTH_MAX + 1];
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((now, byte)) = bytes.next() {
                    if now - at > STRING_BYTES_MAX + 1 {
                        return Err("a string over 64 KiB");
                    }
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                containers += 1;
                if containers > CONTAINERS_MAX {
                    return Err("over 100,000 objects");
                }
                if depth == 0 {
                    separators[0] += 1;
                }
                if separators[0] > ELEMENTS_MAX {
                    return Err("over 10,000 values one after another");
                }
                if depth == DEPTH_MAX {
                    return Err("deeper than 32");
                }
                depth += 1;
                separators[depth] = 0;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth > 0 => {
                separators[depth] += 1;
                if separators[depth] >= ELEMENTS_MAX {
                    return Err("a list over 10,000 elements");
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The values of a body, one after another, with or without white space between them; at the first byte that is not
/// JSON its offset, and no more.
pub(super) fn top_level(text: &str) -> impl Iterator<Item = Result<&RawValue, usize>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken {
            return None;
        }
        let value = values.next()?;
        Some(value.map_err(|error| {
            broken = true;
            if error.is_eof() { text.len() } else { offset_of(text, error.line(), error.column()) }
        }))
    })
}

/// Lines and columns count from 1, columns in bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// One JSON value, as far as it needs looking into.
pub(super) enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<&'a RawValue>),
    /// An object. Of members with one name the last counts.
    Object(Members<'a>),
    /// JSON by its outer form only: half of a surrogate pair in it.
    Broken,
}

/// An object's members, as they stand in the text: an event has some twenty, of which a few are asked for.
#[derive(Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The value of a member; of two with one name the last.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(its, _)| its == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some((Name(name), value)) = object.next_entry()? {
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

/// A member's name, borrowed unless something in it is escaped.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

impl<'a> Value<'a> {
    /// Looks into one value, one level deep.
    pub(super) fn of(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Flag(true),
            Some(b'f') => Self::Flag(false),
            Some(b'{') => serde_json::from_str(text).map_or(Self::Broken, Self::Object),
            Some(b'[') => serde_json::from_str(text).map_or(Self::Broken, Self::List),
            // Borrowed unless something in it is escaped.
            Some(b'"') => match serde_json::from_str::<&str>(text) {
                Ok(text) => Self::Text(text.into()),
                Err(_) => {
                    serde_json::from_str::<String>(text).map_or(Self::Broken, |text| Self::Text(text.into()))
                }
            },
            _ => Self::Number(text),
        }
    }
}
