//! The rows of a list on a live page: those that the reader asked for, in an order that moves only when nobody points at
//! them, and at most every few seconds. A frozen list stands still.

use leptos::prelude::*;

use crate::{
    live::{Id, Live, Table},
    order::{self, Key, Placed},
    query::Asked,
    signals::{RwSignal, Signal, effect},
};

/// Ticks of the page's clock between two moments at which rows may change places.
const TICKS_BETWEEN_MOVES: u32 = 3;

/// The rows in the order in which they are shown: of `items`, those that have a `key` by what was asked for.
///
/// Another wish of the reader is followed at once; so are rows that come and go, which the feed tells once a second at most.
/// Rows that only rank differently, or are asked for no more, move at every third tick.
/// While `still`, no row moves: new ones come at the end. While frozen, the list is as it was: rows that went stay with
/// what they last said.
pub fn settled<R, T>(
    table: Table<R>,
    items: fn(Table<R>) -> Vec<(Id, T)>,
    key: fn(&T, &Asked) -> Option<Key>,
    still: Signal<bool>,
    live: Live,
) -> RwSignal<Vec<Placed<T>>>
where
    R: Clone + Send + Sync + 'static,
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let asked = live.query.asked;
    let ranked = move || {
        let asked = asked.read_untracked();
        // Those that are asked for, in order.
        order::sorted(&untrack(|| items(table)), |row| key(row, &asked))
    };
    let shown = RwSignal::new(order::settle(&[], &ranked(), true));
    let arrange = move |may_move: bool| {
        if live.frozen.get_untracked().is_some() {
            return;
        }
        let next = order::settle(&shown.read_untracked(), &ranked(), may_move);
        if *shown.read_untracked() != next {
            shown.set(next);
        }
    };
    effect(move |first: Option<()>| {
        table.track();
        if first.is_some() {
            arrange(!still.get_untracked());
        }
    });
    effect(move |first: Option<()>| {
        asked.track();
        live.frozen.track();
        if first.is_some() {
            arrange(true);
        }
    });
    effect(move |last: Option<(u32, u64)>| {
        live.clock.now.track();
        let (ticks, changes) = last.map_or((0, 0), |(ticks, changes)| (ticks + 1, changes));
        let is_third = ticks != 0 && ticks.is_multiple_of(TICKS_BETWEEN_MOVES);
        let may_move = !still.get_untracked();
        if is_third && table.changes() != changes {
            arrange(may_move);
        }
        // What did not move now has its turn once it may.
        (ticks, if is_third && may_move { table.changes() } else { changes })
    });
    shown
}
