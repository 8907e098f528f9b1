//! The tables of alerts in `ringside.db`.
//!
//! A line of `alert` is one that is raised, or was: the log, and what is standing at a start. A webhook's secret stands there as
//! it is, since every message is signed with it; the file is for the server's user only.

/// What brings `ringside.db` to this shape.
pub const TABLES: &str = "
CREATE TABLE alert_rule (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    -- The rule as JSON.
    rule TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX alert_rule_by_tenant ON alert_rule (tenant, id);

CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    rule_id INTEGER NOT NULL,
    -- The rule as it was.
    rule TEXT NOT NULL,
    queue TEXT,
    number TEXT,
    name TEXT,
    value INTEGER NOT NULL,
    bound INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    -- Whether webhooks were told; not within quiet hours.
    told INTEGER NOT NULL,
    cleared_at INTEGER,
    why TEXT,
    acknowledged_at INTEGER,
    acknowledged_by TEXT
) STRICT;
CREATE INDEX alert_by_tenant ON alert (tenant, id);
CREATE INDEX alert_raised ON alert (tenant) WHERE cleared_at IS NULL;
CREATE INDEX alert_cleared ON alert (tenant, cleared_at) WHERE cleared_at IS NOT NULL;

CREATE TABLE alert_target (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    -- The least severity that is told.
    least TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX alert_target_by_tenant ON alert_target (tenant, id);

CREATE TABLE alert_post (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    alert INTEGER NOT NULL,
    target INTEGER NOT NULL,
    target_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The message's id, the same at every try.
    message TEXT NOT NULL,
    body TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    -- When it is tried next; NULL once it is done.
    next_at INTEGER,
    result TEXT
) STRICT;
CREATE INDEX alert_post_due ON alert_post (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX alert_post_waiting ON alert_post (tenant) WHERE next_at IS NOT NULL;
CREATE INDEX alert_post_by_alert ON alert_post (alert);
";
