//! What both come down to, the reader of a story and a board: `queue Q1 waiting 1@15 callbacks 0 ready 2`.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    board::Board,
    id::{CallId, Number, QueueId},
    time::UnixMillis,
    wire::{AgentRow, AgentState, CallRow, CallerKind, ExtensionRow, Party, Phase, QueueRow, Row},
};

use super::super::{post::SKEW, second};

/// Which of the times of phones and legs a line has: none where they are said to be approximate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    All,
    NotOfLegs,
    None,
}

impl Times {
    pub fn of(self, when: Option<i64>) -> String {
        when.filter(|_| self != Self::None).map_or(String::new(), |second| format!("@{second}"))
    }

    pub fn of_leg(self, when: Option<i64>) -> String {
        self.of(when.filter(|_| self == Self::All))
    }
}

/// A queue, as its row counts it.
#[derive(Clone, Debug, Default)]
pub struct QueueLine {
    pub waiting: usize,
    pub longest: Option<i64>,
    pub callbacks: usize,
    pub agents: BTreeMap<String, usize>,
}

impl QueueLine {
    pub fn caller(&mut self, back: bool, start: Option<i64>) {
        if back {
            self.callbacks += 1;
        } else {
            self.waiting += 1;
            self.longest = [self.longest, start].into_iter().flatten().min();
        }
    }

    pub fn text(&self, queue: &QueueId, times: Times) -> String {
        let agents: String = self.agents.iter().map(|(state, count)| format!(" {state} {count}")).collect();
        let longest = times.of(self.longest);
        format!("queue {queue} waiting {}{longest} callbacks {}{agents}", self.waiting, self.callbacks)
    }
}

pub fn details(call: Option<&CallId>, with: Option<&Number>) -> String {
    let call = call.map_or(String::new(), |call| format!(" in {call}"));
    let with = with.map_or(String::new(), |with| format!(" with {with}"));
    call + &with
}

pub fn leg_line(call: &CallId, number: &Number, phase: Phase, since: Option<i64>, times: Times) -> String {
    format!("call {call} leg {number} {}{}", phase.as_str(), times.of_leg(since))
}

pub fn caller_line(
    queue: &QueueId,
    call: &CallId,
    kind: CallerKind,
    since: &str,
    (position, number, name): (Option<u32>, Option<&Number>, Option<&str>),
) -> String {
    format!("caller {queue}/{call} {}{since} {position:?} {number:?} {name:?}", kind.as_str())
}

/// What the board shows, in the reader's lines. Its deliveries came with [`SKEW`].
pub fn shown(board: &Board, times: Times) -> BTreeSet<String> {
    board
        .rows()
        .iter()
        .flat_map(|row| match row {
            Row::Extension(row) => extension(row, times),
            Row::Queue(row) => vec![queue(row, times)],
            Row::Caller(row) => {
                let about = (row.position, row.number.as_ref(), row.name.as_deref());
                vec![caller_line(&row.queue, &row.call, row.kind, &times.of(pbx(row.since)), about)]
            }
            Row::Agent(row) => vec![agent(row, times)],
            Row::Call(row) => call(row, times),
            Row::Course(_) => vec![],
        })
        .collect()
}

/// A moment that a row shows, as the second of the story.
fn pbx(moment: Option<UnixMillis>) -> Option<i64> {
    moment.map(|moment| second(moment.to_pbx(SKEW)))
}

fn extension(row: &ExtensionRow, times: Times) -> Vec<String> {
    let known = row.presence.map(|word| word.as_str().to_owned());
    let presence = known.or(row.presence_raw.as_ref().map(ToString::to_string));
    let mut says = Vec::new();
    says.extend(row.call.map(|word| format!("{}{}", word.as_str(), times.of_leg(pbx(row.call_since)))));
    says.extend(row.online.map(|word| format!("{}{}", word.as_str(), times.of(pbx(row.online_since)))));
    says.extend(presence.map(|word| format!("says {word}{}", times.of(pbx(row.presence_since)))));
    says.extend(row.note.as_ref().map(|note| format!("notes {note}")));
    says.extend(row.calls.iter().map(|call| format!("in {call}")));
    says.iter().map(|what| format!("extension {} {what}", row.number)).collect()
}

fn queue(row: &QueueRow, times: Times) -> String {
    let counted = |state: &AgentState| (state.as_str().to_owned(), row.agents.get(*state) as usize);
    let line = QueueLine {
        waiting: row.waiting as usize,
        longest: pbx(row.longest_since),
        callbacks: row.callbacks as usize,
        agents: AgentState::ALL.iter().map(counted).filter(|(_, count)| *count > 0).collect(),
    };
    line.text(&row.id, times)
}

fn agent(row: &AgentRow, times: Times) -> String {
    let reason = row.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
    let details = reason + &details(row.call.as_ref(), row.with_number.as_ref());
    let since = times.of(pbx(row.since));
    format!("agent {}/{} {}{since}{details}", row.queue, row.number, row.state.as_str())
}

fn call(row: &CallRow, times: Times) -> Vec<String> {
    let party = |party: &Party| {
        let number = party.number.as_ref().map_or("", Number::as_str);
        format!("{number}'{}'", party.name.as_deref().unwrap_or_default())
    };
    let (state, started) = (row.state.as_str(), times.of(pbx(row.started)));
    let mut line = format!("call {} {state}{started} {} -> {}", row.id, party(&row.from), party(&row.to));
    row.did.iter().for_each(|did| line.push_str(&format!(" did {did}")));
    row.trunk.iter().for_each(|trunk| line.push_str(&format!(" trunk {trunk}")));
    row.queue.iter().for_each(|queue| line.push_str(&format!(" queue {queue}")));
    let legs = row.legs.iter();
    let legs = legs.map(|leg| leg_line(&row.id, &leg.number, leg.phase, pbx(leg.since), times));
    legs.chain([line]).collect()
}
