//! Six figures, the first that a supervisor looks at: who waits, how long, the service level, who was answered, who gave up,
//! who could answer. Each says of which time it is, and by which formula; one that an alert is about is marked as the alert is.

use leptos::prelude::*;
use model::wire::{AgentCounts, Figures, Metric, WindowFigures};

use crate::{
    age::Age,
    components::{figure, icon::Icon, queue_figures_row::formula_word},
    live::{Clock, Live, Totals, clock::duration},
    signals::{Memo, Shown, Signal, derive, mark, memo, text},
    window::Window,
    words::word,
};

/// The figures of all queues of the page.
#[component]
pub fn FigureStrip(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let (totals, query) = (Totals::of(live), live.query);
    let figures = memo(move |_| {
        let window = query.window();
        totals.figures.read().as_ref().map(|figures| *window.figures(figures))
    });
    let window = move || query.window().word();
    let of = move |figure: fn(&WindowFigures) -> u32| figure::count(figures.get().as_ref().map(figure));
    let share = move |share: fn(&WindowFigures) -> Option<model::wire::Share>| {
        figure::share(figures.get().as_ref().and_then(share))
    };
    let longest_in = text(move || totals.longest.get()?.1.map(|name| name.to_string()));
    let age = totals.age.into();
    let agents = totals.agents;
    let has_queues = move || live.tables.queues.count() > 0;
    let has_agents = move || live.tables.agents.count() > 0;
    // The worst of an age and of the alerts about one of these figures.
    let raised = move |age: Option<Signal<Age>>, metrics: &'static [Metric]| {
        derive(move || age.map_or(Age::Within, |age| age.get()).max(live.raised(metrics)))
    };
    view! {
        <dl class="strip" aria-label=word!(figure.title)>
            <Figure
                name=word!(figure.waiting)
                number=text(move || figure::count(has_queues().then(|| totals.waiting.get())))
                note=text(move || has_queues().then(|| word!(figure.past, totals.past.get())))
                age=raised(Some(age), &[Metric::Waiting])
            />
            <Figure name=word!(figure.longest) number=longest(totals, live.clock) note=longest_in age=raised(Some(age), &[Metric::LongestWait])/>
            <Figure
                name=word!(figure.level)
                number=text(move || share(|figures| figures.service_level))
                note=text(move || rule(totals.figures.get().as_ref(), query.window()))
                age=raised(Some(level(totals, figures)), &[Metric::ServiceLevel])
            />
            <Figure
                name=word!(figure.answered)
                number=text(move || of(|figures| figures.answered))
                note=text(move || word!(figure.of_offered, of(|figures| figures.offered), window()))
            />
            <Figure
                name=word!(figure.abandoned)
                number=text(move || of(|figures| figures.abandoned))
                note=text(move || word!(figure.rate, share(|figures| figures.abandon_rate), window()))
                age=raised(None, &[Metric::Abandoned, Metric::AbandonRate])
            />
            <Figure
                name=word!(figure.agents)
                number=text(move || figure::count(has_agents().then(|| agents.read().ready)))
                unit=word!(mix.ready)
                note=text(move || not_free(&agents.read()))
                age=raised(None, &[Metric::Ready, Metric::WrapUpTime, Metric::NotReadyTime])
            />
        </dl>
    }
    .into_any()
}

/// How long the one who waits longest does.
fn longest(totals: Totals, clock: Clock) -> Shown<String> {
    text(move || {
        let since = totals.longest.get().map(|(since, _)| since);
        since.map_or_else(|| figure::NONE.to_owned(), |since| duration(clock.now.get().since(since)))
    })
}

/// How the service level stands to the wanted one.
fn level(totals: Totals, figures: Memo<Option<WindowFigures>>) -> Signal<Age> {
    derive(move || {
        let wanted = totals.figures.read().as_ref().and_then(|figures| figures.target_percent);
        Age::of_level(figures.get().and_then(|figures| figures.service_level), wanted)
    })
}

/// One figure: what it is, how much, and of what.
#[component]
fn Figure(
    /// What it is.
    name: &'static str,
    /// How much.
    number: Shown<String>,
    /// Of what.
    #[prop(optional)]
    unit: &'static str,
    /// The line below it.
    note: Shown<String>,
    /// How the worst of what it counts stands to its target.
    #[prop(optional, into)]
    age: Option<Signal<Age>>,
) -> impl IntoView {
    let glyph = age.map(|age| {
        let name = derive(move || if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" });
        view! { <span class="strip__glyph" hidden=move || age.get() == Age::Within><Icon name/></span> }
    });
    view! {
        <div class="strip__figure" data-age=mark(move || age.and_then(|age| age.get().name()))>
            <dt>{name}</dt>
            <dd class="strip__number">{glyph} {number} <small>{unit}</small></dd>
            <dd class="strip__note" dir="auto">{note}</dd>
        </div>
    }
    .into_any()
}

/// What the agents do who are at work and not ready.
fn not_free(agents: &AgentCounts) -> String {
    word!(figure.other_agents, agents.queue_call + agents.other_call, agents.wrap_up, agents.not_ready)
}

/// By which formula the service level is computed, and of which time.
fn rule(figures: Option<&Figures>, window: Window) -> String {
    let Some(figures) = figures else { return String::new() };
    match figures.target_s.zip(figures.formula) {
        Some((target_s, formula)) => word!(figure.in_target, window.word(), target_s, formula_word(formula)),
        None if window.figures(figures).service_level_of.is_none() => word!(figure.no_target, window.word()),
        None => word!(figure.rules_differ, window.word()),
    }
}
