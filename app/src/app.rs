//! The application: which page an address shows.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::{app_bar::AppBar, stale_banner::StaleBanner},
    live::Live,
    page::Page,
    pages::{not_found::NotFound, overview::Overview},
    root::Root,
    words::word,
};

/// Sets the status of the server's answer. The server provides it as context; in the browser there is none.
#[derive(Clone)]
pub struct SetStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Everything within `<body>`. Takes the [`Page`] from the context.
#[component]
pub fn App() -> impl IntoView {
    let page = use_context::<Page>().unwrap_or_else(Page::empty);
    let live = Live::of(&page);
    provide_context(live);
    provide_meta_context();
    // The server is asked, and renders, without the path: it adds it to the links of the whole page.
    let root = if cfg!(feature = "hydrate") { page.root.clone() } else { String::new() };
    provide_context(Root::new(&root));
    #[cfg(feature = "hydrate")]
    crate::live::socket::follow(live, &page);

    view! {
        <a class="skip" href="#main">{word!(bar.skip)}</a>
        <Router base=root>
            <AppBar
                lamps=live.lamps
                truth=live.truth
                clock=live.clock
                access_open=page.access_open
                test_clock=page.test_clock
            />
            <StaleBanner truth=live.truth clock=live.clock/>
            <main id="main" tabindex="-1">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Overview ssr=SsrMode::Async/>
                </Routes>
            </main>
        </Router>
    }
}
