//! `ringside.db`: what is derived from the journal, or our own and not the PBX's word. Never in front of an answer.

use std::path::Path;

/// A handle on `ringside.db`. Cheap to clone; blocks for the length of one small statement.
#[derive(Clone, Debug)]
pub struct Store {}

/// Why `ringside.db` can't be used.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub struct StoreError;

impl Store {
    /// Opens or makes `ringside.db` in the data folder and brings it to this version's shape.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let _ = data;
        Err(StoreError)
    }
}
