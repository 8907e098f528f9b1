//! The settings' first page: what there is to set.

use leptos::prelude::*;

use super::Place;
use crate::words::word;

/// The page's content.
pub fn index() -> AnyView {
    let entries = Place::ALL.iter().filter(|place| **place != Place::Index).map(|place| {
        view! {
            <li class="card settings-index__entry">
                <a href=place.href()>{place.name()}</a>
                <p class="sub">{place.about()}</p>
            </li>
        }
    });
    view! {
        <div class="settings-head"><h1>{word!(settings.title)}</h1></div>
        <ul class="settings-index">{entries.collect_view()}</ul>
    }
    .into_any()
}
