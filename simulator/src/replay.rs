//! `pbx-sim replay`: a recording posted again, with its own pauses.
//!
//! Deliveries are posted when they are due, side by side, whatever the answers do; each once, as the PBX's own retries
//! are in the recording. Which webhook takes one is what the recorder noted, else what its `event_type` says.
//!
//! Times in the bodies move along: the recording's first moment becomes now, and `--speed` shortens the time between two
//! stamps like the pauses, so that no stamp lies in the future.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{body::Bytes, http::header::CONTENT_ENCODING};
use clap::Args;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    clock,
    config::{ConfigError, Webhooks},
    console::{Stop, say},
    post::Poster,
    recording::{LineError, Recorded},
    scan,
    target::Target,
};

/// So many requests are open at one time; what is due beyond waits.
const IN_FLIGHT_MAX: usize = 64;

/// The flags.
#[derive(Args)]
pub struct Replay {
    /// The recording, as `pbx-sim record` made it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Divides the pauses, from 0.01 to 10000.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Posts every body as it came, with its own times.
    #[arg(long)]
    keep_times: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.01..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.01 to 10000".to_owned()),
    }
}

/// Why nothing, or not all, was replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No target.
    #[error(transparent)]
    Target(#[from] ConfigError),
    /// The recording can't be read.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A line of it is no delivery.
    #[error("{path}: line {line}: {why}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: LineError,
    },
    /// The HTTP client or the signals.
    #[error("can't start: {0}")]
    Start(String),
    /// Some were not answered 200.
    #[error("{0} deliveries were not answered 200; compare the recording's events with the receiver's log")]
    NotTaken(u64),
}

/// How the recording's clock becomes ours.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// The recording's first moment, unix ms.
    first: u64,
    /// Ours, unix ms.
    start: u64,
    speed: f64,
}

impl Scale {
    /// The moment that a moment of the recording becomes, unix ms.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "moments in ms are exact in a double"
    )]
    fn moment(self, recorded: u64) -> u64 {
        let after = (recorded as f64 - self.first as f64) / self.speed;
        self.start.saturating_add_signed(after.floor() as i64)
    }

    /// How long after the start a moment of the recording is due.
    fn due(self, recorded: u64) -> Duration {
        Duration::from_millis(self.moment(recorded).saturating_sub(self.start))
    }
}

/// Goes through the recording's lines.
fn read(path: &PathBuf) -> Result<impl Iterator<Item = Result<(Recorded, Bytes), ReplayError>>, ReplayError> {
    let failed = |why| ReplayError::File { path: path.clone(), why };
    let file = BufReader::new(File::open(path).map_err(failed)?);
    Ok(file.lines().enumerate().map(move |(index, line)| {
        let line = line.map_err(|why| ReplayError::File { path: path.clone(), why })?;
        Recorded::read(&line).map_err(|why| ReplayError::Line { path: path.clone(), line: index + 1, why })
    }))
}

/// Posts under way, and how they were answered.
#[derive(Clone)]
struct Posts {
    webhooks: Arc<Webhooks>,
    poster: Poster,
    in_flight: Arc<Semaphore>,
    tasks: TaskTracker,
    /// Counts by status; `None` is silence.
    answers: Arc<Mutex<BTreeMap<Option<u16>, u64>>>,
}

/// Posts the recording, and says what was answered.
pub async fn run(replay: Replay) -> Result<(), ReplayError> {
    let posts = Posts {
        webhooks: Arc::new(replay.target.webhooks()?),
        poster: Poster::new().map_err(|error| ReplayError::Start(error.to_string()))?,
        in_flight: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        tasks: TaskTracker::new(),
        answers: Arc::default(),
    };
    let mut stop = Stop::listen().map_err(|error| ReplayError::Start(error.to_string()))?;
    // All of it is read once before anything is posted: half a recording is no test.
    let mut lines = 0;
    for line in read(&replay.file)? {
        line?;
        lines += 1;
    }
    say(&format!("{lines} deliveries, speed {}", replay.speed));
    tokio::select! {
        done = post_all(&replay, &posts) => done?,
        () = stop.asked() => say("stopped"),
    }
    posts.tasks.close();
    tokio::select! {
        () = posts.tasks.wait() => {}
        () = stop.asked() => {}
    }
    let answers = posts.answers.lock().unwrap_or_else(PoisonError::into_inner);
    for (status, count) in &*answers {
        match status {
            Some(status) => say(&format!("{count} answered {status}")),
            None => say(&format!("{count} not answered")),
        }
    }
    let not_taken = answers.iter().filter(|(status, _)| **status != Some(200));
    match not_taken.map(|(_, count)| count).sum() {
        0 => Ok(()),
        count => Err(ReplayError::NotTaken(count)),
    }
}

/// Posts each delivery when it is due. Those whose webhook is off are said and left out.
async fn post_all(replay: &Replay, posts: &Posts) -> Result<(), ReplayError> {
    let begun = Instant::now();
    let mut scale = None;
    let mut nowhere = 0_u64;
    for line in read(&replay.file)? {
        let (recorded, body) = line?;
        let scale = *scale.get_or_insert_with(|| Scale {
            first: recorded.at,
            start: clock::now().0,
            speed: replay.speed,
        });
        tokio::time::sleep_until(begun + scale.due(recorded.at)).await;
        let (hook, headers) = (recorded.hook.unwrap_or_else(|| scan::hook_of(&body)), recorded.own_headers());
        if posts.webhooks.endpoint(hook).is_none() {
            nowhere += 1;
            continue;
        }
        // What is compressed goes as it came.
        let as_it_came = replay.keep_times || headers.contains_key(CONTENT_ENCODING);
        let body = if as_it_came { body } else { scan::move_times(&body, |ms| scale.moment(ms)).into() };
        let posts = posts.clone();
        posts.tasks.clone().spawn(async move {
            let Ok(_permit) = posts.in_flight.acquire().await else { return };
            let Some(endpoint) = posts.webhooks.endpoint(hook) else { return };
            let status = posts.poster.post_as(endpoint, &headers, body).await.ok();
            *posts.answers.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
        });
    }
    if nowhere > 0 {
        say(&format!("{nowhere} have no endpoint of their kind and were left out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_moment_is_now_and_none_lies_in_the_future() {
        let (first, start) = (1_700_000_000_500, 1_790_000_000_000);
        for speed in [0.1, 1.0, 7.0, 1000.0] {
            let scale = Scale { first, start, speed };
            assert_eq!(scale.moment(first), start);
            for after in [0, 1, 999, 60_000, 86_400_000] {
                let due = start + u64::try_from(scale.due(first + after).as_millis()).unwrap();
                assert!(scale.moment(first + after) <= due, "{speed} {after}");
                assert!(scale.moment(first + after.saturating_sub(900)) <= due, "{speed} {after}");
            }
        }
        assert_eq!(Scale { first, start, speed: 1.0 }.moment(first - 65_000), start - 65_000);
        assert_eq!(Scale { first, start, speed: 10.0 }.moment(first + 60_000), start + 6000);
    }
}
