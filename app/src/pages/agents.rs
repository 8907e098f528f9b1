//! The agents, `/agents`: every person once, whatever the queues, with the state in each of them.

use leptos::prelude::*;

use crate::{
    components::{
        agent_state,
        choice::{Choices, Head, SortHead},
        connect::Connect,
        list::{Room, TableFrame},
        person_row::PersonRow,
        places,
        pointing::Pointing,
        search::Search,
        settled::settled,
    },
    live::{Live, Person, persons},
    order,
    query::Query,
    rank,
    signals::{Memo, derive, memo},
    words::word,
};

/// The page.
#[component]
pub fn Agents(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let (agents, query) = (live.tables.agents, live.query);
    let shown = settled(agents, persons, rank::person, pointing.still(), live);
    let total = memo(move |_| persons(agents).len());
    let count = derive(move || shown.read().len());
    let room = Room::new(query);
    let heads = view! {
        <SortHead query by="name" name=word!(agent.agent) ascending=true/>
        <SortHead query by="since" name=word!(agent.states) ascending=true/>
        <Head name=word!(agent.with)/>
        <SortHead query by="answered" name=word!(agent.answered) number=true/>
        <SortHead query by="missed" name=word!(agent.missed) number=true/>
        <SortHead query by="talk" name=word!(agent.talk) number=true/>
        <SortHead query by="occupancy" name=word!(agent.occupancy) number=true/>
    }
    .into_any();
    let rows = places::items(
        shown,
        move || room.now(),
        move |person: Memo<Person>| {
            view! { <PersonRow person tables=live.tables clock=live.clock/> }.into_any()
        },
    );
    view! {
        <div class="page">
            <header class="page__head">
                <h1>{word!(bar.agents)} " " <data class="dim" value=count>{count}</data></h1>
                <Search query label=word!(agent.search)/>
                <QueueChoice live query/>
            </header>
            <Choices query key="state" label=word!(agent.state) choices=agent_state::choices()/>
            <Connect lamps=live.lamps/>
            <section class="card agents" aria-label=word!(bar.agents)>
                <TableFrame
                    total
                    found=count
                    shown=derive(move || room.of(count.get()))
                    room
                    none=word!(agent.none)
                    caption=word!(agent.caption)
                    pointing
                    heads
                    rows
                />
                <p class="table__note">{word!(agent.note)}</p>
            </section>
        </div>
    }
}

/// Which queue's agents are shown.
#[component]
fn QueueChoice(
    /// The page's data.
    live: Live,
    /// The page's address.
    query: Query,
) -> impl IntoView {
    let queues = memo(move |_| {
        let mut queues = Vec::new();
        live.tables.queues.each(&mut |queue| {
            let name = queue.name.as_ref().map_or_else(|| queue.id.to_string(), ToString::to_string);
            queues.push((queue.id.as_str().into(), name));
        });
        order::sorted(&queues, |name| Some((0, 0, name.clone(), String::new())))
    });
    let options = move || {
        queues
            .get()
            .into_iter()
            .map(|(id, name)| {
                let selected = query.get("queue") == *id;
                view! { <option value=id.to_string() selected=selected>{name}</option> }.into_any()
            })
            .collect_view()
    };
    view! {
        <select
            class="input input--short"
            name="queue"
            aria-label=word!(agent.queue)
            on:change=move |event| query.set("queue", &event_target_value(&event))
        >
            <option value="">{word!(agent.all_queues)}</option>
            {options}
        </select>
    }
    .into_any()
}
