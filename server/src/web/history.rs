//! `/history` and `/history/{call}`: a search by address, and one call's way, as pages.

use app::{
    history::{
        call::{self, moments},
        search::{self, Asked, Line, Page},
    },
    settings::Place,
};
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use jiff::{
    ToSpan as _,
    civil::{Date, Time},
    tz::TimeZone,
};
use model::{
    time::UnixMillis,
    view::{Seen, Shown},
    wire::{CallResult, Direction, Row},
};
use serde::Deserialize;

use super::{
    Problem, Web,
    api::history::{AskedCalls, look, one, sight},
    settings::{Refresh, Wall, live, page},
    table::{Need, Table},
};
use crate::{
    access::{Asker, Role},
    live::LiveTenant,
};

/// Calls on a page.
const LINES: usize = 50;

/// The pages. Whoever may see the board sees what of it is over, through the same eyes.
pub fn table() -> Table {
    let need = Need::Signed(Role::Viewer);
    Table::new().get("/history", need, show).get("/history/{call}", need, show_call)
}

/// What stands in the address. A field that isn't filled in comes as nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    from: String,
    to: String,
    number: String,
    extension: String,
    queue: String,
    direction: String,
    result: String,
    after: Option<String>,
}

impl Fields {
    /// What is looked for. A day or a word that is none narrows nothing: the form can't send one.
    fn asked(&self, zone: &TimeZone) -> AskedCalls {
        let day = |text: &str| text.parse::<Date>().ok();
        let start = |day: Date| {
            let start = zone.to_timestamp(day.to_datetime(Time::midnight())).ok()?;
            Some(start.as_millisecond())
        };
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let word = |all: &[Direction]| all.iter().find(|one| one.as_str() == self.direction).copied();
        AskedCalls {
            from: day(&self.from).and_then(start),
            // With the last day's end.
            to: day(&self.to).and_then(|day| day.checked_add(1.day()).ok()).and_then(start),
            number: text(&self.number),
            extension: text(&self.extension),
            queue: text(&self.queue),
            direction: word(Direction::ALL),
            result: CallResult::ALL.iter().find(|one| one.as_str() == self.result).copied(),
            limit: None,
            after: self.after.clone(),
        }
    }

    /// The fields as a query, without those that say nothing.
    fn query(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("from", &self.from),
            ("to", &self.to),
            ("number", &self.number),
            ("extension", &self.extension),
            ("queue", &self.queue),
            ("direction", &self.direction),
            ("result", &self.result),
        ];
        fields
            .into_iter()
            .filter(|(_, said)| !said.is_empty())
            .map(|(name, said)| (name, said.clone()))
            .collect()
    }
}

/// `GET /history?…`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(fields): Query<Fields>,
) -> Result<Response, Problem> {
    let tenant = own_tenant(&web, &asker)?;
    let (now, wall) = (web.hub().clock().now(), Wall::of(&web, &tenant));
    let wanted = fields.asked(wall.zone());
    // A page whose key can't be read is the first one.
    let search = AskedCalls { after: fields.after.clone(), ..wanted.clone() };
    let search = search.search().or_else(|_| AskedCalls { after: None, ..wanted.clone() }.search())?;
    let (history, id, sight) = (web.0.history.clone(), tenant.id.clone(), sight(&tenant, &asker));
    let found = look(move || history.calls(&id, &search, &sight, LINES)).await?;
    let line = |seen: Seen<_>| {
        let call: model::wire::PastCall = seen.into_inner();
        Line { at: wall.moment(call.at(), now), call }
    };
    let query = fields.query();
    let address = |key: Option<String>| {
        let key = key.map(|key| ("after", key));
        format!("/history{}", encoded(&query.iter().cloned().chain(key).collect::<Vec<_>>()))
    };
    let content = Page {
        asked: Asked {
            from: fields.from.clone(),
            to: fields.to.clone(),
            number: fields.number.clone(),
            extension: fields.extension.clone(),
            queue: fields.queue.clone(),
            direction: fields.direction.clone(),
            result: fields.result.clone(),
        },
        queues: queues(&tenant, &asker),
        lines: found.rows.into_iter().map(line).collect(),
        next: found.next.map(|next| address(Some(next.to_string()))),
        first: fields.after.is_some().then(|| address(None)),
        file: file(&wanted),
        is_narrow: !query.is_empty(),
    };
    let lamps = (asker.role == Role::Administrator).then(live::of_lamps);
    page(&web, &tenant, Place::History, Refresh::Never, lamps, || search::search(content))
}

/// `GET /history/{call}`.
pub async fn show_call(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let tenant = own_tenant(&web, &asker)?;
    let call = one(&web, &tenant, &asker, &id).await?.into_inner();
    let wall = Wall::of(&web, &tenant);
    let clock = moments(&call).into_iter().map(|at| (at, wall.time(at))).collect();
    let at = call.at();
    let content = call::Page { at: format!("{} {}", wall.day(at), wall.time(at)), clock, call };
    let live = (asker.role == Role::Administrator).then(live::of_lamps);
    page(&web, &tenant, Place::History, Refresh::Never, live, || call::call(&content))
}

fn own_tenant(web: &Web, asker: &Asker) -> Result<std::sync::Arc<LiveTenant>, Problem> {
    web.hub()
        .tenant(asker, None)
        .ok_or_else(|| Problem::not_found("there are several tenants; sign in to one of them"))
}

/// The queues that somebody sees, by number, with their names.
fn queues(tenant: &LiveTenant, asker: &Asker) -> Vec<(String, String)> {
    let rows = tenant.rows();
    let sight = rows.sight(&asker.audience);
    let queue = |row: &Row| match row {
        Row::Queue(queue) => {
            let number = queue.number.as_ref()?.to_string();
            Some((number, queue.name.as_ref().map(ToString::to_string).unwrap_or_default()))
        }
        _ => None,
    };
    let seen = rows.all().map(|(_, shown)| Shown::row(shown)).filter(|row| sight.sees(row));
    let mut queues: Vec<_> = seen.filter_map(queue).collect();
    queues.sort_unstable();
    queues
}

/// The address of all that is found, as a file.
fn file(asked: &AskedCalls) -> String {
    let moment = |name, at: Option<i64>| at.map(|at| (name, UnixMillis(at).0.to_string()));
    let text = |name, text: &Option<String>| text.clone().map(|text| (name, text));
    let fields = [
        moment("from", asked.from),
        moment("to", asked.to),
        text("number", &asked.number),
        text("extension", &asked.extension),
        text("queue", &asked.queue),
        asked.direction.map(|way| ("direction", way.as_str().to_owned())),
        asked.result.map(|result| ("result", result.as_str().to_owned())),
        Some(("bom", "true".to_owned())),
    ];
    format!("/api/v1/history/calls.csv{}", encoded(&fields.into_iter().flatten().collect::<Vec<_>>()))
}

/// `?name=value&…`; nothing for none.
fn encoded(fields: &[(&'static str, String)]) -> String {
    let escape = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let pairs: Vec<_> = fields.iter().map(|(name, said)| format!("{name}={}", escape(said))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
