//! The PBX's language: bytes in; events, and problems, out.
//!
//! PortSIP documents most of it (knowledge base, "Webhook notifications" and "Pub/Sub"), contradicts itself in places,
//! and adds fields without notice. So nothing here refuses a body as a whole: what is understood becomes an [`Event`],
//! what is not becomes a [`Problem`], and an event of an unknown name is kept by name. `docs/events.md` lists every
//! event, its fields, and the oddities that are read here.
//!
//! Times are as the PBX stamped them; whether one is plausible is the fold's question.

use std::borrow::Cow;

mod call;
mod extension;
mod fields;
mod json;
mod known;
mod manage;
mod names;
mod places;
mod problem;
mod queue;
mod sip;
mod stamp;
mod words;

pub use call::{
    CallOverSaid, CallSaid, CallStatus, CallType, CdrSaid, CdrTargetSaid, EndReason, PartySaid, TargetSaid,
};
pub use extension::{AgentStatusSaid, ExtensionSaid};
pub use manage::{ExtensionManagedSaid, Managed, QueueManagedSaid};
pub use problem::{Limit, Problem, Shape};
pub use queue::{
    AgentSaid, CallerReason, CallerSaid, QueueAgentsSaid, QueueCallersSaid, QueueStatusSaid, SlaBreachSaid,
};

use self::{
    fields::Fields,
    json::{Kind, Reader, Stop, Value},
    known::{Known, Reads},
    names::Name,
    problem::{Problems, clean_name},
};
use crate::{
    id::{PbxTenantId, Text},
    time::UnixMillis,
};

/// What a body said: never an error, at worst no events and a problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// What was understood, in the order of the body.
    pub events: Vec<Event>,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// One thing that the PBX said.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's name as sent, lower-case; one that this version does not know is shortened to 64 characters.
    pub name: Cow<'static, str>,
    /// The PBX's tenant; `None` where the event has none.
    pub pbx_tenant: Option<PbxTenantId>,
    /// What it says.
    pub said: Said,
}

/// What an event says, by what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// One extension: `extension_status` (one of these an item), `extension_call`, `extension_presence`, and
    /// `extension_register` of version 12.
    Extension(ExtensionSaid),
    /// `extension_agent_status`: an agent's state in some of its queues, which are given by number.
    AgentStatus(AgentStatusSaid),
    /// `queue_status`: a queue's whole state.
    QueueStatus(QueueStatusSaid),
    /// `queue_caller_status`: callers of a queue that changed.
    QueueCallers(QueueCallersSaid),
    /// `queue_agent_status`, and `queue_member_state` of version 12: agents of a queue that changed.
    QueueAgents(QueueAgentsSaid),
    /// `queue_sla_breached`: a caller has waited longer than the queue's target.
    SlaBreach(SlaBreachSaid),
    /// `queue_created`, `queue_updated`, `queue_destroy`.
    QueueManaged(QueueManagedSaid),
    /// `extension_created`, `extension_updated`, `extension_destroyed`.
    ExtensionManaged(ExtensionManagedSaid),
    /// `call_start`.
    CallStart(CallSaid),
    /// `call_update_info`.
    CallUpdate(CallSaid),
    /// One of the `cdr_target_*` family, and `call_established` of version 12.
    Target(TargetSaid),
    /// `call_ended`, `call_noanswer`, `call_fail` of version 12.
    CallOver(CallOverSaid),
    /// `call_cdr`.
    Cdr(CdrSaid),
    /// An event that this version does not know, or knows and has no use for. Only the first is a problem.
    Other,
}

/// A word of a closed vocabulary, with the PBX's own spelling. `known` is `None` for a word that we don't know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<T> {
    /// Our word.
    pub known: Option<T>,
    /// The PBX's.
    pub raw: Text,
}

impl<T> Word<T> {
    /// No word.
    const EMPTY: Self = Self { known: None, raw: Text::EMPTY };
}

/// Reads one body: a JSON object, a list of them, or several one after another.
///
/// `body` is inflated already. Never fails, never panics: what is not understood is in [`Decoded::problems`]. An empty
/// body says nothing and is no problem.
///
/// # Limits
/// Past 32 levels, a string of 64 KiB, a list of 10,000 elements, 100,000 objects in all or a million values in one of
/// those that stand one after another nothing of the body is read ([`Problem::TooLarge`]). Of problems that quarantine
/// at most 100 are kept, and of others too.
pub fn decode(body: &[u8]) -> Decoded {
    // Asked first whether all is well: that is many times quicker than putting replacements in.
    let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let problems = Problems::default();
    // Nearly every body is one event, and a list's first room is for four.
    let mut events = Vec::with_capacity(1);
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reader = Reader::new(without_mark);
    loop {
        match reader.next() {
            Ok(None) => break,
            Ok(Some(value)) => match value.kind() {
                Kind::List => value.inside().for_each(|element| read_event(element, &problems, &mut events)),
                _ => read_event(value, &problems, &mut events),
            },
            Err(Stop::TooLarge(limit)) => {
                return Decoded { events: Vec::new(), problems: vec![Problem::TooLarge { limit }] };
            }
            Err(Stop::NotJson(offset)) => {
                let offset = text.len() - without_mark.len() + offset;
                let offset = not_utf8(body).map_or(offset, |bad| bad.min(offset));
                problems.add(Problem::NotJson { offset });
                break;
            }
        }
    }
    if let (Cow::Owned(_), false, Some(offset)) = (&text, events.is_empty(), not_utf8(body)) {
        problems.add(Problem::NotUtf8 { offset });
    }
    Decoded { events, problems: problems.into_vec() }
}

/// The first byte that is not UTF-8.
fn not_utf8(body: &[u8]) -> Option<usize> {
    std::str::from_utf8(body).err().map(|error| error.valid_up_to())
}

fn read_event(value: Value<'_>, problems: &Problems, events: &mut Vec<Event>) {
    if value.kind() != Kind::Object {
        problems.add(Problem::NotAnEvent);
        return;
    }
    let mut fields = Fields::new(value, problems);
    let Some(sent) = fields.event_type() else {
        problems.add(Problem::NoType);
        return;
    };
    let lower = || clean_name(&sent.trim().to_lowercase());
    let Some(known) = Known::find(&sent).or_else(|| Known::find(&lower())) else {
        let name = lower();
        problems.add(Problem::UnknownEvent { name: name.clone() });
        fields.set_event(&name);
        let pbx_tenant = fields.id(&[Name::TenantId]);
        events.push(Event { name: name.into(), pbx_tenant, said: Said::Other });
        return;
    };
    fields.set_event(known.name);
    let pbx_tenant: Option<PbxTenantId> = fields.id(&[Name::TenantId]);
    let name = Cow::Borrowed(known.name);
    if known.reads == Reads::ExtensionStatus {
        extension::status(&fields, |said| {
            let (name, pbx_tenant) = (name.clone(), pbx_tenant.clone());
            events.push(Event { name, pbx_tenant, said: Said::Extension(said) });
        });
    } else if let Some(said) = said(known.reads, &fields) {
        events.push(Event { name, pbx_tenant, said });
    }
    fields.unknown(known.fields);
}

fn said(reads: Reads, fields: &Fields<'_>) -> Option<Said> {
    match reads {
        Reads::ExtensionStatus | Reads::Nothing => Some(Said::Other),
        Reads::ExtensionCall => extension::call(fields).map(Said::Extension),
        Reads::ExtensionPresence => extension::presence(fields).map(Said::Extension),
        Reads::ExtensionRegister => extension::register(fields).map(Said::Extension),
        Reads::AgentStatus => extension::agent_status(fields).map(Said::AgentStatus),
        Reads::QueueStatus => queue::status(fields).map(Said::QueueStatus),
        Reads::QueueCallers => queue::callers(fields).map(Said::QueueCallers),
        Reads::QueueAgents => queue::agents(fields).map(Said::QueueAgents),
        Reads::SlaBreach => queue::sla_breach(fields).map(Said::SlaBreach),
        Reads::QueueManaged(what) => manage::queue(fields, what).map(Said::QueueManaged),
        Reads::ExtensionManaged(what) => manage::extension(fields, what).map(Said::ExtensionManaged),
        Reads::CallStart => Some(Said::CallStart(call::call(fields))),
        Reads::CallUpdate => Some(Said::CallUpdate(call::call(fields))),
        Reads::CallOver => Some(Said::CallOver(call::over(fields))),
        Reads::Target(phase) => call::target(fields, phase).map(Said::Target),
        Reads::Cdr => Some(Said::Cdr(call::cdr(fields))),
    }
}

/// The time that a body speaks of, by the PBX's clock: the greatest stamp in its events, of a finished call its end.
/// What the PBX's clock is compared with ours by.
///
/// Left out are stamps before 2001 and after 2099, which no working clock gives. Whether the rest is near our time is
/// for the caller to say, who knows it.
pub fn newest_time(events: &[Event]) -> Option<UnixMillis> {
    let plausible = PLAUSIBLE_FROM..PLAUSIBLE_UNTIL;
    let mut newest = None;
    for event in events {
        event.said.stamps(|stamp| newest = newest.max(stamp.filter(|stamp| plausible.contains(stamp))));
    }
    newest
}

/// 2001-01-01.
const PLAUSIBLE_FROM: UnixMillis = UnixMillis(978_307_200_000);
/// 2100-01-01.
const PLAUSIBLE_UNTIL: UnixMillis = UnixMillis(4_102_444_800_000);

impl Said {
    /// Every stamp that says when something of this became so.
    fn stamps(&self, mut stamp: impl FnMut(Option<UnixMillis>)) {
        match self {
            Self::Extension(said) => stamp(said.at),
            Self::AgentStatus(said) => stamp(said.at),
            Self::QueueStatus(said) => {
                stamp(said.at);
                said.waiting.iter().flatten().for_each(|caller| stamp(caller.at));
                said.agents.iter().flatten().for_each(|agent| stamp(agent.at));
            }
            Self::QueueCallers(said) => said.callers.iter().for_each(|caller| stamp(caller.at)),
            Self::QueueAgents(said) => {
                stamp(said.at);
                said.updated.iter().for_each(|agent| stamp(agent.at));
            }
            Self::SlaBreach(said) => stamp(said.at),
            Self::QueueManaged(said) => stamp(said.at),
            Self::ExtensionManaged(said) => stamp(said.at),
            Self::CallStart(said) | Self::CallUpdate(said) => stamp(said.at),
            Self::Target(said) => stamp(said.at),
            Self::CallOver(said) => stamp(said.at),
            Self::Cdr(said) => stamp(said.ended.or(said.about.at)),
            Self::Other => {}
        }
    }
}
