//! One webhook address that we gave out, as configured.

use std::fmt;

use ipnet::IpNet;
use model::id::TenantId;

/// An endpoint: where one kind of a PBX's events is posted, and how the PBX proves itself there.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The tenant whose PBX posts here.
    pub tenant: TenantId,
    /// The last part of its URL, `^[a-z0-9-]{16,64}$`. A secret: logs show its first 4 characters.
    pub id: String,
    /// Its label in logs, metrics and the list of deliveries.
    pub name: String,
    /// The kind of events expected here. The other kind is accepted too, and said.
    pub events: EventKind,
    /// How a sender proves itself.
    pub auth: Auth,
    /// Networks that may post; empty: any.
    pub allow: Vec<IpNet>,
    /// Whether events are taken.
    pub enabled: bool,
}

/// The PBX's two kinds of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// "CDR Events".
    Cdr,
    /// "Extension Events".
    Extension,
}

impl EventKind {
    /// The word in configuration and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cdr => "cdr",
            Self::Extension => "extension",
        }
    }

    /// The kind of that word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Cdr, Self::Extension].into_iter().find(|one| one.as_str() == word)
    }
}

/// The PBX's four methods of authentication. The first credential is the current one; a second is still valid while a
/// secret is being rotated.
#[derive(Clone, Debug)]
pub enum Auth {
    /// "Disable": the URL itself is the secret.
    None,
    /// RFC 7617.
    Basic(Vec<Credentials>),
    /// RFC 7616, and RFC 2617's form of it.
    Digest {
        /// Who may post.
        credentials: Vec<Credentials>,
        /// What is offered in the challenge.
        algorithm: Algorithm,
        /// Whether RFC 2069's form without `qop` is taken.
        legacy: bool,
    },
    /// RFC 6750.
    Bearer(Vec<Secret>),
}

impl Auth {
    /// Which of the four it is.
    pub const fn method(&self) -> Method {
        match self {
            Self::None => Method::None,
            Self::Basic(_) => Method::Basic,
            Self::Digest { .. } => Method::Digest,
            Self::Bearer(_) => Method::Bearer,
        }
    }
}

/// The name of a method of authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// "Disable".
    None,
    /// RFC 7617.
    Basic,
    /// RFC 7616.
    Digest,
    /// RFC 6750.
    Bearer,
}

impl Method {
    /// The word in configuration, store and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::Bearer => "bearer",
        }
    }

    /// The method of that word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::None, Self::Basic, Self::Digest, Self::Bearer].into_iter().find(|one| one.as_str() == word)
    }
}

/// A user name and its password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Digest's hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// What every PBX and library knows.
    #[default]
    Md5,
    /// RFC 7616 3.2.
    Sha256,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Never to be logged.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
