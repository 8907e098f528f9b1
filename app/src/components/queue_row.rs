//! One queue: how many wait and for how long against its target, who could answer, and who waits.

use leptos::prelude::*;
use model::wire::{Alerts, CallerRow, Metric, QueueRow};

use crate::{
    age::Age,
    components::{
        agent_mix::AgentMix,
        caller_list::CallerList,
        queue_cells::{LongestCell, QueueName, WaitingCell},
        raised::Raised,
    },
    live::Clock,
    signals::{Memo, RwSignal, Signal, mark, memo},
};

/// A queue's row.
#[component]
pub fn QueueTableRow(
    /// The queue.
    #[prop(into)]
    queue: Signal<QueueRow>,
    /// Its callers in order, as far as the page has them.
    callers: Memo<Vec<CallerRow>>,
    /// What is raised.
    alerts: RwSignal<Alerts>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let agents = memo(move |_| queue.read().agents);
    let age = memo(move |_| Age::of_queue(&queue.read(), clock.now.get()));
    let total = memo(move |_| queue.read().waiting + queue.read().callbacks);
    view! {
        <tr class="queue-row" role="row" data-row tabindex="-1" data-age=mark(move || age.get().name())>
            <QueueName queue/>
            <WaitingCell queue callers alerts clock/>
            <LongestCell queue age alerts clock/>
            <td class="queue-row__agents" role="cell">
                <Raised alerts queue metrics=&[Metric::Ready, Metric::WrapUpTime, Metric::NotReadyTime]/>
                <AgentMix agents/>
            </td>
            <td class="queue-row__callers" role="cell" data-empty=mark(move || (total.get() == 0).then_some("yes"))>
                <CallerList callers total clock/>
            </td>
        </tr>
    }
}
