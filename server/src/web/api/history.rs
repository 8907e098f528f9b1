//! What is over: finished calls and visits to queues, in pages by key; one call; all calls as a file.

use std::{io, sync::Arc};

use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{RawPathParams, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use model::{
    id::{CallId, Seq},
    time::UnixMillis,
    view::{Seen, Sight},
    wire::{CallResult, Direction, PastCall, PastVisit, VisitEnd},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::{
    Problem, Web,
    query::{Query, limit},
    tenant,
};
use crate::{
    access::{Asker, audit},
    history::{Found, HistoryError, Search, csv, place},
    live::LiveTenant,
};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// Rows that are read at once for a file, and pieces of it that wait for a slow reader.
const FILE_ROWS: usize = 500;
const FILE_PIECES: usize = 2;

/// What the query may say of finished calls.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskedCalls {
    /// Only what began at this moment or later, in unix milliseconds.
    pub from: Option<i64>,
    /// Only what began before this moment.
    pub to: Option<i64>,
    /// A part of a number of whoever took part, or of the number that was dialled: three characters or more; fewer are a whole
    /// number. Digits that are hidden from you are not looked at.
    pub number: Option<String>,
    /// The whole number of whoever took part.
    pub extension: Option<String>,
    /// A queue that it visited, by number or id.
    pub queue: Option<String>,
    /// Where it came from and went to.
    #[param(inline)]
    pub direction: Option<Direction>,
    /// How it came out.
    #[param(inline)]
    pub result: Option<CallResult>,
    /// How many rows at most.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<usize>,
    /// Only rows after this: the last answer's `next`.
    #[param(pattern = "^[0-9]{1,18}-[0-9]{1,18}$")]
    pub after: Option<String>,
}

/// What the query may say of finished visits.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskedVisits {
    /// Only what began at this moment or later, in unix milliseconds.
    from: Option<i64>,
    /// Only what began before this moment.
    to: Option<i64>,
    /// A part of the caller's or the agent's number: three characters or more; fewer are a whole number. Digits that are
    /// hidden from you are not looked at.
    number: Option<String>,
    /// The whole number of the caller or of the agent who answered.
    extension: Option<String>,
    /// The queue, by number or id.
    queue: Option<String>,
    /// How it ended.
    #[param(inline)]
    result: Option<VisitEnd>,
    /// How many rows at most.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    limit: Option<usize>,
    /// Only rows after this: the last answer's `next`.
    #[param(pattern = "^[0-9]{1,18}-[0-9]{1,18}$")]
    after: Option<String>,
}

/// What more the query may say of a file.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskedFile {
    /// The time zone of the file's moments, such as `Europe/Berlin`; the tenant's where none is given.
    zone: Option<String>,
    /// Whether the file begins with the mark by which some spreadsheets know UTF-8.
    #[serde(default)]
    bom: bool,
}

/// Rows that are over, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Past<T> {
    /// The journal's name, as in the feed.
    epoch: String,
    /// Up to which of its entries the history is told.
    offset: Seq,
    /// The server's clock.
    at: UnixMillis,
    /// The rows. There may be fewer than `limit`, and even none, where looking took long: `next` goes on.
    #[schema(value_type = Vec<T>)]
    rows: Vec<Seen<T>>,
    /// What to ask `after` for more; `null` at the end.
    next: Option<String>,
}

impl AskedCalls {
    /// The same as the history understands it.
    pub fn search(&self) -> Result<Search, Problem> {
        Ok(Search {
            from: self.from.map(UnixMillis),
            to: self.to.map(UnixMillis),
            number: part(self.number.as_deref()),
            extension: word(self.extension.as_deref()),
            queue: word(self.queue.as_deref()),
            way: self.direction.map(|way| place(Direction::ALL, &way) + 1),
            result: self.result.map(|result| place(CallResult::ALL, &result)),
            after: self.after.as_deref().map(key).transpose()?,
        })
    }
}

/// A part of a number as it is looked for: people write numbers with spaces and signs that the PBX doesn't.
fn part(typed: Option<&str>) -> Option<String> {
    let typed = typed?;
    let kept = typed.chars().filter(|sign| !sign.is_whitespace() && !"()/.-".contains(*sign));
    Some(kept.collect::<String>()).filter(|part| !part.is_empty())
}

fn word(typed: Option<&str>) -> Option<String> {
    typed.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn key(text: &str) -> Result<crate::history::Key, Problem> {
    text.parse().map_err(|error: crate::history::KeySyntax| Problem::bad_request(&error.to_string()))
}

/// What somebody sees of a tenant now.
pub fn sight(tenant: &LiveTenant, asker: &Asker) -> Sight {
    tenant.rows().sight(&asker.audience)
}

/// Looks something up in the history, outside of the threads that answer.
pub async fn look<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |error: String| {
        tracing::error!(error, "the history can't be read");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the history can't be read; the server's log says why",
        )
    };
    let found = tokio::task::spawn_blocking(look).await.map_err(|error| failed(error.to_string()))?;
    found.map_err(|error| failed(error.to_string()))
}

fn answer<T>(web: &Web, asker: &Asker, tenant: &LiveTenant, found: Found<T>) -> Json<Past<T>> {
    Json(Past {
        epoch: web.hub().tenant_epoch(&tenant.id, &asker.audience),
        offset: *web.0.history.upto().borrow(),
        at: web.hub().clock().now(),
        rows: found.rows,
        next: found.next.map(|next| next.to_string()),
    })
}

/// Finished calls, newest first.
#[utoipa::path(get, path = "/api/v1/history/calls", params(AskedCalls), responses((status = 200, description = "The calls, as you may see them.", body = Past<PastCall>)))]
pub async fn calls(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<AskedCalls>,
) -> Result<Json<Past<PastCall>>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let (search, sight) = (query.search()?, sight(&tenant, &asker));
    let (history, id) = (web.0.history.clone(), tenant.id.clone());
    let found = look(move || history.calls(&id, &search, &sight, limit)).await?;
    Ok(answer(&web, &asker, &tenant, found))
}

/// Finished visits to queues, newest first.
#[utoipa::path(get, path = "/api/v1/history/queue-visits", params(AskedVisits), responses((status = 200, description = "The visits, as you may see them.", body = Past<PastVisit>)))]
pub async fn visits(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<AskedVisits>,
) -> Result<Json<Past<PastVisit>>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let search = Search {
        from: query.from.map(UnixMillis),
        to: query.to.map(UnixMillis),
        number: part(query.number.as_deref()),
        extension: word(query.extension.as_deref()),
        queue: word(query.queue.as_deref()),
        way: None,
        result: query.result.map(|how| place(VisitEnd::ALL, &how)),
        after: query.after.as_deref().map(key).transpose()?,
    };
    let (sight, history, id) = (sight(&tenant, &asker), web.0.history.clone(), tenant.id.clone());
    let found = look(move || history.visits(&id, &search, &sight, limit)).await?;
    Ok(answer(&web, &asker, &tenant, found))
}

/// One finished call.
#[utoipa::path(
    get,
    path = "/api/v1/history/calls/{call}",
    params(("call" = String, Path, description = "The PBX's id of the call.")),
    responses(
        (status = 200, description = "The call, as you may see it.", body = PastCall),
        (status = 404, description = "There is no such tenant or finished call, or not for you."),
    )
)]
pub async fn call(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
) -> Result<Json<Seen<PastCall>>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let id = path.iter().find(|(name, _)| *name == "call").map_or("", |(_, id)| id);
    one(&web, &tenant, &asker, id).await.map(Json)
}

/// A finished call that somebody may see.
pub async fn one(web: &Web, tenant: &LiveTenant, asker: &Asker, id: &str) -> Result<Seen<PastCall>, Problem> {
    let (history, sight) = (web.0.history.clone(), sight(tenant, asker));
    let (tenant, id) = (tenant.id.clone(), CallId::from(id));
    let call = look(move || history.call(&tenant, &id, &sight)).await?;
    call.ok_or_else(|| Problem::not_found("there is no such finished call, or not for you"))
}

/// Finished calls as a file for spreadsheets, newest first: all that is found, whatever `limit` says. The audit log notes it.
#[utoipa::path(
    get,
    path = "/api/v1/history/calls.csv",
    params(AskedCalls, AskedFile),
    responses((status = 200, description = "A table (RFC 4180) with a line of names. It is sent as it is read.", body = String, content_type = "text/csv"))
)]
pub async fn file(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<AskedCalls>,
    Query(form): Query<AskedFile>,
) -> Result<Response, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let own = || web.0.settings.calendar().get(&tenant.id).map_or(TimeZone::UTC, |days| days.zone);
    let zone = match word(form.zone.as_deref()) {
        Some(name) => TimeZone::get(&name)
            .map_err(|_| Problem::bad_request("`zone` is no time zone; write one such as Europe/Berlin"))?,
        None => own(),
    };
    let search = query.search()?;
    note(&web, &tenant, &asker, &search)?;
    let (sight, history) = (sight(&tenant, &asker), web.0.history.clone());
    let (sender, pieces) = mpsc::channel::<io::Result<Bytes>>(FILE_PIECES);
    let permit = Arc::clone(&web.0.exports).try_acquire_owned().map_err(|_| {
        let detail = "several files are made already; ask again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(10)
    })?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let mut piece = if form.bom { csv::MARK.as_bytes().to_vec() } else { Vec::new() };
        piece.extend(csv::head());
        let mut search = search;
        loop {
            let found = match history.calls(&tenant.id, &search, &sight, FILE_ROWS) {
                Ok(found) => found,
                // The connection breaks, so that its reader sees that this is no whole file.
                Err(error) => {
                    tracing::error!(%error, "a file of finished calls ends early");
                    // Who has gone meanwhile needs no telling.
                    _ = sender.blocking_send(Err(io::Error::other("the history can't be read on")));
                    return;
                }
            };
            for row in &found.rows {
                piece.extend(csv::row(row.get(), &zone));
            }
            if sender.blocking_send(Ok(std::mem::take(&mut piece).into())).is_err() || found.next.is_none() {
                return;
            }
            search.after = found.next;
        }
    });
    // Compression asks once more after the end.
    let stream = futures_util::stream::unfold(pieces, |mut pieces| async {
        pieces.recv().await.map(|piece| (piece, pieces))
    })
    .fuse();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"calls.csv\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// Notes who takes what out. Of a number only that one was asked for.
fn note(web: &Web, tenant: &LiveTenant, asker: &Asker, search: &Search) -> Result<(), Problem> {
    let mut about = vec!["calls.csv".to_owned()];
    about.extend(search.from.map(|from| format!("from {}", from.0)));
    about.extend(search.to.map(|to| format!("to {}", to.0)));
    about.extend(search.number.as_ref().or(search.extension.as_ref()).map(|_| "of a number".to_owned()));
    about.extend(search.queue.as_ref().map(|queue| format!("queue {queue:.40}")));
    let now = web.hub().clock().now();
    let noted = web.access().store().with::<_, rusqlite::Error>(|change| {
        audit::note(change, Some(&tenant.id), &asker.who, now, "history-export", &about.join(", "))
    });
    noted.map_err(|error| {
        tracing::error!(%error, "an export could not be noted in the audit log, and was refused");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the export can't be noted; the server's log says why",
        )
    })
}
