//! Alerts: those that are raised, and the log.

use axum::{
    Extension, Json,
    extract::{RawPathParams, State},
    http::StatusCode,
};
use model::{
    time::UnixMillis,
    wire::{self, Alert},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Problem, Web,
    query::{Query, limit},
    tenant,
};
use crate::{access::Asker, alerts::Noted};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many lines of the log at most.
    #[param(minimum = 1, maximum = 1_000, default = 100)]
    limit: Option<usize>,
    /// Only lines before this one: the last answer's `next`.
    before: Option<i64>,
}

/// Alerts, as you may see them.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// The server's clock.
    at: UnixMillis,
    /// Those that are raised, what wants most first; at most 30.
    raised: Vec<Alert>,
    /// How many more are raised.
    more: u32,
    /// The log, newest first, what is raised among it.
    log: Vec<LoggedAlert>,
    /// What to ask `before` for older lines; `null` at the end.
    next: Option<i64>,
}

/// A line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedAlert {
    /// The alert, as it was raised.
    #[serde(flatten)]
    alert: Alert,
    /// The rule that raised it.
    rule: String,
    /// When it was cleared; `null`: it is raised.
    cleared_at: Option<UnixMillis>,
    /// Why: `value` (it came back), `closed` (opening hours ended), `rule` (changed, off or removed), `queue` (it is no more).
    why: Option<String>,
}

/// Alerts that are raised, and those that were.
#[utoipa::path(get, path = "/api/v1/alerts", params(Asked), responses((status = 200, description = "The alerts.", body = AlertList)))]
pub async fn alerts(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<Asked>,
) -> Result<Json<AlertList>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let alerts = web.hub().alerts();
    let sight = tenant.rows().sight(&asker.audience);
    let wire::Alerts { raised, more } = alerts.now(&tenant.id).seen(&sight, |_| true);
    let read = alerts.log(&tenant.id, query.before, limit + 1).map_err(|error| {
        tracing::error!(%error, "the log of alerts can't be read");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the log can't be read; the server's log says why")
    })?;
    let next = read.get(limit).and_then(|_| read.get(limit - 1)).map(|(line, _)| line.id);
    let lines = read.into_iter().take(limit).map(|(line, _)| logged(line));
    let log = lines.filter(|line| sight.sees_alert(&line.alert)).collect();
    Ok(Json(AlertList { at: web.hub().clock().now(), raised, more, log, next }))
}

fn logged(line: Noted) -> LoggedAlert {
    LoggedAlert {
        alert: line.alert(false),
        rule: line.rule_id.to_string(),
        cleared_at: line.cleared_at,
        why: line.why,
    }
}
