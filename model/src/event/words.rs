//! The PBX's closed vocabularies, and ours for them.
//!
//! Words are compared trimmed, in any case, with `_` for blanks and hyphens: pages print `Wrap Up`, events `WRAP_UP`.
//! A page that prints `normal/callback` means one of the two; a PBX that sent it so would have said nothing, and such a
//! word is unknown.
//!
//! `ONLINE` is three words: as a presence it is available, as an agent's state it is logged out of the queue, and as a
//! phone's it is registered (a flag in events). Hence a vocabulary a field, and no common list.

use super::{CallStatus, CallType, CallerReason, EndReason, Word};
use crate::{
    id::Text,
    wire::{AgentState, CallerKind, Direction, ExtensionCall, Presence},
};

/// The words of one field, as the PBX spells them, with ours. What is sent most stands first.
pub(super) struct Vocabulary<T: 'static>(&'static [(&'static str, T)]);

impl<T: Copy> Vocabulary<T> {
    /// Our word for the PBX's.
    pub(super) fn known(&self, sent: &str) -> Option<T> {
        self.find(sent).map(|(_, ours)| ours)
    }

    /// A word, known or not.
    pub(super) fn read(&self, sent: &str) -> Word<T> {
        Word { known: self.known(sent), raw: Text::shown(sent) }
    }

    fn find(&self, sent: &str) -> Option<(&'static str, T)> {
        self.0.iter().find(|(spelled, _)| same(spelled, sent)).copied()
    }
}

/// Whether two spellings are of one word.
fn same(one: &str, other: &str) -> bool {
    let plain = |byte: u8| if byte == b' ' || byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let alike = || one.bytes().zip(other.bytes()).all(|(one, other)| plain(one) == plain(other));
    one.len() == other.len() && (one == other || alike())
}

/// What a phone does. `ON_ACLL` is printed in an example of PortSIP's page, so it may well be sent; an old release sent
/// a flag.
pub(super) const EXTENSION_CALL: Vocabulary<ExtensionCall> = Vocabulary(&[
    ("ON_CALL", ExtensionCall::OnCall),
    ("RINGING", ExtensionCall::Ringing),
    ("none", ExtensionCall::Idle),
    ("ONCALL", ExtensionCall::OnCall),
    ("ON_ACLL", ExtensionCall::OnCall),
    ("OTHER_CALL", ExtensionCall::OnCall),
    ("true", ExtensionCall::OnCall),
    ("false", ExtensionCall::Idle),
]);

/// What a person says about himself.
pub(super) const PRESENCE: Vocabulary<Presence> = Vocabulary(&[
    ("ONLINE", Presence::Available),
    ("AVAILABLE", Presence::Available),
    ("AWAY", Presence::Away),
    ("DO_NOT_DISTURB", Presence::DoNotDisturb),
    ("LUNCH", Presence::Lunch),
    ("BUSINESS_TRIP", Presence::BusinessTrip),
    ("BREAK", Presence::Break),
    ("DND", Presence::DoNotDisturb),
    ("Busy", Presence::Busy),
]);

/// Words of a phone's state that some releases put where the presence belongs. They say nothing about the person.
pub(super) const PHONE_STATE: Vocabulary<()> =
    Vocabulary(&[("ON_CALL", ()), ("OTHER_CALL", ()), ("RINGING", ()), ("OFFLINE", ())]);

/// An agent's state in one queue.
pub(super) const AGENT_STATE: Vocabulary<AgentState> = Vocabulary(&[
    ("READY", AgentState::Ready),
    ("QUEUE_CALL", AgentState::QueueCall),
    ("OTHER_CALL", AgentState::OtherCall),
    ("WRAP_UP", AgentState::WrapUp),
    ("NOT_READY", AgentState::NotReady),
    ("ONLINE", AgentState::LoggedOut),
    ("OFFLINE", AgentState::Offline),
    ("LOGGED_OUT", AgentState::LoggedOut),
    ("Logout", AgentState::LoggedOut),
    ("BREAK", AgentState::NotReady),
    ("LUNCH", AgentState::NotReady),
    ("TRANSFER", AgentState::QueueCall),
    ("CONSULT_TRANSFER", AgentState::QueueCall),
    ("ON_HOLD", AgentState::QueueCall),
]);

/// Words that are the reason at the same time: old releases had the break in the place of an agent's state.
pub(super) const REASON_AS_STATE: Vocabulary<()> = Vocabulary(&[("BREAK", ()), ("LUNCH", ())]);

/// On the line, or to be called back.
pub(super) const CALLER_KIND: Vocabulary<CallerKind> =
    Vocabulary(&[("normal", CallerKind::Normal), ("callback", CallerKind::Callback)]);

/// Where a call comes from and goes to: today's words, those before July 2026, and those of the REST interface.
pub(super) const DIRECTION: Vocabulary<Direction> = Vocabulary(&[
    ("inbound", Direction::Inbound),
    ("internal", Direction::Internal),
    ("outbound", Direction::Outbound),
    ("inbound_outbound", Direction::Transit),
    ("in", Direction::Inbound),
    ("ext", Direction::Internal),
    ("out", Direction::Outbound),
    ("in2out", Direction::Transit),
    ("INBOUND_CALL", Direction::Inbound),
    ("EXTENSION_CALL", Direction::Internal),
    ("OUTBOUND_CALL", Direction::Outbound),
    ("INBOUND_OUTBOUND_CALL", Direction::Transit),
]);

/// How a call, or its way to one target, came out.
pub(super) const CALL_STATUS: Vocabulary<CallStatus> = Vocabulary(&[
    ("answered", CallStatus::Answered),
    ("noanswer", CallStatus::NoAnswer),
    ("fail", CallStatus::Failed),
    ("no_answer", CallStatus::NoAnswer),
    ("failed", CallStatus::Failed),
]);

/// Why a call, or its way to one target, ended: the words of the page's text, of its examples, and of the REST
/// interface. `None` is a word too, and is left out before.
pub(super) const END_REASON: Vocabulary<EndReason> = Vocabulary(&[
    ("caller_disconnect", EndReason::CallerHungUp),
    ("callee_disconnect", EndReason::CalleeHungUp),
    ("referred", EndReason::Referred),
    ("cancelled", EndReason::Cancelled),
    ("caller_disconnected", EndReason::CallerHungUp),
    ("callee_disconnected", EndReason::CalleeHungUp),
    ("replaced", EndReason::Replaced),
    ("redirected", EndReason::Redirected),
    ("blind_transfer_complete", EndReason::BlindTransfer),
    ("attended_transfer_complete", EndReason::AttendedTransfer),
    ("blind_transfer_completed", EndReason::BlindTransfer),
    ("attended_transfer_completed", EndReason::AttendedTransfer),
    ("consult_transfer_completed", EndReason::AttendedTransfer),
    ("consult_transfer_complete", EndReason::AttendedTransfer),
    ("replace", EndReason::Replaced),
    ("redirect", EndReason::Redirected),
    ("refer", EndReason::Referred),
    ("canceled", EndReason::Cancelled),
    ("cancel", EndReason::Cancelled),
]);

/// What kind of call a target got, in the words of the page and of its older text.
pub(super) const CALL_TYPE: Vocabulary<CallType> = Vocabulary(&[
    ("normal_call", CallType::Normal),
    ("queue_call", CallType::Queue),
    ("ring_group_call", CallType::RingGroup),
    ("queue_callback_call", CallType::QueueCallback),
    ("callback_call", CallType::Callback),
    ("queue_callback", CallType::QueueCallback),
    ("callback", CallType::Callback),
]);

/// What happened to a caller.
pub(super) fn caller_reason(sent: &str) -> CallerReason {
    const REASONS: [(&str, CallerReason); 5] = [
        ("enqueue", CallerReason::Enqueue),
        ("agent_answered", CallerReason::Answered),
        ("hangup", CallerReason::Hangup),
        ("overflow", CallerReason::Overflow),
        ("callback", CallerReason::Callback),
    ];
    let known = REASONS.into_iter().find(|(spelled, _)| same(spelled, sent));
    known.map_or_else(|| CallerReason::Other(sent.into()), |(_, ours)| ours)
}
