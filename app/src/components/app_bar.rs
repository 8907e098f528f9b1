//! The bar at the top: whose page this is, the pages there are, both lamps, the time.

use leptos::prelude::*;
use model::wire::Lamps;

use crate::{
    components::{lamps::LampPair, look_menu::LookMenu, moment::Moment, nav::PageNav},
    live::{Clock, Truth},
    root::at,
    signals::{Signal, derive},
    words::word,
};

/// The bar. It stays in place on every page.
#[component]
pub fn AppBar(
    /// The address of the page that is shown.
    here: &'static str,
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
            <PageNav here/>
            {test_clock.then(|| view! { <span class="app-bar__note">{word!(bar.test_clock)}</span> })}
            {access_open.then(|| view! { <span class="app-bar__note">{word!(bar.open)}</span> })}
            <LampPair lamps truth clock/>
            <LookMenu/>
            {(!access_open).then(|| view! { <a class="app-bar__account" href=at("/settings/me")>{word!(bar.account)}</a> })}
            <span class="app-bar__clock"><Moment at=derive(move || Some(clock.now.get())) clock/></span>
        </header>
    }
    .into_any()
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
