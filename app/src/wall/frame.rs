//! What stands above and below a wall's tiles: whose it is, both lamps, the time; by which rule the service level is, which page
//! is shown.

use leptos::prelude::*;

use super::{Given, queue_name};
use crate::{
    components::{app_bar::Mark, lamps::LampPair},
    live::clock::hour_minute,
    signals::{Shown, mark, memo, text},
    words::word,
};

/// The time on the clock on the wall.
pub fn time(given: Given) -> Shown<String> {
    let clock = given.live().clock;
    text(move || {
        let local = clock.local.get();
        let time = hour_minute(clock.slow.get(), local);
        if local { time } else { format!("{time} {}", word!(time.utc)) }
    })
}

/// The line at the top. A board without a title has its queue's name, where it is of one.
#[component]
pub fn Top(
    /// What every tile is given.
    given: Given,
    /// The board's title.
    title: String,
    /// The clock is a test's.
    test_clock: bool,
) -> impl IntoView {
    let live = given.live();
    let title = memo(move |_| {
        let queues = live.tables.queues;
        match &*title {
            "" if given.queues().len() == 1 => queues
                .all()
                .first()
                .map_or_else(|| word!(wall.title).to_owned(), |(_, queue)| queue_name(&queue.read())),
            "" => word!(wall.title).to_owned(),
            title => title.to_owned(),
        }
    });
    view! {
        <header class="wall-top">
            <h1 dir="auto">{title}</h1>
            {test_clock.then(|| view! { <span class="wall-note">{word!(bar.test_clock)}</span> })}
            <LampPair lamps=live.lamps truth=live.truth clock=live.clock/>
            <b class="wall-clock">{time(given)}</b>
        </header>
    }
    .into_any()
}

/// The line at the bottom. In a browser that can't run the program it says that the wall is a simple one.
#[component]
pub fn Bottom(
    /// What every tile is given.
    given: Given,
    /// How many pages there are.
    count: usize,
    /// Whether the board shows a service level, which is never without its rule.
    has_level: bool,
) -> impl IntoView {
    let figures = given.totals().figures;
    let rule = text(move || {
        let figures = figures.get().filter(|figures| has_level && figures.today.service_level.is_some());
        match figures.map(|figures| figures.target_s.zip(figures.formula)) {
            Some(Some((target_s, formula))) => word!(wall.rule, target_s, u8::from(formula)),
            Some(None) => word!(figure.rules_differ, word!(window.today)),
            None => String::new(),
        }
    });
    let page = given.turn().page;
    let dots = (count > 1).then(|| {
        let dots = (0..count).map(|place| {
            view! { <i data-on=mark(move || (page.get() == place).then_some("yes"))></i> }.into_any()
        });
        let name = text(move || word!(wall.page, page.get() + 1, count));
        view! { <span class="wall-dots" role="img" aria-label=name>{dots.collect_view()}</span> }
    });
    view! {
        <footer class="wall-bottom">
            <span class="brand"><Mark/> {word!(bar.brand)}</span>
            <span class="wall-rule">{rule}</span>
            <span class="wall-simple">{word!(wall.simple)}</span>
            <noscript><span class="wall-note">{word!(wall.simple)}</span></noscript>
            {dots}
        </footer>
    }
    .into_any()
}
