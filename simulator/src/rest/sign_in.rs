//! Signing in to the REST API: the ways of each release, and what is refused.
//!
//! Sources: "Authentication", "Version 22.0: About". From 22.0 there are OAuth's form and `/api/login`, from 22.2 also
//! `/api/auth/…`; version 16 had `/api/tokens`, whose bodies are guesses.

use std::sync::Arc;

use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::State,
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Caller, Failure, Shared, rows::rfc3339, tokens::Pair};
use crate::{
    call::Stamp,
    dialect::Dialect,
    interfaces::{Account, Claim},
};

/// The addresses of a release.
pub fn routes(dialect: Dialect) -> Router<Arc<Shared>> {
    match dialect {
        Dialect::V16 => Router::new().route("/tokens", post(sign_in)).route("/tokens/refresh", post(refresh)),
        Dialect::V22_2 | Dialect::V22_3 => Router::new()
            .route("/login/oauth/token", post(oauth))
            .route("/login/oauth/revoke", post(sign_out))
            .route("/login", post(sign_in).get(session))
            .route("/auth/sign_in", post(sign_in))
            .route("/auth/refresh_token", post(refresh))
            .route("/auth/sign_out", post(sign_out))
            .route("/auth/user", get(user)),
    }
}

#[derive(Deserialize)]
struct Grant {
    #[serde(rename = "grant_type")]
    kind: String,
    #[serde(flatten)]
    claim: Claim,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refresh {
    refresh_token: String,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::bad("the body is not the JSON that is wanted"))
}

async fn oauth(State(shared): State<Arc<Shared>>, Form(grant): Form<Grant>) -> Result<Json<Value>, Failure> {
    match (grant.kind.as_str(), grant.refresh_token) {
        ("password", _) if shared.options.two_factor => {
            Err(Failure::unauthorized("a second factor is needed"))
        }
        ("password", _) => shared.admit(&grant.claim),
        ("refresh_token", Some(refresh)) => shared.renew(&refresh),
        _ => Err(Failure::bad("grant_type must be password or refresh_token")),
    }
}

async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, Failure> {
    let claim: Claim = read(&body)?;
    if shared.options.two_factor {
        shared.account(&claim)?;
        return Ok(Json(json!({"two_factor_enabled": true, "token": "a code was sent"})));
    }
    shared.admit(&claim)
}

async fn refresh(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, Failure> {
    shared.renew(&read::<Refresh>(&body)?.refresh_token)
}

async fn sign_out(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Value> {
    shared.tokens.revoke(&caller.token);
    Json(json!({}))
}

/// The present token, and whose it is.
async fn session(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Value> {
    let life = shared.options.token_life;
    let expires = Stamp((shared.options.clock)().0 + u64::try_from(life.as_millis()).unwrap_or(0));
    Json(json!({
        "access_token": caller.token,
        "expires_in": life.as_secs(),
        "expires_at": rfc3339(expires),
        "role": role(&caller.account),
    }))
}

async fn user(State(shared): State<Arc<Shared>>, caller: Caller) -> Json<Value> {
    let name = match &caller.account {
        Account::Tenant => shared.options.username.as_str(),
        Account::Extension(number) => number,
        Account::System => "admin",
    };
    Json(json!({"name": name, "role": role(&caller.account)}))
}

fn role(account: &Account) -> &'static str {
    match account {
        Account::Tenant => "Admin",
        Account::Extension(_) => "StandardUser",
        Account::System => "SystemAdmin",
    }
}

impl Shared {
    fn account(&self, claim: &Claim) -> Result<Account, Failure> {
        let account = self.pbx.look(|pbx| self.options.sign_in(claim, pbx));
        account.ok_or_else(|| Failure::unauthorized("username, domain or password error"))
    }

    fn admit(&self, claim: &Claim) -> Result<Json<Value>, Failure> {
        self.give(self.account(claim)?)
    }

    fn renew(&self, refresh: &str) -> Result<Json<Value>, Failure> {
        let account =
            self.tokens.take(refresh).ok_or_else(|| Failure::unauthorized("unknown refresh token"))?;
        self.give(account)
    }

    fn give(&self, account: Account) -> Result<Json<Value>, Failure> {
        let Pair { access, refresh, expires_in } = self.tokens.give(account).map_err(|_| Failure::ours())?;
        Ok(Json(json!({
            "access_token": access,
            "expires_in": expires_in,
            "refresh_token": refresh,
            "token_type": "Bearer",
        })))
    }
}
