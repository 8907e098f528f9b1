//! The choice of language and colours: a small menu in the bar, and open at the foot of the pages before the door. A form of
//! buttons, each of which changes one thing at once; without scripts too.

use leptos::prelude::*;

use crate::{
    components::icon::Icon,
    look::{self, Language, Theme},
    root::at,
    words::word,
};

/// The menu. Closed it says the language, by its tag.
#[component]
pub fn LookMenu() -> impl IntoView {
    view! {
        <details class="look">
            <summary class="look__head">
                <Icon name="globe"/>
                <span aria-hidden="true">{look::now().language.tag()}</span>
                <span class="visually-hidden">{word!(look.title)}</span>
            </summary>
            <LookForm/>
        </details>
    }
    .into_any()
}

/// The form.
#[component]
pub fn LookForm() -> impl IntoView {
    let now = look::now();
    let languages = Language::ALL.map(|language| {
        let pressed = (language == now.language).to_string();
        view! {
            <button class="look__choice" name="language" value=language.tag() lang=language.tag() aria-pressed=pressed>
                {language.name()}
            </button>
        }
    });
    let themes = Theme::ALL.map(|theme| {
        let pressed = (theme == now.theme).to_string();
        view! { <button class="look__choice" name="theme" value=theme.name() aria-pressed=pressed>{name(theme)}</button> }
    });
    view! {
        <form class="look__form" method="post" action=at("/look")>
            <div class="look__choices" role="group" aria-label=word!(look.language)>{languages.collect_view()}</div>
            <div class="look__choices" role="group" aria-label=word!(look.theme)>{themes.collect_view()}</div>
        </form>
    }
    .into_any()
}

/// What people call a theme.
fn name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => word!(look.system),
        Theme::Light => word!(look.light),
        Theme::Dark => word!(look.dark),
        Theme::Contrast => word!(look.contrast),
    }
}
