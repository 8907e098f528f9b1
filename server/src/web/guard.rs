//! Which requests are for us: the host that they name, the page that they come from, and no undeclared proxy between.
//!
//! While nobody has to sign in, this is what keeps a web page elsewhere from reading the board through a browser on this
//! machine (DNS rebinding, cross-site WebSockets), and a local proxy from publishing it.

use std::net::SocketAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, Web};
use crate::config::ExternalUrl;

/// Names of this machine for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// What a proxy adds.
const FORWARDED: [HeaderName; 4] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
];

/// The hosts that we answer for.
#[derive(Clone, Debug)]
pub struct Hosts {
    listen: SocketAddr,
    external: Option<ExternalUrl>,
}

impl Hosts {
    /// The address that we listen on, and the one by which others know us.
    pub fn new(listen: SocketAddr, external: Option<ExternalUrl>) -> Self {
        Self { listen, external }
    }

    /// Whether `host`, as in a Host header, is ours. Of loopback names any port is, since a tunnel has another one.
    fn are(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let external = self.external.as_ref().is_some_and(|external| external.host == host);
        let loopback = self.listen.ip().is_loopback() && LOOPBACK.contains(&without_port(&host));
        external || loopback || host == self.listen.to_string()
    }

    /// Whether a page of `origin` (`scheme://host[:port]`) may ask, where the request names `host`.
    fn may_ask(&self, origin: &str, host: &str) -> bool {
        let Some((scheme, of)) = origin.split_once("://") else { return false };
        let external = self.external.as_ref().filter(|external| external.host.eq_ignore_ascii_case(host));
        scheme == external.map_or("http", |external| &external.scheme) && of.eq_ignore_ascii_case(host)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Lets a request through, or says what is wrong with it.
pub async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let host = host.or_else(|| text(request.headers(), &header::HOST).map(str::to_owned));
    match verdict(&web.0.hosts, host.as_deref(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn verdict(hosts: &Hosts, host: Option<&str>, headers: &HeaderMap) -> Result<(), Problem> {
    if FORWARDED.iter().any(|name| headers.contains_key(name)) {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "the request came through a proxy that is not declared; proxies are named in `trusted_proxies` of the configuration",
        ));
    }
    let Some(host) = host.filter(|host| hosts.are(host)) else {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "the request names another host; open Ringside by its listen address, or set `external_url` in the configuration",
        ));
    };
    match headers.get(header::ORIGIN) {
        Some(origin) if !origin.to_str().is_ok_and(|origin| hosts.may_ask(origin, host)) => {
            Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the request comes from a page of another origin; only Ringside's own pages may ask",
            ))
        }
        _ => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(host: &str, others: &[(HeaderName, &str)]) -> u16 {
        let external =
            ExternalUrl { scheme: "https".into(), host: "ringside.example.com".into(), path: String::new() };
        let hosts = Hosts::new("127.0.0.1:8080".parse().unwrap(), Some(external));
        let headers = others.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        match verdict(&hosts, Some(host).filter(|host| !host.is_empty()), &headers) {
            Ok(()) => 200,
            Err(problem) => problem.into_response().status().as_u16(),
        }
    }

    #[test]
    fn our_own_hosts_are_answered_and_no_others() {
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:9000", "ringside.example.com"] {
            assert_eq!(asked(host, &[]), 200, "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8080",
            "ringside.example.com:81",
        ] {
            assert_eq!(asked(host, &[]), 421, "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let ask = |host, origin| asked(host, &[(header::ORIGIN, origin)]);
        assert_eq!(ask("localhost:8080", "http://localhost:8080"), 200);
        assert_eq!(ask("ringside.example.com", "https://ringside.example.com"), 200);
        for (host, origin) in [
            ("localhost:8080", "http://evil.example"),
            ("localhost:8080", "http://localhost:3000"),
            ("localhost:8080", "https://localhost:8080"),
            ("localhost:8080", "null"),
            ("ringside.example.com", "http://ringside.example.com"),
        ] {
            assert_eq!(ask(host, origin), 403, "{origin}");
        }
    }

    #[test]
    fn what_came_through_an_undeclared_proxy_is_refused() {
        for name in FORWARDED {
            assert_eq!(asked("localhost:8080", &[(name, "203.0.113.9")]), 400);
        }
    }
}
