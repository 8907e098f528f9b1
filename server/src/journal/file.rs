//! `journal.db`: its table, its settings, and how a row's checksum is made.
//!
//! # The checksum
//! `crc` is the CRC-32 (IEEE 802.3, as zip and PNG use it) of all other columns in the table's order, each written as
//! - `00` for NULL,
//! - `01`, then eight bytes, least significant first, for an integer (two's complement),
//! - `02`, then the length in bytes as eight bytes, least significant first, then the bytes, for a text (UTF-8),
//! - `03`, length and bytes likewise, for a blob.
//!
//! SQLite checks the shape of its pages but not what is in a body: a flipped bit there would be read back as truth.
//!
//! # Versions
//! `format` is the row's own: [`ROW_FORMAT`] is the only one so far, the body as received. `user_version` is the file's.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use model::{
    id::{Seq, TenantId},
    time::{Skew, UnixMillis},
};
use rusqlite::{
    Connection, OpenFlags, Row,
    types::{FromSql, FromSqlError, ValueRef},
};

use super::{Damaged, EntryKind, NewEntry, OpenError, StoredEntry};

/// The journal's file in the data folder.
pub const FILE_NAME: &str = "journal.db";

/// A row that holds the body as received.
const ROW_FORMAT: i64 = 1;

/// The shape of the file, in `user_version`.
const FILE_VERSION: i64 = 1;

/// Marks the file as a journal of ours, in `application_id`: the letters "RsJ1".
const APPLICATION_ID: i64 = 0x5273_4a31;

/// How long a statement waits for a lock that somebody else's tool holds. Less than an append waits.
pub const BUSY_AFTER: Duration = Duration::from_millis(1500);

/// What the WAL file is cut to when it starts anew.
const WAL_BYTES_KEPT: i64 = super::WAL_BYTES_MAX.cast_signed();

const CREATE: &str = "
    CREATE TABLE entry (
        seq INTEGER PRIMARY KEY,
        tenant TEXT NOT NULL,
        kind TEXT NOT NULL,
        endpoint TEXT,
        received_ms INTEGER NOT NULL,
        peer TEXT,
        skew_ms INTEGER,
        content_type TEXT,
        content_encoding TEXT,
        event_id TEXT,
        body BLOB NOT NULL,
        format INTEGER NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT;";

/// Adds a row; the columns in the table's order.
pub const INSERT: &str = "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// All columns in the table's order; the last is the checksum.
pub const COLUMNS: &str = "seq, tenant, kind, endpoint, received_ms, peer, skew_ms, content_type, content_encoding, event_id, body, format, crc";

/// How many columns the checksum covers: all but itself.
const COLUMNS_CHECKED: usize = 12;

/// Opens the file for writing and makes its table if it is new.
pub fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let connection = connect(path)?;
    let version = pragma(&connection, "user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if version == 0 && tables == 0 {
        // Before the first page is written, or it can't be had any more.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "FAST")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    if version == 0 && tables == 0 {
        connection.execute_batch(&format!(
            "BEGIN; {CREATE} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FILE_VERSION}; COMMIT;"
        ))?;
    } else if version > FILE_VERSION {
        return Err(OpenError::Newer { found: version, known: FILE_VERSION });
    } else if pragma(&connection, "application_id")? != APPLICATION_ID {
        return Err(OpenError::NotAJournal);
    }
    check_settings(&connection)?;
    Ok(connection)
}

/// Opens the file beside its writer, for reading or for checkpoints.
pub fn open_beside(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    // What a checkpoint writes is synced too, or the WAL would be used again before its pages are safe.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// The file beside this one whose name goes on with `ending`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Opens a file that is there; never makes one, which would then have the wrong rights.
pub fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_AFTER)?;
    Ok(connection)
}

/// Reads the settings back: SQLite ignores what it can't do, and durability rests on them.
fn check_settings(connection: &Connection) -> Result<(), OpenError> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode != "wal" {
        return Err(OpenError::Setting { name: "journal_mode", expected: "wal".into(), found: mode });
    }
    for (name, expected) in
        [("synchronous", 2), ("auto_vacuum", 2), ("secure_delete", 2), ("wal_autocheckpoint", 0)]
    {
        let found = pragma(connection, name)?;
        if found != expected {
            return Err(OpenError::Setting {
                name,
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// The greatest `seq` in the file; 0 where it has no rows.
pub fn last_seq(connection: &Connection) -> rusqlite::Result<Seq> {
    let last: Option<i64> = connection.query_row("SELECT max(seq) FROM entry", [], |row| row.get(0))?;
    Ok(Seq(last.unwrap_or(0).unsigned_abs()))
}

/// Copies the WAL's pages to the main file. `mode` is SQLite's word: PASSIVE, RESTART or TRUNCATE. Says whether somebody
/// kept it from being whole.
pub fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| Ok(row.get::<_, i64>(0)? != 0))
}

/// The columns of a row to be written, checksum included.
pub fn row(seq: Seq, entry: &NewEntry) -> [ValueRef<'_>; COLUMNS_CHECKED + 1] {
    let checked = [
        ValueRef::Integer(seq.0.cast_signed()),
        ValueRef::Text(entry.tenant.as_str().as_bytes()),
        ValueRef::Text(entry.kind.as_str().as_bytes()),
        text(entry.endpoint.as_ref()),
        ValueRef::Integer(entry.received.0),
        text(entry.peer.as_ref()),
        entry.skew.map_or(ValueRef::Null, |skew| ValueRef::Integer(skew.0)),
        text(entry.content_type.as_ref()),
        text(entry.content_encoding.as_ref()),
        text(entry.event_id.as_ref()),
        ValueRef::Blob(&entry.body),
        ValueRef::Integer(ROW_FORMAT),
    ];
    let mut row = [ValueRef::Null; COLUMNS_CHECKED + 1];
    row[..COLUMNS_CHECKED].copy_from_slice(&checked);
    row[COLUMNS_CHECKED] = ValueRef::Integer(i64::from(crc(&checked)));
    row
}

fn text(text: Option<&String>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
}

/// Reads a row of [`COLUMNS`], checked. The outer error is the file's, the inner one the row's.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Result<StoredEntry, Damaged>> {
    let seq = Seq(row.get::<_, i64>(0)?.cast_unsigned());
    let mut columns = [ValueRef::Null; COLUMNS_CHECKED];
    for (index, column) in columns.iter_mut().enumerate() {
        *column = row.get_ref(index)?;
    }
    if row.get_ref(COLUMNS_CHECKED)? != ValueRef::Integer(i64::from(crc(&columns))) {
        return Ok(Err(Damaged { seq, why: "its checksum is wrong" }));
    }
    Ok(decode(seq, &columns).map_err(|why| Damaged { seq, why }))
}

/// Whole columns to an entry. A row with a right checksum fails here only if a newer version wrote it.
fn decode(seq: Seq, columns: &[ValueRef<'_>; COLUMNS_CHECKED]) -> Result<StoredEntry, &'static str> {
    const SHAPE: &str = "a column has another type than this version knows";
    fn get<T: FromSql>(value: &ValueRef<'_>) -> Result<T, &'static str> {
        T::column_result(*value).map_err(|_: FromSqlError| SHAPE)
    }
    let [
        _,
        tenant,
        kind,
        endpoint,
        received,
        peer,
        skew,
        content_type,
        content_encoding,
        event_id,
        body,
        format,
    ] = columns;
    if get::<i64>(format)? != ROW_FORMAT {
        return Err("a newer version wrote it; start that version again");
    }
    Ok(StoredEntry {
        seq,
        entry: NewEntry {
            tenant: TenantId::from(get::<String>(tenant)?),
            kind: EntryKind::from_word(kind.as_str().map_err(|_| SHAPE)?)
                .ok_or("a newer version wrote its kind")?,
            endpoint: get(endpoint)?,
            received: UnixMillis(get(received)?),
            peer: get(peer)?,
            skew: get::<Option<i64>>(skew)?.map(Skew),
            content_type: get(content_type)?,
            content_encoding: get(content_encoding)?,
            event_id: get(event_id)?,
            body: body.as_blob().map_err(|_| SHAPE)?.to_vec(),
        },
    })
}

/// The checksum of a row's other columns; see the module's head.
fn crc(columns: &[ValueRef<'_>; COLUMNS_CHECKED]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for column in columns {
        match *column {
            ValueRef::Null => hasher.update(&[0]),
            ValueRef::Integer(number) => {
                hasher.update(&[1]);
                hasher.update(&number.to_le_bytes());
            }
            ValueRef::Text(bytes) => tagged(&mut hasher, 2, bytes),
            ValueRef::Blob(bytes) => tagged(&mut hasher, 3, bytes),
            // No column is a fraction; a damaged row may say so, and then differs from any row that was written.
            ValueRef::Real(number) => tagged(&mut hasher, 4, &number.to_le_bytes()),
        }
    }
    hasher.finalize()
}

fn tagged(hasher: &mut crc32fast::Hasher, tag: u8, bytes: &[u8]) {
    hasher.update(&[tag]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: SQLite's own answers, and its documentation of the numbers (synchronous 2 = FULL, auto_vacuum 2 =
    /// INCREMENTAL, secure_delete 2 = FAST).
    #[test]
    fn the_writer_has_the_settings_that_durability_rests_on() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(FILE_NAME);
        crate::folder::make_file(&path).unwrap();
        for _ in ["new", "opened again"] {
            let connection = open_writer(&path).unwrap();
            let text: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
            assert_eq!(text, "wal");
            for (name, value) in
                [("synchronous", 2), ("auto_vacuum", 2), ("secure_delete", 2), ("wal_autocheckpoint", 0)]
            {
                assert_eq!(pragma(&connection, name).unwrap(), value, "{name}");
            }
            let names = "SELECT group_concat(name, ' ') FROM sqlite_schema";
            assert_eq!(connection.query_row(names, [], |row| row.get::<_, String>(0)).unwrap(), "entry");
        }
    }

    #[test]
    fn a_file_of_a_newer_version_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join(FILE_NAME);
        crate::folder::make_file(&path).unwrap();
        open_writer(&path).unwrap().pragma_update(None, "user_version", FILE_VERSION + 1).unwrap();
        assert!(matches!(open_writer(&path).unwrap_err(), OpenError::Newer { found: 2, known: 1 }));
    }
}
