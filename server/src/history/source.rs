//! Keys of rows in order, newest first, from the shortest list that has all that may be found.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, HashSet},
};

use model::id::TenantId;
use rusqlite::{Connection, params};

use super::{
    HistoryError,
    row::Tables,
    search::{Condition, Key, NAMES_MAX, Search},
};

/// How many rows of a list are read at once: of a single one, and of many.
const CHUNK: u32 = 256;
const CHUNK_OF_MANY: u32 = 16;

/// Keys in order, newest first.
pub struct Source<'a> {
    connection: &'a Connection,
    sql: String,
    parameters: Parameters,
    chunk: u32,
    /// The newest of each list that is not read to its end. Some may be equal.
    heads: BinaryHeap<Head>,
    lists: Vec<List>,
}

/// What every statement of a source is asked with.
struct Parameters {
    tenant: String,
    from: i64,
    way: Option<u32>,
    result: Option<u32>,
}

/// A list, as far as it is read.
struct List {
    name: Option<u32>,
    /// Read and not given, the next one last.
    read: Vec<Key>,
    /// Whether there is more in the tables.
    more: bool,
}

/// The newest of a list.
#[derive(PartialEq, Eq)]
struct Head(Key, usize);

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0).then(other.1.cmp(&self.1))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Source<'a> {
    /// The shortest that has all of what is looked for, and the conditions that are left to be judged.
    pub fn shortest(
        connection: &'a Connection,
        tenant: &TenantId,
        search: &Search,
        tables: Tables,
        mut conditions: Vec<Condition>,
    ) -> Result<(Self, Vec<Condition>), HistoryError> {
        let mut best: Option<(u32, usize)> = None;
        for (index, condition) in conditions.iter().enumerate() {
            let Condition::Any(names) = condition else { continue };
            let length = length(connection, tables, names)?;
            if names.len() <= NAMES_MAX as usize && best.is_none_or(|(shortest, _)| length < shortest) {
                best = Some((length, index));
            }
        }
        let names = best.map(|(_, index)| conditions.swap_remove(index));
        let names: Vec<Option<u32>> = match names {
            Some(Condition::Any(names)) => names.into_iter().map(Some).collect(),
            _ => vec![None],
        };
        let mut source = Self::over(connection, tenant, search, tables, &names);
        let to = search.to.map_or(Key::NEWEST, |to| Key { at: to.0, key: i64::MIN });
        let before = search.after.map_or(to, |after| after.min(to));
        for (index, name) in names.into_iter().enumerate() {
            source.lists.push(List { name, read: Vec::new(), more: true });
            source.read_on(index, before)?;
        }
        Ok((source, conditions))
    }

    fn over(
        connection: &'a Connection,
        tenant: &TenantId,
        search: &Search,
        tables: Tables,
        names: &[Option<u32>],
    ) -> Self {
        let by_name = names.iter().any(Option::is_some);
        let (table, of) = if by_name {
            (tables.lists.to_owned(), "name = ?1")
        } else {
            (format!("{} INDEXED BY {}", tables.rows, tables.by_time), "tenant = ?1")
        };
        let way = if search.way.is_some() { "AND way = ?6" } else { "AND ?6 IS NULL" };
        let result = if search.result.is_some() { "AND result = ?7" } else { "AND ?7 IS NULL" };
        let sql = format!(
            "SELECT at, key FROM {table} WHERE {of} AND (at, key) < (?2, ?3) AND at >= ?4 {way} {result}
             ORDER BY at DESC, key DESC LIMIT ?5"
        );
        let parameters = Parameters {
            tenant: tenant.to_string(),
            from: search.from.map_or(i64::MIN, |from| from.0),
            way: search.way,
            result: search.result,
        };
        let chunk = if names.len() > 1 { CHUNK_OF_MANY } else { CHUNK };
        Self {
            connection,
            sql,
            parameters,
            chunk,
            heads: BinaryHeap::new(),
            lists: Vec::with_capacity(names.len()),
        }
    }

    /// The next key, which may be the same as the last one.
    pub fn next(&mut self) -> Result<Option<Key>, HistoryError> {
        let Some(Head(key, index)) = self.heads.pop() else { return Ok(None) };
        let list = &mut self.lists[index];
        match list.read.pop() {
            Some(next) => self.heads.push(Head(next, index)),
            None if list.more => self.read_on(index, key)?,
            None => {}
        }
        Ok(Some(key))
    }

    /// Reads more of a list, from before a key.
    fn read_on(&mut self, index: usize, before: Key) -> Result<(), HistoryError> {
        let list = &mut self.lists[index];
        let Parameters { tenant, from, way, result } = &self.parameters;
        let mut statement = self.connection.prepare_cached(&self.sql)?;
        let key = |row: &rusqlite::Row<'_>| Ok(Key { at: row.get(0)?, key: row.get(1)? });
        let chunk = self.chunk;
        list.read = match list.name {
            Some(name) => statement
                .query_map(params![name, before.at, before.key, from, chunk, way, result], key)?
                .collect::<rusqlite::Result<_>>()?,
            None => statement
                .query_map(params![tenant, before.at, before.key, from, chunk, way, result], key)?
                .collect::<rusqlite::Result<_>>()?,
        };
        list.more = list.read.len() == chunk as usize;
        list.read.reverse();
        if let Some(next) = list.read.pop() {
            self.heads.push(Head(next, index));
        }
        Ok(())
    }
}

/// How long the lists of names are in all, about: enough to choose by.
fn length(connection: &Connection, tables: Tables, names: &HashSet<u32>) -> Result<u32, HistoryError> {
    const COUNTED: u32 = 20_000;
    const LISTS: u32 = 16;
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} WHERE name = ?1 LIMIT ?2)", tables.lists);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut sum = 0;
    let lists = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let counted = COUNTED / LISTS.min(lists).max(1);
    for name in names.iter().take(LISTS as usize) {
        let count: u32 = statement.query_row([*name, counted], |row| row.get(0))?;
        sum += count;
    }
    // Each list is looked up, be it empty.
    Ok(sum.saturating_mul(lists.div_ceil(LISTS)).saturating_add(lists))
}
