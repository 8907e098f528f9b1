//! One agent on a queue's page: state there, with whom, and what he did today in this queue.

use leptos::prelude::*;
use model::wire::AgentRow;

use crate::{
    components::{agent_state::AgentStateText, figure, party::PartyText},
    live::{Clock, Tables},
    signals::{Signal, derive, memo, text, when},
    words::word,
};

/// Who the agent talks to, or whose call rings: the call's other side by name, else the number that the PBX tells.
pub fn with(agent: &AgentRow, tables: Tables) -> Option<model::wire::Party> {
    let call = agent.call.as_ref().and_then(|id| tables.calls.get(id.as_str()));
    let from = call.map(|call| call.read().from.clone());
    let number = agent.with_number.clone();
    // The agent may be the one who called.
    let other = from.filter(|from| from.number.is_some() && from.number == number);
    other.or_else(|| Some(model::wire::Party { name: tables.extension_name(number.as_ref()?), number }))
}

/// An agent's row.
#[component]
pub fn MemberRow(
    /// The agent in this queue.
    #[prop(into)]
    agent: Signal<AgentRow>,
    /// The other rows, for the name of the other side.
    tables: Tables,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let name = text(move || {
        let agent = agent.read();
        agent.name.as_ref().map_or_else(|| agent.number.to_string(), ToString::to_string)
    });
    let number = text(move || {
        let agent = agent.read();
        agent.name.is_some().then(|| agent.number.to_string())
    });
    let party = memo(move |_| with(&agent.read(), tables));
    let other = derive(move || party.get().unwrap_or_default());
    let figures = memo(move |_| agent.read().figures.clone());
    let count = move |of: fn(&model::wire::AgentFigures) -> u32| {
        figure::count(figures.read().as_ref().map(|figures| of(figures)))
    };
    view! {
        <tr class="table__row" role="row" data-row tabindex="-1">
            <th class="table__name" role="rowheader" scope="row">
                <b dir="auto">{name}</b> " " <span class="dim">{number}</span>
            </th>
            <td role="cell"><AgentStateText agent clock/></td>
            <td class="table__clip" role="cell" data-head=word!(agent.with)>
                <span hidden=when(move || party.read().is_none())><PartyText party=other/></span>
            </td>
            <td class="num" role="cell" data-head=word!(agent.answered)>{text(move || count(|figures| figures.answered))}</td>
            <td class="num" role="cell" data-head=word!(agent.missed)>{text(move || count(|figures| figures.missed))}</td>
            <td class="num" role="cell" data-head=word!(agent.talk)>
                {text(move || figure::length(figures.read().as_ref().map(|figures| figures.talk_sum_ms)))}
            </td>
            <td class="num" role="cell" data-head=word!(agent.occupancy)>
                {text(move || figure::share(figures.read().as_ref().and_then(|figures| figures.occupancy)))}
            </td>
        </tr>
    }
    .into_any()
}
