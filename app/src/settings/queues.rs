//! The page of queues: by which rules each is counted.

use leptos::prelude::*;

use super::parts::{Line, LineField, Note, Tone};
use crate::words::word;

/// The ways to compute a service level, by their numbers in `docs/metrics.md`, with what makes each.
fn formulas() -> [(&'static str, &'static str); 3] {
    [("3", word!(queue_rules.three)), ("4", word!(queue_rules.four)), ("6", word!(queue_rules.six))]
}

/// One queue, and what is set of it.
#[derive(Clone, Debug, Default)]
pub struct QueueRules {
    /// The id of its row, which the form sends.
    pub id: String,
    /// Its number.
    pub number: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Which service level: 3, 4 or 6.
    pub formula: Line,
    /// Within how many seconds a caller should be answered.
    pub target: Line,
    /// Of how many in a hundred that is wanted.
    pub share: Line,
    /// What the PBX says of that, which counts where nothing is set.
    pub told: Option<u32>,
    /// Who gives up sooner than so many seconds is a short abandon.
    pub short: Line,
}

/// The page's content.
pub fn queues(queues: Vec<QueueRules>) -> AnyView {
    let none = queues.is_empty();
    let cards = queues.into_iter().enumerate();
    let cards = cards.map(|(place, queue)| view! { <QueueCard place queue/> }).collect_view();
    view! {
        <div class="settings-head">
            <div><h1>{word!(queue_rules.title)}</h1><p>{word!(queue_rules.intro)}</p></div>
        </div>
        {none.then(|| view! { <Note tone=Tone::Wait>{word!(queue_rules.none)}</Note> })}
        <div class="settings-cards">{cards}</div>
    }
    .into_any()
}

#[component]
fn QueueCard(
    /// Its place on the page.
    place: usize,
    /// The queue.
    queue: QueueRules,
) -> impl IntoView {
    let QueueRules { id, number, name, formula, target, share, told, short } = queue;
    let title = format!("queue-{place}");
    let of_file = [&formula, &target, &share, &short].iter().all(|line| line.of_file);
    let hint = match told {
        Some(seconds) => word!(queue_rules.target_told, seconds),
        None => word!(queue_rules.target_untold).to_owned(),
    };
    // A queue without a name is called by its number, one without either by its id.
    let (name, beside) = match (name, number) {
        (Some(name), number) => (name, number),
        (None, Some(number)) => (number, None),
        (None, None) => (id.clone(), None),
    };
    view! {
        <section class="card" aria-labelledby=title.clone() data-queue=id.clone()>
            <header class="card__head"><h2 id=title.clone()>{name} {beside.map(|number| view! { <span class="sub">{format!(" {number}")}</span> })}</h2></header>
            <form class="form" method="post" action="/settings/queues">
                <input type="hidden" name="queue" value=id.clone()/>
                <FormulaChoice place formula/>
                <div class="two">
                    <LineField id=format!("target-{place}") name="target_seconds" label=word!(queue_rules.target) line=target hint digits=true/>
                    <LineField id=format!("share-{place}") name="target_percent" label=word!(queue_rules.share) line=share hint=word!(queue_rules.share_means).to_owned() digits=true/>
                    <LineField id=format!("short-{place}") name="short_abandon_seconds" label=word!(queue_rules.short) line=short hint=word!(queue_rules.short_means).to_owned() digits=true/>
                </div>
                {(!of_file).then(|| view! { <div class="form__row"><button class="button button--main">{word!(settings.save)}</button></div> })}
            </form>
        </section>
    }
    .into_any()
}

/// The three formulas.
#[component]
fn FormulaChoice(
    /// The queue's place on the page.
    place: usize,
    /// The present one.
    formula: Line,
) -> impl IntoView {
    let id = format!("formula-{place}");
    let described = format!("{id}-hint");
    let Line { value, wrong, of_file } = formula;
    let is_wrong = wrong.is_some().then_some("");
    let options = formulas().map(|(number, words)| {
        view! { <option value=number selected=number == value>{words}</option> }
    });
    let hint = wrong.unwrap_or_else(|| {
        if of_file { word!(settings.of_file).to_owned() } else { word!(queue_rules.formula_means).to_owned() }
    });
    view! {
        <div class="field" data-wrong=is_wrong>
            <label class="field__label" for=id.clone()>{word!(queue_rules.formula)}</label>
            <select class="input" id=id name="service_level" disabled=of_file aria-describedby=described.clone()>
                {options.into_iter().collect_view()}
            </select>
            <p class="field__hint" id=described>{hint}</p>
        </div>
    }
    .into_any()
}

/// What is wrong with seconds that were written.
pub fn seconds_wrong() -> &'static str {
    word!(queue_rules.seconds_wrong)
}

/// What is wrong with a share that was written.
pub fn percent_wrong() -> &'static str {
    word!(queue_rules.percent_wrong)
}

/// What is wrong with a formula that was sent.
pub fn formula_wrong() -> &'static str {
    word!(queue_rules.formula_wrong)
}
