//! The pages there are, beside one another. Each is loaded by itself: so these are links and no more.

use leptos::prelude::*;

use crate::{root::at, words::word};

/// The pages by address, word, and the key that leads there after `g`.
fn pages() -> [(&'static str, &'static str, &'static str); 7] {
    [
        ("/", word!(bar.overview), "o"),
        ("/queues", word!(bar.queues), "q"),
        ("/agents", word!(bar.agents), "a"),
        ("/extensions", word!(bar.extensions), "e"),
        ("/calls", word!(bar.calls), "c"),
        ("/history", word!(bar.history), "h"),
        ("/settings", word!(bar.settings), "s"),
    ]
}

/// The links, at the top of the page or at the thumb.
#[component]
pub fn PageNav(
    /// The address of the one that is shown.
    here: &'static str,
) -> impl IntoView {
    let links = pages().map(|(address, name, key)| {
        view! { <a href=at(address) data-key=key aria-current=(address == here).then_some("page")>{name}</a> }
    });
    view! { <nav class="nav" aria-label=word!(bar.pages)>{links.map(IntoAny::into_any).collect_view()}</nav> }
        .into_any()
}
