//! A view's rows as of one offset, and what left it lately.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use model::{
    id::Seq,
    wire::{Check, RowId, RowKind},
};

use super::View;
use crate::live::rows::Rows;

/// How many ids that left a view are remembered for those who resume.
const GONE_MAX: usize = 10_000;

/// The rows of a view.
#[derive(Debug)]
pub struct Members {
    offset: Seq,
    by_id: BTreeMap<RowId, Member>,
    by_since: BTreeSet<(Seq, RowId)>,
    gone: VecDeque<(Seq, RowId)>,
    floor: Seq,
    check: Check,
}

#[derive(Debug)]
struct Member {
    rev: Seq,
    /// The greater of its `rev` and of the offset at which it came into the view.
    since: Seq,
    json: Arc<str>,
}

impl Members {
    /// A view's rows now. What left before is not remembered.
    pub fn of(view: &View, rows: &Rows) -> Self {
        let mut members = Self {
            offset: rows.offset(),
            by_id: BTreeMap::new(),
            by_since: BTreeSet::new(),
            gone: VecDeque::new(),
            floor: rows.offset(),
            check: Check::default(),
        };
        for id in view.all(rows) {
            members.put(rows, id);
        }
        members
    }

    /// The offset at which these are the rows.
    pub fn offset(&self) -> Seq {
        self.offset
    }

    /// From here on everything that left is remembered.
    pub fn floor(&self) -> Seq {
        self.floor
    }

    /// The rows in two numbers.
    pub fn check(&self) -> Check {
        self.check
    }

    /// Moves to the board's offset; whether that was another one.
    pub fn advance(&mut self, view: &View, rows: &Rows) -> bool {
        if rows.offset() == self.offset {
            return false;
        }
        let Some(since) = rows.since(self.offset) else {
            // Further behind than the board remembers: all anew, and nobody resumes from before.
            *self = Self::of(view, rows);
            return true;
        };
        let delta = view.delta(rows, since, &self.by_id);
        self.offset = rows.offset();
        for id in delta.gone {
            self.drop_row(id);
        }
        for id in delta.put {
            self.put(rows, id);
        }
        true
    }

    fn put(&mut self, rows: &Rows, id: RowId) {
        let Some(shown) = rows.get(&id) else { return };
        let rev = shown.row.rev();
        // Into the view it comes now, whenever it was changed.
        let since = if self.by_id.contains_key(&id) { rev } else { rev.max(self.offset) };
        let member = Member { rev, since, json: Arc::clone(&shown.json) };
        self.check.add(rev);
        self.by_since.insert((since, id.clone()));
        if let Some(old) = self.by_id.insert(id.clone(), member) {
            self.check.remove(old.rev);
            if old.since != since {
                self.by_since.remove(&(old.since, id));
            }
        }
    }

    fn drop_row(&mut self, id: RowId) {
        let Some(old) = self.by_id.remove(&id) else { return };
        self.check.remove(old.rev);
        self.by_since.remove(&(old.since, id.clone()));
        if self.gone.len() == GONE_MAX
            && let Some((forgotten, _)) = self.gone.pop_front()
        {
            self.floor = self.floor.max(forgotten);
        }
        self.gone.push_back((self.offset, id));
    }

    /// The ids of all rows.
    pub fn ids(&self) -> impl Iterator<Item = &RowId> {
        self.by_id.keys()
    }

    /// All rows, serialised.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        self.by_id.values().map(|member| &*member.json)
    }

    /// The rows that changed, or came, after `from`, serialised.
    pub fn rows_after(&self, from: Seq) -> impl Iterator<Item = &str> {
        let first = (Seq(from.0 + 1), RowId(RowKind::ALL[0], "".into()));
        self.by_since.range(first..).filter_map(|(_, id)| Some(&*self.by_id.get(id)?.json))
    }

    /// The ids that left after `from` and have not come back.
    pub fn gone_after(&self, from: Seq) -> impl Iterator<Item = &RowId> {
        let after = self.gone.iter().rev().take_while(move |(seq, _)| *seq > from);
        let ids: BTreeSet<&RowId> =
            after.map(|(_, id)| id).filter(|id| !self.by_id.contains_key(*id)).collect();
        ids.into_iter()
    }
}
