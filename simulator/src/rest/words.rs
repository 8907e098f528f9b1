//! The REST API's words, which are not those of the events.
//!
//! Source: the OpenAPI document of 22.2 and "Summary of changes" for 22.3; those of strategies are guesses.

use crate::{
    company::Strategy,
    dialect::Dialect,
    truth::{Agent, AgentState, Presence},
};

/// The release as `tenant/status` tells it.
pub fn version(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::V16 => "16.4.8.1211",
        Dialect::V22_2 => "22.2.24.1301",
        Dialect::V22_3 => "22.6.3.2201",
    }
}

/// How a queue offers a caller.
pub fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::RingAll => "RING_SIMULTANEOUSLY",
        Strategy::LongestIdle => "LONGEST_IDLE",
        Strategy::RoundRobin => "ROUND_ROBIN",
        Strategy::FewestCalls => "LEAST_WORKED",
        Strategy::InOrder => "PRIORITIZED",
        Strategy::Random => "RANDOM",
    }
}

/// What a person says about himself.
pub fn presence(dialect: Dialect, presence: Presence) -> &'static str {
    match presence {
        Presence::Available if dialect == Dialect::V22_3 => "ONLINE",
        Presence::Available => "AVAILABLE",
        Presence::Away => "AWAY",
        Presence::DoNotDisturb => "DO_NOT_DISTURB",
        Presence::Lunch => "LUNCH",
        Presence::BusinessTrip => "BUSINESS_TRIP",
    }
}

/// An agent's state: constants in every release; up to 22.2 pauses are states of their own.
pub fn agent(of: &Agent, dialect: Dialect) -> &'static str {
    let reason = of.reason.as_deref().filter(|_| dialect != Dialect::V22_3).map(str::to_uppercase);
    match (of.state, reason.as_deref()) {
        (AgentState::NotReady, Some("LUNCH")) => "LUNCH",
        (AgentState::NotReady, Some("BREAK")) => "BREAK",
        (AgentState::Ready, _) => "READY",
        (AgentState::QueueCall, _) => "QUEUE_CALL",
        (AgentState::OtherCall, _) => "OTHER_CALL",
        (AgentState::WrapUp, _) => "WRAP_UP",
        (AgentState::NotReady, _) => "NOT_READY",
        (AgentState::LoggedOut, _) => "LOGGED_OUT",
        (AgentState::Offline, _) => "OFFLINE",
    }
}
