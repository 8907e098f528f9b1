//! What a browser asks for: pages, their files, the read API, the feed's socket, health. Every route is in a [`table`], with
//! what it needs.
//!
//! A request passes, in this order: `headers` (what every answer carries), [`client`] (whose it is), `look` (in which language
//! and colours it is answered), `guard` (which host and origin it is for), for all but the feed and what else waits for news `turn` (how many answers are made at once), `gate` (who
//! asks, and whether the route is for him), and for all that shows rows `ready` (whether the boards are right yet).

mod alerts;
mod api;
pub mod assets;
pub mod below;
mod door;
mod gate;
mod guard;
mod headers;
mod history;
mod look;
mod pages;
mod problem;
mod settings;
pub mod table;
mod upgrade;

use std::{net::SocketAddr, num::NonZero, path::PathBuf, sync::Arc, thread};

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use model::id::TenantId;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

pub use guard::{Hosts, has_bearer, needs_origin};
pub use pages::paths as page_paths;
pub use problem::Problem;
use table::{Need, Rule, Table};
use upgrade::Upgrade;

use crate::{
    access::{Access, Asker, Pass, Role},
    admin::Administrator,
    client::{self, Ways},
    config::ExternalUrl,
    feed::{Hub, socket},
    history::History,
    ingest::Ingest,
    journal::Journal,
    live::Progress,
    operate::metrics,
    pbx::Links,
    settings::Settings,
};

/// What handlers need. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Parts>);

/// The parts of [`Web`].
pub struct Parts {
    /// The boards and their readers.
    pub hub: Hub,
    /// Who may ask.
    pub access: Access,
    /// Deliveries and lamps.
    pub ingest: Ingest,
    /// Where the entries are.
    pub journal: Journal,
    /// How far the fold is.
    pub progress: watch::Receiver<Progress>,
    /// What is over.
    pub history: History,
    /// How many files of it may be made at once.
    pub exports: Arc<Semaphore>,
    /// Whether the boards are right: folded, and with the configuration's names.
    pub ready: watch::Receiver<bool>,
    /// Which hosts we answer for.
    pub hosts: Hosts,
    /// By which ways clients come.
    pub ways: Arc<Ways>,
    /// The address that browsers and the PBX use, where it is configured.
    pub external_url: Option<ExternalUrl>,
    /// Whether sockets speak TLS.
    pub tls: bool,
    /// Where hooks only are.
    pub hooks_listen: Option<SocketAddr>,
    /// The file that the configuration, or the generated endpoints, came from.
    pub file: PathBuf,
    /// What is set, by file and pages.
    pub settings: Settings,
    /// What makes entries of that.
    pub administrator: Administrator,
    /// What asks the PBX.
    pub links: Links,
}

impl Web {
    /// Handlers' state.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// By which ways clients come.
    pub fn ways(&self) -> Arc<Ways> {
        Arc::clone(&self.0.ways)
    }

    fn access(&self) -> &Access {
        &self.0.access
    }

    fn is_ready(&self) -> bool {
        *self.0.ready.borrow()
    }
}

/// Every route of `listen`.
pub fn routes(web: &Web) -> Router {
    let ready = middleware::from_fn_with_state(web.clone(), ready);
    let shown = shown().layer(ready.clone()).and(unshown());
    Router::new()
        .merge(shown.into_router())
        .merge(assets::routes())
        .fallback(table::fallback(Need::Signed(Role::Viewer), pages::not_found))
        .layer(middleware::from_fn_with_state(turns(), turn))
        .merge(feeds().layer(ready).and(settings::live_table()).into_router())
        .layer(middleware::from_fn_with_state(web.clone(), gate::resolve))
        .layer(middleware::from_fn_with_state(web.clone(), guard::guard))
        .layer(middleware::from_fn(look::dress))
        .merge(web.0.ingest.routes())
        .merge(health())
        .layer(middleware::from_fn_with_state(Arc::clone(&web.0.ways), client::find))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(web.0.ways.tls, headers::add))
        .with_state(web.clone())
}

/// What each route of `listen` needs. The page's own files, which are the same for all, are not among them.
pub fn rules() -> Vec<Rule> {
    let rule = |method, path: &str, need| Rule { method, path: path.to_owned(), need };
    let mut rules = shown().and(unshown()).and(feeds()).and(settings::live_table()).rules();
    rules.extend([
        rule("POST", "/hooks/{endpoint}", Need::Hooks),
        rule("GET", "/healthz", Need::Public),
        rule("GET", "/readyz", Need::Public),
    ]);
    rules
}

/// What shows rows.
fn shown() -> Table {
    let table = api::table().and(history::table());
    pages::paths().fold(table, |table, path| table.get(path, Need::Watch, pages::page))
}

/// What shows none.
fn unshown() -> Table {
    door::table()
        .and(settings::table())
        .and(alerts::table())
        .and(look::table())
        .get("/api", Need::Public, api::reader)
        .get("/api/v1/openapi.json", Need::Public, api::document)
        .get("/metrics", Need::Signed(Role::Viewer), metrics_of_own)
}

/// The sockets.
fn feeds() -> Table {
    Table::new().any("/feed", Need::Watch, feed).any("/t/{tenant}/feed", Need::Watch, feed_of_tenant)
}

/// How many pages and API answers are made at once: one core is left to the hooks.
fn turns() -> Arc<Semaphore> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)))
}

/// Waits for a turn. A page is milliseconds of work: without turns a delivery's answer waits for all pages that were asked
/// for before it.
async fn turn(State(turns): State<Arc<Semaphore>>, request: Request, next: middleware::Next) -> Response {
    // An error would say that it was closed, and nobody does that.
    let _turn = turns.acquire().await;
    next.run(request).await
}

/// Every route of `operate_listen`.
pub fn operate(web: &Web) -> Router {
    health()
        .route("/metrics", get(metrics_of_all))
        .layer(middleware::from_fn_with_state(false, headers::add))
        .with_state(web.clone())
}

fn health() -> Router<Web> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(readyz))
}

/// A handler panicked: its answer is 500, others go on.
fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request's handler panicked; please report it with the lines above");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Ringside failed at this request; its log says more")
        .into_response()
}

/// `GET /readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// What it waits for; empty when ready.
    reasons: Vec<String>,
}

async fn readyz(State(web): State<Web>) -> impl IntoResponse {
    let mut reasons = Vec::new();
    if !web.is_ready() {
        reasons.push(behind(&web));
    }
    if web.0.journal.is_failing() {
        reasons.push(
            "the journal can't write: deliveries are answered 503 until it can; the log says why".to_owned(),
        );
    }
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, reasons }))
}

fn behind(web: &Web) -> String {
    let newest = web.0.journal.newest().borrow().0;
    let behind = newest.saturating_sub(web.0.progress.borrow().folded.0);
    format!("catching up: the boards are {behind} entries behind the journal")
}

/// `GET /metrics` on `operate_listen`.
async fn metrics_of_all(State(web): State<Web>) -> Response {
    metrics_of(&web, |_| true)
}

/// `GET /metrics` on `listen`: of tenants only the asker's own.
async fn metrics_of_own(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Response {
    metrics_of(&web, |tenant| asker.tenant.as_ref().is_none_or(|own| own == tenant))
}

fn metrics_of(web: &Web, is_told: impl Fn(&TenantId) -> bool) -> Response {
    let tenants = web.0.settings.tenants().iter().map(|tenant| tenant.id.clone());
    let text = metrics::write(&metrics::Parts {
        ingest: &web.0.ingest,
        journal: &web.0.journal,
        progress: *web.0.progress.borrow(),
        ready: web.is_ready(),
        hub: web.hub(),
        history: &web.0.history,
        links: &web.0.links,
        tenants: tenants.filter(is_told).collect(),
    });
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

/// Shows nothing until the boards are right: an old number must not look like a new one.
async fn ready(State(web): State<Web>, request: Request, next: middleware::Next) -> Response {
    if web.is_ready() {
        return next.run(request).await;
    }
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, &behind(&web)).retry_after(1).into_response()
}

async fn feed(State(web): State<Web>, Extension(pass): Extension<Pass>, upgrade: Upgrade) -> Response {
    upgraded(&web, pass, upgrade, None)
}

async fn feed_of_tenant(
    State(web): State<Web>,
    Extension(pass): Extension<Pass>,
    Path(tenant): Path<String>,
    upgrade: Upgrade,
) -> Response {
    upgraded(&web, pass, upgrade, Some(tenant))
}

fn upgraded(web: &Web, pass: Pass, upgrade: Upgrade, tenant: Option<String>) -> Response {
    let hub = web.hub().clone();
    let watch = pass.watch();
    upgrade.into_response(socket::PROTOCOL, move |connection, read| {
        socket::serve(connection, read, hub, tenant, watch)
    })
}
