//! People: who they are, and what an administrator changes about them.

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Access, AccessError, By, End, Role, Who, audit, invitations, sessions, stored};

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// The most words of a scope, and the longest of them in characters.
const SCOPE_MAX: usize = 100;
const SCOPE_WORD_MAX: usize = 128;

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, never given twice.
    pub id: i64,
    /// Of which tenant.
    pub tenant: TenantId,
    /// The name to sign in with.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Queues and departments that it sees; empty: all of the tenant.
    pub scope: Vec<String>,
    /// It can't sign in.
    pub disabled: bool,
    /// When it was made.
    pub made_at: UnixMillis,
    /// When its newest session was last seen.
    pub seen_at: Option<UnixMillis>,
    /// How many sessions it has.
    pub sessions: u32,
}

const ACCOUNT: &str =
    "SELECT id, tenant, name, role, scope, disabled, account.made_at, max(seen_at), count(hash)
    FROM account LEFT JOIN session ON account = id";

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        tenant: TenantId::from(row.get::<_, String>(1)?),
        name: row.get(2)?,
        role: stored::role(row, 3)?,
        scope: stored::scope(row, 4)?,
        disabled: row.get(5)?,
        made_at: UnixMillis(row.get(6)?),
        seen_at: row.get::<_, Option<i64>>(7)?.map(UnixMillis),
        sessions: row.get(8)?,
    })
}

/// A name as it is kept; an error where it is none.
pub(super) fn name(text: &str) -> Result<&str, AccessError> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_MAX && !text.contains(char::is_control);
    if fits { Ok(text) } else { Err(AccessError::Name) }
}

/// What makes two names the same.
pub(super) fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A scope's words as they are kept: without empty ones and repetitions; an error where something is no word of one.
pub(super) fn scope(words: &[String]) -> Result<Vec<String>, AccessError> {
    let words = words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let fits = |word: &String| word.chars().count() <= SCOPE_WORD_MAX && !word.contains(char::is_control);
    if words.len() <= SCOPE_MAX && words.iter().all(fits) { Ok(words) } else { Err(AccessError::Scope) }
}

/// Refuses what nobody may do to the own account: another administrator sees that it was meant.
fn not_oneself(by: By<'_>, id: i64) -> Result<(), AccessError> {
    if *by.who == Who::Person(id) { Err(AccessError::Oneself) } else { Ok(()) }
}

/// A tenant's account of that id.
pub(super) fn of_tenant(connection: &Connection, by: By<'_>, id: i64) -> Result<Account, AccessError> {
    let account = connection
        .query_row(
            &format!("{ACCOUNT} WHERE id = ?1 AND tenant = ?2 GROUP BY id"),
            params![id, by.tenant.as_str()],
            read_account,
        )
        .optional()?;
    account.ok_or(AccessError::NotThere)
}

/// Refuses to leave a tenant without an administrator who can sign in.
fn keep_an_administrator(connection: &Connection, account: &Account) -> Result<(), AccessError> {
    let others: u32 = connection.query_row(
        "SELECT count(*) FROM account
         WHERE tenant = ?1 AND role = 'administrator' AND disabled = 0 AND id <> ?2",
        params![account.tenant.as_str(), account.id],
        |row| row.get(0),
    )?;
    let is_one = account.role == Role::Administrator && !account.disabled;
    if is_one && others == 0 { Err(AccessError::LastAdministrator) } else { Ok(()) }
}

impl Access {
    /// A tenant's people, by name.
    pub fn people(&self, tenant: &TenantId) -> Result<Vec<Account>, AccessError> {
        Ok(self.0.store.read(|connection| {
            let sql = format!("{ACCOUNT} WHERE tenant = ?1 GROUP BY id ORDER BY name_key");
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_map([tenant.as_str()], read_account)?.collect()
        })?)
    }

    /// The account of that id.
    pub fn person(&self, id: i64) -> Result<Option<Account>, AccessError> {
        Ok(self.0.store.read(|connection| {
            let sql = format!("{ACCOUNT} WHERE id = ?1 GROUP BY id");
            connection.prepare_cached(&sql)?.query_row([id], read_account).optional()
        })?)
    }

    /// Gives somebody another role and scope. Open sockets end, and come again with the new ones.
    pub fn set_rights(
        &self,
        by: By<'_>,
        id: i64,
        role: Role,
        scope_words: &[String],
    ) -> Result<(), AccessError> {
        let (now, words) = (self.now(), scope(scope_words)?);
        self.0.store.with(|change| {
            let account = of_tenant(change, by, id)?;
            if role != Role::Administrator {
                not_oneself(by, id)?;
                keep_an_administrator(change, &account)?;
            }
            change.execute(
                "UPDATE account SET role = ?2, scope = ?3 WHERE id = ?1",
                params![id, role.as_str(), stored::scope_text(&words)],
            )?;
            let about = format!("{}: {}, {}", account.name, role.as_str(), scope_about(&words));
            audit::note(change, Some(by.tenant), by.who, now, "rights", &about)?;
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Of(Who::Person(id)));
        Ok(())
    }

    /// Shuts somebody out, or lets somebody in again. Who is shut out has no session any more.
    pub fn set_disabled(&self, by: By<'_>, id: i64, disabled: bool) -> Result<(), AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            let account = of_tenant(change, by, id)?;
            if disabled {
                not_oneself(by, id)?;
                keep_an_administrator(change, &account)?;
                sessions::end_all(change, id)?;
            }
            change.execute("UPDATE account SET disabled = ?2 WHERE id = ?1", params![id, disabled])?;
            let act = if disabled { "disable" } else { "enable" };
            audit::note(change, Some(by.tenant), by.who, now, act, &account.name)?;
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Of(Who::Person(id)));
        Ok(())
    }

    /// Ends all of somebody's sessions: a lost laptop, or one's own on every browser.
    pub fn end_sessions(&self, by: By<'_>, id: i64) -> Result<(), AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            let account = of_tenant(change, by, id)?;
            sessions::end_all(change, id)?;
            audit::note(change, Some(by.tenant), by.who, now, "sign-out-everywhere", &account.name)?;
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Of(Who::Person(id)));
        Ok(())
    }

    /// Takes somebody out for good, with all sessions and an open link. The name is free for somebody else then; the audit
    /// log keeps it.
    pub fn remove(&self, by: By<'_>, id: i64) -> Result<(), AccessError> {
        let now = self.now();
        self.0.store.with(|change| {
            let account = of_tenant(change, by, id)?;
            not_oneself(by, id)?;
            keep_an_administrator(change, &account)?;
            sessions::end_all(change, id)?;
            invitations::end_open(change, by.tenant, &account.name, now)?;
            change.execute("DELETE FROM account WHERE id = ?1", [id])?;
            let about = format!("{} (person {id})", account.name);
            audit::note(change, Some(by.tenant), by.who, now, "remove", &about)?;
            Ok::<_, AccessError>(())
        })?;
        self.ended(End::Of(Who::Person(id)));
        Ok(())
    }

    /// The tenants in which nobody can change anything yet.
    pub fn without_administrator(&self) -> Result<Vec<TenantId>, AccessError> {
        let have: Vec<String> = self.0.store.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT DISTINCT tenant FROM account WHERE role = 'administrator' AND disabled = 0",
            )?;
            statement.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(self
            .0
            .tenants
            .iter()
            .filter(|tenant| !have.iter().any(|have| have == tenant.as_str()))
            .cloned()
            .collect())
    }
}

/// A scope in the audit log.
fn scope_about(words: &[String]) -> String {
    if words.is_empty() { "everything".into() } else { words.join(", ") }
}
