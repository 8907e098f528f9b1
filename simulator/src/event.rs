//! What the PBX posts, as JSON: the fields and their oddities as PortSIP documents them.
//!
//! Sources are PortSIP's knowledge base, "Webhook notifications: Event reference" for calls and "Pub/Sub, version 22.3"
//! for extensions and queues. Kept from there: times are whole seconds in text, `destiantion` is misspelt in target
//! events and right in CDRs, `caller` is a SIP URI in `call_start` and a bare number elsewhere, a CDR's `status_code` is
//! text on top and a number in its targets while `talk_duration` is the other way round, a target's `id` is the
//! tenant's, and queue events have times only inside their entries.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    call::{Call, EndReason, Leg, Stamp},
    company::{Company, PersonIndex, QueueIndex},
    dialect::{Dialect, Pause, TimeOf},
    truth::{AgentState, CallerKind, LegPhase, PhoneState, Presence},
};

/// In version 22.3 a queue of up to so many agents tells all of them whenever one changes. The page says "the current agent
/// status entries for the queue".
const AGENTS_TOLD_WHOLE_MAX: usize = 25;

/// Which of the PBX's two webhooks carries an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// The `time` of a call's event.
fn time_of(company: &Company, call: &Call, now: Stamp) -> String {
    match company.language.time {
        TimeOf::Event => seconds(now),
        TimeOf::CallStart => seconds(call.started),
    }
}

fn session(company: &Company, call: &Call) -> Value {
    company.language.dialect.call_id(&call.session_id)
}

/// A call begins.
pub fn call_start(company: &Company, call: &Call) -> Event {
    Event::cdr(json!({
        "event_type": "call_start",
        "time": seconds(call.started),
        "session_id": session(company, call),
        "cdr_id": company.language.dialect.call_id(&call.cdr_id),
        "direction": company.language.dialect.direction(call.direction),
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

/// A call is routed on: its callee, or its direction, is another now.
pub fn call_update_info(company: &Company, call: &Call, now: Stamp) -> Event {
    Event::cdr(json!({
        "event_type": "call_update_info",
        "time": time_of(company, call, now),
        "session_id": session(company, call),
        "cdr_id": company.language.dialect.call_id(&call.cdr_id),
        "direction": company.language.dialect.direction(call.direction),
        "caller": call.caller.uri,
        "caller_display_name": call.caller.name,
        "callee": call.callee_told.uri,
        "callee_display_name": call.callee_told.name,
        "tenant_id": company.tenant_id,
        "did": call.did,
        "outbound_caller_id": call.outbound_caller_id,
    }))
}

/// A leg changes: one of the `cdr_target_*` family.
pub fn target(company: &Company, call: &Call, leg: &Leg, phase: LegPhase, now: Stamp) -> Event {
    let mut body = json!({
        "event_type": phase.event_type(),
        "time": time_of(company, call, now),
        "session_id": session(company, call),
        "cdr_id": company.language.dialect.call_id(&call.cdr_id),
        "tenant_id": company.tenant_id,
        "direction": company.language.dialect.direction(call.direction),
        "caller": call.caller.number,
        "did": call.did,
        "outbound_caller_id": call.outbound_caller_id,
    });
    let misspelt = company.language.dialect != Dialect::V16;
    body[if misspelt { "destiantion" } else { "destination" }] = leg.address.clone().into();
    Event::cdr(body)
}

/// A call is over: everything about it.
pub fn call_cdr(company: &Company, call: &Call, reason: EndReason, now: Stamp) -> Event {
    let dialect = company.language.dialect;
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
    let mut body = json!({
        "event_type": "call_cdr",
        "session_id": session(company, call),
        "call_id": call.sip_call_id,
        "caller": call.caller.number,
        "caller_domain": caller_host,
        "caller_display_name": call.caller.name,
        "callee": call.callee.number,
        "callee_domain": company.domain,
        "direction": dialect.direction(call.direction),
        "start_time": seconds(call.started),
        "ring_time": seconds_or_zero(rang),
        "answered_time": seconds_or_zero(answered),
        "ended_time": seconds(now),
        "status_code": status_code.to_string(),
        "outbound_caller_id": call.outbound_caller_id,
        "tenant_id": company.tenant_id,
        "tenant_name": company.name,
        "trunk_name": trunk_name(company, call),
        "user_data": "",
        "call_targets": targets,
    });
    body[if dialect == Dialect::V16 { "did_cid" } else { "did" }] = call.did.clone().into();
    let why = if dialect == Dialect::V22_2 { "end_reason" } else { "ended_reason" };
    body[why] = dialect.end_reason(reason).into();
    if dialect != Dialect::V16 {
        body["call_status"] = status.into();
        let ringing = rang.map_or(0, |rang| seconds_between(rang, answered.unwrap_or(now)));
        body["ring_duration"] = ringing.to_string().into();
        body["talk_duration"] = answered.map_or(0, |answered| seconds_between(answered, now)).into();
    }
    Event::cdr(body)
}

fn call_target(company: &Company, call: &Call, leg: &Leg, now: Stamp) -> Value {
    let dialect = company.language.dialect;
    let (ended, reason) = leg.ended.unwrap_or((now, EndReason::None));
    let mut target = json!({
        "id": company.tenant_id,
        "call_type": "normal_call",
        "caller": call.caller.number,
        "callee": leg.number,
        "destination": leg.address,
        "start_time": seconds(leg.started),
        "ring_time": seconds_or_zero(leg.rang.or(leg.answered)),
        "answered_time": seconds_or_zero(leg.answered),
        "ended_time": seconds(ended),
        "status_code": leg.status_code,
        "end_reason": dialect.end_reason(reason),
        "ring_duration": leg.rang.map_or(0, |rang| seconds_between(rang, leg.answered.unwrap_or(ended))).to_string(),
        "talk_duration": leg.answered.map_or(0, |answered| seconds_between(answered, ended)).to_string(),
        "did": "",
        "outbound_caller_id": "",
        "trunk_name": trunk_name(company, call),
    });
    if dialect != Dialect::V16 {
        target["status"] = if leg.answered.is_some() { "answered" } else { "noanswer" }.into();
    }
    target
}

/// `name:id`, or in version 16 the name alone.
fn trunk_name(company: &Company, call: &Call) -> String {
    let Some(trunk) = call.trunk.map(|trunk| &company.trunks[trunk]) else { return String::new() };
    match company.language.dialect {
        Dialect::V16 => trunk.name.clone(),
        _ => format!("{}:{}", trunk.name, trunk.id),
    }
}

/// What an extension's events tell of it.
#[derive(Clone, Debug)]
pub struct ExtensionState {
    /// What its phone does.
    pub call: PhoneState,
    /// Registered.
    pub online: bool,
    /// An app that push can wake.
    pub push_online: bool,
    /// What its owner says.
    pub presence: Presence,
    /// The owner's free text.
    pub note: String,
}

/// Presence and note: version 16 has the one in the other's place.
fn add_presence(company: &Company, state: &ExtensionState, to: &mut Value) {
    let dialect = company.language.dialect;
    let word = dialect.presence(state.presence);
    if dialect.has_notes() {
        to["presence"] = word.into();
        to["presence_note"] = state.note.clone().into();
    } else {
        to["presence_note"] = word.into();
    }
}

fn extension_id(company: &Company, person: PersonIndex) -> Value {
    company.language.dialect.extension_id(&company.extension_id(person), false)
}

/// An extension registers, or its registration goes; or a snapshot of several.
pub fn extension_status(company: &Company, states: &[(PersonIndex, ExtensionState)], now: Stamp) -> Event {
    let items = states.iter().map(|(person, state)| {
        let mut item = json!({
            "extension": company.uri(&company.people[person.0].number),
            "extension_id": extension_id(company, *person),
            "call_status": company.language.dialect.phone(state.call),
            "online": state.online,
            "push_online": state.push_online,
            "time": seconds(now),
        });
        add_presence(company, state, &mut item);
        item
    });
    Event::extension(json!({
        "event_type": "extension_status",
        "tenant_id": company.tenant_id,
        "status": items.collect::<Vec<_>>(),
    }))
}

/// An extension dials, rings, answers or hangs up.
pub fn extension_call(company: &Company, person: PersonIndex, call: PhoneState, now: Stamp) -> Event {
    Event::extension(json!({
        "event_type": "extension_call",
        "tenant_id": company.tenant_id,
        "extension": company.uri(&company.people[person.0].number),
        "extension_id": extension_id(company, person),
        "call_status": company.language.dialect.phone(call),
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
    let mut body = json!({
        "event_type": "extension_presence",
        "tenant_id": company.tenant_id,
        "extension": company.uri(&company.people[person.0].number),
        "extension_id": extension_id(company, person),
        "time": seconds(now),
    });
    add_presence(company, state, &mut body);
    Event::extension(body)
}

/// Somebody changes their own state as an agent, in some queues.
pub fn extension_agent_status(
    company: &Company,
    person: PersonIndex,
    states: &[(QueueIndex, AgentState)],
    pause: Option<Pause>,
    now: Stamp,
) -> Event {
    let dialect = company.language.dialect;
    let entries: Vec<Value> = states
        .iter()
        .map(|&(queue, state)| {
            let status = dialect.agent_state(state, pause);
            json!({"queue_number": company.queues[queue.0].number, "status": status})
        })
        .collect();
    Event::extension(json!({
        "event_type": "extension_agent_status",
        "tenant_id": company.tenant_id,
        "time": seconds(now),
        "extension": company.uri(&company.people[person.0].number),
        "extension_id": dialect.extension_id(&company.extension_id(person), true),
        "agent_status": entries,
    }))
}

/// What happens to an extension's or a queue's entry in the PBX's administration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// It is new.
    Created,
    /// It has another name.
    Updated,
    /// It is no more.
    Destroyed,
}

/// An administrator creates, renames or destroys an extension.
pub fn extension_managed(company: &Company, person: PersonIndex, what: Management) -> Event {
    let of = &company.people[person.0];
    Event::extension(json!({
        "event_type": match what {
            Management::Created => "extension_created",
            Management::Updated => "extension_updated",
            Management::Destroyed => "extension_destroyed",
        },
        "extension_number": of.number,
        "disp_name": of.name,
        "email": format!("{}@{}", of.number, company.domain),
        "username": of.number,
        "extension_id": extension_id(company, person),
        "tenant_id": company.tenant_id,
        "enabled": true,
        "department": of.department,
    }))
}

/// An administrator creates, renames or destroys a queue. Only its number is told.
pub fn queue_managed(company: &Company, queue: QueueIndex, what: Management) -> Event {
    Event::extension(json!({
        "event_type": match what {
            Management::Created => "queue_created",
            Management::Updated => "queue_updated",
            // Spelt unlike its sister.
            Management::Destroyed => "queue_destroy",
        },
        "queue_number": company.queues[queue.0].number,
        "tenant_id": company.tenant_id,
    }))
}

/// An agent in one queue, as queue events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentEntry {
    /// The agent.
    pub person: PersonIndex,
    /// The state in this queue.
    pub state: AgentState,
    /// Why not ready.
    pub pause: Option<Pause>,
    /// The call they are on; empty where none.
    pub session_id: String,
    /// Its caller's number.
    pub caller_number: String,
    /// Its caller's name.
    pub caller_name: String,
    /// Since when in this state.
    pub since: Stamp,
    /// When any of this last changed.
    pub told: Stamp,
}

/// A `timestamp`, where the PBX dates queues' entries.
fn add_timestamp(company: &Company, to: &mut Value, at: Stamp) {
    if !company.language.untimed_queues {
        to["timestamp"] = seconds(at).into();
    }
}

fn agent_json(company: &Company, agent: &AgentEntry) -> Value {
    let mut entry = json!({
        "state": company.language.dialect.agent_state(agent.state, agent.pause),
        "agent_extension_number": company.people[agent.person.0].number,
        "session_id": agent.session_id,
        "caller_number": agent.caller_number,
        "caller_name": agent.caller_name,
    });
    add_timestamp(company, &mut entry, agent.told);
    entry
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
    /// Waits on the line, or to be called back.
    pub kind: CallerKind,
    /// Came at; for one to be called back: asked for it at.
    pub since: Stamp,
}

/// A queue's whole state: all its waiting callers and all its agents.
pub fn queue_status(
    company: &Company,
    queue: QueueIndex,
    callers: &[CallerEntry],
    agents: &[AgentEntry],
) -> Event {
    let waiting = callers.iter().map(|caller| {
        let mut entry = json!({
            "position": caller.position.to_string(),
            "session_id": caller.session_id,
            "caller_number": caller.number,
            "caller_name": caller.name,
            "type": caller.kind.as_str(),
        });
        add_timestamp(company, &mut entry, caller.since);
        entry
    });
    let agents: Vec<Value> = agents.iter().map(|agent| agent_json(company, agent)).collect();
    let queue = &company.queues[queue.0];
    Event::extension(json!({
        "event_type": "queue_status",
        "tenant_id": company.tenant_id,
        "queue_id": queue.id,
        "queue_number": queue.number,
        "queue_name": queue.name,
        "waiting_list": waiting.collect::<Vec<_>>(),
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
    let mut entry = json!({
        "position": caller.position.to_string(),
        "session_id": caller.session_id,
        "caller_number": caller.number,
        "reason": reason,
        "type": caller.kind.as_str(),
    });
    add_timestamp(company, &mut entry, now);
    Event::extension(json!({
        "event_type": "queue_caller_status",
        "tenant_id": company.tenant_id,
        "queue_id": company.queues[queue.0].id,
        "updated_callers": [entry],
    }))
}

/// An agent's state in a queue changes. `others`: the rest of the queue's agents, told with it in version 22.3.
pub fn queue_agent_status<'a>(
    company: &Company,
    queue: QueueIndex,
    agent: &AgentEntry,
    others: impl Iterator<Item = &'a AgentEntry>,
) -> Event {
    let mut updated = vec![agent_json(company, agent)];
    let whole = company.language.dialect == Dialect::V22_3 && !company.language.untimed_queues;
    if whole && company.agents(queue).len() <= AGENTS_TOLD_WHOLE_MAX {
        updated.extend(others.map(|other| agent_json(company, other)));
    }
    agents_changed(company, queue, &updated, &[])
}

/// Somebody is no agent of a queue any more.
pub fn queue_agent_removed(company: &Company, queue: QueueIndex, person: PersonIndex) -> Event {
    let number = &company.people[person.0].number;
    agents_changed(company, queue, &[], &[json!({"agent_extension_number": number})])
}

fn agents_changed(company: &Company, queue: QueueIndex, updated: &[Value], removed: &[Value]) -> Event {
    Event::extension(json!({
        "event_type": "queue_agent_status",
        "tenant_id": company.tenant_id,
        "queue_id": company.queues[queue.0].id,
        "updated_agents": updated,
        "removed_agents": removed,
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
