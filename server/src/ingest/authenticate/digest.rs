//! RFC 7616, its older form in RFC 2617 (the same without `algorithm`), and RFC 2069's where an endpoint says so.
//!
//! Nonces are stateless: when it was made, randomness, and an HMAC over both and the endpoint's id under this process's key.
//! What is remembered is which counts of a nonce were used with a right digest, so strangers can't fill the memory. A nonce
//! made before this process, past [`NONCE_LIFE`], or forgotten costs a right client one more round trip (`stale=true`), and
//! never lets a replay pass: `qop=auth` doesn't cover the body.
//!
//! Read leniently, since every client differs; `fields` says how.

mod fields;
mod target;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use self::fields::Fields;
pub use self::target::{Target, percent_decoded};
use super::{REALM, Uses, Verdict, keyed_hash, latin1, random, standing};
use crate::{
    config::{Algorithm, Credentials},
    ingest::kept::KeptSecret,
};

/// How long a nonce is good.
const NONCE_LIFE: Duration = Duration::from_mins(5);

/// How many nonces' counts are remembered.
const NONCES_MAX: usize = 100_000;

/// Our `opaque`. The same for ever: a client that comes back after a restart is stale, not wrong.
const OPAQUE: &str = "UmluZ3NpZGUx";

/// The form of our nonces.
const NONCE_VERSION: u8 = 1;

/// Version, time, randomness, HMAC.
const NONCE_BYTES: usize = 1 + 8 + 8 + 32;

/// What a Digest endpoint wants.
pub struct Digest {
    /// The current one first, then the one that it replaces.
    credentials: Vec<Known>,
    /// Those that were valid before.
    retired: Vec<Known>,
    algorithm: Algorithm,
    legacy: bool,
    pub(super) uses: Uses,
}

/// A user, without the password.
struct Known {
    /// The name in UTF-8 and, where it differs, latin-1.
    names: Vec<Vec<u8>>,
    /// `H(name:realm:password)` in hex, likewise.
    ha1: Vec<String>,
}

impl Known {
    fn new(credentials: &Credentials, algorithm: Algorithm) -> Self {
        let (name, password) = (credentials.username.as_str(), credentials.password.reveal());
        let ha1 = |name: &[u8], password: &[u8]| hash(algorithm, &[name, REALM.as_bytes(), password]);
        let both = format!("{name}{password}");
        let bytes = |text: &str| latin1(text).unwrap_or_else(|| text.into());
        let old = latin1(&both).map(|_| ha1(&bytes(name), &bytes(password)));
        Self {
            names: [Some(name.into()), latin1(name)].into_iter().flatten().collect(),
            ha1: [Some(ha1(name.as_bytes(), password.as_bytes())), old].into_iter().flatten().collect(),
        }
    }

    fn kept(secret: &KeptSecret) -> Self {
        let ha1 = String::from_utf8_lossy(&secret.hash).into_owned();
        Self { names: vec![secret.username.as_bytes().to_vec()], ha1: vec![ha1] }
    }
}

/// What the store keeps of a generated password: HA1 by MD5, which every PBX knows.
pub fn ha1(username: &str, password: &str) -> String {
    hash(Algorithm::Md5, &[username.as_bytes(), REALM.as_bytes(), password.as_bytes()])
}

impl Digest {
    pub fn new(credentials: &[Credentials], algorithm: Algorithm, legacy: bool) -> Self {
        let credentials = credentials.iter().map(|one| Known::new(one, algorithm)).collect();
        Self { credentials, algorithm, legacy, ..Self::of_nobody() }
    }

    /// Of hashes that the store keeps.
    pub fn kept(secrets: &[KeptSecret]) -> Self {
        let mut valid: Vec<_> = standing(secrets, false).collect();
        valid.sort_by_key(|(_, place)| *place);
        Self {
            credentials: valid.into_iter().map(|(secret, _)| Known::kept(secret)).collect(),
            retired: standing(secrets, true).map(|(secret, _)| Known::kept(secret)).collect(),
            ..Self::of_nobody()
        }
    }

    /// One that nobody passes.
    pub fn nobodys(algorithm: Algorithm) -> Result<Self, getrandom::Error> {
        let (name, ha1) = (random::<16>()?.to_vec(), hash(algorithm, &[&random::<32>()?]));
        Ok(Self {
            credentials: vec![Known { names: vec![name], ha1: vec![ha1] }],
            algorithm,
            ..Self::of_nobody()
        })
    }

    fn of_nobody() -> Self {
        Self {
            credentials: Vec::new(),
            retired: Vec::new(),
            algorithm: Algorithm::Md5,
            legacy: false,
            uses: Uses::default(),
        }
    }

    /// RFC 7616 3.3. No `charset`: both are tried, and old clients stumble over it.
    pub fn challenge(&self, stale: bool, endpoint: &str, nonces: &Nonces, now: Instant) -> String {
        let (nonce, algorithm) = (nonces.make(endpoint, now), name(self.algorithm));
        let stale = if stale { ", stale=true" } else { "" };
        format!(
            "Digest realm=\"{REALM}\", nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}, opaque=\"{OPAQUE}\"{stale}"
        )
    }

    pub fn examine(
        &self,
        credentials: &[u8],
        endpoint: &str,
        target: &Target<'_>,
        nonces: &Nonces,
        now: Instant,
    ) -> Verdict {
        let Some(fields) = Fields::read(credentials) else {
            return Verdict::Malformed;
        };
        let Match { named, place } = self.compare(&self.credentials, &fields);
        let Some(place) = place else {
            return if self.compare(&self.retired, &fields).place.is_some() {
                Verdict::Retired
            } else if named {
                Verdict::WrongPassword
            } else {
                Verdict::Wrong
            };
        };
        if !target.is_meant_by(&fields.uri) {
            return Verdict::OtherTarget;
        }
        let count = match &fields.qop {
            None if !self.legacy => return Verdict::WithoutQop,
            None => Count::Only,
            Some(qop) => Count::Of(qop.count),
        };
        if !nonces.take(&fields.nonce, count, endpoint, now) {
            return Verdict::Stale;
        }
        self.uses.count(place);
        Verdict::Right
    }

    /// Whose name stands there, and whether the response is the one that somebody makes who knows the password.
    fn compare(&self, credentials: &[Known], fields: &Fields) -> Match {
        let says_ours = fields.realm == REALM.as_bytes()
            && fields.opaque.as_deref().is_none_or(|sent| sent == OPAQUE.as_bytes())
            && fields
                .algorithm
                .as_deref()
                .is_none_or(|sent| sent.eq_ignore_ascii_case(name(self.algorithm).as_bytes()));
        let ha2 = hash(self.algorithm, &[b"POST", &fields.uri]);
        let says_ours = Choice::from(u8::from(says_ours));
        let (mut any_named, mut right, mut at) = (Choice::from(0), Choice::from(0), 0);
        for (known, place) in credentials.iter().zip(0u8..) {
            let named =
                known.names.iter().fold(Choice::from(0), |any, one| any | one.ct_eq(&fields.username));
            any_named |= named & says_ours;
            for ha1 in &known.ha1 {
                let response = response(self.algorithm, ha1, &ha2, fields);
                let is = says_ours & named & response.as_bytes().ct_eq(&fields.response);
                at = u8::conditional_select(&at, &place, is);
                right |= is;
            }
        }
        Match { named: any_named.into(), place: bool::from(right).then_some(at) }
    }
}

/// What a request's name and response have in common with known ones.
struct Match {
    named: bool,
    /// Of the credentials that are right.
    place: Option<u8>,
}

/// RFC 7616 3.4.1, or RFC 2069's form.
fn response(algorithm: Algorithm, ha1: &str, ha2: &str, fields: &Fields) -> String {
    let (ha1, ha2) = (ha1.as_bytes(), ha2.as_bytes());
    match &fields.qop {
        None => hash(algorithm, &[ha1, &fields.nonce, ha2]),
        Some(qop) => hash(algorithm, &[ha1, &fields.nonce, &qop.nc, &qop.cnonce, &qop.sent, ha2]),
    }
}

/// The name in `algorithm=`.
fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "MD5",
        Algorithm::Sha256 => "SHA-256",
    }
}

/// The hash of parts with colons between them, in lower-case hex.
fn hash(algorithm: Algorithm, parts: &[&[u8]]) -> String {
    let text = parts.join(&b':');
    match algorithm {
        Algorithm::Md5 => hex(&Md5::digest(text)),
        Algorithm::Sha256 => hex(&Sha256::digest(text)),
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Makes nonces, and knows which counts of them were used.
pub struct Nonces {
    key: [u8; 32],
    started: Instant,
    used: Mutex<Used>,
    used_max: usize,
}

/// How a nonce is used.
#[derive(Clone, Copy, Debug)]
enum Count {
    /// With `nc`.
    Of(u32),
    /// Without: once and for all.
    Only,
}

/// When a nonce was made, in milliseconds since the process started, and its randomness. Ordered by age.
type NonceKey = (u64, u64);

#[derive(Default)]
struct Used {
    windows: BTreeMap<NonceKey, Window>,
    /// The newest that was forgotten for want of room. What is as old and not known may have been used.
    forgotten: Option<NonceKey>,
}

impl Nonces {
    /// With a fresh key: nonces of another process are stale here.
    pub fn new() -> Result<Self, getrandom::Error> {
        Ok(Self { key: random()?, started: Instant::now(), used: Mutex::default(), used_max: NONCES_MAX })
    }

    /// Whole milliseconds since the start: no jump of the machine's clock ends a nonce.
    fn time(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    fn mac(&self, head: &[u8], endpoint: &str) -> [u8; 32] {
        keyed_hash(&self.key, &[head, endpoint.as_bytes()])
    }

    /// A nonce for an endpoint. Should the system have no randomness, two made in one millisecond would be the same one,
    /// and the second client would be asked again.
    fn make(&self, endpoint: &str, now: Instant) -> String {
        let mut bytes = Vec::with_capacity(NONCE_BYTES);
        bytes.push(NONCE_VERSION);
        bytes.extend(self.time(now).to_be_bytes());
        bytes.extend(random::<8>().unwrap_or_default());
        let mac = self.mac(&bytes, endpoint);
        bytes.extend(mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a nonce that we made for this endpoint.
    fn read(&self, nonce: &[u8], endpoint: &str) -> Option<NonceKey> {
        let bytes: [u8; NONCE_BYTES] = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
        let (head, mac) = bytes.split_at(NONCE_BYTES - 32);
        if !bool::from(self.mac(head, endpoint).ct_eq(mac)) || head[0] != NONCE_VERSION {
            return None;
        }
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).ok();
        Some((number(&head[1..9])?, number(&head[9..17])?))
    }

    /// Uses up one count of a nonce. False if that can't be: then the client is to ask again with a new one.
    fn take(&self, nonce: &[u8], count: Count, endpoint: &str, now: Instant) -> bool {
        let Some(key) = self.read(nonce, endpoint) else {
            return false;
        };
        let life = u64::try_from(NONCE_LIFE.as_millis()).unwrap_or(u64::MAX);
        let oldest = self.time(now).saturating_sub(life);
        if key.0 < oldest {
            return false;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        // Those past their life are refused by their time: nothing is forgotten with them.
        while used.windows.first_key_value().is_some_and(|((made, _), _)| *made < oldest) {
            used.windows.pop_first();
        }
        if let Some(window) = used.windows.get_mut(&key) {
            return window.take(count);
        }
        if used.forgotten.is_some_and(|forgotten| key <= forgotten) {
            return false;
        }
        used.windows.insert(key, Window::new(count));
        if used.windows.len() > self.used_max {
            used.forgotten = used.windows.pop_first().map(|(key, _)| key).max(used.forgotten);
        }
        true
    }
}

/// Which of the last 64 counts of a nonce were used. Parallel requests come in any order.
#[derive(Debug)]
struct Window {
    newest: u32,
    /// Bit `n`: `newest - n` was used.
    bits: u64,
}

impl Window {
    /// With the first count used.
    fn new(count: Count) -> Self {
        match count {
            Count::Of(newest) => Self { newest, bits: 1 },
            Count::Only => Self { newest: u32::MAX, bits: u64::MAX },
        }
    }

    /// Uses a count up; false if it was, or is too old to know.
    fn take(&mut self, count: Count) -> bool {
        let Count::Of(count) = count else {
            return false;
        };
        if let Some(ahead) = count.checked_sub(self.newest).filter(|ahead| *ahead > 0) {
            self.bits = self.bits.checked_shl(ahead).unwrap_or(0) | 1;
            self.newest = count;
            return true;
        }
        let bit = 1u64.checked_shl(self.newest - count).unwrap_or(0);
        let is_new = bit != 0 && self.bits & bit == 0;
        self.bits |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests;
