//! Who is there: every extension as a tile, those whom calls reach first.

use leptos::prelude::*;
use model::wire::ExtensionRow;

use crate::{
    components::{
        list::{Elsewhere, panel_room},
        person_tile::PersonTile,
        places,
        pointing::Pointing,
        settled::settled,
    },
    live::{Live, Table},
    page::is_reachable,
    rank,
    signals::{ArcRwSignal, derive, text, when},
    words::word,
};

/// The panel of people.
#[component]
pub fn PresencePanel(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let extensions = live.tables.extensions;
    let shown = settled(
        extensions,
        Table::all,
        |extension: &ArcRwSignal<ExtensionRow>, _| Some(rank::extension(&extension.read_untracked())),
        pointing.still(),
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
    let room = panel_room();
    let draw = move |extension| view! { <PersonTile extension clock=live.clock/> }.into_any();

    view! {
        <section class="card" aria-labelledby="presence-title">
            <header class="card__head">
                <h2 id="presence-title">{word!(person.title)}</h2>
                <span class="sub">{text(move || word!(person.sub, reachable.get(), total.get()))}</span>
            </header>
            <p class="empty" hidden=when(move || total.get() != 0)>{word!(person.none)}</p>
            <ul
                class="people"
                aria-labelledby="presence-title"
                hidden=when(move || total.get() == 0)
                {..pointing.heard()}
            >
                {places::rows(shown, move || room, draw)}
            </ul>
            <Elsewhere total found room href="/extensions"/>
        </section>
    }
    .into_any()
}
