//! Every address that shows nothing: says so, answers 404, and leads back.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{app::SetStatus, words::word};

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(SetStatus(set_status)) = use_context() {
        set_status(404);
    }
    view! {
        <Title text=format!("{} · {}", word!(not_found.title), word!(bar.brand))/>
        <div class="not-found">
            <h1>{word!(not_found.title)}</h1>
            <p>{word!(not_found.text)}</p>
            <p><A href="/">{word!(not_found.back)}</A></p>
        </div>
    }
}
