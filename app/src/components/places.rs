//! A list as places: each shows the row that stands there now. A row that comes or moves is written over others', and nothing
//! is taken out of the page or put into it; so a list that is never at rest costs little, and nothing on it jumps.

use leptos::prelude::*;

use crate::{
    components::each::each_place,
    order::Placed,
    signals::{ArcRwSignal, RwSignal, Signal, memo},
};

/// Rows of which each is a signal, as `settled` puts them in order.
type Shown<R> = RwSignal<Vec<Placed<ArcRwSignal<R>>>>;

/// As many places as there are rows, and at most `room`; `draw` makes the element of one, whose row is another from time to
/// time.
pub fn places<R>(
    shown: Shown<R>,
    room: impl Fn() -> usize + Send + Sync + 'static,
    draw: impl Fn(Signal<R>) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    R: Clone + PartialEq + Send + Sync + 'static,
{
    let count = memo(move |_| shown.read().len().min(room()));
    each_place(count, move |place| {
        let first = shown.read_untracked().get(place).map(|(_, row)| row.clone());
        first.map(|first| draw(row_at(shown, place, first))).into_any()
    })
}

/// The row at a place; the last one that stood there, where the list has become shorter and the place is about to go.
fn row_at<R>(shown: Shown<R>, place: usize, first: ArcRwSignal<R>) -> Signal<R>
where
    R: Clone + PartialEq + Send + Sync + 'static,
{
    let held = memo(move |last: Option<&ArcRwSignal<R>>| {
        let row = shown.read().get(place).map(|(_, row)| row.clone());
        row.unwrap_or_else(|| last.unwrap_or(&first).clone())
    });
    memo(move |_| held.read().get()).into()
}
