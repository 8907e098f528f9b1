//! One waiting caller on a queue's page: place, who, on the line or to be called back, and for how long.

use leptos::prelude::*;
use model::wire::{CallerKind, CallerRow};

use crate::{
    age::Age,
    components::{figure, icon::Icon, queue_cells::Wait},
    live::Clock,
    signals::{Memo, Signal, derive, mark, memo, text, when},
    words::word,
};

/// A caller's row.
#[component]
pub fn CallerTableRow(
    /// The caller.
    #[prop(into)]
    caller: Signal<CallerRow>,
    /// Seconds within which the queue should answer.
    target_s: Memo<Option<u32>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let since = memo(move |_| caller.read().since);
    let age = memo(move |_| Age::of_caller(&caller.read(), target_s.get(), clock.now.get()));
    let unconfirmed = memo(move |_| caller.read().unconfirmed);
    let is_callback = memo(move |_| caller.read().kind == CallerKind::Callback);
    let who = text(move || {
        let caller = caller.read();
        let number = || caller.number.as_ref().map(ToString::to_string);
        let name = caller.name.as_ref().map(ToString::to_string).or_else(number);
        name.unwrap_or_else(|| word!(caller.withheld).to_owned())
    });
    let number = text(move || {
        let caller = caller.read();
        caller.name.as_ref().and(caller.number.as_ref()).map(ToString::to_string)
    });
    let icon = derive(move || if is_callback.get() { "phone-outgoing" } else { "hourglass" });
    let kind =
        text(move || if is_callback.get() { word!(caller.callback) } else { word!(caller.on_the_line) });
    view! {
        <tr
            class="table__row"
            role="row"
            data-row
            tabindex="-1"
            data-unconfirmed=mark(move || unconfirmed.get().then_some("yes"))
        >
            <td class="num dim" role="cell">{text(move || figure::count(caller.read().position))}</td>
            <th class="table__name" role="rowheader" scope="row">
                <b dir="auto">{who}</b> " " <span class="dim">{number}</span>
            </th>
            <td class="table__faint" role="cell">
                <Icon name=icon/> " " {kind}
                <span hidden=when(move || !unconfirmed.get())>" · " {word!(caller.unconfirmed)}</span>
            </td>
            <td class="num table__strong" role="cell"><Wait since age clock/></td>
        </tr>
    }
    .into_any()
}
