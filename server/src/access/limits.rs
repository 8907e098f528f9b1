//! How often one may try to sign in: slowed down, never locked out.
//!
//! - One address: a try a second after sixty at once. An office behind one address signs in in the morning, a program that
//!   tries lists of passwords gets nowhere.
//! - One address at one account: a try every ten seconds after eight at once. Others' addresses are untouched by it, so that
//!   nobody can shut a person out by trying wrong passwords for him.
//! - One account from everywhere: past thirty tries, and one every two seconds, each waits for [`SLOW_DOWN`] and is then
//!   checked all the same.
//!
//! Webhooks have limits of their own (`ingest::limits`), and nothing here touches them.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use super::AccessError;
use crate::accept::one_site;

/// How long a try waits where an account is tried from everywhere.
pub const SLOW_DOWN: Duration = Duration::from_secs(2);

/// Tries at once, and the time after which there is one more.
const ADDRESS: (u32, Duration) = (60, Duration::from_secs(1));
const ADDRESS_AND_ACCOUNT: (u32, Duration) = (8, Duration::from_secs(10));
const ACCOUNT: (u32, Duration) = (30, Duration::from_secs(2));
/// New pairing codes of an address: a building's walls that all begin anew.
const PAIRING: (u32, Duration) = (40, Duration::from_secs(15));

/// After so many tries, those who could start anew are forgotten.
const FORGET_EVERY: u32 = 1024;

/// What is counted.
pub struct Limits {
    address: Rate,
    address_and_account: Rate,
    account: Rate,
    pairing: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address: Rate::new(ADDRESS),
            address_and_account: Rate::new(ADDRESS_AND_ACCOUNT),
            account: Rate::new(ACCOUNT),
            pairing: Rate::new(PAIRING),
        }
    }
}

impl Limits {
    /// Counts a try from an address. An error says how long it is to wait.
    pub fn address(&self, address: IpAddr) -> Result<(), AccessError> {
        self.address.count(one_site(address)).map_err(|wait| AccessError::TooMany { wait })
    }

    /// Counts a new pairing code.
    pub fn pairing(&self, address: IpAddr) -> Result<(), AccessError> {
        self.pairing.count(one_site(address)).map_err(|wait| AccessError::TooMany { wait })
    }

    /// Counts a try for an account, whether there is one or not. The answer says how long it is slowed down.
    pub fn account(&self, address: IpAddr, name_key: &str) -> Result<Duration, AccessError> {
        self.address_and_account
            .count((one_site(address), name_key))
            .map_err(|wait| AccessError::TooMany { wait })?;
        Ok(self.account.count(name_key).map_or(SLOW_DOWN, |()| Duration::ZERO))
    }
}

/// One limit. Keys are kept as hashes, since strangers choose them.
struct Rate {
    limiter: DefaultKeyedRateLimiter<u64>,
    hashed: RandomState,
    tries: AtomicU32,
}

impl Rate {
    fn new((at_once, every): (u32, Duration)) -> Self {
        let at_once = NonZeroU32::new(at_once).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(every).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self {
            limiter: RateLimiter::dashmap(quota.allow_burst(at_once)),
            hashed: RandomState::new(),
            tries: AtomicU32::new(0),
        }
    }

    fn count(&self, key: impl Hash) -> Result<(), Duration> {
        if self.tries.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter
            .check_key(&self.hashed.hash_one(key))
            .map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn elsewhere(number: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, number])
    }

    /// Some more may pass while this runs, one a second.
    #[test]
    fn an_address_has_sixty_tries_at_once_and_leaves_others_alone() {
        let limits = Limits::default();
        let passed = (0..100).filter(|_| limits.address(elsewhere(1)).is_ok()).count();
        assert!((60..70).contains(&passed), "{passed}");
        let refused = limits.address(elsewhere(1)).unwrap_err();
        assert!(matches!(refused, AccessError::TooMany { wait } if wait <= Duration::from_secs(1)));
        assert!(limits.address(HOME).is_ok());
    }

    #[test]
    fn who_tries_an_account_from_elsewhere_slows_its_owner_down_and_never_locks_him_out() {
        let limits = Limits::default();
        for address in 1..=10 {
            let passed = (0..20).filter(|_| limits.account(elsewhere(address), "anna").is_ok()).count();
            assert!((8..10).contains(&passed), "{passed}");
        }
        assert_eq!(limits.account(HOME, "anna").unwrap(), SLOW_DOWN);
        assert_eq!(limits.account(HOME, "ben").unwrap(), Duration::ZERO);
        assert_eq!(limits.account(elsewhere(1), "ben").unwrap(), Duration::ZERO);
    }
}
