//! What an address shows: one page a file.

pub mod not_found;
pub mod overview;
