//! One queue on the queues' page: who waits, who could answer, and what happened in the time that was chosen.

use leptos::prelude::*;
use model::{
    time::Millis,
    wire::{Alerts, CallerRow, Metric, QueueRow, ServiceLevel, WindowFigures},
};

use crate::{
    age::Age,
    components::{
        agent_mix::AgentMix,
        figure,
        level::LevelBar,
        queue_cells::{LongestCell, QueueName, WaitingCell},
        raised::Raised,
        spark::Sparkline,
    },
    live::{Clock, clock::duration},
    query::Query,
    signals::{Memo, RwSignal, Signal, mark, memo, text},
    words::word,
};

/// A queue's row.
#[component]
pub fn QueueFiguresRow(
    /// The queue.
    #[prop(into)]
    queue: Signal<QueueRow>,
    /// Its callers in order, as far as the page has them.
    callers: Memo<Vec<CallerRow>>,
    /// The longest waits of its last hour.
    waits: Memo<Vec<Option<Millis>>>,
    /// The page's address, which has the window.
    query: Query,
    /// What is raised.
    alerts: RwSignal<Alerts>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let agents = memo(move |_| queue.read().agents);
    let age = memo(move |_| Age::of_queue(&queue.read(), clock.now.get()));
    let figures = memo(move |_| {
        let window = query.window();
        queue.read().figures.as_ref().map(|figures| *window.figures(figures))
    });
    let rule = text(move || {
        let figures = queue.read().figures.clone()?;
        let target = figures.target_s.map(|target_s| duration(Millis::seconds(target_s.into())));
        Some(word!(figure.rule, target?, figures.formula.map_or(0, u8::from)))
    });
    let of = move |figure: fn(&WindowFigures) -> u32| figure::count(figures.get().as_ref().map(figure));
    let target_s = memo(move |_| queue.read().target_s);
    let share = memo(move |_| figures.get().and_then(|figures| figures.service_level));
    let wanted = memo(move |_| queue.read().figures.as_ref().and_then(|figures| figures.target_percent));
    let rate = text(move || figure::share(figures.get().and_then(|figures| figures.abandon_rate)));
    view! {
        <tr class="table__row" role="row" data-row tabindex="-1" data-age=mark(move || age.get().name())>
            <QueueName queue/>
            <WaitingCell queue callers alerts clock/>
            <LongestCell queue age alerts clock/>
            <td class="queue-row__agents" role="cell">
                <Raised alerts queue metrics=&[Metric::Ready, Metric::WrapUpTime, Metric::NotReadyTime]/>
                <AgentMix agents/>
            </td>
            <td class="num" role="cell" data-head=word!(figure.offered)>{text(move || of(|figures| figures.offered))}</td>
            <td class="num" role="cell" data-head=word!(figure.answered)>{text(move || of(|figures| figures.answered))}</td>
            <td class="num" role="cell" data-head=word!(figure.abandoned)>
                <Raised alerts queue metrics=&[Metric::Abandoned, Metric::AbandonRate]/>
                {text(move || of(|figures| figures.abandoned))} <span class="sub">{rate}</span>
            </td>
            <td class="num" role="cell" data-head=word!(figure.level)>
                <Raised alerts queue metrics=&[Metric::ServiceLevel]/>
                <LevelBar share wanted/>
                <span class="sub">{rule}</span>
            </td>
            <td class="num" role="cell" data-head=word!(figure.asa_short)>
                {text(move || figure::length(figures.get().and_then(|figures| figures.asa_ms)))}
            </td>
            <td role="cell" data-head=word!(queue.hour)><Sparkline waits target_s/></td>
        </tr>
    }
    .into_any()
}

/// How a service level is computed, in words.
pub fn formula_word(formula: ServiceLevel) -> &'static str {
    match formula {
        ServiceLevel::V3 => word!(figure.formula_3),
        ServiceLevel::V4 => word!(figure.formula_4),
        ServiceLevel::V6 => word!(figure.formula_6),
    }
}
