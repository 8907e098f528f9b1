//! `/settings/queues`: by which rules each queue is counted.

use app::settings::{
    Place,
    parts::{Line, refused_of_file},
    queues::{self, QueueRules},
};
use axum::{
    Extension, Form,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use model::{
    entry::QueueSettings,
    id::TenantId,
    wire::{QueueRow, Row, RowId, RowKind, ServiceLevel},
};
use serde::Deserialize;

use super::{Refresh, administered, forms::unreadable, live, page, set, unreadable_settings};
use crate::{
    access::Asker,
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/queues";

/// The longest target, in seconds: a day.
const SECONDS_MAX: u32 = 86_400;

/// What a form says. A field that is not sent stays as it is.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    queue: String,
    service_level: Option<String>,
    target_seconds: Option<String>,
    target_percent: Option<String>,
    short_abandon_seconds: Option<String>,
}

/// `GET /settings/queues`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    answer(&web, &tenant, StatusCode::OK, None)
}

/// `POST /settings/queues`.
pub async fn change(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| unreadable())?;
    let id = RowId(RowKind::Queue, filled.queue.as_str().into());
    let Some(Row::Queue(row)) = tenant.rows().get(&id).map(|shown| shown.row().clone()) else {
        return Err(Problem::not_found("there is no such queue any more; load /settings/queues again"));
    };
    let [file, page] =
        web.0.settings.queue(&tenant.id, &row.id, row.number.as_ref()).map_err(unreadable_settings)?;
    let mut rules = rules(&row, &file, &page);
    let formula = rules.formula.filled(filled.service_level, page.service_level, formula);
    let target = rules.target.filled(filled.target_seconds, page.target_s, seconds);
    let share = rules.share.filled(filled.target_percent, page.target_percent, percent);
    let short = rules.short.filled(filled.short_abandon_seconds, page.short_abandon_s, seconds);
    let lines = [&rules.formula, &rules.target, &rules.share, &rules.short];
    if let Some(status) = super::wrong(&lines) {
        return answer(&web, &tenant, status, Some(rules));
    }
    // Under a number alone, the row's id is made of that.
    let known = (!row.id.as_str().starts_with("n:")).then(|| row.id.clone());
    let queue = QueueSettings {
        number: row.number,
        queue: known,
        // The default needs no words.
        service_level: formula.filter(|formula| *formula != DEFAULT),
        target_s: target,
        target_percent: share,
        short_abandon_s: short,
    };
    set(&web, &tenant.id, &asker, ADDRESS, move |settings, by| settings.set_queue(by, &queue)).await
}

const DEFAULT: u8 = 3;

fn seconds(text: &str) -> Result<Option<u32>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
    seconds.map(Some).ok_or(queues::seconds_wrong())
}

fn percent(text: &str) -> Result<Option<u8>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let percent = text.parse().ok().filter(|percent| (1..=100).contains(percent));
    percent.map(Some).ok_or(queues::percent_wrong())
}

fn formula(text: &str) -> Result<Option<u8>, &'static str> {
    let number = text.parse::<u8>().ok().filter(|number| ServiceLevel::try_from(*number).is_ok());
    number.map(Some).ok_or(queues::formula_wrong())
}

/// The page; the rules of one queue as they were sent, where something is wrong with them.
fn answer(
    web: &Web,
    tenant: &LiveTenant,
    status: StatusCode,
    sent: Option<QueueRules>,
) -> Result<Response, Problem> {
    let mut listed = all(web, &tenant.id, &rows(tenant))?;
    if let Some(sent) = sent
        && let Some(place) = listed.iter().position(|one| one.id == sent.id)
    {
        listed[place] = sent;
    }
    let content = || queues::queues(listed);
    let mut response = page(web, tenant, Place::Queues, Refresh::Never, live::of_lamps(), content)?;
    *response.status_mut() = status;
    Ok(response)
}

/// The board's queues, by number.
fn rows(tenant: &LiveTenant) -> Vec<QueueRow> {
    let rows = tenant.rows();
    let queues = rows.of_kind(RowKind::Queue, "").filter_map(|(_, shown)| match shown.row() {
        Row::Queue(row) => Some(row.clone()),
        _ => None,
    });
    let mut queues: Vec<_> = queues.collect();
    drop(rows);
    queues.sort_by(|one, other| (&one.number, &one.id).cmp(&(&other.number, &other.id)));
    queues
}

fn all(web: &Web, tenant: &TenantId, rows: &[QueueRow]) -> Result<Vec<QueueRules>, Problem> {
    let of_row = |row: &QueueRow| {
        let [file, page] = web.0.settings.queue(tenant, &row.id, row.number.as_ref())?;
        Ok(rules(row, &file, &page))
    };
    rows.iter().map(of_row).collect::<Result<_, _>>().map_err(unreadable_settings)
}

fn rules(row: &QueueRow, file: &QueueSettings, page: &QueueSettings) -> QueueRules {
    let line = |of_file: Option<u32>, of_page: Option<u32>| {
        let text = of_file.or(of_page).map(|number| number.to_string());
        Line { value: text.unwrap_or_default(), wrong: None, of_file: of_file.is_some() }
    };
    let is_told = file.target_s.or(page.target_s).is_none();
    let formula =
        line(file.service_level.map(u32::from), page.service_level.or(Some(DEFAULT)).map(u32::from));
    QueueRules {
        id: row.id.to_string(),
        number: row.number.as_ref().map(ToString::to_string),
        name: row.name.as_ref().map(ToString::to_string),
        formula,
        target: line(file.target_s, page.target_s),
        share: line(file.target_percent.map(u32::from), page.target_percent.map(u32::from)),
        told: row.target_s.filter(|_| is_told),
        short: line(file.short_abandon_s, page.short_abandon_s),
    }
}

/// A line that a form filled in.
pub trait Fill {
    /// Takes what was sent, and what it means; `kept` where nothing was sent, or the line says what is wrong with it.
    fn filled<T>(
        &mut self,
        sent: Option<String>,
        kept: Option<T>,
        read: impl FnOnce(&str) -> Result<Option<T>, &'static str>,
    ) -> Option<T>;
}

impl Fill for Line {
    fn filled<T>(
        &mut self,
        sent: Option<String>,
        kept: Option<T>,
        read: impl FnOnce(&str) -> Result<Option<T>, &'static str>,
    ) -> Option<T> {
        let Some(sent) = sent else { return kept };
        let text = sent.trim();
        if self.of_file {
            self.wrong = (text != self.value).then(|| refused_of_file().to_owned());
            return kept;
        }
        text.clone_into(&mut self.value);
        read(text).unwrap_or_else(|wrong| {
            self.wrong = Some(wrong.to_owned());
            kept
        })
    }
}
