//! What an administrator may do to an endpoint, with what it is done, and why it is not.

use ipnet::IpNet;
use model::time::UnixMillis;
use rusqlite::Transaction;

use super::{authenticate::Keys, kept::Kept};
use crate::{
    access::{Who, audit},
    config::{Method, Secret},
    store::{Store, StoreError},
};

/// Who says what an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file: the page shows it.
    File,
    /// The first start, which made it; the page may change it.
    Generated,
    /// The settings page.
    Page,
}

/// What an administrator may do to an endpoint.
#[derive(Clone, Debug)]
pub enum Change {
    /// Another method, with a new secret; the last one is not valid by the new method.
    Method(Method),
    /// A new secret beside the one that there is.
    Rotate,
    /// The older of two secrets is not valid any more.
    Retire,
    /// Events are taken, or not.
    Enable(bool),
    /// Who may post; empty: anybody.
    Allow(Vec<IpNet>),
    /// The URL is forgotten.
    Remove,
}

impl Change {
    /// Its word in the audit log.
    pub(super) const fn act(&self) -> &'static str {
        match self {
            Self::Method(_) => "endpoint-method",
            Self::Rotate => "endpoint-secret",
            Self::Retire => "endpoint-secret-retire",
            Self::Enable(true) => "endpoint-on",
            Self::Enable(false) => "endpoint-off",
            Self::Allow(_) => "endpoint-addresses",
            Self::Remove => "endpoint-remove",
        }
    }
}

/// Who changes something, when, and with what.
#[derive(Clone, Copy)]
pub struct Hand<'a> {
    /// For the audit log.
    pub who: &'a Who,
    /// Now.
    pub at: UnixMillis,
    /// Where it is kept.
    pub store: &'a Store,
    /// For the guards.
    pub keys: &'a Keys,
}

impl Hand<'_> {
    /// Does something to the store, and notes it, or does neither.
    pub(super) fn keep(
        &self,
        kept: &Kept,
        act: &str,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ChangeError> {
        self.store.with(|transaction| {
            change(transaction)?;
            audit::note(transaction, Some(&kept.tenant), self.who, self.at, act, &kept.name)?;
            Ok(())
        })
    }
}

/// A secret that was just made: shown once.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// The endpoint's name.
    pub endpoint: String,
    /// The user's, where the method has one.
    pub username: Option<String>,
    /// The password, or the token.
    pub secret: Secret,
}

/// Why an endpoint is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none of that name.
    #[error("there is no such endpoint any more; load the page again")]
    Unknown,
    /// It is the file's.
    #[error("this endpoint is set in the configuration file; change it there and restart")]
    ReadOnly,
    /// Both places for a secret are taken.
    #[error("two secrets are valid already; retire the old one first")]
    TwoSecrets,
    /// There is nothing to rotate or retire.
    #[error("there is no such secret; load the page again")]
    NoSecret,
    /// It takes events.
    #[error("the endpoint is in use; switch it off first")]
    InUse,
    /// The first start's would come back with the next start.
    #[error("this endpoint was made at the first start and can only be switched off")]
    Generated,
    /// A tenant has no more.
    #[error("there are 32 endpoints already; remove one first")]
    TooMany,
    /// It can't be kept.
    #[error("the change could not be kept; the server's log says why")]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("the system gives no random bytes; try again in a moment")]
    Random,
}

impl From<rusqlite::Error> for ChangeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
