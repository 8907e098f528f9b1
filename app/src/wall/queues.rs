//! The queues as a table, those in need first. A queue that the board names and that is not there is said plainly.

use leptos::prelude::*;
use model::wire::QueueRow;

use super::{
    Given, length, queue_name,
    turn::{Paged, Place},
};
use crate::{
    age::Age,
    components::{each::each, figure, icon::Icon, places, settled::settled},
    live::Table,
    locale::number,
    order::Placed,
    rank,
    signals::{ArcRwSignal, Memo, Signal, derive, mark, memo, text, when},
    words::word,
};

/// So few queues have room for larger rows.
const FEW: usize = 3;

/// The table.
#[component]
pub fn QueueTable(
    /// What every tile is given.
    given: Given,
    /// The list's id.
    id: String,
) -> impl IntoView {
    let paged = Paged::new(given.turn(), &id);
    let queues = given.live().tables.queues;
    let key = |queue: &ArcRwSignal<QueueRow>, _: &_| Some(rank::queue(&queue.read_untracked()));
    let shown = settled(queues, Table::all, key, paged.still.into(), given.live());
    let missing = missing(given);
    let count = derive(move || shown.read().len() + missing.read().len());
    let draw = move |queue| view! { <QueueLine given queue/> }.into_any();
    let gone = |number: &str, ()| {
        view! {
            <tr class="wall-row" role="row" data-missing="yes">
                <th role="rowheader" scope="row" dir="auto">{number.to_owned()}</th>
                <td class="wall-row__missing" role="cell">{word!(wall.gone)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <div class="wall-panel">
        <table class="wall-table" role="table" data-few=mark(move || (count.get() <= FEW).then_some("yes")) hidden=when(move || count.get() == 0)>
            <thead role="rowgroup">
                <tr class="wall-row" role="row">
                    <th role="columnheader">{word!(queue.queue)} " " <Place paged count/></th>
                    <Head name=word!(wall.waiting)/>
                    <Head name=word!(wall.longest)/>
                    <Head name=word!(wall.ready)/>
                    <Head name=word!(wall.talking) least=1/>
                    <Head name=word!(wall.answered) least=2/>
                    <Head name=word!(wall.abandoned) least=2/>
                    <Head name=word!(wall.level)/>
                </tr>
            </thead>
            <tbody role="rowgroup" id=id class="wall-turns">
                {places::rows(shown, || usize::MAX, draw)}
                {each(move || missing.get(), gone)}
            </tbody>
        </table>
        <p class="wall-panel__none" hidden=when(move || count.get() != 0)>{word!(wall.no_queue)}</p>
        </div>
    }
    .into_any()
}

/// The queues that the board names and that are not there, each by its number; none before anything is known.
pub fn missing(given: Given) -> Memo<Vec<Placed<()>>> {
    memo(move |_| {
        let queues = given.live().tables.queues.all();
        let there: Vec<_> = queues.iter().filter_map(|(_, queue)| queue.read().number.clone()).collect();
        let missing = given.queues().into_iter().filter(|number| !there.contains(number));
        missing.map(|number| ((number.as_str().into(), 0), ())).collect()
    })
}

#[component]
fn Head(
    /// The column's name.
    name: &'static str,
    /// The higher, the sooner it goes where there is no room.
    #[prop(optional)]
    least: u8,
) -> impl IntoView {
    view! { <th class="num" role="columnheader" data-least=least>{name}</th> }
}

#[component]
fn QueueLine(
    /// What every tile is given.
    given: Given,
    /// The queue.
    queue: Signal<QueueRow>,
) -> impl IntoView {
    let now = given.live().clock.now;
    let age = memo(move |_| Age::of_queue(&queue.read(), now.get()));
    let today = move |of: fn(&model::wire::WindowFigures) -> u32| {
        figure::count(queue.read().figures.as_ref().map(|figures| of(&figures.today)))
    };
    let level = memo(move |_| {
        let queue = queue.read();
        let figures = queue.figures.as_ref();
        let level = figures.and_then(|figures| figures.today.service_level);
        (level, Age::of_level(level, figures.and_then(|figures| figures.target_percent)))
    });
    let is_zero = |count: u32| (count == 0).then_some("yes");
    view! {
        <tr class="wall-row" role="row" data-age=mark(move || age.get().name())>
            <th role="rowheader" scope="row" dir="auto">{text(move || queue_name(&queue.read()))}</th>
            <td class="num" role="cell" data-zero=mark(move || is_zero(queue.read().waiting))>
                {text(move || queue.read().waiting)}
            </td>
            <td class="num" role="cell"><Longest given queue age/></td>
            <td class="num" role="cell">{text(move || number(queue.read().agents.ready))}</td>
            <td class="num" role="cell" data-least="1">
                {text(move || number(queue.read().agents.queue_call + queue.read().agents.other_call))}
            </td>
            <td class="num" role="cell" data-least="2">{text(move || today(|figures| figures.answered))}</td>
            <td class="num" role="cell" data-least="2">{text(move || today(|figures| figures.abandoned))}</td>
            <td class="num" role="cell" data-age=mark(move || level.get().1.name())>
                <span class="wall-flag" data-age=mark(move || level.get().1.name())>
                    <span hidden=when(move || level.get().1 == Age::Within)><Icon name=derive(|| "triangle-alert")/></span>
                    {text(move || figure::share(level.get().0))}
                </span>
            </td>
        </tr>
    }
    .into_any()
}

/// The longest wait, with a glyph and words for its age.
#[component]
pub fn Longest(
    /// What every tile is given.
    given: Given,
    /// The queue.
    queue: Signal<QueueRow>,
    /// How the wait stands to the target.
    age: Memo<Age>,
) -> impl IntoView {
    let now = given.live().clock.now;
    let wait = text(move || {
        let queue = queue.read();
        let since = queue.longest_since.filter(|_| queue.waiting > 0);
        since.map_or_else(|| figure::NONE.to_owned(), |since| length(now.get().since(since)))
    });
    let icon = derive(move || if age.get() == Age::FarPast { "octagon-alert" } else { "triangle-alert" });
    let words = text(move || match age.get() {
        Age::Within => "",
        Age::Past => word!(queue.past),
        Age::FarPast => word!(queue.far_past),
    });
    view! {
        <span class="wall-flag" data-age=mark(move || age.get().name())>
            <span hidden=when(move || age.get() == Age::Within)><Icon name=icon/></span>
            {wait}
            <span class="visually-hidden">{words}</span>
        </span>
    }
    .into_any()
}
