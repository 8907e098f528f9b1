//! A wall, `/wall/{board}`: what a room reads from some metres away. It fills the screen, scrolls nowhere and needs nobody.
//!
//! - `bands`: how tiles become a page. `turn`: which page is shown, and which screenful of a list, both by the clock alone.
//! - A tile a file: `number`, `queues` (table), `cards`, `agents`, `waiting`, `presence`, `chart`.
//! - `alarms`: what stays in sight whatever page is shown. `frame`: what stands above and below.
//!
//! Sizes are the style sheet's (`style/pages/wall.css`): one `rem` is text of 20 minutes of arc, by the marks that the board
//! puts on `<html>`.

mod agents;
mod alarms;
mod bands;
mod cards;
mod chart;
mod frame;
mod long;
mod number;
mod presence;
mod queues;
mod turn;
mod waiting;

use leptos::prelude::*;
use model::{
    id::Number,
    time::Millis,
    wall::{Kind, WallBoard, WallPage},
};

use crate::{
    components::stale_banner::StaleBanner,
    live::{Live, Totals, clock::duration},
    signals::{Signal, mark, text, when},
    words::word,
};
use bands::Band;
pub use number::name as metric_name;
use turn::Turn;

/// What every tile is given.
#[derive(Clone, Copy)]
struct Given(StoredValue<Parts>);

/// The parts of [`Given`].
#[derive(Clone)]
struct Parts {
    live: Live,
    totals: Totals,
    turn: Turn,
    queues: Vec<Number>,
}

impl Given {
    /// The page's data.
    fn live(self) -> Live {
        self.0.with_value(|parts| parts.live)
    }

    /// All queues of the board as one.
    fn totals(self) -> Totals {
        self.0.with_value(|parts| parts.totals)
    }

    /// Which page and which screenful is shown.
    fn turn(self) -> Turn {
        self.0.with_value(|parts| parts.turn)
    }

    /// The numbers of the queues that the board names.
    fn queues(self) -> Vec<Number> {
        self.0.with_value(|parts| parts.queues.clone())
    }
}

/// The wall.
#[component]
pub fn Wall(
    /// The page's data.
    live: Live,
    /// The board.
    board: WallBoard,
    /// The clock is a test's.
    test_clock: bool,
) -> impl IntoView {
    let WallBoard { title, pages, rotate_s, sound, queues, .. } = board;
    let turn = Turn::new(live.clock, pages.len(), rotate_s);
    let given = Given(StoredValue::new(Parts { live, totals: Totals::of(live), turn, queues }));
    let count = pages.len();
    let has_level = pages.iter().any(has_level);
    // Where every page shows the queues by their need, those in need are in sight already.
    let shows_queues = |page: &WallPage| {
        page.tiles
            .iter()
            .any(|tile| [Kind::QueueTable, Kind::QueueCards].map(Kind::as_str).contains(&&*tile.kind))
    };
    let names_queues = !pages.iter().all(shows_queues);
    let pages = pages.into_iter().enumerate().map(|(place, page)| view! { <PageOfTiles given place page/> });
    view! {
        <StaleBanner truth=live.truth clock=live.clock/>
        <main id="main" class="wall" tabindex="-1" data-sound=sound.then_some("")>
            <frame::Top given title test_clock/>
            <alarms::Alarms given names_queues/>
            {pages.collect_view()}
            <frame::Bottom given count has_level/>
        </main>
    }
    .into_any()
}

fn has_level(page: &WallPage) -> bool {
    page.tiles.iter().any(|tile| {
        tile.metric.as_deref() == Some("level")
            || matches!(Kind::of(&tile.kind), Some(Kind::QueueTable | Kind::QueueCards))
    })
}

/// One page of tiles.
#[component]
fn PageOfTiles(
    /// What every tile is given.
    given: Given,
    /// Its place among the pages.
    place: usize,
    /// Its tiles.
    page: WallPage,
) -> impl IntoView {
    let bands = bands::of(page.tiles);
    let bands = bands.into_iter().enumerate().map(|(at, band)| match band {
        Band::Numbers(tiles) => view! { <number::Numbers given tiles/> }.into_any(),
        Band::Text(text) => view! { <p class="wall-text" dir="auto">{text}</p> }.into_any(),
        Band::Newer(kind) => view! { <p class="wall-newer">{word!(wall.newer, kind)}</p> }.into_any(),
        Band::Panels(kinds) => {
            let count = kinds.len();
            let panels = kinds.into_iter().enumerate().map(|(number, kind)| {
                // Of each list one id on the whole wall.
                panel(given, kind, format!("wall-{place}-{at}-{number}"))
            });
            view! { <div class="wall-panels" data-count=count.to_string()>{panels.collect_view()}</div> }
                .into_any()
        }
    });
    view! {
        <div class="wall-page" hidden=when(move || given.turn().page.get() != place)>{bands.collect_view()}</div>
    }
    .into_any()
}

fn panel(given: Given, kind: Kind, id: String) -> AnyView {
    match kind {
        Kind::QueueTable => view! { <queues::QueueTable given id/> }.into_any(),
        Kind::QueueCards => view! { <cards::QueueCards given id/> }.into_any(),
        Kind::AgentStates => view! { <agents::AgentStates given id/> }.into_any(),
        Kind::WaitingList => view! { <waiting::WaitingList given id/> }.into_any(),
        Kind::Presence => view! { <presence::Presence given id/> }.into_any(),
        Kind::Chart => view! { <chart::Chart given/> }.into_any(),
        // They are no panels (`bands`).
        Kind::Number | Kind::Clock | Kind::Announcement => ().into_any(),
    }
}

/// A panel with a list in it: what it lists, which screenful is shown, what is said where it is empty.
#[component]
fn Panel(
    /// What it lists.
    title: &'static str,
    /// How many there are.
    count: Signal<usize>,
    /// What is said where there are none.
    #[prop(into)]
    none: Signal<&'static str>,
    /// Which screenful of it is shown.
    paged: turn::Paged,
    /// The list.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="wall-panel" aria-label=title data-empty=mark(move || (count.get() == 0).then_some("yes"))>
            <p class="wall-panel__head">
                <span>{title}</span> <b>{count}</b> <turn::Place paged count/>
            </p>
            <p class="wall-panel__none" hidden=when(move || count.get() != 0)>{text(move || none.get())}</p>
            {children()}
        </section>
    }
    .into_any()
}

/// A length as a wall shows it: `4:07`, from an hour on hours and minutes, `1:10 h`, and from two days on days.
fn length(length: Millis) -> String {
    let minutes = length.0.max(0) / 60_000;
    // Longer ones are days, as at a desk.
    if (60..2 * 24 * 60).contains(&minutes) {
        word!(wall.hours, format!("{}:{:02}", minutes / 60, minutes % 60))
    } else {
        duration(length)
    }
}

/// A queue's name, else its number, else its id.
fn queue_name(queue: &model::wire::QueueRow) -> String {
    let number = || queue.number.as_ref().map_or_else(|| queue.id.to_string(), ToString::to_string);
    queue.name.as_ref().map_or_else(number, ToString::to_string)
}
