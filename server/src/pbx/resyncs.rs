//! How often the PBX was asked for everything, and how that went, for `/metrics`.

use std::{
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use model::{id::TenantId, time::UnixMillis};

use super::error::{Class, PbxError};

/// One tenant's counts. They go up for as long as the process lives.
#[derive(Debug, Default)]
pub struct Resyncs(Mutex<Counts>);

#[derive(Clone, Debug, Default)]
struct Counts {
    started: u64,
    /// By the place of its class.
    failed: [u64; Class::ALL.len()],
    /// Those that came to their end, and how long they took together.
    done: (u64, Duration),
    last: Option<UnixMillis>,
    under_way: Option<Instant>,
}

impl Resyncs {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One begins.
    pub fn begin(&self) {
        let mut counts = self.lock();
        counts.started += 1;
        counts.under_way = Some(Instant::now());
    }

    /// The one that is under way has come to its end, by our clock now.
    pub fn done(&self, now: UnixMillis) {
        let mut counts = self.lock();
        if let Some(begun) = counts.under_way.take() {
            counts.done.0 += 1;
            counts.done.1 += begun.elapsed();
            counts.last = Some(now);
        }
    }

    /// Something fails; where one is under way, that one.
    pub fn failed(&self, error: &PbxError) {
        let mut counts = self.lock();
        if counts.under_way.take().is_some() {
            counts.failed[error.class() as usize] += 1;
        }
    }

    /// The one that is under way is of no interest any more.
    pub fn drop_it(&self) {
        self.lock().under_way = None;
    }
}

/// Writes all tenants' counts.
pub fn write_metrics<'a>(text: &mut String, of: impl Iterator<Item = (&'a TenantId, &'a Resyncs)>) {
    let all: Vec<_> = of.map(|(tenant, resyncs)| (tenant, resyncs.lock().clone())).collect();
    let mut head = |name: &str, kind: &str, about: &str, lines: &dyn Fn(&mut String)| {
        _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} {kind}");
        lines(text);
    };
    let name = "ringside_resyncs_started_total";
    head(name, "counter", "Times that the PBX was begun to be asked for everything.", &|text| {
        for (tenant, counts) in &all {
            _ = writeln!(text, "{name}{{tenant=\"{tenant}\"}} {}", counts.started);
        }
    });
    let name = "ringside_resyncs_failed_total";
    head(name, "counter", "Times that this failed, by what was wrong.", &|text| {
        for (tenant, counts) in &all {
            for (class, count) in Class::ALL.iter().zip(counts.failed) {
                _ = writeln!(text, "{name}{{tenant=\"{tenant}\",reason=\"{}\"}} {count}", class.as_str());
            }
        }
    });
    let name = "ringside_resync_seconds";
    head(name, "summary", "How long those took that came to their end.", &|text| {
        for (tenant, counts) in &all {
            let (count, took) = counts.done;
            _ = writeln!(text, "{name}_sum{{tenant=\"{tenant}\"}} {:.3}", took.as_secs_f64());
            _ = writeln!(text, "{name}_count{{tenant=\"{tenant}\"}} {count}");
        }
    });
    let name = "ringside_resync_last_success_timestamp_seconds";
    head(name, "gauge", "When the last one came to its end.", &|text| {
        for (tenant, counts) in &all {
            if let Some(at) = counts.last {
                _ = writeln!(text, "{name}{{tenant=\"{tenant}\"}} {}", at.0 / 1000);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_only_while_one_is_under_way_and_each_once() {
        let resyncs = Resyncs::default();
        resyncs.failed(&PbxError::Cut);
        resyncs.begin();
        resyncs.failed(&PbxError::Credentials);
        resyncs.failed(&PbxError::Credentials);
        resyncs.begin();
        resyncs.done(UnixMillis(1_790_000_000_400));
        resyncs.failed(&PbxError::WsiCut);
        resyncs.begin();
        resyncs.drop_it();
        resyncs.done(UnixMillis(1_790_000_009_000));
        let mut text = String::new();
        write_metrics(&mut text, std::iter::once((&TenantId::from("acme"), &resyncs)));
        for line in [
            "ringside_resyncs_started_total{tenant=\"acme\"} 3\n",
            "ringside_resyncs_failed_total{tenant=\"acme\",reason=\"connection\"} 0\n",
            "ringside_resyncs_failed_total{tenant=\"acme\",reason=\"refused\"} 1\n",
            "ringside_resyncs_failed_total{tenant=\"acme\",reason=\"subscription\"} 0\n",
            "ringside_resync_seconds_count{tenant=\"acme\"} 1\n",
            "ringside_resync_last_success_timestamp_seconds{tenant=\"acme\"} 1790000000\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
