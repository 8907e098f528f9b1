//! For whoever runs it: figures for a monitoring, copies of the data folder, and whether all in it is right.
//!
//! - [`metrics`]: what the process does, in Prometheus' text form. [`histogram`]: how long something took.
//! - [`backup`]: both databases and what else a data folder needs, copied while the server runs; and back again.
//! - [`verify`]: every page, every row, and the boards once more.

pub mod backup;
pub mod histogram;
pub mod metrics;
pub mod verify;

use std::{io, path::PathBuf};

use crate::{folder::FolderError, journal::ReadError, live::snapshot::SnapshotError};

/// Why a copy can't be made, put back, or looked through.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// There is nothing to copy.
    #[error(
        "there is no journal in {0}; name the data folder with --data, or the configuration with --config"
    )]
    NoData(PathBuf),
    /// The copy's place is taken.
    #[error("{0} is there already; name another place for the backup")]
    Exists(PathBuf),
    /// The folder to put back into has something in it.
    #[error("{0} is not empty; name another data folder, or put what is there aside with --replace")]
    NotEmpty(PathBuf),
    /// Not one of our copies.
    #[error("{0} is no backup of Ringside: it has no {1}; name the folder that `ringside backup` made")]
    NoBackup(PathBuf, &'static str),
    /// A newer version made it.
    #[error("a newer Ringside made this backup (form {0}); restore it with that version")]
    Newer(u32),
    /// A database in it is damaged.
    #[error("{0} is damaged: {1}; take another backup")]
    Damaged(PathBuf, String),
    /// The folder is another server's, or can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file.
    #[error("{path}: {source}; check its rights, and the room on the disk")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A database.
    #[error("the database can't be copied or read: {0}; check the disk, and try again")]
    Sqlite(#[from] rusqlite::Error),
    /// The journal.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What the journal rests on.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl OperateError {
    fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}

/// How far something is: what, and how much of it in percent.
pub type Progress<'a> = &'a mut dyn FnMut(&str, u64);
