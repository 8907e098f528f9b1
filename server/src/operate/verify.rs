//! `ringside verify`: whether all that a data folder, or a backup, holds is right.
//!
//! Every page of both databases by SQLite, every row of the journal by its checksum, and the boards once more from the
//! journal's beginning: of what is over then, the history must say the same.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use model::{
    board::Past,
    id::{CallId, Seq, TenantId},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    OperateError, Progress,
    backup::{flags, integrity},
};
use crate::{
    journal::{self, Reader},
    live::{
        Boards, FOLD_VERSION, apply,
        snapshot::{self, Kind},
    },
    store,
};

/// Entries that are read at once.
const ENTRIES: usize = 2_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries that were read and are right.
    pub entries: u64,
    /// The newest of them.
    pub newest: Seq,
    /// Numbers between the first and the newest entry that no row has.
    pub gaps: u64,
    /// Finished calls that the boards told once more, and the history was compared with.
    pub calls: u64,
    /// Why the history was not compared, if it was not.
    pub uncompared: Option<&'static str>,
    /// What is wrong, a sentence each; nothing where all is well.
    pub wrong: Vec<String>,
}

/// Looks through a folder, while a server uses it or not.
pub fn verify(folder: &Path, progress: Progress<'_>) -> Result<Report, OperateError> {
    if !folder.join(journal::FILE_NAME).is_file() {
        return Err(OperateError::NoData(folder.to_owned()));
    }
    let mut report = Report::default();
    let own = folder.join(store::FILE_NAME);
    let own = own.is_file().then(|| Connection::open_with_flags(&own, flags())).transpose()?;
    for (name, connection) in [
        (journal::FILE_NAME, &Some(Connection::open_with_flags(folder.join(journal::FILE_NAME), flags())?)),
        (store::FILE_NAME, &own),
    ] {
        progress(name, 0);
        match connection {
            Some(connection) => {
                let found = integrity(connection, "integrity_check")?;
                report.wrong.extend(found.iter().map(|line| format!("{name}: {line}")));
            }
            None => {
                report.wrong.push(format!("{name} is missing: people, tokens and the history are not here"));
            }
        }
        progress(name, 100);
    }
    // The history as of now, and the journal up to where it is told by then: it only grows.
    let told = own.as_ref().map(told).transpose()?.flatten();
    if let Some(own) = &own {
        own.execute_batch("BEGIN")?;
    }
    let upto = told.as_ref().map_or(Seq(0), |(upto, _)| *upto);
    let found = refold(folder, upto, &mut report, progress)?;
    match (&own, told) {
        _ if report.uncompared.is_some() => {}
        (Some(own), Some((_, true))) => compare(own, &found, &mut report)?,
        (Some(_), Some((_, false))) => {
            report.uncompared =
                Some("it is of another version, or not told to its end: the next start goes on with it");
        }
        _ => report.uncompared = Some("there is none yet"),
    }
    Ok(report)
}

/// Up to where the history is told, and whether it can be compared.
fn told(own: &Connection) -> rusqlite::Result<Option<(Seq, bool)>> {
    let has = "SELECT count(*) FROM sqlite_schema WHERE name = 'past_state'";
    if own.query_row(has, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    let state = own.query_row("SELECT upto, fold, whole FROM past_state", [], |row| {
        let upto = Seq(row.get::<_, i64>(0)?.unsigned_abs());
        Ok((upto, row.get::<_, u32>(1)? == FOLD_VERSION && row.get::<_, bool>(2)?))
    });
    state.optional()
}

/// What of each call is over, by a number that stands for all of it.
type Found = HashMap<(TenantId, CallId), Told>;

/// A number that stands for all that a call's row says, and when the call began; `None` where it has no row.
type Told = Option<(u64, i64)>;

/// Reads every entry, and folds those that the base does not hold and the history has been told of.
fn refold(
    folder: &Path,
    upto: Seq,
    report: &mut Report,
    progress: Progress<'_>,
) -> Result<Found, OperateError> {
    let reader = Reader::open(folder)?;
    let last = reader.newest()?;
    let mut boards = snapshot::read(folder, Kind::Base)?.unwrap_or_default();
    let base = boards.seq;
    if base > upto {
        report.uncompared =
            Some("the boards' base is newer than it: the next start tells it what is missing");
    }
    boards.keep_past = true;
    for folded in boards.tenants.values_mut() {
        folded.board.keep_past();
        folded.board.touch_all_past();
    }
    let (mut found, mut after, mut first) = (Found::new(), Seq(0), None);
    take(&mut boards, &mut found);
    loop {
        let read = reader.read_from(after, ENTRIES)?;
        if read.upto <= after {
            break;
        }
        after = read.upto;
        for damaged in &read.damaged {
            report.wrong.push(format!("journal.db: entry {} can't be read: {}", damaged.seq, damaged.why));
        }
        report.entries += read.entries.len() as u64;
        for stored in &read.entries {
            first.get_or_insert(stored.seq.0);
            let is_to_be_folded = stored.seq > base && stored.seq <= upto;
            if is_to_be_folded && boards.apply(stored, None, apply).is_none() {
                report.wrong.push(format!("entry {} can't be folded; please report it", stored.seq));
            }
        }
        take(&mut boards, &mut found);
        progress("boards", after.0 * 100 / last.0.max(1));
    }
    report.newest = after.max(base);
    let rows = report.entries + report.wrong.len() as u64;
    report.gaps = first.map_or(0, |first| (after.0 - first + 1).saturating_sub(rows));
    if first.is_some_and(|first| first > base.0 + 1) {
        report.wrong.push(format!(
            "journal.db: entries {} and up to the first one are in no base either",
            base.0 + 1
        ));
    }
    Ok(found)
}

fn take(boards: &mut Boards, found: &mut Found) {
    for (tenant, folded) in &mut boards.tenants {
        for past in folded.board.take_past() {
            found.insert((tenant.clone(), past.id.clone()), told_of(&past));
        }
    }
}

fn told_of(past: &Past) -> Told {
    let call = past.call.as_ref()?;
    Some((hashed(&serde_json::to_string(call).unwrap_or_default()), call.at().0))
}

fn hashed(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Holds the history's rows against what the boards told. What is older than all that a tenant's history keeps has expired.
fn compare(own: &Connection, found: &Found, report: &mut Report) -> Result<(), OperateError> {
    let mut kept: HashMap<(TenantId, CallId), (u64, i64)> = HashMap::new();
    let mut oldest: HashMap<TenantId, i64> = HashMap::new();
    let first: i64 = own.query_row("SELECT first_pass FROM past_state", [], |row| row.get(0))?;
    let mut statement = own.prepare("SELECT tenant, call, record, at FROM past_call WHERE pass >= ?1")?;
    let mut rows = statement.query([first])?;
    while let Some(row) = rows.next()? {
        let tenant = TenantId::from(row.get::<_, String>(0)?);
        let at: i64 = row.get(3)?;
        oldest.entry(tenant.clone()).and_modify(|oldest| *oldest = at.min(*oldest)).or_insert(at);
        let record = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let key = (tenant, CallId::from(row.get::<_, String>(1)?));
        kept.insert(key, (hashed(record), at));
    }
    let (mut missing, mut different) = (0_u64, 0_u64);
    let mut begins: HashMap<&TenantId, i64> = HashMap::new();
    for (key, told) in found {
        let Some((sum, at)) = told else { continue };
        report.calls += 1;
        begins.entry(&key.0).and_modify(|first| *first = (*first).min(*at)).or_insert(*at);
        match kept.remove(key) {
            Some((kept, _)) if kept == *sum => {}
            Some(_) => different += 1,
            None => missing += u64::from(oldest.get(&key.0).is_some_and(|oldest| *at >= *oldest)),
        }
    }
    // Calls of before the base's oldest can't be told any more.
    let unfounded =
        kept.iter().filter(|((tenant, _), (_, at))| begins.get(tenant).is_none_or(|begin| at >= begin));
    let unfounded = unfounded.count() as u64;
    for (count, what) in [
        (missing, "of the journal are not in the history"),
        (different, "say something else than the journal"),
        (unfounded, "are in the history, and the journal does not tell them"),
    ] {
        if count > 0 {
            report.wrong.push(format!("ringside.db: {count} finished calls {what}"));
        }
    }
    Ok(())
}
