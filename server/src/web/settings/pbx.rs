//! `/settings/pbx`: as whom the PBX's own interfaces are asked, how that stands, and the forms that try and change it.

use std::sync::Arc;

use app::settings::{
    Live, Place,
    parts::Line,
    pbx::{self, Round, Status, Tried},
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Redirect, Response},
};

use super::{
    Refresh, administered,
    forms::{Filled, Posted, act},
    live::{self, Seen},
    page,
    trouble::trouble,
};
use crate::{
    access::{Asker, By},
    config::Secret,
    live::LiveTenant,
    pbx::{Account, AccountError, Authority, ChangeError, Shown, check},
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/pbx";

/// `GET /settings/pbx`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let content = content(&web, &link(&web, &tenant)?);
    answer(&web, &tenant, Refresh::ByItself, StatusCode::OK, content)
}

/// `GET /settings/pbx/live`: how it stands.
pub async fn follow(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(seen): Query<Seen>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let Some(version) = live::newer(&web, &tenant, &seen).await else {
        return Ok(live::nothing(web.hub().clock().now()));
    };
    let shown = link(&web, &tenant)?;
    let parts = live::lamps_part(&web, &tenant)
        + &pbx::live_part(status(&shown), round(&shown), web.hub().clock().now());
    Ok(live::something(&web, &version, parts))
}

/// `POST /settings/pbx/ask`: a round of questions, as soon as there is a coin for it.
pub async fn ask(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    web.0.links.ask_again(&tenant.id);
    Ok(Redirect::to(ADDRESS).into_response())
}

/// `POST /settings/pbx/forget`.
pub async fn forget(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    change(&web, &tenant, &asker, None).await
}

/// `POST /settings/pbx/save` and `/settings/pbx/test`: what is written, tried or kept.
pub async fn send(
    State(web): State<Web>,
    uri: Uri,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let shown = link(&web, &tenant)?;
    let is_try = act(&uri) == "test";
    // The configuration's account is tried as it is.
    let account = match (&shown.account, shown.of_file) {
        (Some(account), true) => Ok(Account::clone(account)),
        _ => written(&filled, &shown),
    };
    let mut content = content(&web, &shown);
    if !shown.of_file {
        let line = |name: &str| Line { value: filled.text(name).trim().to_owned(), ..Line::default() };
        (content.address, content.username) = (line("url"), line("username"));
        filled.text("authority").clone_into(&mut content.authority);
    }
    match account {
        Err(error) => {
            let (wrong, said) = match error {
                AccountError::Address => (&mut content.address.wrong, pbx::address_wrong()),
                AccountError::InTheClear => (&mut content.address.wrong, pbx::in_the_clear()),
                AccountError::Username => (&mut content.username.wrong, pbx::username_wrong()),
                AccountError::Password => (&mut content.password_wrong, pbx::password_missing()),
                AccountError::Authority => (&mut content.authority_wrong, pbx::authority_wrong()),
            };
            *wrong = Some(said.to_owned());
            answer(&web, &tenant, Refresh::Never, StatusCode::UNPROCESSABLE_ENTITY, content)
        }
        Ok(account) if is_try => {
            content.tried = Some(match check(&account, web.hub().clock()).await {
                Ok(found) => Tried::Works(found.extensions, found.queues),
                Err(error) => Tried::Fails(trouble(&error)),
            });
            answer(&web, &tenant, Refresh::Never, StatusCode::OK, content)
        }
        Ok(account) => change(&web, &tenant, &asker, Some(account)).await,
    }
}

/// The account that is written. A password that is kept goes only where it went before.
fn written(filled: &Filled, shown: &Shown) -> Result<Account, AccountError> {
    let (url, username, password) = (filled.text("url"), filled.text("username"), filled.text("password"));
    let authority = Some(filled.text("authority"));
    if !password.is_empty() {
        return Account::new(url, username, Secret::new(password), authority);
    }
    // With a stand-in for the password, so that what else is wrong is said first.
    let account = Account::new(url, username, Secret::new("kept"), authority)?;
    match &shown.account {
        Some(kept) if kept.place == account.place && kept.username == account.username => {
            Ok(Account { password: kept.password.clone(), ..account })
        }
        _ => Err(AccountError::Password),
    }
}

async fn change(
    web: &Web,
    tenant: &Arc<LiveTenant>,
    asker: &Asker,
    account: Option<Account>,
) -> Result<Response, Problem> {
    let (links, id, who) = (web.0.links.clone(), tenant.id.clone(), asker.who.clone());
    let changed =
        tokio::task::spawn_blocking(move || links.change(By { tenant: &id, who: &who }, account)).await;
    match changed {
        Ok(Ok(())) => Ok(Redirect::to(ADDRESS).into_response()),
        Ok(Err(error @ (ChangeError::OfFile | ChangeError::Unknown))) => {
            Err(Problem::new(StatusCode::CONFLICT, &error.to_string()))
        }
        Ok(Err(error)) => Err(failed(&error.to_string())),
        Err(error) => Err(failed(&error.to_string())),
    }
}

fn failed(error: &str) -> Problem {
    tracing::error!(error, "the PBX's account could not be changed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this can't be kept; the server's log says why")
}

fn link(web: &Web, tenant: &LiveTenant) -> Result<Shown, Problem> {
    web.0.links.shown(&tenant.id).ok_or_else(|| Problem::not_found("there is no such tenant any more"))
}

fn status(shown: &Shown) -> Status {
    match (&shown.account, &shown.standing.failing, shown.standing.live_since) {
        (None, ..) => Status::Off,
        (_, Some((error, since)), _) => Status::Down(*since, trouble(error)),
        (_, None, Some(since)) => Status::Live(since),
        _ => Status::Trying,
    }
}

fn round(shown: &Shown) -> Option<Round> {
    shown.standing.round.as_ref().map(|round| Round {
        at: round.at,
        counts: [round.extensions, round.queues, round.calls],
        left_out: round.left_out.iter().map(trouble).collect(),
    })
}

fn content(web: &Web, shown: &Shown) -> pbx::Pbx {
    let line = |value: String| Line { value, wrong: None, of_file: shown.of_file };
    let account = shown.account.as_deref();
    pbx::Pbx {
        address: line(account.map(|account| account.place.to_string()).unwrap_or_default()),
        username: line(account.map(|account| account.username.clone()).unwrap_or_default()),
        has_password: account.is_some(),
        authority: account
            .and_then(|account| account.authority.as_ref())
            .map(Authority::pem)
            .unwrap_or_default()
            .to_owned(),
        of_file: shown.of_file,
        status: status(shown),
        round: round(shown),
        now: web.hub().clock().now(),
        ..pbx::Pbx::default()
    }
}

fn answer(
    web: &Web,
    tenant: &LiveTenant,
    refresh: Refresh,
    status: StatusCode,
    content: pbx::Pbx,
) -> Result<Response, Problem> {
    let live = Live { address: format!("{ADDRESS}/live") };
    let mut response = page(web, tenant, Place::Pbx, refresh, live, || pbx::pbx(content))?;
    *response.status_mut() = status;
    Ok(response)
}
