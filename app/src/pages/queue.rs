//! One queue, `/queues/{number}`: its figures, who waits and for how long, what each of its agents does, the course of today,
//! and who waited too long.

use std::sync::Arc;

use leptos::prelude::*;
use model::wire::{AgentRow, CallerRow, QueueRow};

use super::queues::{Formulas, WindowChoice};
use crate::{
    age::Age,
    components::{
        breach_list::BreachList,
        caller_row::CallerTableRow,
        choice::Head,
        day_chart::DayChart,
        list::{Room, TableFrame},
        member_row::MemberRow,
        places,
        pointing::Pointing,
        settled::settled,
        strip::FigureStrip,
    },
    live::{Live, Table},
    query::Asked,
    rank,
    root::at,
    signals::{ArcRwSignal, Memo, derive, memo},
    words::word,
};

/// The page.
#[component]
pub fn Queue(
    /// The page's data: the rows of this queue alone.
    live: Live,
    /// The number in the address.
    number: String,
) -> impl IntoView {
    let queue = memo(move |_| live.tables.queues.all().first().map(|(_, queue)| queue.get()));
    let number = Arc::<str>::from(number);
    let name = {
        let number = Arc::clone(&number);
        move || {
            let name = queue.read().as_ref().and_then(|queue: &QueueRow| queue.name.clone());
            name.map_or_else(|| number.to_string(), |name| name.to_string())
        }
    };
    let age = move || {
        queue
            .read()
            .as_ref()
            .map(|queue| Age::of_queue(queue, live.clock.now.get()))
            .unwrap_or_default()
            .name()
    };
    view! {
        <div class="page" data-age=age>
            <header class="page__head">
                <p class="page__back"><a href=at("/queues")>{word!(bar.queues)}</a></p>
                <h1 dir="auto">{name} " " <span class="dim">{number.to_string()}</span></h1>
                <WindowChoice query=live.query/>
            </header>
            <FigureStrip live/>
            <div class="queue-page">
                <Callers live queue/>
                <Members live/>
                <BreachList live queue/>
                <DayChart live/>
            </div>
            <Formulas live/>
        </div>
    }
}

/// Who waits, in order.
#[component]
fn Callers(
    /// The page's data.
    live: Live,
    /// The queue.
    queue: Memo<Option<QueueRow>>,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let callers = live.tables.callers;
    let shown = settled(
        callers,
        Table::all,
        |caller: &ArcRwSignal<CallerRow>, _| Some(rank::caller(&caller.read_untracked())),
        pointing.still(),
        live,
    );
    let total = live.total(|counts| counts.callers, move || callers.count());
    let target_s = memo(move |_| queue.read().as_ref().and_then(|queue| queue.target_s));
    let room = Room::new(live.query);
    let count = derive(move || room.of(shown.read().len()));
    let heads = view! {
        <Head name=word!(caller.position) number=true/>
        <Head name=word!(caller.caller)/>
        <Head name=word!(caller.kind)/>
        <Head name=word!(caller.waits) number=true/>
    }
    .into_any();
    let rows = places::rows(
        shown,
        move || room.now(),
        move |caller| view! { <CallerTableRow caller target_s clock=live.clock/> }.into_any(),
    );
    view! {
        <section class="card callers" aria-labelledby="callers-title">
            <header class="card__head">
                <h2 id="callers-title">{word!(queue.callers)}</h2>
                <data class="sub" value=total>{total}</data>
            </header>
            <TableFrame total found=total shown=count room none=word!(queue.nobody_waits) pointing heads rows/>
        </section>
    }
    .into_any()
}

/// The queue's agents, by state.
#[component]
fn Members(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let pointing = Pointing::new(live.clock);
    let agents = live.tables.agents;
    let key = |agent: &ArcRwSignal<AgentRow>, _: &Asked| Some(rank::agent(&agent.read_untracked()));
    let shown = settled(agents, Table::all, key, pointing.still(), live);
    let total = live.total(|counts| counts.agents, move || agents.count());
    let room = Room::new(live.query);
    let count = derive(move || room.of(shown.read().len()));
    let heads = view! {
        <Head name=word!(agent.agent)/>
        <Head name=word!(agent.state)/>
        <Head name=word!(agent.with)/>
        <Head name=word!(agent.answered) number=true/>
        <Head name=word!(agent.missed) number=true/>
        <Head name=word!(agent.talk) number=true/>
        <Head name=word!(agent.occupancy) number=true/>
    }
    .into_any();
    let rows = places::rows(
        shown,
        move || room.now(),
        move |agent| view! { <MemberRow agent tables=live.tables clock=live.clock/> }.into_any(),
    );
    view! {
        <section class="card members" aria-labelledby="members-title">
            <header class="card__head">
                <h2 id="members-title">{word!(bar.agents)}</h2>
                <data class="sub" value=total>{total}</data>
            </header>
            <TableFrame total found=total shown=count room none=word!(agent.none) pointing heads rows/>
        </section>
    }
    .into_any()
}
