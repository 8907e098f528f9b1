//! The rows on this page, one signal each: a row that changes redraws what shows that row, and nothing else.

use std::{marker::PhantomData, sync::Arc};

use crate::{
    order,
    signals::{AnySignal, ArcRwSignal, RwSignal},
};
use model::{
    id::{Number, QueueId, Text},
    wire::{AgentRow, CallRow, CallerRow, CourseRow, ExtensionRow, QueueRow, Row, RowId, RowKind},
};

/// A row's id within its table.
pub type Id = Arc<str>;

/// Who is in a table, of whatever kind, by id.
type Rows = Vec<(Id, AnySignal)>;

/// The rows of one kind. Reading the table follows who is in it; reading a row's signal follows that row.
///
/// Rows are `Arc` signals: one made by the feed's task would else live in its owner's arena for as long as the page does.
pub struct Table<T> {
    rows: RwSignal<Rows>,
    /// Counts the frames that changed anything: one signal for who looks at all rows, or looks now and then.
    changes: RwSignal<u64>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Table<T> {}

impl<T: Clone + Send + Sync + 'static> Table<T> {
    fn new() -> Self {
        Self { rows: RwSignal::new(Rows::new()), changes: RwSignal::new(0), kind: PhantomData }
    }

    /// How many rows; follows who is in the table.
    pub fn count(&self) -> usize {
        self.rows.read().len()
    }

    /// The signal of one row; follows who is in the table.
    pub fn get(&self, id: &str) -> Option<ArcRwSignal<T>> {
        find(&self.rows.read(), id).map(AnySignal::of)
    }

    /// The signal of one row; follows nothing.
    pub fn peek(&self, id: &str) -> Option<ArcRwSignal<T>> {
        find(&self.rows.read_untracked(), id).map(AnySignal::of)
    }

    /// All rows, by id; follows who is in the table.
    pub fn all(self) -> Vec<(Id, ArcRwSignal<T>)> {
        self.under("")
    }

    /// Shows each row as it is now, in the order of ids; follows all of them by one signal, so that a sum over thousands is
    /// made once a frame and listens to one thing.
    pub fn each(&self, see: &mut dyn FnMut(&T)) {
        self.changes.track();
        for (_, row) in self.rows.read_untracked().iter() {
            see(&row.of().read_untracked());
        }
    }

    /// The rows whose id begins so, by id; follows who is in the table.
    pub fn under(&self, prefix: &str) -> Vec<(Id, ArcRwSignal<T>)> {
        under(&self.rows.read(), prefix).iter().map(|(id, row)| (id.clone(), row.of())).collect()
    }

    /// Is called again whenever a row comes or goes.
    pub fn track(&self) {
        self.rows.track();
    }

    /// Another number whenever anything has changed; follows nothing.
    pub fn changes(&self) -> u64 {
        self.changes.get_untracked()
    }
}

fn find<'a>(rows: &'a [(Id, AnySignal)], id: &str) -> Option<&'a AnySignal> {
    place(rows, id).ok().map(|place| &rows[place].1)
}

/// Where a row is, or where it would be.
fn place(rows: &[(Id, AnySignal)], id: &str) -> Result<usize, usize> {
    rows.binary_search_by(|(other, _)| (**other).cmp(id))
}

fn under<'a>(rows: &'a [(Id, AnySignal)], prefix: &str) -> &'a [(Id, AnySignal)] {
    let from = rows.partition_point(|(id, _)| **id < *prefix);
    let count = rows[from..].partition_point(|(id, _)| id.starts_with(prefix));
    &rows[from..from + count]
}

/// What came into and went out of a table in one frame.
struct Delta<T> {
    put: Vec<(Id, T)>,
    gone: Vec<Id>,
}

impl<T> Default for Delta<T> {
    fn default() -> Self {
        Self { put: Vec::new(), gone: Vec::new() }
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Table<T> {
    /// Rows that are held get their new value; who is in the table is told at most once a frame.
    fn apply(&self, delta: Delta<T>, only_these: bool) {
        let has_news = !delta.put.is_empty() || !delta.gone.is_empty() || only_these;
        let held = self.rows.read_untracked();
        let mut stay = Rows::new();
        let mut new = Rows::new();
        for (id, row) in delta.put {
            match find(&held, &id) {
                Some(signal) => {
                    let row_signal = signal.of();
                    if *row_signal.read_untracked() != row {
                        row_signal.set(row);
                    }
                    if only_these {
                        stay.push((id, signal.clone()));
                    }
                }
                None => new.push((id, ArcRwSignal::new(row).into())),
            }
        }
        drop(held);
        if only_these {
            only(self.rows, stay, new);
        } else {
            enter(self.rows, new, delta.gone);
        }
        if has_news {
            self.changes.update(|changes| *changes += 1);
        }
    }
}

/// The table is of these rows only. Who follows it is told if it was of others.
fn only(rows: RwSignal<Rows>, stay: Rows, new: Rows) {
    if !new.is_empty() || stay.len() != rows.read_untracked().len() {
        rows.set(order::by_id(&[stay, new].concat()));
    }
}

/// Puts rows in and takes rows out. Who follows the table is told if any did.
fn enter(rows: RwSignal<Rows>, new: Rows, mut gone: Vec<Id>) {
    gone.retain(|id| find(&rows.read_untracked(), id).is_some());
    if new.is_empty() && gone.is_empty() {
        return;
    }
    rows.update(|held| {
        for id in gone {
            if let Ok(place) = place(held, &id) {
                held.remove(place);
            }
        }
        for (id, row) in new {
            if let Err(place) = place(held, &id) {
                held.insert(place, (id, row));
            }
        }
    });
}

/// The six tables of a board.
#[derive(Clone, Copy)]
pub struct Tables {
    /// Extensions by number.
    pub extensions: Table<ExtensionRow>,
    /// Queues by id.
    pub queues: Table<QueueRow>,
    /// Waiting callers by `queue/call`.
    pub callers: Table<CallerRow>,
    /// Agents by `queue/number`.
    pub agents: Table<AgentRow>,
    /// Live calls by id.
    pub calls: Table<CallRow>,
    /// Courses by their queue's id.
    pub courses: Table<CourseRow>,
}

impl Tables {
    /// Empty tables, owned by the current reactive owner.
    #[expect(
        clippy::new_without_default,
        reason = "it makes signals in the current owner, which a default must not"
    )]
    pub fn new() -> Self {
        Self {
            extensions: Table::new(),
            queues: Table::new(),
            callers: Table::new(),
            agents: Table::new(),
            calls: Table::new(),
            courses: Table::new(),
        }
    }

    /// These are all rows; what is held beside them goes.
    pub fn replace(&self, rows: Vec<Row>) {
        self.apply(rows, Vec::new(), true);
    }

    /// These rows are new or differ; those go.
    pub fn change(&self, rows: Vec<Row>, gone: Vec<RowId>) {
        self.apply(rows, gone, false);
    }

    fn apply(&self, rows: Vec<Row>, gone: Vec<RowId>, only_these: bool) {
        let mut extensions = Delta::default();
        let mut queues = Delta::default();
        let mut callers = Delta::default();
        let mut agents = Delta::default();
        let mut calls = Delta::default();
        let mut courses = Delta::default();
        for RowId(kind, id) in gone {
            match kind {
                RowKind::Extension => extensions.gone.push(id),
                RowKind::Queue => queues.gone.push(id),
                RowKind::Caller => callers.gone.push(id),
                RowKind::Agent => agents.gone.push(id),
                RowKind::Call => calls.gone.push(id),
                RowKind::Course => courses.gone.push(id),
            }
        }
        for row in rows {
            let id: Id = row.id().into();
            match row {
                Row::Extension(row) => extensions.put.push((id, row)),
                Row::Queue(row) => queues.put.push((id, row)),
                Row::Caller(row) => callers.put.push((id, row)),
                Row::Agent(row) => agents.put.push((id, row)),
                Row::Call(row) => calls.put.push((id, row)),
                Row::Course(row) => courses.put.push((id, row)),
            }
        }
        self.extensions.apply(extensions, only_these);
        self.queues.apply(queues, only_these);
        self.callers.apply(callers, only_these);
        self.agents.apply(agents, only_these);
        self.calls.apply(calls, only_these);
        self.courses.apply(courses, only_these);
    }

    /// The name of an extension's owner, where it is known; follows it.
    pub fn extension_name(&self, number: &Number) -> Option<Text> {
        self.extensions.get(number.as_str())?.read().name.clone()
    }

    /// A queue's name, else its number; follows it.
    pub fn queue_name(&self, id: &QueueId) -> Option<Text> {
        let queue = self.queues.get(id.as_str())?;
        let queue = queue.read();
        queue.name.clone().or_else(|| queue.number.as_ref().map(|number| number.as_str().into()))
    }
}
