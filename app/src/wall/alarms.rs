//! What stays in sight whatever page a wall shows: queues whose callers wait far past the target.

use leptos::prelude::*;
use model::time::UnixMillis;

use super::{Given, length, queue_name};
use crate::{
    age::Age,
    components::icon::Icon,
    signals::{derive, memo, when},
    words::word,
};

/// So many are named; how many more there are is said.
const SHOWN_MAX: usize = 2;

/// The strip; it takes no room while all is well.
#[component]
pub fn Alarms(
    /// What every tile is given.
    given: Given,
) -> impl IntoView {
    let (live, now) = (given.live(), given.live().clock.now);
    let alarms = memo(move |_| {
        let now = now.get();
        let queues = live.tables.queues.all();
        let far = queues.iter().filter_map(|(_, queue)| {
            let queue = queue.read();
            let since = queue.longest_since.filter(|_| Age::of_queue(&queue, now) == Age::FarPast)?;
            Some((since, queue_name(&queue)))
        });
        let mut far: Vec<(UnixMillis, String)> = far.collect();
        far.sort();
        far
    });
    let rest = move || alarms.read().len().saturating_sub(SHOWN_MAX);
    let shown = move || {
        let items = alarms.get().into_iter().take(SHOWN_MAX).map(|(since, name)| {
            let wait = length(now.get_untracked().since(since));
            view! { <li class="wall-alarm"><Icon name=derive(|| "octagon-alert")/> <b dir="auto">{name}</b> " " {wait}</li> }
        });
        items.collect_view()
    };
    view! {
        <ul class="wall-alarms" aria-label=word!(queue.far_past) hidden=when(move || alarms.read().is_empty())>
            {move || { now.track(); shown() }}
            <li class="wall-alarm" hidden=when(move || rest() == 0)>{move || word!(list.more, rest())}</li>
        </ul>
    }
    .into_any()
}
