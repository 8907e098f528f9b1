//! Who is there: every extension as a tile, those whom calls reach first.

use leptos::prelude::*;
use model::wire::ExtensionRow;

use super::{
    Given, Panel,
    long::{LongList, SHOWN_MAX},
    turn::Paged,
};
use crate::{
    components::{person_tile::PersonTile, places, settled::settled},
    live::Table,
    rank,
    signals::{ArcRwSignal, derive},
    words::word,
};

/// The people.
#[component]
pub fn Presence(
    /// What every tile is given.
    given: Given,
    /// The list's id.
    id: String,
) -> impl IntoView {
    let paged = Paged::new(given.turn(), &id);
    let live = given.live();
    let key = |row: &ArcRwSignal<ExtensionRow>, _: &_| Some(rank::extension(&row.read_untracked()));
    let shown = settled(live.tables.extensions, Table::all, key, paged.still.into(), live);
    let count = derive(move || shown.read().len());
    let draw = move |extension| view! { <PersonTile extension clock=live.clock/> }.into_any();
    let rows = places::rows(shown, || SHOWN_MAX, draw);
    view! {
        <Panel title=word!(person.title) count none=word!(wall.no_extension) paged>
            <LongList class="wall-people" id count rows/>
        </Panel>
    }
    .into_any()
}
