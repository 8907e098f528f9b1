//! A small picture beside a word; never instead of one.

use leptos::prelude::*;

use crate::{
    root::at,
    signals::{Signal, text},
};

/// An icon of the sprite in `public/icons.svg`, in the colour of its text. Hidden from screen readers.
#[component]
pub fn Icon(
    /// Its name in Lucide's set.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    let sprite = at("/icons.svg");
    view! {
        <svg class="icon" aria-hidden="true">
            <use_ href=text(move || format!("{sprite}#{}", name.get()))></use_>
        </svg>
    }
}
