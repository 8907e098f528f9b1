//! The banner of a page that isn't live: since when, and which link is gone. The style sheet draws it 10 s after a page
//! came, unless the browser made the page live before; so it appears without any script too.

use leptos::prelude::*;
use model::time::UnixMillis;

use crate::{
    components::{icon::Icon, moment::Moment},
    live::{Clock, Truth},
    signals::{Signal, derive, text},
    words::word,
};

/// The banner, and the one polite live region that says the same to screen readers.
#[component]
pub fn StaleBanner(
    /// Whether the page is live.
    #[prop(into)]
    truth: Signal<Truth>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let lead = text(move || match truth.get() {
        Truth::AsOf(_) => word!(stale.as_of),
        _ => word!(stale.since),
    });
    let since = derive(move || match truth.get() {
        Truth::Live => None,
        Truth::AsOf(at) | Truth::ServerLost(at) | Truth::PbxDown(at) => Some::<UnixMillis>(at),
    });
    let reason = text(move || match truth.get() {
        Truth::AsOf(_) | Truth::Live => "",
        Truth::ServerLost(_) => word!(stale.server_lost),
        Truth::PbxDown(_) => word!(stale.pbx_down),
    });
    let announcement = text(move || match truth.get() {
        Truth::AsOf(_) => "",
        Truth::Live => word!(stale.announce_live),
        Truth::ServerLost(_) => word!(stale.announce_lost),
        Truth::PbxDown(_) => word!(stale.announce_pbx_down),
    });
    view! {
        <aside class="stale-banner" aria-label=word!(stale.label)>
            <Icon name="triangle-alert"/>
            <p>
                <span>{lead}</span> " " <Moment at=since clock/>
                <span class="stale-banner__reason">{reason}</span>
            </p>
        </aside>
        <p class="visually-hidden" role="status">{announcement}</p>
    }
}
