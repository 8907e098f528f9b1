//! The tables of access in `ringside.db`.
//!
//! No secret stands in them: passwords are argon2id's PHC strings, and of everything that a client shows by itself (sessions,
//! links, tokens, walls) only the SHA-256 is kept. Moments are unix milliseconds of the server's clock. An id is never given
//! twice, so that the audit log means the same person for ever.

/// What brings `ringside.db` to this shape.
pub const TABLES: &str = "
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name in small letters: it is one person's, whoever writes it how.
    name_key TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    -- Queues and departments, as a JSON list; empty: all of the tenant.
    scope TEXT NOT NULL,
    password TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX account_by_tenant ON account (tenant, name_key);

CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_account ON session (account, made_at);

CREATE TABLE link (
    hash BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- Of an invitation: whom it is for.
    name TEXT,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE wall (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    board TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    seen_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX wall_by_tenant ON wall (tenant, id);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    act TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_tenant ON audit (tenant, id);
CREATE INDEX audit_refused ON audit (id) WHERE act = 'sign-in-refused';
";
