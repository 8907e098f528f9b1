//! Looking for calls and visits, newest first, in pages by key.
//!
//! A search reads the shortest list that has all it may find: the rows of a name, of the few names that a part of a number
//! stands for, or all of them by time. What else is asked for is judged by each row's names, and in the end by the row as
//! the asker sees it. Whatever is asked, an answer takes no longer than [`BUDGET`] by much: a page then ends early, and its
//! `next` goes on from there.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use model::{
    id::{Number, TenantId},
    time::UnixMillis,
    view::{Seen, Sight},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    HistoryError,
    row::{PART_CHARS_MIN, Row, has_part},
    source::Source,
};

/// How long a search looks before it says how far it came.
pub const BUDGET: Duration = Duration::from_millis(120);

/// After so many rows it looks at the time.
const LOOK_EVERY: u32 = 64;

/// A part of a number stands for so many names at most to be looked for by their lists.
pub const NAMES_MAX: u32 = 10_000;

/// What is looked for. What isn't given may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Began at this moment or later.
    pub from: Option<UnixMillis>,
    /// Began before this moment.
    pub to: Option<UnixMillis>,
    /// A part of a number in it: three characters or more; fewer are a whole number.
    pub number: Option<String>,
    /// A number in it.
    pub extension: Option<String>,
    /// A queue that it visited, by number or id.
    pub queue: Option<String>,
    /// The place of its direction, from 1.
    pub way: Option<u32>,
    /// The place of its result.
    pub result: Option<u32>,
    /// Only what comes after this.
    pub after: Option<Key>,
}

/// A row's place in the order, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// What it is ordered by.
    pub at: i64,
    /// Which of that moment.
    pub key: i64,
}

impl Key {
    /// Before all that there is.
    pub const NEWEST: Self = Self { at: i64::MAX, key: i64::MAX };
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.key)
    }
}

/// A text that is no answer's `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`after` is the `next` of an answer")]
pub struct KeySyntax;

impl FromStr for Key {
    type Err = KeySyntax;

    fn from_str(text: &str) -> Result<Self, KeySyntax> {
        let (at, key) = text.rsplit_once('-').ok_or(KeySyntax)?;
        let number = |text: &str| text.parse().map_err(|_| KeySyntax);
        Ok(Self { at: number(at)?, key: number(key)? })
    }
}

/// A page of what was found.
#[derive(Debug)]
pub struct Found<T> {
    /// The rows, newest first.
    pub rows: Vec<Seen<T>>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Key>,
}

/// Looks for rows of a kind, as an audience sees them: at most `limit`, fewer where looking took long.
pub fn find<T: Row>(
    connection: &Connection,
    tenant: &TenantId,
    search: &Search,
    sight: &Sight,
    limit: usize,
) -> Result<Found<T>, HistoryError> {
    let nothing = Found { rows: Vec::new(), next: None };
    let started = Instant::now();
    let Some(conditions) = conditions(connection, tenant, search, sight)? else { return Ok(nothing) };
    let (mut source, mut conditions) = Source::shortest(connection, tenant, search, T::TABLES, conditions)?;
    let mut found: Vec<(Key, Seen<T>)> = Vec::new();
    let (mut looked, mut last) = (0_u32, None);
    while let Some(key) = source.next()? {
        if last == Some(key) {
            continue;
        }
        looked += 1;
        if looked.is_multiple_of(LOOK_EVERY)
            && started.elapsed() > BUDGET
            && let Some(last) = last
        {
            return Ok(Found { rows: found.into_iter().map(|(_, row)| row).collect(), next: Some(last) });
        }
        last = Some(key);
        let Some(row) = seen::<T>(connection, key, &mut conditions, search, sight)? else { continue };
        if found.len() == limit {
            let next = found.last().map(|(key, _)| *key);
            return Ok(Found { rows: found.into_iter().map(|(_, row)| row).collect(), next });
        }
        found.push((key, row));
    }
    Ok(Found { rows: found.into_iter().map(|(_, row)| row).collect(), next: None })
}

/// A row, if it is one of those that are looked for.
fn seen<T: Row>(
    connection: &Connection,
    key: Key,
    conditions: &mut [Condition],
    search: &Search,
    sight: &Sight,
) -> Result<Option<Seen<T>>, HistoryError> {
    let sql = format!("SELECT parties, record FROM {} WHERE key = ?1", T::TABLES.rows);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([key.key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let parties = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
    for condition in conditions {
        if !condition.holds(connection, parties, sight)? {
            return Ok(None);
        }
    }
    let record = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    let row: T = serde_json::from_str(record).map_err(HistoryError::Record)?;
    Ok(row.see(sight).filter(|seen| seen.get().is_sought(search)))
}

/// What a row's names must be.
#[derive(Debug)]
pub enum Condition {
    /// One of these.
    Any(HashSet<u32>),
    /// One with this part in it, as the asker sees it. What was found out is kept.
    Part(String, HashMap<u32, bool>),
}

impl Condition {
    fn holds(
        &mut self,
        connection: &Connection,
        parties: &[u8],
        sight: &Sight,
    ) -> Result<bool, HistoryError> {
        for name in names_in(parties) {
            let is_it = match self {
                Self::Any(names) => names.contains(&name),
                Self::Part(part, known) => {
                    if let Some(is_it) = known.get(&name) {
                        *is_it
                    } else {
                        let is_it = is_part_of(connection, part, name, sight)?;
                        known.insert(name, is_it);
                        is_it
                    }
                }
            };
            if is_it {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A row's names.
pub fn names_in(parties: &[u8]) -> impl Iterator<Item = u32> {
    parties.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
}

fn is_part_of(connection: &Connection, part: &str, name: u32, sight: &Sight) -> Result<bool, HistoryError> {
    let mut statement = connection.prepare_cached("SELECT word FROM past_name WHERE id = ?1")?;
    let word: Option<String> = statement.query_row([name], |row| row.get(0)).optional()?;
    let number = word.as_deref().and_then(|word| word.strip_prefix('n')).map(Number::from);
    Ok(number.is_some_and(|number| has_part(sight.see_number(&number).as_str(), part)))
}

/// What the names must be; `None` where no row can be so.
fn conditions(
    connection: &Connection,
    tenant: &TenantId,
    search: &Search,
    sight: &Sight,
) -> Result<Option<Vec<Condition>>, HistoryError> {
    let mut conditions = Vec::new();
    let extension = search.extension.iter().map(|number| format!("n{number}"));
    for word in extension.chain(search.queue.iter().map(|queue| format!("q{queue}"))) {
        let Some(name) = id(connection, tenant, &word)? else { return Ok(None) };
        conditions.push(Condition::Any([name].into()));
    }
    if let Some(part) = &search.number {
        conditions.push(of_part(connection, tenant, part, sight)?);
    }
    if let Some(scope) = sight.past_scope() {
        let queues = scope.queues.iter().map(|queue| format!("q{queue}"));
        let words = queues.chain(scope.extensions.iter().map(|number| format!("n{number}")));
        let mut names = HashSet::new();
        for word in words {
            names.extend(id(connection, tenant, &word)?);
        }
        conditions.push(Condition::Any(names));
    }
    let is_empty = |condition: &Condition| matches!(condition, Condition::Any(names) if names.is_empty());
    Ok((!conditions.iter().any(is_empty)).then_some(conditions))
}

/// A word's name.
fn id(connection: &Connection, tenant: &TenantId, word: &str) -> Result<Option<u32>, HistoryError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM past_name WHERE tenant = ?1 AND word = ?2")?;
    Ok(statement.query_row(params![tenant.as_str(), word], |row| row.get(0)).optional()?)
}

/// The names that a part of a number stands for.
fn of_part(
    connection: &Connection,
    tenant: &TenantId,
    part: &str,
    sight: &Sight,
) -> Result<Condition, HistoryError> {
    if part.chars().count() < PART_CHARS_MIN {
        let name = id(connection, tenant, &format!("n{part}"))?;
        return Ok(Condition::Any(name.into_iter().collect()));
    }
    let mut statement = connection.prepare_cached(
        "SELECT past_name.id, past_name.word FROM past_part JOIN past_name ON past_name.id = past_part.rowid
         WHERE past_part MATCH ?1 AND past_name.tenant = ?2 LIMIT ?3",
    )?;
    let quoted = format!("\"{}\"", part.replace('"', "\"\""));
    let mut rows = statement.query(params![quoted, tenant.as_str(), NAMES_MAX + 1])?;
    let (mut names, mut count) = (HashSet::new(), 0);
    while let Some(row) = rows.next()? {
        count += 1;
        if count > NAMES_MAX {
            return Ok(Condition::Part(part.to_owned(), HashMap::new()));
        }
        let word = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let number = Number::from(word.strip_prefix('n').unwrap_or(word));
        if has_part(sight.see_number(&number).as_str(), part) {
            names.insert(row.get(0)?);
        }
    }
    Ok(Condition::Any(names))
}
