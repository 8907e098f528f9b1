//! What is said of extensions: `extension_status`, `extension_call`, `extension_presence`, `extension_agent_status`, and
//! `extension_register` of version 12.
//!
//! Source: PortSIP knowledge base, "Going Real-Time with PortSIP PBX Pub/Sub", pages "Version 22.2" and "Version 22.3".
//! The page of the webhooks ("Registering a webhook") names these kinds of events without showing them; they are read
//! as on the pages of the WebSocket.

use super::{
    Word,
    fields::Fields,
    names::{Name, NameSet},
    words,
};
use crate::{
    id::{Number, Text},
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
    pub note: Option<Text>,
}

/// What `extension_agent_status` says.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentStatusSaid {
    /// The agent's extension.
    pub number: Number,
    /// The event's time.
    pub at: Option<UnixMillis>,
    /// State by queue number, and the reason where one is given. Queues that are missing are not spoken of.
    pub queues: Vec<(Number, Word<AgentState>, Option<Text>)>,
}

const TIME: [Name; 2] = [Name::Time, Name::Timestamp];
const NOTE: [Name; 2] = [Name::PresenceNote, Name::Note];
const PRESENCE: [Name; 3] = [Name::Presence, Name::PresenceNote, Name::Note];

/// What may be said of one extension, in whichever of its events.
pub(super) const PHONE: NameSet = NameSet::of(&[
    Name::Extension,
    Name::ExtensionId,
    Name::CallStatus,
    Name::OnCall,
    Name::Online,
    Name::PushOnline,
    Name::Presence,
    Name::PresenceNote,
    Name::Note,
    Name::Time,
    Name::Timestamp,
]);
pub(super) const STATUS: NameSet = PHONE.and(NameSet::of(&[Name::Status]));
pub(super) const AGENT_STATUS: NameSet =
    NameSet::of(&[Name::Extension, Name::ExtensionId, Name::AgentStatus]);
const AGENT_STATUS_ENTRY: NameSet = NameSet::of(&[
    Name::QueueNumber,
    Name::Status,
    Name::State,
    Name::Reason,
    Name::ReasonCode,
    Name::NotReadyReason,
]);
pub(super) const REGISTER: NameSet =
    NameSet::of(&[Name::Extension, Name::ExtensionId, Name::RegistrationContacts, Name::RemovedContacts]);
const CONTACT: NameSet = NameSet::of(&[
    Name::ContactUri,
    Name::Expires,
    Name::Instance,
    Name::LastUpdate,
    Name::PublicAddress,
    Name::ReceivedFrom,
    Name::RegId,
    Name::UserAgent,
]);

/// `extension_status`: one extension an item of `status`; before 2024 the event was the item itself.
pub(super) fn status(event: &Fields<'_>, mut say: impl FnMut(ExtensionSaid)) {
    let at = event.time(&TIME);
    let one = |item: &Fields<'_>| {
        let said = extension(item)?;
        Some(ExtensionSaid {
            at: said.at.or(at),
            call: Some(call_word(item)),
            online: item.flag(&[Name::Online]),
            push: item.flag(&[Name::PushOnline]),
            ..said
        })
    };
    match event.list(Name::Status, PHONE) {
        Some(items) => items.filter_map(|item| one(&item)).for_each(say),
        None if event.has(&[Name::Extension]) => one(event).into_iter().for_each(&mut say),
        None => event.missing(Name::Status),
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
    if !event.has(&PRESENCE) {
        event.missing(Name::Presence);
        return None;
    }
    Some(said)
}

/// `extension_register`: it has contacts, and is online, or has none.
pub(super) fn register(event: &Fields<'_>) -> Option<ExtensionSaid> {
    let said = about(event)?;
    event.list(Name::RemovedContacts, CONTACT).into_iter().flatten().for_each(drop);
    let contacts = event.list(Name::RegistrationContacts, CONTACT).map(Iterator::count);
    let is_odd = contacts.is_none() && event.has(&[Name::RegistrationContacts]);
    Some(ExtensionSaid { online: (!is_odd).then_some(contacts > Some(0)), ..said })
}

/// `extension_agent_status`: one agent's state in its queues.
pub(super) fn agent_status(event: &Fields<'_>) -> Option<AgentStatusSaid> {
    let said = about(event)?;
    let Some(entries) = event.list(Name::AgentStatus, AGENT_STATUS_ENTRY) else {
        event.missing(Name::AgentStatus);
        return None;
    };
    let queue = |entry: Fields<'_>| {
        let Some(queue) = entry.number(&[Name::QueueNumber]) else {
            entry.missing(Name::QueueNumber);
            return None;
        };
        let (state, reason) = agent_state(&entry, Name::Status);
        Some((queue, state, reason))
    };
    Some(AgentStatusSaid { number: said.number, at: said.at, queues: entries.filter_map(queue).collect() })
}

/// An agent's state and why, in an agent's or a queue's event; the two call the field by different names.
pub(super) fn agent_state(entry: &Fields<'_>, name: Name) -> (Word<AgentState>, Option<Text>) {
    let state = entry.word(&[Name::State, Name::Status], &words::AGENT_STATE).unwrap_or_else(|| {
        entry.missing(name);
        Word::EMPTY
    });
    // No page has such a field; version 22.3 has such reasons.
    let reason = entry.text(&[Name::Reason, Name::ReasonCode, Name::NotReadyReason]);
    let is_reason = || words::REASON_AS_STATE.known(&state.raw).is_some();
    let reason = reason.or_else(|| is_reason().then(|| state.raw.clone()));
    (state, reason)
}

/// Who and when.
fn about(fields: &Fields<'_>) -> Option<ExtensionSaid> {
    let Some(number) = fields.number(&[Name::Extension]) else {
        fields.missing(Name::Extension);
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
        .word(&[Name::CallStatus, Name::OnCall], &words::EXTENSION_CALL)
        .unwrap_or(Word { known: Some(ExtensionCall::Idle), ..Word::EMPTY })
}

/// Version 16 had no `presence` and put the word into the note. A note that is no presence word is a note.
fn presence_and_note(fields: &Fields<'_>) -> (Option<Word<Presence>>, Option<Text>) {
    let note = fields.has(&NOTE).then(|| fields.text(&NOTE).unwrap_or_default());
    let word = fields.word(&[Name::Presence], &words::PRESENCE);
    if let Some(word) = word {
        return (words::PHONE_STATE.known(&word.raw).is_none().then_some(word), note);
    }
    let available = Word { known: Some(Presence::Available), ..Word::EMPTY };
    match note {
        Some(note) if !note.is_empty() => match words::PRESENCE.known(&note) {
            Some(known) => (Some(Word { known: Some(known), raw: note }), Some(Text::default())),
            None => (fields.has(&[Name::Presence]).then_some(available), Some(note)),
        },
        note => (fields.has(&PRESENCE).then_some(available), note),
    }
}
