//! How long something lasts already, such as `4:07`. It ticks while the page is live, and stands still when it isn't.

use leptos::prelude::*;
use model::time::UnixMillis;

use crate::live::{
    Clock,
    clock::{coarse_duration, duration},
};

/// The time since a moment; an en dash where the moment is unknown.
#[component]
pub fn Elapsed(
    /// The moment, by the server's clock.
    #[prop(into)]
    since: Signal<Option<UnixMillis>>,
    /// The page's clock.
    clock: Clock,
    /// Whole minutes, hours or days only.
    #[prop(optional)]
    coarse: bool,
) -> impl IntoView {
    let write = if coarse { coarse_duration } else { duration };
    let text =
        move || since.get().map_or_else(|| "–".to_owned(), |since| write(clock.now.get().since(since)));
    view! { <span class="elapsed">{text}</span> }
}
