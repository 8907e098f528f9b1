//! The course of today by half hours: who was answered and who gave up as bars, the service level as a line, and all of it as
//! a table for who reads better than looks, or looks at nothing.

use leptos::prelude::*;
use model::{
    time::{Millis, UnixMillis},
    wire::{DayCourse, HALF_HOUR, Interval, Share},
};

use crate::{
    components::{
        chart_path::{self, HEIGHT, SLOT},
        each::each,
        figure,
    },
    live::{Clock, Live, Tables, clock::short_time},
    signals::{Memo, memo, text, when},
    words::word,
};

/// Half hours of the shorter of two looks: half a day, from the hour of the first call on. A longer day is shown whole.
const SHORT: usize = 24;

/// Half hours of two days: whatever says that it is longer is no day.
const HALVES_MAX: usize = 96;

/// A text of the reader's language.
type Word = fn() -> &'static str;

/// The bars' series from the ground up, by name, word, and which of an interval's counts it is.
const SERIES: [(&str, Word); 3] = [
    ("answered", || word!(day.answered)),
    ("abandoned", || word!(day.abandoned)),
    ("left", || word!(day.left)),
];

/// Today, of all queues of the page.
#[component]
pub fn DayChart(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    let day = day(live.tables);
    let keys = SERIES.iter().map(|(series, name)| {
        view! { <li class="chart-key" data-series=*series>{name()}</li> }
    });
    view! {
        <section class="card day" aria-labelledby="day-title">
            <header class="card__head">
                <h2 id="day-title">{word!(day.title)}</h2>
                <ul class="chart-keys" aria-hidden="true">
                    {keys.map(IntoAny::into_any).collect_view()}
                    <li class="chart-key" data-series="level">{word!(figure.level)}</li>
                </ul>
                <span class="sub">{word!(day.per)}</span>
            </header>
            <Plot day goal=goal(live.tables) clock=live.clock/>
            <DayTable day clock=live.clock/>
        </section>
    }
    .into_any()
}

/// The drawing alone, for a place that has its own head.
#[component]
pub fn DayPlot(
    /// The page's data.
    live: Live,
) -> impl IntoView {
    view! { <Plot day=day(live.tables) goal=goal(live.tables) clock=live.clock/> }
}

/// The queues' day; none before the first minute of a server's life.
fn day(tables: Tables) -> Memo<Option<DayCourse>> {
    memo(move |_| {
        let rows: Vec<_> = tables
            .courses
            .all()
            .into_iter()
            .filter_map(|(id, course)| Some((course.read(), tables.queues.get(&id)?.read())))
            .collect();
        let both =
            rows.iter().filter_map(|(course, queue)| Some((&**course, &queue.figures.as_ref()?.today)));
        DayCourse::of(both)
    })
}

/// The service level that is wanted in all queues, in percent; none where they differ.
fn goal(tables: Tables) -> Memo<Option<u8>> {
    memo(move |_| {
        let mut wanted: Vec<Option<u8>> = Vec::new();
        tables.queues.each(&mut |queue| {
            wanted.push(queue.figures.as_ref().and_then(|figures| figures.target_percent));
        });
        wanted.dedup();
        if let [one] = wanted[..] { one } else { None }
    })
}

/// Which half hours the chart has room for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Span {
    /// The first one's place in the day.
    first: usize,
    /// How many.
    slots: usize,
    /// Its first moment.
    start: UnixMillis,
}

impl Span {
    fn of(day: &DayCourse) -> Self {
        let of_day = usize::try_from((day.end.since(day.start).0 + HALF_HOUR.0 - 1) / HALF_HOUR.0);
        let running = day.intervals.len().saturating_sub(1);
        let of_day = of_day.unwrap_or_default().min(HALVES_MAX).max(running + 1);
        let used = day.intervals.iter().position(|half| half.offered > 0).unwrap_or(running);
        let first = (used & !1).min(of_day.saturating_sub(SHORT) & !1);
        // Whole numbers of the steps between two hours that are named.
        let (first, slots) =
            if running < first + SHORT { (first, SHORT) } else { (0, of_day.next_multiple_of(4)) };
        Self {
            first,
            slots,
            start: day.start + Millis(HALF_HOUR.0 * i64::try_from(first).unwrap_or_default()),
        }
    }

    /// The moments that are named below it, from its first to its last.
    fn moments(self) -> impl Iterator<Item = UnixMillis> {
        let step = if self.slots > SHORT { 4 } else { 2 };
        (0_i64..).take(self.slots / step + 1).map(move |place| {
            self.start + Millis(HALF_HOUR.0 * place * i64::try_from(step).unwrap_or_default())
        })
    }
}

/// How high each series of an interval's bar begins and ends.
fn bar(half: &Interval, series: &str) -> (u32, u32) {
    let over = half.answered.saturating_add(half.abandoned);
    match series {
        "answered" => (0, half.answered),
        "abandoned" => (half.answered, over),
        _ => (over, half.offered),
    }
}

/// The drawing with its axes.
#[component]
fn Plot(
    /// The day.
    day: Memo<Option<DayCourse>>,
    /// The service level that is wanted, in percent.
    goal: Memo<Option<u8>>,
    /// The page's clock, for its zone.
    clock: Clock,
) -> impl IntoView {
    let span = memo(move |_| day.read().as_ref().map_or(Span { slots: SHORT, ..Span::default() }, Span::of));
    let most = |day: &DayCourse| day.intervals.iter().map(|half| half.offered).max().unwrap_or_default();
    let top = memo(move |_| day.read().as_ref().map(|day| chart_path::round_top(most(day))));
    let count = move |part: u32| text(move || figure::count(top.get().map(|top| top / part)));
    let moments = move || {
        let is_known = day.read().is_some();
        let moments = span.get().moments().map(|at| {
            let name = if is_known { short_time(at, clock.local.get()) } else { String::new() };
            view! { <span>{name}</span> }
        });
        moments.map(IntoAny::into_any).collect_view()
    };
    view! {
        <div class="chart">
            <p class="chart__y" aria-hidden="true">
                <span>{count(1)}</span> <span>{count(2)}</span> <span>"0"</span>
            </p>
            <Drawing day goal span top/>
            <p class="chart__y chart__y--end" aria-hidden="true">
                <span>{figure::share(Some(Share(10_000)))}</span>
                <span>{figure::share(Some(Share(5_000)))}</span>
                <span>{figure::share(Some(Share(0)))}</span>
            </p>
            <p class="chart__x" aria-hidden="true">{moments}</p>
            <p class="chart__none" hidden=when(move || day.read().is_some())>{word!(day.none)}</p>
        </div>
    }
    .into_any()
}

/// Bars and line, a path each series. What is over stands still, so it is a path of its own.
#[component]
fn Drawing(
    /// The day.
    day: Memo<Option<DayCourse>>,
    /// The service level that is wanted, in percent.
    goal: Memo<Option<u8>>,
    /// Which half hours there is room for.
    span: Memo<Span>,
    /// How many calls the whole height is.
    top: Memo<Option<u32>>,
) -> impl IntoView {
    let bars = move |series: &'static str, running: bool| {
        let path = memo(move |_| {
            let (day, span) = (day.read(), span.get());
            let halves = day.iter().flat_map(|day| day.intervals.iter().skip(span.first)).enumerate();
            let places = halves.filter(|(_, half)| half.running == running).map(|(place, half)| {
                let (from, to) = bar(half, series);
                (place, from, to)
            });
            chart_path::bars(places, top.get().unwrap_or_default())
        });
        let class = if running { "chart__bars chart__bars--running" } else { "chart__bars" };
        view! { <path class=class data-series=series d=path></path> }
    };
    let bars = SERIES.map(|(series, _)| (bars(series, false), bars(series, true)));
    let levels = memo(move |_| {
        let (day, span) = (day.read(), span.get());
        let halves = day.iter().flat_map(|day| day.intervals.iter().skip(span.first));
        halves.map(|half| half.service_level.map(|share| share.0)).collect::<Vec<_>>()
    });
    let line = text(move || chart_path::line(&levels.read(), 10_000));
    let dots = text(move || chart_path::dots(&levels.read(), 10_000));
    let grid = text(move || [0, 1, 2].map(|part| chart_path::level(part, 2, span.get().slots)).concat());
    let goal =
        text(move || goal.get().map(|percent| chart_path::level(percent.into(), 100, span.get().slots)));
    view! {
        <svg
            class="chart__plot"
            viewBox=text(move || format!("0 0 {} {HEIGHT}", span.get().slots * SLOT))
            preserveAspectRatio="none"
            role="img"
            aria-label=text(move || summary(day.read().as_ref()))
        >
            <pattern id="stripes" patternUnits="userSpaceOnUse" width="100" height="24">
                <path class="chart__stripe" d="M0 7H100"></path>
            </pattern>
            <path class="chart__grid" d=grid></path>
            {bars.into_iter().map(IntoAny::into_any).collect_view()}
            <path class="chart__goal" d=goal></path>
            <path class="chart__line" d=line></path>
            <path class="chart__dots" d=dots></path>
        </svg>
    }
    .into_any()
}

/// The day in a sentence.
fn summary(day: Option<&DayCourse>) -> String {
    let Some(day) = day else { return word!(day.none).to_owned() };
    let sum = |of: fn(&Interval) -> u32| day.intervals.iter().map(of).fold(0, u32::saturating_add);
    word!(day.summary, sum(|half| half.offered), sum(|half| half.answered), sum(|half| half.abandoned))
}

/// The same as a table.
#[component]
fn DayTable(
    /// The day.
    day: Memo<Option<DayCourse>>,
    /// The page's clock, for its zone.
    clock: Clock,
) -> impl IntoView {
    // Drawn anew where any figure of it has changed.
    let halves = move || {
        let intervals = day.get().map(|day| day.intervals).unwrap_or_default();
        intervals.into_iter().map(|half| ((format!("{half:?}").into(), 0), half)).collect()
    };
    let draw = move |_: &str, half: Interval| {
        view! {
            <tr>
                <th scope="row">
                    {text(move || short_time(half.start, clock.local.get()))}
                    {half.running.then(|| format!(" ({})", word!(day.running)))}
                </th>
                <td class="num">{half.offered}</td>
                <td class="num">{half.answered}</td>
                <td class="num">{half.abandoned}</td>
                <td class="num">{figure::share(half.service_level)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <details class="chart-table">
            <summary>{word!(day.as_table)}</summary>
            <div class="chart-table__rows" tabindex="0" role="group" aria-label=word!(day.as_table)>
                <table>
                    <caption class="visually-hidden">{word!(day.caption)}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{word!(day.from)}</th>
                            <th scope="col" class="num">{word!(figure.offered)}</th>
                            <th scope="col" class="num">{word!(figure.answered)}</th>
                            <th scope="col" class="num">{word!(figure.abandoned)}</th>
                            <th scope="col" class="num">{word!(figure.level)}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {each(halves, draw)}
                    </tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
