//! `pbx-sim load`: real events at a fixed rate, whatever the answers do.
//!
//! An open loop: event `k` is due `k / rate` seconds after the start. What it took is counted from when it was due, not
//! from when it was sent, so a receiver that stops for a second shows in the figures of all that waited meanwhile. Each
//! event is posted once. The events are a day's, run as fast as they are needed and stamped with the real time: calls
//! are as many as on a real day, and shorter.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clap::Args;
use hdrhistogram::Histogram;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    clock,
    company::CompanyError,
    config::{ConfigError, Webhooks},
    console::{Stop, say},
    day::Day,
    event::Event,
    post::Poster,
    setup::Setup,
    target::Target,
};

/// So many requests are open at one time; what is due beyond waits, and is late.
const IN_FLIGHT_MAX: usize = 512;
/// Sent more than this after it was due, an event is late: the figures are then the sender's too.
const LATE_AFTER: Duration = Duration::from_millis(50);
/// Stamps are whole seconds, and the end must be the newer.
const CLOSE_AFTER: Duration = Duration::from_millis(1100);
/// What is shown of the times.
const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];
/// Times are kept up to this, in microseconds: longer than any request.
const MICROS_MAX: u64 = 600_000_000;

/// The flags.
#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    setup: Setup,
    /// Events a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50_000))]
    rate: u32,
    /// For so long.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// The day's seed: the same seed, the same calls.
    #[arg(long, default_value_t = 8_020)]
    seed: u64,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No target.
    #[error(transparent)]
    Target(#[from] ConfigError),
    /// No company.
    #[error("the company: {0}")]
    Company(#[from] CompanyError),
    /// The HTTP client, the signals or the histogram.
    #[error("can't start: {0}")]
    Start(String),
    /// Not one event was taken.
    #[error("no event was answered 200; compare address, method and secret with the receiver's")]
    NothingTaken,
}

/// What became of the events.
struct Figures {
    answers: BTreeMap<Option<u16>, u64>,
    late: u64,
    /// Microseconds from due to sent.
    sent: Histogram<u64>,
    /// Microseconds from due to 200.
    taken: Histogram<u64>,
}

impl Figures {
    fn new() -> Result<Self, hdrhistogram::CreationError> {
        let histogram = || Histogram::new_with_bounds(1, MICROS_MAX, 3);
        Ok(Self { answers: BTreeMap::new(), late: 0, sent: histogram()?, taken: histogram()? })
    }

    fn count(&mut self, status: Option<u16>, sent: Duration, answered: Duration) {
        *self.answers.entry(status).or_default() += 1;
        self.late += u64::from(sent > LATE_AFTER);
        self.sent.saturating_record(micros(sent));
        if status == Some(200) {
            self.taken.saturating_record(micros(answered));
        }
    }

    fn of(&self, status: Option<u16>) -> u64 {
        self.answers.get(&status).copied().unwrap_or(0)
    }

    /// As lines for the console.
    fn lines(&self) -> [String; 3] {
        let sent: u64 = self.answers.values().sum();
        let others = self.answers.iter().filter(|(status, _)| !matches!(status, None | Some(200)));
        let others: Vec<String> =
            others.map(|(status, n)| format!(", {n} answered {}", status.unwrap_or(0))).collect();
        let others = others.concat();
        let (taken, silent) = (self.of(Some(200)), self.of(None));
        [
            format!("{sent} sent, {taken} answered 200{others}, {silent} not answered, {} late", self.late),
            format!("ms from due to 200: {}", percentiles(&self.taken)),
            format!("ms from due to sent: {}", percentiles(&self.sent)),
        ]
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(MICROS_MAX).max(1)
}

fn percentiles(histogram: &Histogram<u64>) -> String {
    let ms = |micros: u64| format!("{}.{:02}", micros / 1000, micros % 1000 / 10);
    let parts = PERCENTILES.map(|p| format!("{p} % {}", ms(histogram.value_at_percentile(p))));
    format!("{}, longest {}", parts.join(", "), ms(histogram.max()))
}

/// Posts under way, and what became of them.
#[derive(Clone)]
struct Posts {
    webhooks: Arc<Webhooks>,
    poster: Poster,
    in_flight: Arc<Semaphore>,
    tasks: TaskTracker,
    figures: Arc<Mutex<Figures>>,
}

impl Posts {
    /// Posts an event that is due at a moment; `counted` says whether it is one of the figures.
    fn post(&self, event: &Event, due: Instant, counted: bool) {
        let (posts, hook, body) = (self.clone(), event.hook, event.body.to_string());
        self.tasks.spawn(async move {
            let Ok(_permit) = posts.in_flight.acquire().await else { return };
            let Some(endpoint) = posts.webhooks.endpoint(hook) else { return };
            let sent = due.elapsed();
            let status = posts.poster.post(endpoint, body.as_bytes()).await.ok();
            if counted {
                posts.figures.lock().unwrap_or_else(PoisonError::into_inner).count(
                    status,
                    sent,
                    due.elapsed(),
                );
            }
        });
    }
}

/// Loads the receiver, then hangs up all calls and says the figures.
pub async fn run(load: Load) -> Result<(), LoadError> {
    let webhooks = load.target.webhooks()?;
    let company = load.setup.company(webhooks.tenant_id())?;
    let start = |error: &dyn std::error::Error| LoadError::Start(error.to_string());
    let posts = Posts {
        webhooks: Arc::new(webhooks),
        poster: Poster::new().map_err(|error| start(&error))?,
        in_flight: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        tasks: TaskTracker::new(),
        figures: Arc::new(Mutex::new(Figures::new().map_err(|error| start(&error))?)),
    };
    let mut stop = Stop::listen().map_err(|error| start(&error))?;
    say(&format!("{} events a second for {} s, seed {}", load.rate, load.seconds, load.seed));
    let mut day = load.setup.day(company, load.seed, 1.0);
    tokio::select! {
        () = post_all(&load, &mut day, &posts) => {}
        () = stop.asked() => say("stopped"),
    }
    let end = async {
        tokio::time::sleep(CLOSE_AFTER).await;
        for event in day.close(clock::now()) {
            posts.post(&event, Instant::now(), false);
        }
        posts.tasks.close();
        posts.tasks.wait().await;
    };
    tokio::select! {
        () = end => {}
        () = stop.asked() => {}
    }
    let figures = posts.figures.lock().unwrap_or_else(PoisonError::into_inner);
    for line in figures.lines() {
        say(&line);
    }
    if figures.of(Some(200)) == 0 { Err(LoadError::NothingTaken) } else { Ok(()) }
}

async fn post_all(load: &Load, day: &mut Day, posts: &Posts) {
    let begun = Instant::now();
    let mut next = VecDeque::new();
    for k in 0..u64::from(load.rate) * u64::from(load.seconds) {
        let due = begun + Duration::from_nanos(k * 1_000_000_000 / u64::from(load.rate));
        let event = loop {
            match next.pop_front() {
                Some(event) => break event,
                None => next.extend(posted(day.run(clock::now()), &posts.webhooks)),
            }
        };
        tokio::time::sleep_until(due).await;
        posts.post(&event, due, true);
    }
}

/// The events whose webhook is on.
fn posted(events: Vec<Event>, webhooks: &Webhooks) -> impl Iterator<Item = Event> {
    events.into_iter().filter(|event| webhooks.endpoint(event.hook).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the nearest-rank percentiles of 1 to 1000 ms, by hand.
    #[test]
    fn figures_are_of_what_was_due() {
        let mut figures = Figures::new().unwrap();
        for ms in 1..=1000 {
            figures.count(
                Some(200),
                Duration::from_millis(u64::from(ms > 990) * 60),
                Duration::from_millis(ms),
            );
        }
        figures.count(Some(503), Duration::ZERO, Duration::from_secs(5));
        figures.count(None, Duration::ZERO, Duration::from_secs(10));
        let [first, taken, _] = figures.lines();
        assert_eq!(first, "1002 sent, 1000 answered 200, 1 answered 503, 1 not answered, 10 late");
        for (percent, ms) in [("50", 500), ("90", 900), ("99", 990), ("99.9", 999)] {
            let shown = taken.split(&format!(" {percent} % ")).nth(1).unwrap().split(',').next().unwrap();
            let shown: f64 = shown.parse().unwrap();
            assert!((shown - f64::from(ms)).abs() <= f64::from(ms) / 500.0, "{percent} %: {taken}");
        }
        assert!(taken.contains("longest 1000."), "{taken}");
    }
}
