//! Who asks: people, API tokens, walls; what each may see and do.

use model::{id::TenantId, view::Audience};

/// Who made a request, once it is known. Handlers take it from the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Of which tenant; no other's rows are ever shown to it. `None` for any, and only while access is open.
    pub tenant: Option<TenantId>,
    /// What it may do.
    pub role: Role,
    /// What it may see.
    pub audience: Audience,
    /// What it is, for the audit log and for closing its sockets.
    pub who: Who,
}

/// What one may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees the board, outside numbers masked.
    Viewer,
    /// Sees the board with numbers in full, notes, and the history.
    Supervisor,
    /// Changes settings, people, tokens and walls; sees deliveries and raw bodies.
    Administrator,
}

/// What asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Anybody, on this machine, while access is open.
    Open,
    /// Somebody who signed in, by the account's id.
    Person(i64),
    /// A program with an API token, by the token's name.
    Token(String),
    /// A paired wall, by its id.
    Wall(i64),
}
