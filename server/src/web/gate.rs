//! Who made a request, and whether its route is for him.
//!
//! [`resolve`] finds out once, outside of all routes; [`decide`] stands before each route's handler with what the route needs
//! (`table`). Not signed in: programs hear 401, pages lead to sign-in and back. Too low a role: 403. Another tenant's: 404, the
//! same as one that isn't there.

use std::net::{IpAddr, Ipv4Addr};

use app::settings::door::Door;
use axum::{
    extract::{FromRequestParts as _, RawPathParams, Request, State},
    http::{Extensions, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, Web, door, table::Need};
use crate::{
    access::{Asker, Pass, Role, Who},
    client::Client,
};

/// The longest address to come back to.
const NEXT_MAX: usize = 1024;

/// Finds out who made a request. Handlers and [`decide`] find the [`Pass`] and its [`Asker`] among its extensions.
pub async fn resolve(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    match web.access().resolve(request.headers()) {
        Ok(Some(pass)) => {
            request.extensions_mut().insert(pass.asker.clone());
            request.extensions_mut().insert(pass);
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "it could not be found out who made a request");
            let problem = Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server can't read who may see this; its log says why",
            );
            return problem.retry_after(5).into_response();
        }
    }
    next.run(request).await
}

/// Lets a request through to its handler, if its route is for whoever made it.
pub async fn decide(need: Need, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let verdict = match parts.extensions.get::<Pass>() {
        _ if matches!(need, Need::Public | Need::Hooks) => Verdict::Through,
        None => Verdict::SignIn,
        Some(pass) => {
            let asker = pass.asker.clone();
            verdict(need, &asker, tenant_of(&mut parts).await.as_deref())
        }
    };
    match verdict {
        Verdict::Through => next.run(Request::from_parts(parts, body)).await,
        Verdict::SignIn => sign_in(&parts),
        Verdict::Forbidden if is_page(&parts) => door::answer(StatusCode::FORBIDDEN, Door::Forbidden),
        Verdict::Forbidden => Problem::new(
            StatusCode::FORBIDDEN,
            "this is not for your role; ask an administrator, or take a token of a higher role",
        )
        .into_response(),
        Verdict::NotThere if is_page(&parts) => door::answer(StatusCode::NOT_FOUND, Door::NotThere),
        Verdict::NotThere => Problem::not_found("there is no such tenant, or not for you").into_response(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Through,
    SignIn,
    Forbidden,
    NotThere,
}

fn verdict(need: Need, asker: &Asker, tenant: Option<&str>) -> Verdict {
    let least = match need {
        Need::Public | Need::Hooks | Need::Watch => Role::Viewer,
        Need::Signed(role) => role,
    };
    let is_wall = matches!(asker.who, Who::Wall(_));
    if asker.role < least || (is_wall && need != Need::Watch) {
        Verdict::Forbidden
    } else if asker.tenant.as_ref().zip(tenant).is_some_and(|(its, asked)| its.as_str() != asked) {
        Verdict::NotThere
    } else {
        Verdict::Through
    }
}

/// The tenant in the path, where there is one.
async fn tenant_of(parts: &mut Parts) -> Option<String> {
    // An error: it has no parameters.
    let path = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    path.iter().find(|(name, _)| *name == "tenant").map(|(_, tenant)| tenant.to_owned())
}

/// Whether a person looks at the answer. What a page's script fetches (`Sec-Fetch-Dest: empty`) is a program's.
fn is_page(parts: &Parts) -> bool {
    let path = parts.uri.path();
    let is_fetched = parts.headers.get("sec-fetch-dest").is_some_and(|kind| kind == "empty");
    !(is_fetched
        || path.starts_with("/api/")
        || path == "/metrics"
        || path == "/feed"
        || (path.starts_with("/t/") && path.ends_with("/feed")))
}

fn sign_in(parts: &Parts) -> Response {
    if !is_page(parts) {
        let detail =
            "sign in, or send an API token: `Authorization: Bearer …`; docs/access.md says how to get one";
        let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
    let may_return = [Method::GET, Method::HEAD].contains(&parts.method) && asked != "/";
    match own_path(asked).filter(|_| may_return) {
        Some(path) => see_other(&format!("/sign-in?next={}", in_query(path))),
        None => see_other("/sign-in"),
    }
}

/// 303: look there, by GET.
pub fn see_other(path: &str) -> Response {
    // Whatever could not stand in a header leads to the beginning.
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    let headers =
        [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// An address that stays on this server: `None` for any that a browser could read as another site's.
pub fn own_path(text: &str) -> Option<&str> {
    let path = text.strip_prefix('/')?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (plain && text.len() <= NEXT_MAX && !path.starts_with('/')).then_some(text)
}

/// A text as the value of a query's parameter.
fn in_query(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// From where somebody asks.
pub fn peer(extensions: &Extensions) -> IpAddr {
    extensions.get::<Client>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.address)
}

#[cfg(test)]
mod tests {
    use model::view::Audience;

    use super::*;

    fn asker(role: Role, who: Who) -> Asker {
        Asker { tenant: Some("acme".into()), role, audience: Audience::WHOLE, who, board: None }
    }

    #[test]
    fn a_role_may_do_what_those_below_it_may() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            for (needed_at, needed) in Role::ALL.into_iter().enumerate() {
                let verdict = verdict(Need::Signed(needed), &asker(role, Who::Person(1)), None);
                assert_eq!(verdict == Verdict::Through, at >= needed_at, "{role:?} for {needed:?}");
            }
        }
    }

    #[test]
    fn a_wall_watches_and_does_nothing_else_whatever_its_role() {
        let wall = asker(Role::Administrator, Who::Wall(1));
        assert_eq!(verdict(Need::Watch, &wall, None), Verdict::Through);
        assert_eq!(verdict(Need::Signed(Role::Viewer), &wall, None), Verdict::Forbidden);
    }

    #[test]
    fn another_tenant_is_not_there() {
        let anna = asker(Role::Administrator, Who::Person(1));
        assert_eq!(verdict(Need::Watch, &anna, Some("acme")), Verdict::Through);
        assert_eq!(verdict(Need::Watch, &anna, Some("other")), Verdict::NotThere);
        assert_eq!(verdict(Need::Watch, &Asker::open(), Some("other")), Verdict::Through);
    }

    /// What a browser reads as another site: the WHATWG URL standard takes `//`, `/\` and, after dropping tabs and line
    /// ends, `/<tab>/` for the beginning of a host.
    #[test]
    fn only_an_address_of_this_server_is_returned_to() {
        for own in ["/", "/queues?sort=name&x=%20", "/t/acme/wall/1", "/a//b"] {
            assert_eq!(own_path(own), Some(own));
        }
        let long = format!("/{}", "a".repeat(NEXT_MAX));
        for other in [
            "",
            "queues",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/\r\nSet-Cookie: a=b",
            &long,
        ] {
            assert_eq!(own_path(other), None, "{other:?}");
        }
        assert_eq!(in_query("/queues?sort=name&x=%20"), "/queues%3Fsort%3Dname%26x%3D%2520");
    }
}
