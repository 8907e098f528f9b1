//! A card a queue, for few queues: who waits as a big number, and what goes with it. In the order of the board, so that each has
//! its place.

use leptos::prelude::*;
use model::wire::QueueRow;

use super::{
    Given, Panel, queue_name,
    queues::{Longest, missing},
    turn::Paged,
};
use crate::{
    age::Age,
    components::{each::each, figure},
    locale::number,
    order,
    signals::{ArcRwSignal, Signal, derive, mark, memo, text},
    words::word,
};

/// The cards.
#[component]
pub fn QueueCards(
    /// What every tile is given.
    given: Given,
    /// The list's id.
    id: String,
) -> impl IntoView {
    let paged = Paged::new(given.turn(), &id);
    let queues = given.live().tables.queues;
    let missing = missing(given);
    let rows = memo(move |_| {
        let named = given.queues();
        let rows = order::sorted(&queues.all(), |queue| {
            let number = queue.read().number.clone();
            let place = named.iter().position(|named| Some(named) == number.as_ref());
            let place = place.and_then(|place| i64::try_from(place).ok()).unwrap_or(i64::MAX);
            Some((0, place, number.map(|number| number.to_string()).unwrap_or_default(), String::new()))
        });
        rows.into_iter().map(|(id, queue)| ((id, 0), queue)).collect::<Vec<_>>()
    });
    let draw =
        move |_: &str, queue: ArcRwSignal<QueueRow>| view! { <Card given queue=queue.into()/> }.into_any();
    let gone = |number: &str, ()| {
        view! {
            <li><div class="wall-card" data-missing="yes"><h2 dir="auto">{number.to_owned()}</h2><p>{word!(wall.gone)}</p></div></li>
        }
        .into_any()
    };
    let count = derive(move || rows.read().len() + missing.read().len());
    let few = mark(move || match count.get() {
        0 | 1 => "1",
        2 => "2",
        _ => "4",
    });
    view! {
        <Panel title=word!(queue.title) count none=word!(wall.no_queue) paged>
            <ul class="wall-cards" id=id data-few=few>
                {each(move || rows.get(), draw)}
                {each(move || missing.get(), gone)}
            </ul>
        </Panel>
    }
    .into_any()
}

#[component]
fn Card(
    /// What every tile is given.
    given: Given,
    /// The queue.
    queue: Signal<QueueRow>,
) -> impl IntoView {
    let now = given.live().clock.now;
    let age = memo(move |_| Age::of_queue(&queue.read(), now.get()));
    let level = text(move || {
        let level = queue.read().figures.as_ref().and_then(|figures| figures.today.service_level);
        figure::share(level)
    });
    view! {
        <li>
            <div class="wall-card" data-age=mark(move || age.get().name())>
                <h2 dir="auto">{text(move || queue_name(&queue.read()))}</h2>
                <dl>
                    <div class="wall-card__main">
                        <dt>{word!(wall.waiting)}</dt>
                        <dd>{text(move || queue.read().waiting)}</dd>
                    </div>
                    <div><dt>{word!(wall.longest)}</dt><dd><Longest given queue age/></dd></div>
                    <div><dt>{word!(wall.ready)}</dt><dd>{text(move || number(queue.read().agents.ready))}</dd></div>
                    <div><dt>{word!(wall.level)}</dt><dd>{level}</dd></div>
                </dl>
            </div>
        </li>
    }
    .into_any()
}
