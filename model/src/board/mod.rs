//! The board: the state of one tenant, folded from its entries.
//!
//! The PBX stamps some facts and not others, in whole seconds, and its deliveries come in any order, twice, or a day late.
//! So the board keeps sets of facts, each with the moment at which it was true, and derives its rows from the sets. What
//! is in a set does not depend on when it came, so neither does a row. `docs/fold.md` has the rules and what they promise.
//!
//! In reading order:
//! - `register`: points, and the registers that they make.
//! - `hear`: an entry's events become facts.
//! - `settle`: the rows that those facts may concern are derived anew, and those that differ are the changes.
//! - `extension`, `call`, `queue`, `caller`, `agent`: a table each, its facts and its rows. `directory`: names.
//!
//! Invariants
//! - Same entries in the same order, same rows, `rev` included, on every build and in the browser: all maps are ordered.
//! - Any order and repetition of the same entries gives the same rows but for `rev`.
//! - An event costs what it concerns, never a walk over the board; a new directory is the exception.
//!
//! Not here: time that passes. Nothing leaves the board by age; finished calls and visits are kept for events that come
//! late. All of a call hangs on its `Call` and on the entries of its id in `queues` and `extensions`, so that it can be
//! forgotten as one.

use std::collections::BTreeMap;

use crate::{
    entry::{Content, DirectoryEntry, Entry, Settings},
    id::{CallId, Number, PbxTenantId, QueueId},
    wire::{Row, RowId, RowKind},
};

mod register;

mod hear;

mod settle;

mod extension;

mod call;

mod queue;

mod caller;

mod agent;

mod directory;

use call::Call;
use directory::{Directory, Newest};
use extension::Extension;
use queue::Queue;
use register::{Intake, Stamp};
use settle::Dirty;

/// How many different names [`Counts`] tells apart.
const NAMES_MAX: usize = 1000;
/// What the rest is counted under.
const OTHER_NAMES: &str = "…";

/// What an entry did to one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The row is new, or differs now.
    Set(Row),
    /// The row is no more.
    Gone(RowId),
}

/// What the fold met and could not use, or used with a doubt. Repeated deliveries are counted again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Two different values of one thing in one second: the one that was heard of later stands.
    pub ties: u64,
    /// Facts without a plausible time of their own: they stand as of their receipt.
    pub untimed: u64,
    /// Events of a call that don't say of which.
    pub without_call: u64,
    /// Events of another tenant of the PBX than the one that is configured. They changed nothing.
    pub foreign: u64,
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
#[derive(Clone, Debug, Default)]
pub struct Board {
    extensions: BTreeMap<Number, Extension>,
    queues: BTreeMap<QueueId, Queue>,
    calls: BTreeMap<CallId, Call>,
    /// Which ids a queue's number was given with, and when last.
    aliases: BTreeMap<Number, BTreeMap<QueueId, Stamp>>,
    directory: Directory,
    settings: Option<Newest<Settings>>,
    evidence: Evidence,
    counts: Counts,
}

/// How many finished calls speak for, and against, target events that bear the call's start instead of their own time.
#[derive(Clone, Copy, Debug, Default)]
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
        let mut dirty = Dirty::default();
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
        }
        self.settle(dirty, entry.seq)
    }

    /// Every row, in order of kind and id.
    pub fn rows(&self) -> Vec<Row> {
        let queues = || self.queues.values();
        let mut callers: Vec<_> = queues().flat_map(|queue| queue.callers_shown.values()).collect();
        let mut agents: Vec<_> = queues().flat_map(|queue| queue.agents_shown.values()).collect();
        callers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        agents.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let extensions = self.extensions.values().filter_map(|extension| extension.shown.clone());
        let mut rows: Vec<Row> = extensions.map(Row::Extension).collect();
        rows.extend(queues().filter_map(|queue| queue.shown.clone()).map(Row::Queue));
        rows.extend(callers.into_iter().cloned().map(Row::Caller));
        rows.extend(agents.into_iter().cloned().map(Row::Agent));
        rows.extend(self.calls.values().filter_map(|call| call.shown.clone()).map(Row::Call));
        rows
    }

    /// One row.
    pub fn row(&self, id: &RowId) -> Option<Row> {
        let RowId(kind, id) = id;
        // The two parts of such an id may hold a slash themselves.
        let mut parts = id.match_indices('/').map(|(at, _)| (&id[..at], &id[at + 1..]));
        match kind {
            RowKind::Extension => self.extensions.get(&**id)?.shown.clone().map(Row::Extension),
            RowKind::Queue => self.queues.get(&**id)?.shown.clone().map(Row::Queue),
            RowKind::Call => self.calls.get(&**id)?.shown.clone().map(Row::Call),
            RowKind::Caller => parts
                .find_map(|(queue, call)| self.queues.get(queue)?.callers_shown.get(call))
                .map(|row| Row::Caller(row.clone())),
            RowKind::Agent => parts
                .find_map(|(queue, number)| self.queues.get(queue)?.agents_shown.get(number))
                .map(|row| Row::Agent(row.clone())),
        }
    }

    /// The newest settings that an administrator's entry gave.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().map(|newest| &newest.value)
    }

    /// The newest directory that an administrator's entry gave.
    pub fn directory(&self) -> Option<&[DirectoryEntry]> {
        self.directory.entries()
    }

    /// What could not be used, and what was used with a doubt.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}
