//! The overview, `/`: the six figures, queues with their waiting callers and agents, the course of today, presence, live calls.

use leptos::prelude::*;

use crate::{
    components::{
        calls_panel::CallsPanel, connect::Connect, day_chart::DayChart, presence_panel::PresencePanel,
        queues_panel::QueuesPanel, strip::FigureStrip,
    },
    live::Live,
    words::word,
};

/// The page.
#[component]
pub fn Overview(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    view! {
        <div class="overview">
            <h1 class="visually-hidden">{word!(bar.overview)}</h1>
            <Connect lamps=live.lamps/>
            <FigureStrip live/>
            <div class="overview__main">
                <QueuesPanel live/>
                <DayChart live/>
                <PresencePanel live/>
            </div>
            <div class="overview__side">
                <CallsPanel live/>
            </div>
        </div>
    }
}
