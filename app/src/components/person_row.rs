//! One agent on the agents' page, once for all queues: the state in each, with whom, and what he did today.

use leptos::prelude::*;

use crate::{
    components::{agent_state::AgentStateText, figure, member_row::with, party::PartyText, places::places},
    live::{Clock, Person, Tables},
    signals::{Memo, derive, memo, text, when},
    words::word,
};

/// A person's row.
#[component]
pub fn PersonRow(
    /// The person.
    person: Memo<Person>,
    /// The other rows, for the names of queues.
    tables: Tables,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let number = memo(move |_| person.read().number().to_string());
    let name = memo(move |_| person.read().name());
    let beside = text(move || name.get().map(|_| number.get()));
    let shown = text(move || name.get().unwrap_or_else(|| number.get()));
    let party = memo(move |_| with(&person.read().telling()?, tables));
    let other = derive(move || party.get().unwrap_or_default());
    let day = memo(move |_| person.read().day());
    view! {
        <tr class="table__row" role="row" data-row tabindex="-1">
            <th class="table__name" role="rowheader" scope="row">
                <b dir="auto">{shown}</b> " " <span class="dim">{beside}</span>
            </th>
            <td role="cell"><ul class="agent-states">{states(person, tables, clock)}</ul></td>
            <td class="table__clip" role="cell" data-head=word!(agent.with)>
                <span hidden=when(move || party.read().is_none())><PartyText party=other/></span>
            </td>
            <td class="num" role="cell" data-head=word!(agent.answered)>
                {text(move || figure::count(day.get().map(|day| day.answered)))}
            </td>
            <td class="num" role="cell" data-head=word!(agent.missed)>
                {text(move || figure::count(day.get().map(|day| day.missed)))}
            </td>
            <td class="num" role="cell" data-head=word!(agent.talk)>
                {text(move || figure::length(day.get().map(|day| day.talk_sum_ms)))}
            </td>
            <td class="num" role="cell" data-head=word!(agent.occupancy)>
                {text(move || figure::share(day.get().and_then(|day| day.occupancy)))}
            </td>
        </tr>
    }
    .into_any()
}

/// The state in each queue, one below the other.
fn states(person: Memo<Person>, tables: Tables, clock: Clock) -> AnyView {
    let count = memo(move |_| person.read().rows().len());
    let row = move |place| person.read().rows().get(place).cloned();
    places(count, row, move |row| {
        let agent = memo(move |_| row.read().get());
        let queue = memo(move |_| {
            let id = agent.read().queue.clone();
            tables.queue_name(&id).map_or_else(|| id.to_string(), |name| name.to_string())
        });
        view! { <li><AgentStateText agent=agent.into() queue clock/></li> }.into_any()
    })
}
