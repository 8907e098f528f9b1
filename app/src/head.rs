//! What every document begins with: `<html>`'s marks and `<head>`, so that the first paint has the reader's language and theme.

use leptos::prelude::*;

use crate::{look, words::word};

/// What stands in `<head>`, whatever the page is.
#[component]
pub fn Head(
    /// What the page is called.
    #[prop(into)]
    title: String,
    /// The style sheet, where the build has one.
    css: Option<String>,
    /// What only this page has there.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let title = title + " · " + word!(bar.brand);
    view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content=look::now().theme.scheme()/>
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
        <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" type="font/woff2" crossorigin="anonymous"/>
        {css.map(|href| view! { <link rel="stylesheet" href=href/> })}
        {children.map(|children| children())}
    }
    .into_any()
}
