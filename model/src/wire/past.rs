//! What is over: finished calls and finished visits to queues, as the history keeps and shows them.

use serde::{Deserialize, Serialize};

use super::row::{Direction, Party, Phase, words};
use crate::{
    id::{CallId, Number, QueueId, Text},
    metrics::Ended,
    time::{Millis, UnixMillis},
};

words!(
    /// How a call came out for who called.
    CallResult {
        /// A person answered: at one of our extensions, or whom we called outside.
        Answered => "answered",
        /// The caller gave up in a queue.
        Abandoned => "abandoned",
        /// A queue, a phone or several were tried, and nobody answered.
        NoAnswer => "no_answer",
        /// Only a service of the PBX answered: a menu, a mailbox, an announcement.
        Service => "service",
        /// Nobody could be reached, or everybody declined.
        Failed => "failed",
        /// The PBX told too little to say.
        Unknown => "unknown",
    }
);
words!(
    /// How a visit to a queue ended; `docs/metrics.md` defines each.
    VisitEnd {
        /// An agent answered.
        Answered => "answered",
        /// The caller gave up.
        Abandoned => "abandoned",
        /// It had lasted too long, and the queue sent the caller on.
        Overflowed => "overflowed",
        /// All other ends.
        LeftOtherwise => "left_otherwise",
    }
);

impl From<Ended> for VisitEnd {
    fn from(how: Ended) -> Self {
        match how {
            Ended::Answered => Self::Answered,
            Ended::Abandoned => Self::Abandoned,
            Ended::Overflowed => Self::Overflowed,
            Ended::Other => Self::LeftOtherwise,
        }
    }
}

/// A finished call. All moments are by our clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastCall {
    /// The PBX's id of the call.
    pub id: CallId,
    /// Where it came from and went to.
    pub direction: Option<Direction>,
    /// Who called.
    pub from: Party,
    /// The first destination inside the PBX, or the number that was dialled out.
    pub to: Party,
    /// The number of ours that was dialled.
    pub did: Option<Text>,
    /// The trunk.
    pub trunk: Option<Text>,
    /// The queue that it left last.
    pub queue: Option<QueueId>,
    /// That queue's number.
    pub queue_number: Option<Number>,
    /// That queue's name.
    pub queue_name: Option<Text>,
    /// When it reached the PBX; `null` where nobody told.
    pub started: Option<UnixMillis>,
    /// When it ended.
    pub ended: UnixMillis,
    /// The PBX never said that it ended: this is when it was last heard of.
    pub unconfirmed: bool,
    /// How it came out.
    pub result: CallResult,
    /// When a person first answered.
    pub answered: Option<UnixMillis>,
    /// Who that was.
    pub answered_by: Option<Number>,
    /// From the start to the first person's answer, or to the end where nobody answered.
    pub wait_ms: Option<Millis>,
    /// How long a person had it, hold included; two at once count once.
    pub talk_ms: Millis,
    /// Its way: whom the PBX invited, in order of time.
    pub legs: Vec<PastLeg>,
    /// Its visits to queues, in order of time.
    pub visits: Vec<PastVisit>,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

impl PastCall {
    /// The moment that the history orders it by: its start, or where that is unknown its end.
    pub fn at(&self) -> UnixMillis {
        self.started.unwrap_or(self.ended)
    }
}

/// One target of a finished call: a phone, a service of the PBX, somebody outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastLeg {
    /// Its place in the call by time: 1, 2, …
    pub id: u32,
    /// The number that was invited.
    pub number: Number,
    /// Its owner's name.
    pub name: Option<Text>,
    /// When it was invited.
    pub since: UnixMillis,
    /// When it rang; `null` where it did not, or nobody told.
    pub rang: Option<UnixMillis>,
    /// When it answered.
    pub answered: Option<UnixMillis>,
    /// When it was over.
    pub ended: Option<UnixMillis>,
    /// What became of it.
    pub phase: Phase,
    /// The PBX gave no times of its own for this: these are when we heard of it.
    pub approximate: bool,
}

/// A finished visit of a call to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PastVisit {
    /// `queue/call/place`; in the queue's id a `%` is `%25` and a slash `%2F`.
    pub id: Text,
    /// The queue.
    pub queue: QueueId,
    /// Its number.
    pub queue_number: Option<Number>,
    /// Its name.
    pub queue_name: Option<Text>,
    /// The call.
    pub call: CallId,
    /// The caller's number.
    pub number: Option<Number>,
    /// The caller's name.
    pub name: Option<Text>,
    /// When it began; `null` where only its end was told.
    pub entered: Option<UnixMillis>,
    /// When it ended.
    pub ended: UnixMillis,
    /// How.
    pub how: VisitEnd,
    /// Who answered.
    pub agent: Option<Number>,
    /// That agent's name.
    pub agent_name: Option<Text>,
    /// The caller asked to be called back.
    pub callback: bool,
    /// From its beginning to its end; `null` where one of them is unknown, and for callbacks.
    pub wait_ms: Option<Millis>,
    /// Digits of outside parties are hidden from who reads this. Left out where none are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

impl PastVisit {
    /// The moment that the history orders it by: its beginning, or where that is unknown its end.
    pub fn at(&self) -> UnixMillis {
        self.entered.unwrap_or(self.ended)
    }
}
