//! The settings' pages: rendered by the application's components for whoever may change something, and the forms on them.
//!
//! GET shows, POST changes and answers 303 to where the change is seen. A secret that is shown once stands in the answer to
//! the POST that made it, which nobody keeps (`no-store`), and nowhere else.

mod alert_rule;
mod alerts;
mod audit;
mod boards;
mod diagnostics;
mod endpoints;
mod event_url;
pub mod forms;
mod general;
pub mod live;
mod names;
mod pbx;
mod people;
mod queues;
mod tokens;
mod trouble;
mod walls;

use std::sync::Arc;

use app::{
    locale,
    settings::{Frame, Live, Place, document, index, parts::Line},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use leptos::prelude::AnyView;
use model::{id::TenantId, time::UnixMillis};

use super::{
    Problem, Web, assets, headers, pages,
    table::{Need, Table},
};
use crate::{
    access::{Asker, By, Role},
    live::LiveTenant,
    settings::Settings,
    store::StoreError,
};

/// All of it is for administrators.
const NEED: Need = Need::Signed(Role::Administrator);

/// Pages and their forms. Each is milliseconds of work: they take turns.
pub fn table() -> Table {
    Table::new()
        .get("/settings", NEED, show_index)
        .get("/settings/event-url", NEED, event_url::show)
        .get("/settings/event-url/deliveries", NEED, event_url::deliveries)
        .get("/settings/event-url/delivery", NEED, event_url::show_delivery)
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
        .post("/settings/people/withdraw", NEED, people::withdraw)
        .post("/settings/people/rights", NEED, people::change)
        .post("/settings/people/disable", NEED, people::change)
        .post("/settings/people/enable", NEED, people::change)
        .post("/settings/people/remove", NEED, people::change)
        .post("/settings/people/sign-out", NEED, people::change)
        .post("/settings/people/link", NEED, people::change)
        .get("/settings/tokens", NEED, tokens::show)
        .post("/settings/tokens/make", NEED, tokens::make)
        .post("/settings/tokens/revoke", NEED, tokens::revoke)
        .get("/settings/walls", NEED, walls::show)
        .post("/settings/walls/pair", NEED, walls::pair)
        .post("/settings/walls/change", NEED, walls::change)
        .post("/settings/walls/revoke", NEED, walls::revoke)
        .get("/settings/alerts", NEED, alerts::show)
        .get("/settings/alerts/rule", NEED, alert_rule::show)
        .post("/settings/alerts/save", NEED, alert_rule::save)
        .post("/settings/alerts/switch", NEED, alerts::change_rule)
        .post("/settings/alerts/remove", NEED, alerts::change_rule)
        .post("/settings/alerts/usual", NEED, alerts::add_usual)
        .post("/settings/alerts/webhook-add", NEED, alerts::add_webhook)
        .post("/settings/alerts/webhook-switch", NEED, alerts::change_webhook)
        .post("/settings/alerts/webhook-secret", NEED, alerts::change_webhook)
        .post("/settings/alerts/webhook-remove", NEED, alerts::change_webhook)
        .get("/settings/walls/boards", NEED, boards::show)
        .post("/settings/walls/boards/make", NEED, boards::make)
        .post("/settings/walls/boards/import", NEED, boards::import)
        .get("/settings/walls/boards/export", NEED, boards::export)
        .post("/settings/walls/boards/remove", NEED, boards::remove)
        .get("/settings/walls/board", NEED, boards::show_one)
        .post("/settings/walls/board", NEED, boards::change)
        .get("/settings/audit", NEED, audit::show)
        .get("/settings/diagnostics", NEED, diagnostics::show)
        .get("/settings/queues", NEED, queues::show)
        .post("/settings/queues", NEED, queues::change)
        .get("/settings/pbx", NEED, pbx::show)
        .post("/settings/pbx/save", NEED, pbx::send)
        .post("/settings/pbx/ask", NEED, pbx::ask)
        .post("/settings/pbx/forget", NEED, pbx::forget)
        .get("/settings/general", NEED, general::show)
        .post("/settings/general", NEED, general::change)
        .get("/settings/names", NEED, names::show)
        .post("/settings/names/set", NEED, names::change)
        .post("/settings/names/remove", NEED, names::remove)
        .post("/settings/names/paste", NEED, names::paste)
}

/// What is asked for and waits until there is something to say: no turn is held meanwhile.
pub fn live_table() -> Table {
    Table::new()
        .get("/settings/live", NEED, live::lamps)
        .get("/settings/event-url/live", NEED, event_url::follow)
        .get("/settings/pbx/live", NEED, pbx::follow)
        .get("/settings/diagnostics/live", NEED, diagnostics::follow)
        .post("/settings/pbx/test", NEED, pbx::send)
        .post("/settings/alerts/webhook-test", NEED, alerts::try_webhook)
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

/// Changes what is set, has the board take it, and leads back to the page.
async fn set(
    web: &Web,
    tenant: &TenantId,
    asker: &Asker,
    back: &str,
    change: impl FnOnce(&Settings, By<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<Response, Problem> {
    let (settings, id, who) = (web.0.settings.clone(), tenant.clone(), asker.who.clone());
    let changed = tokio::task::spawn_blocking(move || change(&settings, By { tenant: &id, who: &who })).await;
    match changed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(unreadable_settings(error)),
        Err(_) => {
            let detail = "the change failed; the server's log says why";
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
        }
    }
    if let Err(error) = web.0.administrator.write(tenant).await {
        tracing::error!(%error, "what was set is kept, and not on the board yet");
        let detail =
            "this is kept, and not on the board yet; the server's log says why, and SIGHUP tries again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    }
    Ok(Redirect::to(back).into_response())
}

/// The status of a form with something wrong in it; `None` where nothing is.
fn wrong(lines: &[&Line]) -> Option<StatusCode> {
    let wrong = || lines.iter().filter(|line| line.wrong.is_some());
    // What the file says is a conflict, whatever else there is.
    let is_of_file = wrong().any(|line| line.of_file);
    let status = if is_of_file { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    wrong().next().map(|_| status)
}

/// What failed here when alerts were to be changed.
pub fn failed(error: &crate::alerts::AlertError) -> Problem {
    tracing::error!(%error, "alerts can't be changed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this failed here; the server's log says why")
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn unreadable_settings(error: StoreError) -> Problem {
    tracing::error!(%error, "settings can't be read or written");
    let detail = "settings can't be read or written; the server's log says why";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

/// Whether a page may load itself again where there are no scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// It shows what is so.
    ByItself,
    /// It shows something for the only time, or somebody writes on it.
    Never,
}

/// A settings page as an answer.
pub fn page(
    web: &Web,
    tenant: &LiveTenant,
    place: Place,
    refresh: Refresh,
    live: impl Into<Option<Live>>,
    content: impl FnOnce() -> AnyView,
) -> Result<Response, Problem> {
    let nonce = pages::nonce().map_err(|_| pages::no_randomness())?;
    let now = web.hub().clock().now();
    let frame = Frame {
        place,
        lamps: web.hub().lamps(&tenant.id),
        now,
        clock: Wall::of(web, tenant).time(now),
        live: live.into(),
        refreshes: refresh == Refresh::ByItself,
        css: assets::sheet(),
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
pub fn html(text: String) -> Response {
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
pub struct Wall(TimeZone);

impl Wall {
    /// The tenant's.
    pub fn of(web: &Web, tenant: &LiveTenant) -> Self {
        Self(web.0.settings.calendar().get(&tenant.id).map_or(TimeZone::UTC, |days| days.zone))
    }

    /// Where it hangs.
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }

    /// `10:42:07`, as the reader's language writes it.
    pub fn time(&self, at: UnixMillis) -> String {
        self.civil(at).map(|at| time_of_day(at, format!("{:02}", at.second()))).unwrap_or_default()
    }

    /// `2026-11-26`, likewise.
    pub fn day(&self, at: UnixMillis) -> String {
        let day = |at: DateTime| locale::day(at.year().into(), at.month().into(), at.day().into());
        self.civil(at).map(day).unwrap_or_default()
    }

    /// The same as [`time`](Self::time), with the day before it where that is not today.
    pub fn moment(&self, at: UnixMillis, now: UnixMillis) -> String {
        self.dated(at, now, self.time(at))
    }

    /// The same to the millisecond.
    fn moment_exact(&self, at: UnixMillis, now: UnixMillis) -> String {
        let exact = |at: DateTime| time_of_day(at, locale::seconds_exact(at.second(), at.millisecond()));
        self.dated(at, now, self.civil(at).map(exact).unwrap_or_default())
    }

    fn dated(&self, at: UnixMillis, now: UnixMillis, time: String) -> String {
        if self.day(at) == self.day(now) { time } else { format!("{} {time}", self.day(at)) }
    }

    /// `None` for what no calendar reaches.
    fn civil(&self, at: UnixMillis) -> Option<DateTime> {
        Some(Timestamp::from_millisecond(at.0).ok()?.to_zoned_datetime(self.0.clone()).datetime())
    }
}

fn time_of_day(at: DateTime, seconds: String) -> String {
    locale::time_of_day(at.hour().into(), at.minute().into(), seconds)
}
