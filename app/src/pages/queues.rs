//! The queues, `/queues`: each with who waits, who could answer, and what happened in the time that was chosen; the worst
//! first, or by any column.

use leptos::prelude::*;
use model::wire::{QueueRow, ServiceLevel};

use crate::{
    components::{
        choice::{Choices, Head, SortHead},
        connect::Connect,
        list::{Room, TableFrame},
        places,
        pointing::Pointing,
        queue_figures_row::{QueueFiguresRow, formula_word},
        queues_panel::callers_of,
        search::Search,
        settled::settled,
        spark::last_hour,
        strip::FigureStrip,
    },
    live::{Live, Table},
    query::Query,
    rank,
    signals::{ArcRwSignal, derive, memo, when},
    window::{self, Window},
    words::word,
};

/// The page.
#[component]
pub fn Queues(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let query = live.query;
    view! {
        <div class="page">
            <header class="page__head">
                <h1>{word!(bar.queues)}</h1>
                <Search query label=word!(queue.search)/>
                <WindowChoice query/>
            </header>
            <Connect lamps=live.lamps/>
            <FigureStrip live/>
            <QueueTable live/>
        </div>
    }
}

/// The queues that are asked for.
#[component]
fn QueueTable(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let (queues, query) = (live.tables.queues, live.query);
    let shown = settled(
        queues,
        Table::all,
        |queue: &ArcRwSignal<QueueRow>, asked| rank::asked_queue(&queue.read_untracked(), asked),
        pointing.still(),
        live,
    );
    let total = live.total(|counts| counts.queues, move || queues.count());
    let room = Room::new(query);
    let count = derive(move || shown.read().len());
    let heads = view! {
        <SortHead query by="name" name=word!(queue.queue) ascending=true/>
        <SortHead query by="waiting" name=word!(queue.waiting)/>
        <Head name=word!(queue.longest) number=true/>
        <SortHead query by="ready" name=word!(queue.agents) ascending=true/>
        <SortHead query by="offered" name=word!(figure.offered) number=true/>
        <SortHead query by="answered" name=word!(figure.answered) number=true/>
        <SortHead query by="abandoned" name=word!(figure.abandoned) number=true/>
        <SortHead query by="level" name=word!(figure.level) number=true ascending=true/>
        <SortHead query by="asa" name=word!(figure.asa_short) number=true/>
        <Head name=word!(queue.hour)/>
    }
    .into_any();
    let rows = places::rows(
        shown,
        move || room.now(),
        move |queue| {
            let (callers, waits) = (callers_of(live.tables, queue), last_hour(live.tables, queue));
            view! { <QueueFiguresRow queue callers waits query alerts=live.alerts clock=live.clock/> }
                .into_any()
        },
    );
    view! {
            <section class="card queues" aria-label=word!(bar.queues)>
                <TableFrame
                    total
                    found=count
                    shown=derive(move || room.of(count.get()))
                    room
                    none=word!(queue.none)
                    caption=word!(queue.caption)
                    pointing
                    heads
                    rows
                />
                <Formulas live/>
            </section>
    }
    .into_any()
}

/// Of which time figures are.
#[component]
pub fn WindowChoice(
    /// The page's address.
    query: Query,
) -> impl IntoView {
    let choices = Window::ALL.iter().map(|window| (window.name(), window.word())).collect();
    view! { <Choices query key=window::KEY label=word!(window.title) choices/> }.into_any()
}

/// The formulas of the service levels that are shown, by the number that stands beside each.
#[component]
pub fn Formulas(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let queues = live.tables.queues;
    let used = memo(move |_| {
        let mut used: Vec<ServiceLevel> = Vec::new();
        queues.each(&mut |queue| used.extend(queue.figures.as_ref().and_then(|figures| figures.formula)));
        let all = [ServiceLevel::V3, ServiceLevel::V4, ServiceLevel::V6];
        all.into_iter().filter(|formula| used.contains(formula)).collect::<Vec<_>>()
    });
    let text = move || {
        let formulas = used.get().into_iter();
        let formulas: Vec<_> =
            formulas.map(|formula| word!(figure.formula, u8::from(formula), formula_word(formula))).collect();
        formulas.join(" ")
    };
    view! { <p class="table__note" hidden=when(move || used.read().is_empty())>{text}</p> }.into_any()
}
