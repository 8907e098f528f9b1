//! Who waits in one queue, in order: place, who, how long; callbacks are marked.

use leptos::prelude::*;
use model::wire::{CallerKind, CallerRow};

use crate::{
    components::{each::each, elapsed::Elapsed, icon::Icon},
    live::Clock,
    signals::{Memo, Signal, text, when},
    words::word,
};

/// Callers shown for one queue where there is room, and where a row has two lines for them; the rest is counted.
const SHOWN_MAX: usize = 6;
const SHOWN_NARROW: usize = 2;

/// The callers of one queue.
#[component]
pub fn CallerList(
    /// The queue's callers in order, as far as the page has them.
    callers: Memo<Vec<CallerRow>>,
    /// How many wait in all, callbacks included.
    #[prop(into)]
    total: Signal<u32>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let shown = move || {
        let callers = callers.read();
        let shown = callers.iter().take(SHOWN_MAX);
        shown.map(|caller| ((caller.id.to_string().into(), caller.rev.0), caller.clone())).collect()
    };
    let draw = move |_: &str, caller: CallerRow| view! { <Caller caller clock/> }.into_any();
    let rest = |class: &'static str, most: usize| {
        let rest = move || (total.get() as usize).saturating_sub(callers.read().len().min(most));
        view! { <li class=class hidden=when(move || rest() == 0)>{text(move || word!(list.more, rest()))}</li> }
    };
    view! {
        <ol class="caller-list">
            {each(shown, draw)}
            {rest("caller-list__rest caller-list__rest--narrow", SHOWN_NARROW)}
            {rest("caller-list__rest", SHOWN_MAX)}
        </ol>
    }
}

/// One caller. A row that changed has a new `rev`, and is drawn anew.
#[component]
fn Caller(
    /// The caller.
    caller: CallerRow,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let who = caller.name.as_ref().map(ToString::to_string);
    let who = who.or_else(|| caller.number.as_ref().map(ToString::to_string));
    let who = who.unwrap_or_else(|| word!(caller.withheld).to_owned());
    let number = caller.name.and(caller.number).map(|number| number.to_string());
    let callback = caller.kind == CallerKind::Callback;
    view! {
        <li class="caller" data-unconfirmed=caller.unconfirmed.then_some("yes")>
            <span class="caller__place">{caller.position}</span>
            <span class="caller__who" dir="auto">{who}</span>
            <span class="dim">{number}</span>
            {callback.then(|| view! {
                <span class="caller__mark"><Icon name="phone-outgoing"/> <span class="caller__word">{word!(caller.callback)}</span></span>
            })}
            {caller.unconfirmed.then(|| view! { <span class="caller__mark">{word!(caller.unconfirmed)}</span> })}
            <Elapsed since=Signal::stored(caller.since) clock/>
        </li>
    }
}
