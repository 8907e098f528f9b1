//! Every list's rows, by their keys. The code that puts rows in, takes them out and moves them is of one type here, and so
//! is in the wasm once, not once for each list.

use std::sync::Arc;

use crate::signals::Memo;
use leptos::prelude::*;

use crate::order::{Placed, RowKey};

/// Makes a row's element.
type Draw = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// An element for each of `items`, which may be others from time to time: one whose key stays is left alone.
pub fn each<T: Send + Sync + Clone + 'static>(
    items: impl Fn() -> Vec<Placed<T>> + Send + Sync + 'static,
    draw: impl Fn(&str, T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let draw = Arc::new(draw);
    let rows = move || {
        let row = |(key, item): Placed<T>| {
            let (id, draw) = (Arc::clone(&key.0), Arc::clone(&draw));
            (key, Arc::new(move || draw(&id, item.clone())) as Draw)
        };
        items().into_iter().map(row).collect()
    };
    of_rows(Box::new(rows))
}

fn of_rows(rows: Box<dyn Fn() -> Vec<(RowKey, Draw)> + Send + Sync>) -> AnyView {
    view! {
        <For each=rows key=|(key, _)| key.clone() let((_key, draw))>
            {draw()}
        </For>
    }
    .into_any()
}

/// As many elements as there are places; one that stays is left alone.
pub fn each_place(
    count: Memo<usize>,
    draw: impl Fn(usize) -> Option<AnyView> + Send + Sync + 'static,
) -> AnyView {
    let nameless: Arc<str> = "".into();
    let places = move || {
        (0..count.get()).map(|place| ((Arc::clone(&nameless), place as u64), place)).collect::<Vec<_>>()
    };
    each(places, move |_, place| draw(place).into_any())
}
