//! Why a run gave no figure.

use std::{fmt, io};

/// What went wrong, for whoever started the bench.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The system refused something.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server did something else than its documents say.
    #[error("{0}; the server's log is printed above, if it has one")]
    Server(String),
}

impl Fault {
    /// Wraps what the system says about `what`.
    pub fn system(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { what: what.to_string(), source }
    }
}
