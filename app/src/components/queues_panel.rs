//! The queues, the worst first.

use leptos::prelude::*;
use model::wire::{CallerRow, QueueRow};

use crate::{
    components::{
        list::{Elsewhere, panel_room},
        places,
        pointing::Pointing,
        queue_row::QueueTableRow,
        settled::settled,
    },
    live::{Live, Table, Tables},
    order, rank,
    signals::{ArcRwSignal, Memo, Signal, derive, memo, text, when},
    words::word,
};

/// The panel of queues.
#[component]
pub fn QueuesPanel(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let queues = live.tables.queues;
    let shown = settled(
        queues,
        Table::all,
        |queue: &ArcRwSignal<QueueRow>, _| Some(rank::queue(&queue.read_untracked())),
        pointing.still(),
        live,
    );
    let total = live.total(|counts| counts.queues, move || queues.count());
    let found = derive(move || shown.read().len());
    let room = panel_room();
    let draw = move |queue| {
        let callers = callers_of(live.tables, queue);
        view! { <QueueTableRow queue callers alerts=live.alerts clock=live.clock/> }.into_any()
    };

    view! {
        <section class="card" aria-labelledby="queues-title">
            <header class="card__head">
                <h2 id="queues-title">{word!(queue.title)}</h2>
                <span class="sub">{text(move || word!(queue.sub, total.get()))}</span>
            </header>
            <p class="empty" hidden=when(move || total.get() != 0)>{word!(queue.none)}</p>
            <table
                class="queue-table"
                role="table"
                hidden=when(move || total.get() == 0)
                {..pointing.heard()}
            >
                <caption class="visually-hidden">{word!(queue.caption)}</caption>
                <thead role="rowgroup">
                    <tr class="queue-table__head" role="row">
                        <th role="columnheader" scope="col">{word!(queue.queue)}</th>
                        <th role="columnheader" scope="col">{word!(queue.waiting)}</th>
                        <th class="num" role="columnheader" scope="col">{word!(queue.longest)}</th>
                        <th role="columnheader" scope="col">{word!(queue.agents)}</th>
                        <th role="columnheader" scope="col">{word!(queue.callers)}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    {places::rows(shown, move || room, draw)}
                </tbody>
            </table>
            <Elsewhere total found room href="/queues"/>
        </section>
    }
    .into_any()
}

/// One queue's callers in order; follows them.
pub fn callers_of(tables: Tables, queue: Signal<QueueRow>) -> Memo<Vec<CallerRow>> {
    let id = memo(move |_| queue.read().id.clone());
    memo(move |_| {
        let prefix = format!("{}/", id.read().as_str());
        let callers = tables.callers.under(&prefix).into_iter().map(|(id, caller)| (id, caller.get()));
        let callers: Vec<_> = callers.collect();
        let callers = order::sorted(&callers, |caller| Some(rank::caller(caller)));
        callers.into_iter().map(|(_, caller)| caller).collect::<Vec<_>>()
    })
}
