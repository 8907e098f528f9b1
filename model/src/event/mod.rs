//! The PBX's language: bytes in; events, and problems, out.
//!
//! PortSIP documents most of it (knowledge base, "Webhook notifications" and "Pub/Sub"), contradicts itself in places,
//! and adds fields without notice. So nothing here refuses a body as a whole: what is understood becomes an [`Event`],
//! what is not becomes a [`Problem`], and an event of an unknown name is kept by name. `docs/events.md` lists every
//! event, its fields, and the oddities that are read here.
//!
//! Times are as the PBX stamped them; whether one is plausible is the fold's question.

use serde::{Deserialize, Serialize};

mod call;
mod extension;
mod fields;
mod json;
mod queue;
mod sip;
mod stamp;
mod words;

pub use call::{CallSaid, CdrSaid, CdrTargetSaid, PartySaid, TargetSaid};
pub use extension::{AgentStatusSaid, ExtensionSaid};
pub use queue::{AgentSaid, CallerReason, CallerSaid, QueueAgentsSaid, QueueCallersSaid, QueueStatusSaid};

use self::{
    fields::{Fields, Problems, event_name},
    json::{Members, Value},
};
use crate::{id::PbxTenantId, time::UnixMillis};

/// What a body said: never an error, at worst no events and a problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    /// What was understood, in the order of the body.
    pub events: Vec<Event>,
    /// What was not.
    pub problems: Vec<Problem>,
}

/// Why a body, or a part of it, was not understood. Nothing is lost: the journal has the bytes, the deliveries page
/// lists them, and a newer version decodes them again. It holds no data of a caller: fit to log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// Not JSON: not from a PBX, or changed or cut short on the way.
    #[error(
        "the body is not JSON (near byte {offset}); check that nothing between the PBX and Ringside rewrites requests"
    )]
    NotJson {
        /// Where reading stopped, in bytes from the start of the (inflated) body.
        offset: usize,
    },
    /// Some of its text is not UTF-8; the rest was read, with `\u{fffd}` in the place of what could not be.
    #[error("text in the body is not UTF-8 (near byte {offset}); it is shown with replacement characters")]
    NotUtf8 {
        /// The first byte that is not, from the start of the (inflated) body.
        offset: usize,
    },
    /// JSON past the limits on depth, string or array length.
    #[error("the body's JSON is past a limit ({limit}); a PBX sends nothing like it")]
    TooLarge {
        /// Which limit.
        limit: String,
    },
    /// The content encoding is unknown, or the body does not inflate, or inflates past its limit.
    #[error("the body can't be inflated ({encoding}); switch compression off at what sends it")]
    Encoding {
        /// The encoding as named by the sender, shortened.
        encoding: String,
    },
    /// JSON, but not an object or a list of objects.
    #[error("the body is JSON, but not an event object; only a PBX's events belong here")]
    NotAnEvent,
    /// An object without `event_type`.
    #[error("an event has no event_type; only a PBX's events belong here")]
    NoType,
    /// A known event without the field that says what it is about.
    #[error("{event} lacks {field}; please report it, the body is kept")]
    Missing {
        /// The event's name.
        event: String,
        /// The field's name.
        field: String,
    },
    /// A known event with a field of another shape than documented. The rest of the event is used.
    #[error("{event}.{field} is not {expected}; please report it, the body is kept")]
    Field {
        /// The event's name.
        event: String,
        /// The field's name.
        field: String,
        /// What it should be.
        expected: String,
    },
    /// An event of an unknown name, shortened to 64 characters.
    #[error("the event {name} is not known to this version; it is kept, and read again after an upgrade")]
    UnknownEvent {
        /// Its name.
        name: String,
    },
}

impl Problem {
    /// Whether this puts the delivery in quarantine: an event that we should have understood was not. An unknown event,
    /// or one odd field beside others that were read, does not.
    pub fn quarantines(&self) -> bool {
        !matches!(self, Self::UnknownEvent { .. } | Self::Field { .. } | Self::NotUtf8 { .. })
    }
}

/// One thing that the PBX said.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's name as sent, lower-case.
    pub name: String,
    /// The PBX's tenant; `None` where the event has none.
    pub pbx_tenant: Option<PbxTenantId>,
    /// What it says.
    pub said: Said,
}

/// What an event says, by what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// One extension: `extension_status` (one of these an item), `extension_call`, `extension_presence`.
    Extension(ExtensionSaid),
    /// `extension_agent_status`: an agent's state in some of its queues, which are given by number.
    AgentStatus(AgentStatusSaid),
    /// `queue_status`: a queue's whole state.
    QueueStatus(QueueStatusSaid),
    /// `queue_caller_status`: callers of a queue that changed.
    QueueCallers(QueueCallersSaid),
    /// `queue_agent_status`: agents of a queue that changed.
    QueueAgents(QueueAgentsSaid),
    /// `call_start`.
    CallStart(CallSaid),
    /// `call_update_info`.
    CallUpdate(CallSaid),
    /// One of the `cdr_target_*` family.
    Target(TargetSaid),
    /// `call_cdr`.
    Cdr(CdrSaid),
    /// PROVISIONAL
    SlaBreach(SlaBreachSaid),
    /// PROVISIONAL
    QueueManaged(QueueManagedSaid),
    /// PROVISIONAL
    ExtensionManaged(ExtensionManagedSaid),
    /// PROVISIONAL
    CallOver(CallOverSaid),
    /// An event that this version does not know, or knows and has no use for yet.
    Other,
}

#[derive(Clone, Debug, PartialEq)] #[allow(missing_docs)]
pub struct SlaBreachSaid { pub queue: crate::id::QueueId, pub caller: Option<crate::id::Number>, pub breached: Option<u32>, pub target_s: Option<u32>, pub waiting: Option<u32>, pub at: Option<UnixMillis> }
#[derive(Clone, Debug, PartialEq)] #[allow(missing_docs)]
pub struct QueueManagedSaid { pub number: crate::id::Number, pub what: Managed, pub at: Option<UnixMillis> }
#[derive(Clone, Debug, PartialEq)] #[allow(missing_docs)]
pub struct ExtensionManagedSaid { pub number: crate::id::Number, pub what: Managed, pub name: Option<String>, pub department: Option<String>, pub enabled: Option<bool>, pub at: Option<UnixMillis> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)] #[allow(missing_docs)]
pub enum Managed { Created, Updated, Destroyed }
#[derive(Clone, Debug, PartialEq)] #[allow(missing_docs)]
pub struct CallOverSaid { pub call: Option<crate::id::CallId>, pub at: Option<UnixMillis>, pub about: CallSaid }


/// A word of a closed vocabulary, with the PBX's own spelling. `known` is `None` for a word that we don't know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<T> {
    /// Our word.
    pub known: Option<T>,
    /// The PBX's.
    pub raw: String,
}

/// Reads one body: a JSON object, a list of them, or several one after another.
///
/// `body` is inflated already. Never fails, never panics: what is not understood is in [`Decoded::problems`]. An empty
/// body says nothing and is no problem.
///
/// # Limits
/// Past 32 levels, a string of 64 KiB, a list of 10,000 elements or 100,000 objects in all nothing of the body is read
/// ([`Problem::TooLarge`]). At most 100 different problems are kept.
pub fn decode(body: &[u8]) -> Decoded {
    let text = String::from_utf8_lossy(body);
    let problems = Problems::default();
    let mut events = Vec::new();
    if let Err(limit) = json::check_limits(&text) {
        problems.add(Problem::TooLarge { limit: limit.to_owned() });
        return Decoded { events, problems: problems.into_vec() };
    }
    let not_utf8 = std::str::from_utf8(body).err().map(|error| error.valid_up_to());
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mark = text.len() - without_mark.len();
    for value in json::top_level(without_mark) {
        match value.map(Value::of) {
            Ok(Value::Object(members)) => read_event(members, &problems, &mut events),
            Ok(Value::List(elements)) => {
                for element in elements {
                    match Value::of(element) {
                        Value::Object(members) => read_event(members, &problems, &mut events),
                        _ => problems.add(Problem::NotAnEvent),
                    }
                }
            }
            Ok(_) => problems.add(Problem::NotAnEvent),
            Err(offset) => {
                let offset = not_utf8.map_or(mark + offset, |bad| bad.min(mark + offset));
                problems.add(Problem::NotJson { offset });
            }
        }
    }
    if let (Some(offset), false) = (not_utf8, events.is_empty()) {
        problems.add(Problem::NotUtf8 { offset });
    }
    Decoded { events, problems: problems.into_vec() }
}

fn read_event(members: Members<'_>, problems: &Problems, events: &mut Vec<Event>) {
    let fields = Fields::new("", members, problems);
    let Some(sent) = fields.text(&["event_type"]) else {
        problems.add(Problem::NoType);
        return;
    };
    let name = event_name(&sent);
    let fields = fields.of_event(&name);
    let pbx_tenant: Option<PbxTenantId> = fields.id(&["tenant_id"]);
    let said = said(&name, &fields, problems);
    events.extend(said.into_iter().map(|said| Event {
        name: name.clone(),
        pbx_tenant: pbx_tenant.clone(),
        said,
    }));
}

fn said(name: &str, fields: &Fields<'_>, problems: &Problems) -> Vec<Said> {
    if let Some(phase) = words::target_phase(name) {
        return call::target(fields, phase).map(Said::Target).into_iter().collect();
    }
    let one = match name {
        "extension_status" => return extension::status(fields).into_iter().map(Said::Extension).collect(),
        "extension_call" => extension::call(fields).map(Said::Extension),
        "extension_presence" => extension::presence(fields).map(Said::Extension),
        "extension_agent_status" => extension::agent_status(fields).map(Said::AgentStatus),
        "queue_status" => queue::status(fields).map(Said::QueueStatus),
        "queue_caller_status" => queue::callers(fields).map(Said::QueueCallers),
        "queue_agent_status" => queue::agents(fields).map(Said::QueueAgents),
        "call_start" => Some(Said::CallStart(call::call(fields))),
        "call_update_info" => Some(Said::CallUpdate(call::call(fields))),
        "call_cdr" => Some(Said::Cdr(call::cdr(fields))),
        _ => {
            if !words::is_known_unused(name) {
                problems.add(Problem::UnknownEvent { name: name.to_owned() });
            }
            Some(Said::Other)
        }
    };
    one.into_iter().collect()
}

/// The time that a body speaks of, by the PBX's clock: the greatest stamp in its events, of a finished call its end.
/// What the PBX's clock is compared with ours by.
///
/// Left out are stamps before 2001 and after 2099, which no working clock gives. Whether the rest is near our time is
/// for the caller to say, who knows it.
pub fn newest_time(events: &[Event]) -> Option<UnixMillis> {
    let plausible = PLAUSIBLE_FROM..PLAUSIBLE_UNTIL;
    events
        .iter()
        .flat_map(|event| event.said.stamps())
        .flatten()
        .filter(|time| plausible.contains(time))
        .max()
}

/// 2001-01-01.
const PLAUSIBLE_FROM: UnixMillis = UnixMillis(978_307_200_000);
/// 2100-01-01.
const PLAUSIBLE_UNTIL: UnixMillis = UnixMillis(4_102_444_800_000);

impl Said {
    /// Every stamp that says when something of this became so.
    fn stamps(&self) -> Vec<Option<UnixMillis>> {
        match self {
            Self::Extension(said) => vec![said.at],
            Self::AgentStatus(said) => vec![said.at],
            Self::QueueStatus(said) => {
                let callers = said.waiting.iter().flatten().map(|caller| caller.at);
                let agents = said.agents.iter().flatten().map(|agent| agent.at);
                callers.chain(agents).chain([said.at]).collect()
            }
            Self::QueueCallers(said) => said.callers.iter().map(|caller| caller.at).collect(),
            Self::QueueAgents(said) => said.updated.iter().map(|agent| agent.at).chain([said.at]).collect(),
            Self::CallStart(said) | Self::CallUpdate(said) => vec![said.at],
            Self::Target(said) => vec![said.at],
            Self::Cdr(said) => vec![said.ended.or(said.about.at)],
            Self::SlaBreach(said) => vec![said.at],
            Self::QueueManaged(said) => vec![said.at],
            Self::ExtensionManaged(said) => vec![said.at],
            Self::CallOver(said) => vec![said.at],
            Self::Other => Vec::new(),
        }
    }
}
