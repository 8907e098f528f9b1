//! Figures over rows that are seen, for an audience that may not know those of the whole tenant.

use std::collections::BTreeMap;

use super::Seen;
use crate::{
    board::PERSON,
    id::Number,
    wire::{AgentCounts, AgentState, Figures, Row},
};

/// The figures of all queues among these rows as one, and their agents, each person once, by the state that says most.
/// Figures are `None` where no queue has any. Percentiles of several queues are not known: they are `null`.
pub fn total(rows: impl IntoIterator<Item = Seen<Row>>) -> (Option<Figures>, AgentCounts) {
    let mut figures: Option<Figures> = None;
    let mut states: Vec<(Number, AgentState)> = Vec::new();
    for row in rows {
        match row.get() {
            Row::Queue(row) => {
                if let Some(its) = row.figures.as_deref() {
                    figures = Some(figures.map_or(*its, |all| all.plus(its)));
                }
            }
            Row::Agent(row) => states.push((row.number.clone(), row.state)),
            _ => {}
        }
    }
    (figures, persons(states))
}

/// Agents by state, each person once, by the state that says most of those that he has in several queues.
pub fn persons(states: impl IntoIterator<Item = (Number, AgentState)>) -> AgentCounts {
    let mut telling: BTreeMap<Number, AgentState> = BTreeMap::new();
    for (number, state) in states {
        let known = telling.entry(number).or_insert(state);
        if rank(state) < rank(*known) {
            *known = state;
        }
    }
    let mut persons = AgentCounts::default();
    for state in telling.into_values() {
        *persons.get_mut(state) += 1;
    }
    persons
}

/// A state's place among those of one person in several queues: the one with the smallest says most.
pub fn rank(state: AgentState) -> usize {
    PERSON.iter().position(|known| *known == state).unwrap_or(PERSON.len())
}
