//! Who asks: people, API tokens, walls; what each may see and do.
//!
//! - [`Access`] knows them all. [`Access::resolve`] finds out who made a request; `web::gate` decides by it.
//! - `sign_in`: name and password, links, new passwords. `password` checks them, `limits` slows down who guesses.
//! - `people`, `invitations`, `tokens`, `walls`: what an administrator changes. [`audit`] keeps who did.
//! - `secret`, `cookie`: what a client shows. `pass`: who holds it, and until when a socket may stay open.
//!
//! Invariants
//! - Without a session, a token or a wall's cookie nobody is anybody, unless access is open.
//! - No secret is kept: passwords as argon2id, all others as SHA-256 (`schema`).
//! - Whatever takes rights away reaches open sockets at once: [`Access::ended`] is called after the change is committed.
//! - An act and its line in the audit log are one transaction.

pub mod audit;
pub mod cookie;
mod error;
mod invitations;
mod limits;
mod pass;
pub mod password;
mod people;
pub mod rights;
mod schema;
mod secret;
mod sessions;
mod sign_in;
mod stored;
mod tokens;
mod walls;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::http::{HeaderMap, header};
use model::{id::TenantId, time::UnixMillis, view::Audience};
use tokio::{runtime::Handle, sync::broadcast};

pub use error::{AccessError, LinkFault};
pub use invitations::Invitation;
pub use pass::{Credential, Pass, Watch};
pub use people::Account;
pub use schema::TABLES;
pub use sign_in::{LinkKind, OpenLink, SignedIn, set_up_link};
pub use tokens::Token;
pub use walls::{Pairing, Wall};

use crate::{clock::Clock, config::ApiToken, store::Store};
use cookie::{Cookie, Cookies};
use limits::Limits;
use password::Passwords;
use secret::Hash;
use tokens::Configured;
use walls::Waiting;

/// How often it is written down at most that somebody was seen.
const SEEN_EVERY_MS: i64 = 60_000;

/// How many ends a socket may miss before it looks for itself.
const ENDS_MAX: usize = 64;

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
    /// The one view that it may see, by its name: a wall's board. `None` for all that there are.
    pub board: Option<Arc<str>>,
}

impl Asker {
    /// Anybody, while access is open.
    pub fn open() -> Self {
        Self {
            tenant: None,
            role: Role::Administrator,
            audience: Audience::WHOLE,
            who: Who::Open,
            board: None,
        }
    }
}

/// What one may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees the board and the history, outside numbers masked.
    Viewer,
    /// Sees the same with numbers in full, and notes.
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
    /// Whoever has the server's console. Only in the audit log.
    Console,
    /// Somebody who is not known. Only in the audit log.
    Nobody,
}

/// Who does something to a tenant's people, tokens and walls.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// Who.
    pub who: &'a Who,
}

/// Everybody who may ask. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    open: bool,
    cookies: Cookies,
    store: Store,
    clock: Clock,
    tenants: Vec<TenantId>,
    /// The configuration's tokens, by their hash.
    configured: HashMap<Hash, Configured>,
    passwords: Passwords,
    limits: Limits,
    waiting: Mutex<Waiting>,
    ends: broadcast::Sender<End>,
}

/// Whose rights are others now, or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// One session's.
    Session(Hash),
    /// All of somebody's.
    Of(Who),
}

/// What [`Access`] is made of.
pub struct Setup {
    /// Nobody has to sign in.
    pub open: bool,
    /// Browsers come over https.
    pub secure: bool,
    /// Where accounts, sessions, links, tokens, walls and the audit log are.
    pub store: Store,
    /// The server's clock.
    pub clock: Clock,
    /// The tenants there are.
    pub tenants: Vec<TenantId>,
    /// The configuration's tokens.
    pub tokens: Vec<ApiToken>,
}

impl Access {
    /// Knows everybody that the store and the configuration have.
    pub fn new(setup: Setup) -> Self {
        let configured = setup.tokens.into_iter();
        Self(Arc::new(Inner {
            open: setup.open,
            cookies: Cookies { secure: setup.secure },
            store: setup.store,
            clock: setup.clock,
            tenants: setup.tenants,
            configured: configured.map(|token| (secret::hash(token.token.reveal()), token.into())).collect(),
            passwords: Passwords::default(),
            limits: Limits::default(),
            waiting: Mutex::default(),
            ends: broadcast::Sender::new(ENDS_MAX),
        }))
    }

    /// Whether nobody has to sign in.
    pub fn is_open(&self) -> bool {
        self.0.open
    }

    /// How its cookies are named and guarded.
    pub fn cookies(&self) -> Cookies {
        self.0.cookies
    }

    /// Where the audit log is: others who change something note it in the same transaction.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Who made a request, by its headers alone. A token goes before cookies, and where it is wrong they don't help.
    pub fn resolve(&self, headers: &HeaderMap) -> Result<Option<Pass>, AccessError> {
        let Some(credential) = self.shown(headers) else { return Ok(None) };
        Ok(self.look(&credential)?.map(|asker| Pass { asker, credential, access: self.clone() }))
    }

    fn shown(&self, headers: &HeaderMap) -> Option<Credential> {
        if self.0.open {
            return Some(Credential::None);
        }
        if headers.contains_key(header::AUTHORIZATION) {
            return bearer(headers).map(|token| Credential::Token(secret::hash(token)));
        }
        let person = self.0.cookies.read(Cookie::Person, headers);
        let session = person.map(|secret| Credential::Session(secret::hash(secret)));
        session.or_else(|| {
            let wall = self.0.cookies.read(Cookie::Wall, headers)?;
            Some(Credential::Wall(secret::hash(wall)))
        })
    }

    /// Who holds a credential now.
    fn look(&self, credential: &Credential) -> Result<Option<Asker>, AccessError> {
        match credential {
            Credential::None => Ok(Some(Asker::open())),
            Credential::Session(hash) => self.of_session(hash),
            Credential::Token(hash) => self.of_token(hash),
            Credential::Wall(hash) => self.of_wall(hash),
        }
    }

    /// Tells open sockets that somebody's rights are others now.
    fn ended(&self, end: End) {
        // An error: there is no socket.
        let _ = self.0.ends.send(end);
    }

    fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }

    /// Writes down that a secret was shown now, outside of the request's way, unless that was written a minute ago. Of
    /// `update` the first parameter is the hash, the second the moment.
    fn seen(&self, update: &'static str, hash: Hash, last: Option<i64>) {
        let now = self.now().0;
        if last.is_some_and(|last| now - last < SEEN_EVERY_MS) {
            return;
        }
        let store = self.0.store.clone();
        let write = move || {
            let written = store.with(|change| change.execute(update, rusqlite::params![hash, now]));
            if let Err::<_, rusqlite::Error>(error) = written {
                tracing::warn!(%error, "it could not be written when a session, token or wall was last seen");
            }
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(write)),
            Err(_) => write(),
        }
    }
}

/// The token of `Authorization: Bearer`; `None` for another scheme, or several.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests;
