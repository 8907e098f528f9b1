//! The search: a form whose answer is an address, and a table of what was found, newest first.

use leptos::prelude::*;
use model::wire::{CallResult, Direction, PastCall};

use super::{direction_word, length, party, result_word};
use crate::{settings::listing::Listing, words::word};

/// The columns' names.
fn heads() -> [&'static str; 7] {
    [
        word!(history.started),
        word!(history.from),
        word!(history.to),
        word!(history.queue),
        word!(history.result),
        word!(history.wait),
        word!(history.talk),
    ]
}

/// What is looked for, as it stands in the address and in the form's fields.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The first day, `2026-11-26`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// A part of a number.
    pub number: String,
    /// An extension.
    pub extension: String,
    /// A queue.
    pub queue: String,
    /// A direction's word.
    pub direction: String,
    /// A result's word.
    pub result: String,
}

/// A call that was found.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it began, on the tenant's clock.
    pub at: String,
    /// The call.
    pub call: PastCall,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Page {
    /// What is looked for.
    pub asked: Asked,
    /// The queues to choose from, by number, with their names.
    pub queues: Vec<(String, String)>,
    /// What was found, newest first.
    pub lines: Vec<Line>,
    /// The address of the next page, where there is one.
    pub next: Option<String>,
    /// The address of the first page, where this is another one.
    pub first: Option<String>,
    /// The address of all that is found, as a file.
    pub file: String,
    /// Something is looked for, not everything.
    pub is_narrow: bool,
}

/// The page's content.
pub fn search(page: Page) -> AnyView {
    let Page { asked, queues, lines, next, first, file, is_narrow } = page;
    let none = match (is_narrow, &next) {
        (_, Some(_)) => word!(history.not_yet),
        (true, None) => word!(history.nothing_found),
        (false, None) => word!(history.nothing_yet),
    };
    let has_lines = !lines.is_empty();
    let rows = lines.into_iter().map(row).collect();
    view! {
        <div class="settings-head">
            <div><h1>{word!(history.title)}</h1><p>{word!(history.about)}</p></div>
            {has_lines.then(|| view! { <File href=file/> })}
        </div>
        <section class="card"><Form asked queues/></section>
        <section class="card history"><Listing caption=word!(history.found) heads=heads() rows none/></section>
        <nav class="form__row" aria-label=word!(history.pages)>
            {first.map(|href| view! { <a class="button" href=href>{word!(history.newest)}</a> })}
            {next.map(|href| view! { <a class="button" rel="next" href=href>{word!(history.older)}</a> })}
        </nav>
    }
    .into_any()
}

/// The link to all that is found. `live.js` says how far a long file is; without it the browser's own download does.
#[component]
fn File(
    /// The address.
    href: String,
) -> impl IntoView {
    view! {
        <p class="settings-head__action history__file">
            <span id="file-said" class="sub" role="status"></span>
            <a
                class="button"
                href=href
                download="calls.csv"
                data-file="file-said"
                data-grows=word!(history.file_grows)
                data-done=word!(history.file_done)
                data-broke=word!(history.file_broke)
            >
                {word!(history.file)}
            </a>
        </p>
    }
    .into_any()
}

fn row(line: Line) -> Vec<AnyView> {
    let Line { at, call } = line;
    let href = format!("/history/{}", in_path(call.id.as_str()));
    let way = call.direction.map(direction_word);
    let queue = call.queue_name.as_ref().map(ToString::to_string);
    let queue = queue.or_else(|| call.queue_number.as_ref().map(ToString::to_string)).unwrap_or_default();
    vec![
        view! { <a class="history__at" href=href>{at}</a> }.into_any(),
        view! { <span><bdi>{party(&call.from)}</bdi> " " {way.map(|way| view! { <span class="sub">{way}</span> })}</span> }.into_any(),
        view! { <bdi>{party(&call.to)}</bdi> }.into_any(),
        view! { <bdi>{queue}</bdi> }.into_any(),
        view! { <span class="history__result" data-result=call.result.as_str()>{result_word(call.result)}</span> }.into_any(),
        view! { <span class="history__length">{call.wait_ms.map(length)}</span> }.into_any(),
        view! { <span class="history__length">{(call.talk_ms.0 > 0).then(|| length(call.talk_ms))}</span> }.into_any(),
    ]
}

/// An id in a path: it is the PBX's, and mostly digits.
fn in_path(id: &str) -> String {
    id.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b'@' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The form. It asks by GET, so that what is looked for stands in the address.
#[component]
fn Form(
    /// What the fields say.
    asked: Asked,
    /// The queues to choose from.
    queues: Vec<(String, String)>,
) -> impl IntoView {
    let Asked { from, to, number, extension, queue, direction, result } = asked;
    let mut queues: Vec<(String, String)> = queues
        .into_iter()
        .map(|(number, name)| {
            (number.clone(), if name.is_empty() { number } else { format!("{name} · {number}") })
        })
        .collect();
    // One that is no more still stands in an address.
    if !queue.is_empty() && !queues.iter().any(|(number, _)| *number == queue) {
        queues.push((queue.clone(), queue.clone()));
    }
    let directions =
        Direction::ALL.iter().map(|one| (one.as_str().to_owned(), direction_word(*one).to_owned()));
    let results = CallResult::ALL.iter().map(|one| (one.as_str().to_owned(), result_word(*one).to_owned()));
    let (directions, results) = (directions.collect(), results.collect());
    view! {
        <form class="form form--fresh history-form" method="get" action="/history" role="search" aria-label=word!(history.search)>
            <div class="history-form__fields">
                <label class="field"><span class="field__label">{word!(history.from_day)}</span>
                    <input class="input" type="date" name="from" value=from/></label>
                <label class="field"><span class="field__label">{word!(history.to_day)}</span>
                    <input class="input" type="date" name="to" value=to/></label>
                <label class="field"><span class="field__label">{word!(history.number)}</span>
                    <input class="input" type="search" name="number" value=number maxlength="64" inputmode="tel" autocomplete="off"/></label>
                <label class="field"><span class="field__label">{word!(history.extension)}</span>
                    <input class="input" type="search" name="extension" value=extension maxlength="64" inputmode="tel" autocomplete="off"/></label>
                <Choice name="queue" label=word!(history.queue) chosen=queue options=queues/>
                <Choice name="direction" label=word!(history.direction) chosen=direction options=directions/>
                <Choice name="result" label=word!(history.result) chosen=result options=results/>
            </div>
            <div class="form__row">
                <button class="button button--main">{word!(history.search)}</button>
                <a class="button" href="/history">{word!(history.everything)}</a>
            </div>
        </form>
    }
}

/// A choice of one, or of none.
#[component]
fn Choice(
    /// The field's name.
    name: &'static str,
    /// What it says.
    label: &'static str,
    /// What is chosen.
    chosen: String,
    /// Values, and what they are called.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let options = options.into_iter().map(move |(value, text)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }
    });
    view! {
        <label class="field"><span class="field__label">{label}</span>
            <select class="input" name=name><option value="">{word!(history.any)}</option>{options.collect_view()}</select></label>
    }
}
