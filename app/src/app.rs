//! The application: what stands around every page, and the page that the address shows.

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
    route::Route,
    wall::Wall,
    words::word,
};

/// Everything within `<body>`. Takes the [`Page`] from the context.
#[component]
pub fn App() -> impl IntoView {
    let page = use_context::<Page>().unwrap_or_else(Page::empty);
    let live = Live::of(&page);
    // The server is asked, and renders, without the path: it adds it to the links of the whole page.
    let root = if cfg!(feature = "browser") { page.root.clone() } else { String::new() };
    provide_context(Root::new(&root));
    #[cfg(feature = "browser")]
    crate::live::socket::follow(live, &page);
    let route = Route::of(&page.path);
    if let (Route::Wall(_), Some(board)) = (&route, page.wall) {
        return view! { <Wall live board test_clock=page.test_clock/> }.into_any();
    }
    let here = route.path();
    let content = match route {
        Route::Overview => view! { <Overview live/> }.into_any(),
        Route::Queues => view! { <Queues live/> }.into_any(),
        Route::Queue(number) => view! { <Queue live number/> }.into_any(),
        Route::Agents => view! { <Agents live/> }.into_any(),
        Route::Extensions => view! { <Extensions live/> }.into_any(),
        Route::Calls => view! { <Calls live/> }.into_any(),
        Route::Wall(_) | Route::Nowhere => view! { <NotFound/> }.into_any(),
    };
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
        <AlertStrip live may_acknowledge=page.may_acknowledge/>
        <main id="main" tabindex="-1">{content}</main>
        <Frozen live/>
        <KeysDialog/>
    }
    .into_any()
}
