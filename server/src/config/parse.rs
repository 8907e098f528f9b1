//! Single values: from text to type, whoever said them.

use std::net::{IpAddr, SocketAddr};

use axum::http::Uri;
use ipnet::IpNet;
use jiff::{civil::Time, fmt::strtime};

use super::{ExternalUrl, Problem};

/// How our own addresses begin.
const OWN: [&str; 24] = [
    "agents",
    "api",
    "calls",
    "diagnostics",
    "extensions",
    "feed",
    "fonts",
    "healthz",
    "history",
    "hooks",
    "invite",
    "metrics",
    "pair",
    "pkg",
    "queues",
    "readyz",
    "set-up",
    "settings",
    "sign-in",
    "sign-out",
    "t",
    "wall",
    "walls",
    "static",
];

/// A socket's address, with its port.
pub(super) fn address(text: &str) -> Result<SocketAddr, Problem> {
    text.trim().parse().map_err(|_| Problem::Address)
}

/// `HH:MM`.
pub fn time_of_day(text: &str) -> Option<Time> {
    let shape = text.len() == 5 && text.as_bytes()[2] == b':';
    shape.then(|| strtime::parse("%H:%M", text).ok()?.to_time().ok()).flatten()
}

/// A network, or one address.
pub fn network(text: &str) -> Result<IpNet, Problem> {
    let text = text.trim();
    text.parse::<IpNet>()
        .map(|network| network.trunc())
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| Problem::Network)
}

/// The address that browsers use.
pub(super) fn external_url(text: &str) -> Result<ExternalUrl, Problem> {
    let uri = text.trim().parse::<Uri>().map_err(|_| Problem::ExternalUrl)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(Problem::ExternalUrl);
    };
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(Problem::ExternalUrl),
    };
    if authority.as_str().contains('@')
        || authority.host().is_empty()
        || uri.query().is_some()
        || text.contains('#')
    {
        return Err(Problem::ExternalUrl);
    }
    // As browsers write it: in small letters, and without the port that the scheme implies.
    let host = authority.host().to_ascii_lowercase();
    let host = match authority.port_u16() {
        Some(port) if port != default_port => format!("{host}:{port}"),
        Some(_) => host,
        None if authority.as_str().eq_ignore_ascii_case(&host) => host,
        None => return Err(Problem::ExternalUrl),
    };
    let path = uri.path().trim_end_matches('/');
    if !path.is_empty() && !is_root(path) {
        return Err(Problem::ExternalPath);
    }
    Ok(ExternalUrl { scheme: scheme.to_owned(), host, path: path.to_owned() })
}

/// Whether a path may stand before our addresses: a plain one, as it is written into links, that begins like none of them.
fn is_root(path: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let mut parts = path.split('/').skip(1);
    path.split('/').skip(1).all(plain) && parts.next().is_some_and(|first| !OWN.contains(&first))
}

/// `access`: whether it is open.
pub(super) fn access_open(text: &str) -> Result<bool, Problem> {
    match text {
        "open" => Ok(true),
        "sign-in" => Ok(false),
        _ => Err(Problem::Word("`sign-in` or `open`".into())),
    }
}

/// `^[a-z0-9-]{1,40}$`
pub(super) fn is_tenant_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && is_plain(text)
}

/// `^[a-z0-9-]{16,64}$`
pub(super) fn is_endpoint_id(text: &str) -> bool {
    (16..=64).contains(&text.len()) && is_plain(text)
}

/// A name that fits a line of a log.
pub(super) fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 64 && !text.contains(char::is_control)
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
