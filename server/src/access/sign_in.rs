//! The ways in: name and password, a set-up link, an invitation. The way out, and a new password.

use std::net::IpAddr;

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Access, AccessError, By, Credential, End, LinkFault, Pass, Role, Who, audit,
    password::{BYTES_MAX, LENGTH_MIN},
    people::{name, name_key},
    secret, sessions, stored,
};
use crate::{config::Secret, store::Store};

/// How long a set-up link is good.
const SET_UP_MS: i64 = 3600 * 1000;

/// How long an invitation is good.
const INVITE_MS: i64 = 7 * 24 * 3600 * 1000;

/// Links are kept so long after their end, to say that they have ended.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Makes an administrator, or gives one a new password.
    SetUp,
    /// Makes the account that it names, or gives it a new password.
    Invite,
}

impl LinkKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Invite => "invite",
        }
    }

    /// That it was used, in the audit log.
    const fn used(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Invite => "invitation-used",
        }
    }

    const fn good_ms(self) -> i64 {
        match self {
            Self::SetUp => SET_UP_MS,
            Self::Invite => INVITE_MS,
        }
    }
}

/// A link that is good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLink {
    /// Whose account it makes.
    pub tenant: TenantId,
    /// Whom it is for, where that is decided.
    pub name: Option<String>,
    role: Role,
    scope: Vec<String>,
}

/// Whom an invitation is for.
pub(super) struct Invited<'a> {
    pub name: &'a str,
    pub role: Role,
    pub scope: &'a [String],
}

/// Somebody has come in.
#[derive(Debug)]
pub struct SignedIn {
    /// For the browser's cookie.
    pub session: Secret,
}

/// Makes a set-up link: `/set-up/{…}`, good once, for an hour. An older one ends. For the console, whether a server runs or
/// not.
pub fn set_up_link(store: &Store, tenant: &TenantId, now: UnixMillis) -> Result<Secret, AccessError> {
    store.with(|change| {
        let secret = make_link(change, LinkKind::SetUp, tenant, None, now)?;
        audit::note(change, Some(tenant), &Who::Console, now, "set-up-link", "")?;
        Ok(secret)
    })
}

/// Makes a link, and ends the older ones of its kind: for the tenant, or for the name.
pub(super) fn make_link(
    connection: &Connection,
    kind: LinkKind,
    tenant: &TenantId,
    invited: Option<&Invited<'_>>,
    now: UnixMillis,
) -> Result<Secret, AccessError> {
    let secret = secret::fresh()?;
    let invited_name = invited.map(|invited| invited.name);
    connection.execute("DELETE FROM link WHERE expires_at < ?1", [now.0 - KEPT_MS])?;
    connection.execute(
        "UPDATE link SET expires_at = ?4 WHERE kind = ?1 AND tenant = ?2 AND name IS ?3 AND expires_at > ?4",
        params![kind.as_str(), tenant.as_str(), invited_name, now.0],
    )?;
    let (role, scope) =
        invited.map_or((Role::Administrator, &[][..]), |invited| (invited.role, invited.scope));
    connection.execute(
        "INSERT INTO link (hash, kind, tenant, name, role, scope, made_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            secret::hash(secret.reveal()),
            kind.as_str(),
            tenant.as_str(),
            invited_name,
            role.as_str(),
            stored::scope_text(scope),
            now.0,
            now.0 + kind.good_ms()
        ],
    )?;
    Ok(secret)
}

/// What a link opens now.
fn open_link(
    connection: &Connection,
    kind: LinkKind,
    link: &str,
    now: UnixMillis,
) -> rusqlite::Result<Result<OpenLink, LinkFault>> {
    let found = connection
        .query_row(
            "SELECT tenant, name, role, scope, expires_at, used_at FROM link WHERE hash = ?1 AND kind = ?2",
            params![secret::hash(link), kind.as_str()],
            |row| {
                let open = OpenLink {
                    tenant: TenantId::from(row.get::<_, String>(0)?),
                    name: row.get(1)?,
                    role: stored::role(row, 2)?,
                    scope: stored::scope(row, 3)?,
                };
                Ok((open, row.get::<_, i64>(4)?, row.get::<_, Option<i64>>(5)?))
            },
        )
        .optional()?;
    Ok(match found {
        None => Err(LinkFault::Unknown),
        Some((_, _, Some(_))) => Err(LinkFault::Used),
        Some((_, expires_at, None)) if expires_at <= now.0 => Err(LinkFault::Expired),
        Some((open, _, None)) => Ok(open),
    })
}

/// Refuses a password that is tried first.
fn check_new(password: &Secret, name: &str) -> Result<(), AccessError> {
    let text = password.reveal();
    if text.chars().count() < LENGTH_MIN {
        Err(AccessError::PasswordShort)
    } else if text.len() > BYTES_MAX {
        Err(AccessError::PasswordLong)
    } else if name_key(text) == name_key(name) {
        Err(AccessError::PasswordIsName)
    } else {
        Ok(())
    }
}

impl Access {
    /// Lets somebody in by name and password. `shown` is the credential that the browser has now: its session ends, so that
    /// one that somebody else put there is worth nothing. Takes the same time whether there is such a name or not.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &Secret,
        peer: IpAddr,
        shown: Option<&Credential>,
    ) -> Result<SignedIn, AccessError> {
        self.0.limits.address(peer)?;
        let key = name_key(name);
        let wait = self.0.limits.account(peer, &key)?;
        tokio::time::sleep(wait).await;
        let found = self.0.store.read(|connection| {
            let sql = "SELECT id, tenant, password FROM account WHERE name_key = ?1 AND disabled = 0";
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get::<_, i64>(0)?, TenantId::from(row.get::<_, String>(1)?), row.get(2)?))
            };
            connection.prepare_cached(sql)?.query_row([&key], row).optional()
        })?;
        let kept = found.as_ref().map(|(_, _, kept): &(_, _, String)| kept.clone());
        let right = password.reveal().len() <= BYTES_MAX && self.0.passwords.check(password, kept).await?;
        let now = self.now();
        let Some((id, tenant, _)) = found.as_ref().filter(|_| right) else {
            self.note_refused(found.as_ref().map(|(id, tenant, _)| (*id, tenant)), peer, now)?;
            return Err(AccessError::Wrong);
        };
        let session = self.0.store.with(|change| {
            if let Some(Credential::Session(old)) = shown {
                sessions::end(change, old)?;
            }
            audit::note(
                change,
                Some(tenant),
                &Who::Person(*id),
                now,
                audit::SIGN_IN,
                &format!("from {peer}"),
            )?;
            sessions::begin(change, *id, now)
        })?;
        self.end_shown(shown);
        Ok(SignedIn { session })
    }

    /// Notes a try that was refused: for whose account, or that there is none; never the name that was typed, which may be a
    /// password in the wrong field.
    fn note_refused(
        &self,
        whose: Option<(i64, &TenantId)>,
        peer: IpAddr,
        now: UnixMillis,
    ) -> Result<(), AccessError> {
        let about = match whose {
            Some((id, _)) => format!("person {id}, from {peer}"),
            None => format!("an unknown name, from {peer}"),
        };
        let only = || self.0.tenants.first().filter(|_| self.0.tenants.len() == 1);
        let tenant = whose.map(|(_, tenant)| tenant).or_else(only);
        self.0
            .store
            .with(|change| audit::note(change, tenant, &Who::Nobody, now, audit::SIGN_IN_REFUSED, &about))
            .map_err(|error: rusqlite::Error| error.into())
    }

    fn end_shown(&self, shown: Option<&Credential>) {
        if let Some(Credential::Session(old)) = shown {
            self.ended(End::Session(*old));
        }
    }

    /// Ends the session of a pass, if it has one.
    pub fn sign_out(&self, pass: &Pass) -> Result<(), AccessError> {
        let Credential::Session(hash) = &pass.credential else { return Ok(()) };
        let now = self.now();
        self.0.store.with(|change| {
            if let Some((id, tenant)) = sessions::end(change, hash)? {
                audit::note(change, Some(&tenant), &Who::Person(id), now, "sign-out", "")?;
            }
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Session(*hash));
        Ok(())
    }

    /// The tenants in which nobody can change anything yet, each with a new set-up link where `make` says so.
    pub fn set_up_links(&self, make: bool) -> Result<Vec<(TenantId, Option<Secret>)>, AccessError> {
        let link = |tenant: TenantId| {
            let link = make.then(|| set_up_link(&self.0.store, &tenant, self.now())).transpose()?;
            Ok((tenant, link))
        };
        self.without_administrator()?.into_iter().map(link).collect()
    }

    /// What a link opens, if it is good now. Looking uses nothing up.
    pub fn link(&self, kind: LinkKind, link: &str) -> Result<OpenLink, AccessError> {
        let now = self.now();
        Ok(self.0.store.read(|connection| open_link(connection, kind, link, now))??)
    }

    /// Uses a link up: makes its account with a password, or gives the account that is there a new one; and lets its owner
    /// in. `typed` is the name where the link has none.
    pub async fn use_link(
        &self,
        kind: LinkKind,
        link: &str,
        typed: &str,
        password: &Secret,
        shown: Option<&Credential>,
    ) -> Result<SignedIn, AccessError> {
        let open = self.link(kind, link)?;
        let name = name(open.name.as_deref().unwrap_or(typed))?;
        check_new(password, name)?;
        let hash = self.0.passwords.hash(password).await?;
        let now = self.now();
        let (id, session) = self.0.store.with(|change| {
            // Again, and with nobody in between: of two who use it at once one is too late.
            let open = open_link(change, kind, link, now)??;
            change.execute(
                "UPDATE link SET used_at = ?2 WHERE hash = ?1",
                params![secret::hash(link), now.0],
            )?;
            let id = account_of_link(change, kind, &open, name, &hash, now)?;
            sessions::end_all(change, id)?;
            audit::note(change, Some(&open.tenant), &Who::Person(id), now, kind.used(), name)?;
            Ok::<_, AccessError>((id, sessions::begin(change, id, now)?))
        })?;
        self.ended(End::Of(Who::Person(id)));
        self.end_shown(shown);
        Ok(SignedIn { session })
    }

    /// Gives its owner a new password, which the old one allows. All his sessions end, and a new one begins.
    pub async fn change_password(
        &self,
        by: By<'_>,
        id: i64,
        passwords: (&Secret, &Secret),
        peer: IpAddr,
    ) -> Result<SignedIn, AccessError> {
        let (old, new) = passwords;
        let account = self.person(id)?.ok_or(AccessError::NotThere)?;
        self.0.limits.account(peer, &name_key(&account.name))?;
        let kept = self.0.store.read(|connection| {
            connection.query_row("SELECT password FROM account WHERE id = ?1", [id], |row| row.get(0))
        })?;
        if old.reveal().len() > BYTES_MAX || !self.0.passwords.check(old, Some(kept)).await? {
            return Err(AccessError::Wrong);
        }
        check_new(new, &account.name)?;
        let (hash, now) = (self.0.passwords.hash(new).await?, self.now());
        let session = self.0.store.with(|change| {
            change.execute("UPDATE account SET password = ?2 WHERE id = ?1", params![id, hash])?;
            sessions::end_all(change, id)?;
            audit::note(change, Some(by.tenant), by.who, now, "password", "")?;
            sessions::begin(change, id, now)
        })?;
        self.ended(End::Of(Who::Person(id)));
        Ok(SignedIn { session })
    }
}

/// The account that a link makes, or that has the link's name already. A set-up link opens administrators' only, a
/// link never one of another tenant.
fn account_of_link(
    connection: &Connection,
    kind: LinkKind,
    open: &OpenLink,
    name: &str,
    hash: &str,
    now: UnixMillis,
) -> Result<i64, AccessError> {
    let there = connection
        .query_row("SELECT id, tenant, role FROM account WHERE name_key = ?1", [name_key(name)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, stored::role(row, 2)?))
        })
        .optional()?;
    let Some((id, tenant, role)) = there else {
        connection.execute(
            "INSERT INTO account (tenant, name, name_key, role, scope, password, made_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                open.tenant.as_str(),
                name,
                name_key(name),
                open.role.as_str(),
                stored::scope_text(&open.scope),
                hash,
                now.0
            ],
        )?;
        return Ok(connection.last_insert_rowid());
    };
    if tenant != open.tenant.as_str() || (kind == LinkKind::SetUp && role != Role::Administrator) {
        return Err(AccessError::NameTaken);
    }
    // Whoever has the console may always come in; whom an administrator shut out stays out.
    let enable = kind == LinkKind::SetUp;
    connection.execute(
        "UPDATE account SET password = ?2, disabled = disabled AND NOT ?3 WHERE id = ?1",
        params![id, hash, enable],
    )?;
    Ok(id)
}
