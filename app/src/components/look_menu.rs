//! The choice of language and colours: a small menu in the bar, and open at the foot of the pages before the door. A form of
//! buttons, each of which changes one thing at once; without scripts too.

use leptos::prelude::*;

use crate::{
    components::icon::Icon,
    live::kept,
    look::{self, Language, Theme},
    root::at,
    words::word,
};

/// Under which name a browser keeps whether alerts sound.
const SOUND: &str = "ringsideChime";

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
            <LookForm sound=true/>
        </details>
    }
    .into_any()
}

/// The form.
#[component]
pub fn LookForm(
    /// Whether the sound of alerts is chosen here too.
    #[prop(optional)]
    sound: bool,
) -> impl IntoView {
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
            <div class="look__choices" role="group" aria-label=word!(look.language)>{languages.map(IntoAny::into_any).collect_view()}</div>
            <div class="look__choices" role="group" aria-label=word!(look.theme)>{themes.map(IntoAny::into_any).collect_view()}</div>
            {sound.then(|| view! { <SoundChoice/> })}
        </form>
    }
    .into_any()
}

/// Whether a new alert sounds in this browser. `public/alerts.js` does both.
#[component]
fn SoundChoice() -> impl IntoView {
    let pressed = kept(SOUND).is_some_and(|kept| kept == "on").to_string();
    view! {
        <div class="look__choices look__sound" role="group" aria-label=word!(alert.title)>
            <button class="look__choice" type="button" data-chime="" aria-pressed=pressed>{word!(alert.sound)}</button>
        </div>
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
