//! The audit log: who did what to what, and when. Written in the transaction of the act itself, so that neither is there
//! without the other. Never a secret, never a caller's number.

use model::{id::TenantId, time::UnixMillis};
use rusqlite::{Connection, params};

use super::Who;
use crate::store::{Store, StoreError};

/// Somebody signed in.
pub const SIGN_IN: &str = "sign-in";
/// Somebody was not let in.
pub const SIGN_IN_REFUSED: &str = "sign-in-refused";

/// So many refused sign-ins are kept: strangers make them. All else is kept for ever.
const REFUSED_MAX: u32 = 10_000;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its place in the log.
    pub id: i64,
    /// When.
    pub at: UnixMillis,
    /// Who, as [`Who`]'s text: `person 3`.
    pub who: String,
    /// The person's name today.
    pub name: Option<String>,
    /// What was done: a word such as `sign-in`.
    pub act: String,
    /// To what.
    pub about: String,
}

/// Notes an act. `tenant` is `None` only where it is nobody's: a stranger's try at a server of several tenants.
pub fn note(
    connection: &Connection,
    tenant: Option<&TenantId>,
    who: &Who,
    at: UnixMillis,
    act: &str,
    about: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO audit (tenant, at_ms, who, act, about) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![tenant.map(TenantId::as_str), at.0, who.to_string(), act, about])?;
    if act == SIGN_IN_REFUSED {
        connection
            .prepare_cached(
                "DELETE FROM audit WHERE act = 'sign-in-refused' AND id <=
                 (SELECT id FROM audit WHERE act = 'sign-in-refused' ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([REFUSED_MAX])?;
    }
    Ok(())
}

/// A tenant's log, newest first: at most `limit` lines, before the one with the id `before` where that is given.
pub fn list(
    store: &Store,
    tenant: &TenantId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<Noted>, StoreError> {
    store.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT audit.id, at_ms, who, account.name, act, about FROM audit
             LEFT JOIN account ON who = 'person ' || account.id
             WHERE audit.tenant = ?1 AND audit.id < ?2 ORDER BY audit.id DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows =
            statement.query_map(params![tenant.as_str(), before.unwrap_or(i64::MAX), limit], |row| {
                Ok(Noted {
                    id: row.get(0)?,
                    at: UnixMillis(row.get(1)?),
                    who: row.get(2)?,
                    name: row.get(3)?,
                    act: row.get(4)?,
                    about: row.get(5)?,
                })
            })?;
        rows.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_of_a_tenant_come_first_and_strangers_push_out_no_act() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        let (acme, other) = (TenantId::from("acme"), TenantId::from("other"));
        let write = |tenant: &TenantId, act: &str, about: &str| {
            store
                .with::<_, rusqlite::Error>(|change| {
                    note(change, Some(tenant), &Who::Nobody, UnixMillis(7), act, about)
                })
                .unwrap();
        };
        write(&acme, "invite", "first");
        write(&other, "invite", "not ours");
        store
            .with::<_, rusqlite::Error>(|change| {
                (0..REFUSED_MAX + 5).try_for_each(|number| {
                    let about = number.to_string();
                    note(change, Some(&acme), &Who::Nobody, UnixMillis(7), SIGN_IN_REFUSED, &about)
                })
            })
            .unwrap();
        let all = list(&store, &acme, None, usize::MAX).unwrap();
        assert_eq!(all.len(), REFUSED_MAX as usize + 1);
        assert_eq!((&*all[0].about, &*all[REFUSED_MAX as usize].about), ("10004", "first"));
        let older = list(&store, &acme, Some(all[0].id), 1).unwrap();
        assert_eq!((older.len(), &*older[0].about), (1, "10003"));
    }
}
