//! Pages: rendered by the application's components, with the rows as they are now.

use app::{PageData, Route, look, route, settings::door::Door};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use leptos::prelude::{Owner, RenderHtml as _};
use model::wall::WallBoard;

use super::{Problem, Web, assets, below, door, gate::see_other, headers, settings};
use crate::{
    access::{Asker, Role},
    feed::Hub,
    live::LiveTenant,
    packed,
};

/// The addresses of all pages.
pub fn paths() -> impl Iterator<Item = &'static str> {
    route::PATHS.into_iter()
}

/// `GET` of a page. A wall is led to its own, and has no other; where that one is not there, it waits for it.
pub async fn page(State(web): State<Web>, Extension(asker): Extension<Asker>, request: Request) -> Response {
    if let Some(own) = asker.board.as_deref().and_then(Route::of_view).and_then(|route| route.address())
        && request.uri().path() != own
    {
        return see_other(&own);
    }
    if asker.board.is_some() && !is_there(web.hub(), &asker, request.uri().path()) {
        return door::answer(StatusCode::NOT_FOUND, Door::NoBoard);
    }
    render(&web, &asker, &request)
}

/// Whether there is such a page for the asker.
fn is_there(hub: &Hub, asker: &Asker, path: &str) -> bool {
    let channel = |tenant: std::sync::Arc<LiveTenant>| {
        hub.channel(&tenant, &hub.view(&tenant.id, &Route::of(path).view())?, asker)
    };
    hub.tenant(asker, None).and_then(channel).is_some()
}

/// Everything that is no address of ours: within the API a problem, else a page that leads back.
pub async fn not_found(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    request: Request,
) -> Response {
    if request.uri().path().starts_with("/api/") {
        return Problem::not_found("there is no such address; /api/v1/openapi.json lists them")
            .into_response();
    }
    render(&web, &asker, &request)
}

fn render(web: &Web, asker: &Asker, request: &Request) -> Response {
    let data = match data(web, asker, request.uri()) {
        Ok(data) => data,
        Err(problem) => return problem.into_response(),
    };
    let nonce = data.nonce.clone();
    let status = if data.route() == Route::Nowhere { StatusCode::NOT_FOUND } else { StatusCode::OK };
    // In one go: all rows are there, and words are of the language that is spoken meanwhile.
    let theme = data.wall.as_ref().map_or(look::now().theme, |wall| look::theme_of_wall(wall.theme));
    let look = look::Look { theme, ..look::now() };
    let html = look::within(look, || Owner::new().with(|| app::shell(data).to_html()));
    let mut response =
        if packed::is_taken(request.headers()) { packed_html(web, html) } else { settings::html(html) };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    match HeaderValue::from_str(&headers::page_policy(&nonce)) {
        Ok(policy) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        // Base64 always is a header's value; a page without its policy is not served.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A page as it travels: boards of many rows are long, and most of it says the same again.
fn packed_html(web: &Web, html: String) -> Response {
    // What is packed can't get its links on the way out.
    let linked = below::linked(html, root(web));
    let mut response = settings::html(String::new());
    packed::with(&mut response, packed::gzip(linked.as_bytes()));
    response
}

/// The path below which browsers find us; mostly empty.
fn root(web: &Web) -> &str {
    web.0.hosts.external.as_ref().map_or("", |url| &url.path)
}

fn data(web: &Web, asker: &Asker, uri: &Uri) -> Result<PageData, Problem> {
    let hub = web.hub();
    let tenant = hub.tenant(asker, None).ok_or_else(|| {
        Problem::not_found(
            "there are several tenants; sign in to one of them; the API has /api/v1/tenants/{tenant}/…",
        )
    })?;
    let channel = |name: &str| hub.channel(&tenant, &hub.view(&tenant.id, name)?, asker);
    // A queue or a wall that is not there, or not for the asker, is no page.
    let found = channel(&Route::of(uri.path()).view()).map(|channel| (uri.path(), channel));
    let (path, channel) = found
        .or_else(|| Some(("", channel(&Route::Nowhere.view())?)))
        .ok_or_else(|| Problem::not_found("there is no such view"))?;
    Ok(PageData {
        path: path.to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        snapshot: channel.snapshot(),
        lamps: hub.lamps(&tenant.id),
        alerts: channel.alerts(),
        may_acknowledge: may_acknowledge(asker),
        build: hub.build().to_owned(),
        assets: assets::of_page(Route::of(path).part()),
        root: root(web).to_owned(),
        nonce: nonce().map_err(|_| no_randomness())?,
        access_open: web.access().is_open(),
        test_clock: hub.clock().is_test(),
        wall: board(web, &tenant, path),
    })
}

/// Who may say that he knows of an alert: who answers for the queues, and no wall.
pub fn may_acknowledge(asker: &Asker) -> bool {
    asker.role >= Role::Supervisor && asker.board.is_none()
}

/// The board of a wall's page. One without a title has the company's name, unless it is of one queue.
fn board(web: &Web, tenant: &LiveTenant, path: &str) -> Option<WallBoard> {
    let Route::Wall(name) = Route::of(path) else { return None };
    let mut board = web.hub().walls().find(&tenant.id, &name)?;
    if board.title.is_empty() && board.queues.len() != 1 {
        let tenants = web.0.settings.tenants().iter();
        let own = tenants.filter(|configured| configured.id == tenant.id).map(|tenant| tenant.name.clone());
        board.title = own.collect();
    }
    Some(board)
}

/// There is no nonce, so there is no page.
pub fn no_randomness() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the system gives no random bytes; try again, and see the server's log",
    )
}

/// 128 bits that nobody guesses, new with each answer.
pub fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}
