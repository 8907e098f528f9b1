//! Reads what the server writes, in the browser's program. serde_json does the same for everybody else, and would be an eighth of
//! that program: it takes objects and lists for any type, and says of each fault what and where it is.
//!
//! Takes JSON (RFC 8259) as serde_json does, but for what the wire has not: numbers are whole, and enums are words. What is no JSON is refused, never with a panic; of which of two faults it is refused for nothing is promised.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor, value::StrDeserializer},
};

/// A text that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not what Ringside's server writes; load the page again")]
pub struct Unread;

impl de::Error for Unread {
    /// Says nothing of the reason, so that no code is needed that writes one.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// The value in a text.
///
/// # Errors
/// The text is no JSON, or another value.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unread> {
    let mut reader = Reader { text, at: 0 };
    let value = T::deserialize(&mut reader)?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err(Unread),
    }
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Reader<'de> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space; it is not taken.
    #[inline(never)]
    fn next(&mut self) -> Option<u8> {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
        self.peek()
    }

    /// Takes this byte, and nothing else.
    #[inline(never)]
    fn take(&mut self, byte: u8) -> Result<(), Unread> {
        if self.next() != Some(byte) {
            return Err(Unread);
        }
        self.at += 1;
        Ok(())
    }

    /// Whether another element or member follows, up to `end`, which is taken.
    #[inline(never)]
    fn has_more(&mut self, end: u8, is_first: &mut bool) -> Result<bool, Unread> {
        let was_first = std::mem::replace(is_first, false);
        match self.next() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !was_first => {
                self.at += 1;
                if self.next() == Some(end) { Err(Unread) } else { Ok(true) }
            }
            Some(_) if was_first => Ok(true),
            _ => Err(Unread),
        }
    }

    #[inline(never)]
    fn word(&mut self, word: &str) -> Result<(), Unread> {
        self.next();
        let rest = self.text.get(self.at..).ok_or(Unread)?;
        if !rest.starts_with(word) {
            return Err(Unread);
        }
        self.at += word.len();
        Ok(())
    }

    #[inline(never)]
    fn boolean(&mut self) -> Result<bool, Unread> {
        let is_true = self.next() == Some(b't');
        self.word(if is_true { "true" } else { "false" })?;
        Ok(is_true)
    }

    /// A whole number: its sign and its amount.
    #[inline(never)]
    fn number(&mut self) -> Result<(bool, u64), Unread> {
        let is_negative = self.next() == Some(b'-');
        self.at += usize::from(is_negative);
        let (start, mut amount) = (self.at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let next = amount.checked_mul(10).and_then(|next| next.checked_add(u64::from(digit - b'0')));
            amount = next.ok_or(Unread)?;
            self.at += 1;
        }
        let is_written_so = match self.at - start {
            0 => false,
            1 => true,
            _ => self.text.as_bytes().get(start) != Some(&b'0'),
        };
        let is_whole = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if is_written_so && is_whole { Ok((is_negative, amount)) } else { Err(Unread) }
    }

    #[inline(never)]
    fn string(&mut self) -> Result<Cow<'de, str>, Unread> {
        self.take(b'"')?;
        let mut whole: Option<String> = None;
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..b' ')) {
                self.at += 1;
            }
            let part = self.text.get(start..self.at).ok_or(Unread)?;
            let last = self.peek();
            self.at += 1;
            match (last, &mut whole) {
                (Some(b'"'), None) => return Ok(Cow::Borrowed(part)),
                (Some(b'"'), Some(whole)) => {
                    whole.push_str(part);
                    return Ok(Cow::Owned(std::mem::take(whole)));
                }
                (Some(b'\\'), _) => {
                    let character = self.escape()?;
                    let whole = whole.get_or_insert_default();
                    whole.push_str(part);
                    whole.push(character);
                }
                _ => return Err(Unread),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, Unread> {
        let byte = self.peek().ok_or(Unread)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let code = if (0xD800..0xDC00).contains(&first) {
                    // The second half of a character beyond the first 65,536.
                    if self.text.get(self.at..self.at + 2) != Some("\\u") {
                        return Err(Unread);
                    }
                    self.at += 2;
                    let second = self.hex()?;
                    if !(0xDC00..0xE000).contains(&second) {
                        return Err(Unread);
                    }
                    0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                char::from_u32(code).ok_or(Unread)?
            }
            _ => return Err(Unread),
        })
    }

    fn hex(&mut self) -> Result<u32, Unread> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Unread)?;
        self.at += 4;
        digits.chars().try_fold(0, |sum, digit| Ok(sum * 16 + digit.to_digit(16).ok_or(Unread)?))
    }

    /// Passes over a value, however deep.
    #[inline(never)]
    fn pass(&mut self) -> Result<(), Unread> {
        /// A container that is not closed yet: its end, and whether nothing was read in it.
        type Open = (u8, bool);
        let mut open: Vec<Open> = Vec::new();
        loop {
            match self.next().ok_or(Unread)? {
                b'{' => self.open(b'}', &mut open),
                b'[' => self.open(b']', &mut open),
                b'"' => _ = self.string()?,
                b't' | b'f' => _ = self.boolean()?,
                b'n' => self.word("null")?,
                _ => _ = self.number()?,
            }
            loop {
                let Some((end, is_first)) = open.last_mut() else { return Ok(()) };
                let end = *end;
                if self.has_more(end, is_first)? {
                    if end == b'}' {
                        self.string()?;
                        self.take(b':')?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    fn open(&mut self, end: u8, open: &mut Vec<(u8, bool)>) {
        self.at += 1;
        open.push((end, true));
    }
}

/// Reads a whole number for each of these.
macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
            match self.number()? {
                (false, amount) => visitor.visit_u64(amount),
                (true, amount) => visitor.visit_i64(0_i64.checked_sub_unsigned(amount).ok_or(Unread)?),
            }
        }
    )*};
}

/// Reads nothing for each of these: the wire has none.
macro_rules! none_of_these {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
            Err(Unread)
        }
    )*};
}

/// Reads a text for each of these.
macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
            visitor.visit_str(&self.string()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unread;

    whole_numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64);
    none_of_these!(deserialize_any deserialize_f32 deserialize_f64 deserialize_bytes deserialize_byte_buf);
    texts!(deserialize_char deserialize_str deserialize_string deserialize_identifier);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        if self.next() == Some(b'n') {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.take(b'[')?;
        visitor.visit_seq(Inside { reader: self, is_first: true })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        self.take(b'[')?;
        let value = visitor.visit_seq(Inside { reader: self, is_first: true })?;
        // Whoever reads a tuple does not look for its end.
        self.take(b']')?;
        Ok(value)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.deserialize_tuple(count, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.take(b'{')?;
        visitor.visit_map(Inside { reader: self, is_first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_enum(StrDeserializer::new(&self.string()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.pass()?;
        visitor.visit_unit()
    }
}

/// What is in a list or an object.
struct Inside<'a, 'de> {
    reader: &'a mut Reader<'de>,
    is_first: bool,
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        if !self.reader.has_more(b']', &mut self.is_first)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        if !self.reader.has_more(b'}', &mut self.is_first)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests;
