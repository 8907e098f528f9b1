//! Pages for who is not in yet, or wants out: sign-in, set-up, invitation, pairing, one's own account. Plain forms that post
//! and lead on by 303; without scripts. What people see is `app::settings::door`.

use std::net::IpAddr;

use app::settings::door::{self, Door, Fault, Me};
use axum::{
    Extension, Form,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    Problem, Web, assets, gate,
    gate::{own_path, see_other},
    table::{Need, Table},
};
use crate::{
    access::{
        AccessError, By, LinkFault, LinkKind, Pairing, Pass, Role, SignedIn, Who, cookie::Cookie,
        password::LENGTH_MIN,
    },
    config::Secret,
};

/// What such a page may load: style and fonts, no script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The routes.
pub fn table() -> Table {
    let signed = Need::Signed(Role::Viewer);
    Table::new()
        .get("/sign-in", Need::Public, show_sign_in)
        .post("/sign-in", Need::Public, sign_in)
        .post("/sign-out", Need::Public, sign_out)
        .get("/set-up/{link}", Need::Public, show_set_up)
        .post("/set-up/{link}", Need::Public, set_up)
        .get("/invite/{link}", Need::Public, show_invite)
        .post("/invite/{link}", Need::Public, invite)
        .get("/pair", Need::Public, pair)
        .get("/settings/me", signed, show_me)
        .post("/settings/me/password", signed, change_password)
        .post("/settings/me/sign-out-everywhere", signed, sign_out_everywhere)
}

/// A page, which nobody keeps.
pub fn answer(status: StatusCode, page: Door) -> Response {
    let html = door::document(page, assets::sheet());
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, html).into_response()
}

/// What is wrong, for the form that was sent; or the whole answer, where no form helps.
fn fault(error: AccessError) -> Result<(StatusCode, Fault), Box<Response>> {
    Ok(match error {
        AccessError::Wrong => (StatusCode::FORBIDDEN, Fault::Wrong),
        AccessError::TooMany { wait } => {
            let seconds = usize::try_from(wait.as_secs()).unwrap_or(usize::MAX).saturating_add(1);
            (StatusCode::TOO_MANY_REQUESTS, Fault::TooMany(seconds))
        }
        AccessError::Busy => (StatusCode::SERVICE_UNAVAILABLE, Fault::Busy),
        AccessError::Name => (StatusCode::UNPROCESSABLE_ENTITY, Fault::Name),
        AccessError::NameTaken => (StatusCode::UNPROCESSABLE_ENTITY, Fault::NameTaken),
        AccessError::PasswordShort => (StatusCode::UNPROCESSABLE_ENTITY, Fault::PasswordShort(LENGTH_MIN)),
        AccessError::PasswordLong => (StatusCode::UNPROCESSABLE_ENTITY, Fault::PasswordLong),
        AccessError::PasswordIsName => (StatusCode::UNPROCESSABLE_ENTITY, Fault::PasswordIsName),
        AccessError::Link(LinkFault::Unknown) => {
            return Err(Box::new(answer(StatusCode::NOT_FOUND, Door::LinkUnknown)));
        }
        AccessError::Link(LinkFault::Used) => return Err(Box::new(answer(StatusCode::GONE, Door::LinkUsed))),
        AccessError::Link(LinkFault::Expired) => {
            return Err(Box::new(answer(StatusCode::GONE, Door::LinkExpired)));
        }
        error => return Err(Box::new(failed(&error))),
    })
}

/// An error that is ours.
fn failed(error: &AccessError) -> Response {
    tracing::error!(%error, "somebody could not be let in or out");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this failed here; the server's log says why")
        .into_response()
}

/// Shows a form again with what is wrong.
fn again(error: AccessError, page: impl FnOnce(Fault) -> Door) -> Response {
    let (status, fault) = match fault(error) {
        Ok(fault) => fault,
        Err(whole) => return *whole,
    };
    let wait = match fault {
        Fault::TooMany(seconds) => Some(seconds),
        Fault::Busy => Some(2),
        _ => None,
    };
    let mut response = answer(status, page(fault));
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Sends the new session along, and leads on.
fn come_in(web: &Web, signed_in: &SignedIn, next: &str) -> Response {
    with_cookie(see_other(next), web.access().cookies().give(Cookie::Person, &signed_in.session))
}

fn with_cookie(mut response: Response, cookie: Result<HeaderValue, AccessError>) -> Response {
    match cookie {
        Ok(cookie) => {
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Err(error) => failed(&error),
    }
}

/// Who sends a form: his address, and the pass that he has already.
struct Sender {
    peer: IpAddr,
    pass: Option<Pass>,
}

impl<S: Sync> axum::extract::FromRequestParts<S> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self { peer: gate::peer(&parts.extensions), pass: parts.extensions.get::<Pass>().cloned() })
    }
}

/// Where to go after sign-in.
#[derive(Debug, Default, Deserialize)]
struct Onward {
    next: Option<String>,
}

impl Onward {
    fn path(&self) -> &str {
        self.next.as_deref().and_then(own_path).unwrap_or("/")
    }
}

async fn show_sign_in(State(web): State<Web>, sender: Sender, Query(onward): Query<Onward>) -> Response {
    let is_person = sender.pass.is_some_and(|pass| !matches!(pass.asker.who, Who::Wall(_)));
    if is_person || web.access().is_open() {
        return see_other(onward.path());
    }
    answer(StatusCode::OK, Door::SignIn { next: onward.path().into(), name: String::new(), fault: None })
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    password: String,
    next: Option<String>,
}

async fn sign_in(State(web): State<Web>, sender: Sender, Form(form): Form<SignIn>) -> Response {
    let onward = Onward { next: form.next };
    if web.access().is_open() {
        return see_other(onward.path());
    }
    let password = Secret::new(form.password);
    let shown = sender.pass.as_ref().map(|pass| &pass.credential);
    match web.access().sign_in(&form.name, &password, sender.peer, shown).await {
        Ok(signed_in) => come_in(&web, &signed_in, onward.path()),
        Err(error) => again(error, |fault| Door::SignIn {
            next: onward.path().into(),
            name: form.name,
            fault: Some(fault),
        }),
    }
}

async fn sign_out(State(web): State<Web>, sender: Sender) -> Response {
    if let Some(Err(error)) = sender.pass.map(|pass| web.access().sign_out(&pass)) {
        return failed(&error);
    }
    with_cookie(see_other("/sign-in"), web.access().cookies().take(Cookie::Person))
}

async fn show_set_up(State(web): State<Web>, Path(link): Path<String>) -> Response {
    match web.access().link(LinkKind::SetUp, &link) {
        Ok(_) => answer(StatusCode::OK, Door::SetUp { name: String::new(), fault: None }),
        Err(error) => fault(error).map_or_else(|whole| *whole, |(status, _)| status.into_response()),
    }
}

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    name: String,
    #[serde(default)]
    old: String,
    password: String,
    again: String,
}

async fn set_up(
    State(web): State<Web>,
    Path(link): Path<String>,
    sender: Sender,
    Form(form): Form<NewPassword>,
) -> Response {
    let page = |fault| Door::SetUp { name: form.name.clone(), fault: Some(fault) };
    use_link(&web, LinkKind::SetUp, &link, &sender, &form, page).await
}

async fn show_invite(State(web): State<Web>, Path(link): Path<String>) -> Response {
    match web.access().link(LinkKind::Invite, &link) {
        Ok(open) => answer(StatusCode::OK, Door::Invite { name: open.name.unwrap_or_default(), fault: None }),
        Err(error) => fault(error).map_or_else(|whole| *whole, |(status, _)| status.into_response()),
    }
}

async fn invite(
    State(web): State<Web>,
    Path(link): Path<String>,
    sender: Sender,
    Form(form): Form<NewPassword>,
) -> Response {
    let name = match web.access().link(LinkKind::Invite, &link) {
        Ok(open) => open.name.unwrap_or_default(),
        Err(error) => return again(error, |_| Door::LinkUnknown),
    };
    let page = |fault| Door::Invite { name: name.clone(), fault: Some(fault) };
    use_link(&web, LinkKind::Invite, &link, &sender, &form, page).await
}

async fn use_link(
    web: &Web,
    kind: LinkKind,
    link: &str,
    sender: &Sender,
    form: &NewPassword,
    page: impl FnOnce(Fault) -> Door,
) -> Response {
    if form.password != form.again {
        return answer(StatusCode::UNPROCESSABLE_ENTITY, page(Fault::PasswordsDiffer));
    }
    let password = Secret::new(form.password.as_str());
    let shown = sender.pass.as_ref().map(|pass| &pass.credential);
    match web.access().use_link(kind, link, &form.name, &password, shown).await {
        Ok(signed_in) => come_in(web, &signed_in, "/"),
        Err(error) => again(error, page),
    }
}

/// A screen that would be a wall: its code, until somebody has confirmed it.
async fn pair(State(web): State<Web>, request: Request) -> Response {
    let cookies = web.access().cookies();
    let shown = cookies.read(Cookie::Wall, request.headers());
    match web.access().pair(shown, gate::peer(request.extensions())) {
        // From there it is led to its board.
        Ok(Pairing::Paired(_)) => see_other("/"),
        Ok(Pairing::Show(code, secret)) => {
            let page = answer(StatusCode::OK, Door::Pair { code });
            match secret {
                Some(secret) => with_cookie(page, cookies.give(Cookie::Wall, &secret)),
                None => page,
            }
        }
        Err(error) => again(error, |fault| Door::NoCode { fault }),
    }
}

/// The account of whoever asks; `None` for a token, and while access is open.
fn me(web: &Web, pass: &Pass) -> Result<Option<(i64, Me)>, AccessError> {
    let Who::Person(id) = pass.asker.who else { return Ok(None) };
    let account = web.access().person(id)?.ok_or(AccessError::NotThere)?;
    Ok(Some((
        id,
        Me { name: account.name, role: account.role.as_str(), sessions: account.sessions as usize },
    )))
}

fn show_me_with(web: &Web, pass: &Pass, status: StatusCode, fault: Option<Fault>) -> Response {
    match me(web, pass) {
        Ok(me) => answer(status, Door::Me { me: me.map(|(_, me)| me), fault }),
        Err(error) => failed(&error),
    }
}

async fn show_me(State(web): State<Web>, Extension(pass): Extension<Pass>) -> Response {
    show_me_with(&web, &pass, StatusCode::OK, None)
}

async fn change_password(
    State(web): State<Web>,
    Extension(pass): Extension<Pass>,
    sender: Sender,
    Form(form): Form<NewPassword>,
) -> Response {
    let (Who::Person(id), Some(tenant)) = (&pass.asker.who, &pass.asker.tenant) else {
        return answer(StatusCode::FORBIDDEN, Door::Forbidden);
    };
    if form.password != form.again {
        return show_me_with(&web, &pass, StatusCode::UNPROCESSABLE_ENTITY, Some(Fault::PasswordsDiffer));
    }
    let by = By { tenant, who: &pass.asker.who };
    let passwords = (&Secret::new(form.old), &Secret::new(form.password));
    match web.access().change_password(by, *id, passwords, sender.peer).await {
        Ok(signed_in) => come_in(&web, &signed_in, "/settings/me"),
        Err(error) => match fault(error) {
            Ok((status, fault)) => show_me_with(&web, &pass, status, Some(fault)),
            Err(whole) => *whole,
        },
    }
}

async fn sign_out_everywhere(State(web): State<Web>, Extension(pass): Extension<Pass>) -> Response {
    let (Who::Person(id), Some(tenant)) = (&pass.asker.who, &pass.asker.tenant) else {
        return answer(StatusCode::FORBIDDEN, Door::Forbidden);
    };
    match web.access().end_sessions(By { tenant, who: &pass.asker.who }, *id) {
        Ok(()) => with_cookie(see_other("/sign-in"), web.access().cookies().take(Cookie::Person)),
        Err(error) => failed(&error),
    }
}
