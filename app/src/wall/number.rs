//! Big numbers: what is read from the far end of the room. Each has a word above it and, below, of what it is.

use leptos::prelude::*;
use model::{
    wall::Metric,
    wire::{self, AgentCounts, WindowFigures},
};

use super::{Given, bands::Figure, frame, length};
use crate::{
    age::Age,
    components::{figure, icon::Icon},
    signals::{Shown, derive, mark, memo, text, when},
    words::word,
};

/// What stands before a unit.
const UNIT: char = '\u{202f}';

/// A band of figures.
#[component]
pub fn Numbers(
    /// What every tile is given.
    given: Given,
    /// Which.
    tiles: Vec<Figure>,
) -> impl IntoView {
    let count = tiles.len().to_string();
    let figures = tiles.into_iter().map(|tile| match tile {
        Figure::Of(metric) => view! { <Number given metric/> }.into_any(),
        Figure::Time => view! {
            <div class="wall-figure" data-metric="time">
                <dt>{word!(wall.time)}</dt>
                <BigNumber value=frame::time(given)/>
                <dd class="wall-figure__note"></dd>
            </div>
        }
        .into_any(),
    });
    view! { <dl class="wall-numbers" data-count=count>{figures.collect_view()}</dl> }.into_any()
}

/// One figure.
#[component]
fn Number(
    /// What every tile is given.
    given: Given,
    /// Which.
    metric: Metric,
) -> impl IntoView {
    let age = memo(move |_| age(given, metric));
    let number = text(move || value(given, metric));
    let note = text(move || note(given, metric));
    let icon = derive(move || if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" });
    let words = text(move || match age.get() {
        Age::Within => "",
        Age::Past => word!(queue.past),
        Age::FarPast => word!(queue.far_past),
    });
    view! {
        <div class="wall-figure" data-metric=metric.as_str() data-age=mark(move || age.get().name())>
            <dt>
                {name(metric)}
                <span class="wall-figure__glyph" hidden=when(move || age.get() == Age::Within)><Icon name=icon/></span>
                <span class="visually-hidden">{words}</span>
            </dt>
            <BigNumber value=number/>
            <dd class="wall-figure__note" dir="auto">{note}</dd>
        </div>
    }
    .into_any()
}

/// The figure with its unit, which is smaller. How many characters it has says how large it may be.
#[component]
fn BigNumber(
    /// Both as text, a narrow space between them.
    value: Shown<String>,
) -> impl IntoView {
    let size = text(move || value.read().chars().count().to_string());
    let number = text(move || value.read().split(UNIT).next().unwrap_or_default().to_owned());
    let unit = text(move || value.read().split_once(UNIT).map(|(_, unit)| format!(" {unit}")));
    view! { <dd class="wall-figure__number" data-size=size>{number}<small>{unit}</small></dd> }.into_any()
}

/// What it is.
pub fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::Waiting => word!(wall.waiting),
        Metric::Longest => word!(wall.longest),
        Metric::Level => word!(wall.level),
        Metric::Ready => word!(wall.ready),
        Metric::Talking => word!(wall.talking),
        Metric::WrapUp => word!(wall.wrap_up),
        Metric::NotReady => word!(wall.not_ready),
        Metric::Answered => word!(wall.answered),
        Metric::Abandoned => word!(wall.abandoned),
        Metric::Offered => word!(wall.offered),
        Metric::Callbacks => word!(wall.callbacks),
        Metric::Asa => word!(wall.asa),
    }
}

/// How it stands to what is wanted, by its own target and by the alerts about it.
fn age(given: Given, metric: Metric) -> Age {
    let totals = given.totals();
    let own = match metric {
        Metric::Waiting | Metric::Longest => totals.age.get(),
        Metric::Level => {
            let figures = totals.figures.read();
            let level = figures.as_ref().and_then(|figures| figures.today.service_level);
            Age::of_level(level, figures.as_ref().and_then(|figures| figures.target_percent))
        }
        _ => Age::Within,
    };
    own.max(given.live().raised(alerts_of(metric)))
}

/// Which alerts are about it.
const fn alerts_of(metric: Metric) -> &'static [wire::Metric] {
    use wire::Metric as Of;
    match metric {
        Metric::Waiting => &[Of::Waiting],
        Metric::Longest => &[Of::LongestWait],
        Metric::Level => &[Of::ServiceLevel],
        Metric::Ready => &[Of::Ready],
        Metric::WrapUp => &[Of::WrapUpTime],
        Metric::NotReady => &[Of::NotReadyTime],
        Metric::Abandoned => &[Of::Abandoned, Of::AbandonRate],
        Metric::Talking | Metric::Answered | Metric::Offered | Metric::Callbacks | Metric::Asa => &[],
    }
}

/// How much; an en dash where there is nothing that it could be of.
fn value(given: Given, metric: Metric) -> String {
    let (tables, totals) = (given.live().tables, given.totals());
    let today = |of: fn(&WindowFigures) -> u32| {
        figure::count(totals.figures.read().as_ref().map(|figures| of(&figures.today)))
    };
    let agents = |of: fn(&AgentCounts) -> u32| {
        figure::count((tables.agents.count() > 0).then(|| of(&totals.agents.read())))
    };
    let has_queues = tables.queues.count() > 0;
    match metric {
        Metric::Waiting => figure::count(has_queues.then(|| totals.waiting.get())),
        Metric::Longest => {
            let since = totals.longest.get().map(|(since, _)| since);
            since.map_or_else(
                || figure::NONE.to_owned(),
                |since| length(given.live().clock.now.get().since(since)),
            )
        }
        Metric::Level => {
            figure::share(totals.figures.read().as_ref().and_then(|figures| figures.today.service_level))
        }
        Metric::Ready => agents(|agents| agents.ready),
        Metric::Talking => agents(talking),
        Metric::WrapUp => agents(|agents| agents.wrap_up),
        Metric::NotReady => agents(|agents| agents.not_ready),
        Metric::Answered => today(|figures| figures.answered),
        Metric::Abandoned => today(|figures| figures.abandoned),
        Metric::Offered => today(|figures| figures.offered),
        Metric::Callbacks => {
            let callbacks = || tables.queues.all().iter().map(|(_, queue)| queue.read().callbacks).sum();
            figure::count(has_queues.then(callbacks))
        }
        Metric::Asa => {
            let asa = totals.figures.read().as_ref().and_then(|figures| figures.today.asa_ms);
            asa.map_or_else(|| figure::NONE.to_owned(), length)
        }
    }
}

fn talking(agents: &AgentCounts) -> u32 {
    agents.queue_call + agents.other_call
}

/// Of what it is; empty where there is nothing to say.
fn note(given: Given, metric: Metric) -> String {
    let (tables, totals) = (given.live().tables, given.totals());
    match metric {
        Metric::Waiting if tables.queues.count() > 1 => {
            let queues = tables.queues.all();
            let most = queues.iter().map(|(_, queue)| queue.read()).filter(|queue| queue.waiting > 0);
            // Of several the first, so that it stays.
            let most = most.reduce(|most, other| if other.waiting > most.waiting { other } else { most });
            most.map_or_else(String::new, |queue| {
                word!(wall.in_queue, queue.waiting, super::queue_name(&queue))
            })
        }
        Metric::Waiting => {
            let past = totals.past.get();
            if past > 0 { word!(figure.past, past) } else { String::new() }
        }
        Metric::Longest if tables.queues.count() > 1 => {
            totals.longest.get().and_then(|(_, name)| name).map(|name| name.to_string()).unwrap_or_default()
        }
        Metric::Level => {
            let figures = totals.figures.get();
            let wanted = figures.and_then(|figures| figures.target_s.zip(figures.target_percent));
            wanted.map_or_else(
                || word!(window.today).to_owned(),
                |(target_s, percent)| word!(wall.goal, target_s, percent),
            )
        }
        Metric::Ready if tables.agents.count() > 0 => {
            let agents = totals.agents.get();
            let here = agents.ready + talking(&agents) + agents.wrap_up + agents.not_ready;
            word!(wall.of_agents, here as usize)
        }
        Metric::Talking if tables.agents.count() > 0 => {
            word!(wall.in_wrap_up, totals.agents.read().wrap_up)
        }
        Metric::Answered | Metric::Abandoned | Metric::Offered | Metric::Asa => {
            word!(window.today).to_owned()
        }
        _ => String::new(),
    }
}
