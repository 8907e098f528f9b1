//! The PBX's REST API: what a client needs to sign in, to learn who and what there is, and how everything is now.
//!
//! Sources: "REST APIs" of PortSIP's knowledge base, with the OpenAPI document of 22.2. Calls that came with 22.3 and
//! whose bodies no page shows (`get_many`, Data Flow) are not here: they are answered 404, as a release without them
//! does. What the pages leave open and is guessed here is listed in `docs/simulator.md`.

mod list;
mod logs;
mod rows;
mod sign_in;
pub mod tokens;
mod words;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{AUTHORIZATION, RETRY_AFTER},
        request::Parts,
    },
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use self::{
    list::page,
    rows::View,
    tokens::{TokenError, Tokens},
};
use crate::{
    call::Stamp,
    company::PersonIndex,
    dialect::Dialect,
    exchange::Pbx,
    interfaces::{Account, Options, Rest},
    truth::Extension,
};

/// What a rate is counted over.
const WINDOW: Duration = Duration::from_mins(1);

/// What every request shares.
pub struct Shared {
    pbx: Pbx,
    options: Arc<Options>,
    tokens: Arc<Tokens>,
    per_minute: u32,
    /// When the present minute began, and the requests in it.
    minute: Mutex<(Instant, u32)>,
    /// The last view, and how much had happened then.
    view: Mutex<Option<(u64, Arc<View>)>>,
}

/// All addresses, to be put below `/api`.
pub fn router(pbx: Pbx, options: Arc<Options>, tokens: Arc<Tokens>) -> Router {
    let dialect = pbx.look(|pbx| pbx.company().language.dialect);
    let per_minute = options.per_minute.unwrap_or(match dialect {
        Dialect::V16 => 5_000,
        Dialect::V22_2 | Dialect::V22_3 => 10_000,
    });
    let minute = Mutex::new((Instant::now(), 0));
    let shared = Arc::new(Shared { pbx, options, tokens, per_minute, minute, view: Mutex::default() });
    Router::new()
        .merge(sign_in::routes(dialect))
        .route("/users", get(users))
        .route("/users/{id}", get(user))
        .route("/users/{id}/status", get(user_status))
        .route("/users/{id}/call_queues", get(user_queues))
        .route("/extension_numbers/{number}", get(number))
        .route("/call_queues", get(queues))
        .route("/call_queues/{id}", get(queue))
        .route("/call_queues/{id}/status", get(queue_status))
        .route("/call_queues/{id}/waiting", get(waiting))
        .route("/call_queues/{id}/agents", get(agents))
        .route("/call_queues/{id}/agents/{number}", get(agent))
        .route("/ring_groups", get(groups))
        .route("/ring_groups/{id}/agents", get(members))
        .route("/ivrs", get(menus))
        .route("/providers", get(trunks))
        .route("/providers/{id}/status", get(trunk_status))
        .route("/sessions", get(sessions))
        .route("/sessions/{id}", get(session))
        .route("/calllogs", get(call_logs))
        .route("/tenant/status", get(tenant))
        .fallback(|| async { Failure::unknown() })
        .layer(from_fn_with_state(shared.clone(), behave))
        .with_state(shared)
}

/// Why a request is not answered as it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<u64>,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail)
    }

    fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail)
    }

    fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", "the role has no permission for this")
    }

    fn unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such thing")
    }

    fn ours() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", "the PBX failed")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let message = self.status.canonical_reason().unwrap_or_default();
        let error = json!({"code": self.code, "message": message, "detail": self.detail});
        let mut response = (self.status, Json(json!({"errors": [error]}))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Who asks.
pub struct Caller {
    account: Account,
    token: String,
}

impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let token = header.and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| Failure::unauthorized("no access token"))?;
        match shared.tokens.account(token) {
            Ok(account) => Ok(Self { account, token: token.to_owned() }),
            Err(TokenError::Unknown) => Err(Failure::unauthorized("unknown access token")),
            Err(TokenError::Expired) => Err(Failure::unauthorized("the access token has expired")),
        }
    }
}

/// What somebody asks of the tenant, who may see it, and the PBX as it is then.
struct Asked {
    view: Arc<View>,
    now: Stamp,
    query: list::Query,
}

impl FromRequestParts<Arc<Shared>> for Asked {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Failure> {
        let caller = Caller::from_request_parts(parts, shared).await?;
        if caller.account != Account::Tenant {
            return Err(Failure::forbidden());
        }
        let query =
            Query::try_from_uri(&parts.uri).map_err(|_| Failure::bad("the query is not understood"))?;
        // A clock may let happen what is due.
        let now = (shared.options.clock)();
        Ok(Self { view: shared.view(), now, query: query.0 })
    }
}

type Answer = Result<Json<Value>, Failure>;

impl Asked {
    fn page(&self, items: &[Value]) -> Answer {
        Ok(Json(page(items, &self.query, Value::clone)?))
    }
}

/// Of a list without paging.
fn items(items: Vec<Value>) -> Json<Value> {
    Json(Value::from_iter([("items", items)]))
}

impl Shared {
    /// The PBX now; with stale answers, as it was when first asked.
    fn view(&self) -> Arc<View> {
        let mut kept = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        let happened = self.pbx.happened();
        if let Some((then, view)) = &*kept
            && (*then == happened || self.options.rest == Rest::Stale)
        {
            return view.clone();
        }
        let view = self.pbx.look(|pbx| View { company: pbx.company().clone(), truth: pbx.truth() });
        let view = Arc::new(view);
        *kept = Some((happened, view.clone()));
        view
    }

    /// Counts a request; past the rate, the seconds until the next minute.
    fn count(&self) -> Result<(), u64> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.0.elapsed() >= WINDOW {
            *minute = (Instant::now(), 0);
        }
        minute.1 += 1;
        let left = WINDOW.saturating_sub(minute.0.elapsed());
        if minute.1 > self.per_minute { Err(left.as_secs() + 1) } else { Ok(()) }
    }
}

/// Slow, absent, or too often asked.
async fn behave(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match shared.options.rest {
        Rest::Off => {
            let page = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>";
            return (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response();
        }
        Rest::Slow => tokio::time::sleep(shared.options.slow_for).await,
        Rest::On | Rest::Stale => {}
    }
    match shared.count() {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            let failure =
                Failure::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "the rate limit is reached");
            Failure { retry_after: Some(seconds), ..failure }.into_response()
        }
    }
}

async fn users(asked: Asked) -> Answer {
    let people: Vec<_> = asked.view.people().collect();
    let row = |of: &(PersonIndex, &Extension)| asked.view.user(of.0, of.1);
    Ok(Json(page(&people, &asked.query, row)?))
}

async fn user(asked: Asked, Path(id): Path<String>) -> Answer {
    let (person, extension) = asked.view.person(&id).ok_or_else(Failure::unknown)?;
    Ok(Json(asked.view.user(person, extension)))
}

async fn user_status(asked: Asked, Path(id): Path<String>) -> Answer {
    let (person, extension) = asked.view.person(&id).ok_or_else(Failure::unknown)?;
    Ok(Json(asked.view.user_status(person, extension)))
}

async fn user_queues(asked: Asked, Path(id): Path<String>) -> Answer {
    let (person, _) = asked.view.person(&id).ok_or_else(Failure::unknown)?;
    Ok(items(asked.view.queues_of(person)))
}

async fn number(asked: Asked, Path(number): Path<String>) -> Answer {
    asked.view.number(&number).map(Json).ok_or_else(Failure::unknown)
}

async fn queues(asked: Asked) -> Answer {
    asked.page(&asked.view.queues())
}

async fn queue(asked: Asked, Path(id): Path<String>) -> Answer {
    let queue = asked.view.queue(&id).ok_or_else(Failure::unknown)?;
    Ok(Json(asked.view.queue_settings(queue)))
}

async fn queue_status(asked: Asked, Path(id): Path<String>) -> Answer {
    asked.view.queue(&id).ok_or_else(Failure::unknown)?;
    Ok(Json(json!({"status": "ONLINE"})))
}

async fn waiting(asked: Asked, Path(id): Path<String>) -> Answer {
    let queue = asked.view.queue(&id).ok_or_else(Failure::unknown)?;
    Ok(items(View::waiting(queue, asked.now)))
}

async fn agents(asked: Asked, Path(id): Path<String>) -> Answer {
    let queue = asked.view.queue(&id).ok_or_else(Failure::unknown)?;
    Ok(items(asked.view.agents(queue)))
}

async fn agent(asked: Asked, Path((id, number)): Path<(String, String)>) -> Answer {
    let queue = asked.view.queue(&id).ok_or_else(Failure::unknown)?;
    asked.view.agent(queue, &number).map(Json).ok_or_else(Failure::unknown)
}

async fn groups(asked: Asked) -> Answer {
    asked.page(&asked.view.groups())
}

async fn members(asked: Asked, Path(id): Path<String>) -> Answer {
    asked.view.members(&id).map(items).ok_or_else(Failure::unknown)
}

async fn menus(asked: Asked) -> Answer {
    asked.page(&asked.view.menus())
}

async fn trunks(asked: Asked) -> Answer {
    asked.page(&asked.view.trunks())
}

async fn trunk_status(asked: Asked, Path(id): Path<String>) -> Answer {
    asked.view.trunk_status(&id).map(Json).ok_or_else(Failure::unknown)
}

/// The document says that these are answered 201.
async fn sessions(asked: Asked) -> Result<(StatusCode, Json<Value>), Failure> {
    let page = asked.page(&asked.view.sessions(asked.now))?;
    Ok((StatusCode::CREATED, page))
}

async fn session(asked: Asked, Path(id): Path<String>) -> Answer {
    let call = asked.view.call(&id).ok_or_else(Failure::unknown)?;
    Ok(Json(View::session(call, asked.now)))
}

async fn call_logs(State(shared): State<Arc<Shared>>, asked: Asked) -> Answer {
    let finished = shared.pbx.finished();
    Ok(Json(page(&finished, &asked.query, |cdr| logs::call_log(cdr))?))
}

async fn tenant(asked: Asked) -> Answer {
    Ok(Json(asked.view.tenant()))
}
