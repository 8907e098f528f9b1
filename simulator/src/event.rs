//! What the PBX posts, as JSON: the fields and their oddities as PortSIP documents them.
//!
//! Sources are PortSIP's knowledge base, "Webhook notifications: Event reference" for calls and "Pub/Sub, version 22.3"
//! for extensions and queues. Kept from there: times are whole seconds in text, `destiantion` is misspelt in target
//! events and right in CDRs, `caller` is a SIP URI in `call_start` and a bare number elsewhere, a CDR's `status_code` is
//! text on top and a number in its targets while `talk_duration` is the other way round, a target's `id` is the
//! tenant's, and queue events have times only inside their entries.

use serde_json::{Value, json};

use crate::{
    call::{Call, Direction, EndReason, Leg, Party, Phase, Stamp},
    company::{Company, PersonIndex, QueueIndex},
};

/// Which of the PBX's two webhooks carries an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// "CDR Events".
    Cdr,
    /// "Extension Events".
    Extension,
}

impl Hook {
    /// The word in configuration and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cdr => "cdr",
            Self::Extension => "extension",
        }
    }
}

/// One event: one POST's body, and the webhook that carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where it goes.
    pub hook: Hook,
    /// What it says.
    pub body: Value,
}

impl Event {
    fn cdr(body: Value) -> Self {
        Self { hook: Hook::Cdr, body }
    }

    fn extension(body: Value) -> Self {
        Self { hook: Hook::Extension, body }
    }
}

fn seconds(stamp: Stamp) -> String {
    stamp.seconds().to_string()
}

/// A time that may not have come: `"0"`.
fn seconds_or_zero(stamp: Option<Stamp>) -> String {
    stamp.map_or_else(|| "0".to_owned(), seconds)
}

fn seconds_between(from: Stamp, to: Stamp) -> u64 {
    to.seconds().saturating_sub(from.seconds())
}

/// A call begins.
pub fn call_start(company: &Company, call: &Call) -> Event {
    Event::cdr(json!({
        "event_type": "call_start",
        "time": seconds(call.started),
        "session_id": call.session_id,
        "cdr_id": call.cdr_id,
        "direction": call.direction.as_str(),
        "call_id": call.sip_call_id,
        "caller": call.caller.uri,
        "caller_display_name": call.caller.name,
        "callee": call.callee.uri,
        "callee_display_name": call.callee.name,
        "tenant_id": company.tenant_id,
        "did": call.did,
        "outbound_caller_id": call.outbound_caller_id,
        "user_data": "",
    }))
}

/// A call is routed on: its callee is another now.
pub fn call_update_info(company: &Company, call: &Call, callee: &Party, now: Stamp) -> Event {
    Event::cdr(json!({
        "event_type": "call_update_info",
        "time": seconds(now),
        "session_id": call.session_id,
        "cdr_id": call.cdr_id,
        "direction": call.direction.as_str(),
        "caller": call.caller.uri,
        "caller_display_name": call.caller.name,
        "callee": callee.uri,
        "callee_display_name": callee.name,
        "tenant_id": company.tenant_id,
        "did": call.did,
        "outbound_caller_id": call.outbound_caller_id,
    }))
}

/// A leg changes: one of the `cdr_target_*` family.
pub fn target(company: &Company, call: &Call, leg: &Leg, phase: Phase, now: Stamp) -> Event {
    Event::cdr(json!({
        "event_type": phase.event_type(),
        "time": seconds(now),
        "session_id": call.session_id,
        "cdr_id": call.cdr_id,
        "tenant_id": company.tenant_id,
        "direction": call.direction.as_str(),
        "destiantion": leg.address,
        "caller": call.caller.number,
        "did": call.did,
        "outbound_caller_id": call.outbound_caller_id,
    }))
}

/// A call is over: everything about it.
pub fn call_cdr(company: &Company, call: &Call, reason: EndReason, now: Stamp) -> Event {
    let answered = call.answered();
    let rang = call.legs.iter().filter_map(|leg| leg.rang.or(leg.answered)).min();
    let failed = call.legs.last().is_some_and(|leg| leg.answered.is_none() && leg.rang.is_none());
    let declined = call.legs.last().is_some_and(|leg| leg.status_code == 486);
    let status = match answered {
        Some(_) => "answered",
        None if failed || declined => "fail",
        None => "noanswer",
    };
    let status_code =
        if answered.is_some() { 0 } else { call.legs.last().map_or(480, |leg| leg.status_code) };
    let caller_host = call.caller.uri.rsplit('@').next().unwrap_or_default();
    let targets: Vec<Value> = call.legs.iter().map(|leg| call_target(company, call, leg, now)).collect();
    Event::cdr(json!({
        "event_type": "call_cdr",
        "session_id": call.session_id,
        "call_id": call.sip_call_id,
        "caller": call.caller.number,
        "caller_domain": caller_host,
        "caller_display_name": call.caller.name,
        "callee": call.callee.number,
        "callee_domain": company.domain,
        "did": call.did,
        "direction": call.direction.as_str(),
        "start_time": seconds(call.started),
        "ring_time": seconds_or_zero(rang),
        "answered_time": seconds_or_zero(answered),
        "ended_time": seconds(now),
        "call_status": status,
        "status_code": status_code.to_string(),
        "ended_reason": reason.as_str(),
        "ring_duration": rang.map_or(0, |rang| seconds_between(rang, answered.unwrap_or(now))).to_string(),
        "talk_duration": answered.map_or(0, |answered| seconds_between(answered, now)),
        "outbound_caller_id": call.outbound_caller_id,
        "tenant_id": company.tenant_id,
        "tenant_name": company.name,
        "trunk_name": trunk_name(company, call),
        "user_data": "",
        "call_targets": targets,
    }))
}

fn call_target(company: &Company, call: &Call, leg: &Leg, now: Stamp) -> Value {
    let (ended, reason) = leg.ended.unwrap_or((now, EndReason::None));
    json!({
        "id": company.tenant_id,
        "call_type": "normal_call",
        "caller": call.caller.number,
        "callee": leg.number,
        "destination": leg.address,
        "start_time": seconds(leg.started),
        "ring_time": seconds_or_zero(leg.rang.or(leg.answered)),
        "answered_time": seconds_or_zero(leg.answered),
        "ended_time": seconds(ended),
        "status": if leg.answered.is_some() { "answered" } else { "noanswer" },
        "status_code": leg.status_code,
        "end_reason": reason.as_str(),
        "ring_duration": leg.rang.map_or(0, |rang| seconds_between(rang, leg.answered.unwrap_or(ended))).to_string(),
        "talk_duration": leg.answered.map_or(0, |answered| seconds_between(answered, ended)).to_string(),
        "did": "",
        "outbound_caller_id": "",
        "trunk_name": trunk_name(company, call),
    })
}

fn trunk_name<'a>(company: &'a Company, call: &Call) -> &'a str {
    if call.direction == Direction::Internal { "" } else { company.trunk }
}

/// What an extension's events tell of it.
#[derive(Clone, Debug)]
pub struct ExtensionState {
    /// `RINGING`, `ON_CALL`, or empty for idle.
    pub call_status: &'static str,
    /// Registered.
    pub online: bool,
    /// An app that push can wake.
    pub push_online: bool,
    /// What its owner says, in the PBX's word.
    pub presence: &'static str,
    /// The owner's free text.
    pub note: &'static str,
}

/// An extension registers, or its registration goes.
pub fn extension_status(company: &Company, person: PersonIndex, state: &ExtensionState, now: Stamp) -> Event {
    Event::extension(json!({
        "event_type": "extension_status",
        "tenant_id": company.tenant_id,
        "status": [{
            "extension": company.uri(company.people[person.0].number),
            "extension_id": company.extension_id(person),
            "call_status": state.call_status,
            "online": state.online,
            "presence": state.presence,
            "presence_note": state.note,
            "push_online": state.push_online,
            "time": seconds(now),
        }],
    }))
}

/// An extension dials, rings, answers or hangs up.
pub fn extension_call(company: &Company, person: PersonIndex, call_status: &str, now: Stamp) -> Event {
    Event::extension(json!({
        "event_type": "extension_call",
        "tenant_id": company.tenant_id,
        "extension": company.uri(company.people[person.0].number),
        "extension_id": company.extension_id(person),
        "call_status": call_status,
        "time": seconds(now),
    }))
}

/// Somebody says that they are away, or back.
pub fn extension_presence(
    company: &Company,
    person: PersonIndex,
    state: &ExtensionState,
    now: Stamp,
) -> Event {
    Event::extension(json!({
        "event_type": "extension_presence",
        "tenant_id": company.tenant_id,
        "extension": company.uri(company.people[person.0].number),
        "extension_id": company.extension_id(person),
        "presence": state.presence,
        "presence_note": state.note,
        "time": seconds(now),
    }))
}

/// Somebody changes their own state as an agent, in some queues.
pub fn extension_agent_status(
    company: &Company,
    person: PersonIndex,
    states: &[(QueueIndex, &'static str)],
    now: Stamp,
) -> Event {
    let entries: Vec<Value> = states
        .iter()
        .map(|&(queue, state)| json!({"queue_number": company.queues[queue.0].number, "status": state}))
        .collect();
    Event::extension(json!({
        "event_type": "extension_agent_status",
        "tenant_id": company.tenant_id,
        "time": seconds(now),
        "extension": company.uri(company.people[person.0].number),
        "extension_id": company.extension_id(person),
        "agent_status": entries,
    }))
}

/// An agent in one queue, as queue events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// The agent.
    pub person: PersonIndex,
    /// The PBX's constant, `READY` and so on.
    pub state: &'static str,
    /// The call they are on; empty where none.
    pub session_id: String,
    /// Its caller's number.
    pub caller_number: String,
    /// Its caller's name.
    pub caller_name: String,
    /// Since when.
    pub since: Stamp,
}

fn agent_json(company: &Company, agent: &AgentEntry) -> Value {
    json!({
        "state": agent.state,
        "agent_extension_number": company.people[agent.person.0].number,
        "session_id": agent.session_id,
        "caller_number": agent.caller_number,
        "caller_name": agent.caller_name,
        "timestamp": seconds(agent.since),
    })
}

/// A caller in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerEntry {
    /// Place, from 1.
    pub position: usize,
    /// The call.
    pub session_id: String,
    /// The caller's number.
    pub number: String,
    /// The caller's name.
    pub name: String,
    /// Waits on the line (`normal`), or to be called back (`callback`).
    pub kind: &'static str,
    /// Came at.
    pub since: Stamp,
}

/// A queue's whole state: all its waiting callers and all its agents.
pub fn queue_status(
    company: &Company,
    queue: QueueIndex,
    callers: &[CallerEntry],
    agents: &[AgentEntry],
) -> Event {
    let waiting: Vec<Value> = callers
        .iter()
        .map(|caller| {
            json!({
                "position": caller.position.to_string(),
                "session_id": caller.session_id,
                "caller_number": caller.number,
                "caller_name": caller.name,
                "timestamp": seconds(caller.since),
                "type": caller.kind,
            })
        })
        .collect();
    let agents: Vec<Value> = agents.iter().map(|agent| agent_json(company, agent)).collect();
    let queue = &company.queues[queue.0];
    Event::extension(json!({
        "event_type": "queue_status",
        "tenant_id": company.tenant_id,
        "queue_id": queue.id,
        "queue_number": queue.number,
        "queue_name": queue.name,
        "waiting_list": waiting,
        "agents": agents,
    }))
}

/// A caller enters a queue, leaves it, or asks to be called back.
pub fn queue_caller_status(
    company: &Company,
    queue: QueueIndex,
    caller: &CallerEntry,
    reason: &'static str,
    now: Stamp,
) -> Event {
    Event::extension(json!({
        "event_type": "queue_caller_status",
        "tenant_id": company.tenant_id,
        "queue_id": company.queues[queue.0].id,
        "updated_callers": [{
            "position": caller.position.to_string(),
            "session_id": caller.session_id,
            "caller_number": caller.number,
            "reason": reason,
            "timestamp": seconds(now),
            "type": caller.kind,
        }],
    }))
}

/// An agent's state in a queue changes.
pub fn queue_agent_status(company: &Company, queue: QueueIndex, agent: &AgentEntry) -> Event {
    Event::extension(json!({
        "event_type": "queue_agent_status",
        "tenant_id": company.tenant_id,
        "queue_id": company.queues[queue.0].id,
        "updated_agents": [agent_json(company, agent)],
        "removed_agents": [],
    }))
}

/// A waiting caller passes the queue's service level.
pub fn queue_sla_breached(
    company: &Company,
    queue: QueueIndex,
    caller: &CallerEntry,
    breached: usize,
    waiting: usize,
    now: Stamp,
) -> Event {
    Event::extension(json!({
        "event_type": "queue_sla_breached",
        "queue_id": company.queues[queue.0].id,
        "tenant_id": company.tenant_id,
        "caller": caller.number,
        "total_callers_breached": breached,
        "sla_time_secs": company.queues[queue.0].sla_s,
        "waiting_callers": waiting,
        "timestamp": seconds(now),
    }))
}
