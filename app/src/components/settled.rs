//! The order of a list on a live page: rows move only when nobody points at them, and at most every few seconds.

use leptos::prelude::*;

use crate::{
    live::{Clock, Id, Table},
    rank::{self, Key},
};

/// Ticks of the page's clock between two moments at which rows may change places.
const TICKS_BETWEEN_MOVES: u32 = 3;

/// A table's rows in the order in which they are shown.
///
/// New rows and rows that went are followed at once. Rows that only rank differently move at every third tick. While
/// `pointing`, no row moves: new ones come at the end.
pub fn settled<T: Clone + Send + Sync + 'static>(
    table: Table<T>,
    rank_of: fn(&T) -> Key,
    pointing: RwSignal<bool>,
    clock: Clock,
) -> RwSignal<Vec<Id>> {
    let ranked = move || {
        let mut rows: Vec<(Key, Id)> =
            table.all().into_iter().map(|(id, row)| (rank_of(&row.read_untracked()), id)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let shown = RwSignal::new(untrack(ranked));
    let arrange = move || {
        let next = rank::settle(&shown.read_untracked(), untrack(ranked), !pointing.get_untracked());
        if *shown.read_untracked() != next {
            shown.set(next);
        }
    };
    Effect::new(move |first: Option<()>| {
        table.track();
        if first.is_some() {
            arrange();
        }
    });
    Effect::new(move |ticks: Option<u32>| {
        clock.now.track();
        let ticks = ticks.map_or(0, |ticks| ticks + 1);
        if ticks > 0 && ticks.is_multiple_of(TICKS_BETWEEN_MOVES) {
            arrange();
        }
        ticks
    });
    shown
}
