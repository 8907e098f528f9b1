//! RFC 6750: a token in the header.

use super::{Keys, Uses, Verdict, is_among, place_among, random, standing};
use crate::{config::Secret, ingest::kept::KeptSecret};

/// Hashes of the tokens.
pub struct Bearer {
    /// Each with its place: the current one, and the one that it replaces.
    valid: Vec<([u8; 32], u8)>,
    /// Those that were valid before.
    retired: Vec<[u8; 32]>,
    pub(super) uses: Uses,
}

impl Bearer {
    pub fn new(tokens: &[Secret], keys: &Keys) -> Self {
        let hashes = tokens.iter().map(|token| keys.hash(token.reveal().as_bytes()));
        Self { valid: hashes.zip(0..).collect(), retired: Vec::new(), uses: Uses::default() }
    }

    /// Of hashes that the store keeps.
    pub fn kept(secrets: &[KeptSecret], keys: &Keys) -> Self {
        let hash = |secret: &KeptSecret| keys.hash_kept(&secret.hash);
        Self {
            valid: standing(secrets, false).map(|(secret, place)| (hash(secret), place)).collect(),
            retired: standing(secrets, true).map(|(secret, _)| hash(secret)).collect(),
            uses: Uses::default(),
        }
    }

    /// One that nobody passes.
    pub fn nobodys() -> Result<Self, getrandom::Error> {
        Ok(Self { valid: vec![(random()?, 0)], retired: Vec::new(), uses: Uses::default() })
    }

    pub fn examine(&self, token: &[u8], keys: &Keys) -> Verdict {
        let hash = keys.hash(token);
        match place_among(&hash, &self.valid) {
            Some(place) => {
                self.uses.count(place);
                Verdict::Right
            }
            None if is_among(&hash, &self.retired) => Verdict::Retired,
            None => Verdict::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tokens_pass_and_nothing_else_does() {
        let keys = Keys::new().unwrap();
        let bearer = Bearer::new(&[Secret::new("mF_9.B5f-4.1JqM"), Secret::new("old")], &keys);
        assert_eq!(bearer.examine(b"mF_9.B5f-4.1JqM", &keys), Verdict::Right);
        assert_eq!(bearer.examine(b"old", &keys), Verdict::Right);
        for token in [&b"mF_9.B5f-4.1JqN"[..], b"mF_9.B5f-4.1Jq", b"OLD", b""] {
            assert_eq!(bearer.examine(token, &keys), Verdict::Wrong);
        }
        assert_eq!(Bearer::nobodys().unwrap().examine(b"", &keys), Verdict::Wrong);
    }
}
