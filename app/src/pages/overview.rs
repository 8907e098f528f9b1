//! The overview, `/`: queues with their waiting callers and agents, presence, live calls.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{
        calls_panel::CallsPanel, connect::Connect, presence_panel::PresencePanel, queues_panel::QueuesPanel,
    },
    live::Live,
    words::word,
};

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let live = expect_context::<Live>();
    view! {
        <Title text=format!("{} · {}", word!(bar.overview), word!(bar.brand))/>
        <div class="overview">
            <h1 class="visually-hidden">{word!(bar.overview)}</h1>
            <Connect lamps=live.lamps/>
            <div class="overview__main">
                <QueuesPanel live/>
                <PresencePanel live/>
            </div>
            <div class="overview__side">
                <CallsPanel live/>
            </div>
        </div>
    }
}
