//! What an agent does in a queue: a glyph, a word, the reason where the PBX gives one, and how long already. The longer a state
//! lasts the darker it stands; that asks for nothing, and says it in figures too.

use leptos::prelude::*;
use model::wire::{AgentRow, AgentState};

use crate::{
    age,
    components::{elapsed::Elapsed, icon::Icon},
    live::Clock,
    signals::{Memo, Signal, derive, mark, memo, text, when},
    words::word,
};

/// The role of a state's colour, its picture and its word.
pub fn look(state: AgentState) -> (&'static str, &'static str, &'static str) {
    match state {
        AgentState::Ready => ("ready", "circle-check", word!(agent.ready)),
        AgentState::QueueCall => ("talk", "phone-call", word!(agent.queue_call)),
        AgentState::OtherCall => ("talk", "phone-outgoing", word!(agent.other_call)),
        AgentState::WrapUp => ("wrap", "pencil-line", word!(agent.wrap_up)),
        AgentState::NotReady => ("pause", "circle-pause", word!(agent.not_ready)),
        AgentState::LoggedOut => ("off", "circle-minus", word!(agent.logged_out)),
        AgentState::Offline => ("off", "circle-slash", word!(agent.offline)),
        AgentState::Unknown => ("off", "circle-question-mark", word!(agent.unknown)),
    }
}

/// The states that a list can be narrowed to, with their words; the empty one is all.
pub fn choices() -> Vec<(&'static str, &'static str)> {
    let states = [
        AgentState::Ready,
        AgentState::QueueCall,
        AgentState::OtherCall,
        AgentState::WrapUp,
        AgentState::NotReady,
        AgentState::LoggedOut,
        AgentState::Offline,
    ];
    let all = ("", word!(list.all));
    std::iter::once(all).chain(states.into_iter().map(|state| (state.as_str(), look(state).2))).collect()
}

/// The state.
#[component]
pub fn AgentStateText(
    /// The agent's row in the queue.
    agent: Signal<AgentRow>,
    /// The queue's name before it, where several stand beside one another.
    #[prop(optional)]
    queue: Option<Memo<String>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let state = memo(move |_| agent.read().state);
    let since = memo(move |_| agent.read().since);
    let icon = derive(move || look(state.get()).1);
    // The PBX's own word where it is none of ours.
    let name = text(move || {
        let agent = agent.read();
        let raw =
            agent.raw.as_ref().filter(|raw| agent.state == AgentState::Unknown && !raw.trim().is_empty());
        raw.map_or_else(|| look(agent.state).2.to_owned(), ToString::to_string)
    });
    let reason = text(move || agent.read().reason.as_ref().map(ToString::to_string));
    let has_reason = move || agent.read().reason.is_some();
    view! {
        <span
            class="agent-state"
            data-tone=mark(move || look(state.get()).0)
            data-long=mark(move || age::long(since.get(), clock.slow.get()))
        >
            <Icon name=icon/>
            {queue.map(|queue| view! { <span class="agent-state__queue" dir="auto">{queue}</span> })}
            <b class="agent-state__word">{name}</b>
            <span class="agent-state__reason" dir="auto" hidden=when(move || !has_reason())>{reason}</span>
            <Elapsed since clock/>
        </span>
    }
    .into_any()
}
