//! What is said of calls: `call_start`, `call_update_info`, the `cdr_target_*` family, `call_cdr`.
//!
//! Source: PortSIP knowledge base, "Webhook Notifications", page "Event Reference"; older shapes of `call_cdr` are on
//! the administration guide's page "CDR". All but the record's times are documented as the call's start.

use super::{fields::Fields, words};
use crate::{
    id::{CallId, Number},
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
    pub did: Option<String>,
    /// The number shown to the called party.
    pub outbound_caller_id: Option<String>,
    /// The trunk's name.
    pub trunk: Option<String>,
}

/// A party, where an event names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartySaid {
    /// The number.
    pub number: Option<Number>,
    /// The display name.
    pub name: Option<String>,
}

/// What one of the `cdr_target_*` family says.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetSaid {
    /// The call; `None`: counted, not folded.
    pub call: Option<CallId>,
    /// The event's time, documented as the call's start.
    pub at: Option<UnixMillis>,
    /// What the target does.
    pub phase: Phase,
    /// The target's address, `user@host:port`, lower-case, without scheme and parameters.
    pub address: String,
    /// The user part of it.
    pub number: Number,
    /// The rest of the event speaks of the call.
    pub about: CallSaid,
}

/// What `call_cdr` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrSaid {
    /// Parties, direction, DID, trunk. `about.at` is the start.
    pub about: CallSaid,
    /// When a target first answered, a queue or a voice menu included; `None`: never.
    pub answered: Option<UnixMillis>,
    /// When it ended.
    pub ended: Option<UnixMillis>,
    /// The targets that the record lists, in the record's order.
    pub targets: Vec<CdrTargetSaid>,
}

/// One target of a `call_cdr`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CdrTargetSaid {
    /// The number invited.
    pub number: Option<Number>,
    /// `user@host:port`, as in [`TargetSaid::address`].
    pub address: Option<String>,
    /// Invited.
    pub started: Option<UnixMillis>,
    /// Answered; `None`: never.
    pub answered: Option<UnixMillis>,
    /// Ended.
    pub ended: Option<UnixMillis>,
}

const TIME: [&str; 2] = ["time", "timestamp"];
/// The first is how the page's table spells it, the second how everything else does.
const DESTINATION: [&str; 2] = ["destiantion", "destination"];
/// Ids of trunks are longer than this, ports shorter.
const TRUNK_ID_DIGITS_MIN: usize = 6;

/// `call_start` and `call_update_info`.
pub(super) fn call(event: &Fields<'_>) -> CallSaid {
    let call = event.id(&["session_id"]);
    if call.is_none() {
        event.missing("session_id");
    }
    CallSaid {
        call,
        at: event.time(&TIME),
        direction: event.known_word("direction", "a direction", words::direction),
        from: PartySaid { number: event.number(&["caller"]), name: event.text(&["caller_display_name"]) },
        to: PartySaid { number: event.number(&["callee"]), name: event.text(&["callee_display_name"]) },
        did: event.text(&["did", "did_cid"]),
        outbound_caller_id: event.text(&["outbound_caller_id"]),
        trunk: event.text(&["trunk_name"]).and_then(|trunk| trunk_name(&trunk)),
    }
}

/// The `cdr_target_*` family; `phase` is by the event's name.
pub(super) fn target(event: &Fields<'_>, phase: Phase) -> Option<TargetSaid> {
    let Some(address) = event.address(&DESTINATION) else {
        event.missing("destination");
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

/// `call_cdr`.
pub(super) fn cdr(event: &Fields<'_>) -> CdrSaid {
    let about = call(event);
    CdrSaid {
        about: CallSaid { at: event.time(&["start_time"]).or(about.at), ..about },
        answered: event.time(&["answered_time"]),
        ended: event.time(&["ended_time", "end_time"]),
        targets: event.list("call_targets").unwrap_or_default().iter().map(cdr_target).collect(),
    }
}

fn cdr_target(entry: &Fields<'_>) -> CdrTargetSaid {
    let (address, user) = entry.address(&DESTINATION).map(|address| (address.whole, address.user)).unzip();
    CdrTargetSaid {
        number: entry.number(&["callee"]).or(user),
        address,
        started: entry.time(&["start_time"]),
        answered: entry.time(&["answered_time"]),
        ended: entry.time(&["ended_time", "end_time"]),
    }
}

/// `carrier`, or `carrier:900000000000000077` with the trunk's id.
fn trunk_name(sent: &str) -> Option<String> {
    let name = match sent.rsplit_once(':') {
        Some((name, id))
            if id.len() >= TRUNK_ID_DIGITS_MIN && id.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => sent,
    };
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}
