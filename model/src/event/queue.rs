//! What is said of queues: `queue_status`, `queue_caller_status`, `queue_agent_status`.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", pages "Version 22.2" and "Version 22.3";
//! an agent's states also in "Agent States and Work Modes".

use serde::{Deserialize, Serialize};

use super::{Word, extension::agent_state, fields::Fields, words};
use crate::{
    id::{CallId, Number, QueueId},
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

const TIME: [&str; 2] = ["timestamp", "time"];

/// `queue_status`. The printed example has `agents` inside `waiting_list`, so agents are looked for there too: an entry
/// is an agent if it has an agent's number, and a caller if it has a call.
pub(super) fn status(event: &Fields<'_>) -> Option<QueueStatusSaid> {
    let queue = queue_id(event)?;
    let at = event.time(&TIME);
    let mut waiting = None;
    let mut agents = event.list("agents").map(|entries| read_agents(&entries, at));
    if let Some(entries) = event.list("waiting_list") {
        let mut callers = Vec::new();
        for entry in &entries {
            let nested = entry.list("agents");
            if let Some(nested) = &nested {
                agents.get_or_insert_default().extend(read_agents(nested, at));
            }
            if entry.has(&["agent_extension_number"]) {
                agents.get_or_insert_default().extend(agent(entry, at));
            } else if nested.is_none() || entry.has(&["session_id"]) {
                callers.extend(caller(entry, at, CallerReason::Enqueue));
            }
        }
        waiting = Some(callers);
    }
    Some(QueueStatusSaid {
        queue,
        number: event.number(&["queue_number"]),
        name: event.text(&["queue_name"]),
        at,
        waiting,
        agents,
    })
}

/// `queue_caller_status`.
pub(super) fn callers(event: &Fields<'_>) -> Option<QueueCallersSaid> {
    let queue = queue_id(event)?;
    let at = event.time(&TIME);
    let Some(entries) = event.list("updated_callers") else {
        event.missing("updated_callers");
        return None;
    };
    let one = |entry: &Fields<'_>| {
        // Without a reason it might say that he came, or left, or moved up.
        let Some(reason) = entry.text(&["reason"]) else {
            entry.missing("reason");
            return None;
        };
        caller(entry, at, words::caller_reason(&reason))
    };
    Some(QueueCallersSaid { queue, callers: entries.iter().filter_map(one).collect() })
}

/// `queue_agent_status`.
pub(super) fn agents(event: &Fields<'_>) -> Option<QueueAgentsSaid> {
    let queue = queue_id(event)?;
    let own = event.time(&TIME);
    let (updated, removed) = (event.list("updated_agents"), event.list("removed_agents"));
    if updated.is_none() && removed.is_none() {
        event.missing("updated_agents");
        return None;
    }
    let (updated, removed) = (updated.unwrap_or_default(), removed.unwrap_or_default());
    let newest = updated.iter().chain(&removed).filter_map(|entry| entry.time(&TIME)).max();
    Some(QueueAgentsSaid {
        queue,
        updated: read_agents(&updated, own),
        removed: removed.iter().filter_map(agent_number).collect(),
        at: own.or(newest),
    })
}

/// Only `queue_status` has the number beside the id, and some release might have the number only.
fn queue_id(event: &Fields<'_>) -> Option<QueueId> {
    let by_number = || event.number(&["queue_number"]).map(|number| format!("n:{number}").into());
    let queue = event.id(&["queue_id"]).or_else(by_number);
    if queue.is_none() {
        event.missing("queue_id");
    }
    queue
}

fn caller(entry: &Fields<'_>, event_at: Option<UnixMillis>, reason: CallerReason) -> Option<CallerSaid> {
    let Some(call) = entry.id(&["session_id"]) else {
        entry.missing("session_id");
        return None;
    };
    Some(CallerSaid {
        call,
        at: entry.time(&TIME).or(event_at),
        reason,
        position: entry.count(&["position"]),
        number: entry.number(&["caller_number"]),
        name: entry.text(&["caller_name"]),
        kind: entry.known_word("type", "normal or callback", words::caller_kind),
    })
}

fn read_agents(entries: &[Fields<'_>], event_at: Option<UnixMillis>) -> Vec<AgentSaid> {
    entries.iter().filter_map(|entry| agent(entry, event_at)).collect()
}

fn agent(entry: &Fields<'_>, event_at: Option<UnixMillis>) -> Option<AgentSaid> {
    let number = agent_number(entry)?;
    let (state, reason) = agent_state(entry, "state");
    Some(AgentSaid {
        number,
        at: entry.time(&TIME).or(event_at),
        state,
        call: entry.id(&["session_id"]),
        with_number: entry.number(&["caller_number"]),
        with_name: entry.text(&["caller_name"]),
        reason,
    })
}

fn agent_number(entry: &Fields<'_>) -> Option<Number> {
    let number = entry.number(&["agent_extension_number"]);
    if number.is_none() {
        entry.missing("agent_extension_number");
    }
    number
}
