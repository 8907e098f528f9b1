//! The bar at the top: whose page this is, the pages there are, both lamps, the time.

use leptos::prelude::*;
use leptos_router::components::A;
use model::wire::Lamps;

use crate::{
    components::{lamps::LampPair, moment::Moment},
    live::{Clock, Truth},
    words::word,
};

/// The bar. It stays in place on every page.
#[component]
pub fn AppBar(
    /// What the server last said of its links.
    #[prop(into)]
    lamps: Signal<Lamps>,
    /// Whether the page is live.
    #[prop(into)]
    truth: Signal<Truth>,
    /// The page's clock.
    clock: Clock,
    /// Nobody has to sign in.
    access_open: bool,
    /// The clock is a test's.
    test_clock: bool,
) -> impl IntoView {
    view! {
        <header class="app-bar">
            <span class="brand"><Mark/> {word!(bar.brand)}</span>
            <nav class="nav" aria-label=word!(bar.pages)>
                <A href="/" exact=true>{word!(bar.overview)}</A>
                // Rendered by the server alone: the router leaves it to the browser.
                <a href="/settings" rel="external">{word!(bar.settings)}</a>
            </nav>
            {test_clock.then(|| view! { <span class="app-bar__note">{word!(bar.test_clock)}</span> })}
            {access_open.then(|| view! { <span class="app-bar__note">{word!(bar.open)}</span> })}
            <LampPair lamps truth clock/>
            // Not a page of the application: the browser loads it.
            {(!access_open).then(|| view! { <a class="app-bar__account" href="/settings/me" rel="external">{word!(bar.account)}</a> })}
            <span class="app-bar__clock"><Moment at=Signal::derive(move || Some(clock.now.get())) clock/></span>
        </header>
    }
}

/// The ring, our mark.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <circle class="mark__ring" cx="16" cy="16" r="13"></circle>
            <path class="mark__arc" d="M16 3a13 13 0 0 1 13 13"></path>
            <circle class="mark__dot" cx="16" cy="16" r="4.5"></circle>
        </svg>
    }
}
