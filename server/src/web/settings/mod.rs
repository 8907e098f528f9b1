//! The settings' pages: rendered by the application's components for whoever may change something, and the forms on them.
//!
//! GET shows, POST changes and answers 303 to where the change is seen. A secret that is shown once stands in the answer to
//! the POST that made it, which nobody keeps (`no-store`), and nowhere else.

mod audit;
mod endpoints;
mod event_url;
mod forms;
mod live;
mod people;
mod tokens;
mod walls;

use std::sync::Arc;

use app::settings::{Frame, Live, Place, document, index};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::AnyView;
use model::time::UnixMillis;

use super::{
    Problem, Web, assets, headers, pages,
    table::{Need, Table},
};
use crate::{
    access::{Asker, Role},
    live::LiveTenant,
};

/// All of it is for administrators.
const NEED: Need = Need::Signed(Role::Administrator);

/// Pages and their forms. Each is milliseconds of work: they take turns.
pub fn table() -> Table {
    Table::new()
        .get("/settings", NEED, show_index)
        .get("/settings/event-url", NEED, event_url::show)
        .get("/settings/event-url/deliveries", NEED, event_url::deliveries)
        .get("/settings/event-url/guide", NEED, event_url::show_guide)
        .get("/settings/event-url/addresses", NEED, event_url::show_addresses)
        .post("/settings/event-url/make", NEED, event_url::change)
        .post("/settings/event-url/method", NEED, event_url::change)
        .post("/settings/event-url/rotate", NEED, event_url::change)
        .post("/settings/event-url/retire", NEED, event_url::change)
        .post("/settings/event-url/switch", NEED, event_url::change)
        .post("/settings/event-url/addresses", NEED, event_url::change)
        .post("/settings/event-url/remove", NEED, event_url::change)
        .get("/settings/people", NEED, people::show)
        .get("/settings/people/person", NEED, people::show_person)
        .post("/settings/people/invite", NEED, people::invite)
        .post("/settings/people/rights", NEED, people::change)
        .post("/settings/people/disable", NEED, people::change)
        .post("/settings/people/enable", NEED, people::change)
        .post("/settings/people/sign-out", NEED, people::change)
        .post("/settings/people/link", NEED, people::change)
        .get("/settings/tokens", NEED, tokens::show)
        .post("/settings/tokens/make", NEED, tokens::make)
        .post("/settings/tokens/revoke", NEED, tokens::revoke)
        .get("/settings/walls", NEED, walls::show)
        .post("/settings/walls/pair", NEED, walls::pair)
        .post("/settings/walls/change", NEED, walls::change)
        .post("/settings/walls/revoke", NEED, walls::revoke)
        .get("/settings/audit", NEED, audit::show)
}

/// What is asked for and waits until there is something to say: no turn is held meanwhile.
pub fn live_table() -> Table {
    Table::new().get("/settings/live", NEED, live::lamps).get(
        "/settings/event-url/live",
        NEED,
        event_url::follow,
    )
}

async fn show_index(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    page(&web, &tenant, Place::Index, Refresh::ByItself, live::of_lamps(), index::index)
}

/// The tenant whose settings somebody may change: 403 for who may not.
fn administered(web: &Web, asker: &Asker) -> Result<Arc<LiveTenant>, Problem> {
    if asker.role < Role::Administrator {
        return Err(Problem::new(StatusCode::FORBIDDEN, "settings are for administrators; ask one of yours"));
    }
    web.hub().tenant(asker, None).ok_or_else(|| {
        Problem::not_found("there are several tenants; sign in as an administrator of one of them")
    })
}

/// Whether a page may load itself again where there are no scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refresh {
    /// It shows what is so.
    ByItself,
    /// It shows something for the only time, or somebody writes on it.
    Never,
}

/// A settings page as an answer.
fn page(
    web: &Web,
    tenant: &LiveTenant,
    place: Place,
    refresh: Refresh,
    live: Live,
    content: impl FnOnce() -> AnyView,
) -> Result<Response, Problem> {
    let nonce = pages::nonce().map_err(|_| pages::no_randomness())?;
    let now = web.hub().clock().now();
    let frame = Frame {
        place,
        lamps: web.hub().lamps(&tenant.id),
        now,
        clock: Wall::of(web, tenant).time(now),
        live,
        refreshes: refresh == Refresh::ByItself,
        css: assets::of_page().css,
        script: assets::of_settings(),
        nonce: nonce.clone(),
        access_open: web.access().is_open(),
        test_clock: web.hub().clock().is_test(),
    };
    let mut response = html(document(frame, content));
    // Base64 always is a header's value; a page without its policy is not served.
    let policy = HeaderValue::from_str(&headers::page_policy(&nonce)).map_err(|_| pages::no_randomness())?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// HTML that nobody keeps.
fn html(text: String) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (headers, text).into_response()
}

/// With a capital letter, and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Moments as they stand on the clock on the tenant's wall.
struct Wall(TimeZone);

impl Wall {
    fn of(web: &Web, tenant: &LiveTenant) -> Self {
        let configured = web.0.tenants.iter().find(|configured| configured.id == tenant.id);
        Self(configured.map_or(TimeZone::UTC, |configured| configured.time_zone.clone()))
    }

    /// `10:42:07`.
    fn time(&self, at: UnixMillis) -> String {
        self.written(at, "%H:%M:%S")
    }

    /// `2026-11-26`.
    fn day(&self, at: UnixMillis) -> String {
        self.written(at, "%Y-%m-%d")
    }

    /// The same as [`time`](Self::time), with the day before it where that is not today.
    fn moment(&self, at: UnixMillis, now: UnixMillis) -> String {
        self.dated(at, now, "%H:%M:%S")
    }

    /// The same to the millisecond.
    fn moment_exact(&self, at: UnixMillis, now: UnixMillis) -> String {
        self.dated(at, now, "%H:%M:%S%.3f")
    }

    fn dated(&self, at: UnixMillis, now: UnixMillis, form: &str) -> String {
        if self.day(at) == self.day(now) {
            self.written(at, form)
        } else {
            format!("{} {}", self.day(at), self.written(at, form))
        }
    }

    fn written(&self, at: UnixMillis, form: &str) -> String {
        Timestamp::from_millisecond(at.0)
            .map(|at| at.to_zoned_datetime(self.0.clone()).strftime(form).to_string())
            .unwrap_or_default()
    }
}
