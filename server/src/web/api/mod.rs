//! The read API, `/api/v1/…`: the board's rows as JSON, deliveries, endpoints. `/api/v1/openapi.json` describes it, for people `/api`.
//!
//! Every address exists twice: as it is where there is one tenant, and below `/api/v1/tenants/{tenant}`.

mod board;
mod document;
mod lists;
mod operator;
mod query;
mod reader;
mod summary;

use std::sync::Arc;

use axum::{Router, extract::RawPathParams, routing::get};
use tower_http::{CompressionLevel, compression::CompressionLayer};

pub use document::document;
pub use reader::reader;

use super::{Problem, Web};
use crate::{access::Asker, live::LiveTenant};

/// Every route of the API but the document.
pub fn routes() -> Router<Web> {
    let rows = Router::new()
        .route("/board", get(board::board))
        .route("/extensions", get(lists::extensions))
        .route("/queues", get(lists::queues))
        .route("/queues/{queue}", get(lists::queue))
        .route("/callers", get(lists::callers))
        .route("/agents", get(lists::agents))
        .route("/calls", get(lists::calls))
        .route("/deliveries", get(operator::deliveries))
        .route("/endpoints", get(operator::endpoints))
        .route("/figures", get(summary::figures))
        .route("/diagnostics", get(summary::diagnostics));
    Router::new()
        .nest("/api/v1", rows.clone())
        .nest("/api/v1/tenants/{tenant}", rows)
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
