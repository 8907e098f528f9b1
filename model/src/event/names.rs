//! Every field name that a PBX's events have, as a closed list: a typo can't be compiled, and a name costs one look.
//!
//! Names are PortSIP's. Which event has which fields is said beside what reads it, as a [`NameSet`]; a field outside of
//! its event's set is unknown, and counted by name.

use super::places::Places;

/// Declares the names, each with its spelling.
macro_rules! names {
    ($($name:ident $text:literal)+) => {
        /// A field's name.
        #[expect(clippy::enum_variant_names, reason = "names are PortSIP's")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name { $($name),+ }

        const ALL: &[Name] = &[$(Name::$name),+];
        const TEXTS: &[&str; ALL.len()] = &[$($text),+];
    };
}

names!(
    // Of every event. The pages promise a unique id in each and name no field for it.
    EventType "event_type"
    TenantId "tenant_id"
    TenantName "tenant_name"
    Time "time"
    Timestamp "timestamp"
    Uuid "uuid"
    EventId "event_id"
    MessageId "message_id"
    // Calls.
    SessionId "session_id"
    CdrId "cdr_id"
    Direction "direction"
    CallId "call_id"
    Caller "caller"
    CallerDisplayName "caller_display_name"
    CallerDomain "caller_domain"
    Callee "callee"
    CalleeDisplayName "callee_display_name"
    CalleeDomain "callee_domain"
    Did "did"
    DidCid "did_cid"
    OutboundCallerId "outbound_caller_id"
    Cli "cli"
    UserData "user_data"
    RequestId "request_id"
    TrunkName "trunk_name"
    Destiantion "destiantion"
    Destination "destination"
    CallTarget "call_target"
    FailCode "fail_code"
    // The record of a call.
    StartTime "start_time"
    RingTime "ring_time"
    AnsweredTime "answered_time"
    EndedTime "ended_time"
    EndTime "end_time"
    CallStatus "call_status"
    Status "status"
    StatusCode "status_code"
    EndReason "end_reason"
    EndedReason "ended_reason"
    RingDuration "ring_duration"
    TalkDuration "talk_duration"
    CallType "call_type"
    CallTargets "call_targets"
    Cost "cost"
    Id "id"
    // Extensions.
    Extension "extension"
    ExtensionId "extension_id"
    OnCall "on_call"
    Online "online"
    PushOnline "push_online"
    Presence "presence"
    PresenceNote "presence_note"
    Note "note"
    AgentStatus "agent_status"
    RegistrationContacts "registration_contacts"
    RemovedContacts "removed_contacts"
    ContactUri "contact_uri"
    Expires "expires"
    Instance "instance"
    LastUpdate "last_update"
    PublicAddress "public_address"
    ReceivedFrom "received_from"
    RegId "reg_id"
    UserAgent "user_agent"
    PeerExtension "peer_extension"
    PeerExtensionId "peer_extension_id"
    Aor "aor"
    PeerAor "peer_aor"
    // Queues.
    QueueId "queue_id"
    QueueNumber "queue_number"
    QueueName "queue_name"
    WaitingList "waiting_list"
    Agents "agents"
    UpdatedCallers "updated_callers"
    UpdatedAgents "updated_agents"
    RemovedAgents "removed_agents"
    AgentExtensionNumber "agent_extension_number"
    CallerNumber "caller_number"
    CallerName "caller_name"
    Position "position"
    Reason "reason"
    ReasonCode "reason_code"
    NotReadyReason "not_ready_reason"
    State "state"
    Type "type"
    TotalCallersBreached "total_callers_breached"
    SlaTimeSecs "sla_time_secs"
    WaitingCallers "waiting_callers"
    // What an administrator does.
    ExtensionNumber "extension_number"
    DispName "disp_name"
    DisplayName "display_name"
    Email "email"
    Username "username"
    Enabled "enabled"
    Department "department"
);

static PLACES: Places<{ Name::COUNT }, 256> = Places::of(TEXTS);

impl Name {
    /// How many there are.
    pub(super) const COUNT: usize = ALL.len();

    /// The name of that spelling.
    pub(super) fn find(text: &str) -> Option<Self> {
        PLACES.find(text).map(|place| ALL[place])
    }

    /// Its spelling.
    pub(super) fn as_str(self) -> &'static str {
        TEXTS[self as usize]
    }
}

/// A set of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameSet(u128);

const _: () = assert!(Name::COUNT <= u128::BITS as usize);

impl NameSet {
    pub(super) const NONE: Self = Self(0);
    /// Any name, one that no event has included.
    pub(super) const ANY: Self = Self(u128::MAX);

    pub(super) const fn of(names: &[Name]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < names.len() {
            set |= 1 << names[at] as u32;
            at += 1;
        }
        Self(set)
    }

    /// These names and those.
    pub(super) const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    #[cfg(test)]
    pub(super) const fn has(self, name: Name) -> bool {
        self.0 >> name as u32 & 1 == 1
    }

    pub(super) fn add(&mut self, name: Name) {
        self.0 |= 1 << name as u32;
    }

    /// Those of these names that are not among `others`.
    pub(super) fn without(self, others: Self) -> impl Iterator<Item = Name> {
        let mut left = self.0 & !others.0;
        std::iter::from_fn(move || {
            let lowest = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            ALL.get(lowest).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_by_its_spelling_and_nothing_else_is() {
        for (name, text) in ALL.iter().zip(TEXTS) {
            assert_eq!((Name::find(text), name.as_str()), (Some(*name), *text));
            for other in [text.to_uppercase(), format!("{text}_"), format!(" {text}")] {
                assert_eq!(Name::find(&other), None, "{other}");
            }
        }
        assert_eq!(Name::find(""), None);
    }

    #[test]
    fn a_set_says_what_is_in_it_and_what_is_over() {
        let (few, more) =
            (NameSet::of(&[Name::Time]), NameSet::of(&[Name::Department, Name::Time, Name::EventType]));
        assert!(few.has(Name::Time) && !few.has(Name::EventType));
        assert_eq!(more.without(few).collect::<Vec<_>>(), [Name::EventType, Name::Department]);
        assert_eq!(few.without(more).count(), 0);
        assert_eq!(NameSet::NONE.and(more), more);
        assert_eq!(more.without(NameSet::ANY).count(), 0);
    }
}
