//! A PBX whose day is at a moment of the test's choosing, with its interfaces on a socket.

#![allow(dead_code, reason = "each test's file uses its part")]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;
use simulator::{
    call::Stamp,
    company::{Company, DEFAULT_TENANT_ID},
    day::Day,
    dialect::Dialect,
    exchange::Exchange,
    interfaces::{Bound, Options},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// When the day begins, unix ms.
const MORNING: u64 = 1_790_000_000_000;

/// The PBX.
pub struct Served {
    /// Lives the day.
    pub exchange: Arc<Exchange<Day>>,
    /// Where it answers.
    pub address: SocketAddr,
    now: Arc<AtomicU64>,
    _end: DropGuard,
}

impl Served {
    /// A PBX of a release, before its morning.
    pub async fn start(dialect: Dialect, options: Options) -> Self {
        let mut company = Company::new(DEFAULT_TENANT_ID);
        company.language.dialect = dialect;
        Self::of(Day::new(company, 7, 4.0), options).await
    }

    /// The PBX of a day.
    pub async fn of(day: Day, options: Options) -> Self {
        let (exchange, now) = (Exchange::new(day), Arc::new(AtomicU64::new(MORNING)));
        let told = now.clone();
        let options = Options { clock: Arc::new(move || Stamp(told.load(Ordering::Relaxed))), ..options };
        let bound = Bound::bind((Ipv4Addr::LOCALHOST, 0).into(), options).await.unwrap();
        let (address, end) = (bound.address().unwrap(), CancellationToken::new());
        tokio::spawn(bound.serve(exchange.clone(), end.clone()));
        Self { exchange, address, now, _end: end.drop_guard() }
    }

    /// The same, when it has lived for so many seconds.
    pub async fn after(seconds: u64, dialect: Dialect, options: Options) -> Self {
        let served = Self::start(dialect, options).await;
        served.live_until(seconds);
        served
    }

    /// Lets it live up to so many seconds after the day's beginning; the bodies of all events.
    pub fn live_until(&self, seconds: u64) -> Vec<Value> {
        let mut told = Vec::new();
        while let Some(at) = self.exchange.look(Day::wakes_at).filter(|&at| at < seconds * 1000) {
            self.now.store(MORNING + at, Ordering::Relaxed);
            told.extend(self.exchange.happen(|day| day.run(Stamp(MORNING + at))));
        }
        self.now.store(MORNING + seconds * 1000, Ordering::Relaxed);
        told.into_iter().map(|event| event.body).collect()
    }

    /// Restarts it: all calls are gone, and nobody is told.
    pub fn restart(&self) {
        self.exchange.restart(|day| day.restart(Stamp(self.now.load(Ordering::Relaxed))));
    }
}

/// The numbers of the company's extensions.
pub fn extensions() -> Vec<String> {
    Company::new(DEFAULT_TENANT_ID).people.into_iter().map(|person| person.number).collect()
}

/// The numbers of its queues.
pub fn queues() -> Vec<String> {
    Company::new(DEFAULT_TENANT_ID).queues.into_iter().map(|queue| queue.number).collect()
}
