//! Passwords: what is kept of them, and how one is checked without holding anybody else up.
//!
//! argon2id with 19 MiB, two passes, one lane (OWASP's and RFC 9106's family of choices): some 30 ms of a core. So checks
//! run beside the runtime, in turns, and only so many wait for theirs.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::AccessError;
use crate::config::Secret;

/// KiB of memory, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// How many are computed at once: hooks and boards keep a core, and memory stays below 40 MiB.
const AT_ONCE: usize = 2;

/// How many may be under way or wait. Beyond it the answer is to try again.
const WAITING_MAX: usize = 32;

/// The shortest password, in characters. There is no rule of what must be in it: length is what counts.
pub const LENGTH_MIN: usize = 10;

/// The longest, in bytes: more is no password but a burden.
pub const BYTES_MAX: usize = 256;

/// Checked where there is no account, so that it takes the same time. Whose password it is doesn't matter: it opens nothing.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$aHpQsVL7HCAbKCtW1NhsMg$q37SXOgsWw7k6RFUUjep8gBtu/LIsBHo8H57xdCEHb8";

/// Makes and checks hashes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    seats: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), seats: Arc::new(Semaphore::new(WAITING_MAX)) }
    }
}

impl Passwords {
    /// The PHC string of a password, with a salt of its own.
    pub async fn hash(&self, password: &Secret) -> Result<String, AccessError> {
        let password = password.clone();
        self.run(move || compute(password.reveal())).await
    }

    /// Whether a password is the one of `kept`. `None`, where there is nobody to have one, takes as long and is false.
    pub async fn check(&self, password: &Secret, kept: Option<String>) -> Result<bool, AccessError> {
        let password = password.clone();
        let somebodys = kept.is_some();
        let kept = kept.unwrap_or_else(|| DECOY.to_owned());
        let same = self.run(move || Ok(is_of(password.reveal(), &kept))).await?;
        Ok(same && somebodys)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| AccessError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| AccessError::Busy)?;
        spawn_blocking(move || {
            // Held to the end of the work, also where the client has gone.
            let _held = (seat, turn);
            work()
        })
        .await
        .map_err(|_| AccessError::Busy)?
    }
}

fn argon() -> Result<Argon2<'static>, AccessError> {
    let (kib, passes, lanes) = COST;
    let params = Params::new(kib, passes, lanes, None).map_err(|_| AccessError::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn compute(password: &str) -> Result<String, AccessError> {
    let hash: PasswordHash = argon()?.hash_password(password.as_bytes()).map_err(|_| AccessError::Hash)?;
    Ok(hash.to_string())
}

/// By the parameters of the hash, so that those that were made before a change of [`COST`] stay valid.
fn is_of(password: &str, kept: &str) -> bool {
    PasswordHash::new(kept)
        .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_19_mib_and_a_salt_of_its_own() {
        let passwords = Passwords::default();
        let password = Secret::new("correct horse");
        let (one, other) =
            (passwords.hash(&password).await.unwrap(), passwords.hash(&password).await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        assert!(passwords.check(&password, Some(one.clone())).await.unwrap());
        assert!(!passwords.check(&Secret::new("correct hors"), Some(one)).await.unwrap());
        assert!(!passwords.check(&password, None).await.unwrap());
    }

    /// The time is that of the parameters.
    #[test]
    fn a_check_for_nobody_costs_what_one_for_somebody_costs() {
        let (decoy, own) = (PasswordHash::new(DECOY).unwrap(), compute("x").unwrap());
        let own = PasswordHash::new(&own).unwrap();
        assert_eq!(
            (decoy.algorithm, decoy.version, decoy.params.to_string()),
            (own.algorithm, own.version, own.params.to_string())
        );
        assert_eq!(decoy.hash.unwrap().len(), own.hash.unwrap().len());
    }

    /// Oracle: Python's argon2-cffi 25.1, `PasswordHasher(2, 19456, 1, hash_len=32, salt_len=16)`, the reference C code.
    #[test]
    fn a_hash_of_the_reference_implementation_is_understood() {
        let kept = "$argon2id$v=19$m=19456,t=2,p=1$iPLU69aHECqlueRW+PF/4Q$u9BHj+iAdJUmGhznV08gjg864z1pvKcLvjfQQuKuvV0";
        assert!(is_of("correct horse battery staple", kept));
        assert!(!is_of("correct horse battery stapl", kept));
    }

    #[tokio::test]
    async fn beyond_what_may_wait_one_is_told_to_come_again() {
        let passwords = Passwords::default();
        let _all = passwords.seats.acquire_many(32).await.unwrap();
        assert!(matches!(passwords.check(&Secret::new("x"), None).await, Err(AccessError::Busy)));
    }
}
