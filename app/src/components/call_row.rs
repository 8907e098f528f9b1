//! One live call on the calls' page: who calls whom, the way that it took, the number and the line it came by, how long. An
//! unconfirmed one is faint, and says why.

use leptos::prelude::*;
use model::wire::{CallRow, Leg, Phase};

use crate::{
    components::{
        call_item::{direction_word, state_icon, state_word},
        elapsed::Elapsed,
        figure,
        icon::Icon,
        party::{PartyText, destination, inside, named},
        places::places,
    },
    live::{Clock, Tables},
    signals::{Memo, Signal, derive, mark, memo, text, when},
    words::word,
};

/// Legs that are shown of one call: two lines, with the count of the rest of a hunt over more phones than that.
const LEGS_MAX: usize = 5;

/// A call's row.
#[component]
pub fn CallTableRow(
    /// The call.
    #[prop(into)]
    call: Signal<CallRow>,
    /// The other rows, for the names of extensions and queues.
    tables: Tables,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let state = memo(move |_| call.read().state);
    let unconfirmed = memo(move |_| call.read().unconfirmed);
    let started = memo(move |_| call.read().started);
    let from = memo(move |_| named(&call.read().from, tables));
    let to = memo(move |_| destination(&call.read(), tables));
    let doing =
        text(
            move || {
                if unconfirmed.get() { word!(call.unconfirmed).to_owned() } else { state_word(&call.read()) }
            },
        );
    let direction = text(move || call.read().direction.map_or(figure::NONE, direction_word));
    let did =
        text(move || call.read().did.as_ref().map_or_else(|| figure::NONE.to_owned(), ToString::to_string));
    let trunk =
        text(move || call.read().trunk.as_ref().map_or_else(|| figure::NONE.to_owned(), ToString::to_string));
    view! {
        <tr
            class="table__row call-row"
            role="row"
            data-row
            tabindex="-1"
            data-state=mark(move || state.get().as_str())
            data-unconfirmed=mark(move || unconfirmed.get().then_some("yes"))
        >
            <th class="call-row__who" role="rowheader" scope="row">
                <Icon name=derive(move || state_icon(state.get()))/>
                <PartyText party=from/>
                <Icon name="arrow-right"/>
                <span class="visually-hidden">{word!(call.to)}</span>
                <PartyText party=to/>
                <span class="call-row__doing">{doing}</span>
            </th>
            <td role="cell"><Way call tables/></td>
            <td class="table__faint" role="cell" data-head=word!(call.direction)>{direction}</td>
            <td class="table__clip" role="cell" data-head=word!(call.did)>{did}</td>
            <td class="table__clip" role="cell" data-head=word!(call.trunk_head)>{trunk}</td>
            <td class="num table__strong" role="cell" data-head=word!(call.duration)><Elapsed since=started clock/></td>
        </tr>
    }
    .into_any()
}

/// The way of a call through the PBX: whom it rang at, one after the other, and what came of it.
#[component]
fn Way(
    /// The call.
    call: Signal<CallRow>,
    /// The other rows, for names.
    tables: Tables,
) -> impl IntoView {
    // A call changes more often than its way, and another call takes the place of this one with a way that is alike.
    let legs = memo(move |_| {
        let call = call.read();
        let leg = |leg: &Leg| {
            let party = inside(&leg.number, &call, tables);
            let number = leg.number.to_string();
            Stop {
                name: party.name.map_or_else(|| number.clone(), |name| name.to_string()),
                number,
                phase: leg.phase,
            }
        };
        call.legs.iter().map(leg).collect::<Vec<_>>()
    });
    let count = memo(move |_| legs.read().len().min(LEGS_MAX));
    let rest = move || legs.read().len().saturating_sub(LEGS_MAX);
    let step = move |stop| view! { <Step stop/> }.into_any();
    view! {
        <ol class="legs" aria-label=word!(call.way)>
            {places(count, move |place| legs.read().get(place).cloned(), step)}
            <li class="leg" hidden=when(move || rest() == 0)>{text(move || word!(list.more, rest()))}</li>
        </ol>
    }
    .into_any()
}

/// Where a call was on its way, and what came of it.
#[derive(Clone, PartialEq)]
struct Stop {
    name: String,
    number: String,
    phase: Phase,
}

/// One stop of the way.
#[component]
fn Step(
    /// The stop.
    stop: Memo<Stop>,
) -> impl IntoView {
    let look = move || phase_look(stop.read().phase);
    view! {
        <li class="leg" data-phase=mark(move || stop.read().phase.as_str()) title=text(move || stop.read().number.clone())>
            <Icon name=derive(move || look().0)/>
            <span class="leg__name" dir="auto">{text(move || stop.read().name.clone())}</span>
            <span class="leg__phase">{text(move || look().1)}</span>
        </li>
    }
    .into_any()
}

/// The picture and the word for what a leg does.
fn phase_look(phase: Phase) -> (&'static str, &'static str) {
    match phase {
        Phase::Added => ("clock", word!(leg.added)),
        Phase::Ringing => ("bell-ring", word!(leg.ringing)),
        Phase::Answered => ("phone-call", word!(leg.answered)),
        Phase::NoAnswer => ("circle-minus", word!(leg.no_answer)),
        Phase::Failed => ("circle-slash", word!(leg.failed)),
        Phase::Ended => ("phone-off", word!(leg.ended)),
    }
}
