//! Sessions: who signed in, on which browser, until when.

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Access, AccessError, Asker, Who,
    rights::audience,
    secret::{self, Hash},
    stored,
};
use crate::config::Secret;

/// Without a request or an open page for so long, a session ends.
pub const IDLE_MS: i64 = 12 * 3600 * 1000;

/// And after so long in any case.
pub const LIFE_MS: i64 = 30 * 24 * 3600 * 1000;

/// How many one person may have: the oldest goes.
const SESSIONS_MAX: u32 = 50;

/// Begins a session, and forgets those that have ended. The secret is for the browser's cookie.
pub fn begin(connection: &Connection, account: i64, now: UnixMillis) -> Result<Secret, AccessError> {
    let secret = secret::fresh()?;
    connection.execute(
        "DELETE FROM session WHERE seen_at < ?1 OR made_at < ?2",
        [now.0 - IDLE_MS, now.0 - LIFE_MS],
    )?;
    connection.execute(
        "INSERT INTO session (hash, account, made_at, seen_at) VALUES (?1, ?2, ?3, ?3)",
        params![secret::hash(secret.reveal()), account, now.0],
    )?;
    connection.execute(
        "DELETE FROM session WHERE hash IN
         (SELECT hash FROM session WHERE account = ?1 ORDER BY made_at DESC, hash LIMIT -1 OFFSET ?2)",
        params![account, SESSIONS_MAX],
    )?;
    Ok(secret)
}

/// Ends one session. Whose it was; `None` where there is none.
pub fn end(connection: &Connection, hash: &Hash) -> rusqlite::Result<Option<(i64, TenantId)>> {
    let whose = connection
        .query_row(
            "SELECT account.id, account.tenant FROM session JOIN account ON account.id = account
             WHERE hash = ?1",
            [hash],
            |row| Ok((row.get(0)?, TenantId::from(row.get::<_, String>(1)?))),
        )
        .optional()?;
    connection.execute("DELETE FROM session WHERE hash = ?1", [hash])?;
    Ok(whose)
}

/// Ends all sessions of an account.
pub fn end_all(connection: &Connection, account: i64) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM session WHERE account = ?1", [account])
}

impl Access {
    /// Who has this session, if it still goes on.
    pub(super) fn of_session(&self, hash: &Hash) -> Result<Option<Asker>, AccessError> {
        let now = self.now();
        let found = self.0.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT account.id, tenant, role, scope, seen_at FROM session
                 JOIN account ON account.id = account
                 WHERE hash = ?1 AND disabled = 0 AND seen_at >= ?2 AND session.made_at >= ?3",
            )?;
            let row = |row: &rusqlite::Row<'_>| {
                let role = stored::role(row, 2)?;
                let asker = Asker {
                    tenant: Some(TenantId::from(row.get::<_, String>(1)?)),
                    role,
                    audience: audience(role, &stored::scope(row, 3)?),
                    who: Who::Person(row.get(0)?),
                    board: None,
                };
                Ok((asker, row.get(4)?))
            };
            statement.query_row(params![hash, now.0 - IDLE_MS, now.0 - LIFE_MS], row).optional()
        })?;
        let Some((asker, seen_at)) = found else { return Ok(None) };
        self.seen("UPDATE session SET seen_at = max(seen_at, ?2) WHERE hash = ?1", *hash, Some(seen_at));
        Ok(Some(asker))
    }
}
