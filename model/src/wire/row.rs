//! The six tables of a board, a row each: extension, queue, caller, agent, call, and a queue's course.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    course::CourseRow,
    figures::{AgentFigures, Figures, Share},
    tagged,
};
use crate::{
    id::{CallId, Number, QueueId, Seq, Text},
    time::UnixMillis,
};

/// Declares a closed set of words with their `snake_case` spelling on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every word, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        // The derived one does not read a macro's spelling.
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let words = utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some([$($word),+]));
                utoipa::openapi::RefOr::T(words.build().into())
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}
pub(super) use words;

words!(
    /// Which table a row belongs to; `k` on the wire.
    RowKind {
        /// An extension.
        Extension => "extension",
        /// A queue.
        Queue => "queue",
        /// A caller who waits in a queue.
        Caller => "caller",
        /// A member of a queue; one person in three queues is three rows.
        Agent => "agent",
        /// A live call.
        Call => "call",
        /// What a queue's day was like.
        Course => "course",
    }
);
words!(
    /// Whether an extension is registered with the PBX.
    Online {
        /// A device is registered.
        Online => "online",
        /// None is, but a mobile app can be woken by push: calls do reach it.
        Push => "push",
        /// Not reachable.
        Offline => "offline",
    }
);
words!(
    /// What an extension's phone does.
    ExtensionCall {
        /// Nothing.
        Idle => "idle",
        /// A call is offered to it.
        Ringing => "ringing",
        /// Dialling, talking or holding; the PBX does not tell these apart.
        OnCall => "on_call",
    }
);
words!(
    /// What a person says about himself.
    Presence {
        /// Can be called.
        Available => "available",
        /// Not at the desk.
        Away => "away",
        /// Calls are rejected.
        DoNotDisturb => "do_not_disturb",
        /// At lunch.
        Lunch => "lunch",
        /// On a business trip.
        BusinessTrip => "business_trip",
        /// On a break.
        Break => "break",
        /// Busy, as an app says it.
        Busy => "busy",
    }
);
words!(
    /// An agent's state in one queue.
    AgentState {
        /// Waits for a call of the queue.
        Ready => "ready",
        /// Has a call of this queue, ringing included.
        QueueCall => "queue_call",
        /// Has a call that is not of this queue.
        OtherCall => "other_call",
        /// Work after a call.
        WrapUp => "wrap_up",
        /// Logged in, takes no calls of the queue.
        NotReady => "not_ready",
        /// Logged out of the queue; the phone may be registered.
        LoggedOut => "logged_out",
        /// The phone is not registered.
        Offline => "offline",
        /// A word that we don't know; `raw` has it.
        Unknown => "unknown",
    }
);
words!(
    /// Why a caller stands in a queue.
    CallerKind {
        /// On the line.
        Normal => "normal",
        /// Hung up and waits to be called back.
        Callback => "callback",
    }
);
words!(
    /// Where a call comes from and goes to.
    Direction {
        /// Between extensions.
        Internal => "internal",
        /// From a trunk.
        Inbound => "inbound",
        /// Over a trunk.
        Outbound => "outbound",
        /// From a trunk over a trunk.
        Transit => "transit",
    }
);
words!(
    /// What a call does.
    CallState {
        /// Somebody's phone rings, or is about to.
        Ringing => "ringing",
        /// The caller waits in a queue.
        Queued => "queued",
        /// Two people talk.
        Talking => "talking",
        /// All legs have ended; the PBX has not said yet that the call has.
        Ending => "ending",
    }
);
words!(
    /// What one leg of a call does.
    Phase {
        /// Invited.
        Added => "added",
        /// Rings.
        Ringing => "ringing",
        /// Answered.
        Answered => "answered",
        /// Rang, and nobody answered.
        NoAnswer => "no_answer",
        /// Could not be reached, or declined.
        Failed => "failed",
        /// Was answered, and has ended.
        Ended => "ended",
    }
);

/// A row of the board: what is true of one thing now. Whole, never a difference.
///
/// Its kind is the first field, `k`, and must be when it is read ([`super::tagged`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "k", rename_all = "snake_case")]
pub enum Row {
    /// An extension.
    Extension(ExtensionRow),
    /// A queue.
    Queue(QueueRow),
    /// A waiting caller.
    Caller(CallerRow),
    /// A queue's agent.
    Agent(AgentRow),
    /// A live call.
    Call(CallRow),
    /// A queue's day.
    Course(CourseRow),
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        tagged::read::<RowReader, D>(deserializer)
    }
}

struct RowReader;

impl tagged::Read for RowReader {
    const TAG: &str = "k";
    type Kind = RowKind;
    type Whole = Row;

    fn rest<'de, D: Deserializer<'de>>(kind: RowKind, rest: D) -> Result<Row, D::Error> {
        Ok(match kind {
            RowKind::Extension => Row::Extension(Deserialize::deserialize(rest)?),
            RowKind::Queue => Row::Queue(Deserialize::deserialize(rest)?),
            RowKind::Caller => Row::Caller(Deserialize::deserialize(rest)?),
            RowKind::Agent => Row::Agent(Deserialize::deserialize(rest)?),
            RowKind::Call => Row::Call(Deserialize::deserialize(rest)?),
            RowKind::Course => Row::Course(Deserialize::deserialize(rest)?),
        })
    }
}

impl Row {
    /// The table it belongs to.
    pub const fn kind(&self) -> RowKind {
        match self {
            Self::Extension(_) => RowKind::Extension,
            Self::Queue(_) => RowKind::Queue,
            Self::Caller(_) => RowKind::Caller,
            Self::Agent(_) => RowKind::Agent,
            Self::Call(_) => RowKind::Call,
            Self::Course(_) => RowKind::Course,
        }
    }

    /// Its id in that table.
    pub fn id(&self) -> &str {
        match self {
            Self::Extension(row) => row.id.as_str(),
            Self::Queue(row) => row.id.as_str(),
            Self::Caller(row) => row.id.as_str(),
            Self::Agent(row) => row.id.as_str(),
            Self::Call(row) => row.id.as_str(),
            Self::Course(row) => row.id.as_str(),
        }
    }

    /// Table and id together: what `gone` and the client's map go by.
    pub fn row_id(&self) -> RowId {
        RowId(self.kind(), self.id().into())
    }

    /// The entry that last changed it.
    pub const fn rev(&self) -> Seq {
        match self {
            Self::Extension(row) => row.rev,
            Self::Queue(row) => row.rev,
            Self::Caller(row) => row.rev,
            Self::Agent(row) => row.rev,
            Self::Call(row) => row.rev,
            Self::Course(row) => row.rev,
        }
    }

    /// The same row, changed by entry `rev`.
    #[must_use]
    pub fn with_rev(mut self, rev: Seq) -> Self {
        match &mut self {
            Self::Extension(row) => row.rev = rev,
            Self::Queue(row) => row.rev = rev,
            Self::Caller(row) => row.rev = rev,
            Self::Agent(row) => row.rev = rev,
            Self::Call(row) => row.rev = rev,
            Self::Course(row) => row.rev = rev,
        }
        self
    }
}

/// A row's name over all tables, `["call","900000000000000001"]` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId(
    /// The table.
    pub RowKind,
    /// The id in it.
    pub std::sync::Arc<str>,
);

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.as_str(), self.1)
    }
}

/// An extension: is it registered, does it have a call, what does its owner say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExtensionRow {
    /// The number.
    pub id: Number,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// The number again, under its own name.
    pub number: Number,
    /// The owner's name.
    pub name: Option<Text>,
    /// The owner's department.
    pub department: Option<Text>,
    /// Registered with the PBX.
    pub online: Option<Online>,
    /// Since when, by our clock.
    pub online_since: Option<UnixMillis>,
    /// What the phone does.
    pub call: Option<ExtensionCall>,
    /// Since when, by our clock.
    pub call_since: Option<UnixMillis>,
    /// What the owner says; `null` if unknown, or if the word in `presence_raw` is.
    pub presence: Option<Presence>,
    /// Since when, by our clock.
    pub presence_since: Option<UnixMillis>,
    /// The PBX's word for it.
    pub presence_raw: Option<Text>,
    /// The owner's free text.
    pub note: Option<Text>,
    /// Live calls that it takes part in.
    pub calls: Vec<CallId>,
    /// No news for so long that the row may be wrong.
    pub unconfirmed: bool,
}

/// A queue: who waits, and who could answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueRow {
    /// The PBX's id of the queue.
    pub id: QueueId,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// The number that is dialled; `null` until the PBX or the directory tells.
    pub number: Option<Number>,
    /// The queue's name.
    pub name: Option<Text>,
    /// Callers on the line. Those who wait for a callback are in `callbacks`.
    pub waiting: u32,
    /// Callers who wait to be called back.
    pub callbacks: u32,
    /// Since when the longest of the callers on the line waits, by our clock.
    pub longest_since: Option<UnixMillis>,
    /// Agents by state.
    pub agents: AgentCounts,
    /// Seconds within which a caller should be answered.
    pub target_s: Option<u32>,
    /// How often today a caller waited longer than the PBX wants, by its own word (`queue_sla_breached`); `null` until the first
    /// minute of a server's life has passed.
    pub sla_breaches: Option<u32>,
    /// What happened, by window; `null` until the first minute of a server's life has passed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Figures>))]
    pub figures: Option<Arc<Figures>>,
}

/// How many agents of a queue are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[expect(missing_docs, reason = "the fields are AgentState's words")]
pub struct AgentCounts {
    pub ready: u32,
    pub queue_call: u32,
    pub other_call: u32,
    pub wrap_up: u32,
    pub not_ready: u32,
    pub logged_out: u32,
    pub offline: u32,
    pub unknown: u32,
}

impl AgentCounts {
    /// The count of one state.
    pub const fn get(&self, state: AgentState) -> u32 {
        match state {
            AgentState::Ready => self.ready,
            AgentState::QueueCall => self.queue_call,
            AgentState::OtherCall => self.other_call,
            AgentState::WrapUp => self.wrap_up,
            AgentState::NotReady => self.not_ready,
            AgentState::LoggedOut => self.logged_out,
            AgentState::Offline => self.offline,
            AgentState::Unknown => self.unknown,
        }
    }

    /// The count of one state, to be changed.
    pub const fn get_mut(&mut self, state: AgentState) -> &mut u32 {
        match state {
            AgentState::Ready => &mut self.ready,
            AgentState::QueueCall => &mut self.queue_call,
            AgentState::OtherCall => &mut self.other_call,
            AgentState::WrapUp => &mut self.wrap_up,
            AgentState::NotReady => &mut self.not_ready,
            AgentState::LoggedOut => &mut self.logged_out,
            AgentState::Offline => &mut self.offline,
            AgentState::Unknown => &mut self.unknown,
        }
    }
}

/// A caller who waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallerRow {
    /// `queue/call`; in the queue's id a `%` is `%25` and a slash `%2F`.
    pub id: Text,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// The queue.
    pub queue: QueueId,
    /// The call.
    pub call: CallId,
    /// Place in the queue, as the PBX last said.
    pub position: Option<u32>,
    /// The caller's number.
    pub number: Option<Number>,
    /// The caller's name.
    pub name: Option<Text>,
    /// On the line, or to be called back.
    pub kind: CallerKind,
    /// Since when, by our clock.
    pub since: Option<UnixMillis>,
    /// No news for so long that the caller may have gone.
    pub unconfirmed: bool,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// A member of a queue. One person in three queues is three rows, each with its own state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRow {
    /// `queue/number`; in the queue's id a `%` is `%25` and a slash `%2F`.
    pub id: Text,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// The queue.
    pub queue: QueueId,
    /// The agent's extension.
    pub number: Number,
    /// The agent's name.
    pub name: Option<Text>,
    /// State in this queue.
    pub state: AgentState,
    /// The PBX's word for it.
    pub raw: Option<Text>,
    /// Why not ready, where the PBX says.
    pub reason: Option<Text>,
    /// Since when in this state, by our clock.
    pub since: Option<UnixMillis>,
    /// The call, in call states only.
    pub call: Option<CallId>,
    /// The other party's number, in call states only.
    #[serde(rename = "with")]
    pub with_number: Option<Number>,
    /// What the agent did today in this queue; `null` until the first minute of a server's life has passed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<AgentFigures>))]
    pub figures: Option<Arc<AgentFigures>>,
    /// The person's occupancy today over all queues, the same in each of his rows; in hundredths of a percent.
    pub occupancy: Option<Share>,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// One side of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Party {
    /// The number; `null` if withheld or unknown.
    pub number: Option<Number>,
    /// The name.
    pub name: Option<Text>,
}

/// A live call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallRow {
    /// The PBX's id of the call.
    pub id: CallId,
    /// The entry that last changed this row.
    pub rev: Seq,
    /// Where it comes from and goes to.
    pub direction: Option<Direction>,
    /// Who calls.
    pub from: Party,
    /// The first destination inside the PBX, or the number that was dialled out. Not who answered: that is in `legs`.
    pub to: Party,
    /// The number of ours that was dialled.
    pub did: Option<Text>,
    /// The trunk.
    pub trunk: Option<Text>,
    /// The queue that it waits in, or was last answered from.
    pub queue: Option<QueueId>,
    /// When it reached the PBX, by our clock.
    pub started: Option<UnixMillis>,
    /// What it does.
    pub state: CallState,
    /// No news for so long that it may have ended.
    pub unconfirmed: bool,
    /// Whom the PBX invited, in order of time.
    pub legs: Vec<Leg>,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// One target of a call. An extension with a desk phone and an app is two legs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Leg {
    /// Its place in the call by time: 1, 2, … It is never the device's address.
    pub id: u32,
    /// The number that was invited.
    pub number: Number,
    /// What it does.
    pub phase: Phase,
    /// Since when, by our clock.
    pub since: Option<UnixMillis>,
    /// The PBX gave no time of its own for this; `since` is when we heard of it.
    pub approximate: bool,
}
