//! What the configuration says and a row shows, as entries of the journal: written where it differs from what was said
//! last. The fold never reads the configuration, so that a replay tomorrow gives today's board.

use model::{
    entry::{Admin, DirectoryEntry},
    id::TenantId,
};

use crate::{
    clock::Clock,
    config::{Tenant, read_directory},
    journal::{AppendError, EntryKind, Journal, NewEntry},
    live::Tenants,
};

/// Writes each tenant's settings and directory, where they differ from the last ones. Call it when the boards have caught
/// up. A directory that can't be read is said, and the last one stays.
pub async fn write(
    configured: &[Tenant],
    tenants: &Tenants,
    journal: &Journal,
    clock: Clock,
) -> Result<(), AppendError> {
    for tenant in configured {
        let Some(live) = tenants.get(&tenant.id).map(|live| live.value().clone()) else { continue };
        let said = live.said();
        if said.settings.as_ref() != Some(&tenant.settings) {
            append(journal, clock, &tenant.id, &Admin::Settings(tenant.settings.clone())).await?;
        }
        let Some(entries) = directory(tenant) else { continue };
        if said.directory.as_ref() != Some(&entries) {
            append(journal, clock, &tenant.id, &Admin::Directory { entries }).await?;
        }
    }
    Ok(())
}

/// A tenant's directory; empty where none is configured, so that one that was taken off the configuration goes too.
fn directory(tenant: &Tenant) -> Option<Vec<DirectoryEntry>> {
    let Some(path) = &tenant.directory else { return Some(Vec::new()) };
    match read_directory(path) {
        Ok(entries) => Some(entries),
        Err(error) => {
            tracing::error!(tenant = %tenant.id, %error, "the directory can't be read; names stay as they were");
            None
        }
    }
}

async fn append(
    journal: &Journal,
    clock: Clock,
    tenant: &TenantId,
    admin: &Admin,
) -> Result<(), AppendError> {
    let entry = NewEntry::own(tenant, EntryKind::Admin, clock.now(), admin);
    journal.append(entry).await.map(drop)
}
