//! What stays in sight whatever page a wall shows: the alerts that are raised, and queues whose callers wait far past the
//! target.

use leptos::prelude::*;
use model::{
    id::QueueId,
    time::{Millis, UnixMillis},
    wire::{Metric, Severity},
};

use super::{Given, length, queue_name};
use crate::{
    age::Age,
    components::{
        alert_strip::{NEW_FOR, glyph, line, place},
        icon::Icon,
    },
    order,
    signals::{RwSignal, derive, mark, memo, text, when},
    words::word,
};

/// So many are named; how many more there are is said.
const SHOWN_MAX: usize = 2;

/// One of them.
#[derive(Clone, PartialEq)]
struct Alarm {
    severity: Severity,
    place: String,
    /// What is out of bounds; empty where the wait alone says it.
    line: String,
    /// Since when somebody waits, where that is what it is about.
    waits_since: Option<UnixMillis>,
    /// When it was raised, until somebody says that he knows.
    new_at: Option<UnixMillis>,
}

/// The strip; it takes no room while all is well.
#[component]
pub fn Alarms(
    /// What every tile is given.
    given: Given,
    /// Whether queues in need are named, which the pages don't show.
    names_queues: bool,
) -> impl IntoView {
    let (live, now) = (given.live(), given.live().clock.now);
    let alarms = memo(move |_| {
        let alerts = live.alerts.read();
        let mut alarms: Vec<Alarm> = alerts
            .raised
            .iter()
            .map(|alert| Alarm {
                severity: alert.severity,
                place: place(alert),
                line: line(alert),
                waits_since: None,
                new_at: alert.acknowledged_at.is_none().then_some(alert.since),
            })
            .collect();
        let is_named = |queue: &QueueId| {
            let of_wait = alerts.raised.iter().filter(|alert| alert.metric == Metric::LongestWait);
            of_wait.filter_map(|alert| alert.queue.as_ref()).any(|named| named == queue)
        };
        if names_queues {
            let now = now.get();
            let mut far = Vec::new();
            live.tables.queues.each(&mut |queue| {
                if Age::of_queue(queue, now) == Age::FarPast && !is_named(&queue.id) {
                    let since = queue.longest_since;
                    far.extend(since.map(|since| (queue.id.as_str().into(), (since, queue_name(queue)))));
                }
            });
            let far = order::sorted(&far, |(since, name)| Some((0, since.0, name.clone(), String::new())));
            alarms.extend(far.into_iter().map(|(_, (since, place))| Alarm {
                severity: Severity::Action,
                place,
                line: String::new(),
                waits_since: Some(since),
                new_at: None,
            }));
        }
        (alarms, alerts.more as usize)
    });
    let rest = move || {
        let (alarms, more) = &*alarms.read();
        more + alarms.len().saturating_sub(SHOWN_MAX)
    };
    let shown = move || {
        let alarms = alarms.get().0.into_iter().take(SHOWN_MAX);
        alarms.map(|alarm| view! { <AlarmLine alarm now/> }.into_any()).collect_view()
    };
    view! {
        <ul class="wall-alarms" aria-label=word!(alert.title) hidden=when(move || alarms.read().0.is_empty())>
            {shown}
            <li class="wall-alarm" hidden=when(move || rest() == 0)>{text(move || word!(list.more, rest()))}</li>
        </ul>
    }
    .into_any()
}

/// One line of it; the symbol of a new one blinks.
#[component]
fn AlarmLine(
    /// What it says.
    alarm: Alarm,
    /// The page's clock.
    now: RwSignal<UnixMillis>,
) -> impl IntoView {
    let Alarm { severity, place, line, waits_since, new_at } = alarm;
    let is_new = move |at: UnixMillis| now.get().since(at) < NEW_FOR;
    let wait = text(move || {
        waits_since.map_or_else(String::new, |since| length(now.get().since(since).max(Millis(0))))
    });
    view! {
        <li
            class="wall-alarm"
            data-severity=severity.as_str()
            data-new=mark(move || new_at.is_some_and(is_new).then_some(""))
        >
            <span class="wall-alarm__glyph"><Icon name=derive(move || glyph(severity))/></span>
            " " <b dir="auto">{place}</b> " " {line} {wait}
        </li>
    }
    .into_any()
}
