//! The data folder: private to the server's user, and one server's at a time.
//!
//! Invariants
//! - A folder that we make is 0700, every file in it 0600: they hold phone numbers and secrets.
//! - A new file's name is synced before the file is used, so that a power cut can't take a whole journal with it.
//! - [`Lock`] is held for as long as the journal's writer lives, and the system drops it with the process, however that ends.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The file whose lock says that a server uses the folder. It stays empty.
pub const LOCK_FILE: &str = "lock";

/// Why the data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has the folder.
    #[error(
        "another Ringside server uses the data folder {0}; stop it, or give this one its own folder with --data"
    )]
    Locked(PathBuf),
    /// Something in it can't be made or opened.
    #[error(
        "{path} can't be made or opened: {source}; check that the server's user may write there and that the disk has room"
    )]
    Unusable {
        /// What was to be made.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The right to use a data folder, until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the folder if need be, and takes it.
    pub fn take(folder: &Path) -> Result<Self, FolderError> {
        make(folder)?;
        let path = folder.join(LOCK_FILE);
        let file = private(&path).map_err(|source| FolderError::Unusable { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Locked(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(FolderError::Unusable { path, source }),
        }
    }
}

/// Makes the folder, and those above it, unless it is there. Its rights are then left as its owner set them.
pub fn make(folder: &Path) -> Result<(), FolderError> {
    let unusable = |source| FolderError::Unusable { path: folder.to_owned(), source };
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")).map_err(unusable),
        Some(parent) => sync_folder(parent).map_err(unusable),
        None => Ok(()),
    }
}

/// Makes an empty file for the server's user only, unless it is there. Says whether it made it.
///
/// SQLite takes an empty file for a new database, and gives its `-wal` and `-shm` files the rights of the main one.
pub fn make_file(path: &Path) -> Result<bool, FolderError> {
    let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
    if path.exists() {
        return Ok(false);
    }
    private(path).map_err(unusable)?;
    sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(unusable)?;
    Ok(true)
}

/// Makes names given, changed or taken away in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Opens a file for writing, made for the server's user only where it is missing.
fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// The rights of a file or folder, as `chmod` writes them.
#[cfg(test)]
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
