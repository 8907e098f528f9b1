//! The board's sums: all queues of the page as one. Computed from the rows whenever one of them changes, so that a sum never
//! contradicts what stands below it.

use model::{
    id::{QueueId, Text},
    time::UnixMillis,
    view,
    wire::{AgentCounts, Figures},
};

use super::Live;
use crate::age::Age;
use crate::signals::{Memo, memo};

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
            waiting: memo(move |_| {
                let mut waiting = 0;
                tables.queues.each(&mut |queue| waiting += queue.waiting);
                waiting
            }),
            past: memo(move |_| {
                let now = now.get();
                // A target that changes is seen at the next second.
                let target_s =
                    |queue: &QueueId| tables.queues.peek(queue.as_str())?.read_untracked().target_s;
                let mut past = 0;
                tables.callers.each(&mut |caller| {
                    past += usize::from(Age::of_caller(caller, target_s(&caller.queue), now) != Age::Within);
                });
                past
            }),
            longest: memo(move |_| {
                let mut longest: Option<(UnixMillis, Option<Text>)> = None;
                tables.queues.each(&mut |queue| {
                    let Some(since) = queue.longest_since.filter(|_| queue.waiting > 0) else { return };
                    if longest.as_ref().is_none_or(|(longest, _)| since < *longest) {
                        longest = Some((since, queue.name.clone()));
                    }
                });
                longest
            }),
            age: memo(move |_| {
                let now = now.get();
                let mut worst = Age::default();
                tables.queues.each(&mut |queue| worst = worst.max(Age::of_queue(queue, now)));
                worst
            }),
            figures: memo(move |_| {
                let mut all: Option<Figures> = None;
                tables.queues.each(&mut |queue| {
                    let Some(its) = &queue.figures else { return };
                    all = Some(all.map_or(**its, |all| all.plus(its)));
                });
                all
            }),
            agents: memo(move |_| {
                let mut states = Vec::new();
                tables.agents.each(&mut |agent| states.push((agent.number.clone(), agent.state)));
                view::persons(states)
            }),
        }
    }
}
