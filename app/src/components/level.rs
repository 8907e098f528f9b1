//! A service level: its percent, and a bar as long as it. One below what is wanted has a glyph and another colour; where
//! nobody has told what is wanted, both are grey.

use leptos::prelude::*;
use model::wire::Share;

use crate::{
    age::Age,
    components::{figure, icon::Icon},
    signals::{Signal, mark, memo, text},
    words::word,
};

/// The level with its bar; an en dash and an empty bar where it is unknown.
#[component]
pub fn LevelBar(
    /// The share answered in time.
    #[prop(into)]
    share: Signal<Option<Share>>,
    /// The percent that is wanted.
    #[prop(into)]
    wanted: Signal<Option<u8>>,
) -> impl IntoView {
    let width = move || share.get().map_or(0, |share| share.0.min(10_000));
    let low = memo(move |_| Age::of_level(share.get(), wanted.get()) != Age::Within);
    view! {
        <span class="level" data-age=mark(move || low.get().then_some("heed"))>
            <span class="level__glyph" hidden=move || !low.get()>
                <Icon name="triangle-alert"/> <span class="visually-hidden">{text(move || wanted.get().map(|wanted| word!(figure.below, wanted)))}</span>
            </span>
            <span class="level__share">{text(move || figure::share(share.get()))}</span>
            <svg class="level__bar" viewBox="0 0 10000 1" preserveAspectRatio="none" aria-hidden="true">
                <rect class="level__part" x="0" y="0" width=width height="1"></rect>
            </svg>
        </span>
    }
    .into_any()
}
