//! Walls: screens that show one board, without anybody who signs in on them.
//!
//! A screen asks for a code and shows it; an administrator types it in and says which board. The screen keeps a cookie from
//! its first request on, and that is what becomes the wall: nobody carries a secret to it. Codes that wait are only in
//! memory, since strangers make them; after a restart a screen shows another one.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{MutexGuard, PoisonError},
};

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{OptionalExtension as _, params};

use super::{
    Access, AccessError, Asker, By, End, Role, Who, audit, people,
    rights::audience,
    secret::{self, Hash},
};
use crate::config::Secret;

/// How long a code is good.
const CODE_MS: i64 = 10 * 60 * 1000;

/// How many may wait at once.
const WAITING_MAX: usize = 256;

/// A screen that was paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// Its id, never given twice.
    pub id: i64,
    /// Where it hangs.
    pub name: String,
    /// What it shows: the name of a view.
    pub board: String,
    /// When it was paired.
    pub made_at: UnixMillis,
    /// When it was last seen, to the minute.
    pub seen_at: Option<UnixMillis>,
}

/// What a screen that would be a wall is told.
#[derive(Debug)]
pub enum Pairing {
    /// To show this code. The cookie, where it has none yet.
    Show(String, Option<Secret>),
    /// That it is this wall.
    Paired(i64),
}

/// Screens that wait, by their code.
#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<String, Screen>);

#[derive(Debug)]
struct Screen {
    hash: Hash,
    until: UnixMillis,
}

impl Access {
    /// Who has this cookie, if it is a wall's.
    pub(super) fn of_wall(&self, hash: &Hash) -> Result<Option<Asker>, AccessError> {
        let found = self.0.store.read(|connection| {
            let sql = "SELECT id, tenant, seen_at, board FROM wall WHERE hash = ?1 AND revoked_at IS NULL";
            let row = |row: &rusqlite::Row<'_>| {
                let asker = Asker {
                    tenant: Some(TenantId::from(row.get::<_, String>(1)?)),
                    role: Role::Viewer,
                    audience: audience(Role::Viewer, &[]),
                    who: Who::Wall(row.get(0)?),
                    board: Some(row.get::<_, String>(3)?.into()),
                };
                Ok((asker, row.get(2)?))
            };
            connection.prepare_cached(sql)?.query_row([hash], row).optional()
        })?;
        let Some((asker, seen_at)) = found else { return Ok(None) };
        self.seen("UPDATE wall SET seen_at = max(ifnull(seen_at, 0), ?2) WHERE hash = ?1", *hash, seen_at);
        Ok(Some(asker))
    }

    /// What the screen that showed this cookie is to do: to show its code, a new one where it has none or it ended; or that
    /// it is a wall.
    pub fn pair(&self, cookie: Option<&str>, peer: IpAddr) -> Result<Pairing, AccessError> {
        let shown = cookie.map(secret::hash);
        if let Some(hash) = &shown
            && let Some(Asker { who: Who::Wall(id), .. }) = self.of_wall(hash)?
        {
            return Ok(Pairing::Paired(id));
        }
        let (now, mut waiting) = (self.now(), self.waiting());
        waiting.0.retain(|_, screen| screen.until > now);
        if let Some((code, _)) = waiting.0.iter().find(|(_, screen)| Some(screen.hash) == shown) {
            return Ok(Pairing::Show(code.clone(), None));
        }
        self.0.limits.pairing(peer)?;
        if waiting.0.len() >= WAITING_MAX {
            return Err(AccessError::Busy);
        }
        // Always another cookie: one that somebody else put there becomes no wall.
        let (code, secret) = (secret::code()?, secret::fresh()?);
        let screen = Screen { hash: secret::hash(secret.reveal()), until: UnixMillis(now.0 + CODE_MS) };
        waiting.0.insert(code.clone(), screen);
        Ok(Pairing::Show(code, Some(secret)))
    }

    /// Makes the screen that shows this code a wall.
    pub fn confirm_wall(&self, by: By<'_>, code: &str, name: &str, board: &str) -> Result<i64, AccessError> {
        let (name, board, now) = (people::name(name)?, people::name(board)?, self.now());
        let code = secret::typed_code(code);
        let mut waiting = self.waiting();
        let screen = waiting.0.get(&code).filter(|screen| screen.until > now).ok_or(AccessError::Code)?;
        let id = self.0.store.with(|change| {
            change.execute(
                "INSERT INTO wall (tenant, name, board, hash, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![by.tenant.as_str(), name, board, screen.hash, now.0],
            )?;
            let id = change.last_insert_rowid();
            audit::note(change, Some(by.tenant), by.who, now, "wall-paired", &format!("{name}: {board}"))?;
            Ok::<_, AccessError>(id)
        })?;
        waiting.0.remove(&code);
        Ok(id)
    }

    /// A tenant's walls, in the order in which they were paired.
    pub fn walls(&self, tenant: &TenantId) -> Result<Vec<Wall>, AccessError> {
        Ok(self.0.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, board, made_at, seen_at FROM wall
                 WHERE tenant = ?1 AND revoked_at IS NULL ORDER BY id",
            )?;
            let rows = statement.query_map([tenant.as_str()], |row| {
                Ok(Wall {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    board: row.get(2)?,
                    made_at: UnixMillis(row.get(3)?),
                    seen_at: row.get::<_, Option<i64>>(4)?.map(UnixMillis),
                })
            })?;
            rows.collect()
        })?)
    }

    /// Gives a wall another name.
    pub fn rename_wall(&self, by: By<'_>, id: i64, name: &str) -> Result<(), AccessError> {
        let name = people::name(name)?;
        self.change_wall(by, id, "UPDATE wall SET name = ?3", name, "wall-renamed")
    }

    /// Has a wall show another board. Its socket ends, and comes again for the new one.
    pub fn point_wall(&self, by: By<'_>, id: i64, board: &str) -> Result<(), AccessError> {
        let board = people::name(board)?;
        self.change_wall(by, id, "UPDATE wall SET board = ?3", board, "wall-pointed")
    }

    /// Ends a wall at once: its socket closes, and its cookie is worth nothing any more.
    pub fn revoke_wall(&self, by: By<'_>, id: i64) -> Result<(), AccessError> {
        let now = self.now().0.to_string();
        self.change_wall(by, id, "UPDATE wall SET revoked_at = CAST(?3 AS INTEGER)", &now, "wall-revoked")
    }

    fn change_wall(
        &self,
        by: By<'_>,
        id: i64,
        update: &str,
        value: &str,
        act: &str,
    ) -> Result<(), AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            let changed = change
                .query_row(
                    &format!(
                        "{update} WHERE id = ?1 AND tenant = ?2 AND revoked_at IS NULL RETURNING name, board"
                    ),
                    params![id, by.tenant.as_str(), value],
                    |row| {
                        Ok(format!("wall {id}, {}: {}", row.get::<_, String>(0)?, row.get::<_, String>(1)?))
                    },
                )
                .optional()?;
            let about = changed.ok_or(AccessError::NotThere)?;
            audit::note(change, Some(by.tenant), by.who, now, act, &about)?;
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Of(Who::Wall(id)));
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
