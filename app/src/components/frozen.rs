//! What a frozen page says: its lists stand still since a moment, and the key that lets them go on.

use leptos::prelude::*;

use crate::{
    components::{icon::Icon, moment::Moment},
    live::Live,
    signals::{derive, when},
    words::word,
};

/// The mark, over the page's lower edge.
#[component]
pub fn Frozen(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let since = derive(move || live.frozen.get());
    view! {
        <p class="frozen" role="status">
            <span class="frozen__mark" hidden=when(move || since.get().is_none())>
                <Icon name="circle-pause"/> " " {word!(list.frozen)} " " <Moment at=since clock=live.clock/> " · "
                {word!(list.unfreeze)}
            </span>
        </p>
    }
    .into_any()
}
