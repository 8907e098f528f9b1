//! What stands around a list: its head with a count, what is said when it is empty, and how many more there are.

use leptos::prelude::*;

use crate::signals::{text, when};
use crate::words::word;

/// Rows that a page's own list shows at most; a search finds the others.
pub const SHOWN_MAX: usize = 1_000;

/// A list of rows: its table, which stands still while the pointer is over it; what is said without rows; how many more there
/// are.
#[component]
pub fn TableFrame(
    /// How many rows there are before anything is searched.
    #[prop(into)]
    total: Signal<usize>,
    /// How many of these are asked for.
    #[prop(into)]
    found: Signal<usize>,
    /// How many of those are shown.
    #[prop(into)]
    shown: Signal<usize>,
    /// What is said where there are none.
    none: &'static str,
    /// What it lists, for who doesn't see it.
    #[prop(optional)]
    caption: Option<&'static str>,
    /// Whether the pointer is over it.
    pointing: RwSignal<bool>,
    /// The columns' heads.
    heads: AnyView,
    /// The rows.
    rows: AnyView,
) -> impl IntoView {
    view! {
        <Empty total shown none/>
        <table
            class="table"
            role="table"
            hidden=when(move || shown.get() == 0)
            on:pointerenter=move |_| pointing.set(true)
            on:pointerleave=move |_| pointing.set(false)
        >
            {caption.map(|caption| view! { <caption class="visually-hidden">{caption}</caption> })}
            <thead role="rowgroup"><tr class="table__head" role="row">{heads}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Rest total=found shown/>
    }
    .into_any()
}

/// Below a list: how many rows are not shown.
#[component]
pub fn Rest(
    /// How many there are.
    #[prop(into)]
    total: Signal<usize>,
    /// How many are shown.
    #[prop(into)]
    shown: Signal<usize>,
) -> impl IntoView {
    let rest = move || total.get().saturating_sub(shown.get());
    view! { <p class="rest" hidden=when(move || rest() == 0)>{text(move || word!(list.more, rest()))}</p> }
        .into_any()
}

/// In place of a list that has no rows: nothing is there, or nothing is found.
#[component]
pub fn Empty(
    /// How many rows there are before anything is searched.
    #[prop(into)]
    total: Signal<usize>,
    /// How many are shown.
    #[prop(into)]
    shown: Signal<usize>,
    /// What is said where there are none.
    none: &'static str,
) -> impl IntoView {
    let text = text(move || if total.get() == 0 { none } else { word!(list.nothing_found) });
    view! { <p class="empty" hidden=when(move || shown.get() != 0)>{text}</p> }.into_any()
}
