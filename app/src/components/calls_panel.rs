//! The live calls, the newest first.

use leptos::prelude::*;
use model::wire::CallRow;

use crate::{
    components::{
        call_item::CallItem,
        list::{Elsewhere, ROWS_FIRST},
        places::places,
        settled::settled,
    },
    live::{Live, Table},
    rank,
    signals::{ArcRwSignal, RwSignal, derive, when},
    words::word,
};

/// The panel of calls.
#[component]
pub fn CallsPanel(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = RwSignal::new(false);
    let calls = live.tables.calls;
    let shown = settled(
        calls,
        Table::all,
        |call: &ArcRwSignal<CallRow>, _| Some(rank::call(&call.read_untracked())),
        pointing,
        live,
    );
    let total = live.total(|counts| counts.calls, move || calls.count());
    let found = derive(move || shown.read().len());
    let draw = move |call| view! { <CallItem call tables=live.tables clock=live.clock/> }.into_any();

    view! {
        <section class="card" aria-labelledby="calls-title">
            <header class="card__head">
                <h2 id="calls-title">{word!(call.title)}</h2>
                <data class="sub" value=total>{total}</data>
            </header>
            <p class="empty" hidden=when(move || total.get() != 0)>{word!(call.none)}</p>
            <ul
                class="calls"
                aria-labelledby="calls-title"
                hidden=when(move || total.get() == 0)
                on:pointerenter=move |_| pointing.set(true)
                on:pointerleave=move |_| pointing.set(false)
            >
                {places(shown, || ROWS_FIRST, draw)}
            </ul>
            <Elsewhere total found href="/calls"/>
        </section>
    }
    .into_any()
}
