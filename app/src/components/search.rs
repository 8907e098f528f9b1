//! The search of a list: `/` leads here, and what is typed narrows the list at once.

use leptos::prelude::*;

use crate::{components::icon::Icon, query::Query, words::word};

/// The field. It is a form, so that it also works where no script does.
#[component]
pub fn Search(
    /// The page's address.
    query: Query,
    /// What can be found by it.
    label: &'static str,
) -> impl IntoView {
    view! {
        <form class="search" role="search" on:submit=|event| event.prevent_default()>
            <Icon name="search"/>
            <input
                type="search"
                name="q"
                class="search__field"
                data-search
                placeholder=label
                aria-label=label
                autocomplete="off"
                spellcheck="false"
                value=query.get("q")
                prop:value=move || query.get("q")
                on:input=move |event| query.set("q", &event_target_value(&event))
            />
            <kbd class="search__key" aria-hidden="true">{word!(keys.search)}</kbd>
        </form>
    }
    .into_any()
}
