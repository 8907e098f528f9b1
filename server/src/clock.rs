//! The server's clock: a parameter, so that tests and soaks run server and simulator on one scaled clock.

use std::{
    str::FromStr,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use model::time::UnixMillis;

/// Tells the time. Cheap to clone; all clones agree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock(Option<Scaled>);

/// A clock that started at another moment and runs at another speed.
#[derive(Clone, Copy, Debug)]
struct Scaled {
    origin: UnixMillis,
    started: Instant,
    speed: f64,
}

/// The test clock's setting was not `START@SPEED`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a test clock is START@SPEED, with START in unix milliseconds and SPEED a positive number, e.g. 1786000000000@60"
)]
pub struct ClockSyntax;

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// Whether this is a test clock. Every page says so then.
    pub fn is_test(self) -> bool {
        self.0.is_some()
    }

    /// The present moment.
    pub fn now(self) -> UnixMillis {
        match self.0 {
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a test runs for less than 290 million years"
            )]
            Some(scaled) => UnixMillis(
                scaled.origin.0 + (scaled.started.elapsed().as_secs_f64() * 1000.0 * scaled.speed) as i64,
            ),
        }
    }
}

impl FromStr for Clock {
    type Err = ClockSyntax;

    fn from_str(text: &str) -> Result<Self, ClockSyntax> {
        let (start, speed) = text.split_once('@').ok_or(ClockSyntax)?;
        let origin = start.parse().map(UnixMillis).map_err(|_| ClockSyntax)?;
        let speed =
            speed.parse::<f64>().ok().filter(|speed| *speed > 0.0 && speed.is_finite()).ok_or(ClockSyntax)?;
        Ok(Self(Some(Scaled { origin, started: Instant::now(), speed })))
    }
}
