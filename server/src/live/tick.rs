//! What time alone decides, written into the journal: the minute, the horizon, and who has been silent for too long.
//!
//! The fold reads no clock, so that a replay tomorrow makes today's board. This is where the clock is read instead. What is
//! due is asked of the board itself, which knows the newest minute and horizon from its entries; so nothing is written twice,
//! and a start takes up where the last one ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use model::{
    board::Board,
    entry::Clock as ClockEntry,
    id::TenantId,
    time::{Millis, Skew, UnixMillis},
};

use crate::journal::{EntryKind, NewEntry};

/// How often the past is looked at for what may be forgotten.
const HORIZON_EVERY: Millis = Millis::hours(1);

const MINUTE_MS: i64 = 60_000;

/// When a tenant's days begin.
#[derive(Clone, Debug)]
pub struct Days {
    /// The tenant's time zone.
    pub zone: TimeZone,
    /// The time of day at which figures begin anew.
    pub start: Time,
}

impl Days {
    /// The day that `now` is in: its first moment, and the next day's. At a clock change a day has 23 or 25 hours. `None`
    /// outside the years that a calendar has.
    pub fn of(&self, now: UnixMillis) -> Option<(UnixMillis, UnixMillis)> {
        let now = Timestamp::from_millisecond(now.0).ok()?;
        let date = self.zone.to_datetime(now).date();
        let start_of = |date: Date| self.zone.to_timestamp(date.to_datetime(self.start)).ok();
        let today = start_of(date)?;
        let (start, end) = if now < today {
            (start_of(date.yesterday().ok()?)?, today)
        } else {
            (today, start_of(date.tomorrow().ok()?)?)
        };
        Some((UnixMillis(start.as_millisecond()), UnixMillis(end.as_millisecond())))
    }
}

/// Every tenant's days. They change while the process lives, and count from the next minute on. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Calendar(Arc<Mutex<HashMap<TenantId, Days>>>);

impl Calendar {
    /// A tenant's days; `None` for one that has none.
    pub fn get(&self, tenant: &TenantId) -> Option<Days> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()
    }

    /// A tenant's days are these from now on.
    pub fn set(&self, tenant: &TenantId, days: Days) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), days);
    }
}

/// The entries that are due for a board at `now`. `skew` is our clock minus the PBX's, as far as known.
pub fn due(board: &Board, days: &Days, now: UnixMillis, skew: Option<Skew>) -> Vec<ClockEntry> {
    let mut due = board.due(now, skew);
    let minute = UnixMillis(now.0.div_euclid(MINUTE_MS) * MINUTE_MS);
    if board.has_queues()
        && board.minute().is_none_or(|known| known < minute)
        && let Some((day_start, day_end)) = days.of(minute)
    {
        due.push(ClockEntry::Minute { t: minute, day_start, day_end });
    }
    let pbx_now = now.to_pbx(skew.unwrap_or_default());
    if board.has_calls() && board.horizon().is_none_or(|known| pbx_now.since(known) >= HORIZON_EVERY) {
        due.push(ClockEntry::Horizon { t: pbx_now });
    }
    due
}

/// A clock's entry as the journal takes it.
pub fn entry(tenant: &TenantId, received: UnixMillis, skew: Option<Skew>, clock: &ClockEntry) -> NewEntry {
    NewEntry { skew, ..NewEntry::own(tenant, EntryKind::Clock, received, clock) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(zone: &str, start: &str) -> Days {
        Days { zone: TimeZone::get(zone).unwrap(), start: start.parse().unwrap() }
    }

    /// Oracle: `date -d 'TZ="Europe/Berlin" 2026-03-29 00:00' +%s` of GNU coreutils.
    #[test]
    fn a_day_is_the_tenants_and_has_23_or_25_hours_when_clocks_change() {
        let berlin = days("Europe/Berlin", "00:00");
        for (now, start, end) in [
            // 2026-11-26 04:28:59 UTC is 05:28:59 in Berlin.
            (1_795_667_339, 1_795_647_600, 1_795_734_000),
            // Spring: 29 March 2026 has 23 hours.
            (1_774_774_800, 1_774_738_800, 1_774_821_600),
            // Autumn: 25 October 2026 has 25 hours.
            (1_792_900_000, 1_792_879_200, 1_792_969_200),
        ] {
            let of = |seconds: i64| UnixMillis(seconds * 1000);
            assert_eq!(berlin.of(of(now)), Some((of(start), of(end))), "{now}");
        }
    }

    #[test]
    fn a_day_may_begin_in_the_morning() {
        let late = days("UTC", "06:00");
        let of = |hour: i64| UnixMillis((1_795_651_200 + hour * 3600) * 1000);
        assert_eq!(late.of(of(5)), Some((of(-18), of(6))));
        assert_eq!(late.of(of(6)), Some((of(6), of(30))));
    }
}
