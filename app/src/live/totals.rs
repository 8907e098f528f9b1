//! The board's sums: all queues of the page as one. Computed from the rows whenever one of them changes, so that a sum never
//! contradicts what stands below it.

use leptos::prelude::*;
use model::{
    id::Text,
    time::UnixMillis,
    view,
    wire::{AgentCounts, Figures},
};

use super::Live;
use crate::age::Age;
use crate::signals::memo;

/// All queues as one.
#[derive(Clone, Copy)]
pub struct Totals {
    /// Callers on the line.
    pub waiting: Memo<u32>,
    /// Of these, those who wait longer than their queue's target.
    pub past: Memo<usize>,
    /// Since when the one who waits longest does, and in which queue.
    pub longest: Memo<Option<(UnixMillis, Option<Text>)>>,
    /// The worst of all waits, against its own queue's target.
    pub age: Memo<Age>,
    /// What happened; none before the first minute of a server's life has passed.
    pub figures: Memo<Option<Figures>>,
    /// Agents, each person once.
    pub agents: Memo<AgentCounts>,
}

impl Totals {
    /// Of the page's rows.
    pub fn of(live: Live) -> Self {
        let tables = live.tables;
        let now = live.clock.now;
        Self {
            waiting: memo(move |_| tables.queues.all().iter().map(|(_, queue)| queue.read().waiting).sum()),
            past: memo(move |_| {
                let now = now.get();
                let is_past = |caller: &model::wire::CallerRow| {
                    let target_s =
                        tables.queues.get(caller.queue.as_str()).and_then(|queue| queue.read().target_s);
                    Age::of_caller(caller, target_s, now) != Age::Within
                };
                tables.callers.all().iter().filter(|(_, caller)| is_past(&caller.read())).count()
            }),
            longest: memo(move |_| {
                let queues = tables.queues.all();
                let longest = queues.iter().filter_map(|(_, queue)| {
                    let queue = queue.read();
                    Some((queue.longest_since.filter(|_| queue.waiting > 0)?, queue.name.clone()))
                });
                longest.min_by_key(|(since, _)| *since)
            }),
            age: memo(move |_| {
                let now = now.get();
                let ages = tables.queues.all();
                ages.iter().map(|(_, queue)| Age::of_queue(&queue.read(), now)).max().unwrap_or_default()
            }),
            figures: memo(move |_| {
                let queues = tables.queues.all();
                let figures = queues.iter().filter_map(|(_, queue)| queue.read().figures.clone());
                figures.map(|figures| *figures).reduce(|all, its| all.plus(&its))
            }),
            agents: memo(move |_| {
                let agents = tables.agents.all();
                view::persons(agents.iter().map(|(_, agent)| {
                    let agent = agent.read();
                    (agent.number.clone(), agent.state)
                }))
            }),
        }
    }
}
