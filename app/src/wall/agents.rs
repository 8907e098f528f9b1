//! What each agent does, every person once: a glyph, a word, and for how long.

use leptos::prelude::*;

use super::{
    Given, Panel, length,
    long::{LongList, SHOWN_MAX},
    turn::Paged,
};
use crate::{
    age,
    components::{agent_state, figure, icon::Icon, places, settled::settled},
    live::{Person, persons},
    rank,
    signals::{Memo, derive, mark, memo, text},
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
    let shown = settled(given.live().tables.agents, persons, rank::person, paged.still.into(), given.live());
    let count = derive(move || shown.read().len());
    let draw = move |person: Memo<Person>| view! { <Agent given person/> }.into_any();
    let rows = places::items(shown, || SHOWN_MAX, draw);
    view! {
        <Panel title=word!(bar.agents) count none=word!(wall.no_agent) paged>
            <LongList class="wall-people" id count rows/>
        </Panel>
    }
    .into_any()
}

#[component]
fn Agent(
    /// What every tile is given.
    given: Given,
    /// The person.
    person: Memo<Person>,
) -> impl IntoView {
    let clock = given.live().clock;
    let name = text(move || person.read().name().unwrap_or_else(|| person.read().number().to_string()));
    let row = memo(move |_| person.read().telling());
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
