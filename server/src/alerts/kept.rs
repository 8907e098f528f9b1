//! Rules and alerts as `ringside.db` keeps them.

use model::{
    alert::Rule,
    id::{Number, TenantId},
    time::UnixMillis,
    wire::Alert,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A rule, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRule {
    /// Its id; never given twice.
    pub id: i64,
    /// The rule; `None` where a newer version wrote what this one can't read.
    pub rule: Option<Rule>,
    /// Whether it counts.
    pub enabled: bool,
}

/// A line of the log: an alert that is raised, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its id; never given twice.
    pub id: i64,
    /// Its rule.
    pub rule_id: i64,
    /// The rule as it was then.
    pub rule: Rule,
    /// The queue's id; `None`: the whole tenant's.
    pub queue: Option<String>,
    /// The queue's number then.
    pub number: Option<String>,
    /// The queue's name then.
    pub name: Option<String>,
    /// The value when it was raised.
    pub value: i64,
    /// The limit then.
    pub limit: i64,
    /// When it was raised.
    pub raised_at: UnixMillis,
    /// Whether webhooks were told.
    pub told: bool,
    /// When it was cleared; `None`: it is raised.
    pub cleared_at: Option<UnixMillis>,
    /// Why it was cleared: a word of [`Why`].
    pub why: Option<String>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<UnixMillis>,
    /// By whom, as the audit log writes it.
    pub acknowledged_by: Option<String>,
    /// That person's name today.
    pub acknowledged_name: Option<String>,
}

impl Noted {
    /// As it is shown; `quiet` where nothing should sound.
    pub fn alert(&self, quiet: bool) -> Alert {
        Alert {
            id: self.id.to_string().into(),
            severity: self.rule.severity,
            metric: self.rule.metric,
            window: self.rule.metric.has_window().then_some(self.rule.window),
            queue: self.queue.as_deref().map(Into::into),
            number: self.number.as_deref().map(Into::into),
            name: self.name.as_deref().map(Into::into),
            value: self.value,
            limit: self.limit,
            since: self.raised_at,
            acknowledged_at: self.acknowledged_at,
            quiet,
        }
    }
}

/// Why an alert was cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The value has come back.
    Value,
    /// The opening hours have ended.
    Closed,
    /// Its rule was removed, switched off, or is of other queues now.
    Rule,
    /// The queue is no more.
    Queue,
}

impl Why {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Closed => "closed",
            Self::Rule => "rule",
            Self::Queue => "queue",
        }
    }
}

/// A tenant's rules, in the order in which they were made.
pub fn rules(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Vec<KeptRule>> {
    let sql = "SELECT id, rule, enabled FROM alert_rule WHERE tenant = ?1 ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([tenant.as_str()], |row| {
        let rule: String = row.get(1)?;
        let rule = serde_json::from_str(&rule).ok().filter(Rule::is_sound);
        Ok(KeptRule { id: row.get(0)?, rule, enabled: row.get(2)? })
    })?;
    rows.collect()
}

/// Keeps a rule: a new one, or in the place of the one with that id; `None` where there is none.
pub fn write_rule(
    connection: &Connection,
    tenant: &TenantId,
    id: Option<i64>,
    rule: &Rule,
) -> rusqlite::Result<Option<i64>> {
    let json = json(rule);
    let sql = match id {
        None => "INSERT INTO alert_rule (tenant, rule) VALUES (?1, ?2) RETURNING id",
        Some(_) => "UPDATE alert_rule SET rule = ?2 WHERE tenant = ?1 AND id = ?3 RETURNING id",
    };
    let read = |row: &Row<'_>| row.get(0);
    match id {
        None => connection.query_row(sql, params![tenant.as_str(), json], read).optional(),
        Some(id) => connection.query_row(sql, params![tenant.as_str(), json, id], read).optional(),
    }
}

/// Switches a rule on or off; whether there is one.
pub fn switch_rule(connection: &Connection, tenant: &TenantId, id: i64, on: bool) -> rusqlite::Result<bool> {
    let sql = "UPDATE alert_rule SET enabled = ?3 WHERE tenant = ?1 AND id = ?2";
    Ok(connection.execute(sql, params![tenant.as_str(), id, on])? > 0)
}

/// Forgets a rule; whether there was one.
pub fn remove_rule(connection: &Connection, tenant: &TenantId, id: i64) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM alert_rule WHERE tenant = ?1 AND id = ?2";
    Ok(connection.execute(sql, params![tenant.as_str(), id])? > 0)
}

fn json(rule: &Rule) -> String {
    // Plain data: it can't fail to serialise.
    serde_json::to_string(rule).unwrap_or_default()
}

const COLUMNS: &str =
    "alert.id, rule_id, rule, queue, number, alert.name, value, bound, raised_at, told, cleared_at, why,
    acknowledged_at, acknowledged_by, account.name
    FROM alert LEFT JOIN account ON acknowledged_by = 'person ' || account.id WHERE alert.tenant = ?1";

fn noted(row: &Row<'_>) -> rusqlite::Result<Noted> {
    let rule: String = row.get(2)?;
    let unreadable =
        |error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error));
    Ok(Noted {
        id: row.get(0)?,
        rule_id: row.get(1)?,
        rule: serde_json::from_str(&rule).map_err(unreadable)?,
        queue: row.get(3)?,
        number: row.get(4)?,
        name: row.get(5)?,
        value: row.get(6)?,
        limit: row.get(7)?,
        raised_at: UnixMillis(row.get(8)?),
        told: row.get(9)?,
        cleared_at: row.get::<_, Option<i64>>(10)?.map(UnixMillis),
        why: row.get(11)?,
        acknowledged_at: row.get::<_, Option<i64>>(12)?.map(UnixMillis),
        acknowledged_by: row.get(13)?,
        acknowledged_name: row.get(14)?,
    })
}

/// A tenant's alerts that are raised, in the order in which they were.
pub fn raised(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Vec<Noted>> {
    let sql = format!("SELECT {COLUMNS} AND cleared_at IS NULL ORDER BY alert.id");
    let mut statement = connection.prepare_cached(&sql)?;
    // One that a newer version wrote and this one can't read is none.
    Ok(statement.query_map([tenant.as_str()], noted)?.filter_map(Result::ok).collect())
}

/// A tenant's log, newest first: at most `limit` lines, before the one with the id `before`.
pub fn log(
    connection: &Connection,
    tenant: &TenantId,
    before: Option<i64>,
    limit: usize,
) -> rusqlite::Result<Vec<Noted>> {
    let sql = format!("SELECT {COLUMNS} AND alert.id < ?2 ORDER BY alert.id DESC LIMIT ?3");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![tenant.as_str(), before.unwrap_or(i64::MAX), limit], noted)?;
    Ok(rows.filter_map(Result::ok).collect())
}

/// One alert; `None` where there is none.
pub fn one(connection: &Connection, tenant: &TenantId, id: i64) -> rusqlite::Result<Option<Noted>> {
    let sql = format!("SELECT {COLUMNS} AND alert.id = ?2");
    connection.prepare_cached(&sql)?.query_row(params![tenant.as_str(), id], noted).optional()
}

/// When alerts were last cleared since then, by rule and queue: what still cools down at a start.
pub fn cleared_since(
    connection: &Connection,
    tenant: &TenantId,
    since: UnixMillis,
) -> rusqlite::Result<Vec<(i64, Option<String>, UnixMillis)>> {
    let sql = "SELECT rule_id, queue, max(cleared_at) FROM alert
               WHERE tenant = ?1 AND cleared_at IS NOT NULL AND cleared_at >= ?2 GROUP BY rule_id, queue";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![tenant.as_str(), since.0], |row| {
        Ok((row.get(0)?, row.get(1)?, UnixMillis(row.get(2)?)))
    })?;
    rows.collect()
}

/// What is new of an alert: where, and how it was.
#[derive(Clone, Debug)]
pub struct News<'a> {
    /// Its rule's id.
    pub rule_id: i64,
    /// Its rule.
    pub rule: &'a Rule,
    /// The queue with its number and name; `None`: the whole tenant's.
    pub queue: Option<&'a model::wire::QueueRow>,
    /// The value.
    pub value: i64,
    /// The limit that it is beyond.
    pub limit: i64,
    /// Whether webhooks are told at once.
    pub told: bool,
    /// When.
    pub at: UnixMillis,
}

/// Writes down that an alert is raised. Gives its id.
pub fn raise(connection: &Connection, tenant: &TenantId, news: &News<'_>) -> rusqlite::Result<i64> {
    let queue = news.queue;
    connection
        .prepare_cached(
            "INSERT INTO alert (tenant, rule_id, rule, queue, number, name, value, bound, raised_at, told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            tenant.as_str(),
            news.rule_id,
            json(news.rule),
            queue.map(|row| row.id.as_str()),
            queue.and_then(|row| row.number.as_ref().map(Number::as_str)),
            queue.and_then(|row| row.name.as_deref()),
            news.value,
            news.limit,
            news.at.0,
            news.told
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Writes down that webhooks are told.
pub fn tell(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE alert SET told = 1 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Writes down that an alert is over.
pub fn clear(connection: &Connection, id: i64, why: Why, at: UnixMillis) -> rusqlite::Result<()> {
    let sql = "UPDATE alert SET cleared_at = ?2, why = ?3 WHERE id = ?1 AND cleared_at IS NULL";
    connection.prepare_cached(sql)?.execute(params![id, at.0, why.as_str()])?;
    Ok(())
}

/// Writes down who knows of an alert; whether it is raised, and nobody did.
pub fn acknowledge(
    connection: &Connection,
    tenant: &TenantId,
    id: i64,
    who: &str,
    at: UnixMillis,
) -> rusqlite::Result<bool> {
    let sql = "UPDATE alert SET acknowledged_at = ?4, acknowledged_by = ?3
               WHERE tenant = ?1 AND id = ?2 AND cleared_at IS NULL AND acknowledged_at IS NULL";
    Ok(connection.execute(sql, params![tenant.as_str(), id, who, at.0])? > 0)
}

/// Removes what was over before then, and what is beyond the newest `most`. What is raised stays.
pub fn expire(
    connection: &Connection,
    tenant: &TenantId,
    before: UnixMillis,
    most: u32,
) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM alert WHERE tenant = ?1 AND cleared_at IS NOT NULL AND (cleared_at < ?2 OR id <=
         (SELECT id FROM alert WHERE tenant = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?3))",
        params![tenant.as_str(), before.0, most],
    )?;
    connection.execute(
        "DELETE FROM alert_post WHERE tenant = ?1 AND next_at IS NULL AND alert NOT IN (SELECT id FROM alert WHERE tenant = ?1)",
        [tenant.as_str()],
    )?;
    Ok(())
}
