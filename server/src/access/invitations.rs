//! Links by which somebody chooses a password: for who is new, and for who lost it. Each is good once, for seven days; there
//! is one open for a name at most.

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Access, AccessError, By, Role, audit,
    people::{self, name_key},
    sign_in::{self, LinkKind},
    stored,
};
use crate::config::Secret;

/// A link that nobody has used yet, and that is still good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whom it is for.
    pub name: String,
    /// What the new account may do.
    pub role: Role,
    /// What it sees; empty: all of the tenant.
    pub scope: Vec<String>,
    /// There is such an account already: the link gives it a new password.
    pub is_known: bool,
    /// When it was made.
    pub made_at: UnixMillis,
    /// Until when it is good.
    pub expires_at: UnixMillis,
}

impl Access {
    /// Invites somebody, who then chooses a password. The answer opens `/invite/{…}`; an older invitation of that name ends.
    pub fn invite(
        &self,
        by: By<'_>,
        name: &str,
        role: Role,
        scope_words: &[String],
    ) -> Result<Secret, AccessError> {
        let (name, words, now) = (people::name(name)?, people::scope(scope_words)?, self.now());
        self.0.store.with(|change| {
            let taken = change
                .query_row("SELECT 1 FROM account WHERE name_key = ?1", [name_key(name)], |_| Ok(()))
                .optional()?;
            if taken.is_some() {
                return Err(AccessError::NameTaken);
            }
            let link = sign_in::Invited { name, role, scope: &words };
            let secret = sign_in::make_link(change, LinkKind::Invite, by.tenant, Some(&link), now)?;
            let about = format!("{name} as {}", role.as_str());
            audit::note(change, Some(by.tenant), by.who, now, "invite", &about)?;
            Ok(secret)
        })
    }

    /// A link for somebody who lost the password. Nothing else of the account changes.
    pub fn new_password_link(&self, by: By<'_>, id: i64) -> Result<Secret, AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            let account = people::of_tenant(change, by, id)?;
            let link = sign_in::Invited { name: &account.name, role: account.role, scope: &account.scope };
            let secret = sign_in::make_link(change, LinkKind::Invite, by.tenant, Some(&link), now)?;
            audit::note(change, Some(by.tenant), by.who, now, "password-link", &account.name)?;
            Ok(secret)
        })
    }

    /// A tenant's open links, by name.
    pub fn invitations(&self, tenant: &TenantId) -> Result<Vec<Invitation>, AccessError> {
        let now = self.now();
        Ok(self.0.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT link.name, link.role, link.scope, account.id IS NOT NULL, link.made_at, expires_at
                 FROM link LEFT JOIN account ON account.tenant = link.tenant AND account.name = link.name
                 WHERE kind = 'invite' AND link.tenant = ?1 AND used_at IS NULL AND expires_at > ?2
                 ORDER BY link.name",
            )?;
            let rows = statement.query_map(params![tenant.as_str(), now.0], |row| {
                Ok(Invitation {
                    name: row.get(0)?,
                    role: stored::role(row, 1)?,
                    scope: stored::scope(row, 2)?,
                    is_known: row.get(3)?,
                    made_at: UnixMillis(row.get(4)?),
                    expires_at: UnixMillis(row.get(5)?),
                })
            })?;
            rows.collect()
        })?)
    }

    /// Ends the open link of a name, whatever it is for.
    pub fn withdraw(&self, by: By<'_>, name: &str) -> Result<(), AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            if end_open(change, by.tenant, name, now)? == 0 {
                return Err(AccessError::NotThere);
            }
            audit::note(change, Some(by.tenant), by.who, now, "invitation-withdrawn", name)?;
            Ok(())
        })
    }
}

/// Ends the open link of a name, and says how many there were.
pub(super) fn end_open(
    connection: &Connection,
    tenant: &TenantId,
    name: &str,
    now: UnixMillis,
) -> rusqlite::Result<usize> {
    connection.execute(
        "UPDATE link SET expires_at = ?3
         WHERE kind = 'invite' AND tenant = ?1 AND name = ?2 AND used_at IS NULL AND expires_at > ?3",
        params![tenant.as_str(), name, now.0],
    )
}
