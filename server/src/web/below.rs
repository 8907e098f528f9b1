//! Ringside below a path, as in `https://intranet.example.com/ringside/`, where `external_url` says so.
//!
//! The proxy may take the path off or leave it on: both are understood, since half of the proxies' own examples do the one
//! and half the other. Everything within speaks of addresses without it; it is added here, once and for all: to the links of
//! every page, and to where an answer leads on. What scripts ask for, the page's own data tells them (`app::root`).

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, uri::PathAndQuery},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};

/// Attributes whose value is an address.
const LINKS: [&str; 5] = ["href", "src", "action", "formaction", "data-live"];

/// The same routes below `path`, which begins with a slash and ends without one. Empty: they are at the root.
pub fn below(path: &str, routes: Router) -> Router {
    if path.is_empty() {
        return routes;
    }
    let path: Arc<str> = path.into();
    Router::new().fallback_service(routes).layer(middleware::from_fn_with_state(path, pass))
}

async fn pass(State(path): State<Arc<str>>, mut request: Request, next: Next) -> Response {
    if let Some(uri) = without(request.uri(), &path) {
        *request.uri_mut() = uri;
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(location) = headers.get(header::LOCATION).and_then(|location| with(location, &path)) {
        headers.insert(header::LOCATION, location);
    }
    if is_plain_html(headers) { with_links(response, &path).await } else { response }
}

/// An address without the path; `None` where it has not got it.
fn without(uri: &Uri, path: &str) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(path)?;
    let rest = match rest.as_bytes().first() {
        Some(b'/') => rest.to_owned(),
        None | Some(b'?') => format!("/{rest}"),
        _ => return None,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(rest.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

/// An address of ours with the path; `None` where it is another server's.
fn with(location: &HeaderValue, path: &str) -> Option<HeaderValue> {
    let location = location.to_str().ok().filter(|text| text.starts_with('/') && !text.starts_with("//"))?;
    HeaderValue::from_str(&format!("{path}{location}")).ok()
}

fn is_plain_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html")) && !headers.contains_key(header::CONTENT_ENCODING)
}

async fn with_links(response: Response, path: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    // Made by us, and whole in memory anyway.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(linked(String::from_utf8_lossy(&bytes).into_owned(), path)))
}

/// A page with the path before every address of ours. Nothing but an attribute is written like one: in texts a quote is
/// escaped, by HTML's rules or by JSON's.
pub fn linked(page: String, path: &str) -> String {
    if path.is_empty() {
        return page;
    }
    LINKS.iter().fold(page, |page, name| {
        let begin = format!(" {name}=\"/");
        let mut parts = page.split(begin.as_str());
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            // `//host/…` is another server's.
            let ours = if part.starts_with('/') { "" } else { path };
            whole.extend([" ", name, "=\"", ours, "/", part]);
        }
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_taken_off_where_it_is_and_left_where_it_only_looks_like_it() {
        for (asked, is) in [
            ("/ringside", Some("/")),
            ("/ringside/", Some("/")),
            ("/ringside?a=/b", Some("/?a=/b")),
            ("/ringside/hooks/x?y", Some("/hooks/x?y")),
            ("/ringside/ringside/", Some("/ringside/")),
            ("/ringsides", None),
            ("/", None),
            ("/hooks/x", None),
            ("http://a.example/ringside/feed", Some("http://a.example/feed")),
        ] {
            let uri = without(&asked.parse().unwrap(), "/ringside").map(|uri| uri.to_string());
            assert_eq!(uri.as_deref(), is, "{asked}");
        }
    }

    #[test]
    fn every_link_of_a_page_begins_with_the_path_and_texts_stay_as_they_are() {
        let page = "<a class=\"x\" href=\"/\">a href=/b</a><img src=\"/c.svg\"><form action=\"/d\"><a href=\"#e\"><a href=\"//f/\">\
                    <p title=\" href=&quot;/g\"><script>{\"note\":\" href=\\\"/h\"}</script><use href=\"/i#j\"><div data-live=\"/k\">";
        assert_eq!(
            linked(page.to_owned(), "/r"),
            "<a class=\"x\" href=\"/r/\">a href=/b</a><img src=\"/r/c.svg\"><form action=\"/r/d\"><a href=\"#e\"><a href=\"//f/\">\
             <p title=\" href=&quot;/g\"><script>{\"note\":\" href=\\\"/h\"}</script><use href=\"/r/i#j\"><div data-live=\"/r/k\">"
        );
    }

    #[test]
    fn an_answer_leads_on_below_the_path_and_to_other_servers_as_it_says() {
        let leads = |to| with(&HeaderValue::from_static(to), "/r").map(|to| to.to_str().unwrap().to_owned());
        assert_eq!(leads("/sign-in?next=/").as_deref(), Some("/r/sign-in?next=/"));
        assert_eq!((leads("//evil.example/"), leads("https://a.example/")), (None, None));
    }
}
