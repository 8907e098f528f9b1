//! One side of a call: a name with its number, or the one that is known.

use leptos::prelude::*;
use model::{
    id::Number,
    wire::{CallRow, CallState, Party, Phase},
};

use crate::{
    live::Tables,
    signals::{Signal, text},
    words::word,
};

/// So long is a number of the company's own at most, in characters.
const OWN_NUMBER_MAX: usize = 6;

/// A name, with its number where that is one of the company's own, or the one that is known. A whole outside number beside
/// a name would push the other party out of sight; pointing at the name shows it.
#[component]
pub fn PartyText(
    /// Who.
    #[prop(into)]
    party: Signal<Party>,
    /// Where there is little room: a name alone, where there is one.
    #[prop(optional)]
    brief: bool,
) -> impl IntoView {
    // One text: what stands behind a name would jump where another person's is longer.
    let who = text(move || {
        let party = party.read();
        let number = party.number.as_ref().map(ToString::to_string);
        let own = number.clone().filter(|number| !brief && number.len() <= OWN_NUMBER_MAX);
        match (party.name.as_ref(), own, number) {
            (Some(name), Some(own), _) => format!("{name} {own}"),
            (Some(name), None, _) => name.to_string(),
            (None, _, Some(number)) => number,
            (None, _, None) => word!(call.nobody).to_owned(),
        }
    });
    let whole = move || party.read().number.as_ref().map(ToString::to_string);
    view! {
        <span class="party" title=whole><b dir="auto">{who}</b></span>
    }
}

/// The party with the name that its extension has, where the call itself brought none.
pub fn named(party: &Party, tables: Tables) -> Party {
    let name = party.name.clone().or_else(|| tables.extension_name(party.number.as_ref()?));
    Party { name, number: party.number.clone() }
}

/// The queue or the extension of a number; follows its name.
pub fn inside(number: &Number, call: &CallRow, tables: Tables) -> Party {
    let queue = call.queue.as_ref().and_then(|id| tables.queues.get(id.as_str()));
    let is_queue = queue.as_ref().is_some_and(|queue| queue.read().number.as_ref() == Some(number));
    let queue_name = call.queue.as_ref().filter(|_| is_queue).and_then(|id| tables.queue_name(id));
    let name = queue_name.filter(|name| **name != *number.as_str()).or_else(|| tables.extension_name(number));
    Party { name, number: Some(number.clone()) }
}

/// Whom the call has reached: who answered, else the queue that it waits in, else where it was sent.
pub fn destination(call: &CallRow, tables: Tables) -> Party {
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
