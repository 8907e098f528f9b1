//! One live call: who talks to whom, how it came, what it does, how long. An unconfirmed one is faint, and says why.

use leptos::prelude::*;
use model::wire::{CallRow, CallState, Direction, Party, Phase};

use crate::{
    components::{elapsed::Elapsed, icon::Icon},
    live::{Clock, Tables},
    words::word,
};

/// A call's entry in the list.
#[component]
pub fn CallItem(
    /// The call.
    #[prop(into)]
    call: Signal<CallRow>,
    /// The other rows, for the names of who answered and of the queue.
    tables: Tables,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let state = Memo::new(move |_| call.read().state);
    let unconfirmed = Memo::new(move |_| call.read().unconfirmed);
    let started = Memo::new(move |_| call.read().started);
    let from = Memo::new(move |_| named(&call.read().from, tables));
    let to = Memo::new(move |_| destination(&call.read(), tables));
    let via = Memo::new(move |_| via(&call.read(), tables));
    let icon = Signal::derive(move || match state.get() {
        CallState::Ringing => "bell-ring",
        CallState::Queued => "hourglass",
        CallState::Talking => "phone-call",
        CallState::Ending => "phone-off",
    });
    view! {
        <li class="call" data-state=move || state.get().as_str() data-unconfirmed=move || unconfirmed.get().then_some("yes")>
            <Icon name=icon/>
            <p class="call__who">
                <PartyText party=from/>
                <Icon name="arrow-right"/>
                <span class="visually-hidden">{word!(call.to)}</span>
                <PartyText party=to/>
            </p>
            <span class="call__time"><Elapsed since=started clock/></span>
            <p class="call__via">{via}</p>
        </li>
    }
}

/// So long is a number of the company's own at most, in characters.
const OWN_NUMBER_MAX: usize = 6;

/// A name, with its number where that is one of the company's own, or the one that is known. A whole outside number beside
/// a name would push the other party out of sight; pointing at the name shows it.
#[component]
fn PartyText(
    /// Who.
    #[prop(into)]
    party: Signal<Party>,
) -> impl IntoView {
    let first = move || {
        let party = party.read();
        let number = party.number.as_ref().map(ToString::to_string);
        party
            .name
            .as_ref()
            .map(ToString::to_string)
            .or(number)
            .unwrap_or_else(|| word!(call.nobody).to_owned())
    };
    let second = move || {
        let party = party.read();
        let own = party.number.as_ref().filter(|number| number.as_str().len() <= OWN_NUMBER_MAX);
        party.name.is_some().then(|| own.map(ToString::to_string)).flatten()
    };
    let whole = move || party.read().number.as_ref().map(ToString::to_string);
    view! {
        <span class="party" title=whole><b>{first}</b> " " <span class="dim">{second}</span></span>
    }
}

/// The party with the name that its extension has, where the call itself brought none.
fn named(party: &Party, tables: Tables) -> Party {
    let name = party.name.clone().or_else(|| tables.extension_name(party.number.as_ref()?));
    Party { name, number: party.number.clone() }
}

/// Whom the call has reached: who answered, else the queue that it waits in, else where it was sent.
fn destination(call: &CallRow, tables: Tables) -> Party {
    let queue_number =
        call.queue.as_ref().and_then(|id| tables.queues.get(id.as_str())?.read().number.clone());
    let answered = call
        .legs
        .iter()
        .rev()
        .find(|leg| leg.phase == Phase::Answered && Some(&leg.number) != queue_number.as_ref())
        .map(|leg| leg.number.clone());
    if let Some(number) = answered {
        let own_name = call.to.name.clone().filter(|_| call.to.number.as_ref() == Some(&number));
        return Party { name: tables.extension_name(&number).or(own_name), number: Some(number) };
    }
    if call.state == CallState::Queued
        && let Some(name) = call.queue.as_ref().and_then(|id| tables.queue_name(id))
    {
        let number = queue_number.filter(|number| number.as_str() != name.as_str());
        return Party { name: Some(name), number };
    }
    let to = named(&call.to, tables);
    let is_queue = to.number.is_some() && to.number == queue_number;
    Party {
        name: to.name.or_else(|| tables.queue_name(call.queue.as_ref()?).filter(|_| is_queue)),
        number: to.number,
    }
}

/// The line below: what it does, through which queue, direction, trunk.
fn via(call: &CallRow, tables: Tables) -> String {
    if call.unconfirmed {
        return word!(call.unconfirmed).to_owned();
    }
    let phones = call.legs.iter().filter(|leg| leg.phase == Phase::Ringing).count();
    let mut parts = vec![match call.state {
        CallState::Ringing if phones > 1 => word!(call.ringing_phones, phones),
        CallState::Ringing => word!(call.ringing).to_owned(),
        CallState::Queued => word!(call.queued).to_owned(),
        CallState::Talking => word!(call.talking).to_owned(),
        CallState::Ending => word!(call.ending).to_owned(),
    }];
    if call.state != CallState::Queued {
        parts.extend(call.queue.as_ref().and_then(|id| tables.queue_name(id)).map(|name| name.to_string()));
    }
    parts.extend(call.direction.map(|direction| {
        match direction {
            Direction::Internal => word!(call.internal),
            Direction::Inbound => word!(call.inbound),
            Direction::Outbound => word!(call.outbound),
            Direction::Transit => word!(call.transit),
        }
        .to_owned()
    }));
    parts.extend(call.trunk.as_ref().map(|trunk| format!("{} {trunk}", word!(call.trunk))));
    parts.join(" · ")
}
