//! Fields, read leniently: any of their names, any of their forms.
//!
//! One document may hold numbers as text and text as numbers, one field may have several names, and everything may be
//! missing. So a field is asked for by all its names; `null`, empty and missing are the same, `None`; and a value of
//! another shape is a [`Problem::Field`] and otherwise missing too. Of several names the first with a value counts,
//! whatever the order in the body.

use std::borrow::Cow;

use super::{
    CallerReason, Problem, Shape, Word,
    json::{Kind, Value},
    names::{Name, NameSet},
    problem::Problems,
    sip::{self, Address},
    stamp,
    words::{self, Vocabulary},
};
use crate::{
    id::{Number, Text},
    time::UnixMillis,
};

/// One object of an event: the event itself, or an element of one of its lists.
pub(super) struct Fields<'a> {
    event: &'a str,
    /// The list that it is an element of; `None` for the event itself.
    list: Option<Name>,
    object: Value<'a>,
    /// The fields that are there.
    present: NameSet,
    /// Where they stand in the body, 0 for one that is not there; of two with one name the last.
    places: [u32; Name::COUNT],
    problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// The fields of an event, whose name is to be found among them.
    pub(super) fn new(object: Value<'a>, problems: &'a Problems) -> Self {
        Self::of("", None, object, problems)
    }

    fn of(event: &'a str, list: Option<Name>, object: Value<'a>, problems: &'a Problems) -> Self {
        let (mut present, mut places) = (NameSet::NONE, [0; Name::COUNT]);
        for value in object.inside() {
            if let Some(name) = value.name() {
                present.add(name);
                places[name as usize] = value.place();
            }
        }
        Self { event, list, object, present, places, problems }
    }

    /// The event's name, once that is known.
    pub(super) fn set_event(&mut self, event: &'a str) {
        self.event = event;
    }

    fn value(&self, name: Name) -> Option<Value<'a>> {
        let place = self.places[name as usize];
        (place != 0).then(|| self.object.at(place))
    }

    /// Whether any of these fields is there, be it empty; `null` is not.
    pub(super) fn has(&self, names: &[Name]) -> bool {
        names.iter().any(|name| self.value(*name).is_some_and(|value| value.kind() != Kind::Null))
    }

    /// Says that the field is missing without which the object says nothing.
    pub(super) fn missing(&self, name: Name) {
        self.problems.add(Problem::Missing { event: self.event.to_owned(), field: self.path(name.as_str()) });
    }

    /// Says that a field is there and is not what it should be.
    fn odd(&self, name: Name, expected: Shape) {
        let (event, field) = (self.event.to_owned(), self.path(name.as_str()));
        self.problems.add(Problem::Field { event, field, expected });
    }

    /// Says which fields are there that are not `known`.
    pub(super) fn unknown(&self, known: NameSet) {
        if known == NameSet::ANY {
            return;
        }
        let misplaced = self.present.without(known).map(|name| Cow::Borrowed(name.as_str()));
        let names = misplaced.chain(self.object.strange_names());
        self.problems.add_unknown(self.event, names, |name| self.path(name));
    }

    fn path(&self, name: &str) -> String {
        self.list.map_or_else(|| name.to_owned(), |list| format!("{}.{name}", list.as_str()))
    }

    /// The first of these fields that `read` makes something of. It gets text that is trimmed and not empty; it gives
    /// `Ok(None)` for what says nothing and `Err` for what is odd.
    fn first<T>(
        &self,
        names: &[Name],
        expected: Shape,
        read: impl Fn(&str) -> Result<Option<T>, ()>,
    ) -> Option<T> {
        self.first_or_flag(names, expected, |value| value.map_err(drop).and_then(&read))
    }

    /// The same, of flags too, which are `Err` of their word.
    fn first_or_flag<T>(
        &self,
        names: &[Name],
        expected: Shape,
        read: impl Fn(Result<&str, &'static str>) -> Result<Option<T>, ()>,
    ) -> Option<T> {
        names.iter().find_map(|name| {
            let value = self.value(*name)?;
            let meant;
            let said = match value.kind() {
                Kind::Null => return None,
                Kind::Text | Kind::Number => Ok(value.raw()),
                Kind::True => Err("true"),
                Kind::False => Err("false"),
                Kind::Escaped | Kind::List | Kind::Object => {
                    // Of text it is half of a surrogate pair that has no meaning.
                    meant = value.text().filter(|_| value.kind() == Kind::Escaped);
                    let Some(meant) = &meant else {
                        self.odd(*name, expected);
                        return None;
                    };
                    Ok(&**meant)
                }
            };
            let found = match said.map(trimmed) {
                Ok("") => return None,
                said => read(said),
            };
            found.unwrap_or_else(|()| {
                self.odd(*name, expected);
                None
            })
        })
    }

    /// Text to show, trimmed; cut where it is long beyond reason.
    pub(super) fn text(&self, names: &[Name]) -> Option<Text> {
        self.first(names, Shape::Text, |text| Ok(Some(Text::shown(text))))
    }

    /// What `read` makes of a field's text.
    pub(super) fn text_as<T>(&self, name: Name, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.first(&[name], Shape::Text, |text| Ok(read(text)))
    }

    /// The event's own name as sent.
    pub(super) fn event_type(&self) -> Option<Cow<'a, str>> {
        let value = self.value(Name::EventType)?;
        match value.kind() {
            Kind::Null => None,
            Kind::Text | Kind::Number | Kind::Escaped if let Some(text) = value.text() => {
                Some(text).filter(|text| !trimmed(text).is_empty())
            }
            _ => {
                self.odd(Name::EventType, Shape::Text);
                None
            }
        }
    }

    /// An id. `0` is none: no call, no queue.
    pub(super) fn id<T: for<'t> From<&'t str>>(&self, names: &[Name]) -> Option<T> {
        self.first(names, Shape::Id, |text| Ok((text != "0").then(|| T::from(text))))
    }

    /// A moment; 0 is none.
    pub(super) fn time(&self, names: &[Name]) -> Option<UnixMillis> {
        self.first(names, Shape::Seconds, stamp::read)
    }

    /// A number from 0; a fraction is cut off.
    pub(super) fn count(&self, names: &[Name]) -> Option<u32> {
        self.first(names, Shape::Whole, |text| {
            if let Ok(whole) = text.parse() {
                return Ok(Some(whole));
            }
            let (whole, fraction) = text.split_once('.').ok_or(())?;
            let is_fraction = fraction.bytes().all(|byte| byte.is_ascii_digit());
            whole.parse().ok().filter(|_| is_fraction).map(Some).ok_or(())
        })
    }

    /// A flag, also as a word or a digit.
    pub(super) fn flag(&self, names: &[Name]) -> Option<bool> {
        self.first_or_flag(names, Shape::Flag, |value| {
            let word = value.unwrap_or_else(|flag| flag);
            if word == "1" || word.eq_ignore_ascii_case("true") {
                Ok(Some(true))
            } else if word == "0" || word.eq_ignore_ascii_case("false") {
                Ok(Some(false))
            } else {
                Err(())
            }
        })
    }

    /// A word of a vocabulary, known or not; a flag is read as a word. `None` where it is empty.
    pub(super) fn word<T: Copy>(&self, names: &[Name], vocabulary: &Vocabulary<T>) -> Option<Word<T>> {
        self.first_or_flag(names, Shape::Word, |value| {
            Ok(Some(vocabulary.read(value.unwrap_or_else(|flag| flag))))
        })
    }

    /// The same, where `none` is the word for nothing.
    pub(super) fn word_or_none<T: Copy>(
        &self,
        names: &[Name],
        vocabulary: &Vocabulary<T>,
    ) -> Option<Word<T>> {
        self.word(names, vocabulary).filter(|word| !word.raw.eq_ignore_ascii_case("none"))
    }

    /// A word of a vocabulary where only ours can be kept; an unknown one is said to be odd.
    pub(super) fn known_word<T: Copy>(
        &self,
        name: Name,
        expected: Shape,
        vocabulary: &Vocabulary<T>,
    ) -> Option<T> {
        self.first_or_flag(&[name], expected, |value| {
            vocabulary.known(value.unwrap_or_else(|flag| flag)).map(Some).ok_or(())
        })
    }

    /// What happened to a caller.
    pub(super) fn caller_reason(&self) -> Option<CallerReason> {
        self.first(&[Name::Reason], Shape::Text, |text| Ok(Some(words::caller_reason(text))))
    }

    /// A SIP address or a bare number.
    pub(super) fn address(&self, names: &[Name]) -> Option<Address> {
        self.first(names, Shape::Address, |text| Ok(Address::read(text)))
    }

    /// The number in a SIP address, or a bare number.
    pub(super) fn number(&self, names: &[Name]) -> Option<Number> {
        self.first(names, Shape::Address, |text| Ok(sip::user(text).map(Number::from)))
    }

    /// The objects of a list, whose fields are `known`. One object stands for a list of one; `None` where there is no
    /// list.
    pub(super) fn list(
        &self,
        name: Name,
        known: NameSet,
    ) -> Option<impl Iterator<Item = Fields<'a>> + use<'a>> {
        let list = self.value(name)?;
        let is_object = |value: &Value<'_>| value.kind() == Kind::Object;
        match list.kind() {
            Kind::List if list.inside().all(|value| is_object(&value)) => {}
            Kind::Object | Kind::Null => {}
            Kind::Text if trimmed(list.raw()).is_empty() => return None,
            _ => self.odd(name, Shape::Objects),
        }
        let (one, all) = match list.kind() {
            Kind::Object => (Some(list), None),
            Kind::List => (None, Some(list.inside().filter(is_object))),
            _ => return None,
        };
        let (event, problems) = (self.event, self.problems);
        Some(one.into_iter().chain(all.into_iter().flatten()).map(move |object| {
            let fields = Fields::of(event, Some(name), object, problems);
            fields.unknown(known);
            fields
        }))
    }
}

/// Without blanks at both ends. Nearly all text has none, and has nothing but ASCII there.
pub(super) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}
