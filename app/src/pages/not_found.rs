//! Every address that shows nothing: says so, and leads back. The server answers it 404.

use leptos::prelude::*;

use crate::{root::at, words::word};

/// The page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <div class="not-found">
            <h1>{word!(not_found.title)}</h1>
            <p>{word!(not_found.text)}</p>
            <p><a href=at("/")>{word!(not_found.back)}</a></p>
        </div>
    }
}
