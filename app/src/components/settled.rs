//! The rows of a list on a live page: those that the reader asked for, in an order that moves only when nobody points at
//! them, and at most every few seconds. A frozen list stands still.

use std::{cell::Cell, rc::Rc};

use leptos::prelude::*;

use crate::{
    live::{Id, Live, Table},
    order::{self, Key, Placed},
    query::Asked,
    signals::{RwSignal, effect},
};

/// Ticks of the page's clock between two moments at which rows may change places.
const TICKS_BETWEEN_MOVES: u32 = 3;

/// Rows that come and go between two ticks of the clock.
#[derive(Default)]
struct Arrivals {
    /// Some did since the last tick.
    now: Cell<bool>,
    /// Some did in the second before it.
    before: Cell<bool>,
    /// Some that the list does not show yet.
    late: Cell<bool>,
}

impl Arrivals {
    /// Some come or go: whether the list follows at once.
    fn come(&self) -> bool {
        let is_calm = !self.now.replace(true) && !self.before.get();
        self.late.set(self.late.get() || !is_calm);
        is_calm
    }

    /// A second is over: whether there are some that the list does not show yet.
    fn pass(&self) -> bool {
        self.before.set(self.now.take());
        self.late.take()
    }
}

/// The rows in the order in which they are shown: of `items`, those that have a `key` by what was asked for.
///
/// Another wish of the reader is followed at once; so are rows that come and go after a quiet second. Where they never stop
/// they are followed once a second, since a list that moves more often can't be read. Rows that only rank differently, or are asked for no more, move at every third tick.
/// While `pointing`, no row moves: new ones come at the end. While frozen, the list is as it was: rows that went stay with
/// what they last said.
pub fn settled<R, T>(
    table: Table<R>,
    items: fn(Table<R>) -> Vec<(Id, T)>,
    key: fn(&T, &Asked) -> Option<Key>,
    pointing: RwSignal<bool>,
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
    let arrivals = Rc::new(Arrivals::default());
    effect({
        let arrivals = Rc::clone(&arrivals);
        move |first: Option<()>| {
            table.track();
            if first.is_some() && arrivals.come() {
                arrange(!pointing.get_untracked());
            }
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
        let is_late = arrivals.pass();
        let is_third = ticks != 0 && ticks.is_multiple_of(TICKS_BETWEEN_MOVES);
        let may_move = !pointing.get_untracked();
        if is_late || (is_third && table.changes() != changes) {
            arrange(may_move);
        }
        // What did not move now has its turn once nobody points.
        (ticks, if is_third && may_move { table.changes() } else { changes })
    });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_after_a_quiet_second_is_shown_at_once_and_a_stream_once_a_second() {
        let arrivals = Arrivals::default();
        assert!(arrivals.come());
        assert!(!arrivals.pass(), "all are shown");
        // The next second, and one more: the list waits for its end.
        for _ in 0..2 {
            assert!(!arrivals.come() && !arrivals.come());
            assert!(arrivals.pass());
        }
        assert!(!arrivals.pass(), "a quiet one");
        assert!(arrivals.come() && !arrivals.come());
        assert!(arrivals.pass());
    }
}
