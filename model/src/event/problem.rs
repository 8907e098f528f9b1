//! What was not understood of a body, and the list of it.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

use serde::{Deserialize, Serialize};

/// Why a body, or a part of it, was not understood. Nothing is lost: the journal has the bytes, the deliveries page
/// lists them, and a newer version decodes them again. It holds no data of a caller: fit to log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// Not JSON: not from a PBX, or changed or cut short on the way.
    #[error(
        "the body is not JSON (near byte {offset}); check that nothing between the PBX and Ringside rewrites requests"
    )]
    NotJson {
        /// Where reading stopped, in bytes from the start of the (inflated) body.
        offset: usize,
    },
    /// Some of its text is not UTF-8; the rest was read, with `\u{fffd}` in the place of what could not be.
    #[error("text in the body is not UTF-8 (near byte {offset}); it is shown with replacement characters")]
    NotUtf8 {
        /// The first byte that is not, from the start of the (inflated) body.
        offset: usize,
    },
    /// JSON past the limits on depth, string or array length.
    #[error("the body's JSON is past a limit ({limit}); a PBX sends nothing like it")]
    TooLarge {
        /// Which limit.
        limit: Limit,
    },
    /// The content encoding is unknown, or the body does not inflate, or inflates past its limit.
    #[error("the body can't be inflated ({encoding}); switch compression off at what sends it")]
    Encoding {
        /// The encoding as named by the sender, shortened.
        encoding: String,
    },
    /// JSON, but not an object or a list of objects.
    #[error("the body is JSON, but not an event object; only a PBX's events belong here")]
    NotAnEvent,
    /// An object without `event_type`.
    #[error("an event has no event_type; only a PBX's events belong here")]
    NoType,
    /// A known event without the field that says what it is about.
    #[error("{event} lacks {field}; please report it, the body is kept")]
    Missing {
        /// The event's name.
        event: String,
        /// The field's name.
        field: String,
    },
    /// A known event with a field of another shape than documented. The rest of the event is used.
    #[error("{event}.{field} is not {expected}; please report it, the body is kept")]
    Field {
        /// The event's name.
        event: String,
        /// The field's name.
        field: String,
        /// What it should be.
        expected: Shape,
    },
    /// An event of an unknown name, shortened to 64 characters.
    #[error("the event {name} is not known to this version; it is kept, and read again after an upgrade")]
    UnknownEvent {
        /// Its name.
        name: String,
    },
    /// A known event with a field that no page has for it. The rest of the event is used.
    #[error(
        "{event}.{field} is not known to this version; the rest of the event is used, an upgrade may read it"
    )]
    UnknownField {
        /// The event's name.
        event: String,
        /// The field's name, shortened to 64 characters; behind that of the list that it stands in.
        field: String,
    },
}

/// A limit that a body's JSON is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Of all bytes.
    #[error("over 4 GiB")]
    Bytes,
    /// Of values that stand one after another.
    #[error("over 10,000 values one after another")]
    Row,
    /// Of values within one.
    #[error("over 1,000,000 values")]
    Values,
    /// Of objects and lists in all.
    #[error("over 100,000 objects")]
    Objects,
    /// Of objects and lists within each other.
    #[error("deeper than 32")]
    Depth,
    /// Of a list's elements, or an object's members.
    #[error("a list over 10,000 elements")]
    List,
    /// Of a string.
    #[error("a string over 64 KiB")]
    Text,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Bytes, Self::Row, Self::Values, Self::Objects, Self::Depth, Self::List, Self::Text];
}

/// What a field should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Text of any kind.
    #[error("text")]
    Text,
    /// An id.
    #[error("an id")]
    Id,
    /// A moment.
    #[error("a time in seconds")]
    Seconds,
    /// A number from 0.
    #[error("a whole number")]
    Whole,
    /// A flag.
    #[error("true or false")]
    Flag,
    /// A word of a vocabulary.
    #[error("a word")]
    Word,
    /// A number, or an address with one.
    #[error("a number or a SIP address")]
    Address,
    /// A list.
    #[error("a list of objects")]
    Objects,
    /// How a caller waits.
    #[error("normal or callback")]
    CallerKind,
    /// A call's direction.
    #[error("a direction")]
    Direction,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Id,
        Self::Seconds,
        Self::Whole,
        Self::Flag,
        Self::Word,
        Self::Address,
        Self::Objects,
        Self::CallerKind,
        Self::Direction,
    ];
}

impl Problem {
    /// Whether this puts the delivery in quarantine: an event that we should have understood was not. An unknown event,
    /// or one odd or unknown field beside others that were read, does not.
    pub fn quarantines(&self) -> bool {
        match self {
            Self::UnknownEvent { .. }
            | Self::UnknownField { .. }
            | Self::Field { .. }
            | Self::NotUtf8 { .. } => false,
            Self::NotJson { .. }
            | Self::TooLarge { .. }
            | Self::Encoding { .. }
            | Self::NotAnEvent
            | Self::NoType
            | Self::Missing { .. } => true,
        }
    }
}

/// More problems than this are not kept, of those that quarantine and of the others each: the page that lists them is
/// read by a person, and new fields must not hide that something was not read.
const PROBLEMS_MAX: usize = 100;
/// A name given by the sender is cut to so many characters.
const NAME_CHARS_MAX: usize = 64;

/// What was not understood in one body, each thing once.
#[derive(Default)]
pub(super) struct Problems {
    all: RefCell<Vec<Problem>>,
    /// How many of them don't quarantine.
    harmless: Cell<usize>,
}

impl Problems {
    pub(super) fn add(&self, problem: Problem) {
        let mut all = self.all.borrow_mut();
        let harmless = self.harmless.get();
        let of_its_kind = if problem.quarantines() { all.len() - harmless } else { harmless };
        if of_its_kind == PROBLEMS_MAX || all.contains(&problem) {
            return;
        }
        self.harmless.set(harmless + usize::from(!problem.quarantines()));
        all.push(problem);
    }

    /// Adds unknown fields of one object of an event; `path` is a field's name behind its list's. Somebody may send
    /// thousands.
    pub(super) fn add_unknown<'n>(
        &self,
        event: &str,
        names: impl Iterator<Item = Cow<'n, str>>,
        path: impl Fn(&str) -> String,
    ) {
        for name in names.take(PROBLEMS_MAX) {
            if self.harmless.get() == PROBLEMS_MAX {
                return;
            }
            let field = path(&clean_name(&name));
            self.add(Problem::UnknownField { event: event.to_owned(), field });
        }
    }

    pub(super) fn into_vec(self) -> Vec<Problem> {
        self.all.into_inner()
    }
}

/// A name given by the sender as it is counted and logged: short, one word.
pub(super) fn clean_name(sent: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '_' || c == '-' || c == '.' { c } else { '?' };
    sent.trim().chars().take(NAME_CHARS_MAX).map(plain).collect()
}
