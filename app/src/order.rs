//! Rows in order: sorted by their keys, and settled so that what is read does not jump. The code of a sorting is long, so there
//! is one for all.

use std::collections::HashMap;

use crate::live::Id;

/// Something to sort a row by; smaller comes first.
pub type Key = (u8, i64, String, String);

/// What a list is keyed by: a row's id, with a number that is another one where the id has come to mean another signal. A
/// signal's own hash is none to rely on (`reactive_graph` 0.2 hashes where its pointer stood).
pub type RowKey = (Id, u64);

/// A row in a list.
pub type Placed<T> = (RowKey, T);

/// What a list shows next: `ranked` as it is when rows may move; else those already shown stay where they are, those
/// that went leave, and new ones come at the end.
pub fn settle<T: Clone + PartialEq>(
    shown: &[Placed<T>],
    ranked: &[(Id, T)],
    may_move: bool,
) -> Vec<Placed<T>> {
    let keys: Vec<&RowKey> = shown.iter().map(|(key, _)| key).collect();
    let ids: Vec<&Id> = ranked.iter().map(|(id, _)| id).collect();
    let is_same = |place: usize, rank: usize| shown[place].1 == ranked[rank].1;
    let next = arrange(&keys, &ids, &is_same, may_move);
    next.into_iter().map(|(key, rank)| (key, ranked[rank].1.clone())).collect()
}

/// The keys of what is shown next, each with its row's place among those with these `ids`. `is_same` says whether what is shown
/// at a place is the row of this rank.
fn arrange(
    shown: &[&RowKey],
    ids: &[&Id],
    is_same: &dyn Fn(usize, usize) -> bool,
    may_move: bool,
) -> Vec<(RowKey, usize)> {
    let held: HashMap<&Id, (usize, u64)> =
        shown.iter().enumerate().map(|(place, (id, number))| (id, (place, *number))).collect();
    let mut newest = shown.iter().map(|(_, number)| *number).max().unwrap_or_default();
    let mut next: Vec<((bool, usize), RowKey, usize)> = Vec::with_capacity(ids.len());
    for (rank, id) in ids.iter().enumerate() {
        let old = held.get(id);
        let number = old.filter(|(place, _)| is_same(*place, rank)).map_or_else(
            || {
                newest += 1;
                newest
            },
            |(_, number)| *number,
        );
        let place =
            if may_move { (false, rank) } else { old.map_or((true, rank), |(place, _)| (false, *place)) };
        next.push((place, (Id::clone(id), number), rank));
    }
    next.sort_unstable_by_key(|(place, ..)| *place);
    next.into_iter().map(|(_, key, rank)| (key, rank)).collect()
}

/// Rows by their keys, and of those with one key by id. One sorting for all, since the code of a sorting is long.
pub fn sorted<T: Clone>(rows: &[(Id, T)], key: impl Fn(&T) -> Option<Key>) -> Vec<(Id, T)> {
    let keyed = rows.iter().enumerate().filter_map(|(place, (id, row))| Some((key(row)?, id.clone(), place)));
    let mut keyed: Vec<(Key, Id, usize)> = keyed.collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, id, place)| (id, rows[place].1.clone())).collect()
}

/// Rows by id; those of one id stay as they stood.
pub fn by_id<T: Clone>(rows: &[(Id, T)]) -> Vec<(Id, T)> {
    sorted(rows, |_| Some(Key::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_while_they_may_not_move_and_new_ones_come_last() {
        let list = |ids: &str| ids.chars().map(|id| (Id::from(id.to_string()), ())).collect::<Vec<_>>();
        let ids = |rows: &[Placed<()>]| rows.iter().map(|((id, _), ())| id.to_string()).collect::<String>();
        let shown = settle(&[], &list("abc"), true);
        assert_eq!(ids(&settle(&shown, &list("dca"), false)), "acd");
        assert_eq!(ids(&settle(&shown, &list("dca"), true)), "dca");
    }

    #[test]
    fn a_row_keeps_its_key_until_its_id_means_another() {
        let row = |id: &str, value: u8| (Id::from(id), value);
        let shown = settle(&[], &[row("a", 1), row("b", 2)], true);
        let next = settle(&shown, &[row("b", 2), row("a", 9), row("c", 3)], true);
        assert_eq!(next[0].0, shown[1].0);
        assert_ne!(next[1].0, shown[0].0);
        assert_eq!(next.iter().map(|(key, _)| key).collect::<std::collections::HashSet<_>>().len(), 3);
    }
}
