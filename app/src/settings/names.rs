//! The page of names: what numbers stand for, as the PBX, the directory's file and this page say.

use leptos::prelude::*;
use model::entry::DirectoryFault;

use super::parts::{Line, LineField, Note, Tone};
use crate::words::word;

/// The kinds, by the file's words for them.
fn kinds() -> [(&'static str, &'static str); 4] {
    [
        ("extension", word!(names.extension)),
        ("queue", word!(names.queue)),
        ("group", word!(names.group)),
        ("ivr", word!(names.ivr)),
    ]
}

/// Who says what a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The directory's file.
    File,
    /// This page.
    Page,
    /// The PBX alone.
    Pbx,
}

/// A number, and what is known of it.
#[derive(Clone, Debug)]
pub struct NameRow {
    /// The file's word for its kind.
    pub kind: &'static str,
    /// The number.
    pub number: String,
    /// Its name as the board shows it; empty if there is none.
    pub name: String,
    /// Likewise.
    pub department: String,
    /// Who says so.
    pub source: Source,
}

/// The form of one entry.
#[derive(Clone, Debug, Default)]
pub struct NameForm {
    /// The file's word for the kind.
    pub kind: String,
    /// The number.
    pub number: Line,
    /// The name.
    pub name: Line,
    /// The department.
    pub department: Line,
    /// The PBX's id of a queue.
    pub queue_id: Line,
}

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By number.
    pub rows: Vec<NameRow>,
    /// How many more there are than are listed.
    pub more: usize,
    /// What was searched for.
    pub find: String,
    /// The form of one entry.
    pub form: NameForm,
    /// What was pasted, where it can't be taken.
    pub pasted: Line,
    /// What a paste has done: how many lines were taken, how many are the file's.
    pub taken: Option<(usize, usize)>,
    /// The directory's file can't be read.
    pub unreadable: bool,
}

/// The page's content.
pub fn names(page: Names) -> AnyView {
    let Names { rows, more, find, form, pasted, taken, unreadable } = page;
    view! {
        <div class="settings-head">
            <div><h1 id="names-title">{word!(names.title)}</h1><p>{word!(names.intro)}</p></div>
        </div>
        {unreadable.then(|| view! { <Note tone=Tone::Act>{word!(names.unreadable)}</Note> })}
        {taken.map(|(taken, of_file)| view! { <Note tone=Tone::Ready>{word!(names.taken, taken, of_file)}</Note> })}
        <div class="settings-cards">
            <EntryForm form/>
            <PasteForm pasted/>
        </div>
        <section class="card">
            <form class="form names__find" method="get" action="/settings/names" role="search">
                <div class="form__row">
                    <label class="visually-hidden" for="find">{word!(names.find)}</label>
                    <input class="input names__query" id="find" name="find" type="search" value=find placeholder=word!(names.find)/>
                    <button class="button">{word!(names.search)}</button>
                </div>
            </form>
            <NameTable rows/>
            {(more > 0).then(|| view! { <p class="sub names__more">{word!(names.more, more)}</p> })}
        </section>
    }
    .into_any()
}

#[component]
fn EntryForm(
    /// What stands in it.
    form: NameForm,
) -> impl IntoView {
    let NameForm { kind, number, name, department, queue_id } = form;
    let options =
        kinds().map(|(value, word)| view! { <option value=value selected=value == kind>{word}</option> });
    view! {
        <section class="card" aria-labelledby="entry-title">
            <header class="card__head"><h2 id="entry-title">{word!(names.entry)}</h2></header>
            <form class="form" method="post" action="/settings/names/set">
                <div class="two">
                    <div class="field">
                        <label class="field__label" for="kind">{word!(names.kind)}</label>
                        <select class="input" id="kind" name="kind">{options.into_iter().collect_view()}</select>
                    </div>
                    <LineField id="number".to_owned() name="number" label=word!(names.number) line=number/>
                    <LineField id="name".to_owned() name="name" label=word!(names.name) line=name/>
                    <LineField id="department".to_owned() name="department" label=word!(names.department) line=department/>
                    <LineField id="queue-id".to_owned() name="queue_id" label=word!(names.queue_id) line=queue_id hint=word!(names.queue_id_means).to_owned()/>
                </div>
                <div class="form__row"><button class="button button--main">{word!(settings.save)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn PasteForm(
    /// What stands in it.
    pasted: Line,
) -> impl IntoView {
    let is_wrong = pasted.wrong.is_some().then_some("");
    let hint = pasted.wrong.unwrap_or_else(|| word!(names.paste_means).to_owned());
    // Leptos takes a textarea's content for text that needs no escaping; a browser ends it at `</textarea>`.
    let text = pasted.value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    view! {
        <section class="card" aria-labelledby="paste-title">
            <header class="card__head"><h2 id="paste-title">{word!(names.paste)}</h2></header>
            <form class="form" method="post" action="/settings/names/paste">
                <div class="field" data-wrong=is_wrong>
                    <label class="field__label" for="lines">{word!(names.lines)}</label>
                    <textarea class="input" id="lines" name="lines" rows="6" spellcheck="false" placeholder="kind,number,name,department,queue_id" aria-describedby="lines-hint">
                        {text}
                    </textarea>
                    <p class="field__hint" id="lines-hint">{hint}</p>
                </div>
                <div class="form__row"><button class="button button--main">{word!(names.take)}</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn NameTable(
    /// By number.
    rows: Vec<NameRow>,
) -> impl IntoView {
    let is_empty = rows.is_empty();
    let rows = rows.into_iter().map(|row| view! { <NameTableRow row/> }).collect_view();
    view! {
        <div class="names__scroll" tabindex="0" role="group" aria-labelledby="names-title">
            <table class="names__table">
                <caption class="visually-hidden">{word!(names.caption)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{word!(names.number)}</th>
                        <th scope="col">{word!(names.kind)}</th>
                        <th scope="col">{word!(names.name)}</th>
                        <th scope="col">{word!(names.department)}</th>
                        <th scope="col">{word!(names.source)}</th>
                        <th scope="col"><span class="visually-hidden">{word!(names.acts)}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {is_empty.then(|| view! { <p class="empty">{word!(names.none)}</p> })}
        </div>
    }
    .into_any()
}

#[component]
fn NameTableRow(
    /// The number.
    row: NameRow,
) -> impl IntoView {
    let NameRow { kind, number, name, department, source } = row;
    let kind = kinds().into_iter().find(|(value, _)| *value == kind).map_or("", |(_, word)| word);
    let from = match source {
        Source::File => word!(names.of_file),
        Source::Page => word!(names.of_page),
        Source::Pbx => word!(names.of_pbx),
    };
    let change = format!("/settings/names?change={}", super::parts::in_query(&number));
    view! {
        <tr data-number=number.clone() data-source=from>
            <td class="num">{number.clone()}</td>
            <td>{kind}</td>
            <td>{name}</td>
            <td>{department}</td>
            <td>{from}</td>
            <td class="names__acts">
                {(source != Source::File).then(|| view! { <a class="button" href=change>{word!(names.change)} <span class="visually-hidden">{number.clone()}</span></a> })}
                {(source == Source::Page).then(|| view! {
                    <form method="post" action="/settings/names/remove">
                        <input type="hidden" name="number" value=number.clone()/>
                        <button class="button button--danger">{word!(names.remove)} <span class="visually-hidden">{number.clone()}</span></button>
                    </form>
                })}
            </td>
        </tr>
    }
    .into_any()
}

/// What is wrong with a number that was written.
pub fn number_wrong() -> &'static str {
    word!(names.number_wrong)
}

/// What is wrong with a text that was written.
pub fn text_wrong() -> &'static str {
    word!(names.text_wrong)
}

/// What is wrong with a queue's id of something else.
pub fn queue_id_wrong() -> &'static str {
    word!(names.queue_id_wrong)
}

/// What is wrong with a pasted line.
pub fn line_wrong(line: usize, fault: &DirectoryFault) -> String {
    word!(names.line_wrong, line, fault_words(fault))
}

fn fault_words(fault: &DirectoryFault) -> String {
    let plain = match fault {
        DirectoryFault::NotUtf8 => word!(names.fault_not_utf8),
        DirectoryFault::NoHeader => word!(names.fault_no_header),
        DirectoryFault::ColumnMissing(column) => return word!(names.fault_column_missing, column),
        DirectoryFault::ColumnUnknown(place) => return word!(names.fault_column_unknown, place),
        DirectoryFault::ColumnTwice(column) => return word!(names.fault_column_twice, column),
        DirectoryFault::TooManyFields => word!(names.fault_too_many_fields),
        DirectoryFault::Kind => word!(names.fault_kind),
        DirectoryFault::NumberMissing => word!(names.fault_number_missing),
        DirectoryFault::NumberTwice(line) => return word!(names.fault_number_twice, line),
        DirectoryFault::QueueIdForeign => word!(names.fault_queue_id_foreign),
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::look::{Language, Look, within};

    #[test]
    fn every_fault_is_said_in_every_language_by_words_of_its_own() {
        let faults = [
            (DirectoryFault::NotUtf8, "UTF-8"),
            (DirectoryFault::NoHeader, "kind,number,name,department,queue_id"),
            (DirectoryFault::ColumnMissing("number"), "number"),
            (DirectoryFault::ColumnUnknown(4), "4"),
            (DirectoryFault::ColumnTwice("name"), "name"),
            (DirectoryFault::TooManyFields, ""),
            (DirectoryFault::Kind, "ivr"),
            (DirectoryFault::NumberMissing, ""),
            (DirectoryFault::NumberTwice(5), "5"),
            (DirectoryFault::QueueIdForeign, "queue_id"),
        ];
        let mut said = BTreeSet::new();
        for language in Language::ALL {
            let look = Look { language, ..Look::default() };
            for (fault, names) in &faults {
                let words = within(look, || line_wrong(7, fault));
                let is_english = words.contains(&fault.to_string());
                assert_eq!(is_english, language == Language::English, "{language:?}: {words}");
                assert!(words.contains('7') && words.contains(names), "{language:?}: {words}");
                assert!(said.insert(words.clone()), "said twice: {words}");
            }
        }
    }
}
