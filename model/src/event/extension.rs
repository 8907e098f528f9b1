//! What is said of extensions: `extension_status`, `extension_call`, `extension_presence`, `extension_agent_status`.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", pages "Version 22.2" and "Version 22.3".
//! The page of the webhooks ("Registering a webhook") names these kinds of events without showing them; they are read
//! as on the pages of the WebSocket.

use super::{Word, fields::Fields, words};
use crate::{
    id::Number,
    time::UnixMillis,
    wire::{AgentState, ExtensionCall, Presence},
};

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
    /// State by queue number, and the reason where one is given. Queues that are missing are not spoken of.
    pub queues: Vec<(Number, Word<AgentState>, Option<String>)>,
}

const TIME: [&str; 2] = ["time", "timestamp"];
const NOTE: [&str; 2] = ["presence_note", "note"];

/// `extension_status`: one extension an item of `status`; before 2024 the event was the item itself.
pub(super) fn status(event: &Fields<'_>) -> Vec<ExtensionSaid> {
    let at = event.time(&TIME);
    let one = |item: &Fields<'_>| {
        let said = extension(item)?;
        Some(ExtensionSaid {
            at: said.at.or(at),
            call: Some(call_word(item)),
            online: item.flag(&["online"]),
            push: item.flag(&["push_online"]),
            ..said
        })
    };
    match event.list("status") {
        Some(items) => items.iter().filter_map(one).collect(),
        None if event.has(&["extension"]) => one(event).into_iter().collect(),
        None => {
            event.missing("status");
            Vec::new()
        }
    }
}

/// `extension_call`: what the phone does, and nothing else.
pub(super) fn call(event: &Fields<'_>) -> Option<ExtensionSaid> {
    let said = about(event)?;
    Some(ExtensionSaid { call: Some(call_word(event)), ..said })
}

/// `extension_presence`: what the person says about himself.
pub(super) fn presence(event: &Fields<'_>) -> Option<ExtensionSaid> {
    let said = extension(event)?;
    if !event.has(&["presence"]) && !event.has(&NOTE) {
        event.missing("presence");
        return None;
    }
    Some(said)
}

/// `extension_agent_status`: one agent's state in its queues.
pub(super) fn agent_status(event: &Fields<'_>) -> Option<AgentStatusSaid> {
    let said = about(event)?;
    let Some(entries) = event.list("agent_status") else {
        event.missing("agent_status");
        return None;
    };
    let queue = |entry: &Fields<'_>| {
        let Some(queue) = entry.number(&["queue_number"]) else {
            entry.missing("queue_number");
            return None;
        };
        let (state, reason) = agent_state(entry, "status");
        Some((queue, state, reason))
    };
    Some(AgentStatusSaid {
        number: said.number,
        at: said.at,
        queues: entries.iter().filter_map(queue).collect(),
    })
}

/// An agent's state and why, in an agent's or a queue's event; the two call the field by different names.
pub(super) fn agent_state(entry: &Fields<'_>, name: &str) -> (Word<AgentState>, Option<String>) {
    let state = entry.word(&["state", "status"], |word| words::agent_state(word).0).unwrap_or_else(|| {
        entry.missing(name);
        Word { known: None, raw: String::new() }
    });
    // No page has such a field; version 22.3 has such reasons.
    let reason = entry.text(&["reason", "reason_code", "not_ready_reason"]);
    let reason = reason.or_else(|| words::agent_state(&state.raw).1.then(|| state.raw.clone()));
    (state, reason)
}

/// Who and when.
fn about(fields: &Fields<'_>) -> Option<ExtensionSaid> {
    let Some(number) = fields.number(&["extension"]) else {
        fields.missing("extension");
        return None;
    };
    let at = fields.time(&TIME);
    Some(ExtensionSaid { number, at, call: None, online: None, push: None, presence: None, note: None })
}

/// Who, when, presence and note.
fn extension(fields: &Fields<'_>) -> Option<ExtensionSaid> {
    let said = about(fields)?;
    let (presence, note) = presence_and_note(fields);
    Some(ExtensionSaid { presence, note, ..said })
}

/// An old release sent a flag, first under the name `on_call`. A missing word is idle, like an empty one.
fn call_word(fields: &Fields<'_>) -> Word<ExtensionCall> {
    fields
        .word(&["call_status", "on_call"], words::extension_call)
        .unwrap_or_else(|| Word { known: Some(ExtensionCall::Idle), raw: String::new() })
}

/// Version 16 had no `presence` and put the word into the note. A note that is no presence word is a note.
fn presence_and_note(fields: &Fields<'_>) -> (Option<Word<Presence>>, Option<String>) {
    let note = fields.has(&NOTE).then(|| fields.text(&NOTE).unwrap_or_default());
    let word = fields.word(&["presence"], words::presence);
    if let Some(word) = word {
        return ((!words::is_phone_state(&word.raw)).then_some(word), note);
    }
    let empty = || Word { known: Some(Presence::Available), raw: String::new() };
    match note {
        Some(raw) if !raw.is_empty() => match words::presence(&raw) {
            Some(known) => (Some(Word { known: Some(known), raw }), Some(String::new())),
            None => (fields.has(&["presence"]).then(empty), Some(raw)),
        },
        note => (fields.has(&["presence", "presence_note", "note"]).then(empty), note),
    }
}
