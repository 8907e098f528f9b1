//! The live calls, the newest first.

use leptos::prelude::*;
use model::wire::CallRow;

use crate::{
    components::{
        call_item::CallItem,
        list::{Elsewhere, restless_panel_room},
        places,
        pointing::Pointing,
        settled::settled,
    },
    live::{Live, Table},
    rank,
    signals::{ArcRwSignal, derive, when},
    words::word,
};

/// The panel of calls.
#[component]
pub fn CallsPanel(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let calls = live.tables.calls;
    let shown = settled(
        calls,
        Table::all,
        |call: &ArcRwSignal<CallRow>, _| Some(rank::call(&call.read_untracked())),
        pointing.still(),
        live,
    );
    let total = live.total(|counts| counts.calls, move || calls.count());
    let found = derive(move || shown.read().len());
    let room = restless_panel_room();
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
                {..pointing.heard()}
            >
                {places::rows(shown, move || room, draw)}
            </ul>
            <Elsewhere total found room href="/calls"/>
        </section>
    }
    .into_any()
}
