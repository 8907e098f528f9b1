//! Webhooks as `ringside.db` keeps them, and the messages that wait for them.

use model::{id::TenantId, time::UnixMillis, wire::Severity};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    address::Address,
    kept::Noted,
    message::{self, Kind},
    post::{Letter, Outcome},
};
use crate::config::Secret;

/// So many messages of a tenant wait at most; those beyond are left out, and said.
pub const WAITING_MAX: i64 = 1_000;

/// How long after each try the next one is, in milliseconds. After the last the message is given up.
const PAUSES_MS: [i64; 6] = [2_000, 10_000, 60_000, 300_000, 900_000, 3_600_000];

/// A webhook, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its id; never given twice.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Where it is; `None` where this version does not take the address any more.
    pub address: Option<Address>,
    /// The least severity that it is told.
    pub least: Severity,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// A message that was sent, or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The webhook's name then.
    pub target: String,
    /// What it says: `raised`, `acknowledged`, `cleared`.
    pub kind: String,
    /// How often it was tried.
    pub tries: u32,
    /// Whether it is tried again.
    pub waits: bool,
    /// What came of the last try, as [`Outcome::word`] has it.
    pub result: Option<String>,
}

fn severity(word: &str) -> Severity {
    // One that this version doesn't know is above all that it does.
    Severity::ALL.iter().copied().find(|one| one.as_str() == word).unwrap_or(Severity::Action)
}

/// A tenant's webhooks, in the order in which they were made.
pub fn targets(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Vec<Target>> {
    let sql = "SELECT id, name, url, least, enabled FROM alert_target WHERE tenant = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([tenant.as_str()], |row| {
        Ok(Target {
            id: row.get(0)?,
            name: row.get(1)?,
            address: Address::of(&row.get::<_, String>(2)?).ok(),
            least: severity(&row.get::<_, String>(3)?),
            enabled: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// Keeps a new webhook.
pub fn add(
    connection: &Connection,
    tenant: &TenantId,
    name: &str,
    address: &Address,
    secret: &Secret,
    least: Severity,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO alert_target (tenant, name, url, secret, least) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![tenant.as_str(), name, address.whole(), secret.reveal(), least.as_str()],
    )?;
    Ok(())
}

/// Another secret for a webhook; gives its name, where there is one.
pub fn renew(
    connection: &Connection,
    tenant: &TenantId,
    id: i64,
    secret: &Secret,
) -> rusqlite::Result<Option<String>> {
    let sql = "UPDATE alert_target SET secret = ?3 WHERE tenant = ?1 AND id = ?2 RETURNING name";
    connection.query_row(sql, params![tenant.as_str(), id, secret.reveal()], |row| row.get(0)).optional()
}

/// Switches a webhook on or off; gives its name, where there is one. What waits for one that is off is given up.
pub fn switch(
    connection: &Connection,
    tenant: &TenantId,
    id: i64,
    on: bool,
) -> rusqlite::Result<Option<String>> {
    let sql = "UPDATE alert_target SET enabled = ?3 WHERE tenant = ?1 AND id = ?2 RETURNING name";
    let name = connection.query_row(sql, params![tenant.as_str(), id, on], |row| row.get(0)).optional()?;
    if name.is_some() && !on {
        give_up(connection, id)?;
    }
    Ok(name)
}

/// Forgets a webhook; gives its name, where there was one.
pub fn remove(connection: &Connection, tenant: &TenantId, id: i64) -> rusqlite::Result<Option<String>> {
    let sql = "DELETE FROM alert_target WHERE tenant = ?1 AND id = ?2 RETURNING name";
    let name = connection.query_row(sql, params![tenant.as_str(), id], |row| row.get(0)).optional()?;
    if name.is_some() {
        give_up(connection, id)?;
    }
    Ok(name)
}

fn give_up(connection: &Connection, target: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE alert_post SET next_at = NULL, result = ?2 WHERE target = ?1 AND next_at IS NOT NULL";
    connection.execute(sql, params![target, Outcome::Off.word()])?;
    Ok(())
}

/// A try of a webhook; `None` where there is none, or its address is none any more.
pub fn test_letter(
    connection: &Connection,
    tenant: &TenantId,
    target: i64,
    id: String,
    at: UnixMillis,
) -> rusqlite::Result<Option<Letter>> {
    let sql = "SELECT url, secret FROM alert_target WHERE tenant = ?1 AND id = ?2";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let found = connection.query_row(sql, params![tenant.as_str(), target], read).optional()?;
    Ok(found.and_then(|(url, secret)| {
        let address = Address::of(&url).ok()?;
        Some(Letter { address, secret: Secret::new(secret), id, body: message::test_body(at) })
    }))
}

/// Has all webhooks that want to know told of an alert. Gives how many messages were left out because too many wait.
pub fn enqueue(
    connection: &Connection,
    tenant: &TenantId,
    noted: &Noted,
    kind: Kind,
    at: UnixMillis,
) -> rusqlite::Result<u64> {
    let mut left_out = 0;
    let targets = targets(connection, tenant)?;
    for target in targets.iter().filter(|target| target.enabled && target.least <= noted.rule.severity) {
        let waiting: i64 = connection
            .prepare_cached("SELECT count(*) FROM alert_post WHERE tenant = ?1 AND next_at IS NOT NULL")?
            .query_row([tenant.as_str()], |row| row.get(0))?;
        let has_room = waiting < WAITING_MAX;
        left_out += u64::from(!has_room);
        // Without randomness its id would be another message's: then there is none.
        let Ok(message) = message::fresh_id() else { continue };
        connection
            .prepare_cached(
                "INSERT INTO alert_post (tenant, alert, target, target_name, kind, message, body, next_at, result)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                tenant.as_str(),
                noted.id,
                target.id,
                target.name,
                kind.as_str(),
                message,
                message::body(kind, tenant, noted, at),
                has_room.then_some(at.0),
                (!has_room).then(|| Outcome::LeftOut.word())
            ])?;
    }
    Ok(left_out)
}

/// The messages that are due, with their ids in the table, the oldest first. What was told of an alert before goes before.
pub fn due(connection: &Connection, now: UnixMillis, limit: usize) -> rusqlite::Result<Vec<(i64, Letter)>> {
    let sql = "SELECT post.id, url, secret, message, body FROM alert_post AS post
               JOIN alert_target ON alert_target.id = target
               WHERE next_at <= ?1 AND NOT EXISTS (SELECT 1 FROM alert_post AS before WHERE before.alert = post.alert
                   AND before.target = post.target AND before.id < post.id AND before.next_at IS NOT NULL)
               ORDER BY post.id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![now.0, limit], |row| {
        let texts: [String; 4] = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        Ok((row.get(0)?, texts))
    })?;
    let letter = |(post, [url, secret, id, body]): (i64, [String; 4])| {
        let address = Address::of(&url).ok()?;
        Some((post, Letter { address, secret: Secret::new(secret), id, body }))
    };
    rows.filter_map(|row| row.map(letter).transpose()).collect()
}

/// What becomes of a message after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The receiver has it.
    Taken,
    /// It is tried again.
    Again,
    /// It is not.
    GivenUp,
}

/// Writes down what came of a try.
pub fn tried(
    connection: &Connection,
    post: i64,
    outcome: &Outcome,
    now: UnixMillis,
) -> rusqlite::Result<Fate> {
    let tries: Option<u32> = connection
        .query_row("SELECT tries FROM alert_post WHERE id = ?1 AND next_at IS NOT NULL", [post], |row| {
            row.get(0)
        })
        .optional()?;
    // Given up meanwhile.
    let Some(tries) = tries else { return Ok(Fate::GivenUp) };
    let pause =
        usize::try_from(tries).ok().and_then(|tries| PAUSES_MS.get(tries)).filter(|_| outcome.may_heal());
    connection.execute(
        "UPDATE alert_post SET tries = tries + 1, result = ?2, next_at = ?3 WHERE id = ?1",
        params![post, outcome.word(), pause.map(|pause| now.0 + pause)],
    )?;
    Ok(match pause {
        _ if outcome.is_taken() => Fate::Taken,
        Some(_) => Fate::Again,
        None => Fate::GivenUp,
    })
}

/// How many messages of a tenant wait.
pub fn waiting(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<i64> {
    connection.query_row(
        "SELECT count(*) FROM alert_post WHERE tenant = ?1 AND next_at IS NOT NULL",
        [tenant.as_str()],
        |row| row.get(0),
    )
}

/// What was sent of an alert, in order.
pub fn sent(connection: &Connection, alert: i64) -> rusqlite::Result<Vec<Sent>> {
    let sql = "SELECT target_name, kind, tries, next_at IS NOT NULL, result FROM alert_post WHERE alert = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([alert], |row| {
        Ok(Sent {
            target: row.get(0)?,
            kind: row.get(1)?,
            tries: row.get(2)?,
            waits: row.get(3)?,
            result: row.get(4)?,
        })
    })?;
    rows.collect()
}
