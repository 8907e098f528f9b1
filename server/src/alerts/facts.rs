//! What rules look at: a copy of what the board shows now, taken under the rows' lock as briefly as every reader takes it.

use std::collections::BTreeMap;

use model::{
    alert::{Local, Of, OfQueue, OfTenant, Rule},
    id::{Number, QueueId, Seq, TenantId},
    time::UnixMillis,
    wire::{AgentCounts, AgentState, Figures, Lamp, Metric, QueueRow, Row, RowKind},
};

use crate::{
    ingest::Ingest,
    live::{LiveTenant, tick::Calendar},
};

/// What is known of a tenant at a moment.
pub struct Facts {
    /// When.
    pub now: UnixMillis,
    /// The same on the tenant's wall.
    pub local: Local,
    /// Its queues, by id.
    pub queues: Vec<QueueRow>,
    /// Since when the longest of each queue's agents is in wrap-up, and not ready.
    states: BTreeMap<QueueId, [Option<UnixMillis>; 2]>,
    calls: u32,
    figures: Option<Figures>,
    persons: Option<AgentCounts>,
    pbx: Lamp,
}

impl Facts {
    /// Takes what these rules need.
    pub fn take(
        tenant: &LiveTenant,
        ingest: &Ingest,
        (local, now): (Local, UnixMillis),
        rules: &[(i64, Rule)],
    ) -> Self {
        let needs = |wanted: &[Metric]| rules.iter().any(|(_, rule)| wanted.contains(&rule.metric));
        let mut states: BTreeMap<QueueId, [Option<UnixMillis>; 2]> = BTreeMap::new();
        let (queues, calls) = {
            let rows = tenant.rows();
            let queues = rows.of_kind(RowKind::Queue, "").filter_map(|(_, shown)| match shown.row() {
                Row::Queue(row) => Some(row.clone()),
                _ => None,
            });
            let queues: Vec<QueueRow> = queues.collect();
            if needs(&[Metric::WrapUpTime, Metric::NotReadyTime]) {
                for (_, shown) in rows.of_kind(RowKind::Agent, "") {
                    let Row::Agent(row) = shown.row() else { continue };
                    let place = match row.state {
                        AgentState::WrapUp => 0,
                        AgentState::NotReady => 1,
                        _ => continue,
                    };
                    let longest = &mut states.entry(row.queue.clone()).or_default()[place];
                    *longest = [*longest, row.since].into_iter().flatten().min();
                }
            }
            let calls = if needs(&[Metric::Calls]) { rows.of_kind(RowKind::Call, "").count() } else { 0 };
            (queues, u32::try_from(calls).unwrap_or(u32::MAX))
        };
        let summed = tenant.summed();
        let summary = summed.borrow();
        Self {
            now,
            local,
            queues,
            states,
            calls,
            figures: summary.figures,
            persons: (summary.seq > Seq(0)).then_some(summary.persons),
            pbx: ingest.lamps(&tenant.id).pbx,
        }
    }

    /// The queues that a rule looks at.
    pub fn queues_of<'a>(&'a self, of: &'a Of) -> impl Iterator<Item = &'a QueueRow> {
        self.queues.iter().filter(move |row| match of {
            Of::Each => true,
            Of::Queue(number) => is_named(number, row),
            Of::Tenant => false,
        })
    }

    /// What is known of one of them.
    pub fn of_queue<'a>(&self, row: &'a QueueRow) -> OfQueue<'a> {
        let [wrap_up_since, not_ready_since] = self.states.get(&row.id).copied().unwrap_or_default();
        OfQueue { row, wrap_up_since, not_ready_since }
    }

    /// What is known of all of them as one.
    pub const fn of_tenant(&self) -> OfTenant<'_> {
        OfTenant {
            queues: self.queues.as_slice(),
            figures: self.figures.as_ref(),
            persons: self.persons.as_ref(),
            calls: self.calls,
            pbx: &self.pbx,
        }
    }
}

fn is_named(number: &Number, row: &QueueRow) -> bool {
    match &row.number {
        Some(its) => its == number,
        None => row.id.as_str() == number.as_str(),
    }
}

/// A moment on the wall of a tenant; Monday's midnight where no calendar reaches.
pub fn local(calendar: &Calendar, tenant: &TenantId, now: UnixMillis) -> Local {
    let zone = calendar.get(tenant).map_or(jiff::tz::TimeZone::UTC, |days| days.zone);
    let Ok(now) = jiff::Timestamp::from_millisecond(now.0) else { return Local { day: 0, minute: 0 } };
    let at = zone.to_datetime(now);
    let minute = i32::from(at.hour()) * 60 + i32::from(at.minute());
    let day = at.weekday().to_monday_zero_offset();
    Local { day: u8::try_from(day).unwrap_or_default(), minute: u16::try_from(minute).unwrap_or_default() }
}
