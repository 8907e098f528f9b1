//! What one sender may cost: the time and size of a body, the rate of refused requests.
//!
//! Right credentials are never slowed: whoever calls asks here after it has looked at them. Not here: connections
//! (`accept`), headers (`serve`), lines in the log (`seldom`).

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::body::Body;
use futures_util::StreamExt;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use ipnet::IpNet;
use tokio::time::{Instant, timeout_at};

use crate::accept::one_site;

/// A body's length, in bytes as sent.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How long a body may take.
const PATIENCE: Patience = Patience { in_all: Duration::from_secs(15), pause: Duration::from_secs(5) };

/// How long we read on for a sender that is refused anyway, so that it hears so, and its connection lives.
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// And how many bytes.
const DISCARD_BYTES_MAX: usize = 1 << 20;

/// False credentials of one address, a second and at once.
const WRONG: (u32, u32) = (20, 100);

/// Requests of one address without credentials where some are wanted, a second and at once.
const MISSING: (u32, u32) = (2000, 2000);

/// After so many checks, addresses that could start anew are forgotten.
const FORGET_EVERY: u32 = 4096;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Longer than [`BODY_BYTES_MAX`].
    TooLarge,
    /// It took too long, or paused too long.
    Slow,
    /// The sender went away, or its framing is wrong.
    Broken,
}

/// How long a body may take in all, and between two of its parts.
#[derive(Clone, Copy)]
struct Patience {
    in_all: Duration,
    pause: Duration,
}

/// Reads a body.
pub async fn read_body(body: Body) -> Result<Vec<u8>, BodyFault> {
    read_within(body, PATIENCE).await
}

async fn read_within(body: Body, patience: Patience) -> Result<Vec<u8>, BodyFault> {
    let mut chunks = body.into_data_stream();
    let end = Instant::now() + patience.in_all;
    let mut bytes = Vec::new();
    loop {
        match timeout_at(end.min(Instant::now() + patience.pause), chunks.next()).await {
            Err(_) => return Err(BodyFault::Slow),
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(_))) => return Err(BodyFault::Broken),
            Ok(Some(Ok(chunk))) if bytes.len() + chunk.len() > BODY_BYTES_MAX => {
                discard(chunks.map(|chunk| chunk.map(|chunk| chunk.len()))).await;
                return Err(BodyFault::TooLarge);
            }
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
        }
    }
}

/// Reads a body for nothing. Says whether that was all of it: else its connection can't be used again.
pub async fn discard_body(body: Body) -> bool {
    discard(body.into_data_stream().map(|chunk| chunk.map(|chunk| chunk.len()))).await
}

async fn discard<E>(mut lengths: impl futures_util::Stream<Item = Result<usize, E>> + Unpin) -> bool {
    let end = Instant::now() + DISCARD_TIME;
    let mut read = 0;
    while read < DISCARD_BYTES_MAX {
        match timeout_at(end, lengths.next()).await {
            Ok(Some(Ok(length))) => read += length,
            Ok(None) => return true,
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
    false
}

/// Counts what each address is refused for.
pub struct Rates {
    wrong: Rate,
    missing: Rate,
    exempt: Vec<IpNet>,
}

impl Rates {
    /// `exempt` are networks that are not counted.
    pub fn new(exempt: Vec<IpNet>) -> Self {
        Self { wrong: Rate::new(WRONG), missing: Rate::new(MISSING), exempt }
    }

    /// Counts false credentials. An error says how long the address is to wait.
    pub fn wrong(&self, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.wrong, address)
    }

    /// Counts a request without credentials where some are wanted.
    pub fn missing(&self, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.missing, address)
    }

    fn count(&self, rate: &Rate, address: IpAddr) -> Result<(), Duration> {
        if self.exempt.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        rate.count(address)
    }
}

struct Rate {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    checks: AtomicU32,
}

impl Rate {
    fn new((a_second, at_once): (u32, u32)) -> Self {
        let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(some(a_second)).allow_burst(some(at_once));
        Self { limiter: RateLimiter::dashmap(quota), checks: AtomicU32::new(0) }
    }

    fn count(&self, address: IpAddr) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(&one_site(address))
            .map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use futures_util::stream;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn body_of(chunks: usize, length: usize) -> Body {
        let chunk = Bytes::from(vec![b'a'; length]);
        Body::from_stream(stream::iter((0..chunks).map(move |_| Ok::<_, std::io::Error>(chunk.clone()))))
    }

    #[tokio::test]
    async fn a_body_of_one_mebibyte_is_read_and_one_byte_more_is_too_large() {
        assert_eq!(read_body(body_of(16, 1 << 16)).await.unwrap().len(), BODY_BYTES_MAX);
        let longer = body_of(16, 1 << 16).into_data_stream().chain(body_of(1, 1).into_data_stream());
        assert_eq!(read_body(Body::from_stream(longer)).await, Err(BodyFault::TooLarge));
        assert_eq!(read_body(Body::empty()).await.unwrap(), b"");
    }

    /// A tenth of the real times: three parts, so many milliseconds before each and before the end.
    #[tokio::test]
    async fn a_body_may_pause_and_take_so_long_in_all() {
        let every = |millis: u64| {
            Body::from_stream(stream::unfold(0, move |number| async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                (number < 3).then(|| (Ok::<_, std::io::Error>(Bytes::from_static(b"a")), number + 1))
            }))
        };
        let patience = Patience { in_all: PATIENCE.in_all / 10, pause: PATIENCE.pause / 10 };
        assert_eq!(read_within(every(200), patience).await.unwrap(), b"aaa");
        let started = Instant::now();
        assert_eq!(read_within(every(2000), patience).await, Err(BodyFault::Slow));
        assert!(started.elapsed() < patience.in_all, "the pause counts");
        assert_eq!(read_within(every(450), patience).await, Err(BodyFault::Slow), "so does the sum");
        let started = Instant::now();
        assert!(!discard_body(every(60_000)).await);
        assert_eq!(started.elapsed().as_secs(), DISCARD_TIME.as_secs());
    }

    #[tokio::test]
    async fn one_mebibyte_is_read_for_nothing_at_most() {
        let read = std::sync::Arc::new(AtomicU32::new(0));
        let counted = std::sync::Arc::clone(&read);
        let endless = stream::repeat(Bytes::from(vec![0; 1 << 16])).map(move |chunk| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(chunk)
        });
        assert!(!discard_body(Body::from_stream(endless)).await);
        assert!(discard_body(body_of(3, 10)).await);
        assert_eq!(read.load(Ordering::Relaxed), 16);
    }

    #[test]
    fn a_hundred_wrong_ones_at_once_then_twenty_a_second_each_address_for_itself() {
        let rates = Rates::new(vec!["192.0.2.0/24".parse().unwrap()]);
        let wrong = |text: &str| (0..150).filter(|_| rates.wrong(address(text)).is_ok()).count();
        // Some more may pass while this runs: one every 50 ms.
        assert!((100..120).contains(&wrong("198.51.100.1")));
        assert!(rates.wrong(address("198.51.100.1")).is_err_and(|wait| wait <= Duration::from_millis(50)));
        assert!((100..120).contains(&wrong("127.0.0.1")));
        assert_eq!(wrong("192.0.2.9"), 150);
        assert!(rates.missing(address("198.51.100.1")).is_ok());
        assert!((100..120).contains(&wrong("2001:db8:1:2::1")));
        assert!(wrong("2001:db8:1:2:ffff::2") < 20);
        assert!((100..120).contains(&wrong("2001:db8:1:3::1")));
    }
}
