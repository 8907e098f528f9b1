//! Objects whose first field says what they are, read in one pass.
//!
//! serde's own way holds a whole object in memory before it knows what it is, since the tag may come last; in the browser the
//! code for that is a tenth of the program. We write the tag first, so it is there when it is wanted. Where it is not, the
//! browser refuses the object; everybody else holds it, and reads it all the same.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// How an object is read once its first field is.
pub trait Read {
    /// The first field's name.
    const TAG: &str;
    /// What it says.
    type Kind: for<'de> Deserialize<'de>;
    /// What the object is.
    type Whole;

    /// Reads the other fields.
    fn rest<'de, D: Deserializer<'de>>(kind: Self::Kind, rest: D) -> Result<Self::Whole, D::Error>;
}

/// Reads an object.
pub fn read<'de, R: Read, D: Deserializer<'de>>(deserializer: D) -> Result<R::Whole, D::Error> {
    deserializer.deserialize_map(Tagged::<R>(PhantomData))
}

struct Tagged<R>(PhantomData<R>);

impl<'de, R: Read> Visitor<'de> for Tagged<R> {
    type Value = R::Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object whose first field is {}", R::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<R::Whole, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == R::TAG => {
                let kind = map.next_value()?;
                R::rest(kind, MapAccessDeserializer::new(map))
            }
            Some(key) => held::<R, A>(key, map),
            None => Err(A::Error::missing_field(R::TAG)),
        }
    }
}

/// Holds an object whose first field is `key`, then reads it.
#[cfg(not(target_arch = "wasm32"))]
fn held<'de, R: Read, A: MapAccess<'de>>(key: String, mut map: A) -> Result<R::Whole, A::Error> {
    let mut fields = serde_json::Map::from_iter([(key, map.next_value()?)]);
    while let Some((key, value)) = map.next_entry()? {
        fields.insert(key, value);
    }
    let kind = fields.remove(R::TAG).ok_or_else(|| A::Error::missing_field(R::TAG))?;
    let kind = serde_json::from_value(kind).map_err(A::Error::custom)?;
    R::rest(kind, serde_json::Value::Object(fields)).map_err(A::Error::custom)
}

#[cfg(target_arch = "wasm32")]
fn held<'de, R: Read, A: MapAccess<'de>>(_: String, _: A) -> Result<R::Whole, A::Error> {
    Err(A::Error::missing_field(R::TAG))
}

#[cfg(test)]
mod tests {
    use super::super::{ByeReason, Row, ServerFrame};

    /// Oracle: the texts of docs/feed.md.
    #[test]
    fn the_tag_may_stand_anywhere_and_fields_that_nobody_knows_are_passed_over() {
        let read = serde_json::from_str::<ServerFrame>;
        assert_eq!(read(r#"{"t":"bye","why":"slow"}"#).unwrap(), ServerFrame::Bye { why: ByeReason::Slow });
        let fetch = r#"{"t":"fetch","url":"/u","offset":7,"later":[{"a":1}],"epoch":"e","view":"overview"}"#;
        assert!(matches!(read(fetch).unwrap(), ServerFrame::Fetch { url, .. } if url == "/u"));
        assert_eq!(read(r#"{"why":"slow","t":"bye"}"#).unwrap(), ServerFrame::Bye { why: ByeReason::Slow });
        for wrong in [r#"{"t":"no-such"}"#, r#"{"why":"slow"}"#, "{}", "[]", r#"{"t":"bye"}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Row>(r#"{"k":"nothing","id":"1"}"#).is_err());
    }
}
