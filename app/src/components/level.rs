//! A service level: its percent, and a bar as long as it. Both are grey: which level is too low, nobody has told Ringside.

use leptos::prelude::*;
use model::wire::Share;

use crate::components::figure;
use crate::signals::text;

/// The level with its bar; an en dash and an empty bar where it is unknown.
#[component]
pub fn LevelBar(
    /// The share answered in time.
    #[prop(into)]
    share: Signal<Option<Share>>,
) -> impl IntoView {
    let width = move || share.get().map_or(0, |share| share.0.min(10_000));
    view! {
        <span class="level">
            <span class="level__share">{text(move || figure::share(share.get()))}</span>
            <svg class="level__bar" viewBox="0 0 10000 1" preserveAspectRatio="none" aria-hidden="true">
                <rect class="level__part" x="0" y="0" width=width height="1"></rect>
            </svg>
        </span>
    }
    .into_any()
}
