//! What is over, written down: rows, the lists of their names, and up to where the journal is told, in one transaction.
//!
//! A call is written as a whole, with all of its visits, in place of what was known of it: told twice it is there once, and
//! told anew it is another one.

use std::collections::HashMap;

use model::{
    board::Past,
    id::{Seq, TenantId},
    time::UnixMillis,
    wire::{PastCall, PastVisit},
};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    HistoryError,
    row::{Row, Tables},
    search::names_in,
};

/// So many names are remembered at most; then all are looked up anew.
const NAMES_MAX: usize = 200_000;

/// Writes. One at a time.
#[derive(Debug, Default)]
pub struct Writer {
    /// Names that are in the table for certain.
    names: HashMap<(TenantId, String), u32>,
    /// The pass over the journal that rows belong to.
    pass: i64,
}

/// A row as it was.
struct Known {
    key: i64,
    at: i64,
    way: u32,
    result: u32,
    pass: i64,
    parties: Vec<u8>,
    record: String,
}

impl Writer {
    /// A writer of a pass.
    pub fn new(pass: i64) -> Self {
        Self { names: HashMap::new(), pass }
    }

    /// Forgets which names are there: a transaction was taken back, or names were removed.
    pub fn forget_names(&mut self) {
        self.names.clear();
    }

    /// Writes what of a call is over, in place of what was.
    pub fn put(
        &mut self,
        change: &Transaction<'_>,
        tenant: &TenantId,
        past: &Past,
    ) -> Result<(), HistoryError> {
        let id = past.id.as_str();
        match &past.call {
            Some(call) => self.put_row(change, tenant, call, "")?,
            None => remove_rows(change, PastCall::TABLES, tenant, id, |_| true)?,
        }
        for visit in &past.visits {
            self.put_row(change, tenant, visit, &visit.id)?;
        }
        let is_gone = |kept: &str| !past.visits.iter().any(|visit| visit.id.as_str() == kept);
        remove_rows(change, PastVisit::TABLES, tenant, id, is_gone)
    }

    fn put_row<T: Row>(
        &mut self,
        change: &Transaction<'_>,
        tenant: &TenantId,
        row: &T,
        id: &str,
    ) -> Result<(), HistoryError> {
        let tables = T::TABLES;
        let record = serde_json::to_string(row).map_err(HistoryError::Record)?;
        let parties = self.parties(change, tenant, row)?;
        let (at, way, result) = (row.moment().0, row.way(), row.result());
        let known = known(change, tables, tenant, row.call().as_str(), id)?;
        let key = match known {
            Some(known) if known.record == record && known.parties == parties && known.pass == self.pass => {
                return Ok(());
            }
            Some(known) => {
                let sql = format!(
                    "UPDATE {} SET at = ?2, way = ?3, result = ?4, pass = ?5, parties = ?6, record = ?7 WHERE key = ?1",
                    tables.rows
                );
                change
                    .prepare_cached(&sql)?
                    .execute(params![known.key, at, way, result, self.pass, parties, record])?;
                if (known.at, known.way, known.result) == (at, way, result) && known.parties == parties {
                    return Ok(());
                }
                unlist(change, tables, known.key, known.at, &known.parties)?;
                known.key
            }
            None => {
                let sql = format!(
                    "INSERT INTO {} (tenant, call, id, at, way, result, pass, parties, record)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    tables.rows
                );
                let mut insert = change.prepare_cached(&sql)?;
                let call = row.call().as_str();
                insert.insert(params![
                    tenant.as_str(),
                    call,
                    id,
                    at,
                    way,
                    result,
                    self.pass,
                    parties,
                    record
                ])?
            }
        };
        let sql = format!("INSERT OR REPLACE INTO {} VALUES (?1, ?2, ?3, ?4, ?5)", tables.lists);
        let mut insert = change.prepare_cached(&sql)?;
        for name in names_in(&parties) {
            insert.execute(params![name, at, key, way, result])?;
        }
        Ok(())
    }

    /// A row's names, each once, in order.
    fn parties<T: Row>(
        &mut self,
        change: &Transaction<'_>,
        tenant: &TenantId,
        row: &T,
    ) -> Result<Vec<u8>, HistoryError> {
        let numbers = row.numbers().into_iter().map(|number| format!("n{number}"));
        let words = numbers.chain(row.queues().into_iter().map(|queue| format!("q{queue}")));
        let mut names = Vec::new();
        for word in words {
            names.push(self.name(change, tenant, word)?);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names.iter().flat_map(|name| name.to_le_bytes()).collect())
    }

    /// A word's name, made if need be.
    fn name(
        &mut self,
        change: &Transaction<'_>,
        tenant: &TenantId,
        word: String,
    ) -> Result<u32, HistoryError> {
        let key = (tenant.clone(), word);
        if let Some(name) = self.names.get(&key) {
            return Ok(*name);
        }
        let asked = params![tenant.as_str(), key.1];
        let known: Option<u32> = change
            .prepare_cached("SELECT id FROM past_name WHERE tenant = ?1 AND word = ?2")?
            .query_row(asked, |row| row.get(0))
            .optional()?;
        let name = match known {
            Some(name) => name,
            // The row that a trigger adds has the same id.
            None => change
                .prepare_cached("INSERT INTO past_name (tenant, word) VALUES (?1, ?2) RETURNING id")?
                .query_row(asked, |row| row.get(0))?,
        };
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        self.names.insert(key, name);
        Ok(name)
    }

    /// Notes that all up to an entry is told.
    pub fn told(change: &Transaction<'_>, upto: Seq) -> Result<(), HistoryError> {
        let mut update = change.prepare_cached("UPDATE past_state SET upto = max(upto, ?1)")?;
        update.execute([upto.0.cast_signed()])?;
        Ok(())
    }

    /// Removes rows that this pass over the journal did not find again, at most `limit`, and says whether there were any. Those of
    /// an older journal stay: they can't be made again. With a limit of 0 all stay, and the pass is over.
    pub fn sweep(&self, change: &Transaction<'_>, limit: u32) -> Result<bool, HistoryError> {
        let mut removed = 0;
        for tables in [PastCall::TABLES, PastVisit::TABLES] {
            let sql = format!(
                "SELECT key, at, parties FROM {} WHERE pass < ?1 AND pass >= (SELECT first_pass FROM past_state) LIMIT ?2",
                tables.rows
            );
            removed += remove(change, tables, &sql, params![self.pass, limit])?;
        }
        if removed == 0 {
            change.execute("UPDATE past_state SET whole = 1", [])?;
        }
        Ok(removed > 0)
    }

    /// Removes a tenant's rows of before a moment, at most `limit` of each kind, and the names that nothing has any more. Says
    /// whether there were any.
    pub fn expire(
        change: &Transaction<'_>,
        tenant: &TenantId,
        before: UnixMillis,
        limit: u32,
    ) -> Result<bool, HistoryError> {
        let mut removed = 0;
        for tables in [PastCall::TABLES, PastVisit::TABLES] {
            let sql = format!(
                "SELECT key, at, parties FROM {} WHERE tenant = ?1 AND at < ?2 ORDER BY at LIMIT ?3",
                tables.rows
            );
            removed += remove(change, tables, &sql, params![tenant.as_str(), before.0, limit])?;
        }
        Ok(removed > 0)
    }
}

/// Removes the rows that a statement finds.
fn remove(
    change: &Transaction<'_>,
    tables: Tables,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<usize, HistoryError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = change
        .prepare_cached(sql)?
        .query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (key, at, parties) in &rows {
        remove_row(change, tables, *key, *at, parties)?;
    }
    Ok(rows.len())
}

fn remove_row(
    change: &Transaction<'_>,
    tables: Tables,
    key: i64,
    at: i64,
    parties: &[u8],
) -> Result<(), HistoryError> {
    change.prepare_cached(&format!("DELETE FROM {} WHERE key = ?1", tables.rows))?.execute([key])?;
    unlist(change, tables, key, at, parties)?;
    // A number that nobody has any more is forgotten too.
    let mut forget = change.prepare_cached(
        "DELETE FROM past_name WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM past_party WHERE name = ?1)
         AND NOT EXISTS (SELECT 1 FROM past_visitor WHERE name = ?1)",
    )?;
    for name in names_in(parties) {
        forget.execute([name])?;
    }
    Ok(())
}

/// Takes a row off the lists of its names.
fn unlist(
    change: &Transaction<'_>,
    tables: Tables,
    key: i64,
    at: i64,
    parties: &[u8],
) -> Result<(), HistoryError> {
    let sql = format!("DELETE FROM {} WHERE name = ?1 AND at = ?2 AND key = ?3", tables.lists);
    let mut delete = change.prepare_cached(&sql)?;
    for name in names_in(parties) {
        delete.execute(params![name, at, key])?;
    }
    Ok(())
}

/// Removes those of a call's rows that are gone by their ids.
fn remove_rows(
    change: &Transaction<'_>,
    tables: Tables,
    tenant: &TenantId,
    call: &str,
    is_gone: impl Fn(&str) -> bool,
) -> Result<(), HistoryError> {
    let sql = format!("SELECT key, at, parties, id FROM {} WHERE tenant = ?1 AND call = ?2", tables.rows);
    let rows: Vec<(i64, i64, Vec<u8>, String)> = change
        .prepare_cached(&sql)?
        .query_map(params![tenant.as_str(), call], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (key, at, parties, _) in rows.iter().filter(|(.., id)| is_gone(id)) {
        remove_row(change, tables, *key, *at, parties)?;
    }
    Ok(())
}

fn known(
    change: &Transaction<'_>,
    tables: Tables,
    tenant: &TenantId,
    call: &str,
    id: &str,
) -> Result<Option<Known>, HistoryError> {
    let sql = format!(
        "SELECT key, at, way, result, pass, parties, record FROM {} WHERE tenant = ?1 AND call = ?2 AND id = ?3",
        tables.rows
    );
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Known {
            key: row.get(0)?,
            at: row.get(1)?,
            way: row.get(2)?,
            result: row.get(3)?,
            pass: row.get(4)?,
            parties: row.get(5)?,
            record: row.get(6)?,
        })
    };
    Ok(change.prepare_cached(&sql)?.query_row(params![tenant.as_str(), call, id], read).optional()?)
}
