//! The application: what stands around every page, and the page that the address shows.
//!
//! The browser's program is built in parts, each with some of the pages, so that the first page comes without the code of the
//! others: [`queues`], [`people`], [`wall`]. Each is given to [`crate::live::socket::start`] by a wasm of its own
//! (`app/parts/`); the server, which has all of them, draws a page by [`App`].

use leptos::prelude::*;

use crate::{
    components::{
        alert_strip::AlertStrip, app_bar::AppBar, frozen::Frozen, keys::KeysDialog, stale_banner::StaleBanner,
    },
    live::Live,
    page::Page,
    pages::{
        agents::Agents, calls::Calls, extensions::Extensions, not_found::NotFound, overview::Overview,
        queue::Queue, queues::Queues,
    },
    root::Root,
    route::{Part, Route},
    wall::Wall,
    words::word,
};

/// Draws everything within `<body>` for the pages of one part.
pub type Draw = fn(&Page) -> AnyView;

/// Everything within `<body>`, of any page. Takes the [`Page`] from the context.
#[component]
pub fn App() -> impl IntoView {
    let page = use_context::<Page>().unwrap_or_else(Page::empty);
    let draw: Draw = match Route::of(&page.path).part() {
        Part::Queues => queues,
        Part::People => people,
        Part::Wall => wall,
    };
    draw(&page)
}

/// The pages of [`Part::Queues`].
pub fn queues(page: &Page) -> AnyView {
    desk(page, |route, live| match route {
        Route::Overview => view! { <Overview live/> }.into_any(),
        Route::Queues => view! { <Queues live/> }.into_any(),
        Route::Queue(number) => view! { <Queue live number/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    })
}

/// The pages of [`Part::People`].
pub fn people(page: &Page) -> AnyView {
    desk(page, |route, live| match route {
        Route::Agents => view! { <Agents live/> }.into_any(),
        Route::Extensions => view! { <Extensions live/> }.into_any(),
        Route::Calls => view! { <Calls live/> }.into_any(),
        _ => view! { <NotFound/> }.into_any(),
    })
}

/// A wall, [`Part::Wall`].
pub fn wall(page: &Page) -> AnyView {
    let live = live(page);
    match page.wall.clone() {
        Some(board) => view! { <Wall live board test_clock=page.test_clock/> }.into_any(),
        None => view! { <main id="main" tabindex="-1"><NotFound/></main> }.into_any(),
    }
}

/// The page's data, which follows the feed.
fn live(page: &Page) -> Live {
    let live = Live::of(page);
    // The server is asked, and renders, without the path: it adds it to the links of the whole page.
    let root = if cfg!(feature = "browser") { page.root.clone() } else { String::new() };
    provide_context(Root::new(&root));
    #[cfg(feature = "browser")]
    crate::live::socket::follow(live, page);
    live
}

/// A page at somebody's desk.
fn desk(page: &Page, content: fn(Route, Live) -> AnyView) -> AnyView {
    let live = live(page);
    let route = Route::of(&page.path);
    let here = route.path();
    let content = content(route, live);
    view! {
        <a class="skip" href="#main">{word!(bar.skip)}</a>
        <AppBar
            here
            lamps=live.lamps
            truth=live.truth
            clock=live.clock
            access_open=page.access_open
            test_clock=page.test_clock
        />
        <StaleBanner truth=live.truth clock=live.clock/>
        <p class="simple-note">{word!(stale.simple)}</p>
        <AlertStrip live may_acknowledge=page.may_acknowledge/>
        <main id="main" tabindex="-1">{content}</main>
        <Frozen live/>
        <KeysDialog/>
    }
    .into_any()
}
