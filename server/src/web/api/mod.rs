//! The read API, `/api/v1/…`: the board's rows as JSON, deliveries, endpoints. `/api/v1/openapi.json` describes it, for people `/api`.
//!
//! Every address exists twice: as it is where there is one tenant, and below `/api/v1/tenants/{tenant}`.

mod alerts;
mod board;
mod course;
mod document;
pub mod history;
mod lists;
mod operator;
mod query;
mod reader;
mod summary;

use std::sync::Arc;

use axum::extract::RawPathParams;
use tower_http::{CompressionLevel, compression::CompressionLayer};

pub use document::document;
pub use reader::reader;

use super::{
    Problem, Web,
    table::{Need, Table},
};
use crate::{
    access::{Asker, Role},
    live::LiveTenant,
};

/// Every route of the API but the document.
pub fn table() -> Table {
    let (watch, viewer, administrator) =
        (Need::Watch, Need::Signed(Role::Viewer), Need::Signed(Role::Administrator));
    let rows = || {
        Table::new()
            .get("/board", watch, board::board)
            .get("/extensions", viewer, lists::extensions)
            .get("/queues", viewer, lists::queues)
            .get("/queues/{queue}", viewer, lists::queue)
            .get("/callers", viewer, lists::callers)
            .get("/agents", viewer, lists::agents)
            .get("/calls", viewer, lists::calls)
            .get("/history/calls", viewer, history::calls)
            .get("/history/calls.csv", viewer, history::file)
            .get("/history/calls/{call}", viewer, history::call)
            .get("/history/queue-visits", viewer, history::visits)
            .get("/deliveries", administrator, operator::deliveries)
            .get("/endpoints", administrator, operator::endpoints)
            .get("/alerts", viewer, alerts::alerts)
            .get("/figures", viewer, summary::figures)
            .get("/course", viewer, course::course)
            .get("/diagnostics", administrator, summary::diagnostics)
    };
    rows()
        .below("/api/v1")
        .and(rows().below("/api/v1/tenants/{tenant}"))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

/// The tenant that a request is about: the path's, else the asker's own, else the only one.
fn tenant(web: &Web, asker: &Asker, path: &RawPathParams) -> Result<Arc<LiveTenant>, Problem> {
    let named = path.iter().find(|(name, _)| *name == "tenant").map(|(_, value)| value);
    web.hub().tenant(asker, named).ok_or_else(|| match named {
        Some(_) => Problem::not_found("there is no such tenant, or not for you"),
        None => Problem::not_found("there are several tenants; ask below /api/v1/tenants/{tenant}"),
    })
}
