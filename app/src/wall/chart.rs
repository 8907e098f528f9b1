//! The course of today, as large as its place.

use leptos::prelude::*;

use super::Given;
use crate::{components::day_chart::DayPlot, words::word};

/// The chart.
#[component]
pub fn Chart(
    /// What every tile is given.
    given: Given,
) -> impl IntoView {
    view! {
        <section class="wall-panel" aria-label=word!(day.title)>
            <p class="wall-panel__head"><span>{word!(day.title)}</span></p>
            <DayPlot live=given.live()/>
        </section>
    }
    .into_any()
}
