//! The outer form of a body: JSON, its limits, and the values in it, found in one pass without recursion.
//!
//! This is a tokenizer of our own, since decoding is what a journal's replay spends its time on, and a general parser
//! would make a tree, or read nested text twice. It takes what serde_json takes, neither more nor less (RFC 8259); its
//! test holds it against serde_json. Values stay slices of the text until an event has a use for them, so a number keeps
//! all its digits: a call's id is larger than an `f64` holds.

use std::borrow::Cow;

use self::scan::{Specials, escape, number};
use super::{names::Name, problem::Limit};

mod scan;
#[cfg(test)]
mod tests;

/// Objects and lists within each other.
pub(super) const DEPTH_MAX: usize = 32;
/// Bytes of one string, as written.
pub(super) const STRING_BYTES_MAX: usize = 64 * 1024;
/// Elements of one list, members of one object, values one after another.
pub(super) const ELEMENTS_MAX: u32 = 10_000;
/// Objects and lists in all: an event is far larger in memory than the shortest object in a body.
pub(super) const CONTAINERS_MAX: u32 = 100_000;
/// Values within one value of the body: each costs 16 bytes, or 32 under a name that no event has.
pub(super) const INSIDE_MAX: usize = 1_000_000;

/// Why reading stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The first byte that is not JSON where it stands; the text's end where it was cut short.
    NotJson(usize),
    /// A limit that the text is past.
    TooLarge(Limit),
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// Without the quotes.
    Text,
    /// The same, with a backslash in it.
    Escaped,
    List,
    Object,
}

/// One value. What is in a list or an object follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Its name in an object; `None` for one that no event has. [`Strange`] has that.
    name: Option<Name>,
    start: u32,
    end: u32,
    /// Where the value after it stands in the list of tokens.
    next: u32,
}

/// A member's name that no event has.
struct Strange {
    /// Its value's place in the list of tokens.
    token: u32,
    kind: Kind,
    start: u32,
    end: u32,
}

/// The values of a body, one after another, with or without white space between them.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    specials: Specials,
    values: u32,
    containers: u32,
    /// Objects and lists that are not closed yet, the outermost first; `depth` of them.
    open: [Open; DEPTH_MAX],
    depth: usize,
    /// The last value, and what is in it.
    tokens: Vec<Token>,
    strange: Vec<Strange>,
}

#[derive(Clone, Copy, Default)]
struct Open {
    token: u32,
    elements: u32,
    is_object: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // An event has a token for every 16 to 20 bytes.
        let tokens = Vec::with_capacity((text.len() / 16).clamp(8, 4096));
        let open = [Open::default(); DEPTH_MAX];
        let specials = Specials::of(text.as_bytes());
        Self { text, at: 0, specials, values: 0, containers: 0, open, depth: 0, tokens, strange: Vec::new() }
    }

    /// The next value; `None` at the end. After a [`Stop`] there is no next one.
    pub(super) fn next(&mut self) -> Result<Option<Value<'_>>, Stop> {
        if u32::try_from(self.text.len()).is_err() {
            return Err(Stop::TooLarge(Limit::Bytes));
        }
        self.skip_blanks();
        if self.at == self.text.len() {
            return Ok(None);
        }
        self.values += 1;
        if self.values > ELEMENTS_MAX {
            return Err(Stop::TooLarge(Limit::Row));
        }
        self.tokens.clear();
        self.strange.clear();
        self.value()?;
        Ok(Some(Value { reader: self, token: 0 }))
    }

    /// Reads one value with all that is in it.
    fn value(&mut self) -> Result<(), Stop> {
        let mut name = None;
        loop {
            let is_filled = self.begin(name)?;
            if !is_filled && self.close()? {
                return self.end();
            }
            name = if self.open[self.depth - 1].is_object { self.name()? } else { None };
        }
    }

    /// Takes a value, of an object or a list the first byte. Whether something stands in it.
    fn begin(&mut self, name: Option<Name>) -> Result<bool, Stop> {
        if self.tokens.len() > INSIDE_MAX {
            return Err(Stop::TooLarge(Limit::Values));
        }
        self.skip_blanks();
        match self.peek() {
            Some(b'"') => {
                let (kind, start, end) = self.string()?;
                self.push(kind, name, start, end);
            }
            Some(b'{') => return self.open(Kind::Object, b'}', name),
            Some(b'[') => return self.open(Kind::List, b']', name),
            Some(b'-' | b'0'..=b'9') => {
                let end = number(self.text.as_bytes(), self.at).map_err(Stop::NotJson)?;
                self.push(Kind::Number, name, self.at, end);
                self.at = end;
            }
            Some(b'n') => self.literal("null", Kind::Null, name)?,
            Some(b't') => self.literal("true", Kind::True, name)?,
            Some(b'f') => self.literal("false", Kind::False, name)?,
            _ => return Err(Stop::NotJson(self.at)),
        }
        Ok(false)
    }

    fn open(&mut self, kind: Kind, last: u8, name: Option<Name>) -> Result<bool, Stop> {
        self.containers += 1;
        if self.containers > CONTAINERS_MAX {
            return Err(Stop::TooLarge(Limit::Objects));
        }
        let Some(open) = self.open.get_mut(self.depth) else {
            return Err(Stop::TooLarge(Limit::Depth));
        };
        *open = Open { token: place(self.tokens.len()), elements: 1, is_object: kind == Kind::Object };
        self.depth += 1;
        self.push(kind, name, self.at, self.at);
        self.at += 1;
        self.skip_blanks();
        Ok(self.peek() != Some(last))
    }

    /// Behind a value: closes what ends here, until another value follows. Whether the outermost has ended.
    fn close(&mut self) -> Result<bool, Stop> {
        while let Some(inside) = self.depth.checked_sub(1) {
            self.skip_blanks();
            let Open { token, elements, is_object } = &mut self.open[inside];
            match self.text.as_bytes().get(self.at) {
                Some(b',') => {
                    *elements += 1;
                    if *elements > ELEMENTS_MAX {
                        return Err(Stop::TooLarge(Limit::List));
                    }
                    self.at += 1;
                    return Ok(false);
                }
                Some(last @ (b'}' | b']')) if *is_object == (*last == b'}') => {
                    self.at += 1;
                    self.depth = inside;
                    let next = place(self.tokens.len());
                    let token = &mut self.tokens[*token as usize];
                    (token.end, token.next) = (place(self.at), next);
                }
                _ => return Err(Stop::NotJson(self.at)),
            }
        }
        Ok(true)
    }

    /// Behind a value of its own: `1x` is not a 1 and something else.
    fn end(&self) -> Result<(), Stop> {
        let is_scalar = matches!(self.tokens[0].kind, Kind::Null | Kind::True | Kind::False | Kind::Number);
        match self.peek() {
            Some(byte) if is_scalar && !b" \n\t\r\"[]{},:".contains(&byte) => Err(Stop::NotJson(self.at)),
            _ => Ok(()),
        }
    }

    /// A member's name and the colon behind it.
    fn name(&mut self) -> Result<Option<Name>, Stop> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(Stop::NotJson(self.at));
        }
        let (kind, start, end) = self.string()?;
        let text = &self.text[start..end];
        let name = match kind {
            Kind::Text => Name::find(text),
            _ => unescaped(text).and_then(|text| Name::find(&text)),
        };
        if name.is_none() {
            let (start, end) = (place(start), place(end));
            self.strange.push(Strange { token: place(self.tokens.len()), kind, start, end });
        }
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(Stop::NotJson(self.at));
        }
        self.at += 1;
        Ok(name)
    }

    /// A string from quote to quote: where its text is, and whether something in it is escaped.
    #[inline]
    fn string(&mut self) -> Result<(Kind, usize, usize), Stop> {
        let text = self.text.as_bytes();
        let start = self.at + 1;
        let end = self.specials.next(text, start);
        if text.get(end) == Some(&b'"') && end - start <= STRING_BYTES_MAX {
            self.at = end + 1;
            return Ok((Kind::Text, start, end));
        }
        self.long_string(start, end)
    }

    /// The same from its first special byte on, of a string with escapes, or one that is past the limit or not closed.
    #[cold]
    fn long_string(&mut self, start: usize, mut at: usize) -> Result<(Kind, usize, usize), Stop> {
        let text = self.text.as_bytes();
        let mut kind = Kind::Text;
        let end = loop {
            match text.get(at) {
                Some(b'"') => break Ok(at),
                Some(b'\\') => kind = Kind::Escaped,
                _ => break Err(at),
            }
            match escape(text, at) {
                Ok(behind) => at = self.specials.next(text, behind),
                Err(wrong) => break Err(wrong),
            }
        };
        if end.unwrap_or_else(|wrong| wrong) - start > STRING_BYTES_MAX {
            return Err(Stop::TooLarge(Limit::Text));
        }
        let end = end.map_err(Stop::NotJson)?;
        self.at = end + 1;
        Ok((kind, start, end))
    }

    fn literal(&mut self, text: &str, kind: Kind, name: Option<Name>) -> Result<(), Stop> {
        let rest = &self.text.as_bytes()[self.at..];
        if !rest.starts_with(text.as_bytes()) {
            let same = rest.iter().zip(text.as_bytes()).take_while(|(its, ours)| its == ours).count();
            return Err(Stop::NotJson(self.at + same));
        }
        let start = self.at;
        self.at += text.len();
        self.push(kind, name, start, self.at);
        Ok(())
    }

    fn push(&mut self, kind: Kind, name: Option<Name>, start: usize, end: usize) {
        let next = place(self.tokens.len()) + 1;
        self.tokens.push(Token { kind, name, start: place(start), end: place(end), next });
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        // A PBX sends none.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_some_blanks();
        }
    }

    #[cold]
    fn skip_some_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }
}

/// A place in the text or among the tokens, as it is kept.
#[expect(clippy::cast_possible_truncation, reason = "`Reader::next` takes no text of 4 GiB")]
fn place(place: usize) -> u32 {
    place as u32
}

/// What a string with escapes means; `None` where half of a surrogate pair is in it, which no text can hold.
fn unescaped(text: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

/// A value in a body.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    reader: &'a Reader<'a>,
    token: usize,
}

impl<'a> Value<'a> {
    fn token(self) -> &'a Token {
        &self.reader.tokens[self.token]
    }

    pub(super) fn kind(self) -> Kind {
        self.token().kind
    }

    /// Its name, where it is a member's and an event has such a field.
    pub(super) fn name(self) -> Option<Name> {
        self.token().name
    }

    /// As written; a string without its quotes.
    pub(super) fn raw(self) -> &'a str {
        let token = self.token();
        &self.reader.text[token.start as usize..token.end as usize]
    }

    /// A string's text, as it is meant; of other values as written. `None` where it is broken inside.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self.kind() {
            Kind::Escaped => unescaped(self.raw()).map(Cow::Owned),
            _ => Some(Cow::Borrowed(self.raw())),
        }
    }

    /// What is in a list or an object, and its place in the body. Nothing is in other values.
    pub(super) fn inside(self) -> impl Iterator<Item = Value<'a>> + Clone {
        let (reader, end) = (self.reader, self.token().next as usize);
        let first = self.token + 1;
        std::iter::successors((first < end).then_some(Value { reader, token: first }), move |value| {
            let token = value.token().next as usize;
            (token < end).then_some(Value { reader, token })
        })
    }

    /// The value at a place that [`Value::place`] gave.
    pub(super) fn at(self, place: u32) -> Value<'a> {
        Value { reader: self.reader, token: place as usize }
    }

    /// Where it stands in its body.
    pub(super) fn place(self) -> u32 {
        place(self.token)
    }

    /// Names of this object's members that no event has.
    pub(super) fn strange_names(self) -> impl Iterator<Item = Cow<'a, str>> {
        let reader = self.reader;
        let inside = if reader.strange.is_empty() { None } else { Some(self.inside()) };
        let strange = inside.into_iter().flatten().filter(|value| value.token().name.is_none());
        strange.filter_map(move |value| {
            let found = reader.strange.binary_search_by_key(&value.place(), |strange| strange.token).ok()?;
            let Strange { kind, start, end, .. } = reader.strange[found];
            let text = &reader.text[start as usize..end as usize];
            let meant = if kind == Kind::Text { None } else { unescaped(text) };
            Some(meant.map_or(Cow::Borrowed(text), Cow::Owned))
        })
    }
}
