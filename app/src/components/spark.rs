//! A queue's last hour in the space of a word: the longest wait that ended in each five minutes, against the target.

use leptos::prelude::*;
use model::{
    time::Millis,
    wire::{CourseRow, QueueRow},
};

use crate::{
    components::{
        chart_path::{self, HEIGHT, SLOT},
        figure,
    },
    live::Tables,
    signals::{ArcRwSignal, Memo, Signal, memo, text},
    words::word,
};

/// Slots of the last hour.
const SLOTS: usize = 12;

/// The line ends this high at least, so that an hour of short waits looks like one.
const TOP_MIN_MS: u32 = 60_000;

/// The longest waits of a queue's last hour, the newest last; none before the first minute of a server's life. Follows the row.
pub fn last_hour(tables: Tables, queue: Signal<QueueRow>) -> Memo<Vec<Option<Millis>>> {
    let id = memo(move |_| queue.read().id.clone());
    memo(move |_| {
        let course = tables.courses.get(id.read().as_str());
        course.map(|course: ArcRwSignal<CourseRow>| course.read().longest_ms.clone()).unwrap_or_default()
    })
}

/// The line, and the same in words.
#[component]
pub fn Sparkline(
    /// The longest waits, the newest last.
    waits: Memo<Vec<Option<Millis>>>,
    /// Seconds within which a caller should be answered.
    target_s: Memo<Option<u32>>,
) -> impl IntoView {
    let shape = memo(move |_| {
        let waits = waits.read();
        let values: Vec<_> = waits.iter().map(|wait| wait.map(milliseconds)).collect();
        let target = target_s.get().map(|seconds| milliseconds(Millis::seconds(seconds.into())));
        let most = values.iter().flatten().copied().max().unwrap_or_default();
        let top = most.max(target.unwrap_or_default().saturating_mul(2)).max(TOP_MIN_MS);
        let goal = target.filter(|_| most > 0).map(|target| chart_path::level(target, top, SLOTS));
        (chart_path::line(&values, top), goal.unwrap_or_default())
    });
    let label = text(move || {
        let waits = waits.read();
        if waits.iter().all(Option::is_none) {
            return word!(queue.hour_none).to_owned();
        }
        let waits: Vec<_> = waits.iter().map(|wait| figure::length(*wait)).collect();
        word!(queue.hour_waits, waits.join(", "))
    });
    view! {
        <svg
            class="spark"
            viewBox=format!("0 -60 {} {}", SLOTS * SLOT, HEIGHT + 120)
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            <path class="spark__goal" d=text(move || shape.read().1.clone())></path>
            <path class="spark__line" d=text(move || shape.read().0.clone())></path>
        </svg>
    }
    .into_any()
}

fn milliseconds(length: Millis) -> u32 {
    u32::try_from(length.0.max(0)).unwrap_or(u32::MAX)
}
