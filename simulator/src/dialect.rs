//! In which words a PBX tells what it tells: its release, how it dates the events of a call, and whether it dates those of
//! queues.
//!
//! Source: PortSIP's knowledge base, "Pub/Sub, version 22.2" and "… 22.3" and their history for v16, "Webhook
//! notifications: Event reference", the administration guide's page "CDR" of 2023, and the release notes. Where they
//! contradict each other each dialect has another reading, so that a receiver meets them all; those that are guesses are
//! marked so in `docs/simulator.md`.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    call::EndReason,
    truth::{AgentState, Direction, LegPhase, PhoneState, Presence},
};

/// A release, by how its events look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
pub enum Dialect {
    /// Version 16: old words, ids as numbers, no presence field.
    #[value(name = "v16")]
    #[serde(rename = "v16")]
    V16,
    /// Version 22.2.
    #[value(name = "22.2")]
    #[serde(rename = "22.2")]
    V22_2,
    /// Version 22.3 and later.
    #[default]
    #[value(name = "22.3")]
    #[serde(rename = "22.3")]
    V22_3,
}

/// What the `time` of a call's events is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum TimeOf {
    /// The event's own.
    #[default]
    Event,
    /// The call's start in each of its events, as the field is documented.
    CallStart,
}

/// How a PBX speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Language {
    /// Which release.
    pub dialect: Dialect,
    /// What a call's events are dated by.
    pub time: TimeOf,
    /// Queues' events have no times in their entries.
    pub untimed_queues: bool,
}

/// Why an agent is not ready, where a dialect can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Has lunch.
    Lunch,
    /// Has a break.
    Break,
}

impl Dialect {
    /// Every release.
    pub const ALL: [Self; 3] = [Self::V16, Self::V22_2, Self::V22_3];

    /// Whether `call_update_info` and the management events exist.
    pub fn tells_updates(self) -> bool {
        self != Self::V16
    }

    /// Whether a presence and a free text are two fields.
    pub fn has_notes(self) -> bool {
        self != Self::V16
    }

    /// What is told of a leg that lost to another person's: nothing is documented, so each dialect does otherwise.
    pub fn lost_leg(self) -> Option<LegPhase> {
        match self {
            Self::V16 => None,
            Self::V22_2 => Some(LegPhase::Failed),
            Self::V22_3 => Some(LegPhase::NoAnswer),
        }
    }

    /// An id of a call, in its own events.
    pub fn call_id(self, id: &str) -> Value {
        match (self, id.parse::<u64>()) {
            (Self::V16, Ok(number)) => number.into(),
            _ => id.into(),
        }
    }

    /// An extension's id. `of_agent`: in `extension_agent_status`, where it was a number until 22.2.11.
    pub fn extension_id(self, id: &str, of_agent: bool) -> Value {
        let as_number = self == Self::V16 || (of_agent && self == Self::V22_2);
        match id.parse::<u64>() {
            Ok(number) if as_number => number.into(),
            _ => id.into(),
        }
    }

    /// Which way a call goes.
    pub fn direction(self, direction: Direction) -> &'static str {
        match (self, direction) {
            (Self::V16, Direction::Internal) => "ext",
            (Self::V16, Direction::Inbound) => "in",
            (Self::V16, Direction::Outbound) => "out",
            (Self::V16, Direction::Transit) => "in2out",
            (_, Direction::Transit) => "inbound_outbound",
            (_, other) => other.as_str(),
        }
    }

    /// What a phone does.
    pub fn phone(self, state: PhoneState) -> &'static str {
        match (self, state) {
            (_, PhoneState::Idle) => "",
            (Self::V16, PhoneState::Ringing) => "Ringing",
            (Self::V16, PhoneState::OnCall) => "On Call",
            (_, PhoneState::Ringing) => "RINGING",
            (_, PhoneState::OnCall) => "ON_CALL",
        }
    }

    /// What a person says about himself.
    pub fn presence(self, presence: Presence) -> &'static str {
        match (self, presence) {
            (Self::V16, Presence::Available) => "Available",
            (Self::V16, Presence::Away) => "Away",
            (Self::V16, Presence::DoNotDisturb) => "Do Not Disturb",
            (Self::V16, Presence::Lunch) => "Lunch",
            (Self::V16, Presence::BusinessTrip) => "Business Trip",
            (Self::V22_2, Presence::Available) => "AVAILABLE",
            (Self::V22_3, Presence::Available) => "ONLINE",
            (_, Presence::Away) => "AWAY",
            (_, Presence::DoNotDisturb) => "DO_NOT_DISTURB",
            (_, Presence::Lunch) => "LUNCH",
            (_, Presence::BusinessTrip) => "BUSINESS_TRIP",
        }
    }

    /// An agent's state, or the pause in its place.
    pub fn agent_state(self, state: AgentState, pause: Option<Pause>) -> &'static str {
        if let (AgentState::NotReady, Some(word)) = (state, pause.and_then(|pause| self.pause(pause))) {
            return word;
        }
        match (self, state) {
            (Self::V16, AgentState::Ready) => "Ready",
            (Self::V16, AgentState::QueueCall) => "Queue Call",
            (Self::V16, AgentState::OtherCall) => "Other Call",
            (Self::V16, AgentState::WrapUp) => "Wrap Up",
            (Self::V16, AgentState::NotReady) => "Not Ready",
            (Self::V16, AgentState::LoggedOut) => "Logged Out",
            (Self::V16, AgentState::Offline) => "Offline",
            (Self::V22_2, AgentState::LoggedOut) => "LOGOUT",
            (Self::V22_3, AgentState::LoggedOut) => "ONLINE",
            (_, AgentState::Ready) => "READY",
            (_, AgentState::QueueCall) => "QUEUE_CALL",
            (_, AgentState::OtherCall) => "OTHER_CALL",
            (_, AgentState::WrapUp) => "WRAP_UP",
            (_, AgentState::NotReady) => "NOT_READY",
            (_, AgentState::Offline) => "OFFLINE",
        }
    }

    /// Why an agent is not ready: since 22.3 no event says.
    pub fn pause(self, pause: Pause) -> Option<&'static str> {
        match (self, pause) {
            (Self::V16, Pause::Lunch) => Some("Lunch"),
            (Self::V16, Pause::Break) => Some("Break"),
            (Self::V22_2, Pause::Lunch) => Some("LUNCH"),
            (Self::V22_2, Pause::Break) => Some("BREAK"),
            (Self::V22_3, _) => None,
        }
    }

    /// Why a leg or a call ended: the examples' spelling, and in 22.2 that of the table.
    pub fn end_reason(self, reason: EndReason) -> &'static str {
        match (self, reason) {
            (Self::V22_2, EndReason::Caller) => "caller_disconnected",
            (Self::V22_2, EndReason::Callee) => "callee_disconnected",
            (_, EndReason::None) => "None",
            (_, EndReason::Caller) => "caller_disconnect",
            (_, EndReason::Callee) => "callee_disconnect",
            (_, EndReason::Referred) => "referred",
            (_, EndReason::Redirected) => "redirected",
            (_, EndReason::Replaced) => "replaced",
            (_, EndReason::BlindTransfer) => "blind_transfer_complete",
            (_, EndReason::AttendedTransfer) => "attended_transfer_complete",
            (_, EndReason::Cancelled) => "cancelled",
        }
    }
}
