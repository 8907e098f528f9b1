//! Access tokens: they live for a while, and a refresh token gets another, once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::time::Instant;

use crate::interfaces::Account;

/// So many are remembered; past that the oldest go.
const TOKENS_MAX: usize = 1000;

/// All tokens that were given out.
#[derive(Debug)]
pub struct Tokens {
    life: Duration,
    given: Mutex<Vec<Given>>,
}

#[derive(Debug)]
struct Given {
    access: String,
    refresh: String,
    account: Account,
    expires: Instant,
}

/// A pair of tokens, as a sign-in gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Goes with every request.
    pub access: String,
    /// Gets another pair.
    pub refresh: String,
    /// Seconds for which the first is good.
    pub expires_in: u64,
}

/// Why a token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Never given, used up, or given back.
    Unknown,
    /// Was good once.
    Expired,
}

impl Tokens {
    /// None so far; each will live so long.
    pub fn new(life: Duration) -> Self {
        Self { life, given: Mutex::default() }
    }

    /// Gives a pair. An error is the system's, which has no random numbers.
    pub fn give(&self, account: Account) -> Result<Pair, getrandom::Error> {
        let (access, refresh) = (random()?, random()?);
        let mut given = self.lock();
        if given.len() == TOKENS_MAX {
            given.remove(0);
        }
        let expires = Instant::now() + self.life;
        given.push(Given { access: access.clone(), refresh: refresh.clone(), account, expires });
        Ok(Pair { access, refresh, expires_in: self.life.as_secs() })
    }

    /// Whose access token it is.
    pub fn account(&self, access: &str) -> Result<Account, TokenError> {
        let given = self.lock();
        let found = given.iter().find(|pair| pair.access == access).ok_or(TokenError::Unknown)?;
        if found.expires > Instant::now() { Ok(found.account.clone()) } else { Err(TokenError::Expired) }
    }

    /// Takes a refresh token, and with it the access token it came with: whose they were.
    pub fn take(&self, refresh: &str) -> Option<Account> {
        let mut given = self.lock();
        let place = given.iter().position(|pair| pair.refresh == refresh)?;
        Some(given.remove(place).account)
    }

    /// Forgets an access token and its refresh token.
    pub fn revoke(&self, access: &str) {
        self.lock().retain(|pair| pair.access != access);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Given>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_token_lives_its_time_and_a_refresh_token_is_good_once() {
        let tokens = Tokens::new(Duration::from_mins(30));
        let first = tokens.give(Account::Tenant).unwrap();
        assert_eq!(tokens.account(&first.access), Ok(Account::Tenant));
        assert_eq!(tokens.account(&first.refresh), Err(TokenError::Unknown));
        tokio::time::advance(Duration::from_mins(31)).await;
        assert_eq!(tokens.account(&first.access), Err(TokenError::Expired));
        assert_eq!(tokens.take(&first.refresh), Some(Account::Tenant));
        assert_eq!(tokens.take(&first.refresh), None);
        let second = tokens.give(Account::System).unwrap();
        assert_ne!(first.access, second.access);
        tokens.revoke(&second.access);
        assert_eq!(tokens.account(&second.access), Err(TokenError::Unknown));
        assert_eq!(tokens.take(&second.refresh), None);
    }

    #[tokio::test]
    async fn only_so_many_are_remembered() {
        let tokens = Tokens::new(Duration::from_mins(30));
        let first = tokens.give(Account::Tenant).unwrap();
        for _ in 0..TOKENS_MAX {
            tokens.give(Account::Tenant).unwrap();
        }
        assert_eq!(tokens.account(&first.access), Err(TokenError::Unknown));
    }
}
