//! API tokens: the configuration's, and those that an administrator makes.

use std::sync::atomic::{AtomicI64, Ordering};

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{OptionalExtension as _, params};

use super::{
    Access, AccessError, Asker, By, End, Role, Who, audit, people,
    rights::audience,
    secret::{self, Hash, TOKEN_PREFIX},
    stored,
};
use crate::config::{ApiToken, Secret};

/// A program's token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id; `None` for one of the configuration, which is changed there.
    pub id: Option<i64>,
    /// Its name, once in a tenant.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Queues and departments that it sees; empty: all of the tenant.
    pub scope: Vec<String>,
    /// When it ends; `None`: never.
    pub expires_at: Option<UnixMillis>,
    /// When it was last used, to the minute. Of the configuration's tokens since the server's start.
    pub used_at: Option<UnixMillis>,
}

/// One of the configuration.
pub(super) struct Configured {
    token: ApiToken,
    /// 0: not since the start.
    used_at: AtomicI64,
}

impl From<ApiToken> for Configured {
    fn from(token: ApiToken) -> Self {
        Self { token, used_at: AtomicI64::new(0) }
    }
}

impl Access {
    /// Who has this token, if it is good.
    pub(super) fn of_token(&self, hash: &Hash) -> Result<Option<Asker>, AccessError> {
        let now = self.now();
        if let Some(configured) = self.0.configured.get(hash) {
            configured.used_at.store(now.0, Ordering::Relaxed);
            let ApiToken { name, tenant, role, scope, .. } = &configured.token;
            return Ok(Some(Asker {
                tenant: Some(tenant.clone()),
                role: *role,
                audience: audience(*role, scope),
                who: Who::Token(name.clone()),
                board: None,
            }));
        }
        let found = self.0.store.read(|connection| {
            let sql = "SELECT tenant, name, role, scope, used_at FROM api_token
                       WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
            let row = |row: &rusqlite::Row<'_>| {
                let role = stored::role(row, 2)?;
                let asker = Asker {
                    tenant: Some(TenantId::from(row.get::<_, String>(0)?)),
                    role,
                    audience: audience(role, &stored::scope(row, 3)?),
                    who: Who::Token(row.get(1)?),
                    board: None,
                };
                Ok((asker, row.get(4)?))
            };
            connection.prepare_cached(sql)?.query_row(params![hash, now.0], row).optional()
        })?;
        let Some((asker, used_at)) = found else { return Ok(None) };
        self.seen(
            "UPDATE api_token SET used_at = max(ifnull(used_at, 0), ?2) WHERE hash = ?1",
            *hash,
            used_at,
        );
        Ok(Some(asker))
    }

    /// A tenant's tokens, the configuration's first, by name.
    pub fn tokens(&self, tenant: &TenantId) -> Result<Vec<Token>, AccessError> {
        let configured = self.0.configured.values().filter(|configured| configured.token.tenant == *tenant);
        let mut tokens: Vec<Token> = configured
            .map(|Configured { token, used_at }| Token {
                id: None,
                name: token.name.clone(),
                role: token.role,
                scope: token.scope.clone(),
                expires_at: None,
                used_at: Some(UnixMillis(used_at.load(Ordering::Relaxed))).filter(|at| at.0 != 0),
            })
            .collect();
        tokens.sort_by(|one, other| one.name.cmp(&other.name));
        let made: Vec<Token> = self.0.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, role, scope, expires_at, used_at FROM api_token WHERE tenant = ?1 ORDER BY name",
            )?;
            let rows = statement.query_map([tenant.as_str()], |row| {
                Ok(Token {
                    id: Some(row.get(0)?),
                    name: row.get(1)?,
                    role: stored::role(row, 2)?,
                    scope: stored::scope(row, 3)?,
                    expires_at: row.get::<_, Option<i64>>(4)?.map(UnixMillis),
                    used_at: row.get::<_, Option<i64>>(5)?.map(UnixMillis),
                })
            })?;
            rows.collect()
        })?;
        tokens.extend(made);
        Ok(tokens)
    }

    /// Makes a token. The answer is the only time that it is shown.
    pub fn make_token(
        &self,
        by: By<'_>,
        name: &str,
        role: Role,
        scope: &[String],
        expires_at: Option<UnixMillis>,
    ) -> Result<Secret, AccessError> {
        let (name, words, now) = (people::name(name)?, people::scope(scope)?, self.now());
        if self.tokens(by.tenant)?.iter().any(|token| token.name == name) {
            return Err(AccessError::NameTaken);
        }
        let token = Secret::new(format!("{TOKEN_PREFIX}{}", secret::fresh()?.reveal()));
        self.0
            .store
            .with(|change| {
                change.execute(
                    "INSERT INTO api_token (tenant, name, role, scope, hash, made_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        by.tenant.as_str(),
                        name,
                        role.as_str(),
                        stored::scope_text(&words),
                        secret::hash(token.reveal()),
                        now.0,
                        expires_at.map(|at| at.0)
                    ],
                )?;
                let about = format!("{name} as {}", role.as_str());
                audit::note(change, Some(by.tenant), by.who, now, "token-made", &about)
            })
            .map_err(|error: rusqlite::Error| AccessError::from(error))?;
        Ok(token)
    }

    /// Ends a token, and the sockets that were opened with it.
    pub fn revoke_token(&self, by: By<'_>, id: i64) -> Result<(), AccessError> {
        let now = self.now();
        let name: String = self.0.store.with(|change| {
            let name = change
                .query_row(
                    "DELETE FROM api_token WHERE id = ?1 AND tenant = ?2 RETURNING name",
                    params![id, by.tenant.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            let name: String = name.ok_or(AccessError::NotThere)?;
            audit::note(change, Some(by.tenant), by.who, now, "token-revoked", &name)?;
            Ok::<_, AccessError>(name)
        })?;
        self.ended(End::Of(Who::Token(name)));
        Ok(())
    }
}
