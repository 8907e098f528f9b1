//! Views: which of a tenant's rows a reader asks for.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    id::{Number, QueueId},
    wire::{Row, RowId, RowKind},
};

use crate::live::rows::{Rows, Since};

/// A set of rows by what they are about. As text: `overview`, `queues`, `queue/{number}`, `agents`, `extensions`, `calls`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// All rows.
    Overview,
    /// Queues, waiting callers, agents.
    Queues,
    /// One queue with its callers, its agents, and their calls.
    Queue(Number),
    /// Queues and agents.
    Agents,
    /// Extensions.
    Extensions,
    /// Live calls and waiting callers.
    Calls,
}

/// What happened in a view.
#[derive(Debug, Default)]
pub struct Delta {
    /// Rows that are in the view and are new or differ.
    pub put: Vec<RowId>,
    /// Rows that left.
    pub gone: Vec<RowId>,
}

impl View {
    /// The view of that name; `None` for a name that is none.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "overview" => Self::Overview,
            "queues" => Self::Queues,
            "agents" => Self::Agents,
            "extensions" => Self::Extensions,
            "calls" => Self::Calls,
            _ => Self::Queue(text.strip_prefix("queue/").filter(|number| !number.is_empty())?.into()),
        })
    }

    /// Its name.
    pub fn name(&self) -> String {
        match self {
            Self::Overview => "overview".into(),
            Self::Queues => "queues".into(),
            Self::Queue(number) => format!("queue/{number}"),
            Self::Agents => "agents".into(),
            Self::Extensions => "extensions".into(),
            Self::Calls => "calls".into(),
        }
    }

    /// Whether a tenant with these rows has such a view: a queue's, only where there is the queue.
    pub fn exists(&self, rows: &Rows) -> bool {
        match self {
            Self::Queue(number) => queue(rows, number).is_some(),
            _ => true,
        }
    }

    /// The kinds of which it has all rows; `None` where rows are chosen one by one.
    fn kinds(&self) -> Option<&'static [RowKind]> {
        Some(match self {
            Self::Overview => RowKind::ALL,
            Self::Queues => &[RowKind::Queue, RowKind::Caller, RowKind::Agent],
            Self::Agents => &[RowKind::Queue, RowKind::Agent],
            Self::Extensions => &[RowKind::Extension],
            Self::Calls => &[RowKind::Call, RowKind::Caller],
            Self::Queue(_) => return None,
        })
    }

    /// Every row of it.
    pub fn all(&self, rows: &Rows) -> BTreeSet<RowId> {
        match (self.kinds(), self) {
            (None, Self::Queue(number)) => rows_of_queue(rows, number),
            (kinds, _) => {
                let kinds = kinds.unwrap_or_default();
                rows.all().map(|(id, _)| id).filter(|id| kinds.contains(&id.0)).cloned().collect()
            }
        }
    }

    /// What happened in it `since`; `held` has the rows that were in it before.
    pub fn delta<T>(&self, rows: &Rows, since: Since, held: &BTreeMap<RowId, T>) -> Delta {
        if let Some(kinds) = self.kinds() {
            let of_kinds = |id: &RowId| kinds.contains(&id.0);
            let put = since.changed.into_iter().filter(of_kinds).collect();
            return Delta { put, gone: since.gone.into_iter().filter(|id| held.contains_key(id)).collect() };
        }
        // A call comes and goes with the callers and agents that have it, not with its own row.
        let all = self.all(rows);
        let changed: BTreeSet<RowId> = since.changed.into_iter().collect();
        let put = all.iter().filter(|id| changed.contains(*id) || !held.contains_key(*id)).cloned();
        Delta { put: put.collect(), gone: held.keys().filter(|id| !all.contains(*id)).cloned().collect() }
    }
}

/// The queue of a number; where several have it, the one whose id comes first.
fn queue(rows: &Rows, number: &Number) -> Option<QueueId> {
    rows.of_kind(RowKind::Queue, "").find_map(|(_, shown)| match &shown.row {
        Row::Queue(row) if row.number.as_ref() == Some(number) => Some(row.id.clone()),
        _ => None,
    })
}

fn rows_of_queue(rows: &Rows, number: &Number) -> BTreeSet<RowId> {
    let Some(queue) = queue(rows, number) else { return BTreeSet::new() };
    let mut found = BTreeSet::from([RowId(RowKind::Queue, queue.as_str().into())]);
    let prefix = format!("{queue}/");
    let mut calls = BTreeSet::new();
    for kind in [RowKind::Caller, RowKind::Agent] {
        for (id, shown) in rows.of_kind(kind, &prefix) {
            let call = match &shown.row {
                Row::Caller(row) => Some(row.call.clone()),
                Row::Agent(row) => row.call.clone(),
                _ => None,
            };
            calls.extend(call);
            found.insert(id.clone());
        }
    }
    let calls = calls.into_iter().map(|call| RowId(RowKind::Call, call.as_str().into()));
    found.extend(calls.filter(|id| rows.get(id).is_some()));
    found
}
