//! A file that SQLite can't open: set aside under another name, never deleted or changed; what can be read of it is copied.
//!
//! Rows lie in pages in the order of `seq`, and a damaged page hides its own rows only. So the copy walks forward until a
//! page can't be read, hops over it with growing steps, and walks back towards the damage from where it landed.
//! A file whose first page is gone gives nothing: then it is the set-aside file that a person may still mend.
//!
//! Commits behind a damaged frame of the WAL, which SQLite would leave without a word, are brought back likewise (`wal`).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig, params_from_iter, types::Value};

use super::{OpenError, file, wal};
use crate::folder;

/// A damaged journal, or its damaged WAL, under its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now. A journal's `-wal` file lies beside it.
    pub path: PathBuf,
    /// How many of its rows were copied.
    pub copied: u64,
    /// Whether the journal is a new one; else only its WAL was damaged.
    pub is_replaced: bool,
}

/// Opens the journal for writing. One that is damaged so that SQLite can't is replaced by a new one, and what is behind damage
/// in its WAL is brought back.
pub fn open(path: &Path) -> Result<(Connection, Option<SetAside>), OpenError> {
    let rebuilt = wal::rebuild(path, &ending()).map_err(OpenError::SetAside)?;
    let (mut connection, aside) = open_or_replace(path)?;
    let Some(rebuilt) = rebuilt else { return Ok((connection, aside)) };
    let newest = file::last_seq(&connection)?;
    let copied = copy(&rebuilt.file, &mut connection, newest.0.cast_signed() + 1)?;
    rebuilt.discard();
    let of_wal = SetAside { path: rebuilt.kept, copied, is_replaced: false };
    Ok((connection, Some(aside.map_or(of_wal, |aside| SetAside { copied: aside.copied + copied, ..aside }))))
}

fn open_or_replace(path: &Path) -> Result<(Connection, Option<SetAside>), OpenError> {
    let damage = match file::open_writer(path).and_then(|connection| {
        file::last_seq(&connection)?;
        Ok(connection)
    }) {
        Ok(connection) => return Ok((connection, None)),
        Err(OpenError::Sqlite(error)) if is_damage(&error) => error,
        Err(error) => return Err(error),
    };
    tracing::error!(error = %damage, "the journal's file is damaged");
    let aside = set_aside(path).map_err(OpenError::SetAside)?;
    folder::make_file(path)?;
    let mut connection = file::open_writer(path)?;
    let copied = copy(&aside, &mut connection, 1)?;
    Ok((connection, Some(SetAside { path: aside, copied, is_replaced: true })))
}

/// Whether the bytes are wrong, and not the disk, the rights or the room on it.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// What the name of a damaged file ends with: `.damaged-1786000000000`, by our clock in unix milliseconds.
fn ending() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    format!(".damaged-{now}")
}

/// Gives the file and its WAL another name.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let its = ending();
    let named = |ending: &str| file::beside(path, ending);
    let aside = named(&its);
    // The WAL first: a main file without it is still tried at the next start, a WAL without its main file is never.
    for ending in ["-wal", "-shm", ""] {
        match fs::rename(named(ending), named(&format!("{its}{ending}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !ending.is_empty() => {}
            result => result?,
        }
    }
    folder::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    Ok(aside)
}

/// Copies what can be read from a place on to the journal, in one commit. Gives the count of rows.
fn copy(aside: &Path, journal: &mut Connection, first: i64) -> Result<u64, OpenError> {
    let Ok(damaged) = file::connect(aside) else { return Ok(0) };
    // Else the last one to close it would write the WAL into it.
    if damaged.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).is_err() {
        return Ok(0);
    }
    let transaction = journal.transaction()?;
    let mut copied = 0;
    let mut next = first;
    let mut hop: i64 = 1;
    loop {
        let forward = walk(&damaged, &transaction, "seq >= ?1 ORDER BY seq", next)?;
        copied += forward.copied;
        if hop > 1 && forward.copied > 0 {
            copied += walk(&damaged, &transaction, "seq < ?1 ORDER BY seq DESC", next)?.copied;
        }
        if forward.whole {
            break;
        }
        if let Some(last) = forward.last {
            (next, hop) = (last, 1);
        }
        let Some(landing) = next.checked_add(hop) else { break };
        next = landing;
        hop = hop.saturating_mul(2);
    }
    transaction.commit()?;
    Ok(copied)
}

/// How far one walk came.
#[derive(Debug, Default)]
struct Walk {
    copied: u64,
    last: Option<i64>,
    whole: bool,
}

/// Copies rows until the walk ends, meets a row that was copied before, or can't go on.
fn walk(damaged: &Connection, journal: &Connection, rest: &str, from: i64) -> Result<Walk, OpenError> {
    let mut walk = Walk::default();
    let Ok(mut select) = damaged.prepare_cached(&format!("SELECT {} FROM entry WHERE {rest}", file::COLUMNS))
    else {
        return Ok(walk);
    };
    let mut insert = journal.prepare_cached(&file::INSERT.replacen("INSERT", "INSERT OR IGNORE", 1))?;
    let columns = select.column_count();
    let Ok(mut rows) = select.query([from]) else { return Ok(walk) };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => {
                walk.whole = true;
                return Ok(walk);
            }
            Err(_) => return Ok(walk),
        };
        let read: rusqlite::Result<Vec<Value>> = (0..columns).map(|index| row.get(index)).collect();
        let Ok(values) = read else { return Ok(walk) };
        let Some(&Value::Integer(seq)) = values.first() else { return Ok(walk) };
        // Copied as it is, wrong checksums too: reading them says so, as before.
        match insert.execute(params_from_iter(values)) {
            Ok(0) => return Ok(walk),
            Ok(_) => walk.copied += 1,
            // A value of a type that the column can't hold: the row is lost.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
            Err(error) => return Err(error.into()),
        }
        walk.last = Some(seq);
    }
}
