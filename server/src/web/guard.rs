//! Which requests are for us: the host that they name, the page that they come from, and no undeclared proxy between.
//!
//! It keeps a web page elsewhere from reading the board, or changing anything, through a browser that may (DNS rebinding,
//! cross-site WebSockets and forms), and a local proxy from publishing what is for this machine only.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Problem, Web};
use crate::{
    client::{self, Client, Scheme},
    config::ExternalUrl,
};

/// Names of this machine for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The hosts that we answer for, and how they are reached.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The address that we listen on.
    pub listen: SocketAddr,
    /// The one by which others know us.
    pub external: Option<ExternalUrl>,
    /// Whether `listen` speaks TLS.
    pub tls: bool,
    /// Whether nobody has to sign in, which is on loopback only.
    pub open: bool,
}

impl Hosts {
    /// Whether `host`, as in a Host header, is ours. Of loopback names any port is, since a tunnel has another one. Where we
    /// listen on all addresses of the machine, each of them is; names are not, or any site could give its own to it.
    fn are(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let external = self.external.as_ref().is_some_and(|external| external.host == host);
        let loopback = self.listen.ip().is_loopback() && LOOPBACK.contains(&without_port(&host));
        external || loopback || host == self.listen.to_string() || self.is_any_of_ours(&host)
    }

    fn is_any_of_ours(&self, host: &str) -> bool {
        let port = if self.tls { 443 } else { 80 };
        let address = host.parse::<SocketAddr>().or_else(|_| {
            host.trim_matches(['[', ']']).parse::<IpAddr>().map(|address| SocketAddr::new(address, port))
        });
        self.listen.ip().is_unspecified() && address.is_ok_and(|address| address.port() == self.listen.port())
    }

    /// Whether a page of `origin` (`scheme://host[:port]`) may ask, where the request names `host`.
    fn may_ask(&self, origin: &str, host: &str, scheme: Scheme) -> bool {
        let Some((said, of)) = origin.split_once("://") else { return false };
        let external = self.external.as_ref().filter(|external| external.host.eq_ignore_ascii_case(host));
        said == external.map_or(scheme.as_str(), |external| &external.scheme) && of.eq_ignore_ascii_case(host)
    }

    /// Whether passwords would be readable on the way: beyond loopback, in the clear, and not from the proxy that speaks TLS
    /// to its clients.
    fn is_readable_between(&self, client: &Client) -> bool {
        !self.tls && !self.listen.ip().is_loopback() && !client.by_proxy && !client.address.is_loopback()
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a request must say of which page it is: one that may change something, and one that becomes a WebSocket. Not with
/// a Bearer token, which no browser adds by itself; and not while access is `open`, which is on loopback only, so that
/// `curl` and scripts on this machine need nothing more.
pub fn needs_origin(method: &Method, headers: &HeaderMap, open: bool) -> bool {
    let reads = matches!(*method, Method::GET | Method::HEAD) && !headers.contains_key(header::UPGRADE);
    !reads && !open && !has_bearer(headers)
}

/// Whether a request carries a Bearer token, right or wrong. Who looks at credentials must then look at no cookie.
pub fn has_bearer(headers: &HeaderMap) -> bool {
    let scheme =
        text(headers, &header::AUTHORIZATION).and_then(|value| value.split_ascii_whitespace().next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

/// Lets a request through, or says what is wrong with it.
pub async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(client) = request.extensions().get::<Client>() else {
        tracing::error!("nobody found out who asks; please report it");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let named = request.uri().authority().map(Authority::as_str);
    let named = client.host.as_deref().or(named).or_else(|| text(request.headers(), &header::HOST));
    match verdict(&web.0.hosts, client, named, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn verdict(
    hosts: &Hosts,
    client: &Client,
    host: Option<&str>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    if headers.keys().any(client::is_forwarding) {
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
    if hosts.is_readable_between(client) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this socket is for the proxy, which speaks https to you; open Ringside by its `external_url`",
        ));
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if !origin.to_str().is_ok_and(|origin| hosts.may_ask(origin, host, client.scheme)) => {
            Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the request comes from a page of another origin; only Ringside's own pages may ask",
            ))
        }
        None if needs_origin(method, headers, hosts.open) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "the request doesn't say of which page it is; programs send an API token, browsers an Origin header",
        )),
        _ => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

    fn external() -> ExternalUrl {
        ExternalUrl { scheme: "https".into(), host: "ringside.example.com".into(), path: String::new() }
    }

    fn on_loopback() -> Hosts {
        Hosts {
            listen: "127.0.0.1:8080".parse().unwrap(),
            external: Some(external()),
            tls: false,
            open: true,
        }
    }

    fn client(address: &str, by_proxy: bool) -> Client {
        Client { address: address.parse().unwrap(), scheme: Scheme::Http, host: None, by_proxy }
    }

    fn asks(
        hosts: &Hosts,
        client: &Client,
        method: &Method,
        host: &str,
        others: &[(HeaderName, &str)],
    ) -> u16 {
        let headers = others.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        match verdict(hosts, client, Some(host).filter(|host| !host.is_empty()), method, &headers) {
            Ok(()) => 200,
            Err(problem) => problem.into_response().status().as_u16(),
        }
    }

    fn asked(host: &str, others: &[(HeaderName, &str)]) -> u16 {
        asks(&on_loopback(), &client("127.0.0.1", false), &Method::GET, host, others)
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

    /// An address can't be rebound; a name can.
    #[test]
    fn who_listens_on_all_addresses_answers_for_each_of_them_and_for_no_name() {
        let tls =
            |listen: &str| Hosts { listen: listen.parse().unwrap(), external: None, tls: true, open: false };
        let ask = |hosts: &Hosts, host| asks(hosts, &client("192.0.2.9", false), &Method::GET, host, &[]);
        let all = tls("0.0.0.0:8443");
        for host in ["192.0.2.1:8443", "10.0.0.1:8443", "[2001:db8::1]:8443"] {
            assert_eq!(ask(&all, host), 200, "{host}");
        }
        for host in ["192.0.2.1", "192.0.2.1:443", "localhost:8443", "evil.example:8443", "2001:db8::1"] {
            assert_eq!(ask(&all, host), 421, "{host}");
        }
        assert_eq!(ask(&tls("[::]:443"), "192.0.2.1"), 200);
        let one = tls("192.0.2.1:8443");
        assert_eq!((ask(&one, "192.0.2.1:8443"), ask(&one, "192.0.2.2:8443")), (200, 421));
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
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-port",
            "x-real-ip",
        ] {
            assert_eq!(
                asked("localhost:8080", &[(HeaderName::from_static(name), "203.0.113.9")]),
                400,
                "{name}"
            );
        }
    }

    /// A row a request, and whether it passes where people sign in; with open access only a foreign origin is refused.
    #[test]
    fn what_changes_something_and_a_websocket_say_of_which_page_they_are() {
        let origin = (header::ORIGIN, "https://ringside.example.com");
        let bearer = (header::AUTHORIZATION, "bearer 0123456789");
        let basic = (header::AUTHORIZATION, "Basic cGJ4OnBieA==");
        let upgrade = (header::UPGRADE, "websocket");
        let signed = Hosts { open: false, ..on_loopback() };
        let (open, client) = (on_loopback(), client("127.0.0.1", false));
        for (method, others, wanted) in [
            (Method::GET, &[][..], 200),
            (Method::HEAD, &[], 200),
            (Method::POST, &[], 403),
            (Method::PUT, &[], 403),
            (Method::PATCH, &[], 403),
            (Method::DELETE, &[], 403),
            (Method::OPTIONS, &[], 403),
            (Method::GET, std::slice::from_ref(&upgrade), 403),
            (Method::POST, std::slice::from_ref(&origin), 200),
            (Method::GET, &[upgrade.clone(), origin.clone()], 200),
            (Method::POST, std::slice::from_ref(&bearer), 200),
            (Method::GET, &[upgrade.clone(), bearer.clone()], 200),
            (Method::POST, std::slice::from_ref(&basic), 403),
            (Method::POST, &[bearer.clone(), (header::ORIGIN, "https://evil.example")], 403),
        ] {
            let host = "ringside.example.com";
            assert_eq!(asks(&signed, &client, &method, host, others), wanted, "{method} {others:?}");
            let others_origin = others.iter().any(|(_, value)| value.contains("evil"));
            let wanted = if others_origin { 403 } else { 200 };
            assert_eq!(asks(&open, &client, &method, host, others), wanted, "open: {method} {others:?}");
        }
    }

    #[test]
    fn beyond_loopback_in_the_clear_only_the_declared_proxy_and_this_machine_may_ask() {
        let plain = Hosts {
            listen: "0.0.0.0:8080".parse().unwrap(),
            external: Some(external()),
            tls: false,
            open: false,
        };
        let host = "ringside.example.com";
        let ask = |hosts: &Hosts, client: &Client| asks(hosts, client, &Method::GET, host, &[]);
        assert_eq!(ask(&plain, &client("203.0.113.9", true)), 200);
        assert_eq!(ask(&plain, &client("127.0.0.1", false)), 200);
        assert_eq!(ask(&plain, &client("203.0.113.9", false)), 403);
        assert_eq!(ask(&Hosts { tls: true, ..plain }, &client("203.0.113.9", false)), 200);
    }

    #[test]
    fn behind_a_proxy_a_host_that_is_not_the_external_one_has_the_clients_scheme() {
        let hosts = Hosts { external: None, open: false, ..on_loopback() };
        let https = Client { scheme: Scheme::Https, ..client("203.0.113.9", true) };
        let ask = |origin| asks(&hosts, &https, &Method::POST, "localhost:8080", &[(header::ORIGIN, origin)]);
        assert_eq!((ask("https://localhost:8080"), ask("http://localhost:8080")), (200, 403));
        assert_eq!(asks(&hosts, &https, &Method::GET, "localhost:8080", &[(X_FORWARDED_FOR, "a")]), 400);
    }
}
