//! What the forms about people, tokens and walls have in common: how they are read, whose rights they give, and what is said
//! where nothing was changed.

use std::{collections::BTreeSet, sync::Arc};

use app::settings::{
    Place,
    rights::{self, Known, Rights},
};
use axum::{
    Form,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
};
use leptos::prelude::AnyView;
use model::{view::Shown, wire::Row};

use super::{Refresh, administered, live, page, sentence};
use crate::{
    access::{AccessError, Asker, Role},
    live::LiveTenant,
    web::{Problem, Web},
};

/// A form that an administrator sends: 403 for who is none, 400 for what is no form.
pub struct Posted {
    /// Whose settings it is about.
    pub tenant: Arc<LiveTenant>,
    /// Who sends it.
    pub asker: Asker,
    /// What it says.
    pub filled: Filled,
}

impl FromRequest<Web> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let asker = request.extensions().get::<Asker>().cloned().ok_or_else(unreadable)?;
        let tenant = administered(web, &asker)?;
        Ok(Self { tenant, asker, filled: Filled::from_request(request, web).await? })
    }
}

/// A form's fields. Some come several times.
pub struct Filled(Vec<(String, String)>);

impl FromRequest<Web> for Filled {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let Form(fields) = Form::from_request(request, web).await.map_err(|_| unreadable())?;
        Ok(Self(fields))
    }
}

impl Filled {
    /// A field's text; empty where it isn't there.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(its, _)| its == name).map_or("", |(_, text)| text)
    }

    /// All texts of a field that comes several times; those that say nothing are left out.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.0.iter().filter(move |(its, _)| its == name);
        of_name.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    /// Which person, token or wall.
    pub fn id(&self) -> Result<i64, AccessError> {
        self.text("id").parse().map_err(|_| AccessError::NotThere)
    }

    /// The role, where it is one.
    pub fn role(&self) -> Result<Role, Problem> {
        self.text("role").parse().map_err(|_| unreadable())
    }

    /// The scope's words, as they were typed.
    pub fn scope(&self) -> Vec<String> {
        let words = self.0.iter().filter(|(name, text)| name == "scope" && !text.trim().is_empty());
        words.map(|(_, text)| text.clone()).collect()
    }
}

/// A form that no page of ours sends.
pub fn unreadable() -> Problem {
    Problem::bad_request("the form can't be read; load the page again")
}

/// Which of a page's forms it was: its address's last part.
pub fn act(uri: &Uri) -> &str {
    uri.path().rsplit('/').next().unwrap_or_default()
}

/// The answer's status and the page's words where nothing was changed.
pub fn refused(error: &AccessError) -> Result<(StatusCode, String), Problem> {
    let status = match error {
        AccessError::NotThere => StatusCode::NOT_FOUND,
        AccessError::Name | AccessError::Scope | AccessError::Code => StatusCode::UNPROCESSABLE_ENTITY,
        AccessError::NameTaken | AccessError::LastAdministrator | AccessError::Oneself => {
            StatusCode::CONFLICT
        }
        _ => return Err(failed(error)),
    };
    Ok((status, sentence(&error.to_string())))
}

/// What failed here.
pub fn failed(error: &AccessError) -> Problem {
    tracing::error!(%error, "people, tokens or walls can't be shown or changed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this failed here; the server's log says why")
}

/// A page of forms: somebody writes on it, so that it never loads itself again.
pub fn answer(
    web: &Web,
    tenant: &LiveTenant,
    place: Place,
    status: StatusCode,
    content: impl FnOnce() -> AnyView,
) -> Result<Response, Problem> {
    let mut response = page(web, tenant, place, Refresh::Never, live::of_lamps(), content)?;
    *response.status_mut() = status;
    Ok(response)
}

/// A role and a scope as the pages show them.
pub fn rights(role: Role, scope: Vec<String>) -> Rights {
    let role = match role {
        Role::Viewer => rights::Role::Viewer,
        Role::Supervisor => rights::Role::Supervisor,
        Role::Administrator => rights::Role::Administrator,
    };
    Rights { role, scope }
}

/// What a scope can name, of the rows there are now.
pub fn known(tenant: &LiveTenant) -> Known {
    let rows = tenant.rows();
    let (mut queues, mut departments) = (BTreeSet::new(), BTreeSet::new());
    for row in rows.all().map(|(_, shown)| Shown::row(shown)) {
        match row {
            Row::Queue(queue) => {
                if let Some(number) = &queue.number {
                    let name = queue.name.as_ref().map(ToString::to_string).unwrap_or_default();
                    queues.insert((number.to_string(), name));
                }
            }
            Row::Extension(extension) => {
                departments.extend(extension.department.as_ref().map(ToString::to_string));
            }
            _ => {}
        }
    }
    Known { queues: queues.into_iter().collect(), departments: departments.into_iter().collect() }
}

/// An address of ours, for somebody elsewhere: by the configured one, else by the host that the page was asked for.
pub fn url(web: &Web, headers: &HeaderMap, path: &str) -> String {
    if let Some(external) = &web.0.external_url {
        return format!("{external}{path}");
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = if web.0.ways.tls { "https" } else { "http" };
    format!("{scheme}://{host}{path}")
}
