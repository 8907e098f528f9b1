//! Accounts as `ringside.db` keeps them: those that were written on the settings page. The password stands there as it is,
//! since the PBX wants to hear it; the file is for the server's user only.

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::account::{Account, Authority};
use crate::config::Secret;

/// The table, as a migration of the store.
pub const TABLES: &str = "
    CREATE TABLE pbx_account (
        tenant TEXT PRIMARY KEY,
        url TEXT NOT NULL,
        username TEXT NOT NULL,
        password TEXT NOT NULL,
        authority TEXT NOT NULL,
        changed_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;";

/// A tenant's account; `None` where there is none, or one that this version can't read.
pub fn read(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Option<Account>> {
    let mut statement = connection
        .prepare_cached("SELECT url, username, password, authority FROM pbx_account WHERE tenant = ?1")?;
    let row = statement.query_row([tenant.as_str()], |row| {
        let texts: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
        Ok(texts)
    });
    let Some([url, username, password, authority]) = row.optional()? else { return Ok(None) };
    Ok(Account::new(&url, &username, Secret::new(password), Some(&authority)).ok())
}

/// Keeps an account in place of the one before.
pub fn write(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &Account,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO pbx_account (tenant, url, username, password, authority, changed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            tenant.as_str(),
            account.place.to_string(),
            account.username,
            account.password.reveal(),
            account.authority.as_ref().map_or("", Authority::pem),
            at.0
        ],
    )?;
    Ok(())
}

/// Forgets a tenant's account.
pub fn remove(transaction: &Transaction<'_>, tenant: &TenantId) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM pbx_account WHERE tenant = ?1", [tenant.as_str()])?;
    Ok(())
}
