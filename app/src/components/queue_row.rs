//! One queue: how many wait and for how long against its target, who could answer, and who waits.

use leptos::prelude::*;
use model::{
    time::{Millis, UnixMillis},
    wire::{CallerKind, CallerRow, QueueRow},
};

use crate::{
    components::{agent_mix::AgentMix, caller_list::CallerList, elapsed::Elapsed, icon::Icon},
    live::Clock,
    words::word,
};

/// Ticks drawn for one queue; the number beside them has no limit.
const TICKS_MAX: u32 = 12;

/// A wait this many times the target is far past it.
const FAR_PAST: i64 = 3;

/// How a wait stands to the queue's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Within the target, or the queue has none.
    Within,
    /// Past it.
    Past,
    /// Past it three times over.
    FarPast,
}

impl Age {
    /// Of a caller who waits `since`, in a queue that should answer within `target_s`.
    pub fn of(since: Option<UnixMillis>, target_s: Option<u32>, now: UnixMillis) -> Self {
        let (Some(since), Some(target_s)) = (since, target_s) else {
            return Self::Within;
        };
        let (wait, target) = (now.since(since).0, Millis::seconds(target_s.into()).0);
        if wait > target * FAR_PAST {
            Self::FarPast
        } else if wait > target {
            Self::Past
        } else {
            Self::Within
        }
    }

    fn name(self) -> Option<&'static str> {
        match self {
            Self::Within => None,
            Self::Past => Some("heed"),
            Self::FarPast => Some("act"),
        }
    }
}

/// A queue's row.
#[component]
pub fn QueueTableRow(
    /// The queue.
    #[prop(into)]
    queue: Signal<QueueRow>,
    /// Its callers in order, as far as the page has them.
    callers: Memo<Vec<CallerRow>>,
    /// The page's clock.
    clock: Clock,
) -> impl IntoView {
    let name = move || {
        let queue = queue.read();
        let number = || queue.number.as_ref().map_or_else(|| queue.id.to_string(), ToString::to_string);
        queue.name.as_ref().map_or_else(number, ToString::to_string)
    };
    let number = move || {
        let queue = queue.read();
        queue.name.is_some().then(|| queue.number.as_ref().map(ToString::to_string)).flatten()
    };
    let waiting = Memo::new(move |_| queue.read().waiting);
    let callbacks = Memo::new(move |_| queue.read().callbacks);
    let longest_since = Memo::new(move |_| queue.read().longest_since.filter(|_| queue.read().waiting > 0));
    let agents = Memo::new(move |_| queue.read().agents);
    let age = Memo::new(move |_| Age::of(longest_since.get(), queue.read().target_s, clock.now.get()));
    let total = Signal::derive(move || waiting.get() + callbacks.get());
    let ticks = Memo::new(move |_| {
        let (target_s, now) = (queue.read().target_s, clock.now.get());
        let callers = callers.read();
        let mut waits =
            callers.iter().filter(|caller| caller.kind == CallerKind::Normal).map(|caller| caller.since);
        (0..waiting.get().min(TICKS_MAX))
            .map(|_| Age::of(waits.next().flatten(), target_s, now).name().unwrap_or("within"))
            .collect::<Vec<_>>()
    });

    view! {
        <tr class="queue-row" role="row" data-age=move || age.get().name()>
            <th class="queue-row__name" role="rowheader" scope="row">
                <b>{name}</b> " " <span class="dim">{number}</span>
            </th>
            <td class="queue-row__waiting" role="cell">
                <data class="queue-row__count" value=waiting data-zero=move || (waiting.get() == 0).then_some("yes")>
                    {waiting}
                </data>
                <span class="ticks" aria-hidden="true">
                    {move || ticks.get().into_iter().map(|age| view! { <i data-age=age></i> }).collect_view()}
                </span>
                <span class="sub" hidden=move || callbacks.get() == 0>
                    {move || word!(queue.callbacks, callbacks.get() as usize)}
                </span>
            </td>
            <td class="queue-row__longest num" role="cell">
                <span class="flag" data-age=move || age.get().name()>
                    <span class="flag__glyph" hidden=move || age.get() == Age::Within>
                        <Icon name=Signal::derive(move || {
                            if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" }
                        })/>
                    </span>
                    <Elapsed since=longest_since clock/>
                    <span class="visually-hidden">{move || match age.get() {
                        Age::Within => "",
                        Age::Past => word!(queue.past),
                        Age::FarPast => word!(queue.far_past),
                    }}</span>
                </span>
                <span class="sub" hidden=move || queue.read().target_s.is_none()>
                    {word!(queue.target)} " "
                    {move || queue.read().target_s.map(|target_s| crate::live::clock::duration(Millis::seconds(target_s.into())))}
                </span>
            </td>
            <td class="queue-row__agents" role="cell"><AgentMix agents/></td>
            <td class="queue-row__callers" role="cell" data-empty=move || (total.get() == 0).then_some("yes")>
                <CallerList callers total clock/>
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_past_the_target_only_after_it_and_never_without_one() {
        let now = UnixMillis(1_000_000);
        let age = |waited_s, target_s| Age::of(Some(now - Millis::seconds(waited_s)), target_s, now);
        assert_eq!(age(20, Some(20)), Age::Within);
        assert_eq!(age(21, Some(20)), Age::Past);
        assert_eq!(age(60, Some(20)), Age::Past);
        assert_eq!(age(61, Some(20)), Age::FarPast);
        assert_eq!(age(9_999, None), Age::Within);
        assert_eq!(Age::of(None, Some(20), now), Age::Within);
    }
}
