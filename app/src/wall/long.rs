//! A wall's long list: as many rows as a room sees in some minutes, and how many more there are.

use leptos::prelude::*;

use crate::{
    signals::{Signal, text, when},
    words::word,
};

/// How many are drawn.
pub const SHOWN_MAX: usize = 600;

/// The list.
#[component]
pub fn LongList(
    /// How it is laid out.
    class: &'static str,
    /// Its id.
    id: String,
    /// How many there are.
    count: Signal<usize>,
    /// The rows, [`SHOWN_MAX`] at most.
    rows: AnyView,
) -> impl IntoView {
    let rest = move || count.get().saturating_sub(SHOWN_MAX);
    view! {
        <ul class=class id=id>
            {rows}
            <li class="wall-rest" hidden=when(move || rest() == 0)>{text(move || word!(list.more, rest()))}</li>
        </ul>
    }
    .into_any()
}
