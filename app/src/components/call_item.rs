//! One live call: who talks to whom, how it came, what it does, how long. An unconfirmed one is faint, and says why.

use leptos::prelude::*;
use model::wire::{CallRow, CallState, Direction, Phase};

use crate::{
    components::{
        elapsed::Elapsed,
        icon::Icon,
        party::{PartyText, destination, named},
    },
    live::{Clock, Tables},
    signals::{Signal, derive, mark, memo},
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
    let state = memo(move |_| call.read().state);
    let unconfirmed = memo(move |_| call.read().unconfirmed);
    let started = memo(move |_| call.read().started);
    let from = memo(move |_| named(&call.read().from, tables));
    let to = memo(move |_| destination(&call.read(), tables));
    let via = memo(move |_| via(&call.read(), tables));
    let icon = derive(move || state_icon(state.get()));
    view! {
        <li class="call" data-state=mark(move || state.get().as_str()) data-unconfirmed=move || unconfirmed.get().then_some("yes")>
            <Icon name=icon/>
            <p class="call__who">
                <PartyText party=from brief=true/>
                <Icon name="arrow-right"/>
                <span class="visually-hidden">{word!(call.to)}</span>
                <PartyText party=to brief=true/>
            </p>
            <span class="call__time"><Elapsed since=started clock/></span>
            <p class="call__via">{via}</p>
        </li>
    }
}

/// The picture beside the word for what a call does.
pub const fn state_icon(state: CallState) -> &'static str {
    match state {
        CallState::Ringing => "bell-ring",
        CallState::Queued => "hourglass",
        CallState::Talking => "phone-call",
        CallState::Ending => "phone-off",
    }
}

/// What a call does, in words.
pub fn state_word(call: &CallRow) -> String {
    let phones = call.legs.iter().filter(|leg| leg.phase == Phase::Ringing).count();
    match call.state {
        CallState::Ringing if phones > 1 => word!(call.ringing_phones, phones),
        CallState::Ringing => word!(call.ringing).to_owned(),
        CallState::Queued => word!(call.queued).to_owned(),
        CallState::Talking => word!(call.talking).to_owned(),
        CallState::Ending => word!(call.ending).to_owned(),
    }
}

/// Where a call comes from and goes to, in a word.
pub fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Internal => word!(call.internal),
        Direction::Inbound => word!(call.inbound),
        Direction::Outbound => word!(call.outbound),
        Direction::Transit => word!(call.transit),
    }
}

/// The line below: what it does, through which queue, direction, trunk.
fn via(call: &CallRow, tables: Tables) -> String {
    if call.unconfirmed {
        return word!(call.unconfirmed).to_owned();
    }
    let mut parts = vec![state_word(call)];
    if call.state != CallState::Queued {
        parts.extend(call.queue.as_ref().and_then(|id| tables.queue_name(id)).map(|name| name.to_string()));
    }
    parts.extend(call.direction.map(|direction| direction_word(direction).to_owned()));
    parts.extend(call.trunk.as_ref().map(|trunk| format!("{} {trunk}", word!(call.trunk))));
    parts.join(" · ")
}
