//! Where a tenant's PBX is, and as whom we ask it.

use std::fmt;

use axum::http::Uri;
use rustls::{
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    server::ParsedCertificate,
};

use crate::config::Secret;

/// Where REST and WSI are, unless an address says otherwise.
const PORT: u16 = 8887;

/// The longest address and name, in characters.
const CHARS_MAX: usize = 256;

/// How to ask a PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Where it is.
    pub place: Place,
    /// A user's name, and behind an @ the tenant's SIP domain where that isn't the PBX's name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// Whom to trust instead of the machine's authorities.
    pub authority: Option<Authority>,
}

/// Where a PBX's interfaces are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// TLS, but on this machine's loopback.
    pub tls: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Certificates in PEM: authorities, or the PBX's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    pem: String,
    certificates: Vec<CertificateDer<'static>>,
}

/// What is wrong with an account that somebody wrote. Ends with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not an address.
    #[error("this is no address of a PBX; write it like https://pbx.example.com:8887, without a path")]
    Address,
    /// The password would be read on its way.
    #[error("by http the password would travel in the clear; write https")]
    InTheClear,
    /// Not a user's name.
    #[error(
        "this is no user name; write it like ringside@acme.example, the user and the tenant's SIP domain"
    )]
    Username,
    /// Not a password.
    #[error("the password is missing; write it")]
    Password,
    /// Not certificates.
    #[error(
        "this holds no certificate that can be read; it must be PEM (-----BEGIN CERTIFICATE-----), the PBX's authority or its own"
    )]
    Authority,
}

impl Account {
    /// Checks what somebody wrote.
    pub fn new(
        url: &str,
        username: &str,
        password: Secret,
        authority: Option<&str>,
    ) -> Result<Self, AccountError> {
        let username = username.trim();
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().count() <= CHARS_MAX && !name.contains(char::is_control)
        };
        let (name, domain) = username.rsplit_once('@').unwrap_or((username, "x"));
        if !is_name(name) || !is_name(domain) {
            return Err(AccountError::Username);
        }
        if password.reveal().is_empty() {
            return Err(AccountError::Password);
        }
        let authority = authority.map(str::trim).filter(|pem| !pem.is_empty());
        Ok(Self {
            place: Place::parse(url)?,
            username: username.to_owned(),
            password,
            authority: authority.map(Authority::parse).transpose()?,
        })
    }

    /// The user's name alone, and the tenant's SIP domain.
    pub fn user_and_domain(&self) -> (&str, &str) {
        self.username.rsplit_once('@').unwrap_or((&self.username, &self.place.host))
    }
}

impl Place {
    /// Reads `https://pbx.example.com:8887`.
    pub fn parse(url: &str) -> Result<Self, AccountError> {
        let url = url.trim();
        let uri: Uri = url.parse().map_err(|_| AccountError::Address)?;
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        // The path of the interface itself is often pasted with it.
        let is_bare = matches!(uri.path(), "" | "/" | "/api" | "/api/") && uri.query().is_none();
        if url.len() > CHARS_MAX || has_user || !is_bare {
            return Err(AccountError::Address);
        }
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(AccountError::Address),
        };
        let host = uri.host().ok_or(AccountError::Address)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if ServerName::try_from(host.as_str()).is_err() || uri.port_u16() == Some(0) {
            return Err(AccountError::Address);
        }
        let is_here = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if !tls && !is_here {
            return Err(AccountError::InTheClear);
        }
        Ok(Self { tls, host, port: uri.port_u16().unwrap_or(PORT) })
    }

    /// As a Host header has it.
    pub fn authority(&self, port: u16) -> String {
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority(self.port))
    }
}

impl Authority {
    /// Reads PEM.
    pub fn parse(pem: &str) -> Result<Self, AccountError> {
        let read = CertificateDer::pem_slice_iter(pem.as_bytes());
        let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|_| AccountError::Authority)?;
        if certificates.is_empty() || certificates.iter().any(|der| ParsedCertificate::try_from(der).is_err())
        {
            return Err(AccountError::Authority);
        }
        Ok(Self { pem: pem.to_owned(), certificates })
    }

    /// As it was written.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificates.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({} certificates)", self.certificates.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(url: &str, username: &str) -> Result<Account, AccountError> {
        Account::new(url, username, Secret::new("s3cr3t"), None)
    }

    #[test]
    fn an_address_is_a_scheme_a_host_and_a_port() {
        for (url, host, port) in [
            ("https://pbx.example.com:8887", "pbx.example.com", 8887),
            (" https://PBX.example.com/api ", "pbx.example.com", 8887),
            ("https://192.0.2.7:443/", "192.0.2.7", 443),
            ("https://[2001:db8::7]", "2001:db8::7", 8887),
            ("http://127.0.0.1:1", "127.0.0.1", 1),
            ("http://[::1]:1", "::1", 1),
        ] {
            let place = Place::parse(url).unwrap();
            assert_eq!((place.host.as_str(), place.port), (host, port), "{url}");
            assert_eq!(Place::parse(&place.to_string()), Ok(place), "{url}");
        }
        for url in [
            "",
            "pbx",
            "pbx:8887",
            "https://",
            "ftp://pbx",
            "https://pbx/web",
            "https://pbx?x",
            "https://u:p@pbx",
        ] {
            assert_eq!(Place::parse(url), Err(AccountError::Address), "{url}");
        }
        assert_eq!(Place::parse("http://pbx.example.com"), Err(AccountError::InTheClear));
    }

    #[test]
    fn the_domain_is_behind_the_last_at_or_the_pbxs_name() {
        let of = |name| account("https://pbx.example", name).unwrap();
        assert_eq!(of("ringside@acme.example").user_and_domain(), ("ringside", "acme.example"));
        assert_eq!(of("a@b@acme.example").user_and_domain(), ("a@b", "acme.example"));
        assert_eq!(of("ringside").user_and_domain(), ("ringside", "pbx.example"));
        for name in ["", " ", "@acme.example", "ringside@", "ring\nside"] {
            assert_eq!(account("https://pbx.example", name), Err(AccountError::Username), "{name:?}");
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let account = account("https://pbx.example", "ringside").unwrap();
        assert!(!format!("{account:?}").contains("s3cr3t"));
        assert_eq!(Authority::parse("nothing"), Err(AccountError::Authority));
    }
}
