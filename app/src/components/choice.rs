//! A link that shows the same page otherwise: another window, another order, fewer rows. It is an address, so it works without
//! scripts too; with them the page stays as it is and changes at once.

use leptos::{ev::MouseEvent, prelude::*};

use crate::query::Query;
use crate::signals::mark;

/// What a link to another look of the page does when it is clicked. With a key or another button it stays a link.
fn follow(query: Query, key: &'static str, value: &str, event: &MouseEvent) {
    if event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
    {
        event.prevent_default();
        query.set(key, value);
    }
}

/// Several looks of which one is chosen.
#[component]
pub fn Choices(
    /// The page's address.
    query: Query,
    /// What of it is chosen.
    key: &'static str,
    /// What the choice is about, for those who can't see it.
    label: &'static str,
    /// The values with their words; the one that is empty is the page's own.
    choices: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let links = choices.into_iter().map(|(value, name)| {
        let current = mark(move || (query.get(key) == value).then_some("true"));
        view! {
            <a
                class="choice"
                href=move || query.href(key, value)
                aria-current=current
                on:click=move |event| follow(query, key, value, &event)
            >
                {name}
            </a>
        }
    });
    view! { <div class="choices" role="group" aria-label=label>{links.map(IntoAny::into_any).collect_view()}</div> }.into_any()
}

/// A column's head that sorts by it; once more, and the list has its own order again.
#[component]
pub fn SortHead(
    /// The page's address.
    query: Query,
    /// The value of `sort`; the list's own order is the empty one.
    by: &'static str,
    /// The column's name.
    name: &'static str,
    /// The column has numbers.
    #[prop(optional)]
    number: bool,
    /// Smaller ones come first.
    #[prop(optional)]
    ascending: bool,
) -> impl IntoView {
    let is_sorted = move || query.get("sort") == by;
    let other = move || if is_sorted() { "" } else { by };
    let sorted = mark(move || is_sorted().then_some(if ascending { "ascending" } else { "descending" }));
    view! {
        <th role="columnheader" scope="col" class=number.then_some("num") aria-sort=sorted>
            <a
                class="sort"
                href=move || query.href("sort", other())
                on:click=move |event| follow(query, "sort", other(), &event)
            >
                {name}
            </a>
        </th>
    }
    .into_any()
}

/// A column's head that sorts nothing.
#[component]
pub fn Head(
    /// The column's name.
    name: &'static str,
    /// The column has numbers.
    #[prop(optional)]
    number: bool,
) -> impl IntoView {
    view! { <th role="columnheader" scope="col" class=number.then_some("num")>{name}</th> }.into_any()
}
