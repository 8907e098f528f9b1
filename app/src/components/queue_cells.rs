//! What a queue's row is made of, on the overview and on the queues' page alike: its name, who waits, how long.

use leptos::prelude::*;
use model::{
    time::Millis,
    wire::{Alerts, CallerKind, CallerRow, Metric, QueueRow},
};

use crate::{
    age::Age,
    components::{elapsed::Elapsed, icon::Icon, raised::Raised},
    live::{Clock, clock::duration},
    root::at,
    route::queue_path,
    signals::{Memo, RwSignal, Signal, derive, mark, memo, text, when},
    words::word,
};

/// Ticks drawn for one queue; the number beside them has no limit.
const TICKS_MAX: u32 = 12;

/// The queue's name and number, which lead to its own page. A queue whose number nobody has told has none.
#[component]
pub fn QueueName(
    /// The queue.
    queue: Signal<QueueRow>,
) -> impl IntoView {
    let number = memo(move |_| queue.read().number.clone());
    let name = text(move || {
        let queue = queue.read();
        let number = || queue.number.as_ref().map_or_else(|| queue.id.to_string(), ToString::to_string);
        queue.name.as_ref().map_or_else(number, ToString::to_string)
    });
    let beside = text(move || {
        let queue = queue.read();
        queue.name.is_some().then(|| queue.number.as_ref().map(ToString::to_string)).flatten()
    });
    view! {
        <th class="queue-row__name" role="rowheader" scope="row">
            <a href=move || number.get().map(|number| at(&queue_path(number.as_str())))><b dir="auto">{name}</b></a>
            " " <span class="dim">{beside}</span>
        </th>
    }
    .into_any()
}

/// How many wait, a tick for each in the shade of its age, and who is to be called back.
#[component]
pub fn WaitingCell(
    /// The queue.
    queue: Signal<QueueRow>,
    /// Its callers in order, as far as the page has them.
    callers: Memo<Vec<CallerRow>>,
    /// What is raised.
    alerts: RwSignal<Alerts>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let waiting = memo(move |_| queue.read().waiting);
    let callbacks = memo(move |_| queue.read().callbacks);
    let ticks = memo(move |_| {
        let (target_s, now) = (queue.read().target_s, clock.now.get());
        let callers = callers.read();
        let mut waits =
            callers.iter().filter(|caller| caller.kind == CallerKind::Normal).map(|caller| caller.since);
        (0..waiting.get().min(TICKS_MAX))
            .map(|_| Age::of(waits.next().flatten(), target_s, now).name().unwrap_or("within"))
            .collect::<Vec<_>>()
    });
    view! {
        <td class="queue-row__waiting" role="cell">
            <Raised alerts queue metrics=&[Metric::Waiting]/>
            <data class="queue-row__count" value=waiting data-zero=mark(move || (waiting.get() == 0).then_some("yes"))>
                {waiting}
            </data>
            <span class="ticks" aria-hidden="true">
                {move || ticks.get().into_iter().map(|age| view! { <i data-age=age></i> }.into_any()).collect_view()}
            </span>
            <span class="sub" hidden=when(move || callbacks.get() == 0)>
                {text(move || word!(queue.callbacks, callbacks.get() as usize))}
            </span>
        </td>
    }
    .into_any()
}

/// The longest wait, and by when callers should be answered.
#[component]
pub fn LongestCell(
    /// The queue.
    queue: Signal<QueueRow>,
    /// How the longest wait stands to the target.
    age: Memo<Age>,
    /// What is raised.
    alerts: RwSignal<Alerts>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let since = memo(move |_| queue.read().longest_since.filter(|_| queue.read().waiting > 0));
    let target_s = memo(move |_| queue.read().target_s);
    let target = text(move || {
        target_s
            .get()
            .map(|target_s| format!("{} {}", word!(queue.target), duration(Millis::seconds(target_s.into()))))
    });
    view! {
        <td class="queue-row__longest num" role="cell">
            <Raised alerts queue metrics=&[Metric::LongestWait]/>
            <Wait since age clock/>
            <span class="sub">{target}</span>
        </td>
    }
    .into_any()
}

/// A wait with a glyph and words for its age, so that colour is never alone.
#[component]
pub fn Wait(
    /// Since when.
    #[prop(into)]
    since: Signal<Option<model::time::UnixMillis>>,
    /// How that stands to the target.
    #[prop(into)]
    age: Signal<Age>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let glyph = derive(move || if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" });
    let words = text(move || match age.get() {
        Age::Within => "",
        Age::Past => word!(queue.past),
        Age::FarPast => word!(queue.far_past),
    });
    view! {
        <span class="flag" data-age=mark(move || age.get().name())>
            <span class="flag__glyph" hidden=when(move || age.get() == Age::Within)><Icon name=glyph/></span>
            <Elapsed since clock/>
            <span class="visually-hidden">{words}</span>
        </span>
    }
    .into_any()
}
