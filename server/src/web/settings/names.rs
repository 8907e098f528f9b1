//! `/settings/names`: the directory, as the PBX, the file and the page say.

use std::collections::{BTreeMap, HashSet};

use app::settings::{
    Place,
    names::{self, NameForm, NameRow, Names, Source},
    parts::{Line, refused_of_file},
};
use axum::{
    Extension, Form,
    extract::{Query, State, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use model::{
    entry::{DirectoryEntry, DirectoryFault, NumberKind},
    id::{Number, QueueId},
    wire::{Row, RowKind},
};
use serde::Deserialize;

use super::{Refresh, administered, forms::unreadable, live, page, set, unreadable_settings};
use crate::{
    access::Asker,
    config,
    live::LiveTenant,
    settings::{DirectoryParts, kind_word},
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/names";

/// So many numbers are listed; a search finds the others.
const ROWS_MAX: usize = 500;

/// The longest number, and the longest other text, in characters.
const NUMBER_MAX: usize = 64;
const TEXT_MAX: usize = 200;

/// What the query may say.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A part of a number or of a name.
    #[serde(default)]
    find: String,
    /// The number whose entry stands in the form.
    change: Option<String>,
    /// What a paste has done.
    taken: Option<usize>,
    of_file: Option<usize>,
}

/// What any of the forms may say.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    queue_id: String,
    #[serde(default)]
    lines: String,
}

/// `GET /settings/names`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    answer(&web, &tenant, StatusCode::OK, &query, |_| {})
}

/// `POST /settings/names/set`.
pub async fn change(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| unreadable())?;
    let (mut form, entry) = entry(&filled);
    let parts = web.0.settings.directory(&tenant.id).map_err(unreadable_settings)?;
    let is_of_file = parts.file.iter().flatten().any(|line| line.number.as_str() == form.number.value);
    let status = if is_of_file { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    if is_of_file {
        form.number.wrong = Some(refused_of_file().to_owned());
    }
    match entry.filter(|_| !is_of_file) {
        Some(entry) => {
            set(&web, &tenant.id, &asker, ADDRESS, move |settings, by| settings.set_lines(by, &[entry])).await
        }
        None => answer(&web, &tenant, status, &Asked::default(), |page| page.form = form),
    }
}

/// `POST /settings/names/remove`.
pub async fn remove(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| unreadable())?;
    let number = Number::from(filled.number);
    let parts = web.0.settings.directory(&tenant.id).map_err(unreadable_settings)?;
    if !parts.page.iter().any(|line| line.number == number) {
        let problem = "this page has no such entry; what the file says is changed there";
        return Err(Problem::new(StatusCode::CONFLICT, problem));
    }
    set(&web, &tenant.id, &asker, ADDRESS, move |settings, by| settings.remove_line(by, &number)).await
}

/// `POST /settings/names/paste`.
pub async fn paste(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| unreadable())?;
    let mut lines = match config::parse_directory(filled.lines.as_bytes()) {
        Ok(lines) => lines,
        Err((line, fault)) => {
            let wrong = Some(names::line_wrong(line, &fault));
            let pasted = Line { value: filled.lines, wrong, of_file: false };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return answer(&web, &tenant, status, &Asked::default(), |page| page.pasted = pasted);
        }
    };
    let parts = web.0.settings.directory(&tenant.id).map_err(unreadable_settings)?;
    let of_file: HashSet<_> = parts.file.into_iter().flatten().map(|line| line.number).collect();
    let all = lines.len();
    lines.retain(|line| !of_file.contains(&line.number));
    let back = format!("{ADDRESS}?taken={}&of_file={}", lines.len(), all - lines.len());
    set(&web, &tenant.id, &asker, &back, move |settings, by| settings.set_lines(by, &lines)).await
}

/// The form as it was sent, with what is wrong in it, and the entry, if nothing is.
fn entry(filled: &Filled) -> (NameForm, Option<DirectoryEntry>) {
    let Filled { kind, number, name, department, queue_id, .. } = filled;
    let fields = [kind, number, name, department, queue_id].map(|text| text.trim());
    let entry = config::directory_entry(fields);
    let [kind, number, name, department, queue_id] = fields;
    let line = |text: &str, wrong: Option<&str>| Line {
        value: text.to_owned(),
        wrong: wrong.map(str::to_owned),
        of_file: false,
    };
    let text = |text: &str| {
        let fits = text.chars().count() <= TEXT_MAX && !text.contains(char::is_control);
        line(text, (!fits).then(names::text_wrong))
    };
    let number_fits = (1..=NUMBER_MAX).contains(&number.chars().count())
        && !number.contains(|c: char| c.is_control() || c.is_whitespace());
    let is_foreign = matches!(entry, Err(DirectoryFault::QueueIdForeign));
    let form = NameForm {
        kind: kind.to_owned(),
        number: line(number, (!number_fits).then(names::number_wrong)),
        name: text(name),
        department: text(department),
        queue_id: if is_foreign { line(queue_id, Some(names::queue_id_wrong())) } else { text(queue_id) },
    };
    let is_wrong = super::wrong(&[&form.number, &form.name, &form.department, &form.queue_id]).is_some();
    (form, entry.ok().filter(|_| !is_wrong))
}

fn answer(
    web: &Web,
    tenant: &LiveTenant,
    status: StatusCode,
    asked: &Asked,
    more: impl FnOnce(&mut Names),
) -> Result<Response, Problem> {
    let parts = web.0.settings.directory(&tenant.id).map_err(unreadable_settings)?;
    let known = known(tenant, &parts);
    let form = asked.change.as_ref().map(|number| of_number(number, &known, &parts)).unwrap_or_default();
    let wanted = asked.find.trim().to_lowercase();
    let found = |row: &NameRow| {
        [&row.number, &row.name, &row.department].iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut rows: Vec<_> = known.into_values().filter(found).collect();
    let beyond = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let mut content = Names {
        rows,
        more: beyond,
        find: asked.find.clone(),
        form,
        pasted: Line::default(),
        taken: asked.taken.zip(asked.of_file),
        unreadable: parts.file.is_none(),
    };
    more(&mut content);
    let content = || names::names(content);
    let mut response = page(web, tenant, Place::Names, Refresh::Never, live::of_lamps(), content)?;
    *response.status_mut() = status;
    Ok(response)
}

/// The form of a number: the page's own entry, else what is known of it.
fn of_number(number: &str, known: &BTreeMap<Number, NameRow>, parts: &DirectoryParts) -> NameForm {
    let line = |value: &str| Line { value: value.to_owned(), ..Line::default() };
    let own = parts.page.iter().find(|entry| entry.number.as_str() == number);
    let row = known.get(number);
    let queue_id = own.and_then(|entry| entry.queue.as_ref()).map_or("", QueueId::as_str);
    let name = own.map(|entry| entry.name.as_str()).or(row.map(|row| row.name.as_str()));
    let department = own.map(|entry| entry.department.as_str()).or(row.map(|row| row.department.as_str()));
    NameForm {
        kind: row.map_or("extension", |row| row.kind).to_owned(),
        number: line(number),
        name: line(name.unwrap_or_default()),
        department: line(department.unwrap_or_default()),
        queue_id: line(queue_id),
    }
}

/// Every number that is known: the board's, with the names that it shows, and the directory's.
fn known(tenant: &LiveTenant, parts: &DirectoryParts) -> BTreeMap<Number, NameRow> {
    let mut known = BTreeMap::new();
    let mut put = |kind, number: &Number, name: Option<&str>, department: Option<&str>| {
        let row = NameRow {
            kind: kind_word(kind),
            number: number.to_string(),
            name: name.unwrap_or_default().to_owned(),
            department: department.unwrap_or_default().to_owned(),
            source: Source::Pbx,
        };
        known.insert(number.clone(), row);
    };
    let rows = tenant.rows();
    let kinds = [RowKind::Extension, RowKind::Queue];
    for (_, shown) in kinds.into_iter().flat_map(|kind| rows.of_kind(kind, "")) {
        match shown.row() {
            Row::Extension(row) => {
                put(NumberKind::Extension, &row.number, row.name.as_deref(), row.department.as_deref());
            }
            Row::Queue(row) => {
                row.number
                    .iter()
                    .for_each(|number| put(NumberKind::Queue, number, row.name.as_deref(), None));
            }
            Row::Caller(_) | Row::Agent(_) | Row::Call(_) | Row::Course(_) => {}
        }
    }
    drop(rows);
    let of_page = parts.page.iter().map(|line| (line, Source::Page));
    // The file comes last: it wins.
    for (line, source) in of_page.chain(parts.file.iter().flatten().map(|line| (line, Source::File))) {
        let row = known.entry(line.number.clone()).or_insert_with(|| NameRow {
            kind: kind_word(line.kind),
            number: line.number.to_string(),
            name: String::new(),
            department: String::new(),
            source,
        });
        (row.kind, row.source) = (kind_word(line.kind), source);
        if row.name.is_empty() {
            line.name.as_str().clone_into(&mut row.name);
        }
        if row.department.is_empty() {
            line.department.as_str().clone_into(&mut row.department);
        }
    }
    known
}
