//! A view's rows as of one offset, as one audience sees them, and what left it lately.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{
    id::Seq,
    view::{Audience, Seen, SeenJson, Sight},
    wire::{Check, Row, RowId, RowKind},
};

use super::View;
use crate::live::rows::Rows;

/// How many ids that left a view are remembered for those who resume.
const GONE_MAX: usize = 10_000;

/// The rows of a view.
#[derive(Debug)]
pub struct Members {
    offset: Seq,
    sight: Sight,
    by_id: BTreeMap<RowId, Member>,
    by_since: BTreeSet<(Seq, RowId)>,
    gone: VecDeque<(Seq, RowId)>,
    floor: Seq,
    check: Check,
}

#[derive(Debug)]
struct Member {
    rev: Seq,
    /// The greater of its `rev` and of the offset at which it came into the view, or looked otherwise to the audience.
    since: Seq,
    json: SeenJson,
}

impl Members {
    /// A view's rows now. What left before is not remembered.
    pub fn of(view: &View, audience: &Audience, rows: &Rows) -> Self {
        let mut members = Self {
            offset: rows.offset(),
            sight: rows.sight(audience),
            by_id: BTreeMap::new(),
            by_since: BTreeSet::new(),
            gone: VecDeque::new(),
            floor: rows.offset(),
            check: Check::default(),
        };
        for id in view.all(rows, &members.sight) {
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
    pub fn advance(&mut self, view: &View, audience: &Audience, rows: &Rows) -> bool {
        if rows.offset() == self.offset {
            return false;
        }
        let Some(since) = rows.since(self.offset) else {
            // Further behind than the board remembers: all anew, and nobody resumes from before.
            *self = Self::of(view, audience, rows);
            return true;
        };
        let before = std::mem::replace(&mut self.sight, rows.sight(audience));
        let delta = view.delta(rows, &self.sight, since, &self.by_id);
        self.offset = rows.offset();
        for id in delta.gone {
            self.drop_row(id);
        }
        for id in delta.put {
            self.put(rows, id);
        }
        if !self.sight.sees_like(&before) {
            self.look_again(rows);
        }
        true
    }

    /// Rows that did not change may look otherwise: another number is the PBX's own now, or of the scope.
    fn look_again(&mut self, rows: &Rows) {
        let with_parties =
            |id: &&RowId| matches!(id.0, RowKind::Caller | RowKind::Agent | RowKind::Call | RowKind::Course);
        let ids: Vec<RowId> = self.by_id.keys().filter(with_parties).cloned().collect();
        for id in ids {
            self.put(rows, id);
        }
    }

    fn put(&mut self, rows: &Rows, id: RowId) {
        let Some(shown) = rows.get(&id) else { return };
        let Some(json) = self.sight.json(shown) else { return };
        let rev = shown.row().rev();
        // Into the view it comes now, whenever it was changed; and what another look shows is news of now.
        let since = match self.by_id.get(&id) {
            Some(old) if old.rev != rev => rev,
            Some(old) if old.json == json => return,
            _ => rev.max(self.offset),
        };
        let member = Member { rev, since, json };
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

    /// What of the board is seen.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    /// Whether a row is among them.
    pub fn has(&self, id: &RowId) -> bool {
        self.by_id.contains_key(id)
    }

    /// All rows, if the board is still at [`Members::offset`].
    pub fn seen<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = Seen<Row>> + 'a {
        self.by_id.keys().filter_map(|id| self.sight.see(rows.get(id)?.row()))
    }

    /// All rows, serialised.
    pub fn rows(&self) -> impl Iterator<Item = &SeenJson> {
        self.by_id.values().map(|member| &member.json)
    }

    /// The rows that changed, or came, after `from`, serialised.
    pub fn rows_after(&self, from: Seq) -> impl Iterator<Item = &SeenJson> {
        let first = (Seq(from.0 + 1), RowId(RowKind::ALL[0], "".into()));
        self.by_since.range(first..).filter_map(|(_, id)| Some(&self.by_id.get(id)?.json))
    }

    /// The ids that left after `from` and have not come back.
    pub fn gone_after(&self, from: Seq) -> impl Iterator<Item = &RowId> {
        let after = self.gone.iter().rev().take_while(move |(seq, _)| *seq > from);
        let ids: BTreeSet<&RowId> =
            after.map(|(_, id)| id).filter(|id| !self.by_id.contains_key(*id)).collect();
        ids.into_iter()
    }
}

#[cfg(test)]
mod tests;
