//! Who is there: every extension as a tile, those whom calls reach first.

use leptos::prelude::*;
use model::wire::ExtensionRow;

use super::{Given, Panel, turn::Paged};
use crate::{
    components::{each::each, person_tile::PersonTile, settled::settled},
    live::Table,
    locale::number,
    rank,
    signals::{ArcRwSignal, derive, text, when},
    words::word,
};

/// How many are drawn: what a room sees in some minutes. The count says how many there are.
const SHOWN_MAX: usize = 600;

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
    let shown = settled(live.tables.extensions, Table::all, key, paged.still, live);
    let count = derive(move || shown.read().len());
    let rest = move || count.get().saturating_sub(SHOWN_MAX);
    let draw = move |_: &str, extension: ArcRwSignal<ExtensionRow>| {
        view! { <PersonTile extension clock=live.clock/> }.into_any()
    };
    view! {
        <Panel title=word!(person.title) count none=word!(wall.no_extension) paged>
            <ul class="wall-people" id=id>
                {each(move || shown.read().iter().take(SHOWN_MAX).cloned().collect(), draw)}
                <li class="wall-rest" hidden=when(move || rest() == 0)>{text(move || word!(list.more, number(rest())))}</li>
            </ul>
        </Panel>
    }
    .into_any()
}
