//! Who waits: the longest first. Numbers are masked, whoever opens the wall.

use leptos::prelude::*;
use model::wire::{CallerKind, CallerRow};

use super::{
    Given, Panel, length,
    long::{LongList, SHOWN_MAX},
    turn::Paged,
};
use crate::{
    age::Age,
    components::{figure, icon::Icon, places, settled::settled},
    live::Table,
    order::Key,
    signals::{Signal, derive, mark, memo, text, when},
    words::word,
};

/// The callers.
#[component]
pub fn WaitingList(
    /// What every tile is given.
    given: Given,
    /// The list's id.
    id: String,
) -> impl IntoView {
    let paged = Paged::new(given.turn(), &id);
    let callers = given.live().tables.callers;
    let shown = settled(
        callers,
        Table::all,
        |caller, _| Some(key(&caller.read_untracked())),
        paged.still.into(),
        given.live(),
    );
    let count = derive(move || shown.read().len());
    let has_queues = move || given.live().tables.queues.count() > 0;
    let none = derive(move || if has_queues() { word!(queue.nobody_waits) } else { word!(wall.no_queue) });
    let draw = move |caller| view! { <Caller given caller/> }.into_any();
    let rows = places::rows(shown, || SHOWN_MAX, draw);
    view! {
        <Panel title=word!(wall.waiting) count none paged>
            <LongList class="wall-turns wall-callers" id count rows/>
        </Panel>
    }
    .into_any()
}

/// Those on the line before those who wait to be called back; of both who waits longest.
fn key(row: &CallerRow) -> Key {
    let since = row.since.map_or(i64::MAX, |since| since.0);
    (u8::from(row.kind == CallerKind::Callback), since, String::new(), row.id.to_string())
}

#[component]
fn Caller(
    /// What every tile is given.
    given: Given,
    /// The caller.
    caller: Signal<CallerRow>,
) -> impl IntoView {
    let (live, now) = (given.live(), given.live().clock.now);
    let age = memo(move |_| {
        let caller = caller.read();
        let queue = live.tables.queues.get(caller.queue.as_str());
        Age::of_caller(&caller, queue.and_then(|queue| queue.read().target_s), now.get())
    });
    let who = text(move || {
        let caller = caller.read();
        let number = || caller.number.as_ref().map(ToString::to_string);
        let name = caller.name.as_ref().map(ToString::to_string).or_else(number);
        name.unwrap_or_else(|| word!(caller.withheld).to_owned())
    });
    // Which queue, where there are several; and what he waits for, where it is no agent.
    let beside = text(move || {
        let caller = caller.read();
        if caller.kind == CallerKind::Callback {
            return Some(word!(caller.callback).to_owned());
        }
        let queue = (live.tables.queues.count() > 1).then(|| live.tables.queue_name(&caller.queue)).flatten();
        queue.map(|queue| queue.to_string())
    });
    let wait = text(move || {
        caller.read().since.map_or_else(|| figure::NONE.to_owned(), |since| length(now.get().since(since)))
    });
    let icon = derive(move || if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" });
    view! {
        <li class="wall-row wall-caller" data-age=mark(move || age.get().name())>
            <b dir="auto">{who}</b>
            <span class="dim" dir="auto">{beside}</span>
            <span class="wall-flag" data-age=mark(move || age.get().name())>
                <span hidden=when(move || age.get() == Age::Within)><Icon name=icon/></span>
                {wait}
            </span>
        </li>
    }
    .into_any()
}
