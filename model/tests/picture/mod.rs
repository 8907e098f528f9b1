//! A decoded body as lines that a person can hold against the PBX's page.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fmt::{Debug, Display, Write};

use model::{
    event::{
        AgentSaid, CallSaid, CallerReason, CallerSaid, CdrSaid, CdrTargetSaid, Decoded, Event, Managed,
        PartySaid, Problem, Said, Word,
    },
    id::Text,
    time::UnixMillis,
};

/// A line an event, an indented line a part of it, then a line a problem.
pub fn picture(decoded: &Decoded) -> Vec<String> {
    decoded.events.iter().flat_map(event).chain(decoded.problems.iter().map(problem)).collect()
}

fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Field { event, field, expected } => format!("odd {event} {field}: {expected}"),
        Problem::Missing { event, field } => format!("missing {event} {field}"),
        Problem::UnknownEvent { name } => format!("unknown {name}"),
        Problem::UnknownField { event, field } => format!("unknown field {event} {field}"),
        Problem::NotJson { offset } => format!("not JSON at {offset}"),
        Problem::NotUtf8 { offset } => format!("not UTF-8 at {offset}"),
        Problem::NotAnEvent => "not an event".to_owned(),
        Problem::NoType => "no type".to_owned(),
        other => other.to_string(),
    }
}

struct Line(String);

impl Line {
    fn new(start: impl Display) -> Self {
        Self(start.to_string())
    }

    fn add(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            write!(self.0, " {name}={value}").unwrap();
        }
        self
    }

    fn quoted(self, name: &str, value: Option<&Text>) -> Self {
        self.add(name, value.map(|value| format!("{value:?}")))
    }

    fn at(self, name: &str, time: Option<UnixMillis>) -> Self {
        self.add(name, time.map(seconds))
    }

    fn party(mut self, name: &str, party: &PartySaid) -> Self {
        self = self.add(name, party.number.as_ref());
        if let Some(name) = &party.name {
            write!(self.0, " {name:?}").unwrap();
        }
        self
    }

    fn call(self, said: &CallSaid) -> Self {
        self.add("direction", said.direction.map(model::wire::Direction::as_str))
            .party("from", &said.from)
            .party("to", &said.to)
            .add("did", said.did.as_ref())
            .add("outbound", said.outbound_caller_id.as_ref())
            .quoted("trunk", said.trunk.as_ref())
            .quoted("data", said.user_data.as_ref())
    }

    fn debug<T: Debug + Copy>(self, name: &str, word: Option<&Word<T>>) -> Self {
        self.add(
            name,
            word.map(|it| {
                format!("{}({})", it.known.map_or("?".into(), |known| format!("{known:?}")), it.raw)
            }),
        )
    }
}

fn seconds(time: UnixMillis) -> String {
    let (seconds, millis) = (time.0 / 1000, time.0 % 1000);
    if millis == 0 { seconds.to_string() } else { format!("{seconds}.{millis:03}") }
}

fn word<T: Copy>(word: &Word<T>, ours: fn(T) -> &'static str) -> String {
    format!("{}({})", word.known.map_or("?", ours), word.raw)
}

fn event(event: &Event) -> Vec<String> {
    let line = Line::new(&event.name).add("tenant", event.pbx_tenant.as_ref());
    let (line, parts) = match &event.said {
        Said::Extension(said) => (
            line.add("extension", Some(&said.number))
                .at("at", said.at)
                .add("call", said.call.as_ref().map(|call| word(call, model::wire::ExtensionCall::as_str)))
                .add("online", said.online)
                .add("push", said.push)
                .add("presence", said.presence.as_ref().map(|it| word(it, model::wire::Presence::as_str)))
                .quoted("note", said.note.as_ref()),
            vec![],
        ),
        Said::AgentStatus(said) => {
            let queues = said.queues.iter().map(|(queue, state, reason)| {
                let reason = reason.as_ref().map_or(String::new(), |reason| format!("/{reason}"));
                format!("{queue}:{}{reason}", word(state, model::wire::AgentState::as_str))
            });
            let queues = queues.collect::<Vec<_>>().join(",");
            (line.add("agent", Some(&said.number)).at("at", said.at).add("queues", Some(queues)), vec![])
        }
        Said::QueueStatus(said) => {
            let line = line.add("queue", Some(&said.queue)).add("number", said.number.as_ref());
            let waiting = said.waiting.iter().flatten().map(|it| caller("waits", it));
            let parts = waiting.chain(said.agents.iter().flatten().map(agent)).collect();
            let lost = |is_none: bool| is_none.then_some("none");
            let line = line.quoted("name", said.name.as_ref()).at("at", said.at);
            (
                line.add("waiting", lost(said.waiting.is_none())).add("agents", lost(said.agents.is_none())),
                parts,
            )
        }
        Said::QueueCallers(said) => (
            line.add("queue", Some(&said.queue)),
            said.callers.iter().map(|it| caller("caller", it)).collect(),
        ),
        Said::QueueAgents(said) => {
            let removed = said.removed.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let line = line.add("queue", Some(&said.queue)).at("at", said.at);
            let line = line.add("removed", (!removed.is_empty()).then_some(removed));
            (line, said.updated.iter().map(agent).collect())
        }
        Said::SlaBreach(said) => (
            line.add("queue", Some(&said.queue))
                .at("at", said.at)
                .add("caller", said.caller.as_ref())
                .add("breached", said.breached)
                .add("target", said.target_s)
                .add("waiting", said.waiting),
            vec![],
        ),
        Said::QueueManaged(said) => {
            let line = line.add("number", Some(&said.number)).add("is", Some(managed(said.what)));
            (line.at("at", said.at), vec![])
        }
        Said::ExtensionManaged(said) => (
            line.add("extension", Some(&said.number))
                .add("is", Some(managed(said.what)))
                .quoted("name", said.name.as_ref())
                .quoted("department", said.department.as_ref())
                .add("enabled", said.enabled)
                .at("at", said.at),
            vec![],
        ),
        Said::CallOver(said) => {
            assert_eq!((&said.about.call, said.about.at), (&said.call, said.at));
            (line.add("over", said.call.as_ref()).at("at", said.at).call(&said.about), vec![])
        }
        Said::CallStart(said) | Said::CallUpdate(said) => {
            (line.add("call", said.call.as_ref()).at("at", said.at).call(said), vec![])
        }
        Said::Target(said) => {
            assert_eq!((&said.about.call, said.about.at), (&said.call, said.at));
            let line =
                line.add("call", said.call.as_ref()).at("at", said.at).add("target", Some(&said.address));
            let line = line.add("number", Some(&said.number));
            (Line::new(format!("{} {}", line.0, said.phase.as_str())).call(&said.about), vec![])
        }
        Said::Cdr(said) => (cdr(line, said), said.targets.iter().map(leg).collect()),
        Said::Other => (Line::new(format!("{} other", line.0)), vec![]),
    };
    [vec![line.0], parts].concat()
}

fn managed(what: Managed) -> &'static str {
    match what {
        Managed::Created => "created",
        Managed::Updated => "updated",
        Managed::Destroyed => "destroyed",
    }
}

fn cdr(line: Line, said: &CdrSaid) -> Line {
    line.add("call", said.about.call.as_ref())
        .add("sip", said.sip_call_id.as_ref())
        .at("at", said.about.at)
        .call(&said.about)
        .at("rang", said.rang)
        .at("answered", said.answered)
        .at("ended", said.ended)
        .debug("status", said.status.as_ref())
        .add("code", said.status_code)
        .debug("reason", said.end_reason.as_ref())
        .add("ring", said.ring_s)
        .add("talk", said.talk_s)
}

/// Number and address, then the four times: invited, rang, answered, ended.
fn leg(it: &CdrTargetSaid) -> String {
    let number = it.number.as_ref().map_or("-", |number| number.as_str());
    let address = it.address.as_deref().unwrap_or("-");
    let times = [it.started, it.rang, it.answered, it.ended];
    let times = times.map(|time| time.map_or("-".to_owned(), seconds)).join(" ");
    Line::new(format!("  leg {number} {address} {times}"))
        .add("from", it.from.as_ref())
        .add("direction", it.direction.map(model::wire::Direction::as_str))
        .debug("type", it.call_type.as_ref())
        .debug("status", it.status.as_ref())
        .add("code", it.status_code)
        .debug("reason", it.end_reason.as_ref())
        .add("ring", it.ring_s)
        .add("talk", it.talk_s)
        .add("did", it.did.as_ref())
        .add("outbound", it.outbound_caller_id.as_ref())
        .quoted("trunk", it.trunk.as_ref())
        .0
}

fn caller(what: &str, it: &CallerSaid) -> String {
    let reason = match &it.reason {
        CallerReason::Other(raw) => format!("left({raw})"),
        known => format!("{known:?}").to_lowercase(),
    };
    let line = Line::new(format!("  {what} {}", it.call)).at("at", it.at);
    Line::new(format!("{} {reason}", line.0))
        .add("position", it.position)
        .add("number", it.number.as_ref())
        .quoted("name", it.name.as_ref())
        .add("kind", it.kind.map(model::wire::CallerKind::as_str))
        .0
}

fn agent(it: &AgentSaid) -> String {
    Line::new(format!("  agent {}", it.number))
        .at("at", it.at)
        .add("state", Some(word(&it.state, model::wire::AgentState::as_str)))
        .add("call", it.call.as_ref())
        .party("with", &PartySaid { number: it.with_number.clone(), name: it.with_name.clone() })
        .add("reason", it.reason.as_ref())
        .0
}
