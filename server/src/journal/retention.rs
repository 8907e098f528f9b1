//! Which entries may leave the journal: those of an age, and the oldest where there are too many bytes.
//!
//! What is found here may go by a tenant's own rule. Whether it may go at all is the keeper's to say (`live::keep`): nothing
//! leaves that a base doesn't hold.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use model::{
    id::{Seq, TenantId},
    time::{Millis, UnixMillis},
};
use rusqlite::{Connection, params};

/// How many rows one statement reads: no reader keeps the WAL from being used anew for long.
const ROWS_READ: i64 = 10_000;

/// What a row costs in the file beside its body, about.
const ROW_BYTES: u64 = 250;

/// How long a tenant's entries stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Days after receipt.
    pub days: u32,
    /// So many bytes at most; the oldest leave first.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30, bytes: 10 << 30 }
    }
}

/// Every tenant's retention; the default one for a tenant of which nothing is said. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Retentions(Arc<Mutex<HashMap<TenantId, Retention>>>);

impl Retentions {
    /// A tenant's.
    pub fn get(&self, tenant: &TenantId) -> Retention {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).copied().unwrap_or_default()
    }

    /// A tenant's is this from now on.
    pub fn set(&self, tenant: &TenantId, retention: Retention) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), retention);
    }
}

/// The newest of a tenant's entries that may go by its rule at `now`; `Seq(0)` where none may.
pub fn may_go(
    connection: &Connection,
    tenant: &TenantId,
    rule: Retention,
    now: UnixMillis,
) -> rusqlite::Result<Seq> {
    let before = now - Millis::days(i64::from(rule.days));
    let mut sizes = Sizes::new(connection, tenant)?;
    let mut last = Seq(0);
    // A file that is small enough holds no tenant's too many, and needs not be measured.
    let file: i64 = connection.query_row(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        [],
        |row| row.get(0),
    )?;
    let mut over = if file.unsigned_abs() <= rule.bytes {
        0
    } else {
        Sizes::new(connection, tenant)?.total()?.saturating_sub(rule.bytes)
    };
    while let Some((seq, received, bytes)) = sizes.next()? {
        if received >= before && over == 0 {
            break;
        }
        over = over.saturating_sub(bytes);
        last = seq;
    }
    Ok(last)
}

/// A tenant's entries from the oldest on, with when they came and what they cost.
struct Sizes<'a> {
    statement: rusqlite::CachedStatement<'a>,
    tenant: &'a TenantId,
    read: std::vec::IntoIter<(Seq, UnixMillis, u64)>,
    after: i64,
    ended: bool,
}

impl<'a> Sizes<'a> {
    fn new(connection: &'a Connection, tenant: &'a TenantId) -> rusqlite::Result<Self> {
        let statement = connection.prepare_cached(
            "SELECT seq, received_ms, length(body), tenant = ?2 FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?3",
        )?;
        Ok(Self { statement, tenant, read: Vec::new().into_iter(), after: 0, ended: false })
    }

    fn next(&mut self) -> rusqlite::Result<Option<(Seq, UnixMillis, u64)>> {
        loop {
            if let Some(size) = self.read.next() {
                return Ok(Some(size));
            }
            if self.ended {
                return Ok(None);
            }
            let mut sizes = Vec::new();
            let mut read = 0;
            let mut rows = self.statement.query(params![self.after, self.tenant.as_str(), ROWS_READ])?;
            while let Some(row) = rows.next()? {
                read += 1;
                self.after = row.get(0)?;
                if row.get(3)? {
                    let bytes = row.get::<_, i64>(2)?.unsigned_abs() + ROW_BYTES;
                    sizes.push((Seq(self.after.unsigned_abs()), UnixMillis(row.get(1)?), bytes));
                }
            }
            self.ended = read < ROWS_READ;
            self.read = sizes.into_iter();
        }
    }

    fn total(&mut self) -> rusqlite::Result<u64> {
        let mut total = 0;
        while let Some((.., bytes)) = self.next()? {
            total += bytes;
        }
        Ok(total)
    }
}
