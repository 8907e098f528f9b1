//! What is said of calls: `call_start`, `call_update_info`, the `cdr_target_*` family, `call_cdr`, and what versions 12
//! and 16.0 said in their place.
//!
//! Source: PortSIP knowledge base, "Webhook Notifications", page "Event Reference"; older shapes of `call_cdr` are on
//! the administration guide's page "CDR", `call_established` and its kin in "Going Real-Time with PortSIP PBX Pub/Sub"
//! of version 12. All but the record's times are documented as the call's start.

use serde::{Deserialize, Serialize};

use super::{
    Shape, Word,
    fields::Fields,
    names::{Name, NameSet},
    words,
};
use crate::{
    id::{CallId, Number, Text},
    time::UnixMillis,
    wire::{Direction, Phase},
};

/// What `call_start` and `call_update_info` say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time, documented as the call's start.
    pub at: Option<UnixMillis>,
    /// Where it comes from and goes to.
    pub direction: Option<Direction>,
    /// Who calls.
    pub from: PartySaid,
    /// The first destination.
    pub to: PartySaid,
    /// The number of ours that was dialled.
    pub did: Option<Text>,
    /// The number shown to the called party.
    pub outbound_caller_id: Option<Text>,
    /// The trunk's name.
    pub trunk: Option<Text>,
    /// Free text of whoever had the call made by the REST interface.
    pub user_data: Option<Text>,
}

/// A party, where an event names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartySaid {
    /// The number.
    pub number: Option<Number>,
    /// The display name.
    pub name: Option<Text>,
}

/// What one of the `cdr_target_*` family says, and `call_established`.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time, documented as the call's start.
    pub at: Option<UnixMillis>,
    /// What the target does.
    pub phase: Phase,
    /// The target's address, `user@host:port`, lower-case, without scheme and parameters.
    pub address: Text,
    /// The user part of it.
    pub number: Number,
    /// The rest of the event speaks of the call.
    pub about: CallSaid,
}

/// What `call_ended`, `call_noanswer` and `call_fail` of versions 12 and 16.0 say: the call is over. The event's name
/// tells how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallOverSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time.
    pub at: Option<UnixMillis>,
    /// The rest of the event speaks of the call.
    pub about: CallSaid,
}

/// What `call_cdr` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrSaid {
    /// Parties, direction, DID, trunk, user data. `about.at` is the start.
    pub about: CallSaid,
    /// The Call-ID of the caller's INVITE: what the REST interface's records know the call by.
    pub sip_call_id: Option<Text>,
    /// When a target first rang.
    pub rang: Option<UnixMillis>,
    /// When a target first answered, a queue or a voice menu included; `None`: never.
    pub answered: Option<UnixMillis>,
    /// When it ended.
    pub ended: Option<UnixMillis>,
    /// How it came out. An older PBX does not say; one that a queue or a voice menu took is answered.
    pub status: Option<Word<CallStatus>>,
    /// The SIP status; 0 is fine.
    pub status_code: Option<u32>,
    /// Why it ended.
    pub end_reason: Option<Word<EndReason>>,
    /// Seconds it rang.
    pub ring_s: Option<u32>,
    /// Seconds from answer to end, those in queues and voice menus included.
    pub talk_s: Option<u32>,
    /// The targets that the record lists, in the record's order.
    pub targets: Vec<CdrTargetSaid>,
}

/// One target of a `call_cdr`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrTargetSaid {
    /// The number invited.
    pub number: Option<Number>,
    /// `user@host:port`, as in [`TargetSaid::address`].
    pub address: Option<Text>,
    /// Who called it.
    pub from: Option<Number>,
    /// Where its leg comes from and goes to.
    pub direction: Option<Direction>,
    /// A hint only: queues and their agents were seen as normal calls.
    pub call_type: Option<Word<CallType>>,
    /// Invited.
    pub started: Option<UnixMillis>,
    /// Rang.
    pub rang: Option<UnixMillis>,
    /// Answered; `None`: never.
    pub answered: Option<UnixMillis>,
    /// Ended.
    pub ended: Option<UnixMillis>,
    /// How it came out.
    pub status: Option<Word<CallStatus>>,
    /// The SIP status; 0 is fine, and also of one that rang while another answered.
    pub status_code: Option<u32>,
    /// Why it ended. Sent on from a menu or a queue it is referred.
    pub end_reason: Option<Word<EndReason>>,
    /// Seconds it rang.
    pub ring_s: Option<u32>,
    /// Seconds from answer to end.
    pub talk_s: Option<u32>,
    /// The number of ours that was dialled; mostly empty here.
    pub did: Option<Text>,
    /// The number shown to this target.
    pub outbound_caller_id: Option<Text>,
    /// The trunk's name.
    pub trunk: Option<Text>,
}

/// How a call, or its way to one target, came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CallStatus {
    /// Answered, be it by a queue or a voice menu.
    Answered,
    /// Rang, and nobody answered.
    NoAnswer,
    /// Could not be reached, or declined.
    Failed,
}

/// Why a call, or its way to one target, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndReason {
    /// The caller hung up.
    CallerHungUp,
    /// The called party hung up.
    CalleeHungUp,
    /// An attended transfer or a pickup took over.
    Replaced,
    /// A blind transfer; also every way on from a voice menu to a queue to an agent.
    Referred,
    /// Forwarded by the target (SIP 302).
    Redirected,
    /// Left because a blind transfer succeeded.
    BlindTransfer,
    /// Left because an attended transfer succeeded.
    AttendedTransfer,
    /// The caller gave up before an answer.
    Cancelled,
}

/// What kind of call a target got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallType {
    /// Any call; queues and agents too, in every example there is.
    Normal,
    /// A queue's.
    Queue,
    /// A ring group's.
    RingGroup,
    /// To a caller who asked a queue to be called back.
    QueueCallback,
    /// To a caller who waited for a busy line.
    Callback,
}

const TIME: [Name; 2] = [Name::Time, Name::Timestamp];
/// The first is how the page's table spells it, the second how everything else does; the third is of version 12.
const DESTINATION: [Name; 3] = [Name::Destiantion, Name::Destination, Name::CallTarget];
const ENDED: [Name; 2] = [Name::EndedTime, Name::EndTime];
const DID: [Name; 2] = [Name::Did, Name::DidCid];
/// A release note speaks of a `cli` in target events, which no page shows.
const OUTBOUND: [Name; 2] = [Name::OutboundCallerId, Name::Cli];
/// The record's table says the second, its example the first.
const END_REASON: [Name; 2] = [Name::EndedReason, Name::EndReason];
/// Ids of trunks are longer than this, ports shorter.
const TRUNK_ID_DIGITS_MIN: usize = 6;

pub(super) const CALL: NameSet = NameSet::of(&[
    Name::SessionId,
    Name::CdrId,
    Name::RequestId,
    Name::Direction,
    Name::CallId,
    Name::Caller,
    Name::CallerDisplayName,
    Name::Callee,
    Name::CalleeDisplayName,
    Name::Did,
    Name::DidCid,
    Name::OutboundCallerId,
    Name::Cli,
    Name::UserData,
    Name::TrunkName,
]);
pub(super) const TARGET: NameSet = CALL.and(NameSet::of(&DESTINATION));
pub(super) const OVER: NameSet = CALL.and(NameSet::of(&[Name::CallTarget, Name::FailCode]));
/// What the record and its targets have alike.
const OUTCOME: NameSet = NameSet::of(&[
    Name::CallerDomain,
    Name::CalleeDomain,
    Name::StartTime,
    Name::RingTime,
    Name::AnsweredTime,
    Name::EndedTime,
    Name::EndTime,
    Name::Status,
    Name::StatusCode,
    Name::EndReason,
    Name::EndedReason,
    Name::RingDuration,
    Name::TalkDuration,
    Name::Cost,
]);
pub(super) const CDR: NameSet = CALL.and(OUTCOME).and(NameSet::of(&[Name::CallStatus, Name::CallTargets]));
const CDR_TARGET: NameSet = CALL.and(OUTCOME).and(NameSet::of(&[
    Name::Id,
    Name::CallType,
    Name::Destiantion,
    Name::Destination,
    Name::TenantId,
]));

/// `call_start` and `call_update_info`.
pub(super) fn call(event: &Fields<'_>) -> CallSaid {
    let call = event.id(&[Name::SessionId]);
    if call.is_none() {
        event.missing(Name::SessionId);
    }
    CallSaid {
        call,
        at: event.time(&TIME),
        direction: direction(event),
        from: party(event, Name::Caller, Name::CallerDisplayName),
        to: party(event, Name::Callee, Name::CalleeDisplayName),
        did: event.text(&DID),
        outbound_caller_id: event.text(&OUTBOUND),
        trunk: trunk(event),
        user_data: event.text(&[Name::UserData]),
    }
}

/// The `cdr_target_*` family and `call_established`; `phase` is by the event's name.
pub(super) fn target(event: &Fields<'_>, phase: Phase) -> Option<TargetSaid> {
    let Some(address) = event.address(&DESTINATION) else {
        event.missing(Name::Destination);
        return None;
    };
    let about = call(event);
    Some(TargetSaid {
        call: about.call.clone(),
        at: about.at,
        phase,
        address: address.whole,
        number: address.user,
        about,
    })
}

/// `call_ended`, `call_noanswer`, `call_fail`.
pub(super) fn over(event: &Fields<'_>) -> CallOverSaid {
    let about = call(event);
    CallOverSaid { call: about.call.clone(), at: about.at, about }
}

/// `call_cdr`.
pub(super) fn cdr(event: &Fields<'_>) -> CdrSaid {
    let about = call(event);
    let targets = event.list(Name::CallTargets, CDR_TARGET);
    CdrSaid {
        about: CallSaid { at: event.time(&[Name::StartTime]).or(about.at), ..about },
        sip_call_id: event.text_as(Name::CallId, |id| Some(id.into())),
        rang: event.time(&[Name::RingTime]),
        answered: event.time(&[Name::AnsweredTime]),
        ended: event.time(&ENDED),
        status: event.word(&[Name::CallStatus, Name::Status], &words::CALL_STATUS),
        status_code: event.count(&[Name::StatusCode]),
        end_reason: event.word_or_none(&END_REASON, &words::END_REASON),
        ring_s: event.count(&[Name::RingDuration]),
        talk_s: event.count(&[Name::TalkDuration]),
        targets: targets.into_iter().flatten().map(|entry| cdr_target(&entry)).collect(),
    }
}

fn cdr_target(entry: &Fields<'_>) -> CdrTargetSaid {
    let (address, user) = entry.address(&DESTINATION).map(|address| (address.whole, address.user)).unzip();
    CdrTargetSaid {
        number: entry.number(&[Name::Callee]).or(user),
        address,
        from: entry.number(&[Name::Caller]),
        direction: direction(entry),
        call_type: entry.word_or_none(&[Name::CallType], &words::CALL_TYPE),
        started: entry.time(&[Name::StartTime]),
        rang: entry.time(&[Name::RingTime]),
        answered: entry.time(&[Name::AnsweredTime]),
        ended: entry.time(&ENDED),
        status: entry.word(&[Name::Status, Name::CallStatus], &words::CALL_STATUS),
        status_code: entry.count(&[Name::StatusCode]),
        end_reason: entry.word_or_none(&END_REASON, &words::END_REASON),
        ring_s: entry.count(&[Name::RingDuration]),
        talk_s: entry.count(&[Name::TalkDuration]),
        did: entry.text(&DID),
        outbound_caller_id: entry.text(&OUTBOUND),
        trunk: trunk(entry),
    }
}

fn party(event: &Fields<'_>, number: Name, name: Name) -> PartySaid {
    PartySaid { number: event.number(&[number]), name: event.text(&[name]) }
}

fn direction(fields: &Fields<'_>) -> Option<Direction> {
    fields.known_word(Name::Direction, Shape::Direction, &words::DIRECTION)
}

fn trunk(fields: &Fields<'_>) -> Option<Text> {
    fields.text_as(Name::TrunkName, trunk_name)
}

/// `carrier`, or `carrier:900000000000000077` with the trunk's id.
fn trunk_name(sent: &str) -> Option<Text> {
    let name = match sent.rsplit_once(':') {
        Some((name, id))
            if id.len() >= TRUNK_ID_DIGITS_MIN && id.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name.trim_end()
        }
        _ => sent,
    };
    (!name.is_empty()).then(|| Text::shown(name))
}
