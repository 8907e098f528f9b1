//! Lists of rows by kind, in pages by id.

use axum::{
    Json,
    extract::{Query, RawPathParams, State},
};
use model::{
    id::Seq,
    time::UnixMillis,
    wire::{AgentRow, CallRow, CallerRow, ExtensionRow, QueueRow, Row, RowId, RowKind},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Problem, Web, tenant};

const LIMIT_DEFAULT: usize = 1_000;
const LIMIT_MAX: usize = 100_000;

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many rows at most: 1 to 100,000, by default 1,000.
    limit: Option<usize>,
    /// Only rows after this id: the last answer's `next`.
    after: Option<String>,
}

/// Rows of one kind, in order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The history's name, as in the feed's `overview`.
    epoch: String,
    /// The point in it.
    offset: Seq,
    /// The server's clock.
    at: UnixMillis,
    /// The rows.
    rows: Vec<T>,
    /// What to ask `after` for more; `null` at the end.
    next: Option<String>,
}

/// A kind of row, as its own type.
trait Listed: Sized {
    const KIND: RowKind;
    fn of(row: &Row) -> Option<Self>;
}

macro_rules! listed {
    ($($type:ident $kind:ident)*) => {$(
        impl Listed for $type {
            const KIND: RowKind = RowKind::$kind;

            fn of(row: &Row) -> Option<Self> {
                match row {
                    Row::$kind(row) => Some(row.clone()),
                    _ => None,
                }
            }
        }
    )*};
}
listed! { ExtensionRow Extension QueueRow Queue CallerRow Caller AgentRow Agent CallRow Call }

fn list<T: Listed>(web: &Web, path: &RawPathParams, asked: &Asked) -> Result<Json<List<T>>, Problem> {
    let tenant = tenant(web, path)?;
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let rows = tenant.rows();
    let after = asked.after.as_deref().unwrap_or_default();
    let mut found: Vec<T> =
        rows.after(T::KIND, after).take(limit + 1).filter_map(|(_, shown)| T::of(&shown.row)).collect();
    let next = (found.len() > limit)
        .then(|| rows.after(T::KIND, after).nth(limit - 1).map(|(RowId(_, id), _)| id.to_string()))
        .flatten();
    found.truncate(limit);
    Ok(Json(List {
        epoch: web.hub().tenant_epoch(&tenant.id),
        offset: rows.offset(),
        at: web.hub().clock().now(),
        rows: found,
        next,
    }))
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $path:literal $type:ident)*) => {$(
        $(#[$doc])*
        #[utoipa::path(get, path = $path, params(Asked), responses((status = 200, body = List<$type>)))]
        pub async fn $name(
            State(web): State<Web>,
            path: RawPathParams,
            Query(asked): Query<Asked>,
        ) -> Result<Json<List<$type>>, Problem> {
            list(&web, &path, &asked)
        }
    )*};
}
lists! {
    /// Extensions.
    extensions "/api/v1/extensions" ExtensionRow
    /// Queues.
    queues "/api/v1/queues" QueueRow
    /// Callers who wait.
    callers "/api/v1/callers" CallerRow
    /// Members of queues.
    agents "/api/v1/agents" AgentRow
    /// Live calls.
    calls "/api/v1/calls" CallRow
}

/// One queue, by its number or id.
#[utoipa::path(
    get,
    path = "/api/v1/queues/{queue}",
    params(("queue", Path, description = "The queue's number, or the PBX's id of it.")),
    responses((status = 200, body = List<QueueRow>), (status = 404, description = "No such queue.", body = Problem))
)]
pub async fn queue(State(web): State<Web>, path: RawPathParams) -> Result<Json<List<QueueRow>>, Problem> {
    let asked = path.iter().find(|(name, _)| *name == "queue").map_or("", |(_, value)| value);
    let all = Asked { limit: Some(LIMIT_MAX), after: None };
    let Json(mut list) = list::<QueueRow>(&web, &path, &all)?;
    let is_asked = |row: &QueueRow| {
        row.id.as_str() == asked || row.number.as_ref().is_some_and(|number| number.as_str() == asked)
    };
    list.rows.retain(is_asked);
    if list.rows.is_empty() {
        return Err(Problem::not_found("there is no such queue, or not for you"));
    }
    Ok(Json(list))
}
