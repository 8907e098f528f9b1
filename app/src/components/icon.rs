//! A small picture beside a word; never instead of one.

use leptos::prelude::*;

/// An icon of the sprite in `public/icons.svg`, in the colour of its text. Hidden from screen readers.
#[component]
pub fn Icon(
    /// Its name in Lucide's set.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use_ href=move || format!("/icons.svg#{}", name.get())></use_>
        </svg>
    }
}
