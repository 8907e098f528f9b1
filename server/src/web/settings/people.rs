//! `/settings/people`: who can sign in, and the forms that invite, change and shut out.

use app::settings::{
    Place,
    people::{self, Link, OnePerson, Open, People, Person},
    rights::Rights,
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    administered,
    forms::{self, Posted, failed, refused},
};
use crate::{
    access::{AccessError, Account, Asker, By, Invitation, Who},
    config::Secret,
    live::LiveTenant,
    web::{Problem, Web},
};

const ADDRESS: &str = "/settings/people";

/// Which person.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    id: String,
}

/// What a page says beside what there is.
#[derive(Default)]
struct Said {
    link: Option<Link>,
    wrong: Option<String>,
    typed: (String, Rights),
}

/// `GET /settings/people`.
pub async fn show(State(web): State<Web>, Extension(asker): Extension<Asker>) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    all(&web, &tenant, &asker, StatusCode::OK, Said::default())
}

/// `GET /settings/people/person?id=…`.
pub async fn show_person(
    State(web): State<Web>,
    Extension(asker): Extension<Asker>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    let tenant = administered(&web, &asker)?;
    let id = chosen.id.parse().unwrap_or_default();
    one(&web, &tenant, &asker, id, StatusCode::OK, Said::default())
}

/// `POST /settings/people/invite`. The answer has the link, which stands nowhere else.
pub async fn invite(
    State(web): State<Web>,
    headers: HeaderMap,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let (name, role, scope) = (filled.text("name"), filled.role()?, filled.scope());
    let by = By { tenant: &tenant.id, who: &asker.who };
    match web.access().invite(by, name, role, &scope) {
        Ok(secret) => {
            let said = Said { link: Some(link(&web, &headers, name, &secret)), ..Said::default() };
            all(&web, &tenant, &asker, StatusCode::OK, said)
        }
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            let typed = (name.to_owned(), forms::rights(role, scope));
            all(&web, &tenant, &asker, status, Said { link: None, wrong: Some(wrong), typed })
        }
    }
}

/// `POST /settings/people/withdraw`: ends an open link.
pub async fn withdraw(
    State(web): State<Web>,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    match web.access().withdraw(By { tenant: &tenant.id, who: &asker.who }, filled.text("name")) {
        Ok(()) => Ok(Redirect::to(ADDRESS).into_response()),
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            all(&web, &tenant, &asker, status, Said { wrong: Some(wrong), ..Said::default() })
        }
    }
}

/// `POST /settings/people/{act}`: what is done to somebody.
pub async fn change(
    State(web): State<Web>,
    uri: Uri,
    headers: HeaderMap,
    Posted { tenant, asker, filled }: Posted,
) -> Result<Response, Problem> {
    let by = By { tenant: &tenant.id, who: &asker.who };
    // No account has the id 0.
    let (access, id) = (web.access(), filled.id().unwrap_or_default());
    let changed = match forms::act(&uri) {
        "rights" => access.set_rights(by, id, filled.role()?, &filled.scope()).map(|()| None),
        "disable" => access.set_disabled(by, id, true).map(|()| None),
        "enable" => access.set_disabled(by, id, false).map(|()| None),
        "remove" => access.remove(by, id).map(|()| None),
        "sign-out" => access.end_sessions(by, id).map(|()| None),
        "link" => access.new_password_link(by, id).map(Some),
        _ => return Err(Problem::not_found("there is no such form; load /settings/people again")),
    };
    match changed {
        Ok(None) => Ok(Redirect::to(ADDRESS).into_response()),
        Ok(Some(secret)) => {
            let name = access.person(id).map_err(|error| failed(&error))?.map(|account| account.name);
            let link = Some(link(&web, &headers, &name.unwrap_or_default(), &secret));
            one(&web, &tenant, &asker, id, StatusCode::OK, Said { link, ..Said::default() })
        }
        Err(error) => {
            let (status, wrong) = refused(&error)?;
            one(&web, &tenant, &asker, id, status, Said { wrong: Some(wrong), ..Said::default() })
        }
    }
}

fn link(web: &Web, headers: &HeaderMap, name: &str, secret: &Secret) -> Link {
    let url = forms::url(web, headers, &format!("/invite/{}", secret.reveal()));
    Link { name: name.to_owned(), url }
}

/// The page of all.
fn all(
    web: &Web,
    tenant: &LiveTenant,
    asker: &Asker,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let accounts = web.access().people(&tenant.id).map_err(|error| failed(&error))?;
    let open = web.access().invitations(&tenant.id).map_err(|error| failed(&error))?;
    let Said { link, wrong, typed } = said;
    let content = People {
        people: accounts.into_iter().map(|account| person(account, asker)).collect(),
        open: open.into_iter().map(open_link).collect(),
        now: web.hub().clock().now(),
        known: forms::known(tenant),
        link,
        wrong,
        typed,
    };
    forms::answer(web, tenant, Place::People, status, || people::people(content))
}

/// A person's page; the page of all where there is no such person.
fn one(
    web: &Web,
    tenant: &LiveTenant,
    asker: &Asker,
    id: i64,
    status: StatusCode,
    said: Said,
) -> Result<Response, Problem> {
    let found = web.access().person(id).map_err(|error| failed(&error))?;
    let Some(account) = found.filter(|account| account.tenant == tenant.id) else {
        let (status, wrong) = refused(&AccessError::NotThere)?;
        return all(web, tenant, asker, status, Said { wrong: Some(wrong), ..Said::default() });
    };
    let content = OnePerson {
        person: person(account, asker),
        now: web.hub().clock().now(),
        known: forms::known(tenant),
        link: said.link,
        wrong: said.wrong,
    };
    forms::answer(web, tenant, Place::People, status, || people::person(content))
}

fn open_link(invitation: Invitation) -> Open {
    let Invitation { name, role, scope, is_known, made_at, expires_at } = invitation;
    Open { name, rights: forms::rights(role, scope), is_known, made_at, expires_at }
}

fn person(account: Account, asker: &Asker) -> Person {
    Person {
        id: account.id,
        own: asker.who == Who::Person(account.id),
        name: account.name,
        rights: forms::rights(account.role, account.scope),
        seen_at: account.seen_at,
        sessions: account.sessions as usize,
        disabled: account.disabled,
    }
}
