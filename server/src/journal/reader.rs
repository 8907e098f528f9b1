//! Reading a journal without its writer: a copy of it, or that of a server which runs.

use std::path::Path;

use model::id::Seq;
use rusqlite::Connection;

use super::{FILE_NAME, Read, ReadError, file, read_rows};

/// Reads. It neither takes the folder nor changes anything.
#[derive(Debug)]
pub struct Reader(Connection);

impl Reader {
    /// Opens the journal of a folder.
    pub fn open(folder: &Path) -> Result<Self, ReadError> {
        Ok(Self(file::connect(&folder.join(FILE_NAME))?))
    }

    /// The newest entry; 0 where there is none.
    pub fn newest(&self) -> Result<Seq, ReadError> {
        Ok(file::last_seq(&self.0)?)
    }

    /// The entries after `after`, at most `limit` rows, in order.
    pub fn read_from(&self, after: Seq, limit: usize) -> Result<Read, ReadError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(read_rows(&self.0, "seq > ?1 ORDER BY seq LIMIT ?2", [after.0.cast_signed().max(0), limit])?)
    }
}
