//! What a page asks for again and again: an answer when there is something newer than what it has seen, else 204 after a
//! while, so that it knows the server is there.

use std::time::Duration;

use app::settings::{Live, frame};
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use model::time::UnixMillis;
use serde::Deserialize;
use tokio::sync::watch;

use super::{Wall, administered, html};
use crate::{
    access::Asker,
    live::LiveTenant,
    web::{Problem, Web},
};

/// Without news, the answer is 204 after so long. A page that has heard nothing for 9 s says that it isn't live.
const SILENCE: Duration = Duration::from_secs(5);

/// What comes within this after the first news is told with it.
const GATHERING: Duration = Duration::from_millis(150);

/// The query of every live part.
#[derive(Debug, Deserialize)]
pub struct Seen {
    /// What the page has, as the last answer named it; empty for the first question, which is answered at once.
    #[serde(default)]
    seen: String,
}

/// `GET /settings/live`: the lamps.
pub async fn lamps(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(seen): Query<Seen>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Some(version) = newer(&web, &tenant, &seen).await else {
        return Ok(nothing(web.hub().clock().now()));
    };
    Ok(something(&web, &version, lamps_part(&web, &tenant)))
}

/// The lamps as a live part.
pub fn lamps_part(web: &Web, tenant: &LiveTenant) -> String {
    let now = web.hub().clock().now();
    frame::lamps_part(web.hub().lamps(&tenant.id), now, Wall::of(web, tenant).time(now))
}

/// What keeps a page live that has nothing but the lamps.
pub fn of_lamps() -> Live {
    Live { address: "/settings/live".into() }
}

/// What there is to see now, as one word: another word is something newer.
fn version(web: &Web, tenant: &LiveTenant) -> String {
    let (folded, summed) = (tenant.offset().borrow().0, tenant.summed().borrow().seq.0);
    format!("{folded}-{summed}-{}", *web.0.ingest.changes().borrow())
}

/// Waits for something newer than `seen`, and names it; `None` where nothing comes.
pub async fn newer(web: &Web, tenant: &LiveTenant, Seen { seen }: &Seen) -> Option<String> {
    let (mut folded, mut summed, mut changes) = (tenant.offset(), tenant.summed(), web.0.ingest.changes());
    let waits = async {
        if version(web, tenant) == *seen {
            tokio::select! {
                () = changed(&mut folded) => {}
                () = changed(&mut summed) => {}
                () = changed(&mut changes) => {}
                () = web.hub().stop().cancelled() => {}
            }
        }
        tokio::time::sleep(GATHERING).await;
    };
    let is_late = tokio::time::timeout(SILENCE, waits).await.is_err();
    let now = version(web, tenant);
    (!is_late || now != *seen).then_some(now)
}

/// Whoever writes it lives as long as the server: an error is its end.
async fn changed<T>(watched: &mut watch::Receiver<T>) {
    _ = watched.changed().await;
}

/// Nothing new.
pub fn nothing(now: UnixMillis) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert("x-now", now.0.into());
    response
}

/// Parts of a page, and what it has seen with them.
pub fn something(web: &Web, version: &str, parts: String) -> Response {
    let mut response = html(parts);
    let headers = response.headers_mut();
    headers.insert("x-now", web.hub().clock().now().0.into());
    // Figures and hyphens.
    if let Ok(version) = HeaderValue::from_str(version) {
        headers.insert("x-seen", version);
    }
    response
}
