//! `/settings/tokens`: the API tokens there are, and the forms that make and revoke one.

use app::settings::{
    Place,
    rights::Rights,
    tokens::{self, DAYS, Token, Tokens},
};
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use model::time::UnixMillis;

use super::{
    Wall, administered,
    forms::{self, Posted, failed, refused},
};
use crate::{
    access::{self, AccessError, Asker, By},
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/tokens";

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What the page says beside what there is.
#[derive(Default)]
struct Said {
    fresh: Option<(String, String)>,
    wrong: Option<String>,
    typed: (String, Rights),
}

/// `GET /settings/tokens`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    all(&web, &tenant, StatusCode::OK, Said::default())
}

/// `POST /settings/tokens/make`. The answer has the token, which stands nowhere else.
pub async fn make(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let (name, role, scope) = (filled.text("name"), filled.role()?, filled.scope());
    let days = filled.text("days").parse::<u16>().ok().filter(|days| DAYS.contains(days));
    let days = i64::from(days.ok_or_else(forms::unreadable)?);
    let expires_at = (days > 0).then(|| UnixMillis(web.hub().clock().now().0 + days * DAY_MS));
    let by = By { tenant: &tenant.id, who: &asker.who };
    match web.access().make_token(by, name, role, &scope, expires_at) {
        Ok(token) => {
            let fresh = Some((name.trim().to_owned(), token.reveal().to_owned()));
            all(&web, &tenant, StatusCode::OK, Said { fresh, ..Said::default() })
        }
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            let typed = (name.to_owned(), forms::rights(role, scope));
            all(&web, &tenant, status, Said { fresh: None, wrong: Some(wrong), typed })
        }
    }
}

/// `POST /settings/tokens/revoke`.
pub async fn revoke(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    match filled.id().and_then(|id| web.access().revoke_token(by, id)) {
        Ok(()) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            all(&web, &tenant, status, Said { wrong: Some(wrong), ..Said::default() })
        }
    }
}

fn all(web: &Web, tenant: &LiveTenant, status: StatusCode, said: Said) -> Result<Response, Problem> {
    let listed = web.access().tokens(&tenant.id).map_err(|error: AccessError| failed(&error))?;
    let (now, wall) = (web.hub().clock().now(), Wall::of(web, tenant));
    let Said { fresh, wrong, typed } = said;
    let content = Tokens {
        tokens: listed.into_iter().map(|token| shown(token, &wall, now)).collect(),
        now,
        known: forms::known(tenant),
        fresh,
        wrong,
        typed,
    };
    forms::answer(web, tenant, Place::Tokens, status, || tokens::tokens(content))
}

fn shown(token: access::Token, wall: &Wall, now: UnixMillis) -> Token {
    Token {
        id: token.id,
        name: token.name,
        rights: forms::rights(token.role, token.scope),
        expires: token.expires_at.map(|at| wall.day(at)),
        expired: token.expires_at.is_some_and(|at| at <= now),
        used_at: token.used_at,
    }
}
