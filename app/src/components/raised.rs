//! The mark of a raised alert beside the figure that it is about, in each queue's row: a glyph and a word, in the colour of what
//! is wanted.

use leptos::prelude::*;
use model::wire::{Alerts, Metric, QueueRow, Severity};

use crate::{
    components::{
        alert_strip::{glyph, severity},
        icon::Icon,
    },
    signals::{Signal, derive, mark, memo, text, when},
};

/// The mark; nothing where no alert of these is raised.
#[component]
pub fn Raised(
    /// What is raised.
    #[prop(into)]
    alerts: Signal<Alerts>,
    /// The queue.
    queue: Signal<QueueRow>,
    /// What the figure shows.
    metrics: &'static [Metric],
) -> impl IntoView {
    let worst = memo(move |_| alerts.read().worst(&queue.read().id, metrics));
    let icon = derive(move || worst.get().map_or("triangle-alert", glyph));
    view! {
        <span class="raised" hidden=when(move || worst.get().is_none()) data-severity=mark(move || worst.get().map(Severity::as_str))>
            <Icon name=icon/> <span class="visually-hidden">{text(move || worst.get().map_or("", severity))}</span>
        </span>
    }
    .into_any()
}
