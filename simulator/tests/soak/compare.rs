//! The board's rows beside the PBX's truth, cell by cell.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    board::Board,
    entry::Settings,
    id::{Number, Text},
    time::{Millis, UnixMillis},
    wire::{
        AgentRow, AgentState, CallRow, CallerRow, ExtensionRow, Leg, Party, QueueRow, Row, RowKind,
        WindowFigures,
    },
};
use simulator::{
    call::Stamp,
    dialect::{Language, TimeOf},
    truth::{self, LegPhase, Truth},
};

/// What is compared: all cells that docs/fold.md promises in these circumstances.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a list of what is looked at, each by itself")]
pub struct Scope {
    /// How the PBX speaks.
    pub language: Language,
    /// The PBX's clock minus ours, in ms.
    pub ahead: i64,
    /// Places in queues. `queue_status` repeats a caller's second with another place: a tie, which only the order of arrival
    /// decides.
    pub positions: bool,
    /// Since when an extension's cells are so. A snapshot after lost events does not tell.
    pub extensions_since: bool,
    /// Live calls, and what follows from them.
    pub calls: bool,
    /// Today's figures.
    pub figures: bool,
}

/// Every difference, a line each.
pub fn differences(truth: &Truth, board: &Board, scope: Scope) -> Vec<String> {
    let unclear = if scope.language.time == TimeOf::CallStart { unclear(truth) } else { BTreeSet::new() };
    let mut judge = Judge { scope, unclear, found: Vec::new(), row: String::new() };
    let mut rows: BTreeMap<(RowKind, String), Row> = BTreeMap::new();
    for row in board.rows() {
        rows.insert((row.kind(), row.id().to_owned()), row);
    }
    for (number, extension) in &truth.extensions {
        match rows.remove(&(RowKind::Extension, number.clone())) {
            Some(Row::Extension(row)) => judge.extension(extension, &row),
            _ => judge.found.push(format!("extension {number} has no row")),
        }
    }
    for (id, queue) in &truth.queues {
        match rows.remove(&(RowKind::Queue, id.clone())) {
            Some(Row::Queue(row)) => {
                let knows = |settings: &Settings| {
                    settings.queues.iter().any(|known| known.queue.as_ref() == Some(&row.id))
                };
                judge.queue(queue, board.settings().is_some_and(knows), &row);
            }
            _ => judge.found.push(format!("queue {id} has no row")),
        }
        for caller in &queue.waiting {
            match rows.remove(&(RowKind::Caller, format!("{id}/{}", caller.session))) {
                Some(Row::Caller(row)) => judge.caller(caller, &row),
                _ => judge.found.push(format!("caller {id}/{} has no row", caller.session)),
            }
        }
        for agent in &queue.agents {
            match rows.remove(&(RowKind::Agent, format!("{id}/{}", agent.number))) {
                Some(Row::Agent(row)) => judge.agent(agent, truth.extensions.get(&agent.number), &row),
                _ => judge.found.push(format!("agent {id}/{} has no row", agent.number)),
            }
        }
    }
    for (session, call) in truth.calls.iter().filter(|_| scope.calls) {
        match rows.remove(&(RowKind::Call, session.clone())) {
            Some(Row::Call(row)) => judge.call(call, &row),
            _ => judge.found.push(format!("call {session} has no row")),
        }
    }
    // A course is compared where its figures are: with the ledger's second implementation.
    let left = rows.into_values().filter(|row| row.kind() != RowKind::Course);
    let left = left.filter(|row| scope.calls || row.kind() != RowKind::Call);
    judge.found.extend(left.map(|row| format!("{} is on the board only: {row:?}", row.row_id())));
    judge.found
}

/// Calls with a device that was invited again and of which no phone says what it does now: that it rings or talks.
fn unclear(truth: &Truth) -> BTreeSet<&str> {
    let unsaid = |leg: &truth::Leg| {
        let said = matches!(leg.phase, LegPhase::Ringing | LegPhase::Answered);
        leg.again && !(said && truth.extensions.contains_key(&leg.number))
    };
    let unclear = truth.calls.values().filter(|call| call.legs.iter().any(unsaid));
    unclear.map(|call| call.session.as_str()).collect()
}

struct Judge<'a> {
    scope: Scope,
    unclear: BTreeSet<&'a str>,
    found: Vec<String>,
    row: String,
}

impl Judge<'_> {
    #[expect(clippy::needless_pass_by_value, reason = "both are made for the comparison")]
    fn same<T: std::fmt::Debug + PartialEq>(&mut self, cell: &str, truth: T, board: T) {
        if truth != board {
            self.found.push(format!("{}: {cell} is {truth:?}, the board says {board:?}", self.row));
        }
    }

    /// Whole seconds of the PBX's clock.
    fn second(&self, moment: UnixMillis) -> u64 {
        u64::try_from((moment.0 + self.scope.ahead).div_euclid(1000)).unwrap_or(0)
    }

    fn since(&mut self, cell: &str, truth: Option<Stamp>, board: Option<UnixMillis>) {
        let board = board.map(|moment| self.second(moment));
        self.same(cell, truth.map(Stamp::seconds), board);
    }

    fn extension(&mut self, truth: &truth::Extension, row: &ExtensionRow) {
        self.row = format!("extension {}", truth.number);
        self.same("number", truth.number.as_str(), row.number.as_str());
        self.same("name", Some(truth.name.as_str()), cell(row.name.as_ref()));
        self.same("department", text(&truth.department), cell(row.department.as_ref()));
        let dialect = self.scope.language.dialect;
        self.same(
            "online",
            truth.online.map(|of| of.value.as_str()),
            row.online.map(model::wire::Online::as_str),
        );
        self.same(
            "call",
            truth.call.map(|of| of.value.as_str()),
            row.call.map(model::wire::ExtensionCall::as_str),
        );
        let presence = truth.presence.map(|of| of.value);
        self.same(
            "presence",
            presence.map(simulator::truth::Presence::as_str),
            row.presence.map(model::wire::Presence::as_str),
        );
        self.same("presence_raw", presence.map(|of| dialect.presence(of)), cell(row.presence_raw.as_ref()));
        if self.scope.extensions_since {
            self.since("online_since", truth.online.map(|of| of.since), row.online_since);
            self.since("call_since", truth.call.map(|of| of.since), row.call_since);
            self.since("presence_since", truth.presence.map(|of| of.since), row.presence_since);
        }
        self.same("note", text(&truth.note), cell(row.note.as_ref()));
        if self.scope.calls {
            let clear = |calls: Vec<&str>| -> BTreeSet<String> {
                let clear = calls.into_iter().filter(|call| !self.unclear.contains(call));
                clear.map(str::to_owned).collect()
            };
            let is = clear(truth.calls.iter().map(String::as_str).collect());
            let says = clear(row.calls.iter().map(model::id::CallId::as_str).collect());
            self.same("calls", is, says);
        }
        self.same("unconfirmed", false, row.unconfirmed);
    }

    /// `known`: to the board's administrator. Of another queue the PBX tells the target when it is missed first.
    fn queue(&mut self, truth: &truth::Queue, known: bool, row: &QueueRow) {
        self.row = format!("queue {}", truth.id);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.same("number", Some(truth.number.as_str()), number(row.number.as_ref()));
        self.same("name", Some(truth.name.as_str()), cell(row.name.as_ref()));
        self.same("waiting", count(truth.on_the_line()), row.waiting);
        self.same("callbacks", count(truth.callbacks()), row.callbacks);
        self.since("longest_since", truth.longest_since(), row.longest_since);
        if known || row.target_s.is_some() {
            self.same("target_s", u32::try_from(truth.target_s).ok(), row.target_s);
        }
        if self.scope.figures {
            self.figures(truth, known, row);
        }
        for state in AgentState::ALL {
            let agents = truth.agents.iter().filter(|agent| agent.state.as_str() == state.as_str());
            self.same(state.as_str(), count(agents.count()), row.agents.get(*state));
        }
    }

    /// Today's, by docs/metrics.md, as far as the PBX counts too.
    fn figures(&mut self, truth: &truth::Queue, known: bool, row: &QueueRow) {
        let tally = &truth.tally;
        let is = WindowFigures {
            offered: tally.answered + tally.abandoned + tally.overflowed,
            answered: tally.answered,
            abandoned: tally.abandoned,
            overflowed: tally.overflowed,
            callbacks: tally.callbacks,
            callbacks_answered: tally.callbacks_answered,
            waits: tally.waits,
            wait_sum_ms: Millis::seconds(i64::try_from(tally.wait_sum_s).unwrap()),
            longest_wait_ms: tally.longest_wait_s.map(|wait| Millis::seconds(i64::try_from(wait).unwrap())),
            answered_in_target: Some(tally.answered_in_target).filter(|_| known),
            ..WindowFigures::default()
        };
        let says = row.figures.as_ref().map(|figures| WindowFigures {
            offered: figures.today.offered,
            answered: figures.today.answered,
            abandoned: figures.today.abandoned,
            overflowed: figures.today.overflowed,
            left_otherwise: figures.today.left_otherwise,
            callbacks: figures.today.callbacks,
            callbacks_answered: figures.today.callbacks_answered,
            waits: figures.today.waits,
            wait_sum_ms: figures.today.wait_sum_ms,
            longest_wait_ms: figures.today.longest_wait_ms,
            answered_in_target: figures.today.answered_in_target.filter(|_| known),
            ..WindowFigures::default()
        });
        self.same("figures", Some(is), says);
    }

    fn caller(&mut self, truth: &truth::Waiting, row: &CallerRow) {
        self.row = format!("caller {}", row.id);
        if self.scope.positions {
            self.same("position", u32::try_from(truth.position_told).ok(), row.position);
        }
        self.same("number", text(&truth.number), number(row.number.as_ref()));
        // Only a full list has names.
        if row.name.is_some() {
            self.same("name", text(&truth.name), cell(row.name.as_ref()));
        }
        self.same("kind", truth.kind.as_str(), row.kind.as_str());
        self.since("since", Some(truth.since), row.since);
        self.same("unconfirmed", false, row.unconfirmed);
    }

    fn agent(&mut self, truth: &truth::Agent, owner: Option<&truth::Extension>, row: &AgentRow) {
        self.row = format!("agent {}", row.id);
        self.same("name", owner.map(|owner| owner.name.as_str()), cell(row.name.as_ref()));
        self.same("state", truth.state.as_str(), row.state.as_str());
        let word = self.scope.language.dialect.agent_state(truth.state, None);
        self.same("raw", Some(truth.reason.as_deref().unwrap_or(word)), cell(row.raw.as_ref()));
        self.same("reason", truth.reason.as_deref(), cell(row.reason.as_ref()));
        self.since("since", Some(truth.since), row.since);
        self.same("call", truth.session.as_deref(), row.call.as_ref().map(model::id::CallId::as_str));
        let with = truth.with.as_deref().filter(|with| !with.is_empty());
        self.same("with", with, number(row.with_number.as_ref()));
    }

    fn call(&mut self, truth: &truth::Call, row: &CallRow) {
        self.row = format!("call {}", truth.session);
        self.same(
            "direction",
            Some(truth.direction.as_str()),
            row.direction.map(model::wire::Direction::as_str),
        );
        self.party("from", &truth.from, &row.from);
        self.party("to", &truth.to, &row.to);
        self.same("did", text(&truth.did), cell(row.did.as_ref()));
        // Only the record of a call that is over names its trunk.
        if row.trunk.is_some() {
            self.same("trunk", text(&truth.trunk), cell(row.trunk.as_ref()));
        }
        self.same("queue", truth.queue.as_deref(), row.queue.as_ref().map(model::id::QueueId::as_str));
        self.since("started", Some(truth.started), row.started);
        self.same("unconfirmed", false, row.unconfirmed);
        if self.unclear.contains(truth.session.as_str()) {
            return;
        }
        self.same("state", truth.state.as_str(), row.state.as_str());
        self.legs(&truth.legs, &row.legs);
    }

    fn party(&mut self, which: &str, truth: &truth::Party, row: &Party) {
        self.same(which, text(&truth.number), number(row.number.as_ref()));
        self.same(&format!("{which}'s name"), text(&truth.name), cell(row.name.as_ref()));
    }

    fn legs(&mut self, truth: &[truth::Leg], row: &[Leg]) {
        let frozen = self.scope.language.time == TimeOf::CallStart;
        let mut is: Vec<_> = truth
            .iter()
            .map(|leg| (leg.number.as_str(), leg.phase.as_str(), Some(leg.since.seconds())))
            .collect();
        let mut says: Vec<_> = row
            .iter()
            .map(|leg| (leg.number.as_str(), leg.phase.as_str(), leg.since.map(|since| self.second(since))))
            .collect();
        if frozen {
            // Neither their order nor their times are told.
            is.iter_mut().chain(&mut says).for_each(|leg| leg.2 = None);
            is.sort_unstable();
            says.sort_unstable();
        }
        if is != says {
            let line = format!("{}: legs are {is:?}, the board says {says:?}", self.row);
            self.found.push(line);
        }
        for (place, leg) in row.iter().enumerate() {
            self.same("leg's id", u32::try_from(place + 1).unwrap_or(0), leg.id);
            if !frozen {
                self.same("leg's approximate", false, leg.approximate);
            }
        }
    }
}

/// A text of the truth's: empty where there is none.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A text of a row's.
fn cell(text: Option<&Text>) -> Option<&str> {
    text.map(Text::as_str)
}

/// A number of a row's.
fn number(number: Option<&Number>) -> Option<&str> {
    number.map(Number::as_str)
}
