//! Lists of rows by kind, in pages by id.

use axum::{
    Extension, Json,
    extract::{RawPathParams, State},
};
use model::{
    id::Seq,
    time::UnixMillis,
    view::{Kind, Seen},
    wire::{AgentRow, CallRow, CallerRow, ExtensionRow, QueueRow, RowId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Problem, Web,
    query::{Query, limit},
    tenant,
};
use crate::access::Asker;

const LIMIT_DEFAULT: usize = 1_000;
const LIMIT_MAX: usize = 100_000;

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// How many rows at most.
    #[param(minimum = 1, maximum = 100_000, default = 1_000)]
    limit: Option<usize>,
    /// Only rows after this id: the last answer's `next`.
    after: Option<String>,
}

/// Rows of one kind, in order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T: Kind> {
    /// The history's name, as in the feed's `overview`.
    epoch: String,
    /// The point in it.
    offset: Seq,
    /// The server's clock.
    at: UnixMillis,
    /// The rows.
    #[schema(value_type = Vec<T>)]
    rows: Vec<Seen<T>>,
    /// What to ask `after` for more; `null` at the end.
    next: Option<String>,
}

fn list<T: Kind>(
    web: &Web,
    asker: &Asker,
    path: &RawPathParams,
    query: &Asked,
) -> Result<Json<List<T>>, Problem> {
    let tenant = tenant(web, asker, path)?;
    let limit = limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let rows = tenant.rows();
    let sight = rows.sight(&asker.audience);
    let after = query.after.as_deref().unwrap_or_default();
    let mut seen = rows.after(T::KIND, after).filter(|(_, shown)| sight.sees(shown.row())).peekable();
    let (mut found, mut last) = (Vec::new(), None);
    for (RowId(_, id), shown) in seen.by_ref().take(limit) {
        found.extend(sight.see(shown.row()).and_then(Seen::of_kind));
        last = Some(id);
    }
    let next = last.filter(|_| seen.peek().is_some()).map(ToString::to_string);
    Ok(Json(List {
        epoch: web.hub().tenant_epoch(&tenant.id, &asker.audience),
        offset: rows.offset(),
        at: web.hub().clock().now(),
        rows: found,
        next,
    }))
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $path:literal $type:ident)*) => {$(
        $(#[$doc])*
        #[utoipa::path(get, path = $path, params(Asked), responses((status = 200, description = "The rows, as you may see them.", body = List<$type>)))]
        pub async fn $name(
            State(web): State<Web>,
            Extension(asker): Extension<Asker>,
            path: RawPathParams,
            Query(query): Query<Asked>,
        ) -> Result<Json<List<$type>>, Problem> {
            list(&web, &asker, &path, &query)
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
    params(("queue" = String, Path, description = "The queue's number, or the PBX's id of it.")),
    responses(
        (status = 200, description = "The queue, as a list of one.", body = List<QueueRow>),
        (status = 404, description = "There is no such tenant or queue, or not for you."),
    )
)]
pub async fn queue(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
) -> Result<Json<List<QueueRow>>, Problem> {
    let wanted = path.iter().find(|(name, _)| *name == "queue").map_or("", |(_, value)| value);
    let all = Asked { limit: Some(LIMIT_MAX), after: None };
    let Json(mut list) = list::<QueueRow>(&web, &asker, &path, &all)?;
    let is_wanted = |row: &Seen<QueueRow>| {
        let row = row.get();
        row.id.as_str() == wanted || row.number.as_ref().is_some_and(|number| number.as_str() == wanted)
    };
    list.rows.retain(is_wanted);
    if list.rows.is_empty() {
        return Err(Problem::not_found("there is no such queue, or not for you"));
    }
    Ok(Json(list))
}
