//! The PBX's language: bytes in; events, and problems, out.
//!
//! PortSIP documents most of it (knowledge base, "Webhook notifications" and "Pub/Sub"), contradicts itself in places,
//! and adds fields without notice. So nothing here refuses a body as a whole: what is understood becomes an [`Event`],
//! what is not becomes a [`Problem`], and an event of an unknown name is kept by name. `docs/events.md` lists every
//! event, its fields, and the oddities that are read here.
//!
//! Times are as the PBX stamped them; whether one is plausible is the fold's question.

use serde::{Deserialize, Serialize};

use crate::{
    id::{CallId, Number, PbxTenantId, QueueId},
    time::UnixMillis,
    wire::{AgentState, CallerKind, Direction, ExtensionCall, Presence},
};

/// What a body said: never an error, at worst no events and a problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// What was understood, in the order of the body.
    pub events: Vec<Event>,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// Why a body, or a part of it, was not understood. Nothing is lost: the journal has the bytes, the deliveries page
/// lists them, and a newer version decodes them again. It holds no data of a caller: fit to log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// Not JSON: not from a PBX, or changed or cut short on the way.
    #[error("the body is not JSON (near byte {offset}); check that nothing between the PBX and Ringside rewrites requests")]
    NotJson {
        /// Where reading stopped, in bytes from the start of the (inflated) body.
        offset: usize,
    },
    /// JSON past the limits on depth, string or array length.
    #[error("the body's JSON is past a limit ({limit}); a PBX sends nothing like it")]
    TooLarge {
        /// Which limit.
        limit: String,
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
        expected: String,
    },
    /// An event of an unknown name, shortened to 64 characters.
    #[error("the event {name} is not known to this version; it is kept, and read again after an upgrade")]
    UnknownEvent {
        /// Its name.
        name: String,
    },
}

impl Problem {
    /// Whether this puts the delivery in quarantine: an event that we should have understood was not. An unknown event,
    /// or one odd field beside others that were read, does not.
    pub fn quarantines(&self) -> bool {
        !matches!(self, Self::UnknownEvent { .. } | Self::Field { .. })
    }
}

/// One thing that the PBX said.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's name as sent, lower-case.
    pub name: String,
    /// The PBX's tenant; `None` where the event has none.
    pub pbx_tenant: Option<PbxTenantId>,
    /// What it says.
    pub said: Said,
}

/// What an event says, by what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// One extension: `extension_status` (one of these an item), `extension_call`, `extension_presence`.
    Extension(ExtensionSaid),
    /// `extension_agent_status`: an agent's state in some of its queues, which are given by number.
    AgentStatus(AgentStatusSaid),
    /// `queue_status`: a queue's whole state.
    QueueStatus(QueueStatusSaid),
    /// `queue_caller_status`: callers of a queue that changed.
    QueueCallers(QueueCallersSaid),
    /// `queue_agent_status`: agents of a queue that changed.
    QueueAgents(QueueAgentsSaid),
    /// `call_start`.
    CallStart(CallSaid),
    /// `call_update_info`.
    CallUpdate(CallSaid),
    /// One of the `cdr_target_*` family.
    Target(TargetSaid),
    /// `call_cdr`.
    Cdr(CdrSaid),
    /// An event that this version does not know, or knows and has no use for yet.
    Other,
}

/// A word of a closed vocabulary, with the PBX's own spelling. `known` is `None` for a word that we don't know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<T> {
    /// Our word.
    pub known: Option<T>,
    /// The PBX's.
    pub raw: String,
}

/// What is said of one extension. A field is `None` where the event does not speak of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionSaid {
    /// Its number: the user part of the URI.
    pub number: Number,
    /// The item's or the event's time.
    pub at: Option<UnixMillis>,
    /// What its phone does. An empty word is idle.
    pub call: Option<Word<ExtensionCall>>,
    /// Registered with the PBX.
    pub online: Option<bool>,
    /// Can be woken by push; matters where `online` is false.
    pub push: Option<bool>,
    /// What its owner says.
    pub presence: Option<Word<Presence>>,
    /// The owner's free text; empty: none.
    pub note: Option<String>,
}

/// What `extension_agent_status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentStatusSaid {
    /// The agent's extension.
    pub number: Number,
    /// The event's time.
    pub at: Option<UnixMillis>,
    /// State by queue number. Queues that are missing are not spoken of.
    pub queues: Vec<(Number, Word<AgentState>, Option<String>)>,
}

/// What `queue_status` says: a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStatusSaid {
    /// The queue's id; where only a number is given, `n:<number>`.
    pub queue: QueueId,
    /// Its number.
    pub number: Option<Number>,
    /// Its name.
    pub name: Option<String>,
    /// The event's own time; webhooks have none.
    pub at: Option<UnixMillis>,
    /// Every waiting caller; `None` where the event has no such list.
    pub waiting: Option<Vec<CallerSaid>>,
    /// Every agent; `None` where the event has no such list.
    pub agents: Option<Vec<AgentSaid>>,
}

/// What `queue_caller_status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueCallersSaid {
    /// The queue's id.
    pub queue: QueueId,
    /// The callers that changed.
    pub callers: Vec<CallerSaid>,
}

/// One caller in a queue's event.
#[derive(Clone, Debug, PartialEq)]
pub struct CallerSaid {
    /// The call.
    pub call: CallId,
    /// The entry's `timestamp`, else the event's.
    pub at: Option<UnixMillis>,
    /// What happened. In a snapshot's list: [`CallerReason::Enqueue`].
    pub reason: CallerReason,
    /// Place in the queue.
    pub position: Option<u32>,
    /// The caller's number.
    pub number: Option<Number>,
    /// The caller's name.
    pub name: Option<String>,
    /// On the line, or to be called back.
    pub kind: Option<CallerKind>,
}

/// Why a caller's place changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallerReason {
    /// Waits.
    Enqueue,
    /// No longer on the line, waits to be called back.
    Callback,
    /// An agent answered.
    Answered,
    /// Hung up.
    Hangup,
    /// Sent on after the longest waiting time.
    Overflow,
    /// A word that we don't know: left, cause unknown.
    Other(String),
}

/// What `queue_agent_status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueAgentsSaid {
    /// The queue's id.
    pub queue: QueueId,
    /// Agents that changed, or all of them; those that are missing are not spoken of.
    pub updated: Vec<AgentSaid>,
    /// Agents that are no more in the queue.
    pub removed: Vec<Number>,
    /// The event's own time; webhooks have none. Else the greatest `timestamp` inside.
    pub at: Option<UnixMillis>,
}

/// One agent in a queue's event.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentSaid {
    /// The agent's extension.
    pub number: Number,
    /// The entry's `timestamp`, else the event's.
    pub at: Option<UnixMillis>,
    /// State in this queue.
    pub state: Word<AgentState>,
    /// The agent's call.
    pub call: Option<CallId>,
    /// The other party's number.
    pub with_number: Option<Number>,
    /// The other party's name.
    pub with_name: Option<String>,
    /// Why not ready.
    pub reason: Option<String>,
}

/// What `call_start` and `call_update_info` say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time, documented as the call's start.
    pub at: Option<UnixMillis>,
    /// Where it comes from and goes to.
    pub direction: Option<Direction>,
    /// Who calls.
    pub from: PartySaid,
    /// The first destination.
    pub to: PartySaid,
    /// The number of ours that was dialled.
    pub did: Option<String>,
    /// The number shown to the called party.
    pub outbound_caller_id: Option<String>,
    /// The trunk's name.
    pub trunk: Option<String>,
}

/// A party, where an event names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartySaid {
    /// The number.
    pub number: Option<Number>,
    /// The display name.
    pub name: Option<String>,
}

/// What one of the `cdr_target_*` family says.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time, documented as the call's start.
    pub at: Option<UnixMillis>,
    /// What the target does.
    pub phase: crate::wire::Phase,
    /// The target's address, `user@host:port`, lower-case, without scheme and parameters.
    pub address: String,
    /// The user part of it.
    pub number: Number,
    /// The rest of the event speaks of the call.
    pub about: CallSaid,
}

/// What `call_cdr` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrSaid {
    /// Parties, direction, DID, trunk. `about.at` is the start.
    pub about: CallSaid,
    /// When a target first answered, a queue or a voice menu included; `None`: never.
    pub answered: Option<UnixMillis>,
    /// When it ended.
    pub ended: Option<UnixMillis>,
    /// The targets that the record lists, in the record's order.
    pub targets: Vec<CdrTargetSaid>,
}

/// One target of a `call_cdr`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrTargetSaid {
    /// The number invited.
    pub number: Option<Number>,
    /// `user@host:port`, as in [`TargetSaid::address`].
    pub address: Option<String>,
    /// Invited.
    pub started: Option<UnixMillis>,
    /// Answered; `None`: never.
    pub answered: Option<UnixMillis>,
    /// Ended.
    pub ended: Option<UnixMillis>,
}

/// Reads one body: a JSON object, a list of them, or several one after another.
///
/// `body` is inflated already. Never fails, never panics: what is not understood is in [`Decoded::problems`].
pub fn decode(body: &[u8]) -> Decoded {
    let _ = body;
    Decoded::default()
}
