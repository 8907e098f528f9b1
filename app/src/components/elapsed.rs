//! How long something lasts already, such as `4:07`. It ticks while the page is live, and stands still when it isn't.

use leptos::prelude::*;
use model::time::UnixMillis;

use crate::{
    components::figure::NONE,
    live::{
        Clock,
        clock::{coarse_duration, duration},
    },
    signals::{Signal, text},
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
    let (write, now): (fn(_) -> _, _) =
        if coarse { (coarse_duration, clock.slow) } else { (duration, clock.now) };
    let text =
        text(move || since.get().map_or_else(|| NONE.to_owned(), |since| write(now.get().since(since))));
    view! { <span class="elapsed">{text}</span> }
}
