//! A clock time, such as `10:42:07`: in UTC as the server renders it, in the reader's zone once the page is live.

use leptos::prelude::*;
use model::time::UnixMillis;

use crate::live::{
    Clock,
    clock::{clock_time, machine_time},
};
use crate::signals::{Signal, text};

/// A moment as `<time>`; nothing where there is none.
#[component]
pub fn Moment(
    /// The moment, by the server's clock.
    #[prop(into)]
    at: Signal<Option<UnixMillis>>,
    /// The page's clock, for the day and the zone.
    clock: Clock,
) -> impl IntoView {
    let machine = move || at.get().map(machine_time);
    let text = text(move || at.get().map(|at| clock_time(at, clock.now.get(), clock.local.get())));
    view! { <time class="moment" datetime=machine>{text}</time> }
}
