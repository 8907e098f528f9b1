//! `/settings/event-url`: the endpoints and their deliveries, and the forms that change an endpoint.

use std::{fmt::Display, sync::Arc};

use app::settings::{
    Live, Place,
    event_url::{self, EventUrl},
    guide,
};
use axum::{
    Extension, Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use ipnet::IpNet;
use model::id::Seq;
use serde::Deserialize;

use super::{
    Refresh, administered,
    endpoints::{self, Shown, shown},
    forms,
    live::{self, Seen},
    page, sentence,
};
use crate::{
    access::Asker,
    config::{self, EventKind, Method},
    ingest::{Change, ChangeError, NewSecret},
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/event-url";

/// Deliveries on the page itself, and on the page of all of them.
const ROWS: usize = 50;
const ROWS_MAX: usize = 1000;

/// What the query may say.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `problems`: only what wants a look.
    only: Option<String>,
    /// The name of an endpoint.
    endpoint: Option<String>,
}

impl Asked {
    fn only_problems(&self) -> bool {
        self.only.as_deref() == Some("problems")
    }
}

/// What any of the forms may say.
#[derive(Debug, Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    endpoint: String,
    events: Option<String>,
    method: Option<String>,
    enabled: Option<String>,
    addresses: Option<String>,
}

/// `GET /settings/event-url`.
pub async fn show(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let content = content(&web, &tenant, &headers, query.only_problems(), None).await?;
    answer(&web, &tenant, Refresh::ByItself, content)
}

/// `GET /settings/event-url/live`: the status lines and the deliveries.
pub async fn follow(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
    Query(seen): Query<Seen>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Some(version) = live::newer(&web, &tenant, &seen).await else {
        return Ok(live::nothing(web.hub().clock().now()));
    };
    let content = content(&web, &tenant, &headers, query.only_problems(), None).await?;
    let parts = live::lamps_part(&web, &tenant) + &event_url::live_parts(content);
    Ok(live::something(&web, &version, parts))
}

/// `GET /settings/event-url/deliveries`: all that are listed.
pub async fn deliveries(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let only = query.only_problems();
    let Shown { deliveries, .. } = look(&web, &tenant, &headers, only, ROWS_MAX).await?;
    let live = live::of_lamps();
    page(&web, &tenant, Place::EventUrl, Refresh::Never, live, || event_url::all_deliveries(deliveries, only))
}

/// Which delivery.
#[derive(Debug, Deserialize)]
pub struct Opened {
    seq: u64,
}

/// `GET /settings/event-url/delivery?seq=…`: one delivery with its body, as it came.
pub async fn show_delivery(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    query: Result<Query<Opened>, QueryRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let gone =
        || Problem::not_found("there is no such delivery, or not any more; load /settings/event-url again");
    let Query(Opened { seq }) = query.map_err(|_| gone())?;
    let (ingest, id) = (web.0.ingest.clone(), tenant.id.clone());
    let opened = tokio::task::spawn_blocking(move || ingest.open(&id, Seq(seq), &asker.who)).await;
    let (delivery, body) =
        opened.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))?.ok_or_else(gone)?;
    let delivery = endpoints::delivered(&web, &tenant, &delivery);
    let live = live::of_lamps();
    page(&web, &tenant, Place::EventUrl, Refresh::Never, live, || event_url::delivery(delivery, body))
}

/// `GET /settings/event-url/guide`.
pub async fn show_guide(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let live = live::of_lamps();
    page(&web, &tenant, Place::EventUrl, Refresh::Never, live, guide::guide)
}

/// `GET /settings/event-url/addresses?endpoint=…`.
pub async fn show_addresses(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(query): Query<Asked>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let name = query.endpoint.unwrap_or_default();
    let endpoints = web.0.ingest.endpoints(&tenant.id);
    let Some(endpoint) = endpoints.into_iter().find(|endpoint| endpoint.name == name) else {
        return Err(Problem::not_found("there is no such endpoint; load /settings/event-url again"));
    };
    let typed: Vec<_> = endpoint.allow.iter().map(ToString::to_string).collect();
    addresses_page(&web, &tenant, name, &typed.join("\n"), None)
}

/// `POST /settings/event-url/…`: all of the page's forms, told apart by the end of the path.
pub async fn change(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    uri: Uri,
    headers: HeaderMap,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Form(filled) = filled.map_err(|_| forms::unreadable())?;
    let name = filled.endpoint;
    let wanted = match uri.path().rsplit('/').next().unwrap_or_default() {
        "make" => {
            let events = filled.events.as_deref().and_then(EventKind::of).ok_or_else(forms::unreadable)?;
            let (ingest, id) = (web.0.ingest.clone(), tenant.id.clone());
            let made = blocking(move || ingest.make(&id, events, &asker.who).map(Some)).await;
            return told(&web, &tenant, &headers, made).await;
        }
        "method" => {
            Change::Method(filled.method.as_deref().and_then(Method::of).ok_or_else(forms::unreadable)?)
        }
        "rotate" => Change::Rotate,
        "retire" => Change::Retire,
        "switch" => match filled.enabled.as_deref() {
            Some("yes") => Change::Enable(true),
            Some("no") => Change::Enable(false),
            _ => return Err(forms::unreadable()),
        },
        "remove" => Change::Remove,
        "addresses" => {
            let typed = filled.addresses.unwrap_or_default();
            match networks(&typed) {
                Ok(networks) => Change::Allow(networks),
                Err(line) => {
                    return addresses_page(&web, &tenant, name, &typed, Some(&line));
                }
            }
        }
        _ => return Err(Problem::not_found("there is no such form; load /settings/event-url again")),
    };
    let (ingest, id) = (web.0.ingest.clone(), tenant.id.clone());
    let changed = blocking(move || ingest.change(&id, &name, wanted, &asker.who)).await;
    told(&web, &tenant, &headers, changed).await
}

/// The page with the new secret, which stands nowhere else; without one, the way back to the page.
async fn told(
    web: &Web,
    tenant: &Arc<LiveTenant>,
    headers: &HeaderMap,
    changed: Result<Option<NewSecret>, ChangeError>,
) -> Result<Response, Problem> {
    match changed {
        Ok(None) => Ok(Redirect::to(ADDRESS).into_response()),
        Ok(new) => {
            let content = content(web, tenant, headers, false, new).await?;
            answer(web, tenant, Refresh::Never, content)
        }
        Err(error) => {
            let status = match error {
                ChangeError::Unknown => StatusCode::NOT_FOUND,
                ChangeError::Store(_) | ChangeError::Random => {
                    tracing::error!(%error, "an endpoint could not be changed");
                    StatusCode::INTERNAL_SERVER_ERROR
                }
                _ => StatusCode::CONFLICT,
            };
            let content = EventUrl {
                wrong: Some(sentence(&error.to_string())),
                ..content(web, tenant, headers, false, None).await?
            };
            let mut response = answer(web, tenant, Refresh::Never, content)?;
            *response.status_mut() = status;
            Ok(response)
        }
    }
}

async fn blocking<T: Send + 'static>(
    change: impl FnOnce() -> Result<T, ChangeError> + Send + 'static,
) -> Result<T, ChangeError> {
    tokio::task::spawn_blocking(change).await.unwrap_or(Err(ChangeError::Unknown))
}

fn answer(web: &Web, tenant: &LiveTenant, refresh: Refresh, content: EventUrl) -> Result<Response, Problem> {
    let only = if content.only_problems { "?only=problems" } else { "" };
    let live = Live { address: format!("{ADDRESS}/live{only}") };
    page(web, tenant, Place::EventUrl, refresh, live, || event_url::event_url(content))
}

fn addresses_page(
    web: &Web,
    tenant: &LiveTenant,
    name: String,
    typed: &str,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let live = live::of_lamps();
    let is_wrong = wrong.is_some();
    let wrong = wrong.map(event_url::addresses_wrong);
    let content = || event_url::addresses(name, typed, wrong);
    let mut response = page(web, tenant, Place::EventUrl, Refresh::Never, live, content)?;
    if is_wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn content(
    web: &Web,
    tenant: &Arc<LiveTenant>,
    headers: &HeaderMap,
    only_problems: bool,
    new: Option<NewSecret>,
) -> Result<EventUrl, Problem> {
    let Shown { mut endpoints, deliveries, only_here } =
        look(web, tenant, headers, only_problems, ROWS).await?;
    if let Some(new) = new
        && let Some(endpoint) = endpoints.iter_mut().find(|endpoint| endpoint.name == new.endpoint)
    {
        endpoint.fresh = Some(new.secret.reveal().to_owned());
    }
    let now = web.hub().clock().now();
    Ok(EventUrl { endpoints, now, deliveries, only_problems, only_here, wrong: None })
}

/// Reads what the page shows, beside the runtime.
async fn look(
    web: &Web,
    tenant: &Arc<LiveTenant>,
    headers: &HeaderMap,
    only_problems: bool,
    rows: usize,
) -> Result<Shown, Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let (web, tenant) = (web.clone(), Arc::clone(tenant));
    let read = tokio::task::spawn_blocking(move || shown(&web, &tenant, &host, only_problems, rows)).await;
    read.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))
}

pub(super) fn unreadable(error: &impl Display) -> Problem {
    tracing::error!(%error, "deliveries can't be read");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "deliveries can't be read; the server's log says why")
}

/// The networks of a form, one a line; else the line that is none, shortened.
fn networks(typed: &str) -> Result<Vec<IpNet>, String> {
    let lines = typed.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| config::network(line).map_err(|_| line.chars().take(64).collect())).collect()
}
