//! What is wrong with a setting, and who said it.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::{certificate::CertificateError, folder::FolderError, pbx::AccountError};

/// Why the server can't start as it is told. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration can't be read.
    #[error("{path} can't be read: {source}; name a file that the server's user may read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A setting is wrong.
    #[error("{place}: {problem}")]
    Setting {
        /// Who said it.
        place: Place,
        /// What is wrong, and what to do.
        problem: Problem,
    },
    /// The data folder, which keeps what is generated, can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What is generated can't be kept.
    #[error("{path} can't be written: {source}; check that the disk has room", path = path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No secret can be generated.
    #[error("the system gives no random bytes for a secret: {0}; start again once it does")]
    Random(getrandom::Error),
}

/// Who said a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A line of a file, from 1.
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// Nobody: it is the default.
    Default,
}

impl Place {
    /// The line of `path` in which the byte at `offset` of its text stands.
    pub(super) fn of(path: &Path, text: &str, offset: usize) -> Self {
        Self::Line { path: path.to_owned(), line: line_of(text.as_bytes(), offset) }
    }

    /// An error about what was said here.
    pub(super) fn error(self, problem: Problem) -> ConfigError {
        ConfigError::Setting { place: self, problem }
    }
}

/// The line, from 1, in which the byte at `offset` stands.
pub(super) fn line_of(text: &[u8], offset: usize) -> usize {
    text[..offset.min(text.len())].split(|&byte| byte == b'\n').count()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Line { path, line } => write!(f, "{}: line {line}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// What is wrong with a setting. Ends with the next step.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Not TOML. What the parser says names no value.
    #[error("this is not TOML: {0}; correct the line")]
    Syntax(String),
    /// A key that nobody reads.
    #[error("there is no key `{key}` here; write one of {known}")]
    UnknownKey {
        /// What was written.
        key: String,
        /// The keys of this table.
        known: String,
    },
    /// A key that must be there.
    #[error("`{0}` is missing; add it to this table")]
    Missing(String),
    /// A value of another type or range.
    #[error("{found} stands here; write {wanted}")]
    Type {
        /// What stands there, in words; not the value, which may be a secret.
        found: &'static str,
        /// What belongs there.
        wanted: String,
    },
    /// A word that is none of a few.
    #[error("this word is not known here; write one of {0}")]
    Word(String),
    /// Nothing was written.
    #[error("the value is empty; write one, or leave the key out")]
    Empty,
    /// Not a socket's address.
    #[error("this is no address with a port; write it like 127.0.0.1:8080 or [::1]:8080")]
    Address,
    /// Not a network.
    #[error("this is no network; write it like 192.0.2.0/24, or as one address")]
    Network,
    /// Without sign-in pages are for this machine only.
    #[error(
        "access is open, so on {0} other machines would see everything; take a loopback address such as 127.0.0.1:8080, \
         or take access = \"open\" out, so that people sign in"
    )]
    OpenBeyondLoopback(SocketAddr),
    /// Passwords beyond this machine want TLS.
    #[error(
        "on {0} passwords would travel in the clear; add `tls` with a certificate, or name the proxy before it in `trusted_proxies`"
    )]
    InTheClear(SocketAddr),
    /// A proxy brings others to a page that anybody sees.
    #[error(
        "access is open, and a proxy would bring others to it; leave `trusted_proxies` empty, or take access = \"open\" \
         out, so that people sign in"
    )]
    OpenBehindProxy,
    /// A proxy anywhere.
    #[error("this is everybody, so that anybody may say who he is; name the proxies' own addresses")]
    TrustsEverybody,
    /// A certificate that can't be served.
    #[error(transparent)]
    Tls(#[from] CertificateError),
    /// Two sockets in one place.
    #[error("`{0}` has this address too; give each a port of its own")]
    SameSocket(&'static str),
    /// Not an address for browsers.
    #[error(
        "this is no address of a site; write it like https://ringside.example.com, without query or user name"
    )]
    ExternalUrl,
    /// A path under which addresses of ours would mean two things.
    #[error(
        "the path in this address can't be told from Ringside's own; take one like /ringside, of letters, digits and -"
    )]
    ExternalPath,
    /// The generated file lies in the folder that it would name.
    #[error(
        "this file lies in the data folder already; name another folder with --data or RINGSIDE_DATA, and take the key out"
    )]
    DataInsideData,
    /// Nobody to receive for.
    #[error("there is no [[tenant]] in this file; add one with an `id` and its [[tenant.endpoint]] tables")]
    NoTenant,
    /// Not a tenant's id.
    #[error("this is no id of a tenant; write 1 to 40 of a-z, 0-9 and -")]
    TenantId,
    /// Not an endpoint's id.
    #[error(
        "this is no id of an endpoint; write 16 to 64 of a-z, 0-9 and -, or leave it out for a random one"
    )]
    EndpointId,
    /// Not a label.
    #[error("this is no name; write 1 to 64 characters, none of them a control character")]
    Name,
    /// The same again.
    #[error("{what} was given before, in line {line}; give each its own")]
    Twice {
        /// What may be there once only. Never an endpoint's id itself.
        what: String,
        /// Where it stood first.
        line: usize,
    },
    /// Not a zone.
    #[error("this time zone is not known; write an IANA name such as Europe/Berlin or UTC")]
    TimeZone,
    /// Not a time of day.
    #[error("this is no time of day; write it like 00:00 or 06:30")]
    TimeOfDay,
    /// A queue without a name.
    #[error("this queue is not named; add its `number` or its `queue_id`")]
    QueueUnnamed,
    /// A formula that we don't have.
    #[error("there is no service level of this number; write 3, 4 or 6")]
    ServiceLevel,
    /// A method without its parts.
    #[error("the method {method} needs {needs}; add it")]
    AuthLacks {
        /// The method.
        method: &'static str,
        /// What is missing.
        needs: &'static str,
    },
    /// A part of another method.
    #[error(
        "`{key}` does not belong to the method {method}; take it out, or choose the method that it belongs to"
    )]
    AuthForeign {
        /// The method.
        method: &'static str,
        /// What is too much.
        key: &'static str,
    },
    /// Two sources of one secret.
    #[error("both `{0}` and `{0}_file` are given; keep one of them")]
    SecretTwice(&'static str),
    /// The secret's file can't be read.
    #[error("the secret's file {path} can't be read: {source}; paths are relative to this file's folder", path = path.display())]
    SecretUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another file can't be read.
    #[error("{path} can't be read: {source}; paths are relative to this file's folder", path = path.display())]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The PBX can't be asked so.
    #[error(transparent)]
    Pbx(#[from] AccountError),
    /// A secret that proves nothing.
    #[error("the secret is empty; write one")]
    SecretEmpty,
    /// A secret that can't travel.
    #[error(
        "the secret holds a character that can't be sent in a header; use letters, digits and signs on one line"
    )]
    SecretCharacter,
    /// A secret that can be guessed.
    #[error("the token is too short to keep anybody out; write at least 20 characters, random ones")]
    TokenShort,
    /// A token that would be two.
    #[error("two tokens have the same secret; give each one of its own")]
    TokenTwice,
    /// A tenant that isn't there.
    #[error("there is no [[tenant]] with this id in this file; write the id of one")]
    UnknownTenant,
    /// Not a role.
    #[error("there is no such role; write viewer, supervisor or administrator")]
    Role,
    /// A user name that can't travel.
    #[error("this is no user name; write letters, digits and signs, but no colon")]
    Username,
}
