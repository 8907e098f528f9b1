//! The live calls, `/calls`: who talks to whom, the way that each call took, the number and the line it came by, how long.

use leptos::prelude::*;
use model::wire::{CallRow, CallState, Direction};

use crate::{
    components::{
        call_item::direction_word,
        call_row::CallTableRow,
        choice::{Choices, Head, SortHead},
        connect::Connect,
        list::{Room, TableFrame},
        places,
        pointing::Pointing,
        search::Search,
        settled::settled,
    },
    live::{Live, Table},
    query::{Asked, Query},
    rank,
    root::at,
    signals::{ArcRwSignal, derive},
    words::word,
};

/// The page.
#[component]
pub fn Calls(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let (calls, query) = (live.tables.calls, live.query);
    let key = |call: &ArcRwSignal<CallRow>, asked: &Asked| rank::asked_call(&call.read_untracked(), asked);
    let shown = settled(calls, Table::all, key, pointing.still(), live);
    let total = live.total(|counts| counts.calls, move || calls.count());
    let count = derive(move || shown.read().len());
    let room = Room::of_high_rows(query);
    let draw = move |call| view! { <CallTableRow call tables=live.tables clock=live.clock/> }.into_any();
    let heads = view! {
        <Head name=word!(call.parties)/>
        <Head name=word!(call.way)/>
        <Head name=word!(call.direction)/>
        <Head name=word!(call.did)/>
        <Head name=word!(call.trunk_head)/>
        <SortHead query by="longest" name=word!(call.duration) number=true/>
    }
    .into_any();
    let rows = places::rows(shown, move || room.now(), draw);
    view! {
        <div class="page">
            <header class="page__head">
                <h1>{word!(call.title)} " " <data class="dim" value=count>{count}</data></h1>
                <Search query label=word!(call.search)/>
                <p class="page__link"><a href=at("/history")>{word!(call.history)}</a></p>
            </header>
            <Narrow query/>
            <Connect lamps=live.lamps/>
            <section class="card live-calls" aria-label=word!(call.title)>
                <TableFrame
                    total
                    found=count
                    shown=derive(move || room.of(count.get()))
                    room
                    none=word!(call.none)
                    caption=word!(call.caption)
                    pointing
                    heads
                    rows
                />
            </section>
        </div>
    }
}

/// Which calls are shown: by direction, and by what they do.
#[component]
fn Narrow(
    /// The page's address.
    query: Query,
) -> impl IntoView {
    let directions = [Direction::Inbound, Direction::Outbound, Direction::Internal, Direction::Transit];
    let directions = directions.into_iter().map(|direction| (direction.as_str(), direction_word(direction)));
    let directions = std::iter::once(("", word!(list.all))).chain(directions).collect();
    let states = vec![
        ("", word!(list.all)),
        (CallState::Ringing.as_str(), word!(call.ringing)),
        (CallState::Queued.as_str(), word!(call.queued)),
        (CallState::Talking.as_str(), word!(call.talking)),
    ];
    view! {
        <div class="page__choices">
            <Choices query key="direction" label=word!(call.direction) choices=directions/>
            <Choices query key="state" label=word!(call.state) choices=states/>
        </div>
    }
    .into_any()
}
