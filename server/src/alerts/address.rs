//! Where a webhook goes: an address that an administrator wrote, and the machines behind it that may be reached.
//!
//! The network that Ringside stands in is where most receivers are, so private addresses may be reached. What may not: addresses
//! that only this machine's own cloud answers at, by which a stranger would get at its credentials, and those of nobody in
//! particular. Redirects are not followed, and of an answer nothing but its status is told.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use axum::http::Uri;

/// The longest address, in bytes.
const BYTES_MAX: usize = 2048;

/// Metadata services that stand outside of the link's own addresses: Amazon's by IPv6, Alibaba's.
const METADATA: [IpAddr; 2] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
];

/// A webhook's address. What stands in its path may be a secret, so that it is printed without.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// By TLS.
    pub tls: bool,
    /// The name or the number of the machine, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    text: String,
}

/// What is no address of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no address of a webhook; write https://…, or http:// within your own network, without a user name in it"
)]
pub struct NoAddress;

impl Address {
    /// Reads one.
    pub fn of(text: &str) -> Result<Self, NoAddress> {
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| NoAddress)?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(NoAddress),
        };
        let authority = uri.authority().ok_or(NoAddress)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || authority.as_str().contains('@') || text.len() > BYTES_MAX {
            return Err(NoAddress);
        }
        let is_number = host.parse::<IpAddr>();
        if is_number.is_ok_and(|number| !may_be_reached(number)) {
            return Err(NoAddress);
        }
        Ok(Self {
            tls,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            text: text.to_owned(),
        })
    }

    /// All of it, for the table.
    pub fn whole(&self) -> &str {
        &self.text
    }

    /// What the `Host` header says.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }
}

/// Without what may be secret.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = if self.path == "/" { "" } else { "/…" };
        write!(f, "{}://{}{rest}", if self.tls { "https" } else { "http" }, self.authority())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Whether a machine may be reached, by its number.
pub fn may_be_reached(number: IpAddr) -> bool {
    let number = number.to_canonical();
    let nobodys = match number {
        IpAddr::V4(number) => number.is_link_local() || number.is_broadcast() || number.octets()[0] == 0,
        IpAddr::V6(number) => number.is_unicast_link_local(),
    };
    !(nobodys || number.is_unspecified() || number.is_multicast() || METADATA.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_printed_without_what_may_be_secret() {
        let address = Address::of(" https://hooks.example.com/services/T0/B0/s3cret?x=1 ").unwrap();
        assert_eq!((address.tls, &*address.host, address.port), (true, "hooks.example.com", 443));
        assert_eq!(address.path, "/services/T0/B0/s3cret?x=1");
        assert_eq!(
            format!("{address} {address:?}"),
            "https://hooks.example.com/… https://hooks.example.com/…"
        );
        let address = Address::of("http://[2001:db8::7]:9000").unwrap();
        assert_eq!((&*address.host, &*address.path), ("2001:db8::7", "/"));
        assert_eq!(
            (address.authority(), address.to_string()),
            ("[2001:db8::7]:9000".into(), "http://[2001:db8::7]:9000".into())
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("https://example.com/{}", "a".repeat(BYTES_MAX));
        for text in [
            "",
            "hooks.example.com",
            "ftp://example.com/",
            "https://",
            "https://user:password@example.com/",
            "/local",
            "https://exa mple.com",
            "file:///etc/passwd",
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/",
            "http://0.0.0.0/",
            &long,
        ] {
            assert_eq!(Address::of(text), Err(NoAddress), "{text}");
        }
    }

    /// Oracle: the registries of special addresses (RFC 6890, RFC 4291) and the clouds' own pages.
    #[test]
    fn a_clouds_own_and_nobodys_addresses_are_not_reached_however_they_are_written() {
        for number in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
        ] {
            assert!(!may_be_reached(number.parse().unwrap()), "{number}");
        }
        for number in ["127.0.0.1", "10.1.2.3", "192.168.1.7", "fd12::7", "203.0.113.7", "2001:db8::1"] {
            assert!(may_be_reached(number.parse().unwrap()), "{number}");
        }
    }
}
