//! What is over: what a history that has heard everything would say.

use serde::Serialize;

use super::Direction;
use crate::call::Stamp;

/// A call that is over. Times that are differences are of the whole seconds that the PBX posts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastCall {
    /// Its session.
    pub session: String,
    /// Which way it went.
    pub direction: Direction,
    /// Who called.
    pub from: String,
    /// The first destination, or the outside number dialled.
    pub to: String,
    /// The queue that it left last.
    pub queue: Option<String>,
    /// Began at.
    pub started: Stamp,
    /// Ended at.
    pub ended: Stamp,
    /// How it came out for who called.
    pub result: CallResult,
    /// From its start to the first person's answer, or to its end.
    pub wait_s: u64,
    /// How long a person had it; two at once count once.
    pub talk_s: u64,
    /// Its stays in queues that are over.
    pub stays: Vec<PastStay>,
}

/// A stay in a queue that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastStay {
    /// The queue's id.
    pub queue: String,
    /// Came at.
    pub since: Stamp,
    /// Left at.
    pub ended: Stamp,
    /// How.
    pub how: StayEnd,
    /// Had asked to be called back.
    pub callback: bool,
}

words!(
    /// How a call came out for who called.
    CallResult {
        /// A person answered.
        Answered => "answered",
        /// The caller gave up in a queue.
        Abandoned => "abandoned",
        /// Tried, and nobody answered.
        NoAnswer => "no_answer",
        /// Only a service answered.
        Service => "service",
        /// Nobody could be reached, or everybody declined.
        Failed => "failed",
    }
);
words!(
    /// How a stay in a queue ended.
    StayEnd {
        /// An agent answered.
        Answered => "answered",
        /// The caller hung up.
        Abandoned => "abandoned",
        /// The queue sent the caller on.
        Overflowed => "overflowed",
    }
);
