//! What each agent does, every person once: a glyph, a word, and for how long.

use leptos::prelude::*;

use super::{Given, Panel, length, turn::Paged};
use crate::{
    age,
    components::{agent_state, each::each, figure, icon::Icon, settled::settled},
    live::{Person, persons},
    rank,
    signals::{derive, mark, memo, text},
    words::word,
};

/// The agents.
#[component]
pub fn AgentStates(
    /// What every tile is given.
    given: Given,
    /// The list's id.
    id: String,
) -> impl IntoView {
    let paged = Paged::new(given.turn(), &id);
    let shown = settled(given.live().tables.agents, persons, rank::person, paged.still, given.live());
    let count = derive(move || shown.read().len());
    let draw = move |_: &str, person: Person| view! { <Agent given person/> }.into_any();
    view! {
        <Panel title=word!(bar.agents) count none=word!(wall.no_agent) paged>
            <ul class="wall-people" id=id>
                {each(move || shown.get(), draw)}
            </ul>
        </Panel>
    }
    .into_any()
}

#[component]
fn Agent(
    /// What every tile is given.
    given: Given,
    /// The person.
    person: Person,
) -> impl IntoView {
    let clock = given.live().clock;
    let (number, of_name) = (person.number().to_string(), person.clone());
    let name = text(move || of_name.name().unwrap_or_else(|| number.clone()));
    let row = memo(move |_| person.telling());
    let look = memo(move |_| row.read().as_ref().map(|row| agent_state::look(row.state)).unwrap_or_default());
    let since = memo(move |_| row.read().as_ref().and_then(|row| row.since));
    let reason = text(move || {
        row.read().as_ref().and_then(|row| row.reason.as_ref().map(|reason| format!(" · {reason}")))
    });
    let time = text(move || {
        since.get().map_or_else(|| figure::NONE.to_owned(), |since| length(clock.now.get().since(since)))
    });
    view! {
        <li
            class="person"
            data-tone=mark(move || look.get().0)
            data-long=mark(move || age::long(since.get(), clock.slow.get()))
        >
            <Icon name=derive(move || look.get().1)/>
            <b class="person__name" dir="auto">{name}</b>
            <span class="person__doing" dir="auto">{text(move || look.get().2)} {reason}</span>
            <span class="person__time">{time}</span>
        </li>
    }
    .into_any()
}
