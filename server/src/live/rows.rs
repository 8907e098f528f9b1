//! A tenant's rows as they are now, by id and by `rev`, and what went away lately.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
};

use model::{
    board::Change,
    id::{Number, Seq},
    view::{Audience, Inside, Shown, Sight},
    wire::{Row, RowId, RowKind},
};

/// How many ids that went away are remembered. A view that is further behind is made anew.
pub const GONE_MAX: usize = 20_000;

/// The rows of one tenant.
#[derive(Debug, Default)]
pub struct Rows {
    by_id: BTreeMap<RowId, Shown>,
    by_rev: BTreeSet<(Seq, RowId)>,
    gone: VecDeque<(Seq, RowId)>,
    /// What went away up to here may have been forgotten.
    gone_floor: Seq,
    offset: Seq,
    /// The PBX's own numbers.
    inside: Inside,
}

/// What happened between two offsets.
#[derive(Debug, PartialEq, Eq)]
pub struct Since {
    /// Rows that are new or differ.
    pub changed: Vec<RowId>,
    /// Rows that are no more.
    pub gone: Vec<RowId>,
}

impl Rows {
    /// The entry up to which these are the rows.
    pub fn offset(&self) -> Seq {
        self.offset
    }

    /// Puts what the entry at `offset` changed.
    pub fn put(&mut self, offset: Seq, changes: Vec<Change>) {
        self.offset = offset;
        for change in changes {
            match change {
                Change::Set(row) => {
                    let id = row.row_id();
                    self.by_rev.insert((row.rev(), id.clone()));
                    let number = Inside::number(&row).cloned();
                    let old = self.by_id.insert(id.clone(), Shown::new(row));
                    let before = old.as_ref().and_then(|old| Inside::number(old.row()));
                    self.inside.change(before, number.as_ref());
                    if let Some(old) = old {
                        self.by_rev.remove(&(old.row().rev(), id));
                    }
                }
                Change::Gone(id) => {
                    let Some(old) = self.by_id.remove(&id) else { continue };
                    self.inside.change(Inside::number(old.row()), None);
                    self.by_rev.remove(&(old.row().rev(), id.clone()));
                    if self.gone.len() == GONE_MAX
                        && let Some((forgotten, _)) = self.gone.pop_front()
                    {
                        self.gone_floor = forgotten;
                    }
                    self.gone.push_back((offset, id));
                }
            }
        }
    }

    /// Begins with what a snapshot has. What went away before is not known.
    pub fn take_up(&mut self, offset: Seq, rows: Vec<Row>) {
        self.put(offset, rows.into_iter().map(Change::Set).collect());
        self.gone_floor = offset;
    }

    /// Takes which numbers the directory lists.
    pub fn list(&mut self, numbers: BTreeSet<Number>) {
        self.inside.list(numbers);
    }

    /// What an audience sees of them.
    pub fn sight(&self, audience: &Audience) -> Sight {
        Sight::of(audience, &self.inside, self.by_id.values().map(Shown::row))
    }

    /// A row.
    pub fn get(&self, id: &RowId) -> Option<&Shown> {
        self.by_id.get(id)
    }

    /// All rows, by kind and id.
    pub fn all(&self) -> impl Iterator<Item = (&RowId, &Shown)> {
        self.by_id.iter()
    }

    /// The rows of one kind whose id begins so, in order of their ids.
    pub fn of_kind<'a>(
        &'a self,
        kind: RowKind,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a RowId, &'a Shown)> {
        self.by_id
            .range(RowId(kind, prefix.into())..)
            .take_while(move |(RowId(its, id), _)| *its == kind && id.starts_with(prefix))
    }

    /// The rows of one kind after an id, in order of their ids.
    pub fn after<'a>(&'a self, kind: RowKind, id: &str) -> impl Iterator<Item = (&'a RowId, &'a Shown)> {
        let start = Bound::Excluded(RowId(kind, id.into()));
        self.by_id.range((start, Bound::Unbounded)).take_while(move |(RowId(its, _), _)| *its == kind)
    }

    /// What happened after `offset`; `None` where a part of it may have been forgotten. An id is in one list at most, by
    /// what is true now.
    pub fn since(&self, offset: Seq) -> Option<Since> {
        if offset < self.gone_floor {
            return None;
        }
        let first = (Seq(offset.0 + 1), RowId(RowKind::ALL[0], "".into()));
        let changed = self.by_rev.range(first..).map(|(_, id)| id.clone()).collect();
        let gone: BTreeSet<RowId> = self
            .gone
            .iter()
            .rev()
            .take_while(|(seq, _)| *seq > offset)
            .filter(|(_, id)| !self.by_id.contains_key(id))
            .map(|(_, id)| id.clone())
            .collect();
        Some(Since { changed, gone: gone.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use model::wire::ExtensionRow;
    use proptest::prelude::*;

    use super::*;

    fn extension(number: u8, rev: u64) -> Row {
        let id = Number::from(number.to_string());
        Row::Extension(ExtensionRow {
            id: id.clone(),
            rev: Seq(rev),
            number: id,
            name: None,
            department: None,
            online: None,
            online_since: None,
            call: None,
            call_since: None,
            presence: None,
            presence_since: None,
            presence_raw: None,
            note: None,
            calls: Vec::new(),
            unconfirmed: false,
        })
    }

    fn id(number: u8) -> RowId {
        RowId(RowKind::Extension, number.to_string().into())
    }

    proptest! {
        /// Oracle: the whole set before and after, compared row by row.
        #[test]
        fn what_happened_since_leads_from_any_earlier_state_to_this_one(
            steps in prop::collection::vec(prop::collection::vec((0_u8..12, any::<bool>()), 0..4), 1..40),
            from in any::<prop::sample::Index>(),
        ) {
            let mut rows = Rows::default();
            let mut history = vec![BTreeMap::new()];
            for (step, changes) in steps.iter().enumerate() {
                let rev = step as u64 + 1;
                // An entry names a row once.
                let changes: BTreeMap<u8, bool> = changes.iter().copied().collect();
                let changes = changes.into_iter().map(|(number, set)| {
                    if set { Change::Set(extension(number, rev)) } else { Change::Gone(id(number)) }
                });
                rows.put(Seq(rev), changes.collect());
                history.push(rows.all().map(|(id, shown)| (id.clone(), shown.row().rev())).collect());
            }
            let from = from.index(history.len());
            let mut held = history[from].clone();
            let since = rows.since(Seq(from as u64)).unwrap();
            for id in since.gone {
                prop_assert!(rows.get(&id).is_none());
                held.remove(&id);
            }
            for id in since.changed {
                let rev = rows.get(&id).unwrap().row().rev();
                prop_assert!(rev > Seq(from as u64));
                held.insert(id, rev);
            }
            prop_assert_eq!(&held, history.last().unwrap());
        }
    }

    #[test]
    fn what_may_have_been_forgotten_is_not_told() {
        let mut rows = Rows::default();
        let mut rev = 0;
        for _ in 0..=GONE_MAX {
            rows.put(Seq(rev + 1), vec![Change::Set(extension(1, rev + 1))]);
            rows.put(Seq(rev + 2), vec![Change::Gone(id(1))]);
            rev += 2;
        }
        assert_eq!(rows.since(Seq(1)), None);
        assert_eq!(rows.since(Seq(2)).unwrap().gone, [id(1)]);
    }

    #[test]
    fn the_rows_of_a_kind_are_found_by_the_beginning_of_their_id() {
        let mut rows = Rows::default();
        rows.put(Seq(1), [1, 10, 11, 2].map(|number| Change::Set(extension(number, 1))).to_vec());
        let found = |prefix| {
            rows.of_kind(RowKind::Extension, prefix).map(|(id, _)| id.1.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("1"), ["1", "10", "11"]);
        assert_eq!(rows.of_kind(RowKind::Queue, "").count(), 0);
        assert_eq!(rows.after(RowKind::Extension, "10").count(), 2);
    }
}
