//! Fields, read leniently: any of their names, any of their forms.
//!
//! One document may hold numbers as text and text as numbers, one field may have several names, and everything may be
//! missing. So a field is asked for by all its names; `null`, empty and missing are the same, `None`; and a value of
//! another shape is a [`Problem::Field`] and otherwise missing too. Of several names the first with a value counts,
//! whatever the order in the body.

use std::cell::RefCell;

use serde_json::value::RawValue;

use super::{
    Problem, Word,
    json::{Members, Value},
    sip::Address,
    stamp,
};
use crate::{id::Number, time::UnixMillis};

/// More problems than this are not kept: the page that lists them is read by a person.
const PROBLEMS_MAX: usize = 100;
/// A name given by the sender is cut to so many characters.
const NAME_CHARS_MAX: usize = 64;

/// What was not understood in one body, each thing once.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn add(&self, problem: Problem) {
        let mut problems = self.0.borrow_mut();
        if problems.len() < PROBLEMS_MAX && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// An event's name as it is compared, counted and logged: lower case, short, one word.
pub(super) fn event_name(sent: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '_' || c == '-' || c == '.' { c } else { '?' };
    sent.trim().to_lowercase().chars().take(NAME_CHARS_MAX).map(plain).collect()
}

/// One object of an event: the event itself, or an element of one of its lists.
pub(super) struct Fields<'a> {
    event: &'a str,
    /// The list that it is an element of; empty for the event itself.
    list: &'a str,
    members: Members<'a>,
    problems: &'a Problems,
}

impl<'a> Fields<'a> {
    /// The fields of an event.
    pub(super) fn new(event: &'a str, members: Members<'a>, problems: &'a Problems) -> Self {
        Self { event, list: "", members, problems }
    }

    /// The same fields under the event's name, once that is known.
    pub(super) fn of_event(self, event: &'a str) -> Self {
        Self { event, ..self }
    }

    /// Whether any of these fields is there, be it empty; `null` is not.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.members.get(name).is_some_and(|raw| raw.get() != "null"))
    }

    /// Says that the field is missing without which the object says nothing.
    pub(super) fn missing(&self, name: &str) {
        self.problems.add(Problem::Missing { event: self.event.to_owned(), field: self.path(name) });
    }

    /// Says that a field is there and is not what it should be.
    pub(super) fn odd(&self, name: &str, expected: &str) {
        let (event, field) = (self.event.to_owned(), self.path(name));
        self.problems.add(Problem::Field { event, field, expected: expected.to_owned() });
    }

    fn path(&self, name: &str) -> String {
        if self.list.is_empty() { name.to_owned() } else { format!("{}.{name}", self.list) }
    }

    /// The first of these fields that `read` makes something of. `read` gets text, numbers and flags as text; it gives
    /// `Ok(None)` for what says nothing and `Err` for what is odd.
    fn first<T>(
        &self,
        names: &[&str],
        expected: &str,
        read: impl Fn(Scalar<'_>) -> Result<Option<T>, ()>,
    ) -> Option<T> {
        names.iter().find_map(|name| {
            let found = match Value::of(self.members.get(name)?) {
                Value::Null => Ok(None),
                Value::Text(text) => read(Scalar { text: &text, is_flag: false }),
                Value::Number(text) => read(Scalar { text, is_flag: false }),
                Value::Flag(flag) => {
                    read(Scalar { text: if flag { "true" } else { "false" }, is_flag: true })
                }
                Value::List(_) | Value::Object(_) | Value::Broken => Err(()),
            };
            found.unwrap_or_else(|()| {
                self.odd(name, expected);
                None
            })
        })
    }

    /// Text, trimmed.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.first(names, "text", |value| value.not_flag().map(|text| filled(text).map(str::to_owned)))
    }

    /// An id. `0` is none: no call, no queue.
    pub(super) fn id<T: From<String>>(&self, names: &[&str]) -> Option<T> {
        self.first(names, "an id", |value| {
            let text = filled(value.not_flag()?).filter(|text| *text != "0");
            Ok(text.map(|text| T::from(text.to_owned())))
        })
    }

    /// A moment; 0 is none.
    pub(super) fn time(&self, names: &[&str]) -> Option<UnixMillis> {
        self.first(names, "a time in seconds", |value| value.not_flag().and_then(stamp::read))
    }

    /// A number from 0; a fraction is cut off.
    pub(super) fn count(&self, names: &[&str]) -> Option<u32> {
        self.first(names, "a whole number", |value| {
            let Some(text) = filled(value.not_flag()?) else { return Ok(None) };
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(());
            }
            whole.parse().map(Some).map_err(drop)
        })
    }

    /// A flag, also as a word or a digit.
    pub(super) fn flag(&self, names: &[&str]) -> Option<bool> {
        self.first(names, "true or false", |value| match value.text.trim().to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(()),
        })
    }

    /// A word of a vocabulary, known or not; a flag is read as a word. `None` where it is empty.
    pub(super) fn word<T>(&self, names: &[&str], known: impl Fn(&str) -> Option<T>) -> Option<Word<T>> {
        self.first(names, "a word", |value| {
            Ok(filled(value.text).map(|raw| Word { known: known(raw), raw: raw.to_owned() }))
        })
    }

    /// A word of a vocabulary where only ours can be kept; an unknown one is said to be odd.
    pub(super) fn known_word<T>(
        &self,
        name: &str,
        expected: &str,
        known: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.first(&[name], expected, |value| filled(value.text).map(|raw| known(raw).ok_or(())).transpose())
    }

    /// A SIP address or a bare number.
    pub(super) fn address(&self, names: &[&str]) -> Option<Address> {
        self.first(names, "a number or a SIP address", |value| value.not_flag().map(Address::read))
    }

    /// The number in a SIP address, or a bare number.
    pub(super) fn number(&self, names: &[&str]) -> Option<Number> {
        self.address(names).map(|address| address.user)
    }

    /// The objects of a list. One object stands for a list of one; `None` where there is no list.
    pub(super) fn list(&self, name: &'a str) -> Option<Vec<Fields<'a>>> {
        let raws = match Value::of(self.members.get(name)?) {
            Value::Null => return None,
            Value::Object(members) => return Some(vec![self.element(name, members)]),
            Value::List(raws) => raws,
            _ => {
                self.odd(name, "a list of objects");
                return None;
            }
        };
        let object = |raw: &'a RawValue| {
            if let Value::Object(members) = Value::of(raw) {
                return Some(self.element(name, members));
            }
            self.odd(name, "a list of objects");
            None
        };
        Some(raws.into_iter().filter_map(object).collect())
    }

    fn element(&self, list: &'a str, members: Members<'a>) -> Fields<'a> {
        Fields { event: self.event, list, members, problems: self.problems }
    }
}

/// A value that is neither list nor object.
struct Scalar<'a> {
    text: &'a str,
    is_flag: bool,
}

impl<'a> Scalar<'a> {
    /// Its text; `true` and `false` are odd where text or a number is expected.
    fn not_flag(&self) -> Result<&'a str, ()> {
        if self.is_flag { Err(()) } else { Ok(self.text) }
    }
}

fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}
