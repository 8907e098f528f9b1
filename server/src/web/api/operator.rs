//! What an administrator looks at: deliveries and endpoints.

use axum::{
    Extension, Json,
    extract::{RawPathParams, State},
    http::StatusCode,
};
use model::{id::Seq, wire::LampState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Problem, Web,
    query::{Query, limit},
    tenant,
};
use crate::{access::Asker, ingest::Delivery};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many at most.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    limit: Option<usize>,
    /// Only deliveries before this one: the last answer's `next`.
    before: Option<u64>,
}

/// Deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deliveries {
    /// The deliveries. Bodies and numbers are not among what is told.
    deliveries: Vec<Delivery>,
    /// What to ask `before` for older ones; `null` at the end.
    next: Option<u64>,
}

/// What the PBX sent lately, and what became of it; what was refused, and why.
#[utoipa::path(get, path = "/api/v1/deliveries", params(Asked), responses((status = 200, description = "The deliveries.", body = Deliveries)))]
pub async fn deliveries(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<Asked>,
) -> Result<Json<Deliveries>, Problem> {
    let tenant = tenant(&web, &asker, &path)?.id.clone();
    let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let ingest = web.0.ingest.clone();
    let before = query.before.map(|before| {
        let known =
            i64::try_from(before).map_err(|_| Problem::bad_request("`before` is the `next` of an answer"));
        known.map(|_| Seq(before))
    });
    let before = before.transpose()?;
    let read = tokio::task::spawn_blocking(move || ingest.deliveries(&tenant, before, limit)).await;
    let unreadable = |error: String| {
        tracing::error!(error, "deliveries can't be listed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "deliveries can't be read; the server's log says why")
    };
    let deliveries = read.map_err(|error| unreadable(error.to_string()))?;
    let deliveries = deliveries.map_err(|error| unreadable(error.to_string()))?;
    let oldest = deliveries.iter().filter_map(|delivery| delivery.seq).map(|seq| seq.0).min();
    let next = oldest.filter(|_| deliveries.len() >= limit);
    Ok(Json(Deliveries { deliveries, next }))
}

/// A webhook address that we gave out. Its whole id is a secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointInfo {
    /// Its name.
    name: String,
    /// `cdr` or `extension`.
    events: &'static str,
    /// The first characters of its id.
    id_begins: String,
    /// `none`, `basic`, `digest` or `bearer`.
    auth: &'static str,
    /// Whether events are taken.
    enabled: bool,
    /// What its lamp shows.
    #[schema(value_type = String)]
    state: LampState,
    /// The newest good event, in unix milliseconds.
    last_event_at: Option<i64>,
    /// Deliveries refused or not understood since then.
    refused: u64,
}

/// The tenant's endpoints.
#[utoipa::path(get, path = "/api/v1/endpoints", responses((status = 200, description = "The endpoints, in the configuration's order.", body = Vec<EndpointInfo>)))]
pub async fn endpoints(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
) -> Result<Json<Vec<EndpointInfo>>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let endpoints = web.0.ingest.endpoints(&tenant.id);
    let rows = endpoints.into_iter().map(|endpoint| EndpointInfo {
        name: endpoint.name,
        events: endpoint.events.as_str(),
        id_begins: endpoint.id.chars().take(4).collect(),
        auth: endpoint.method.as_str(),
        enabled: endpoint.enabled,
        state: endpoint.lamp.state,
        last_event_at: endpoint.lamp.last_event_at.map(|at| at.0),
        refused: endpoint.lamp.refused,
    });
    Ok(Json(rows.collect()))
}
