//! How the PBX is set up, step by step, in its own words, with drawings of its form; at the end, whether events come.

use leptos::prelude::*;

use crate::words::word;

/// The guide's content. `status` are the endpoints' status lines, live.
pub fn guide() -> AnyView {
    let step = |number: &'static str, title: &'static str, text: &'static str, drawing: AnyView| {
        view! {
            <li class="card guide__step">
                <h2><span class="guide__number">{number}</span> {title}</h2>
                <p>{text}</p>
                {drawing}
            </li>
        }
    };
    view! {
        <div class="settings-head">
            <div><h1>{word!(guide.title)}</h1><p>{word!(guide.intro)}</p></div>
            <a class="button settings-head__action" href="/settings/event-url">{word!(event_url.back)}</a>
        </div>
        <ol class="guide">
            {step("1", word!(guide.urls), word!(guide.urls_text), view! { <UrlDrawing/> }.into_any())}
            {step("2", word!(guide.open), word!(guide.open_text), view! { <MenuDrawing/> }.into_any())}
            {step("3", word!(guide.fill), word!(guide.fill_text), view! { <FormDrawing/> }.into_any())}
            {step("4", word!(guide.enable), word!(guide.enable_text), view! { <EnableDrawing/> }.into_any())}
            {step("5", word!(guide.watch), word!(guide.watch_text), ().into_any())}
        </ol>
        <p><a class="button button--main" href="/settings/event-url">{word!(guide.to_watch)}</a></p>
    }
    .into_any()
}

/// Our own page, in little.
#[component]
fn UrlDrawing() -> impl IntoView {
    view! {
        <div class="drawing" role="img" aria-label=word!(guide.urls_drawing)>
            <span class="drawing__field">"https://…/hooks/k2x9…"</span>
            <span class="drawing__button" data-here="">{word!(settings.copy)}</span>
        </div>
    }
}

/// Where the PBX has the form.
#[component]
fn MenuDrawing() -> impl IntoView {
    view! {
        <div class="drawing" role="img" aria-label=word!(guide.open_drawing)>
            <span class="drawing__menu" data-here="">"Company"</span>
            <span class="drawing__tabs">
                <span>"General"</span> <span>"Office Hours"</span> <span>"Storage"</span>
                <span data-here="">"Event URL"</span> <span>"Password Policy"</span>
            </span>
        </div>
    }
}

/// The form, once.
#[component]
fn FormDrawing() -> impl IntoView {
    view! {
        <div class="drawing drawing--form" role="img" aria-label=word!(guide.fill_drawing)>
            <span class="drawing__title">"CDR Events"</span>
            <span class="drawing__name">"Authentication Method"</span> <span class="drawing__field">"Bearer Authentication ▾"</span>
            <span class="drawing__name">"Bearer Token"</span> <span class="drawing__field" data-here="">"7f3kq0z9m2c8…"</span>
            <span class="drawing__name">"CDR URL"</span> <span class="drawing__field" data-here="">"https://…/hooks/k2x9…"</span>
        </div>
    }
}

/// Its end.
#[component]
fn EnableDrawing() -> impl IntoView {
    view! {
        <div class="drawing" role="img" aria-label=word!(guide.enable_drawing)>
            <span class="drawing__switch" data-here="">"Enable"</span>
            <span class="drawing__button" data-here="">"Save"</span>
        </div>
    }
}
