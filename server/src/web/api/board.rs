//! `GET /api/v1/board`: a view's rows at one offset, the same object that the feed starts with.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawPathParams, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Problem, Web, query::Query, tenant};
use crate::{
    access::Asker,
    feed::{Body, Channel},
    packed,
};

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `overview` (the default), `queues`, `queue/{number}`, `agents`, `extensions`, `calls`,
    /// `wall/{board}`.
    #[param(default = "overview", pattern = "^(overview|queues|queue/.+|agents|extensions|calls|wall/.+)$")]
    view: Option<String>,
    /// A body that the feed named in a `fetch` frame.
    body: Option<String>,
}

/// All rows of a view.
#[utoipa::path(
    get,
    path = "/api/v1/board",
    params(Asked),
    responses(
        (status = 200, description = "The rows. Its ETag is made of epoch and offset.", body = model::wire::Snapshot),
        (status = 304, description = "Nothing has changed since the ETag in If-None-Match."),
        (status = 410, description = "The body is kept no longer: subscribe again."),
    )
)]
pub async fn board(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let name = query.view.as_deref().or(asker.board.as_deref()).unwrap_or("overview");
    let view = web.hub().view(&tenant.id, name);
    let channel = view.and_then(|view| web.hub().channel(&tenant, &view, &asker));
    let channel = channel.ok_or_else(|| Problem::not_found("there is no such view, or not for you"))?;
    match query.body {
        Some(id) => {
            let body = channel.kept_body(&id).ok_or_else(|| {
                Problem::new(
                    StatusCode::GONE,
                    "the body is kept no longer; subscribe again, the feed names another",
                )
            })?;
            Ok(kept(&channel, &body, &headers))
        }
        None => Ok(now(&channel, &headers)),
    }
}

/// The rows as of now, or that they are those which the client has.
fn now(channel: &Channel, headers: &HeaderMap) -> Response {
    let (offset, json) = channel.json();
    let tag = format!("\"{}-{offset}\"", channel.epoch());
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // A proxy that compresses makes a tag weak.
    if held.is_some_and(|held| held.split(',').any(|held| held.trim().trim_start_matches("W/") == tag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    answer(json.into(), &tag)
}

/// A body that the feed named, as it was compressed once for all.
fn kept(channel: &Channel, body: &Body, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}-{}\"", channel.epoch(), body.offset);
    let mut response = answer(body.json.clone(), &tag);
    if packed::is_taken(headers) {
        packed::with(&mut response, body.gzip.clone());
    }
    response
}

fn answer(body: Bytes, tag: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        // Kept by nobody; the tag serves clients that ask again.
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::ETAG, tag),
    ];
    (headers, body).into_response()
}
