//! Who waited too long in one queue today, by the PBX's own word: when, and from which number, which leads to what became of it.

use leptos::prelude::*;
use model::{
    time::Millis,
    wire::{Breach, CourseRow, QueueRow},
};

use crate::{
    components::{each::each, figure, moment::Moment},
    live::{Id, Live, clock::duration},
    root::at,
    route::encoded,
    signals::{Memo, Signal, memo, text, when},
    words::word,
};

/// The newest breaches of the page's queue.
#[component]
pub fn BreachList(
    /// The page's data.
    live: Live,
    /// The queue.
    queue: Memo<Option<QueueRow>>,
) -> impl IntoView {
    let course = memo(move |_| live.tables.courses.all().first().map(|(_, row)| row.get()));
    let breaches = move || {
        let course = course.get();
        let masked = course.as_ref().is_some_and(|course: &CourseRow| course.masked);
        let breaches = course.map(|course| course.breaches).unwrap_or_default();
        let key = |breach: &Breach| -> Id { format!("{masked} {:?} {:?}", breach.at, breach.number).into() };
        breaches.into_iter().map(|breach| ((key(&breach), 0), (masked, breach))).collect()
    };
    let count = memo(move |_| queue.read().as_ref().and_then(|queue| queue.sla_breaches));
    let target = text(move || {
        let target_s = queue.read().as_ref().and_then(|queue| queue.target_s)?;
        Some(word!(queue.past_target, duration(Millis::seconds(target_s.into()))))
    });
    let draw = move |_: &str, (masked, breach): (bool, Breach)| {
        view! {
            <li class="breach">
                <Moment at=Signal::stored(Some(breach.at)) clock=live.clock/>
                <span class="breach__who" dir="auto">{caller(&breach, masked)}</span>
                <span class="dim">{target}</span>
            </li>
        }
        .into_any()
    };
    let none = text(move || match count.get() {
        None => word!(day.none),
        Some(_) => word!(queue.no_breaches),
    });
    view! {
        <section class="card breaches" aria-labelledby="breaches-title">
            <header class="card__head">
                <h2 id="breaches-title">{word!(queue.breaches)}</h2>
                <data class="sub" value=text(move || figure::count(count.get()))>{text(move || figure::count(count.get()))}</data>
            </header>
            <p class="empty" hidden=when(move || count.get().is_some_and(|count| count > 0))>{none}</p>
            <ol class="breach-list">
                {each(breaches, draw)}
            </ol>
        </section>
    }
    .into_any()
}

/// The caller. A number that is told whole leads to its calls that are over.
fn caller(breach: &Breach, masked: bool) -> AnyView {
    let Some(number) = &breach.number else { return word!(caller.withheld).into_any() };
    let text = number.to_string();
    if masked {
        return text.into_any();
    }
    let address = at(&format!("/history?number={}", encoded(&text)));
    view! { <a href=address>{text}</a> }.into_any()
}
