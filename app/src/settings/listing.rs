//! A table of what there is: its head, its cells, and what stands there while it is empty. Narrow screens show each row as a
//! block, with the head's words before the cells.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::parts::Ago;
use crate::words::word;

/// A table.
#[component]
pub fn Listing(
    /// What it lists, for who doesn't see it.
    caption: &'static str,
    /// The columns' names. The last one may be empty: what can be done.
    #[prop(into)]
    heads: Vec<&'static str>,
    /// A row each, of as many cells.
    rows: Vec<Vec<AnyView>>,
    /// What is said where there are none.
    none: &'static str,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="empty">{none}</p> }.into_any();
    }
    let row = |cells: Vec<AnyView>| {
        let cells =
            cells.into_iter().zip(&heads).map(|(cell, head)| view! { <td data-head=*head>{cell}</td> });
        view! { <tr>{cells.collect_view()}</tr> }
    };
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    let columns = heads.into_iter().map(|head| view! { <th scope="col">{head}</th> });
    view! {
        <div class="listing" tabindex="0" role="group" aria-label=caption>
            <table>
                <caption class="visually-hidden">{caption}</caption>
                <thead><tr>{columns.collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A name that somebody chose: whatever its letters do, they do it within.
#[component]
pub fn Named(
    /// The name.
    name: String,
) -> impl IntoView {
    view! { <b class="listing__name"><bdi>{name}</bdi></b> }
}

/// When something was last seen.
#[component]
pub fn Seen(
    /// When; `None` for never.
    at: Option<UnixMillis>,
    /// The server's clock now.
    now: UnixMillis,
) -> impl IntoView {
    match at {
        Some(at) => view! { <Ago at now/> }.into_any(),
        None => view! { <span class="sub">{word!(listing.never)}</span> }.into_any(),
    }
}
