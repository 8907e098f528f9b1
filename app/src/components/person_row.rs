//! One agent on the agents' page, once for all queues: the state in each, with whom, and what he did today.

use leptos::prelude::*;
use model::wire::AgentRow;

use crate::{
    components::{agent_state::AgentStateText, figure, member_row::with, party::PartyText},
    live::{Clock, Person, Tables},
    signals::{Signal, derive, memo, text, when},
    words::word,
};

/// A person's row.
#[component]
pub fn PersonRow(
    /// The person.
    person: Person,
    /// The other rows, for the names of queues.
    tables: Tables,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let number = person.number().to_string();
    let states = person.rows().iter().map(|row| {
        let agent: Signal<AgentRow> = row.clone().into();
        let queue = memo(move |_| {
            let id = agent.read().queue.clone();
            tables.queue_name(&id).map_or_else(|| id.to_string(), |name| name.to_string())
        });
        view! { <li><AgentStateText agent queue clock/></li> }
    });
    let states = states.map(IntoAny::into_any).collect_view();
    let (of_name, of_with, of_day) = (person.clone(), person.clone(), person);
    let name = memo(move |_| of_name.name());
    let beside = {
        let number = number.clone();
        move || name.get().map(|_| number.clone())
    };
    let shown = text(move || name.get().unwrap_or_else(|| number.clone()));
    let party = memo(move |_| with(&of_with.telling()?, tables));
    let other = derive(move || party.get().unwrap_or_default());
    let day = memo(move |_| of_day.day());
    view! {
        <tr class="table__row" role="row" data-row tabindex="-1">
            <th class="table__name" role="rowheader" scope="row">
                <b dir="auto">{shown}</b> " " <span class="dim">{beside}</span>
            </th>
            <td role="cell"><ul class="agent-states">{states}</ul></td>
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
