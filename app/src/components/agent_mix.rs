//! A queue's agents: a bar of who is ready, talks, wraps up or is not ready, and the same in words below it.

use leptos::prelude::*;
use model::wire::AgentCounts;

use crate::signals::{Signal, memo, text, when};
use crate::words::word;

/// The bar and its words. Logged out agents stand in the words only.
#[component]
pub fn AgentMix(
    /// The queue's agents by state.
    #[prop(into)]
    agents: Signal<AgentCounts>,
) -> impl IntoView {
    let parts = memo(move |_| parts(agents.get()));
    let width = move || parts.get().iter().map(|(_, _, count)| count).sum::<u32>().max(1);
    let away = move || agents.read().logged_out + agents.read().offline;
    let unknown = move || agents.read().unknown;
    let bar = move || {
        let mut start = 0;
        parts
            .get()
            .into_iter()
            .map(|(part, _, count)| {
                let x = start;
                start += count;
                view! { <rect class="agent-mix__part" data-part=part x=x y="0" width=count height="1"></rect> }
            })
            .map(IntoAny::into_any)
            .collect_view()
    };
    view! {
        <svg
            class="agent-mix"
            viewBox=move || format!("0 0 {} 1", width())
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {bar}
        </svg>
        <ul class="agent-counts">
            {[0, 1, 2, 3]
                .map(|place| {
                    let (part, name, _) = parts.get_untracked()[place];
                    view! {
                        <li class="agent-counts__item" data-part=part>
                            <b>{text(move || parts.get()[place].2)}</b> " " {name}
                        </li>
                    }
                })
                .map(IntoAny::into_any)
                .collect_view()}
            <li class="agent-counts__item" data-part="away" hidden=when(move || away() == 0)>
                <b>{text(away)}</b> " " {word!(mix.away)}
            </li>
            <li class="agent-counts__item" data-part="away" hidden=when(move || unknown() == 0)>
                <b>{text(unknown)}</b> " " {word!(mix.unknown)}
            </li>
        </ul>
    }
}

/// The bar's four parts: name, word, how many.
fn parts(agents: AgentCounts) -> [(&'static str, &'static str, u32); 4] {
    [
        ("ready", word!(mix.ready), agents.ready),
        ("talk", word!(mix.talking), agents.queue_call + agents.other_call),
        ("wrap", word!(mix.wrap_up), agents.wrap_up),
        ("pause", word!(mix.not_ready), agents.not_ready),
    ]
}
