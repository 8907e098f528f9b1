//! Who asks, and by which way: on a connection of its own, or through a proxy that is declared.
//!
//! - What a proxy says of its client counts only where the connection comes from one of `trusted_proxies`. There it is read
//!   once, here, and taken off the request; from anybody else it stays, for `web::guard` to refuse.
//! - Of several proxies, each adds whom it heard, at the end. The client is the last one in that list who is not declared:
//!   what stands before it, anybody can have written.
//! - `Forwarded` and `X-Forwarded-*` in one request are refused: a proxy knows one of them, and lets the other one through as
//!   a stranger wrote it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipnet::IpNet;

use crate::web::Problem;

/// Who made a request. Every handler finds it in the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its own address, whatever is between.
    pub address: IpAddr,
    /// What it speaks, to us or to the proxy.
    pub scheme: Scheme,
    /// The host that it named to the proxy, where that says so. Else the request's own `Host` is it.
    pub host: Option<String>,
    /// The connection comes from a declared proxy.
    pub by_proxy: bool,
}

/// What is spoken on the client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// As in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// By which ways clients come to a socket.
#[derive(Clone, Debug)]
pub struct Ways {
    /// The proxies that are believed.
    pub proxies: Vec<IpNet>,
    /// Whether the socket itself speaks TLS.
    pub tls: bool,
}

/// Both forms of what proxies add: nobody knows which of them is the proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ambiguous;

/// Finds out who asks, for all that come after.
pub async fn find(State(ways): State<Arc<Ways>>, mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        tracing::error!("the listener doesn't say who asks; please report it");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    match ways.client(peer.ip(), request.headers()) {
        Ok(client) => {
            if client.by_proxy {
                let said: Vec<HeaderName> = request.headers().keys().filter(|name| is_forwarding(name)).cloned().collect();
                for name in said {
                    request.headers_mut().remove(name);
                }
            }
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Err(Ambiguous) => Problem::new(
            StatusCode::BAD_REQUEST,
            "the request has both Forwarded and X-Forwarded-… headers; let the proxy remove the one that it doesn't set itself",
        )
        .into_response(),
    }
}

/// Whether a header is of those by which proxies say for whom they ask.
pub fn is_forwarding(name: &HeaderName) -> bool {
    name == header::FORWARDED || name.as_str().starts_with("x-forwarded-") || name == "x-real-ip"
}

impl Ways {
    /// Who asks, on a connection from `peer`.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Result<Client, Ambiguous> {
        let peer = peer.to_canonical();
        let scheme = if self.tls { Scheme::Https } else { Scheme::Http };
        let direct = Client { address: peer, scheme, host: None, by_proxy: false };
        if !self.trusts(peer) {
            return Ok(direct);
        }
        let old = headers.keys().any(|name| name.as_str().starts_with("x-forwarded-"));
        let said = match (headers.contains_key(header::FORWARDED), old) {
            (true, true) => return Err(Ambiguous),
            (true, false) => forwarded(headers),
            (false, _) => x_forwarded(headers),
        };
        let (address, back) = self.outermost(peer, &said.clients);
        // One value a proxy, or one value in all.
        let of =
            |values: &[Option<String>]| values.iter().rev().nth(back).or(values.first()).cloned().flatten();
        let scheme = match of(&said.schemes) {
            Some(said) if said.eq_ignore_ascii_case("https") => Scheme::Https,
            Some(_) => Scheme::Http,
            None => scheme,
        };
        Ok(Client { address, scheme, host: of(&said.hosts), by_proxy: true })
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    /// The address nearest to us that is no declared proxy, else the farthest one, and how many proxies told of others
    /// before it was told of.
    fn outermost(&self, peer: IpAddr, clients: &[Option<IpAddr>]) -> (IpAddr, usize) {
        let mut address = peer;
        for (back, client) in clients.iter().rev().enumerate() {
            // Not an address: the proxy that wrote it is all we know.
            let Some(client) = client else { return (address, back) };
            address = *client;
            if !self.trusts(address) {
                return (address, back);
            }
        }
        (address, clients.len().saturating_sub(1))
    }
}

/// What proxies said, the farthest first.
#[derive(Default)]
struct Said {
    clients: Vec<Option<IpAddr>>,
    schemes: Vec<Option<String>>,
    hosts: Vec<Option<String>>,
}

/// RFC 7239 4.
fn forwarded(headers: &HeaderMap) -> Said {
    let mut said = Said::default();
    for element in lines(headers, &header::FORWARDED).flat_map(|line| split(line, b',')) {
        let value = |name: &str| {
            split(element, b';').find_map(|pair| {
                let (its, value) = pair.split_once('=')?;
                its.trim().eq_ignore_ascii_case(name).then(|| unquoted(value).to_owned())
            })
        };
        said.clients.push(value("for").as_deref().and_then(node));
        said.schemes.push(value("proto"));
        said.hosts.push(value("host"));
    }
    said
}

fn x_forwarded(headers: &HeaderMap) -> Said {
    let texts = |name: &'static str| {
        let name = HeaderName::from_static(name);
        members(headers, &name).map(|text| Some(text.to_owned())).collect()
    };
    Said {
        clients: members(headers, &HeaderName::from_static("x-forwarded-for")).map(node).collect(),
        schemes: texts("x-forwarded-proto"),
        hosts: texts("x-forwarded-host"),
    }
}

/// The lines of a header. What is not text is an empty one.
fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or_default())
}

/// The members of a list that knows no quotes: a stranger's open one hides nothing of what the proxy added behind it.
fn members<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    lines(headers, name).flat_map(|line| line.split(',')).map(str::trim)
}

/// The parts between separators, of which those in quotes are none.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character: char| {
        let is_escaped = std::mem::take(&mut escaped);
        match character {
            '\\' if quoted && !is_escaped => escaped = true,
            '"' if !is_escaped => quoted = !quoted,
            _ => {}
        }
        !quoted && character == char::from(separator)
    })
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// An address with or without a port, in both headers' forms. `None` for `unknown` and for made-up names.
fn node(text: &str) -> Option<IpAddr> {
    let text = unquoted(text);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// The proxies are 10.0.0.0/8 and ::1.
    fn ways(tls: bool) -> Ways {
        Ways { proxies: vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()], tls }
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn from(peer: &str, lines: &[(&str, &str)]) -> Client {
        ways(false).client(peer.parse().unwrap(), &headers(lines)).unwrap()
    }

    /// Of RFC 7239 4 and 5.2, and of what nginx, Caddy and HAProxy write.
    #[test]
    fn the_client_is_the_last_one_that_is_no_declared_proxy() {
        for (lines, address) in [
            (&[("x-forwarded-for", "203.0.113.9")][..], "203.0.113.9"),
            (&[("x-forwarded-for", "198.51.100.1, 203.0.113.9, 10.1.1.1")], "203.0.113.9"),
            (&[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            (&[("x-forwarded-for", "10.9.9.9,10.8.8.8")], "10.9.9.9"),
            (&[("x-forwarded-for", "2001:db8::9")], "2001:db8::9"),
            (&[("x-forwarded-for", "[2001:db8::9]:4711")], "2001:db8::9"),
            (&[("x-forwarded-for", "203.0.113.9:4711")], "203.0.113.9"),
            (&[("x-forwarded-for", "::ffff:203.0.113.9")], "203.0.113.9"),
            (&[("x-forwarded-for", "203.0.113.9, unknown")], "10.0.0.1"),
            (&[("x-forwarded-for", "")], "10.0.0.1"),
            (&[("x-forwarded-for", "203.0.113.9, unknown, 10.2.2.2")], "10.2.2.2"),
            (&[("forwarded", "for=192.0.2.43, for=\"[2001:db8:cafe::17]:4711\"")], "2001:db8:cafe::17"),
            (&[("forwarded", "For=203.0.113.9;proto=https;by=10.0.0.1")], "203.0.113.9"),
            (&[("forwarded", "for=_hidden, for=_SEVKISEK")], "10.0.0.1"),
            (
                &[("forwarded", "for=198.51.100.1;host=\"a,b;for=198.51.100.2\", for=203.0.113.9")],
                "203.0.113.9",
            ),
            (&[], "10.0.0.1"),
        ] {
            let client = from("10.0.0.1", lines);
            assert_eq!((client.address.to_string().as_str(), client.by_proxy), (address, true), "{lines:?}");
        }
        assert_eq!(from("::1", &[("x-forwarded-for", "203.0.113.9")]).address.to_string(), "203.0.113.9");
        assert_eq!(
            from("::ffff:10.0.0.1", &[("x-forwarded-for", "203.0.113.9")]).address.to_string(),
            "203.0.113.9"
        );
    }

    #[test]
    fn a_stranger_is_not_believed() {
        for peer in ["192.0.2.1", "127.0.0.1", "2001:db8::1"] {
            let client = from(
                peer,
                &[
                    ("x-forwarded-for", "203.0.113.9"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "a"),
                ],
            );
            assert_eq!(
                client,
                Client { address: peer.parse().unwrap(), scheme: Scheme::Http, host: None, by_proxy: false }
            );
        }
        let both = headers(&[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=198.51.100.1")]);
        assert!(ways(false).client("192.0.2.1".parse().unwrap(), &both).is_ok(), "it is the guard's then");
        assert_eq!(ways(false).client("10.0.0.1".parse().unwrap(), &both), Err(Ambiguous));
    }

    #[test]
    fn scheme_and_host_are_those_that_the_outermost_declared_proxy_heard() {
        for (lines, scheme, host) in [
            (
                &[
                    ("x-forwarded-for", "203.0.113.9"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "a.example"),
                ][..],
                Scheme::Https,
                Some("a.example"),
            ),
            (&[("x-forwarded-proto", "HTTPS")], Scheme::Https, None),
            (&[("x-forwarded-proto", "http")], Scheme::Http, None),
            // The stranger's own, then the proxy's.
            (
                &[
                    ("x-forwarded-for", "198.51.100.1, 203.0.113.9"),
                    ("x-forwarded-proto", "https, http"),
                    ("x-forwarded-host", "evil.example, a.example"),
                ],
                Scheme::Http,
                Some("a.example"),
            ),
            // Two proxies: the outer one heard https, the inner one http from the outer one.
            (
                &[
                    ("x-forwarded-for", "203.0.113.9, 10.1.1.1"),
                    ("x-forwarded-proto", "https, http"),
                    ("x-forwarded-host", "a.example, inner"),
                ],
                Scheme::Https,
                Some("a.example"),
            ),
            (
                &[("x-forwarded-for", "203.0.113.9, 10.1.1.1"), ("x-forwarded-proto", "https")],
                Scheme::Https,
                None,
            ),
            (
                &[("forwarded", "for=203.0.113.9;proto=https;host=\"a.example:8443\"")],
                Scheme::Https,
                Some("a.example:8443"),
            ),
            (
                &[(
                    "forwarded",
                    "for=198.51.100.1;proto=https;host=evil.example, for=203.0.113.9;proto=http",
                )],
                Scheme::Http,
                None,
            ),
        ] {
            let client = from("10.0.0.1", lines);
            assert_eq!((client.scheme, client.host.as_deref()), (scheme, host), "{lines:?}");
        }
        let client = ways(true).client("192.0.2.1".parse().unwrap(), &HeaderMap::new()).unwrap();
        assert_eq!(client.scheme, Scheme::Https);
    }

    proptest! {
        /// Whatever a client writes before it, the address that the proxy adds is found.
        #[test]
        fn nothing_that_a_client_writes_moves_its_address(written in "[ -~]{0,60}") {
            let line = format!("{written}, 203.0.113.9");
            let found = from("10.0.0.1", &[("x-forwarded-for", line.as_str())]).address.to_string();
            prop_assert_eq!(found, "203.0.113.9");
            // Here an open quote hides what follows: then we know the proxy only, and not what the client would like.
            let line = format!("{written}, for=203.0.113.9");
            let found = from("10.0.0.1", &[("forwarded", line.as_str())]).address.to_string();
            prop_assert!(found == "203.0.113.9" || written.contains('"') && found == "10.0.0.1", "{}", found);
        }
    }
}
