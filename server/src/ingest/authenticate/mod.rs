//! Who sent a delivery, told from its headers by the endpoint's own method: none, [`basic`], [`digest`] or [`bearer`].
//!
//! Invariants
//! - No password or token is kept: hashes under a key of this process, or Digest's HA1. All compares are in constant time.
//! - An endpoint that we never gave out is examined like any other, by a guard whose credentials nobody has, so that
//!   neither words nor time tell it from a known one. Which method it seems to want is fixed by its id ([`Decoys`]).

mod basic;
mod bearer;
mod digest;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

pub use self::digest::{Target, ha1, percent_decoded};
use self::{
    basic::Basic,
    bearer::Bearer,
    digest::{Digest, Nonces},
};
use super::kept::{KeptSecret, Standing};
use crate::config::{Algorithm, Auth, Method};

/// Our realm in every challenge. It is part of every HA1, and so never changes.
const REALM: &str = "Ringside";

/// An `Authorization` header longer than this, in bytes, is not read.
const HEADER_BYTES_MAX: usize = 8 << 10;

/// What a request's credentials are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, or none are wanted.
    Right,
    /// None were sent.
    Missing,
    /// Sent, and false.
    Wrong,
    /// The right user's, with a password that is not his. Worth as much as false ones, as are those that follow.
    WrongPassword,
    /// The secret was right until it was retired.
    Retired,
    /// Of another method than the endpoint's.
    OtherMethod,
    /// Right, but in RFC 2069's form, which this endpoint doesn't take.
    WithoutQop,
    /// Right, but over a nonce or a count that can't be used (again).
    Stale,
    /// Right, but made for another address than the request's.
    OtherTarget,
    /// Not to be read.
    Malformed,
}

/// What an endpoint wants to see.
pub enum Guard {
    /// Nothing: the URL is the secret.
    Open,
    /// RFC 7617.
    Basic(Basic),
    /// RFC 7616.
    Digest(Digest),
    /// RFC 6750.
    Bearer(Bearer),
}

impl Guard {
    /// Turns the configured method into hashes.
    pub fn new(auth: &Auth, keys: &Keys) -> Self {
        match auth {
            Auth::None => Self::Open,
            Auth::Basic(credentials) => Self::Basic(Basic::new(credentials, keys)),
            Auth::Digest { credentials, algorithm, legacy } => {
                Self::Digest(Digest::new(credentials, *algorithm, *legacy))
            }
            Auth::Bearer(tokens) => Self::Bearer(Bearer::new(tokens, keys)),
        }
    }

    /// Takes the hashes that the store has of an endpoint's secrets.
    pub fn kept(method: Method, secrets: &[KeptSecret], keys: &Keys) -> Self {
        match method {
            Method::None => Self::Open,
            Method::Basic => Self::Basic(Basic::kept(secrets, keys)),
            Method::Digest => Self::Digest(Digest::kept(secrets)),
            Method::Bearer => Self::Bearer(Bearer::kept(secrets, keys)),
        }
    }

    /// How many deliveries came by the current secret, and by the one that it replaces, since this was made.
    pub fn uses(&self) -> [u64; 2] {
        match self {
            Self::Open => [0; 2],
            Self::Basic(basic) => basic.uses.read(),
            Self::Digest(digest) => digest.uses.read(),
            Self::Bearer(bearer) => bearer.uses.read(),
        }
    }

    /// Whether a request without credentials is the usual first step, and no fault.
    pub fn is_digest(&self) -> bool {
        matches!(self, Self::Digest(_))
    }

    /// Looks at a request's credentials. `endpoint` is the id in its URL.
    pub fn examine(&self, headers: &HeaderMap, endpoint: &str, target: &Target<'_>, keys: &Keys) -> Verdict {
        if matches!(self, Self::Open) {
            return Verdict::Right;
        }
        let sent = match authorization(headers) {
            Ok(Some(sent)) => sent,
            Ok(None) => return Verdict::Missing,
            Err(Unreadable) => return Verdict::Malformed,
        };
        let (method, credentials) = (sent.method(), sent.credentials);
        match self {
            Self::Basic(basic) if method == Some(Method::Basic) => basic.examine(credentials, keys),
            Self::Bearer(bearer) if method == Some(Method::Bearer) => bearer.examine(credentials, keys),
            Self::Digest(digest) if method == Some(Method::Digest) => {
                digest.examine(credentials, endpoint, target, &keys.nonces, Instant::now())
            }
            _ => Verdict::OtherMethod,
        }
    }

    /// What to say with a 401, in `WWW-Authenticate`.
    pub fn challenge(&self, verdict: Verdict, endpoint: &str, keys: &Keys) -> Option<HeaderValue> {
        let text = match self {
            Self::Open => return None,
            Self::Basic(_) => format!("Basic realm=\"{REALM}\", charset=\"UTF-8\""),
            // RFC 6750 3.1: no error code where there was no token.
            Self::Bearer(_) if verdict == Verdict::Missing => format!("Bearer realm=\"{REALM}\""),
            Self::Bearer(_) => format!("Bearer realm=\"{REALM}\", error=\"invalid_token\""),
            Self::Digest(digest) => {
                digest.challenge(verdict == Verdict::Stale, endpoint, &keys.nonces, Instant::now())
            }
        };
        HeaderValue::from_str(&text).ok()
    }
}

/// What the guards of one process share.
pub struct Keys {
    compare: [u8; 32],
    nonces: Nonces,
}

impl Keys {
    /// Fresh ones: nonces of another process are stale here.
    pub fn new() -> Result<Self, getrandom::Error> {
        Ok(Self { compare: random()?, nonces: Nonces::new()? })
    }

    /// What is held of a secret, and compared.
    fn hash(&self, secret: &[u8]) -> [u8; 32] {
        self.hash_kept(&Sha256::digest(secret))
    }

    /// The same, of what the store keeps of it.
    fn hash_kept(&self, sha256: &[u8]) -> [u8; 32] {
        keyed_hash(&self.compare, &[sha256])
    }
}

/// One endpoint's examination by itself, without a server around it. The fuzz target tries headers on it.
pub struct Examination {
    guard: Guard,
    keys: Keys,
    endpoint: String,
}

impl Examination {
    /// Of an endpoint with this id. Its nonces are its own.
    pub fn new(auth: &Auth, endpoint: &str) -> Result<Self, getrandom::Error> {
        let keys = Keys::new()?;
        Ok(Self { guard: Guard::new(auth, &keys), keys, endpoint: endpoint.to_owned() })
    }

    /// What a POST with these headers to this path and query would be worth.
    pub fn verdict(&self, headers: &HeaderMap, path: &str) -> Verdict {
        self.guard.examine(headers, &self.endpoint, &Target { path, prefix: "" }, &self.keys)
    }

    /// What it would be told, in `WWW-Authenticate`.
    pub fn challenge(&self, verdict: Verdict) -> Option<HeaderValue> {
        self.guard.challenge(verdict, &self.endpoint, &self.keys)
    }
}

/// The secrets of a standing, each with its place among those that are valid.
fn standing(secrets: &[KeptSecret], retired: bool) -> impl Iterator<Item = (&KeptSecret, u8)> {
    let place = |secret: &KeptSecret| u8::from(secret.standing == Standing::Old);
    secrets
        .iter()
        .filter(move |secret| (secret.standing == Standing::Retired) == retired)
        .map(move |secret| (secret, place(secret)))
}

/// Guards for ids that we never gave out.
pub struct Decoys {
    key: [u8; 32],
    guards: Vec<Guard>,
}

impl Decoys {
    /// `key` is the data folder's: a restart must not change what an unknown id is answered.
    pub fn new(key: [u8; 32]) -> Result<Self, getrandom::Error> {
        // Each method as often as the others, and Digest's two hashes share its part.
        let guards = vec![
            Guard::Basic(Basic::nobodys()?),
            Guard::Basic(Basic::nobodys()?),
            Guard::Bearer(Bearer::nobodys()?),
            Guard::Bearer(Bearer::nobodys()?),
            Guard::Digest(Digest::nobodys(Algorithm::Md5)?),
            Guard::Digest(Digest::nobodys(Algorithm::Sha256)?),
        ];
        Ok(Self { key, guards })
    }

    /// The guard of an unknown id, always the same one.
    pub fn of(&self, id: &str) -> &Guard {
        let hash = keyed_hash(&self.key, &[b"unknown endpoint", id.as_bytes()]);
        &self.guards[usize::from(hash[0]) % self.guards.len()]
    }
}

/// By which method a request shows who it is; `None` where it doesn't, or by one that no PBX has.
pub fn method_of(headers: &HeaderMap) -> Option<Method> {
    authorization(headers).ok().flatten()?.method()
}

/// How often each of an endpoint's two secrets was used.
#[derive(Debug, Default)]
struct Uses([AtomicU64; 2]);

impl Uses {
    fn count(&self, place: u8) {
        if let Some(count) = self.0.get(usize::from(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn read(&self) -> [u64; 2] {
        [0, 1].map(|place: usize| self.0[place].load(Ordering::Relaxed))
    }
}

/// The header was there twice, or is too long.
struct Unreadable;

/// A request's scheme and what follows it.
struct Sent<'a> {
    scheme: &'a [u8],
    credentials: &'a [u8],
}

impl Sent<'_> {
    fn method(&self) -> Option<Method> {
        let methods = [("Basic", Method::Basic), ("Digest", Method::Digest), ("Bearer", Method::Bearer)];
        let is = |name: &str| self.scheme.eq_ignore_ascii_case(name.as_bytes());
        methods.into_iter().find(|(name, _)| is(name)).map(|(_, method)| method)
    }
}

fn authorization(headers: &HeaderMap) -> Result<Option<Sent<'_>>, Unreadable> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() || value.len() > HEADER_BYTES_MAX {
        return Err(Unreadable);
    }
    let value = value.as_bytes().trim_ascii();
    let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    Ok(Some(Sent { scheme, credentials: rest.trim_ascii() }))
}

/// HMAC-SHA256 over parts, each with its length before it.
fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is taken: the error can't come.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Whether `hash` is one of `known`. Looks at all of them.
fn is_among(hash: &[u8], known: &[[u8; 32]]) -> bool {
    known.iter().fold(Choice::from(0), |found, one| found | one.ct_eq(hash)).into()
}

/// The place that stands beside `hash` in `known`. Looks at all of them.
fn place_among(hash: &[u8], known: &[([u8; 32], u8)]) -> Option<u8> {
    let found = known.iter().fold((Choice::from(0), 0), |(found, place), (one, its)| {
        let is = one.ct_eq(hash);
        (found | is, u8::conditional_select(&place, its, is))
    });
    bool::from(found.0).then_some(found.1)
}

/// A text in ISO 8859-1, where it differs from UTF-8 and has a form in it.
fn latin1(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return None;
    }
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn one_header_of_at_most_8_kib_is_read() {
        let read = |values: &[&str]| {
            authorization(&headers(values))
                .map(|sent| sent.map(|sent| (sent.scheme.to_vec(), sent.credentials.to_vec())))
        };
        assert!(matches!(read(&[]), Ok(None)));
        assert!(
            matches!(read(&["  Basic \t eA== "]), Ok(Some((scheme, rest))) if scheme == b"Basic" && rest == b"eA==")
        );
        assert!(matches!(read(&["Basic"]), Ok(Some((_, rest))) if rest.is_empty()));
        assert!(read(&["Basic eA==", "Basic eA=="]).is_err());
        assert!(read(&[&format!("Basic {}", "a".repeat(HEADER_BYTES_MAX - 6))]).is_ok());
        assert!(read(&[&format!("Basic {}", "a".repeat(HEADER_BYTES_MAX - 5))]).is_err());
    }

    #[test]
    fn an_unknown_id_keeps_its_method_under_a_key_and_all_methods_occur() {
        let method = |decoys: &Decoys, id: &str| match decoys.of(id) {
            Guard::Open => "open",
            Guard::Basic(_) => "basic",
            Guard::Digest(_) => "digest",
            Guard::Bearer(_) => "bearer",
        };
        let ids: Vec<String> = (0..100).map(|number| format!("no-such-endpoint-{number}")).collect();
        let all = |decoys: &Decoys| ids.iter().map(|id| method(decoys, id)).collect::<Vec<_>>();
        let (first, restarted) = (Decoys::new([7; 32]).unwrap(), Decoys::new([7; 32]).unwrap());
        assert_eq!(all(&first), all(&restarted));
        assert_ne!(all(&first), all(&Decoys::new([8; 32]).unwrap()));
        for expected in ["basic", "digest", "bearer"] {
            assert!(all(&first).iter().filter(|found| **found == expected).count() > 15, "{expected}");
        }
    }
}
