//! A fuzzer's bytes as the entries of a journal: any events, in any order, of few things, so that they meet.

#![forbid(unsafe_code)]

use arbitrary::Arbitrary;
use model::{
    entry::{Admin, Clock, Content, DirectoryEntry, Entry, NumberKind, QueueSettings, Settings},
    event::{
        AgentSaid, AgentStatusSaid, CallOverSaid, CallSaid, CallerReason, CallerSaid, CdrSaid, Event,
        ExtensionManagedSaid, ExtensionSaid, Managed, PartySaid, QueueAgentsSaid, QueueCallersSaid,
        QueueManagedSaid, QueueStatusSaid, Said, SlaBreachSaid, TargetSaid, Word,
    },
    id::{CallId, Number, QueueId, Seq, Text},
    time::{Millis, Skew, UnixMillis},
    wire::{AgentState, CallerKind, Direction, ExtensionCall, Phase, Presence, RowId, RowKind},
};

const START: i64 = 1_786_000_000_000;

/// A moment: a second of one quarter of an hour, or of two days, or any number at all.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Moment {
    Quarter(u8),
    Days(u16),
    Any(i64),
}

impl Moment {
    fn millis(self) -> UnixMillis {
        UnixMillis(match self {
            Self::Quarter(step) => START + i64::from(step) * 4000,
            Self::Days(step) => START + i64::from(step) * 3000,
            Self::Any(millis) => millis,
        })
    }
}

/// The time that the PBX gives; none, mostly near.
type When = Option<Moment>;

fn when(moment: When) -> Option<UnixMillis> {
    moment.map(Moment::millis)
}

/// One of a few names.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Pick(u8);

impl Pick {
    fn of<T: Copy>(self, list: &[T]) -> T {
        list[usize::from(self.0) % list.len()]
    }

    fn number(self) -> Number {
        self.of(&["101", "102", "8000", "8001", ""]).into()
    }

    fn call(self) -> CallId {
        // With a queue `Q` and a call `A/B`, one `Q/A` and a call `B` must stay two.
        self.of(&["A", "B", "A/B", ""]).into()
    }

    fn queue(self) -> QueueId {
        self.of(&["Q", "Q/A", "%2F", "n:8000", "n:8001", ""]).into()
    }

    fn text(self) -> Text {
        self.of(&["", "Zoë", "x", "\u{0}\u{202e}"]).into()
    }

    /// A word of a vocabulary, or one that is not in it.
    fn word<T: Copy>(self, list: &[T]) -> Word<T> {
        let known = list.get(usize::from(self.0) % (list.len() + 1)).copied();
        Word { known, raw: format!("W{}", self.0 % 16).into() }
    }
}

#[derive(Arbitrary, Clone, Debug)]
struct Party {
    number: Option<Pick>,
    name: Option<Pick>,
}

impl Party {
    fn said(self) -> PartySaid {
        PartySaid { number: self.number.map(Pick::number), name: self.name.map(Pick::text) }
    }
}

#[derive(Arbitrary, Clone, Debug)]
struct About {
    call: Option<Pick>,
    at: When,
    direction: Option<Pick>,
    from: Party,
    to: Party,
    trunk: Option<Pick>,
}

impl About {
    fn said(self) -> CallSaid {
        CallSaid {
            call: self.call.map(Pick::call),
            at: when(self.at),
            direction: self.direction.map(|pick| pick.of(Direction::ALL)),
            from: self.from.said(),
            to: self.to.said(),
            trunk: self.trunk.map(Pick::text),
            ..CallSaid::default()
        }
    }
}

#[derive(Arbitrary, Clone, Debug)]
struct Caller {
    call: Pick,
    at: When,
    reason: Pick,
    position: Option<u32>,
    number: Option<Pick>,
    name: Option<Pick>,
    kind: Option<bool>,
}

impl Caller {
    fn said(self) -> CallerSaid {
        CallerSaid {
            call: self.call.call(),
            at: when(self.at),
            reason: match self.reason.0 % 8 {
                0..=2 => CallerReason::Enqueue,
                3 => CallerReason::Callback,
                4 => CallerReason::Answered,
                5 => CallerReason::Hangup,
                6 => CallerReason::Overflow,
                _ => CallerReason::Other(self.reason.text()),
            },
            position: self.position,
            number: self.number.map(Pick::number),
            name: self.name.map(Pick::text),
            kind: self.kind.map(|back| if back { CallerKind::Callback } else { CallerKind::Normal }),
        }
    }
}

#[derive(Arbitrary, Clone, Debug)]
struct Agent {
    number: Pick,
    at: When,
    state: Pick,
    call: Option<Pick>,
    with: Option<Pick>,
    reason: Option<Pick>,
}

impl Agent {
    fn said(self) -> AgentSaid {
        AgentSaid {
            number: self.number.number(),
            at: when(self.at),
            state: self.state.word(AgentState::ALL),
            call: self.call.map(Pick::call),
            with_number: self.with.map(Pick::number),
            with_name: None,
            reason: self.reason.map(Pick::text),
        }
    }
}

/// What one event says.
#[derive(Arbitrary, Clone, Debug)]
enum Says {
    Extension {
        number: Pick,
        at: When,
        call: Option<Pick>,
        online: Option<bool>,
        push: Option<bool>,
        presence: Option<Pick>,
        note: Option<Pick>,
    },
    AgentStatus {
        number: Pick,
        at: When,
        queues: Vec<(Pick, Pick, Option<Pick>)>,
    },
    QueueStatus {
        queue: Pick,
        number: Option<Pick>,
        name: Option<Pick>,
        at: When,
        waiting: Option<Vec<Caller>>,
        agents: Option<Vec<Agent>>,
    },
    QueueCallers {
        queue: Pick,
        callers: Vec<Caller>,
    },
    QueueAgents {
        queue: Pick,
        updated: Vec<Agent>,
        removed: Vec<Pick>,
        at: When,
    },
    CallStart(About),
    CallUpdate(About),
    Target {
        about: About,
        phase: Pick,
        address: Pick,
    },
    Cdr {
        about: About,
        ended: When,
    },
    SlaBreach {
        queue: Pick,
        caller: Option<Pick>,
        target_s: Option<u32>,
        at: When,
    },
    Managed {
        queue: bool,
        number: Pick,
        what: Pick,
        name: Option<Pick>,
        enabled: Option<bool>,
        at: When,
    },
    CallOver(About),
    Other,
}

impl Says {
    fn said(self) -> Said {
        match self {
            Self::Extension { number, at, call, online, push, presence, note } => {
                Said::Extension(ExtensionSaid {
                    number: number.number(),
                    at: when(at),
                    call: call.map(|word| word.word(ExtensionCall::ALL)),
                    online,
                    push,
                    presence: presence.map(|word| word.word(Presence::ALL)),
                    note: note.map(Pick::text),
                })
            }
            Self::AgentStatus { number, at, queues } => Said::AgentStatus(AgentStatusSaid {
                number: number.number(),
                at: when(at),
                queues: queues
                    .into_iter()
                    .map(|(queue, word, reason)| {
                        (queue.number(), word.word(AgentState::ALL), reason.map(Pick::text))
                    })
                    .collect(),
            }),
            Self::QueueStatus { queue, number, name, at, waiting, agents } => {
                Said::QueueStatus(QueueStatusSaid {
                    queue: queue.queue(),
                    number: number.map(Pick::number),
                    name: name.map(Pick::text),
                    at: when(at),
                    waiting: waiting.map(|list| list.into_iter().map(Caller::said).collect()),
                    agents: agents.map(|list| list.into_iter().map(Agent::said).collect()),
                })
            }
            Self::QueueCallers { queue, callers } => Said::QueueCallers(QueueCallersSaid {
                queue: queue.queue(),
                callers: callers.into_iter().map(Caller::said).collect(),
            }),
            Self::QueueAgents { queue, updated, removed, at } => Said::QueueAgents(QueueAgentsSaid {
                queue: queue.queue(),
                updated: updated.into_iter().map(Agent::said).collect(),
                removed: removed.into_iter().map(Pick::number).collect(),
                at: when(at),
            }),
            Self::CallStart(about) => Said::CallStart(about.said()),
            Self::CallUpdate(about) => Said::CallUpdate(about.said()),
            Self::Target { about, phase, address } => {
                let about = about.said();
                let number = address.number();
                Said::Target(TargetSaid {
                    call: about.call.clone(),
                    at: about.at,
                    phase: phase.of(&[
                        Phase::Added,
                        Phase::Ringing,
                        Phase::NoAnswer,
                        Phase::Failed,
                        Phase::Answered,
                        Phase::Ended,
                    ]),
                    address: format!("{number}@{}", address.0 % 3).into(),
                    number,
                    about,
                })
            }
            Self::Cdr { about, ended } => {
                Said::Cdr(CdrSaid { about: about.said(), ended: when(ended), ..CdrSaid::default() })
            }
            Self::SlaBreach { queue, caller, target_s, at } => Said::SlaBreach(SlaBreachSaid {
                queue: queue.queue(),
                caller: caller.map(Pick::number),
                breached: None,
                target_s,
                waiting: None,
                at: when(at),
            }),
            Self::Managed { queue, number, what, name, enabled, at } => {
                let (number, at) = (number.number(), when(at));
                let what = what.of(&[Managed::Created, Managed::Updated, Managed::Destroyed]);
                if queue {
                    Said::QueueManaged(QueueManagedSaid { number, what, at })
                } else {
                    let name = name.map(Pick::text);
                    let department = name.clone();
                    Said::ExtensionManaged(ExtensionManagedSaid { number, what, name, department, enabled, at })
                }
            }
            Self::CallOver(about) => {
                let about = about.said();
                Said::CallOver(CallOverSaid { call: about.call.clone(), at: about.at, about })
            }
            Self::Other => Said::Other,
        }
    }
}

/// What an administrator says.
#[derive(Arbitrary, Clone, Debug)]
enum Configures {
    Directory(Vec<(Pick, Pick, Pick, Option<Pick>)>),
    Settings(Vec<(Option<Pick>, Option<Pick>, Option<u32>, Option<u8>)>),
}

impl Configures {
    fn admin(self) -> Admin {
        let kinds = [NumberKind::Extension, NumberKind::Queue, NumberKind::Group, NumberKind::Ivr];
        match self {
            Self::Directory(lines) => Admin::Directory {
                entries: lines
                    .into_iter()
                    .map(|(kind, number, name, queue)| DirectoryEntry {
                        kind: kind.of(&kinds),
                        number: number.number(),
                        name: name.text(),
                        department: "".into(),
                        queue: queue.map(Pick::queue),
                    })
                    .collect(),
            },
            // Without the PBX's tenant: that would be a border, which counts from its entry on.
            Self::Settings(queues) => Admin::Settings(Settings {
                queues: queues
                    .into_iter()
                    .map(|(number, queue, seconds, service_level)| QueueSettings {
                        number: number.map(Pick::number),
                        queue: queue.map(Pick::queue),
                        target_s: seconds,
                        target_percent: seconds.map(|seconds| (seconds % 100) as u8 + 1),
                        short_abandon_s: seconds.map(|seconds| seconds / 4),
                        service_level,
                    })
                    .collect(),
                ..Settings::default()
            }),
        }
    }
}

/// What passing time decides.
#[derive(Arbitrary, Clone, Debug)]
enum Decides {
    Silence { row: Subject, seen: Moment, t: Moment },
    Gone { row: Subject, seen: Moment },
    Minute { t: Moment, hours: u8 },
    Rebase { t: Moment },
    Horizon { t: Moment },
}

/// Whose silence.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Subject {
    Extension(Pick),
    Call(Pick),
    Caller(Pick, Pick),
}

impl Subject {
    fn row(self) -> RowId {
        match self {
            Self::Extension(number) => RowId(RowKind::Extension, number.number().as_str().into()),
            Self::Call(call) => RowId(RowKind::Call, call.call().as_str().into()),
            Self::Caller(queue, call) => {
                RowId(RowKind::Caller, format!("{}/{}", queue.queue(), call.call()).into())
            }
        }
    }
}

impl Decides {
    fn clock(self) -> Clock {
        match self {
            Self::Silence { row, seen, t } => {
                Clock::Silence { row: row.row(), seen: seen.millis(), t: t.millis() }
            }
            Self::Gone { row, seen } => Clock::Gone { row: row.row(), seen: seen.millis() },
            Self::Minute { t, hours } => Clock::Minute {
                t: t.millis(),
                day_start: t.millis() - Millis::hours(hours.into()),
                day_end: t.millis() + Millis::hours(24) - Millis::hours(hours.into()),
            },
            Self::Rebase { t } => Clock::Rebase { t: t.millis() },
            Self::Horizon { t } => Clock::Horizon { t: t.millis() },
        }
    }
}

#[derive(Arbitrary, Clone, Debug)]
enum Holds {
    Events(Vec<Says>),
    Admin(Configures),
    Clock(Decides),
}

/// One entry of a journal.
#[derive(Arbitrary, Clone, Debug)]
pub struct Heard {
    received: Moment,
    skew: Option<i32>,
    holds: Holds,
}

impl Heard {
    /// The entry, under this number.
    pub fn entry(self, seq: u64) -> Entry {
        let event = |says: Says| Event { name: "event".into(), pbx_tenant: None, said: says.said() };
        Entry {
            seq: Seq(seq),
            received: self.received.millis(),
            skew: self.skew.map(|millis| Skew(millis.into())),
            content: match self.holds {
                Holds::Events(events) => Content::Events(events.into_iter().map(event).collect()),
                Holds::Admin(configures) => Content::Admin(configures.admin()),
                Holds::Clock(decides) => Content::Clock(decides.clock()),
            },
        }
    }
}

/// All of them, numbered from 1.
pub fn journal(heard: Vec<Heard>) -> Vec<Entry> {
    heard.into_iter().zip(1..).map(|(heard, seq)| heard.entry(seq)).collect()
}

/// Whether an entry is a border: it acts on what was folded before it.
pub fn is_border(entry: &Entry) -> bool {
    matches!(entry.content, Content::Clock(Clock::Rebase { .. } | Clock::Horizon { .. }))
}
