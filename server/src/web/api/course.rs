//! The day by half hours: of all queues that the asker may see as one, or of one of them.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{RawPathParams, State},
};
use model::{
    id::QueueId,
    time::UnixMillis,
    view::Seen,
    wire::{CourseRow, DayCourse, QueueRow, RowKind},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Problem, Web, query::Query, tenant};
use crate::access::Asker;

/// What the query may say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The only queue, by its number or id; all that you may see where none is given.
    queue: Option<String>,
}

/// The course of the tenant's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Course {
    /// The server's clock.
    at: UnixMillis,
    /// The day; `null` until the first minute of a server's life has passed.
    day: Option<DayCourse>,
}

/// The tenant's day by half hours, the one that runs last. A visit belongs to the half hour in which it ended.
#[utoipa::path(
    get,
    path = "/api/v1/course",
    params(Asked),
    responses(
        (status = 200, description = "The half hours.", body = Course),
        (status = 404, description = "There is no such tenant or queue, or not for you."),
    )
)]
pub async fn course(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    path: RawPathParams,
    Query(query): Query<Asked>,
) -> Result<Json<Course>, Problem> {
    let tenant = tenant(&web, &asker, &path)?;
    let rows = tenant.rows();
    let sight = rows.sight(&asker.audience);
    let seen = |kind| rows.of_kind(kind, "").filter_map(|(_, shown)| sight.see(shown.row()));
    let courses: BTreeMap<QueueId, CourseRow> = seen(RowKind::Course)
        .filter_map(|row| row.of_kind::<CourseRow>().map(Seen::into_inner))
        .map(|row| (row.id.clone(), row))
        .collect();
    let is_asked = |row: &QueueRow| query.queue.as_ref().is_none_or(|wanted| is_wanted(row, wanted));
    let queues = seen(RowKind::Queue).filter_map(|row| row.of_kind::<QueueRow>().map(Seen::into_inner));
    let queues: Vec<QueueRow> = queues.filter(is_asked).collect();
    if query.queue.is_some() && queues.is_empty() {
        return Err(Problem::not_found("there is no such queue, or not for you"));
    }
    let both =
        queues.iter().filter_map(|queue| Some((courses.get(&queue.id)?, &queue.figures.as_ref()?.today)));
    Ok(Json(Course { at: web.hub().clock().now(), day: DayCourse::of(both) }))
}

fn is_wanted(row: &QueueRow, wanted: &str) -> bool {
    row.id.as_str() == wanted || row.number.as_ref().is_some_and(|number| number.as_str() == wanted)
}
