//! What a new install shows: how to connect the PBX. It goes by itself with the first event.

use crate::signals::Signal;
use leptos::prelude::*;
use model::wire::Lamps;

use crate::{components::icon::Icon, root::at, words::word};

/// The three steps to a live page.
#[component]
pub fn Connect(
    /// What the server last said of its links.
    #[prop(into)]
    lamps: Signal<Lamps>,
) -> impl IntoView {
    let connected = move || lamps.read().pbx.last_event_at.is_some();
    view! {
        <section class="card connect" aria-labelledby="connect-title" hidden=connected>
            <header class="card__head"><h2 id="connect-title">{word!(connect.title)}</h2></header>
            <p>{word!(connect.intro)}</p>
            <ol class="connect__steps">
                <li>{word!(connect.urls)}</li>
                <li>{word!(connect.paste)}</li>
                <li>{word!(connect.enable)}</li>
            </ol>
            <p><a href=at("/settings/event-url")>{word!(connect.open)}</a></p>
            <p class="connect__watch"><Icon name="hourglass"/> {word!(connect.watch)}</p>
        </section>
    }
    .into_any()
}
