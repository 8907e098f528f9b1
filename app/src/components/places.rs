//! A list as places: each shows the row that stands there now. A row that comes or moves is written over others', and nothing
//! is taken out of the page or put into it; so a list that is never at rest costs little, and nothing on it jumps.

use leptos::prelude::*;

use crate::{
    components::each::each_place,
    order::Placed,
    signals::{ArcRwSignal, Keep, Memo, RwSignal, Signal, memo},
};

/// As many places as `count`, with what is `at` each; `draw` makes the element of one, whose item is another from time to time.
pub fn places<T: Clone + PartialEq + Keep>(
    count: Memo<usize>,
    at: impl Fn(usize) -> Option<T> + Clone + Send + Sync + 'static,
    draw: impl Fn(Memo<T>) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_place(count, move |place| {
        let first = untrack(|| at(place))?;
        let at = at.clone();
        // Where the list has become shorter the place is about to go, and shows what stood there last.
        let item = memo(move |last: Option<&T>| at(place).unwrap_or_else(|| last.unwrap_or(&first).clone()));
        Some(draw(item))
    })
}

/// The items of a list in order, and at most `room` of them.
pub fn items<T: Clone + PartialEq + Keep>(
    shown: RwSignal<Vec<Placed<T>>>,
    room: impl Fn() -> usize + Send + Sync + 'static,
    draw: impl Fn(Memo<T>) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let count = memo(move |_| shown.read().len().min(room()));
    places(count, move |place| shown.read().get(place).map(|(_, item)| item.clone()), draw)
}

/// The same of rows, of which each is a signal: a place follows the row that stands there.
pub fn rows<R: Clone + PartialEq + Keep>(
    shown: RwSignal<Vec<Placed<ArcRwSignal<R>>>>,
    room: impl Fn() -> usize + Send + Sync + 'static,
    draw: impl Fn(Signal<R>) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    items(shown, room, move |row| draw(memo(move |_| row.read().get()).into()))
}
