//! What stands in the tables as text, read into types.

use rusqlite::{Row, types::Type};

use super::Role;

/// A role. One that this version doesn't know gives no rights at all: the row can't be read.
pub fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    row.get::<_, String>(column)?
        .parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A scope's words.
pub fn scope(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    serde_json::from_str(&row.get::<_, String>(column)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A scope's words as the tables have them.
pub fn scope_text(words: &[String]) -> String {
    // A list of texts: it can't fail to serialise.
    serde_json::to_string(words).unwrap_or_else(|_| "[]".into())
}
