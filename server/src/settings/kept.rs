//! Settings as `ringside.db` keeps them: what an administrator wrote on the pages, and nothing of the configuration.

use model::{
    entry::{DirectoryEntry, NumberKind, QueueSettings},
    id::{Number, PbxTenantId, QueueId, TenantId},
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::config::{self, RetentionSettings};

/// The tables, as a migration of the store.
pub const TABLES: &str = "
    CREATE TABLE tenant_setting (
        tenant TEXT PRIMARY KEY,
        time_zone TEXT,
        day_starts TEXT,
        pbx_tenant TEXT,
        raw_days INTEGER,
        raw_gib INTEGER,
        history_days INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE queue_setting (
        id INTEGER PRIMARY KEY,
        tenant TEXT NOT NULL,
        number TEXT,
        queue_id TEXT,
        service_level INTEGER,
        target_s INTEGER,
        short_abandon_s INTEGER
    ) STRICT;
    CREATE INDEX queue_setting_by_tenant ON queue_setting (tenant);
    CREATE TABLE directory_line (
        tenant TEXT NOT NULL,
        number TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        department TEXT NOT NULL,
        queue_id TEXT NOT NULL,
        PRIMARY KEY (tenant, number)
    ) STRICT, WITHOUT ROWID;";

/// A queue's wanted service level, as a later migration.
pub const TARGET_PERCENT: &str = "ALTER TABLE queue_setting ADD COLUMN target_percent INTEGER;";

/// A tenant's own settings, as far as a page says something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct General {
    /// An IANA name.
    pub time_zone: Option<String>,
    /// `HH:MM`.
    pub day_starts: Option<String>,
    /// The PBX's id of the tenant.
    pub pbx_tenant: Option<PbxTenantId>,
    /// How long what came is kept.
    pub retention: RetentionSettings,
}

/// A tenant's own settings.
pub fn general(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<General> {
    let mut statement = connection
        .prepare_cached("SELECT time_zone, day_starts, pbx_tenant, raw_days, raw_gib, history_days FROM tenant_setting WHERE tenant = ?1")?;
    let general = statement.query_row([tenant.as_str()], |row| {
        Ok(General {
            time_zone: row.get(0)?,
            day_starts: row.get(1)?,
            pbx_tenant: row.get::<_, Option<String>>(2)?.map(PbxTenantId::from),
            retention: RetentionSettings {
                raw_days: row.get(3)?,
                raw_gib: row.get(4)?,
                history_days: row.get(5)?,
            },
        })
    });
    Ok(general.optional()?.unwrap_or_default())
}

/// Keeps them as they are now.
pub fn write_general(connection: &Connection, tenant: &TenantId, general: &General) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO tenant_setting
         (tenant, time_zone, day_starts, pbx_tenant, raw_days, raw_gib, history_days)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            tenant.as_str(),
            general.time_zone,
            general.day_starts,
            general.pbx_tenant.as_ref().map(PbxTenantId::as_str),
            general.retention.raw_days,
            general.retention.raw_gib,
            general.retention.history_days,
        ],
    )?;
    Ok(())
}

/// The settings of a tenant's queues, in the order in which they were made.
pub fn queues(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Vec<QueueSettings>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, queue_id, service_level, target_s, short_abandon_s, target_percent FROM queue_setting
         WHERE tenant = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([tenant.as_str()], |row| {
        Ok(QueueSettings {
            number: row.get::<_, Option<String>>(0)?.map(Number::from),
            queue: row.get::<_, Option<String>>(1)?.map(QueueId::from),
            service_level: row.get(2)?,
            target_s: row.get(3)?,
            short_abandon_s: row.get(4)?,
            target_percent: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Keeps one queue's as they are now, in place of all that named the same queue.
pub fn write_queue(
    connection: &Connection,
    tenant: &TenantId,
    queue: &QueueSettings,
) -> rusqlite::Result<()> {
    let number = queue.number.as_ref().map(Number::as_str);
    let id = queue.queue.as_ref().map(QueueId::as_str);
    connection.execute(
        "DELETE FROM queue_setting WHERE tenant = ?1 AND (number = ?2 OR queue_id = ?3)",
        params![tenant.as_str(), number, id],
    )?;
    let numbers = [
        queue.service_level.map(u32::from),
        queue.target_s,
        queue.short_abandon_s,
        queue.target_percent.map(u32::from),
    ];
    if numbers.iter().any(Option::is_some) {
        connection.execute(
            "INSERT INTO queue_setting (tenant, number, queue_id, service_level, target_s, short_abandon_s, target_percent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![tenant.as_str(), number, id, numbers[0], numbers[1], numbers[2], numbers[3]],
        )?;
    }
    Ok(())
}

/// A tenant's lines of the directory, by number.
pub fn lines(connection: &Connection, tenant: &TenantId) -> rusqlite::Result<Vec<DirectoryEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, number, name, department, queue_id FROM directory_line WHERE tenant = ?1 ORDER BY number",
    )?;
    let mut lines = Vec::new();
    let mut rows = statement.query([tenant.as_str()])?;
    while let Some(row) = rows.next()? {
        let fields: [String; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        // What can't be meant is a newer version's: that one knows the line, we don't.
        lines.extend(config::directory_entry(fields.each_ref().map(String::as_str)));
    }
    Ok(lines)
}

/// Keeps a line, in place of the one of that number.
pub fn write_line(connection: &Connection, tenant: &TenantId, line: &DirectoryEntry) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO directory_line (tenant, number, kind, name, department, queue_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            tenant.as_str(),
            line.number.as_str(),
            kind_word(line.kind),
            line.name.as_str(),
            line.department.as_str(),
            line.queue.as_ref().map_or("", QueueId::as_str)
        ])?;
    Ok(())
}

/// Takes the line of a number out, and says whether there was one.
pub fn remove_line(connection: &Connection, tenant: &TenantId, number: &Number) -> rusqlite::Result<bool> {
    let removed = connection.execute(
        "DELETE FROM directory_line WHERE tenant = ?1 AND number = ?2",
        params![tenant.as_str(), number.as_str()],
    )?;
    Ok(removed > 0)
}

/// A kind as the directory's file writes it.
pub const fn kind_word(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Extension => "extension",
        NumberKind::Queue => "queue",
        NumberKind::Group => "group",
        NumberKind::Ivr => "ivr",
    }
}
