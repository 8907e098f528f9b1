//! Who is there: every extension as a tile, those whom calls reach first.

use leptos::prelude::*;
use model::wire::ExtensionRow;

use crate::{
    components::{
        each::each,
        list::{Elsewhere, ROWS_FIRST},
        person_tile::PersonTile,
        settled::settled,
    },
    live::{Live, Table},
    locale::number,
    page::is_reachable,
    rank,
    signals::{ArcRwSignal, RwSignal, derive, text, when},
    words::word,
};

/// The panel of people.
#[component]
pub fn PresencePanel(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = RwSignal::new(false);
    let extensions = live.tables.extensions;
    let shown = settled(
        extensions,
        Table::all,
        |extension: &ArcRwSignal<ExtensionRow>, _| Some(rank::extension(&extension.read_untracked())),
        pointing,
        live,
    );
    let total = live.total(|counts| counts.extensions, move || extensions.count());
    let reachable = live.total(
        |counts| counts.reachable,
        move || {
            let mut count = 0;
            extensions.each(&mut |row| count += usize::from(is_reachable(row.online)));
            count
        },
    );
    let found = derive(move || shown.read().len());
    let rows = move || shown.read().iter().take(ROWS_FIRST).cloned().collect();
    let draw = move |_: &str, extension: ArcRwSignal<ExtensionRow>| {
        view! { <PersonTile extension clock=live.clock/> }.into_any()
    };

    view! {
        <section class="card" aria-labelledby="presence-title">
            <header class="card__head">
                <h2 id="presence-title">{word!(person.title)}</h2>
                <span class="sub">{text(move || word!(person.sub, number(reachable.get()), number(total.get())))}</span>
            </header>
            <p class="empty" hidden=when(move || total.get() != 0)>{word!(person.none)}</p>
            <ul
                class="people"
                aria-labelledby="presence-title"
                hidden=when(move || total.get() == 0)
                on:pointerenter=move |_| pointing.set(true)
                on:pointerleave=move |_| pointing.set(false)
            >
                {each(rows, draw)}
            </ul>
            <Elsewhere total found href="/extensions"/>
        </section>
    }
    .into_any()
}
