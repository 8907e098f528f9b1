//! What stands around a list: its head with a count, what is said when it is empty, and how many more there are. A list
//! begins with more rows than the tallest screen has room for, and gets more as its reader comes to its end: what nobody looks
//! at costs nothing. A panel of the overview leads to the page that has the rest.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::pointing::Pointing,
    live,
    page::ROWS_MAX,
    query::{Asked, Query},
    root::at,
    signals::{Memo, RwSignal, Signal, effect, text, when},
    words::word,
};

/// Rows that a list begins with at most: as many as the tallest screen shows, some 2,200 px of them.
pub const ROWS_FIRST: usize = 40;

/// How high a row is at least, in px; what many rows cost is more than what is lost where letters are larger.
const ROW_PX: u32 = 52;

/// The same of one with several lines.
const HIGH_ROW_PX: u32 = 70;

/// How long a page has for its reader between two parts of a list that fills up.
const BREATH: Duration = Duration::from_millis(30);

/// How long nobody may have typed before another wish's list fills up.
const REST: Duration = Duration::from_millis(300);

/// How many such rows make a screen and a quarter, so that the reader comes to a list's end by scrolling. Where no screen is
/// known there is room for the tallest.
fn screenful(row_px: u32) -> usize {
    let of_height = |height_px: u32| (height_px * 5 / 4).div_ceil(row_px) as usize;
    live::screen_height_px().map_or(ROWS_FIRST, of_height).min(ROWS_FIRST)
}

/// How many rows a panel of the overview shows; the others are a click away.
pub fn panel_room() -> usize {
    screenful(ROW_PX)
}

/// The same of a panel whose rows are all others each second.
pub fn restless_panel_room() -> usize {
    screenful(HIGH_ROW_PX) * 4 / 5
}

/// How many rows a list shows. Another wish of the reader makes another list, which begins anew.
#[derive(Clone, Copy)]
pub struct Room {
    asked: Memo<Asked>,
    /// With how many a list begins.
    first: usize,
    /// How far the list has grown, by what was asked for then.
    grown: RwSignal<(Asked, usize)>,
}

impl Room {
    /// Of rows, one below the other.
    pub fn new(query: Query) -> Self {
        Self::of_screen(query, ROW_PX)
    }

    /// Of rows of several lines.
    pub fn of_high_rows(query: Query) -> Self {
        Self::of_screen(query, HIGH_ROW_PX)
    }

    fn of_screen(query: Query, row_px: u32) -> Self {
        let first = screenful(row_px);
        Self::beginning_with(query, first, first)
    }

    /// Of tiles, which are many on a screen: as many as the server renders. After another wish they come part by part, so that
    /// who types on is not kept waiting.
    pub fn of_tiles(query: Query) -> Self {
        let room = Self::beginning_with(query, ROWS_FIRST, ROWS_MAX);
        effect(move |_: Option<()>| {
            let (count, asked) = (room.now(), room.asked.get());
            if count < ROWS_MAX {
                let grow = move || {
                    if *room.asked.read_untracked() == asked {
                        room.grow();
                    }
                };
                set_timeout(grow, if count == room.first { REST } else { BREATH });
            }
        });
        room
    }

    fn beginning_with(query: Query, first: usize, count: usize) -> Self {
        let asked = query.asked;
        Self { asked, first, grown: RwSignal::new((asked.get_untracked(), count)) }
    }

    /// So many at most; follows the reader.
    pub fn now(self) -> usize {
        let grown = self.grown.read();
        if grown.0 == *self.asked.read() { grown.1 } else { self.first }
    }

    /// How many are shown of so many; follows the reader.
    pub fn of(self, count: usize) -> usize {
        count.min(self.now())
    }

    fn grow(self) {
        let count = untrack(|| self.now()) + self.first;
        self.grown.set((self.asked.get_untracked(), count));
    }
}

/// A list of rows: its table, which stands still while somebody is at it; what is said without rows; how many more there
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
    /// How many it shows at most.
    room: Room,
    /// What is said where there are none.
    none: &'static str,
    /// What it lists, for who doesn't see it.
    #[prop(optional)]
    caption: Option<&'static str>,
    /// Who is at it.
    pointing: Pointing,
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
            aria-rowcount=move || (found.get() > shown.get()).then(|| found.get() + 1)
            hidden=when(move || shown.get() == 0)
            {..pointing.heard()}
        >
            {caption.map(|caption| view! { <caption class="visually-hidden">{caption}</caption> })}
            <thead role="rowgroup"><tr class="table__head" role="row">{heads}</tr></thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <Rest total=found shown room/>
    }
    .into_any()
}

/// Below a list: how many rows are not shown, as a button that shows more of them. `keys.js` presses it for who comes near.
#[component]
pub fn Rest(
    /// How many there are.
    #[prop(into)]
    total: Signal<usize>,
    /// How many are shown.
    #[prop(into)]
    shown: Signal<usize>,
    /// How many are shown at most.
    room: Room,
) -> impl IntoView {
    let rest = move || total.get().saturating_sub(shown.get());
    view! {
        <p class="rest" hidden=when(move || rest() == 0)>
            <button class="rest__more" type="button" data-more on:click=move |_| room.grow()>
                {text(move || word!(list.more, rest()))}
            </button>
        </p>
    }
    .into_any()
}

/// Below a panel: how many rows it does not show, which leads to the page that has them.
#[component]
pub fn Elsewhere(
    /// How many there are.
    #[prop(into)]
    total: Signal<usize>,
    /// How many the panel may show.
    #[prop(into)]
    found: Signal<usize>,
    /// How many it shows at most.
    room: usize,
    /// The page.
    href: &'static str,
) -> impl IntoView {
    let rest = move || total.get().saturating_sub(found.get().min(room));
    view! {
        <p class="rest" hidden=when(move || rest() == 0)>
            <a class="rest__more" href=at(href)>{text(move || word!(list.more, rest()))}</a>
        </p>
    }
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
