//! Agents as people: what one person's rows in all queues say together.

use std::sync::Arc;

use leptos::prelude::*;
use model::{
    id::Number,
    time::{Millis, UnixMillis},
    view::rank,
    wire::{AgentRow, AgentState, Share},
};

use super::{Id, Table};
use crate::{order, query::Asked, signals::ArcRwSignal};

/// One person's rows, one a queue, by queue; never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person(Arc<[ArcRwSignal<AgentRow>]>);

/// What a person did today, in all queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Queue calls answered.
    pub answered: u32,
    /// Queue calls that nobody answered while they rang here.
    pub missed: u32,
    /// Talking on queue calls that have ended.
    pub talk_sum_ms: Millis,
    /// Talk and wrap-up in parts of these and ready; every row says it of the person.
    pub occupancy: Option<Share>,
}

/// Every person once, by number; follows who is in the table.
pub fn persons(agents: Table<AgentRow>) -> Vec<(Id, Person)> {
    let rows = agents.all().into_iter().map(|(_, row)| (Id::from(row.read_untracked().number.as_str()), row));
    let rows = order::by_id(&rows.collect::<Vec<_>>());
    let persons = rows.chunk_by(|(one, _), (other, _)| one == other);
    persons
        .map(|rows| (rows[0].0.clone(), Person(rows.iter().map(|(_, row)| row.clone()).collect())))
        .collect()
}

impl Person {
    /// The rows; reading one follows it.
    pub fn rows(&self) -> &[ArcRwSignal<AgentRow>] {
        &self.0
    }

    /// The extension's number, which is the same in all rows.
    pub fn number(&self) -> Number {
        self.0.first().map_or_else(|| "".into(), |row| row.read_untracked().number.clone())
    }

    /// The name, from the first queue that knows it; follows the rows.
    pub fn name(&self) -> Option<String> {
        self.0.iter().find_map(|row| row.read().name.as_ref().map(ToString::to_string))
    }

    /// The row whose state says most: on a call before ready before logged out; follows the rows.
    pub fn telling(&self) -> Option<AgentRow> {
        self.0.iter().map(ArcRwSignal::get).min_by_key(|row| rank(row.state))
    }

    /// Today's figures of all queues; none where no queue has any; follows the rows.
    pub fn day(&self) -> Option<Day> {
        let occupancy = self.0.iter().find_map(|row| row.read().occupancy);
        self.0.iter().filter_map(|row| row.read().figures.clone()).fold(None, |day: Option<Day>, figures| {
            let day = day.unwrap_or_default();
            Some(Day {
                occupancy,
                answered: day.answered + figures.answered,
                missed: day.missed + figures.missed,
                talk_sum_ms: Millis(day.talk_sum_ms.0 + figures.talk_sum_ms.0),
            })
        })
    }

    /// [`Person::name`], without following.
    pub fn name_untracked(&self) -> Option<String> {
        untrack(|| self.name())
    }

    /// The state that says most, without following.
    pub fn telling_untracked(&self) -> AgentState {
        untrack(|| self.telling()).map_or(AgentState::Unknown, |row| row.state)
    }

    /// Since when it is in that state, without following.
    pub fn since_untracked(&self) -> Option<UnixMillis> {
        untrack(|| self.telling())?.since
    }

    /// [`Person::day`], without following.
    pub fn day_untracked(&self) -> Option<Day> {
        untrack(|| self.day())
    }

    /// Whether a queue has it, and its state there, that the address asks for.
    pub fn is_asked_for(&self, asked: &Asked) -> bool {
        self.0.iter().any(|row| {
            let row = row.read_untracked();
            let queue = Asked::is_one(&asked.queue, row.queue.as_str());
            // Without a queue the person's own state counts, as it is shown.
            let state = if asked.queue.is_empty() { self.telling_untracked() } else { row.state };
            queue && Asked::is_one(&asked.state, state.as_str())
        })
    }
}
