//! Views: which of a tenant's rows a reader asks for, of those that it may see.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    id::{Number, QueueId},
    view::Sight,
    wall::WallBoard,
    wire::{Alert, Metric, Row, RowId, RowKind},
};

use crate::live::rows::{Rows, Since};

/// A set of rows by what they are about. As text: `overview`, `queues`, `queue/{number}`, `agents`, `extensions`, `calls`,
/// `wall/{board}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// All rows.
    Overview,
    /// Queues with their courses, waiting callers, agents.
    Queues,
    /// One queue with its course, its callers, its agents, and their calls.
    Queue(Number),
    /// Queues and agents.
    Agents,
    /// Extensions.
    Extensions,
    /// Live calls and waiting callers, with the queues, and the extensions that the calls name.
    Calls,
    /// What the tiles of a wall's board are made of.
    Wall(Wall),
}

/// What a wall's board needs. One whose board has become another is another view of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall {
    /// The view's name, `wall/{board}`.
    name: String,
    /// The kinds of its rows.
    kinds: Vec<RowKind>,
    /// The numbers of its queues; none for all.
    queues: BTreeSet<Number>,
    /// A short hash of all else that the board says: a page that shows an earlier one is to be loaded again.
    edition: u32,
}

impl Wall {
    /// Whether a row is of its queues. Extensions are of none, and so of any.
    fn has(&self, rows: &Rows, row: &Row) -> bool {
        let queue = match row {
            Row::Queue(row) => return row.number.as_ref().is_some_and(|number| self.queues.contains(number)),
            Row::Caller(row) => &row.queue,
            Row::Agent(row) => &row.queue,
            Row::Course(row) => &row.id,
            Row::Extension(_) | Row::Call(_) => return true,
        };
        let queue = RowId(RowKind::Queue, queue.as_str().into());
        rows.get(&queue).is_some_and(|shown| self.has(rows, shown.row()))
    }
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
    /// The view of that name; `None` for a name that is none, and for a wall's, which only its board tells.
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

    /// The view of a wall's board, by its name without `wall/`.
    pub fn of_wall(name: &str, board: &WallBoard) -> Self {
        let kinds = board.rows().into_iter().collect();
        let queues = board.queues.iter().cloned().collect();
        let edition = crc32fast::hash(board.document().as_bytes());
        Self::Wall(Wall { name: format!("wall/{name}"), kinds, queues, edition })
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
            Self::Wall(wall) => wall.name.clone(),
        }
    }

    /// Whether a tenant with these rows has such a view: a queue's, only where there is the queue, and is seen.
    pub fn exists(&self, rows: &Rows, sight: &Sight) -> bool {
        match self {
            Self::Queue(number) => queue(rows, sight, number).is_some(),
            _ => true,
        }
    }

    /// Whether an alert is for those who may see no other view: of a queue that is in it, or of what it shows as a whole.
    pub fn shows(&self, alert: &Alert, has: impl Fn(&RowId) -> bool) -> bool {
        match (&alert.queue, self) {
            (Some(queue), _) => has(&RowId(RowKind::Queue, queue.as_str().into())),
            (None, Self::Queue(_)) => alert.metric == Metric::PbxSilent,
            (None, Self::Wall(board)) => board.queues.is_empty() || alert.metric == Metric::PbxSilent,
            (None, _) => true,
        }
    }

    /// The kinds of which it has all rows; `None` where rows are chosen one by one.
    fn kinds(&self) -> Option<&[RowKind]> {
        Some(match self {
            Self::Overview => RowKind::ALL,
            Self::Queues => &[RowKind::Queue, RowKind::Caller, RowKind::Agent, RowKind::Course],
            Self::Agents => &[RowKind::Queue, RowKind::Agent],
            Self::Extensions => &[RowKind::Extension],
            Self::Wall(wall) if wall.queues.is_empty() => &wall.kinds,
            Self::Calls | Self::Queue(_) | Self::Wall(_) => return None,
        })
    }

    /// Every row of it that is seen.
    pub fn all(&self, rows: &Rows, sight: &Sight) -> BTreeSet<RowId> {
        match (self.kinds(), self) {
            (None, Self::Queue(number)) => rows_of_queue(rows, sight, number),
            (None, Self::Wall(wall)) => rows_of_wall(rows, sight, wall),
            (None, _) => rows_of_calls(rows, sight),
            (kinds, _) => {
                let kinds = kinds.unwrap_or_default();
                let of_kinds = rows.all().filter(|(id, _)| kinds.contains(&id.0));
                of_kinds.filter(|(_, shown)| sight.sees(shown.row())).map(|(id, _)| id.clone()).collect()
            }
        }
    }

    /// What happened in it `since`; `held` has the rows that were in it before.
    pub fn delta<T>(&self, rows: &Rows, sight: &Sight, since: Since, held: &BTreeMap<RowId, T>) -> Delta {
        if let Some(kinds) = self.kinds().filter(|_| sight.sees_all()) {
            let of_kinds = |id: &RowId| kinds.contains(&id.0);
            let put = since.changed.into_iter().filter(of_kinds).collect();
            return Delta { put, gone: since.gone.into_iter().filter(|id| held.contains_key(id)).collect() };
        }
        // A call comes and goes with the callers and agents that have it, not with its own row; and so, where a part is
        // seen, does every row.
        let all = self.all(rows, sight);
        let changed: BTreeSet<RowId> = since.changed.into_iter().collect();
        let put = all.iter().filter(|id| changed.contains(*id) || !held.contains_key(*id)).cloned();
        Delta { put: put.collect(), gone: held.keys().filter(|id| !all.contains(*id)).cloned().collect() }
    }
}

/// The queue of a number that is seen; where several have it, the one whose id comes first.
fn queue(rows: &Rows, sight: &Sight, number: &Number) -> Option<QueueId> {
    let seen = rows.of_kind(RowKind::Queue, "").filter(|(_, shown)| sight.sees(shown.row()));
    seen.map(|(_, shown)| shown.row()).find_map(|row| match row {
        Row::Queue(row) if row.number.as_ref() == Some(number) => Some(row.id.clone()),
        _ => None,
    })
}

/// A call names queues and extensions: whoever reads of it should read their names too.
fn rows_of_calls(rows: &Rows, sight: &Sight) -> BTreeSet<RowId> {
    let mut found = BTreeSet::new();
    for kind in [RowKind::Call, RowKind::Caller, RowKind::Queue] {
        for (id, shown) in rows.of_kind(kind, "").filter(|(_, shown)| sight.sees(shown.row())) {
            found.insert(id.clone());
            if let Row::Call(row) = shown.row() {
                let parties = [&row.from, &row.to].into_iter().filter_map(|party| party.number.as_ref());
                let numbers = parties.chain(row.legs.iter().map(|leg| &leg.number));
                found.extend(numbers.map(|number| RowId(RowKind::Extension, number.as_str().into())));
            }
        }
    }
    let is_there = |id: &RowId| rows.get(id).is_some_and(|shown| sight.sees(shown.row()));
    found.retain(|id| id.0 != RowKind::Extension || is_there(id));
    found
}

/// What the tiles need of the board's queues.
fn rows_of_wall(rows: &Rows, sight: &Sight, wall: &Wall) -> BTreeSet<RowId> {
    let of_kinds = wall.kinds.iter().flat_map(|kind| rows.of_kind(*kind, ""));
    let seen = of_kinds.filter(|(_, shown)| sight.sees(shown.row()) && wall.has(rows, shown.row()));
    seen.map(|(id, _)| id.clone()).collect()
}

/// A queue that is seen brings its course, its callers, its agents and their calls: they are seen too.
fn rows_of_queue(rows: &Rows, sight: &Sight, number: &Number) -> BTreeSet<RowId> {
    let Some(queue) = queue(rows, sight, number) else { return BTreeSet::new() };
    let mut found = BTreeSet::from([RowId(RowKind::Queue, queue.as_str().into())]);
    let course = RowId(RowKind::Course, queue.as_str().into());
    found.extend(rows.get(&course).map(|_| course));
    let prefix = format!("{queue}/");
    let mut calls = BTreeSet::new();
    for kind in [RowKind::Caller, RowKind::Agent] {
        for (id, shown) in rows.of_kind(kind, &prefix) {
            let call = match shown.row() {
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
