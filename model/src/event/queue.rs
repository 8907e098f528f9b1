//! What is said of queues: `queue_status`, `queue_caller_status`, `queue_agent_status`, `queue_sla_breached`, and
//! `queue_member_state` of version 12.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", pages "Version 22.2" and "Version 22.3";
//! an agent's states also in "Agent States and Work Modes".

use serde::{Deserialize, Serialize};

use super::{
    Shape, Word,
    extension::agent_state,
    fields::Fields,
    names::{Name, NameSet},
    words,
};
use crate::{
    id::{CallId, Number, QueueId, Text},
    time::UnixMillis,
    wire::{AgentState, CallerKind},
};

/// What `queue_status` says: a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueStatusSaid {
    /// The queue's id; where only a number is given, `n:<number>`.
    pub queue: QueueId,
    /// Its number.
    pub number: Option<Number>,
    /// Its name.
    pub name: Option<Text>,
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
    pub name: Option<Text>,
    /// On the line, or to be called back.
    pub kind: Option<CallerKind>,
}

/// Why a caller's place changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    Other(Text),
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
    pub with_name: Option<Text>,
    /// Why not ready.
    pub reason: Option<Text>,
}

/// What `queue_sla_breached` says: a caller has waited longer than the queue's target.
#[derive(Clone, Debug, PartialEq)]
pub struct SlaBreachSaid {
    /// The queue's id.
    pub queue: QueueId,
    /// The caller's number; the event has no call.
    pub caller: Option<Number>,
    /// Callers over the target; whether now or in all is not documented.
    pub breached: Option<u32>,
    /// The queue's target in seconds; `None` where none is set.
    pub target_s: Option<u32>,
    /// Callers that wait.
    pub waiting: Option<u32>,
    /// When.
    pub at: Option<UnixMillis>,
}

const TIME: [Name; 2] = [Name::Timestamp, Name::Time];

const QUEUE: NameSet = NameSet::of(&[Name::QueueId, Name::QueueNumber, Name::QueueName]);
pub(super) const STATUS: NameSet = QUEUE.and(NameSet::of(&[Name::WaitingList, Name::Agents]));
pub(super) const CALLERS: NameSet = QUEUE.and(NameSet::of(&[Name::UpdatedCallers]));
pub(super) const AGENTS: NameSet =
    QUEUE.and(AGENT).and(NameSet::of(&[Name::UpdatedAgents, Name::RemovedAgents]));
pub(super) const SLA: NameSet = QUEUE.and(NameSet::of(&[
    Name::Caller,
    Name::TotalCallersBreached,
    Name::SlaTimeSecs,
    Name::WaitingCallers,
]));
/// What the entries of all lists may have.
const ENTRY: NameSet = NameSet::of(&[
    Name::SessionId,
    Name::CallerNumber,
    Name::CallerName,
    Name::Timestamp,
    Name::Time,
    Name::Reason,
]);
const CALLER: NameSet = ENTRY.and(NameSet::of(&[Name::Position, Name::Type]));
const AGENT: NameSet = ENTRY.and(NameSet::of(&[
    Name::AgentExtensionNumber,
    Name::State,
    Name::Status,
    Name::ReasonCode,
    Name::NotReadyReason,
]));
const WAITING: NameSet = CALLER.and(AGENT).and(NameSet::of(&[Name::Agents]));

/// `queue_status`. The printed example has `agents` inside `waiting_list`, so agents are looked for there too: an entry
/// is an agent if it has an agent's number, and a caller if it has a call.
pub(super) fn status(event: &Fields<'_>) -> Option<QueueStatusSaid> {
    let queue = queue_id(event)?;
    let at = event.time(&TIME);
    let mut agents: Option<Vec<_>> =
        event.list(Name::Agents, AGENT).map(|entries| read_agents(entries, at).collect());
    let waiting = event.list(Name::WaitingList, WAITING).map(|entries| {
        let mut callers = Vec::new();
        for entry in entries {
            let nested = entry.list(Name::Agents, AGENT);
            let has_agents = nested.is_some();
            if let Some(nested) = nested {
                agents.get_or_insert_default().extend(read_agents(nested, at));
            }
            if entry.has(&[Name::AgentExtensionNumber]) {
                agents.get_or_insert_default().extend(agent(&entry, at));
            } else if !has_agents || entry.has(&[Name::SessionId]) {
                callers.extend(caller(&entry, at, CallerReason::Enqueue));
            }
        }
        callers
    });
    Some(QueueStatusSaid {
        queue,
        number: event.number(&[Name::QueueNumber]),
        name: event.text(&[Name::QueueName]),
        at,
        waiting,
        agents,
    })
}

/// `queue_caller_status`.
pub(super) fn callers(event: &Fields<'_>) -> Option<QueueCallersSaid> {
    let queue = queue_id(event)?;
    let at = event.time(&TIME);
    let Some(entries) = event.list(Name::UpdatedCallers, CALLER) else {
        event.missing(Name::UpdatedCallers);
        return None;
    };
    let one = |entry: Fields<'_>| {
        // Without a reason it might say that he came, or left, or moved up.
        let Some(reason) = entry.caller_reason() else {
            entry.missing(Name::Reason);
            return None;
        };
        caller(&entry, at, reason)
    };
    Some(QueueCallersSaid { queue, callers: entries.filter_map(one).collect() })
}

/// `queue_agent_status`, and `queue_member_state`: no page shows a body of that, and it is read in the same form; also
/// if the event is the agent's entry itself.
pub(super) fn agents(event: &Fields<'_>) -> Option<QueueAgentsSaid> {
    let queue = queue_id(event)?;
    let own = event.time(&TIME);
    let (updated, removed) = (event.list(Name::UpdatedAgents, AGENT), event.list(Name::RemovedAgents, AGENT));
    let is_agent = event.has(&[Name::AgentExtensionNumber]);
    if updated.is_none() && removed.is_none() && !is_agent {
        event.missing(Name::UpdatedAgents);
        return None;
    }
    let mut newest = None;
    let mut entry_seen = |entry: &Fields<'_>| newest = newest.max(entry.time(&TIME));
    let updated =
        updated.into_iter().flatten().inspect(&mut entry_seen).filter_map(|entry| agent(&entry, own));
    let mut updated: Vec<_> = updated.collect();
    if is_agent {
        updated.extend(agent(event, own));
    }
    let removed = removed.into_iter().flatten().inspect(entry_seen).filter_map(|entry| agent_number(&entry));
    let removed = removed.collect();
    Some(QueueAgentsSaid { queue, updated, removed, at: own.or(newest) })
}

/// `queue_sla_breached`.
pub(super) fn sla_breach(event: &Fields<'_>) -> Option<SlaBreachSaid> {
    Some(SlaBreachSaid {
        queue: queue_id(event)?,
        caller: event.number(&[Name::Caller]),
        breached: event.count(&[Name::TotalCallersBreached]),
        target_s: event.count(&[Name::SlaTimeSecs]).filter(|seconds| *seconds > 0),
        waiting: event.count(&[Name::WaitingCallers]),
        at: event.time(&TIME),
    })
}

/// Only `queue_status` has the number beside the id, and some release might have the number only.
fn queue_id(event: &Fields<'_>) -> Option<QueueId> {
    let by_number = || event.number(&[Name::QueueNumber]).map(|number| format!("n:{number}").into());
    let queue = event.id::<Text>(&[Name::QueueId]).map(|id| told_id(&id)).or_else(by_number);
    if queue.is_none() {
        event.missing(Name::QueueId);
    }
    queue
}

/// The PBX's id of a queue. One that looks like a number of ours, or like one of these, has its first character as `%XX`.
fn told_id(id: &str) -> QueueId {
    match id.as_bytes() {
        [first @ b'%', ..] | [first @ b'n', b':', ..] => format!("%{first:02X}{}", &id[1..]).into(),
        _ => id.into(),
    }
}

fn caller(entry: &Fields<'_>, event_at: Option<UnixMillis>, reason: CallerReason) -> Option<CallerSaid> {
    let Some(call) = entry.id(&[Name::SessionId]) else {
        entry.missing(Name::SessionId);
        return None;
    };
    Some(CallerSaid {
        call,
        at: entry.time(&TIME).or(event_at),
        reason,
        position: entry.count(&[Name::Position]),
        number: entry.number(&[Name::CallerNumber]),
        name: entry.text(&[Name::CallerName]),
        kind: entry.known_word(Name::Type, Shape::CallerKind, &words::CALLER_KIND),
    })
}

fn read_agents<'a>(
    entries: impl Iterator<Item = Fields<'a>>,
    event_at: Option<UnixMillis>,
) -> impl Iterator<Item = AgentSaid> {
    entries.filter_map(move |entry| agent(&entry, event_at))
}

fn agent(entry: &Fields<'_>, event_at: Option<UnixMillis>) -> Option<AgentSaid> {
    let number = agent_number(entry)?;
    let (state, reason) = agent_state(entry, Name::State);
    Some(AgentSaid {
        number,
        at: entry.time(&TIME).or(event_at),
        state,
        call: entry.id(&[Name::SessionId]),
        with_number: entry.number(&[Name::CallerNumber]),
        with_name: entry.text(&[Name::CallerName]),
        reason,
    })
}

fn agent_number(entry: &Fields<'_>) -> Option<Number> {
    let number = entry.number(&[Name::AgentExtensionNumber]);
    if number.is_none() {
        entry.missing(Name::AgentExtensionNumber);
    }
    number
}
