//! RFC 6750: a token in the header.

use super::{Keys, Verdict, is_among, random};
use crate::config::Secret;

/// Hashes of the tokens.
pub struct Bearer(Vec<[u8; 32]>);

impl Bearer {
    pub fn new(tokens: &[Secret], keys: &Keys) -> Self {
        Self(tokens.iter().map(|token| keys.hash(token.reveal().as_bytes())).collect())
    }

    /// One that nobody passes.
    pub fn nobodys() -> Result<Self, getrandom::Error> {
        Ok(Self(vec![random()?]))
    }

    pub fn examine(&self, token: &[u8], keys: &Keys) -> Verdict {
        if is_among(&keys.hash(token), &self.0) { Verdict::Right } else { Verdict::Wrong }
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
