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
    let mut states: BTreeMap<Number, AgentState> = BTreeMap::new();
    for row in rows {
        match row.get() {
            Row::Queue(row) => {
                if let Some(its) = row.figures.as_deref() {
                    figures = Some(figures.map_or(*its, |all| all.plus(its)));
                }
            }
            Row::Agent(row) => {
                let state = states.entry(row.number.clone()).or_insert(row.state);
                if rank(row.state) < rank(*state) {
                    *state = row.state;
                }
            }
            _ => {}
        }
    }
    let mut persons = AgentCounts::default();
    for state in states.into_values() {
        *persons.get_mut(state) += 1;
    }
    (figures, persons)
}

/// Its place among those that say most.
fn rank(state: AgentState) -> Option<usize> {
    PERSON.iter().position(|known| *known == state)
}
