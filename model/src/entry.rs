//! What the journal holds, as the fold reads it: a fact, when we received it, and how far the PBX's clock was off.

use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    id::{Number, PbxTenantId, QueueId, Seq, Text},
    time::{Skew, UnixMillis},
    wire::RowId,
};

/// One entry of the journal with its body decoded. The fold reads no clock: all time it knows is in here.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the journal. It becomes the `rev` of the rows that it changes, and decides nothing.
    pub seq: Seq,
    /// When we received it, by our clock.
    pub received: UnixMillis,
    /// Our clock minus the PBX's, as known when the entry was appended; `None` while unknown.
    pub skew: Option<Skew>,
    /// What it says.
    pub content: Content,
}

/// What an entry says, by the entry's kind in the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `webhook`: what one delivery of the PBX said.
    Events(Vec<Event>),
    /// `admin`: what the configuration or a settings page says, where it differs from what was said last.
    Admin(Admin),
    /// `clock`: what the passing of time decided.
    Clock(Clock),
}

/// The body of a `clock` entry, as JSON: what nothing but time decided, written down so that the fold needs no clock.
///
/// Moments are of the PBX's clock but for [`Clock::Minute`]'s, which are ours. What concerns a row names the newest fact
/// that it knew of, and is void where there is a newer one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "clock", rename_all = "snake_case")]
pub enum Clock {
    /// No news of a row for so long that it is unconfirmed.
    Silence {
        /// The row.
        row: RowId,
        /// Its newest fact.
        seen: UnixMillis,
        /// When this was decided.
        t: UnixMillis,
    },
    /// No news for so long that the row is hidden.
    Gone {
        /// The row.
        row: RowId,
        /// Its newest fact.
        seen: UnixMillis,
    },
    /// The windows of the figures end here. Our clock.
    Minute {
        /// The beginning of a minute.
        t: UnixMillis,
        /// When the tenant's day began.
        day_start: UnixMillis,
        /// When it ends.
        day_end: UnixMillis,
    },
    /// The PBX's clock went back: every stamp after this becomes this. A border: it acts on what was folded before it.
    Rebase {
        /// What the PBX's clock showed after it went back.
        t: UnixMillis,
    },
    /// Calls that are over, and rows that are removed, are forgotten if all of them is 27 h older than this. A border.
    Horizon {
        /// What the PBX's clock showed.
        t: UnixMillis,
    },
}

/// The body of an `admin` entry, as JSON. Each replaces the last of its kind as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "admin", rename_all = "snake_case")]
pub enum Admin {
    /// The tenant's settings that a row shows or the fold uses.
    Settings(Settings),
    /// Names and kinds of numbers. What the PBX says itself wins.
    Directory {
        /// One entry a number.
        entries: Vec<DirectoryEntry>,
    },
    /// What the PBX itself calls its numbers of which no event tells a name: ring groups and voice menus.
    Numbers {
        /// One entry a number.
        entries: Vec<DirectoryEntry>,
    },
}

/// A tenant's settings, as far as a row shows them or the fold uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The PBX's id of this tenant. Given, an event with another id changes nothing; absent, every id is taken.
    pub pbx_tenant: Option<PbxTenantId>,
    /// Settings of single queues.
    pub queues: Vec<QueueSettings>,
}

/// One queue's settings; the queue is named by its number, its id, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueSettings {
    /// The queue's number.
    pub number: Option<Number>,
    /// The PBX's id of the queue.
    pub queue: Option<QueueId>,
    /// Seconds within which a caller should be answered.
    pub target_s: Option<u32>,
    /// Of how many in a hundred that should be true: 1 to 100.
    pub target_percent: Option<u8>,
    /// Who gives up sooner than this is a short abandon.
    pub short_abandon_s: Option<u32>,
    /// Which service level: variant 3, 4 or 6 of `docs/metrics.md`. Others, and none, are 3.
    pub service_level: Option<u8>,
}

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A person's or a device's extension.
    Extension,
    /// A call queue.
    Queue,
    /// A ring group.
    Group,
    /// A voice menu.
    Ivr,
}

/// One line of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// What the number stands for.
    pub kind: NumberKind,
    /// The number.
    pub number: Number,
    /// Its name; empty if unknown.
    #[serde(default = "nothing")]
    pub name: Text,
    /// A person's department; empty if none.
    #[serde(default = "nothing")]
    pub department: Text,
    /// For a queue: the PBX's id of it, so that events which carry only the id find the number.
    #[serde(default)]
    pub queue: Option<QueueId>,
}

/// What is wrong with a line of the directory as people write it: a CSV file. Ends with the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryFault {
    /// Written by a program that uses another encoding.
    #[error("this is not UTF-8; save the file as \"CSV UTF-8\"")]
    NotUtf8,
    /// No first line with names.
    #[error("the first line must name the columns; write kind,number,name,department,queue_id")]
    NoHeader,
    /// A column that must be there.
    #[error("the column {0} is missing; the first line must name kind, number and name")]
    ColumnMissing(&'static str),
    /// A column that nobody reads, by its place from 1. Without a first line of names this may be a person's number.
    #[error("column {0} is not known; take it out, or name it kind, number, name, department or queue_id")]
    ColumnUnknown(usize),
    /// A column twice.
    #[error("the column {0} is there twice; keep one of them")]
    ColumnTwice(&'static str),
    /// More fields than columns.
    #[error(
        "this line has more fields than the first one; put quotes around a name that holds the separator"
    )]
    TooManyFields,
    /// A kind that we don't know.
    #[error("the kind is none of extension, queue, group and ivr; write one of them")]
    Kind,
    /// A line about nothing.
    #[error("the number is missing; write it, or take the line out")]
    NumberMissing,
    /// A number that stands for two things.
    #[error("this number was named before, in line {0}; keep one of the lines")]
    NumberTwice(usize),
    /// A queue's id for something else.
    #[error("only a queue has a queue_id; leave it empty here")]
    QueueIdForeign,
}

fn nothing() -> Text {
    "".into()
}
