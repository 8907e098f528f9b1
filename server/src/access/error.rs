//! Why somebody is not let in, or something about people, tokens and walls was not changed.

use std::time::Duration;

use super::password::{BYTES_MAX, LENGTH_MIN};
use crate::store::StoreError;

/// Why not. Holds no name, no secret and no number: fit to log.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// `ringside.db` can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("the system gives no random bytes: {0}; try again once it does")]
    Random(getrandom::Error),
    /// A hash can't be computed.
    #[error("the password can't be hashed; see that the machine has memory left")]
    Hash,
    /// A cookie can't be written.
    #[error("a cookie can't be written; please report it")]
    Cookie,
    /// More sign in than can be checked.
    #[error("many sign in at this moment; try again in some seconds")]
    Busy,
    /// Too many tries of one address, or of one address for one account.
    #[error("too many tries; wait {} s, then try again", wait.as_secs().max(1))]
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// Name or password.
    #[error("name or password is wrong; try again, or ask an administrator for a new link")]
    Wrong,
    /// A link that opens nothing.
    #[error(transparent)]
    Link(#[from] LinkFault),
    /// Not a name.
    #[error("this is no name; write 1 to 64 characters, none of them a control character")]
    Name,
    /// Not a scope.
    #[error("a scope is at most 100 queues and departments, each of at most 128 characters; write less")]
    Scope,
    /// Somebody has it.
    #[error("somebody has this name already; choose another one")]
    NameTaken,
    /// A password that is too easily tried.
    #[error("the password is too short; choose at least {LENGTH_MIN} characters, some words for example")]
    PasswordShort,
    /// A password that nobody types.
    #[error("the password is too long; choose at most {BYTES_MAX} bytes")]
    PasswordLong,
    /// A password that everybody tries first.
    #[error("the password is the name; choose another one")]
    PasswordIsName,
    /// Nobody would be left who can change anything.
    #[error("this is the last administrator; make another one first")]
    LastAdministrator,
    /// The own role, the own account.
    #[error("this is your own account; have another administrator take the role from you or shut you out")]
    Oneself,
    /// Another tenant's, or gone.
    #[error("there is no such person, token or wall; load the page again")]
    NotThere,
    /// A pairing code that no screen shows.
    #[error("no screen shows this code now; look again, a code is good for ten minutes")]
    Code,
}

impl From<rusqlite::Error> for AccessError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// Not one that we gave out.
    #[error("this link is not known; see that it was copied whole")]
    Unknown,
    /// It is good once.
    #[error("this link was used; sign in, or ask for a new one")]
    Used,
    /// It is good for a while.
    #[error("this link is too old; ask for a new one")]
    Expired,
}
