//! What the pages may set, and what of it counts: the configuration file's word first, then a page's, then the default.
//!
//! - `kept`: the pages' part in `ringside.db`. Nothing of the file is ever written there.
//! - [`Settings`]: both parts joined, for [`admin`](crate::admin), which makes entries of them, for the fold's
//!   [`Calendar`], and for the pages.
//!
//! Invariants
//! - What the file says, a page can't change: it is refused, not overruled.
//! - A change and its line in the audit log are one transaction.

mod kept;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{civil::Time, tz::TimeZone};
use model::{
    entry::{DirectoryEntry, QueueSettings},
    id::{Number, PbxTenantId, QueueId, TenantId},
};

use crate::{
    access::{By, audit},
    clock::Clock,
    config::{self, RetentionSettings, Tenant, read_directory},
    journal::Retentions,
    live::tick::{Calendar, Days},
    store::{Store, StoreError},
};

pub use kept::{General, TABLES, TARGET_PERCENT, kind_word};

/// What counts, of file and pages. Cheap to clone; blocks for the length of a small statement.
#[derive(Clone, Debug)]
pub struct Settings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tenants: Vec<Tenant>,
    store: Store,
    clock: Clock,
    calendar: Calendar,
    retentions: Retentions,
    /// What the tenants' files of names said when they were read last; nothing where they can't be read.
    files: Mutex<HashMap<TenantId, Vec<DirectoryEntry>>>,
}

/// Both parts of a tenant's own settings.
#[derive(Clone, Debug)]
pub struct GeneralParts {
    /// The file's.
    pub file: General,
    /// The pages'.
    pub page: General,
}

/// Both parts of a tenant's directory.
#[derive(Clone, Debug)]
pub struct DirectoryParts {
    /// The file's; `None` where it can't be read.
    pub file: Option<Vec<DirectoryEntry>>,
    /// The pages', by number.
    pub page: Vec<DirectoryEntry>,
}

impl Settings {
    /// Takes what the configuration says of tenants, and sets the days of each.
    pub fn open(tenants: Vec<Tenant>, store: Store, clock: Clock) -> Result<Self, StoreError> {
        let (calendar, retentions) = (Calendar::default(), Retentions::default());
        let inner = Inner { tenants, store, clock, calendar, retentions, files: Mutex::default() };
        let settings = Self(Arc::new(inner));
        for tenant in &settings.0.tenants {
            settings.0.calendar.set(&tenant.id, settings.days(tenant)?);
            settings.0.retentions.set(&tenant.id, settings.retention(tenant)?.of_journal());
        }
        Ok(settings)
    }

    /// The tenants as configured.
    pub fn tenants(&self) -> &[Tenant] {
        &self.0.tenants
    }

    /// When each tenant's days begin.
    pub fn calendar(&self) -> &Calendar {
        &self.0.calendar
    }

    /// How long each tenant's deliveries stay in the journal.
    pub fn retentions(&self) -> &Retentions {
        &self.0.retentions
    }

    fn tenant(&self, id: &TenantId) -> Option<&Tenant> {
        self.0.tenants.iter().find(|tenant| tenant.id == *id)
    }

    fn days(&self, tenant: &Tenant) -> Result<Days, StoreError> {
        let page = self.0.store.read(|connection| kept::general(connection, &tenant.id))?;
        let zone = || TimeZone::get(page.time_zone.as_deref()?).ok();
        let start = || config::time_of_day(page.day_starts.as_deref()?);
        Ok(Days {
            zone: tenant.time_zone.clone().or_else(zone).unwrap_or_else(TimeZone::system),
            start: tenant.day_starts.or_else(start).unwrap_or(Time::midnight()),
        })
    }

    /// How long what came is kept.
    pub fn retention(&self, tenant: &Tenant) -> Result<RetentionSettings, StoreError> {
        let page = self.0.store.read(|connection| kept::general(connection, &tenant.id))?;
        Ok(tenant.retention.or(page.retention))
    }

    /// Both parts of a tenant's own settings.
    pub fn general(&self, tenant: &TenantId) -> Result<GeneralParts, StoreError> {
        let page = self.0.store.read(|connection| kept::general(connection, tenant))?;
        let file = self.tenant(tenant).map(of_file).unwrap_or_default();
        Ok(GeneralParts { file, page })
    }

    /// Sets a tenant's own settings. What the file says is left out of `general`, or says nothing.
    pub fn set_general(&self, by: By<'_>, general: &General) -> Result<(), StoreError> {
        let said = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let pbx_tenant = general.pbx_tenant.as_ref().map(PbxTenantId::as_str);
        let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
        let about = format!(
            "time zone {}, day starts {}, PBX tenant {}, deliveries {} days or {} GiB, history {} days",
            said(general.time_zone.as_deref()),
            said(general.day_starts.as_deref()),
            said(pbx_tenant),
            number(general.retention.raw_days),
            number(general.retention.raw_gib),
            number(general.retention.history_days)
        );
        self.change(by, "general-settings", &about, |change| {
            kept::write_general(change, by.tenant, general)
        })?;
        if let Some(tenant) = self.tenant(by.tenant) {
            self.0.calendar.set(by.tenant, self.days(tenant)?);
            self.0.retentions.set(by.tenant, self.retention(tenant)?.of_journal());
        }
        Ok(())
    }

    /// Both parts of what is set of one queue; an empty one where nothing is.
    pub fn queue(
        &self,
        tenant: &TenantId,
        id: &QueueId,
        number: Option<&Number>,
    ) -> Result<[QueueSettings; 2], StoreError> {
        let page = self.0.store.read(|connection| kept::queues(connection, tenant))?;
        let file = self.tenant(tenant).map_or(&[][..], |tenant| &tenant.settings.queues);
        Ok([of_queue(file, id, number), of_queue(&page, id, number)])
    }

    /// Sets one queue's. What the file says is left out of `queue`.
    pub fn set_queue(&self, by: By<'_>, queue: &QueueSettings) -> Result<(), StoreError> {
        let name = queue.number.as_ref().map(Number::as_str);
        let name = name.or(queue.queue.as_ref().map(QueueId::as_str)).unwrap_or_default();
        let said = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
        let about = format!(
            "{name}: service level {}, target {} s and {} %, short abandon {} s",
            said(queue.service_level.map(u32::from)),
            said(queue.target_s),
            said(queue.target_percent.map(u32::from)),
            said(queue.short_abandon_s)
        );
        self.change(by, "queue-settings", &about, |change| kept::write_queue(change, by.tenant, queue))
    }

    /// Both parts of a tenant's directory.
    pub fn directory(&self, tenant: &TenantId) -> Result<DirectoryParts, StoreError> {
        let page = self.0.store.read(|connection| kept::lines(connection, tenant))?;
        let files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(DirectoryParts { file: files.get(tenant).cloned(), page })
    }

    /// Puts lines into the pages' part of a directory, each in place of the one of its number.
    pub fn set_lines(&self, by: By<'_>, lines: &[DirectoryEntry]) -> Result<(), StoreError> {
        let about = match lines {
            [line] => format!("{} {}: {}", kind_word(line.kind), line.number, line.name),
            _ => format!("{} lines", lines.len()),
        };
        self.change(by, "names", &about, |change| {
            lines.iter().try_for_each(|line| kept::write_line(change, by.tenant, line))
        })
    }

    /// Takes the line of a number out of the pages' part of a directory.
    pub fn remove_line(&self, by: By<'_>, number: &Number) -> Result<(), StoreError> {
        self.change(by, "name-removed", number.as_str(), |change| {
            kept::remove_line(change, by.tenant, number).map(drop)
        })
    }

    /// Does something and notes it, or neither.
    fn change(
        &self,
        by: By<'_>,
        act: &str,
        about: &str,
        change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        self.0.store.with(|transaction| {
            change(transaction)?;
            audit::note(transaction, Some(by.tenant), by.who, now, act, about)?;
            Ok(())
        })
    }

    /// Reads the tenants' files of names again.
    pub fn read_files(&self) {
        for tenant in &self.0.tenants {
            let read = tenant.directory.as_deref().map_or(Ok(Vec::new()), read_directory);
            let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
            match read {
                Ok(entries) => drop(files.insert(tenant.id.clone(), entries)),
                Err(error) => {
                    tracing::error!(tenant = %tenant.id, %error, "the directory can't be read; names stay as they were");
                    files.remove(&tenant.id);
                }
            }
        }
    }

    /// What the fold is told of a tenant's settings.
    pub fn joined(&self, tenant: &Tenant) -> Result<model::entry::Settings, StoreError> {
        let (general, page) = self.0.store.read(|connection| {
            Ok((kept::general(connection, &tenant.id)?, kept::queues(connection, &tenant.id)?))
        })?;
        Ok(model::entry::Settings {
            pbx_tenant: tenant.settings.pbx_tenant.clone().or(general.pbx_tenant),
            queues: join_queues(&tenant.settings.queues, &page),
        })
    }

    /// What the fold is told of a tenant's directory; `None` where its file can't be read.
    pub fn joined_directory(&self, tenant: &TenantId) -> Result<Option<Vec<DirectoryEntry>>, StoreError> {
        let DirectoryParts { file, page } = self.directory(tenant)?;
        Ok(file.map(|file| join_lines(file, page)))
    }
}

/// What the configuration says of a tenant's own settings.
fn of_file(tenant: &Tenant) -> General {
    let zone = tenant.time_zone.as_ref();
    General {
        time_zone: zone.map(|zone| zone.iana_name().unwrap_or_default().to_owned()),
        day_starts: tenant.day_starts.map(|time| time.strftime("%H:%M").to_string()),
        pbx_tenant: tenant.settings.pbx_tenant.clone(),
        retention: tenant.retention,
    }
}

/// The settings that a list has of a queue, found as the board finds them: by id, else by number.
fn of_queue(list: &[QueueSettings], id: &QueueId, number: Option<&Number>) -> QueueSettings {
    let by_id = list.iter().find(|one| one.queue.as_ref() == Some(id));
    let by_number = || list.iter().find(|one| number.is_some() && one.number.as_ref() == number);
    by_id.or_else(by_number).cloned().unwrap_or_default()
}

/// The file's settings with what pages say beyond them, then those of queues that the file does not name.
fn join_queues(file: &[QueueSettings], page: &[QueueSettings]) -> Vec<QueueSettings> {
    let same = |one: &QueueSettings, other: &QueueSettings| {
        (one.number.is_some() && one.number == other.number)
            || (one.queue.is_some() && one.queue == other.queue)
    };
    let joined = file.iter().map(|of_file| {
        let more = page.iter().find(|of_page| same(of_file, of_page)).cloned().unwrap_or_default();
        QueueSettings {
            number: of_file.number.clone(),
            queue: of_file.queue.clone(),
            service_level: of_file.service_level.or(more.service_level),
            target_s: of_file.target_s.or(more.target_s),
            target_percent: of_file.target_percent.or(more.target_percent),
            short_abandon_s: of_file.short_abandon_s.or(more.short_abandon_s),
        }
    });
    let others = page.iter().filter(|of_page| !file.iter().any(|of_file| same(of_file, of_page)));
    joined.chain(others.cloned()).collect()
}

/// The file's lines, then the pages' of other numbers. A queue's id that the file gave a number stays there.
fn join_lines(file: Vec<DirectoryEntry>, page: Vec<DirectoryEntry>) -> Vec<DirectoryEntry> {
    let numbers: HashSet<_> = file.iter().map(|line| line.number.clone()).collect();
    let queues: HashSet<_> = file.iter().filter_map(|line| line.queue.clone()).collect();
    let others = page.into_iter().filter(|line| !numbers.contains(&line.number)).map(|line| {
        let queue = line.queue.filter(|queue| !queues.contains(queue));
        DirectoryEntry { queue, ..line }
    });
    let others: Vec<_> = others.collect();
    file.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(number: &str, id: &str, target_s: Option<u32>, service_level: Option<u8>) -> QueueSettings {
        QueueSettings {
            number: (!number.is_empty()).then(|| number.into()),
            queue: (!id.is_empty()).then(|| id.into()),
            target_s,
            target_percent: None,
            service_level,
            short_abandon_s: None,
        }
    }

    /// Oracle: docs/configuration.md, "What pages may change".
    #[test]
    fn a_page_adds_to_what_the_file_says_of_a_queue_and_changes_none_of_it() {
        let file = [queue("8001", "", Some(20), None), queue("", "id-3", None, Some(4))];
        let page = [
            queue("8001", "id-1", Some(99), Some(6)),
            queue("8002", "id-2", Some(30), None),
            queue("8003", "id-3", Some(40), Some(6)),
        ];
        assert_eq!(
            join_queues(&file, &page),
            [
                queue("8001", "", Some(20), Some(6)),
                queue("", "id-3", Some(40), Some(4)),
                queue("8002", "id-2", Some(30), None),
            ]
        );
        assert_eq!(join_queues(&[], &page), page);
    }

    #[test]
    fn a_number_is_what_the_file_says_it_is() {
        let line = |fields: [&str; 5]| config::directory_entry(fields).unwrap();
        let file = vec![line(["queue", "8001", "Sales", "", "id-1"])];
        let page = vec![
            line(["queue", "8001", "Not this", "", ""]),
            line(["queue", "8009", "Other", "", "id-1"]),
            line(["extension", "101", "Jane", "Sales", ""]),
        ];
        let joined = join_lines(file.clone(), page);
        assert_eq!(
            joined,
            [
                file[0].clone(),
                line(["queue", "8009", "Other", "", ""]),
                line(["extension", "101", "Jane", "Sales", ""]),
            ]
        );
    }
}
