//! `ringside backup` and `ringside restore`: a folder with both databases, and what else a data folder needs to be one.
//!
//! A copy is made while the server runs: each database as of one moment, in one read transaction, so that no commit begins the copy
//! anew. `ringside.db` goes first: what it says of the journal then is true of the journal's copy, which is the newer one.
//! A copy that broke off has another name than one that is whole.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::id::Seq;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension,
    backup::{Backup, StepResult},
};
use serde::{Deserialize, Serialize};

use super::{OperateError, Progress};
use crate::{
    config::{ENDPOINTS_FILE, IDS_FILE},
    folder::{self, Lock},
    journal,
    live::snapshot,
    store,
};

/// Says of a folder that it is a backup.
pub const MANIFEST: &str = "backup.json";

/// The form of a backup.
const FORM: u32 = 1;

/// Pages that are copied at once: 4 MiB.
const PAGES: i32 = 1024;

/// How long a step waits for a lock that somebody else's tool holds.
const BUSY_WAIT: Duration = Duration::from_millis(50);

/// The databases, in the order in which they are copied.
const DATABASES: [&str; 2] = [store::FILE_NAME, journal::FILE_NAME];

/// Plain files of a data folder; some have none of them. Not the snapshot that only saves time.
const FILES: [&str; 3] = [ENDPOINTS_FILE, IDS_FILE, snapshot::BASE_FILE];

/// What a backup says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Manifest {
    form: u32,
    version: String,
    made_at_ms: u64,
    newest_entry: u64,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where it is.
    pub folder: PathBuf,
    /// The newest entry of the journal in it.
    pub newest: Seq,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Where that which was there before is now, if it was put aside.
    pub aside: Option<PathBuf>,
}

/// Copies a data folder to a new one, while a server uses it or not.
pub fn backup(data: &Path, to: &Path, progress: Progress<'_>) -> Result<Copied, OperateError> {
    if !data.join(journal::FILE_NAME).is_file() {
        return Err(OperateError::NoData(data.to_owned()));
    }
    if to.exists() {
        return Err(OperateError::Exists(to.to_owned()));
    }
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(OperateError::file(&partial))?;
    }
    folder::make(&partial)?;
    for name in FILES {
        copy_file(&data.join(name), &partial.join(name))?;
    }
    for name in DATABASES {
        if data.join(name).is_file() {
            copy_database(&data.join(name), &partial.join(name), name, progress)?;
        }
    }
    // What has left the journal by now is in a base that was there before the journal's copy began, or is there now.
    if !rests_on_base(&partial)? {
        copy_file(&data.join(snapshot::BASE_FILE), &partial.join(snapshot::BASE_FILE))?;
    }
    let newest = newest(&partial.join(journal::FILE_NAME))?;
    let made_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let manifest = Manifest {
        form: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at_ms: u64::try_from(made_at.as_millis()).unwrap_or_default(),
        newest_entry: newest.0,
    };
    write_private(&partial.join(MANIFEST), &serde_json::to_vec_pretty(&manifest).unwrap_or_default())?;
    folder::sync_folder(&partial).map_err(OperateError::file(&partial))?;
    fs::rename(&partial, to).map_err(OperateError::file(to))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder::sync_folder(parent).map_err(OperateError::file(parent))?;
    Ok(Copied { folder: to.to_owned(), newest, bytes: size(to), aside: None })
}

/// Puts a backup back as a data folder, which must be nobody's and empty; `replace` puts aside what is in it.
pub fn restore(
    from: &Path,
    data: &Path,
    replace: bool,
    progress: Progress<'_>,
) -> Result<Copied, OperateError> {
    let manifest = fs::read(from.join(MANIFEST)).ok();
    let manifest: Option<Manifest> = manifest.and_then(|text| serde_json::from_slice(&text).ok());
    let Some(manifest) = manifest else {
        return Err(OperateError::NoBackup(from.to_owned(), MANIFEST));
    };
    if manifest.form > FORM {
        return Err(OperateError::Newer(manifest.form));
    }
    for name in DATABASES {
        if !from.join(name).is_file() {
            return Err(OperateError::NoBackup(from.to_owned(), name));
        }
    }
    let _lock = Lock::take(data)?;
    let there = contents(data)?;
    if !there.is_empty() && !replace {
        return Err(OperateError::NotEmpty(data.to_owned()));
    }
    let aside = if there.is_empty() { None } else { Some(put_aside(data, &there)?) };
    for name in DATABASES {
        copy_database(&from.join(name), &data.join(name), name, progress)?;
    }
    for name in FILES {
        copy_file(&from.join(name), &data.join(name))?;
    }
    // Whoever watched before must not take the two lines of entries for one.
    let own = Connection::open_with_flags(data.join(store::FILE_NAME), flags())?;
    own.execute("DELETE FROM meta WHERE key = 'epoch'", [])?;
    own.close().map_err(|(_, error)| error)?;
    folder::sync_folder(data).map_err(OperateError::file(data))?;
    let newest = newest(&data.join(journal::FILE_NAME))?;
    Ok(Copied { folder: data.to_owned(), newest, bytes: size(data), aside })
}

/// Whether a folder is a backup.
pub fn is_backup(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Copies a database as of one moment, and looks whether the copy is whole.
fn copy_database(from: &Path, to: &Path, name: &str, progress: Progress<'_>) -> Result<(), OperateError> {
    let source = Connection::open_with_flags(from, flags())?;
    source.busy_timeout(Duration::from_secs(10))?;
    // Nothing that is committed from now on is in it, and nothing of it begins the copy anew.
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    folder::make_file(to)?;
    let mut target = Connection::open_with_flags(to, flags())?;
    {
        let backup = Backup::new(&source, &mut target)?;
        loop {
            let step = backup.step(PAGES)?;
            let state = backup.progress();
            let (all, left) =
                (u64::from(state.pagecount.unsigned_abs()), u64::from(state.remaining.unsigned_abs()));
            progress(name, (all - left.min(all)) * 100 / all.max(1));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(BUSY_WAIT),
            }
        }
    }
    drop(source);
    let found = integrity(&target, "quick_check")?;
    if let Some(first) = found.first() {
        return Err(OperateError::Damaged(to.to_owned(), first.clone()));
    }
    target.close().map_err(|(_, error)| error)?;
    fs::File::open(to).and_then(|file| file.sync_all()).map_err(OperateError::file(to))
}

/// What SQLite finds wrong with a database; nothing where all is well.
pub fn integrity(connection: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA {check}"))?;
    let lines =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// How databases are opened: never made.
pub fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn newest(path: &Path) -> Result<Seq, OperateError> {
    let connection = Connection::open_with_flags(path, flags())?;
    let newest: Option<i64> =
        connection.query_row("SELECT max(seq) FROM entry", [], |row| row.get(0)).optional()?.flatten();
    Ok(Seq(newest.unwrap_or(0).unsigned_abs()))
}

/// Whether the entries of a copy go on where its base ends.
fn rests_on_base(folder: &Path) -> Result<bool, OperateError> {
    let base = snapshot::head(folder, snapshot::Kind::Base)?.map_or(Seq(0), |head| head.seq);
    let connection = Connection::open_with_flags(folder.join(journal::FILE_NAME), flags())?;
    let first: Option<i64> = connection.query_row("SELECT min(seq) FROM entry", [], |row| row.get(0))?;
    Ok(first.is_none_or(|first| first.unsigned_abs() <= base.0 + 1))
}

/// Copies a file that may not be there, for the server's user only.
fn copy_file(from: &Path, to: &Path) -> Result<(), OperateError> {
    match fs::read(from) {
        Ok(bytes) => write_private(to, &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OperateError::file(from)(error)),
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), OperateError> {
    folder::make_file(path)?;
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(OperateError::file(path))
}

/// What is in a folder, but for its lock and what was put aside.
fn contents(folder: &Path) -> Result<Vec<OsString>, OperateError> {
    let names = fs::read_dir(folder)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(OperateError::file(folder))?;
    let is_own = |name: &OsString| {
        name != folder::LOCK_FILE && !name.to_str().is_some_and(|name| name.starts_with(ASIDE))
    };
    Ok(names.into_iter().filter(is_own).collect())
}

/// How the folder's name begins that holds what was there before.
const ASIDE: &str = "replaced-";

/// Puts what is in a folder into one of its own there.
fn put_aside(folder: &Path, names: &[OsString]) -> Result<PathBuf, OperateError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let aside = folder.join(format!("{ASIDE}{now}"));
    folder::make(&aside)?;
    for name in names {
        fs::rename(folder.join(name), aside.join(name)).map_err(OperateError::file(folder.join(name)))?;
    }
    Ok(aside)
}

fn size(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).filter(fs::Metadata::is_file).map(|file| file.len()).sum()
}
