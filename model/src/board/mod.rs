//! The board: the state of one tenant, folded from its entries.
//!
//! The PBX stamps some facts and not others, in whole seconds, and its deliveries come in any order, twice, or a day late.
//! So the board keeps sets of facts, each with the moment at which it was true, and derives its rows from the sets. What
//! is in a set does not depend on when it came, so neither does a row. `docs/fold.md` has the rules and what they promise.
//!
//! In reading order:
//! - `register`, `latest`: points, and the registers that they make.
//! - `hear`: an entry's events become facts; `admin`: an administrator's word does.
//! - `settle`: the rows that those facts may concern are derived anew, and those that differ are the changes (`change`); `blank`: new ones.
//! - `extension`, `call` with its `leg`s (`legs`: what they come to), `queue` with its `heading` and `home`, `caller`, `agent`, `person`, `answers`:
//!   facts and rows of each; `figures`: what visits come to; `joint`: ids of rows that are of two things. `directory`, `names`: names.
//! - `clock`: what passing time does; `forget`: what leaves for good. `news`: silence.
//! - `past`: what is over, for the history; `record`: what a call's record adds to it. `table`: ids and places.
//!
//! Invariants
//! - Same entries in the same order, same rows, `rev` included, on every build and in the browser: what decides is ordered.
//! - Any order and repetition of the same entries gives the same rows but for `rev`.
//! - An event costs what it concerns, never a walk over the board; a new directory, a renamed extension and a queue's number
//!   that changes hands are the exceptions, and so are the clock's entries.
//! - Serialised, read and gone on with, a board is the same board.
//! - All of a call hangs on its `Call`, and is forgotten as one; only what it added to figures stays.
//!
//! Not here: a clock. What time alone decides comes as an entry; [`Board::due`] says which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    entry::{Content, DirectoryEntry, Entry, Settings},
    id::{CallId, Number, PbxTenantId, QueueId},
    metrics::{self, Minute},
    time::UnixMillis,
    wire::{AgentCounts, AgentState, Figures, Row, RowId, RowKind},
};

mod admin;
mod agent;
mod answers;
mod blank;
mod call;
mod caller;
mod change;
mod clock;
mod directory;
mod extension;
mod figures;
mod forget;
mod heading;
mod hear;
mod home;
mod joint;
mod latest;
mod leg;
mod legs;
mod names;
mod news;
mod past;
mod person;
mod queue;
mod record;
mod register;
mod settle;
mod table;

use call::Call;
use directory::{Directory, Newest};
use extension::Extension;
use news::News;
use past::Untold;
use queue::Queue;
use register::Intake;
use settle::Dirty;
use table::{CallAt, ExtensionAt, QueueAt, Table};

pub use past::Past;

/// Which of a person's states in several queues is the person's, the first first.
pub(crate) const PERSON: [AgentState; 8] = [
    AgentState::QueueCall,
    AgentState::OtherCall,
    AgentState::WrapUp,
    AgentState::NotReady,
    AgentState::Ready,
    AgentState::LoggedOut,
    AgentState::Offline,
    AgentState::Unknown,
];
/// How many different names [`Counts`] tells apart.
const NAMES_MAX: usize = 1000;
/// What the rest is counted under.
const OTHER_NAMES: &str = "…";

/// What an entry did to one row.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are rows, and a box would be one more allocation each"
)]
pub enum Change {
    /// The row is new, or differs now.
    Set(Row),
    /// The row is no more.
    Gone(RowId),
}

/// What the fold met and could not use, or used with a doubt. Repeated deliveries are counted again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Two different values of one thing in one second: the one that was heard of later stands.
    pub ties: u64,
    /// Facts without a plausible time of their own: they stand as of their receipt.
    pub untimed: u64,
    /// Events of a call that don't say of which.
    pub without_call: u64,
    /// Events of another tenant of the PBX than the one that is configured. They changed nothing.
    pub foreign: u64,
    /// Events of a call that was forgotten, more than 26 h late. They changed nothing.
    pub too_old: u64,
    /// Calls that were forgotten because there were more than 50,000.
    pub shed: u64,
    /// Events by the PBX's tenant, configured or not.
    pub pbx_tenants: BTreeMap<PbxTenantId, u64>,
    /// Events that this version does not know or has no use for, by name. Past 1,000 names the rest is under `…`.
    pub unknown: BTreeMap<String, u64>,
}

impl Counts {
    fn saw_tenant(&mut self, tenant: &PbxTenantId) {
        count(&mut self.pbx_tenants, tenant);
    }

    fn saw_unknown(&mut self, name: &str) {
        count(&mut self.unknown, name);
    }
}

/// Counts a name, without letting a sender of ever new names fill the memory.
fn count<K, Q>(names: &mut BTreeMap<K, u64>, name: &Q)
where
    K: Ord + std::borrow::Borrow<str> + for<'a> From<&'a str>,
    Q: std::borrow::Borrow<str> + ?Sized,
{
    let name: &str = name.borrow();
    if let Some(times) = names.get_mut(name) {
        *times += 1;
    } else {
        let name = if names.len() < NAMES_MAX { name } else { OTHER_NAMES };
        *names.entry(name.into()).or_default() += 1;
    }
}

/// The state of one tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Board {
    extensions: Table<Number, ExtensionAt, Extension>,
    queues: Table<QueueId, QueueAt, Queue>,
    calls: Table<CallId, CallAt, Call>,
    directory: Directory,
    /// What the PBX calls numbers of which no event tells a name.
    #[serde(default)]
    numbers: Directory,
    settings: Option<Newest<Settings>>,
    /// Where the figures' windows stand.
    minute: Option<Minute>,
    /// Calls of before this are not made anew.
    forgotten_before: Option<UnixMillis>,
    evidence: Evidence,
    counts: Counts,
    /// What is over and not taken yet, where somebody takes it.
    #[serde(skip)]
    untold: Option<Untold>,
    /// Empty between entries; kept for its room.
    #[serde(skip)]
    dirty: Dirty,
}

/// How many finished calls speak for, and against, target events that bear the call's start instead of their own time.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Evidence {
    speaks_for: usize,
    speaks_against: usize,
}

impl Evidence {
    const fn frozen(self) -> bool {
        self.speaks_for > self.speaks_against
    }

    const fn of(&mut self, verdict: Option<bool>) -> Option<&mut usize> {
        match verdict {
            Some(true) => Some(&mut self.speaks_for),
            Some(false) => Some(&mut self.speaks_against),
            None => None,
        }
    }

    fn replace(&mut self, before: Option<bool>, now: Option<bool>) {
        if before == now {
            return;
        }
        if let Some(calls) = self.of(before) {
            *calls -= 1;
        }
        if let Some(calls) = self.of(now) {
            *calls += 1;
        }
    }
}

impl Board {
    /// A board that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Folds one entry. Returns the rows that it changed, each at most once, with the entry's number as their `rev`.
    pub fn apply(&mut self, entry: &Entry) -> Vec<Change> {
        let mut dirty = std::mem::take(&mut self.dirty);
        match &entry.content {
            Content::Events(events) => {
                let mut intake = Intake::of(entry);
                for event in events {
                    self.hear(event, &mut intake, &mut dirty);
                }
                self.counts.ties += intake.ties;
                self.counts.untimed += intake.untimed;
            }
            Content::Admin(admin) => self.hear_admin(admin, entry.received, &mut dirty),
            Content::Clock(clock) => self.hear_clock(clock, entry.received, &mut dirty),
        }
        let mut changes = self.settle(&mut dirty, entry.seq);
        if self.calls.len() > forget::CALLS_MAX + forget::CALLS_STEP {
            changes.extend(self.shed(&mut dirty));
            changes.extend(self.settle(&mut dirty, entry.seq));
            changes = change::last_of_each(changes);
        }
        self.dirty = dirty;
        changes
    }

    /// Every row, in order of kind and id.
    pub fn rows(&self) -> Vec<Row> {
        let mut extensions = Vec::new();
        let mut queues = Vec::new();
        let mut callers = Vec::new();
        let mut agents = Vec::new();
        let mut calls = Vec::new();
        let mut courses = Vec::new();
        for (_, _, extension) in self.extensions.iter() {
            extensions.extend(extension.shown.iter().map(|row| Row::Extension((**row).clone())));
        }
        for (_, _, queue) in self.queues.iter() {
            queues.extend(queue.shown.iter().map(|row| Row::Queue((**row).clone())));
            courses.extend(queue.course_shown.iter().map(|row| Row::Course((**row).clone())));
            let shown = queue.agents_shown.values().filter_map(|shown| shown.row.as_ref());
            agents.extend(shown.map(|row| Row::Agent((**row).clone())));
        }
        for (_, _, call) in self.calls.iter() {
            calls.extend(call.shown.iter().map(|row| Row::Call((**row).clone())));
            let shown = call.shown_stays.iter().filter_map(|shown| shown.row.as_ref());
            callers.extend(shown.map(|row| Row::Caller((**row).clone())));
        }
        let mut rows = Vec::new();
        for mut table in [extensions, queues, callers, agents, calls, courses] {
            table.sort_unstable_by(|a, b| a.id().cmp(b.id()));
            rows.append(&mut table);
        }
        rows
    }

    /// One row.
    pub fn row(&self, id: &RowId) -> Option<Row> {
        let RowId(kind, id) = id;
        match kind {
            RowKind::Extension => self.extensions.named(id)?.shown.as_deref().cloned().map(Row::Extension),
            RowKind::Queue => self.queues.named(id)?.shown.as_deref().cloned().map(Row::Queue),
            RowKind::Course => self.queues.named(id)?.course_shown.as_deref().cloned().map(Row::Course),
            RowKind::Call => self.calls.named(id)?.shown.as_deref().cloned().map(Row::Call),
            RowKind::Caller => {
                let (queue, call) = joint::parts(id)?;
                let queue = self.queues.find(&queue)?;
                let stays = &self.calls.named(call)?.shown_stays;
                let row = stays.iter().find(|shown| shown.queue == queue)?.row.as_deref();
                row.cloned().map(Row::Caller)
            }
            RowKind::Agent => {
                let (queue, number) = joint::parts(id)?;
                let number = self.extensions.find(number)?;
                let shown = self.queues.named(&queue)?.agents_shown.get(&number)?;
                shown.row.as_deref().cloned().map(Row::Agent)
            }
        }
    }

    /// The tenant's figures: all queues that have a row as one; `None` before the first minute entry. It reads all of today's
    /// waits, so it is for a question, not for every change.
    pub fn figures(&self) -> Option<Figures> {
        let queues = self.queues.iter().filter(|(.., queue)| queue.heading.shown);
        metrics::total(queues.map(|(.., queue)| (&queue.ledger, &queue.heading.rules)))
    }

    /// The newest settings that an administrator's entry gave.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().map(|newest| &newest.value)
    }

    /// The newest directory that an administrator's entry gave.
    pub fn directory(&self) -> Option<&[DirectoryEntry]> {
        self.directory.entries()
    }

    /// What the PBX calls its ring groups and voice menus, as it was asked last.
    pub fn numbers(&self) -> Option<&[DirectoryEntry]> {
        self.numbers.entries()
    }

    /// Agents as persons: each number once over all its queues, by the state that says most of what it does.
    pub fn persons(&self) -> AgentCounts {
        let mut states: BTreeMap<ExtensionAt, AgentState> = BTreeMap::new();
        for (_, _, queue) in self.queues.iter() {
            for (number, shown) in &queue.agents_shown {
                let Some(row) = &shown.row else { continue };
                let state = states.entry(*number).or_insert(row.state);
                if PERSON.iter().position(|known| *known == row.state)
                    < PERSON.iter().position(|known| known == state)
                {
                    *state = row.state;
                }
            }
        }
        let mut persons = AgentCounts::default();
        for state in states.into_values() {
            *persons.get_mut(state) += 1;
        }
        persons
    }

    /// The newest minute that a clock's entry gave.
    pub fn minute(&self) -> Option<UnixMillis> {
        self.minute.map(|minute| minute.t)
    }

    /// The newest horizon that a clock's entry gave, by the PBX's clock.
    pub fn horizon(&self) -> Option<UnixMillis> {
        self.forgotten_before.map(|before| before + forget::KEEP)
    }

    /// Whether any queue has a row: figures are of queues.
    pub fn has_queues(&self) -> bool {
        self.queues.iter().any(|(.., queue)| queue.heading.shown)
    }

    /// Whether any call is known, be it over.
    pub fn has_calls(&self) -> bool {
        self.calls.len() > 0
    }

    /// What could not be used, and what was used with a doubt.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}
