//! The PBX's closed vocabularies, and ours for them.
//!
//! Words are compared trimmed, in upper case, with `_` for blanks and hyphens: pages print `Wrap Up`, events `WRAP_UP`.
//! A page that prints `normal/callback` means one of the two; a PBX that sent it so would have said nothing, and such a
//! word is unknown.
//!
//! `ONLINE` is three words: as a presence it is available, as an agent's state it is logged out of the queue, and as a
//! phone's it is registered (a flag in events). Hence a function a vocabulary, and no common list.

use super::CallerReason;
use crate::wire::{AgentState, CallerKind, Direction, ExtensionCall, Phase, Presence};

/// The form in which words are compared.
fn plain(word: &str) -> String {
    word.trim().chars().map(|c| if c == ' ' || c == '-' { '_' } else { c.to_ascii_uppercase() }).collect()
}

/// What a phone does. `ON_ACLL` is printed in an example of PortSIP's page, so it may well be sent; an old release sent
/// a flag.
pub(super) fn extension_call(word: &str) -> Option<ExtensionCall> {
    Some(match plain(word).as_str() {
        "" | "NONE" | "FALSE" => ExtensionCall::Idle,
        "RINGING" => ExtensionCall::Ringing,
        "ON_CALL" | "ONCALL" | "ON_ACLL" | "OTHER_CALL" | "TRUE" => ExtensionCall::OnCall,
        _ => return None,
    })
}

/// What a person says about himself.
pub(super) fn presence(word: &str) -> Option<Presence> {
    Some(match plain(word).as_str() {
        "" | "AVAILABLE" | "ONLINE" => Presence::Available,
        "AWAY" => Presence::Away,
        "DO_NOT_DISTURB" | "DND" => Presence::DoNotDisturb,
        "LUNCH" => Presence::Lunch,
        "BUSINESS_TRIP" => Presence::BusinessTrip,
        "BREAK" => Presence::Break,
        "BUSY" => Presence::Busy,
        _ => return None,
    })
}

/// Words of a phone's state that some releases put where the presence belongs. They say nothing about the person.
pub(super) fn is_phone_state(word: &str) -> bool {
    matches!(plain(word).as_str(), "ON_CALL" | "OTHER_CALL" | "RINGING" | "OFFLINE")
}

/// An agent's state in one queue, and whether the word is the reason at the same time: old releases had the break in
/// the place of the state.
pub(super) fn agent_state(word: &str) -> (Option<AgentState>, bool) {
    let state = match plain(word).as_str() {
        "READY" => AgentState::Ready,
        "QUEUE_CALL" | "TRANSFER" | "CONSULT_TRANSFER" | "ON_HOLD" => AgentState::QueueCall,
        "OTHER_CALL" => AgentState::OtherCall,
        "WRAP_UP" => AgentState::WrapUp,
        "NOT_READY" => AgentState::NotReady,
        "BREAK" | "LUNCH" => return (Some(AgentState::NotReady), true),
        "LOGGED_OUT" | "LOGOUT" | "ONLINE" => AgentState::LoggedOut,
        "OFFLINE" => AgentState::Offline,
        _ => return (None, false),
    };
    (Some(state), false)
}

/// On the line, or to be called back.
pub(super) fn caller_kind(word: &str) -> Option<CallerKind> {
    match plain(word).as_str() {
        "NORMAL" => Some(CallerKind::Normal),
        "CALLBACK" => Some(CallerKind::Callback),
        _ => None,
    }
}

/// What happened to a caller.
pub(super) fn caller_reason(word: &str) -> CallerReason {
    match plain(word).as_str() {
        "ENQUEUE" => CallerReason::Enqueue,
        "CALLBACK" => CallerReason::Callback,
        "AGENT_ANSWERED" => CallerReason::Answered,
        "HANGUP" => CallerReason::Hangup,
        "OVERFLOW" => CallerReason::Overflow,
        _ => CallerReason::Other(word.trim().to_owned()),
    }
}

/// Where a call comes from and goes to: today's words, those before July 2026, and those of the REST interface.
pub(super) fn direction(word: &str) -> Option<Direction> {
    Some(match plain(word).as_str() {
        "INTERNAL" | "EXT" | "EXTENSION_CALL" => Direction::Internal,
        "INBOUND" | "IN" | "INBOUND_CALL" => Direction::Inbound,
        "OUTBOUND" | "OUT" | "OUTBOUND_CALL" => Direction::Outbound,
        "INBOUND_OUTBOUND" | "IN2OUT" | "INBOUND_OUTBOUND_CALL" => Direction::Transit,
        _ => return None,
    })
}

/// The phase that an event of the target family reports, by the event's name; `None` for other events. The family has
/// had the names `cdr_target_answer` (the page), `target_answer` (release notes) and `target_ended` (version 12).
pub(super) fn target_phase(event: &str) -> Option<Phase> {
    let name = event.strip_prefix("cdr_").unwrap_or(event).strip_prefix("target_")?;
    Some(match name {
        "add" | "added" => Phase::Added,
        "ringing" => Phase::Ringing,
        "answer" | "answered" => Phase::Answered,
        "noanswer" | "no_answer" => Phase::NoAnswer,
        "fail" | "failed" => Phase::Failed,
        "end" | "ended" => Phase::Ended,
        _ => return None,
    })
}

/// Whether PortSIP documents an event of this name that we have no use for yet: its own, those of old releases, and
/// both spellings of a destruction.
pub(super) fn is_known_unused(event: &str) -> bool {
    const NAMES: [&str; 23] = [
        "queue_sla_breached",
        "queue_created",
        "queue_updated",
        "queue_destroy",
        "queue_destroyed",
        "extension_created",
        "extnesion_created",
        "extension_updated",
        "extension_destroy",
        "extension_destroyed",
        "extension_register",
        "extension_hold",
        "extension_unhold",
        "call_established",
        "call_ended",
        "call_noanswer",
        "call_fail",
        "call_reroute",
        "call_hold",
        "call_unhold",
        "queue_member_state",
        "trunk_connected",
        "trunk_disconnected",
    ];
    NAMES.contains(&event)
}
