//! Stories in the PBX's words, and pictures of the board, both as text: what the tests of the board are written in.
//!
//! A story is `second verb arguments` with `|` between its events. Its second is the time that the PBX stamps and, unless
//! the story is delivered otherwise, the moment at which we hear of it.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "lines are made for reading, not for speed"
)]

pub mod chance;
pub mod lives;
pub mod post;
pub mod reader;

use model::{
    board::Board,
    entry::{Admin, Content, DirectoryEntry, Entry, NumberKind, QueueSettings, Settings},
    event::{
        AgentSaid, AgentStatusSaid, CallSaid, CallerReason, CallerSaid, CdrSaid, Event, ExtensionSaid,
        PartySaid, QueueAgentsSaid, QueueCallersSaid, QueueStatusSaid, Said, SlaBreachSaid, TargetSaid, Word,
    },
    id::{Number, Seq, Text},
    time::{Skew, UnixMillis},
    wire::{AgentState, CallerKind, Direction, ExtensionCall, Phase, Presence, Row},
};

/// Second 0 of every story.
pub const START: i64 = 1_786_000_000_000;

/// A story's second as a moment.
pub fn at(second: i64) -> UnixMillis {
    UnixMillis(START + second * 1000)
}

/// A moment as a story's second.
pub fn second(moment: UnixMillis) -> i64 {
    (moment.0 - START).div_euclid(1000)
}

/// How the PBX dates the events of a call's targets, and `call_update_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// By their own time.
    True,
    /// By the call's start, as the field is documented.
    Frozen,
}

/// One event of a story.
#[derive(Clone, Debug)]
pub struct Told {
    /// When it happened, in story seconds.
    pub second: i64,
    /// What the PBX, or an administrator, said.
    pub content: Content,
}

impl Told {
    /// The entry that the journal gets if it is heard of at `received`.
    pub fn entry(&self, seq: u64, received: UnixMillis, skew: Option<Skew>) -> Entry {
        Entry { seq: Seq(seq), received, skew, content: self.content.clone() }
    }
}

/// Reads a story. Call `A`'s start, which the frozen dialect needs, is its `call_start` or `cdr` line.
pub fn tell(story: &str, dialect: Dialect) -> Vec<Told> {
    let lines: Vec<(i64, Vec<&str>)> = story
        .split(['|', '\n'])
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut words = line.split_whitespace();
            let second = words.next().unwrap().parse().unwrap_or_else(|_| panic!("no second in {line:?}"));
            (second, words.collect())
        })
        .collect();
    let started =
        |call: &str| lines.iter().find(|(_, words)| words[..2] == ["call_start", call]).map(|(s, _)| *s);
    lines
        .iter()
        .map(|(second, words)| {
            let stamp = match dialect {
                Dialect::Frozen if words[0].starts_with("cdr_target") || words[0] == "call_update_info" => {
                    started(words[1]).unwrap_or(*second)
                }
                _ => *second,
            };
            Told { second: *second, content: content(words, at(stamp), *second) }
        })
        .collect()
}

fn content(words: &[&str], stamp: UnixMillis, now: i64) -> Content {
    let said = match words {
        ["directory", lines @ ..] => return Content::Admin(directory(lines)),
        ["settings", lines @ ..] => return Content::Admin(settings(lines)),
        ["call_start", call, direction, from, "->", to, rest @ ..] => {
            Said::CallStart(about(call, stamp, direction, from, to, rest))
        }
        ["call_update_info", call, direction, from, "->", to, rest @ ..] => {
            Said::CallUpdate(about(call, stamp, direction, from, to, rest))
        }
        ["call_cdr", call, "from", start] => Said::Cdr(CdrSaid {
            about: CallSaid {
                call: Some((*call).into()),
                at: Some(at(start.parse().unwrap())),
                ..CallSaid::default()
            },
            ended: Some(at(now)),
            ..CdrSaid::default()
        }),
        [target, call, address] if target.starts_with("cdr_target_") => {
            Said::Target(leg(target, call, address, stamp))
        }
        ["extension_call", number, word] => Said::Extension(ExtensionSaid {
            call: Some(Word {
                known: match *word {
                    "RINGING" => Some(ExtensionCall::Ringing),
                    "ON_CALL" => Some(ExtensionCall::OnCall),
                    "idle" => Some(ExtensionCall::Idle),
                    _ => None,
                },
                raw: if *word == "idle" { "".into() } else { (*word).to_owned().into() },
            }),
            ..extension(number, stamp)
        }),
        ["extension_status", number, word] => Said::Extension(ExtensionSaid {
            online: Some(*word == "online"),
            push: Some(*word == "push"),
            ..extension(number, stamp)
        }),
        ["extension_presence", number, word, note @ ..] => Said::Extension(ExtensionSaid {
            presence: Some(Word {
                known: match *word {
                    "AVAILABLE" | "ONLINE" => Some(Presence::Available),
                    "AWAY" => Some(Presence::Away),
                    "LUNCH" => Some(Presence::Lunch),
                    "DO_NOT_DISTURB" => Some(Presence::DoNotDisturb),
                    _ => None,
                },
                raw: (*word).to_owned().into(),
            }),
            note: Some(note.join(" ").into()),
            ..extension(number, stamp)
        }),
        ["extension_agent_status", number, queues @ ..] => Said::AgentStatus(AgentStatusSaid {
            number: (*number).into(),
            at: Some(stamp),
            queues: queues.iter().map(|pair| pair.split_once('=').unwrap()).map(status).collect(),
        }),
        ["queue_caller_status", queue, call, reason, rest @ ..] => Said::QueueCallers(QueueCallersSaid {
            queue: (*queue).into(),
            callers: vec![caller(call, reason, stamp, rest)],
        }),
        ["queue_agent_status", queue, "removed", number] => Said::QueueAgents(QueueAgentsSaid {
            queue: (*queue).into(),
            updated: vec![],
            removed: vec![(*number).into()],
            at: Some(stamp),
        }),
        ["queue_agent_status", queue, number, rest @ ..] => Said::QueueAgents(QueueAgentsSaid {
            queue: (*queue).into(),
            updated: vec![agent(number, rest, stamp)],
            removed: vec![],
            at: None,
        }),
        ["queue_sla_breached", queue, caller] => Said::SlaBreach(SlaBreachSaid {
            queue: (*queue).into(),
            caller: Some((*caller).into()),
            breached: None,
            target_s: Some(10),
            waiting: None,
            at: Some(stamp),
        }),
        ["queue_status", queue, number, name, lists @ ..] => queue_status(queue, number, name, lists),
        other => panic!("the stories have no {other:?}"),
    };
    Content::Events(vec![Event { name: words[0].to_owned().into(), pbx_tenant: Some("700".into()), said }])
}

fn extension(number: &str, stamp: UnixMillis) -> ExtensionSaid {
    let at = Some(stamp);
    ExtensionSaid {
        number: number.into(),
        at,
        call: None,
        online: None,
        push: None,
        presence: None,
        note: None,
    }
}

fn option<'a>(rest: &[&'a str], name: &str) -> Option<&'a str> {
    rest.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

fn about(call: &str, stamp: UnixMillis, direction: &str, from: &str, to: &str, rest: &[&str]) -> CallSaid {
    let party = |number: &str, name: Option<&str>| PartySaid {
        number: Some(number).filter(|number| *number != "-").map(Number::from),
        name: name.map(Text::from),
    };
    CallSaid {
        call: Some(call.into()),
        at: Some(stamp),
        direction: Direction::ALL.iter().copied().find(|known| known.as_str() == direction),
        from: party(from, option(rest, "from")),
        to: party(to, option(rest, "to")),
        did: option(rest, "did").map(Text::from),
        outbound_caller_id: None,
        trunk: option(rest, "trunk").map(Text::from),
        user_data: None,
    }
}

fn leg(event: &str, call: &str, address: &str, stamp: UnixMillis) -> TargetSaid {
    TargetSaid {
        call: Some(call.into()),
        at: Some(stamp),
        phase: match event {
            "cdr_target_add" => Phase::Added,
            "cdr_target_ringing" => Phase::Ringing,
            "cdr_target_answer" => Phase::Answered,
            "cdr_target_noanswer" => Phase::NoAnswer,
            "cdr_target_fail" => Phase::Failed,
            "cdr_target_end" => Phase::Ended,
            other => panic!("the stories have no {other}"),
        },
        address: address.into(),
        number: address.split('@').next().unwrap().into(),
        about: CallSaid { call: Some(call.into()), at: Some(stamp), ..CallSaid::default() },
    }
}

fn state(word: &str) -> Word<AgentState> {
    let known = AgentState::ALL.iter().copied().find(|known| known.as_str() == word.to_lowercase());
    Word { known, raw: word.to_owned().into() }
}

fn status((queue, word): (&str, &str)) -> (Number, Word<AgentState>, Option<Text>) {
    let (word, reason) =
        word.split_once(':').map_or((word, None), |(word, reason)| (word, Some(Text::from(reason))));
    (queue.into(), state(word), reason)
}

/// `call reason [position=1] [number=…] [name=…] [kind=callback]`
fn caller(call: &str, reason: &str, stamp: UnixMillis, rest: &[&str]) -> CallerSaid {
    CallerSaid {
        call: call.into(),
        at: Some(stamp),
        reason: match reason {
            "enqueue" => CallerReason::Enqueue,
            "callback" => CallerReason::Callback,
            "agent_answered" => CallerReason::Answered,
            "hangup" => CallerReason::Hangup,
            "overflow" => CallerReason::Overflow,
            other => CallerReason::Other(other.into()),
        },
        position: option(rest, "position").map(|position| position.parse().unwrap()),
        number: option(rest, "number").map(Number::from),
        name: option(rest, "name").map(Text::from),
        kind: option(rest, "kind").map(|kind| match kind {
            "callback" => CallerKind::Callback,
            _ => CallerKind::Normal,
        }),
    }
}

/// `number STATE [call [with]]`
fn agent(number: &str, rest: &[&str], stamp: UnixMillis) -> AgentSaid {
    AgentSaid {
        number: number.into(),
        at: Some(stamp),
        state: state(rest[0]),
        call: rest.get(1).map(|call| (*call).into()),
        with_number: rest.get(2).map(|number| (*number).into()),
        with_name: None,
        reason: None,
    }
}

/// `queue number name [waiting A@5 B@6:callback] [agents 102=READY@3]`
fn queue_status(queue: &str, number: &str, name: &str, lists: &[&str]) -> Said {
    let (mut waiting, mut agents, mut list) = (None, None, "");
    for word in lists {
        match *word {
            "waiting" => waiting = Some(Vec::new()),
            "agents" => agents = Some(Vec::new()),
            entry => {
                let (what, when) = entry.split_once('@').unwrap();
                let (when, kind) = when.split_once(':').unwrap_or((when, "normal"));
                let stamp = at(when.parse().unwrap());
                if list == "waiting" {
                    let kind = format!("kind={kind}");
                    waiting.as_mut().unwrap().push(caller(what, "enqueue", stamp, &[&kind]));
                } else {
                    let (number, state) = what.split_once('=').unwrap();
                    agents.as_mut().unwrap().push(self::agent(number, &[state], stamp));
                }
                continue;
            }
        }
        list = word;
    }
    Said::QueueStatus(QueueStatusSaid {
        queue: queue.into(),
        number: Some(number).filter(|number| *number != "-").map(Number::from),
        name: Some(name).filter(|name| *name != "-").map(Text::from),
        at: None,
        waiting,
        agents,
    })
}

/// `extension:102:Alice:Sales`, `queue:8000:Support::Q1`
fn directory(lines: &[&str]) -> Admin {
    let entry = |line: &&str| {
        let mut parts = line.split(':');
        let kind = match parts.next().unwrap() {
            "extension" => NumberKind::Extension,
            "queue" => NumberKind::Queue,
            "group" => NumberKind::Group,
            _ => NumberKind::Ivr,
        };
        DirectoryEntry {
            kind,
            number: parts.next().unwrap().into(),
            name: parts.next().unwrap_or_default().into(),
            department: parts.next().unwrap_or_default().into(),
            queue: parts.next().map(Into::into),
        }
    };
    Admin::Directory { entries: lines.iter().map(entry).collect() }
}

/// `tenant=700 8000=20`: the PBX's tenant, and queues' targets in seconds.
fn settings(lines: &[&str]) -> Admin {
    let targets = lines.iter().filter_map(|line| line.split_once('=')).filter(|(key, _)| *key != "tenant");
    Admin::Settings(Settings {
        pbx_tenant: option(lines, "tenant").map(Into::into),
        queues: targets
            .map(|(number, seconds)| QueueSettings {
                number: Some(number.into()),
                queue: None,
                target_s: Some(seconds.parse().unwrap()),
                ..QueueSettings::default()
            })
            .collect(),
    })
}

/// A board's rows as text, a line each, its key in the first two words; times are story seconds.
pub fn picture(board: &Board) -> Vec<String> {
    board.rows().iter().map(line).collect()
}

fn line(row: &Row) -> String {
    let since =
        |moment: Option<UnixMillis>| moment.map_or(String::new(), |moment| format!("@{}", second(moment)));
    let mut words: Vec<String> = vec![row.kind().as_str().into(), row.id().into()];
    let mut say = |word: String| words.push(word);
    match row {
        Row::Extension(row) => {
            row.name.iter().for_each(|name| say(format!("'{name}'")));
            row.online.iter().for_each(|word| say(format!("{}{}", word.as_str(), since(row.online_since))));
            row.call.iter().for_each(|word| say(format!("{}{}", word.as_str(), since(row.call_since))));
            let presence = row
                .presence
                .map(|word| word.as_str().to_owned())
                .or_else(|| row.presence_raw.as_ref().map(ToString::to_string));
            if let Some(word) = presence {
                say(format!("{word}{}", since(row.presence_since)));
            }
            row.note.iter().for_each(|note| say(format!("({note})")));
            row.calls.iter().for_each(|call| say(format!("in {call}")));
        }
        Row::Queue(row) => {
            row.number.iter().for_each(|number| say(number.to_string()));
            row.name.iter().for_each(|name| say(format!("'{name}'")));
            say(format!("waiting {}{}", row.waiting, since(row.longest_since)));
            (row.callbacks > 0).then(|| say(format!("callbacks {}", row.callbacks)));
            for state in AgentState::ALL {
                let count = row.agents.get(*state);
                (count > 0).then(|| say(format!("{} {count}", state.as_str())));
            }
            row.target_s.iter().for_each(|seconds| say(format!("target {seconds}")));
        }
        Row::Caller(row) => {
            say(format!("{}{}", row.kind.as_str(), since(row.since)));
            row.position.iter().for_each(|position| say(format!("#{position}")));
            row.number.iter().for_each(|number| say(number.to_string()));
            row.name.iter().for_each(|name| say(format!("'{name}'")));
        }
        Row::Agent(row) => {
            row.name.iter().for_each(|name| say(format!("'{name}'")));
            say(format!("{}{}", row.state.as_str(), since(row.since)));
            row.reason.iter().for_each(|reason| say(format!("({reason})")));
            row.call.iter().for_each(|call| say(format!("in {call}")));
            row.with_number.iter().for_each(|number| say(format!("with {number}")));
        }
        Row::Course(_) => {}
        Row::Call(row) => {
            row.direction.iter().for_each(|word| say(word.as_str().into()));
            let party = |number: Option<&Number>, name: Option<&Text>| {
                format!(
                    "{}{}",
                    number.map_or("-", Number::as_str),
                    name.map_or(String::new(), |name| format!("'{name}'"))
                )
            };
            let from = party(row.from.number.as_ref(), row.from.name.as_ref());
            say(format!("{from}->{}", party(row.to.number.as_ref(), row.to.name.as_ref())));
            row.did.iter().for_each(|did| say(format!("did {did}")));
            row.trunk.iter().for_each(|trunk| say(format!("trunk {trunk}")));
            say(format!("{}{}", row.state.as_str(), since(row.started)));
            row.queue.iter().for_each(|queue| say(format!("queue {queue}")));
            for leg in &row.legs {
                let about = if leg.approximate { "~" } else { "" };
                say(format!("{}:{} {}{about}{}", leg.id, leg.number, leg.phase.as_str(), since(leg.since)));
            }
        }
    }
    words.join(" ")
}

/// Plays a story and looks at the board at the seconds that `pictures` names. Each line of a picture is a row as
/// [`picture`] writes it, or `no kind id`; rows that it does not name may be as they are.
pub fn check_in(dialect: Dialect, story: &str, pictures: &str) {
    let told = tell(story, dialect);
    assert!(told.is_sorted_by_key(|told| told.second), "a story is told in order");
    let mut board = Board::new();
    let mut rest = told.iter().zip(1..).peekable();
    for expected in pictures.split(['|', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (now, expected) = expected.split_once(' ').unwrap();
        let now: i64 = now.parse().unwrap();
        while let Some((told, seq)) = rest.next_if(|(told, _)| told.second <= now) {
            board.apply(&told.entry(seq, at(told.second), Some(Skew(0))));
        }
        let lines = picture(&board);
        let expected = expected.trim();
        if let Some(key) = expected.strip_prefix("no ") {
            let row = lines.iter().find(|line| line.starts_with(&format!("{key} ")));
            assert_eq!(row, None, "at {now}");
        } else {
            let key: Vec<&str> = expected.splitn(3, ' ').take(2).collect();
            let row = lines.iter().find(|line| line.starts_with(&format!("{} {}", key[0], key[1])));
            assert_eq!(row.map(String::as_str), Some(expected), "at {now}; the board:\n{}", lines.join("\n"));
        }
    }
}

/// [`check_in`], with true times.
pub fn check(story: &str, pictures: &str) {
    check_in(Dialect::True, story, pictures);
}
