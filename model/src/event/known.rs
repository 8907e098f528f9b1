//! Every event that PortSIP documents: its name, what reads it, and the fields that a page has for it.

use super::{
    Managed, call, extension, manage,
    names::{Name, NameSet},
    places::Places,
    queue,
};
use crate::wire::Phase;

/// What reads an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    ExtensionStatus,
    ExtensionCall,
    ExtensionPresence,
    ExtensionRegister,
    AgentStatus,
    QueueStatus,
    QueueCallers,
    QueueAgents,
    SlaBreach,
    QueueManaged(Managed),
    ExtensionManaged(Managed),
    CallStart,
    CallUpdate,
    CallOver,
    Target(Phase),
    Cdr,
    /// Nothing: there is no use for it.
    Nothing,
}

/// One event of PortSIP's.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) reads: Reads,
    /// Its fields; an event whose body no page shows may have any.
    pub(super) fields: NameSet,
}

impl Known {
    /// The event of that name, which is in lower case.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        PLACES.find(name).map(|place| &ALL[place])
    }
}

/// Fields that any event may have.
const COMMON: NameSet = NameSet::of(&[
    Name::EventType,
    Name::TenantId,
    Name::TenantName,
    Name::Time,
    Name::Timestamp,
    Name::Uuid,
    Name::EventId,
    Name::MessageId,
]);

/// Who held, or was held, by the page of version 12 and one of 2023.
const HOLD: NameSet = NameSet::of(&[
    Name::Aor,
    Name::PeerAor,
    Name::CallId,
    Name::SessionId,
    Name::Extension,
    Name::ExtensionId,
    Name::PeerExtension,
    Name::PeerExtensionId,
]);

macro_rules! events {
    ($($name:literal $reads:expr, $fields:expr;)+) => {
        const ALL: &[Known] = &[$(Known { name: $name, reads: $reads, fields: COMMON.and($fields) }),+];
        static PLACES: Places<{ ALL.len() }, 128> = Places::of(&[$($name),+]);
    };
}

events!(
    "extension_status" Reads::ExtensionStatus, extension::STATUS;
    "extension_call" Reads::ExtensionCall, extension::PHONE;
    "extension_presence" Reads::ExtensionPresence, extension::PHONE;
    "extension_agent_status" Reads::AgentStatus, extension::AGENT_STATUS;
    "queue_status" Reads::QueueStatus, queue::STATUS;
    "queue_caller_status" Reads::QueueCallers, queue::CALLERS;
    "queue_agent_status" Reads::QueueAgents, queue::AGENTS;
    "queue_sla_breached" Reads::SlaBreach, queue::SLA;
    "queue_created" Reads::QueueManaged(Managed::Created), manage::QUEUE;
    "queue_updated" Reads::QueueManaged(Managed::Updated), manage::QUEUE;
    "queue_destroy" Reads::QueueManaged(Managed::Destroyed), manage::QUEUE;
    "queue_destroyed" Reads::QueueManaged(Managed::Destroyed), manage::QUEUE;
    "extension_created" Reads::ExtensionManaged(Managed::Created), manage::EXTENSION;
    "extnesion_created" Reads::ExtensionManaged(Managed::Created), manage::EXTENSION;
    "extension_updated" Reads::ExtensionManaged(Managed::Updated), manage::EXTENSION;
    "extension_destroyed" Reads::ExtensionManaged(Managed::Destroyed), manage::EXTENSION;
    "extension_destroy" Reads::ExtensionManaged(Managed::Destroyed), manage::EXTENSION;
    "call_start" Reads::CallStart, call::CALL;
    "call_update_info" Reads::CallUpdate, call::CALL;
    "call_cdr" Reads::Cdr, call::CDR;
    // The page's names, those of version 12 and of release notes without `cdr_`, and their kin.
    "cdr_target_add" Reads::Target(Phase::Added), call::TARGET;
    "cdr_target_added" Reads::Target(Phase::Added), call::TARGET;
    "cdr_target_ringing" Reads::Target(Phase::Ringing), call::TARGET;
    "cdr_target_answer" Reads::Target(Phase::Answered), call::TARGET;
    "cdr_target_answered" Reads::Target(Phase::Answered), call::TARGET;
    "cdr_target_noanswer" Reads::Target(Phase::NoAnswer), call::TARGET;
    "cdr_target_no_answer" Reads::Target(Phase::NoAnswer), call::TARGET;
    "cdr_target_fail" Reads::Target(Phase::Failed), call::TARGET;
    "cdr_target_failed" Reads::Target(Phase::Failed), call::TARGET;
    "cdr_target_end" Reads::Target(Phase::Ended), call::TARGET;
    "cdr_target_ended" Reads::Target(Phase::Ended), call::TARGET;
    "target_add" Reads::Target(Phase::Added), call::TARGET;
    "target_added" Reads::Target(Phase::Added), call::TARGET;
    "target_ringing" Reads::Target(Phase::Ringing), call::TARGET;
    "target_answer" Reads::Target(Phase::Answered), call::TARGET;
    "target_answered" Reads::Target(Phase::Answered), call::TARGET;
    "target_noanswer" Reads::Target(Phase::NoAnswer), call::TARGET;
    "target_no_answer" Reads::Target(Phase::NoAnswer), call::TARGET;
    "target_fail" Reads::Target(Phase::Failed), call::TARGET;
    "target_failed" Reads::Target(Phase::Failed), call::TARGET;
    "target_end" Reads::Target(Phase::Ended), call::TARGET;
    "target_ended" Reads::Target(Phase::Ended), call::TARGET;
    // Versions 12 and 16.0.
    "extension_register" Reads::ExtensionRegister, extension::REGISTER;
    "queue_member_state" Reads::QueueAgents, NameSet::ANY;
    "call_established" Reads::Target(Phase::Answered), call::TARGET;
    "call_ended" Reads::CallOver, call::OVER;
    "call_noanswer" Reads::CallOver, call::OVER;
    "call_fail" Reads::CallOver, call::OVER;
    "call_reroute" Reads::Nothing, NameSet::ANY;
    "call_hold" Reads::Nothing, HOLD;
    "call_unhold" Reads::Nothing, HOLD;
    "extension_hold" Reads::Nothing, HOLD;
    "extension_unhold" Reads::Nothing, HOLD;
    "trunk_connected" Reads::Nothing, NameSet::ANY;
    "trunk_disconnected" Reads::Nothing, NameSet::ANY;
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_found_by_its_name() {
        for Known { name, .. } in ALL {
            assert_eq!(Known::find(name).map(|known| known.name), Some(*name));
            assert!(Known::find(&name.to_uppercase()).is_none());
        }
        assert!(Known::find("queue_danced").is_none());
    }
}
