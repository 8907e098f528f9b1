//! RFC 7617: user name and password in base64.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{Keys, Uses, Verdict, is_among, latin1, place_among, random, standing};
use crate::{config::Credentials, ingest::kept::KeptSecret};

/// Some clients leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Hashes of `name:password`, also of its latin-1 form.
pub struct Basic {
    /// Each with its place: the current one, and the one that it replaces.
    valid: Vec<([u8; 32], u8)>,
    /// Those that were valid before.
    retired: Vec<[u8; 32]>,
    /// The names alone.
    names: Vec<Vec<u8>>,
    pub(super) uses: Uses,
}

impl Basic {
    pub fn new(credentials: &[Credentials], keys: &Keys) -> Self {
        let forms = |text: &str| [latin1(text), Some(text.as_bytes().to_vec())].into_iter().flatten();
        let mut basic = Self::of_nobody();
        for (one, place) in credentials.iter().zip(0..) {
            let pair = format!("{}:{}", one.username, one.password.reveal());
            basic.valid.extend(forms(&pair).map(|pair| (keys.hash(&pair), place)));
            basic.names.extend(forms(&one.username));
        }
        basic
    }

    /// Of hashes that the store keeps. Generated names are ASCII.
    pub fn kept(secrets: &[KeptSecret], keys: &Keys) -> Self {
        let hash = |secret: &KeptSecret| keys.hash_kept(&secret.hash);
        Self {
            valid: standing(secrets, false).map(|(secret, place)| (hash(secret), place)).collect(),
            retired: standing(secrets, true).map(|(secret, _)| hash(secret)).collect(),
            names: secrets.iter().map(|secret| secret.username.as_bytes().to_vec()).collect(),
            uses: Uses::default(),
        }
    }

    /// One that nobody passes.
    pub fn nobodys() -> Result<Self, getrandom::Error> {
        Ok(Self { valid: vec![(random()?, 0)], ..Self::of_nobody() })
    }

    fn of_nobody() -> Self {
        Self { valid: Vec::new(), retired: Vec::new(), names: Vec::new(), uses: Uses::default() }
    }

    pub fn examine(&self, credentials: &[u8], keys: &Keys) -> Verdict {
        let pair = BASE64.decode(credentials).unwrap_or_default();
        let hash = keys.hash(&pair);
        if let Some(place) = place_among(&hash, &self.valid) {
            self.uses.count(place);
            return Verdict::Right;
        }
        let name = pair.split(|byte| *byte == b':').next().unwrap_or_default();
        if is_among(&hash, &self.retired) {
            Verdict::Retired
        } else if self.names.iter().any(|known| known == name) {
            Verdict::WrongPassword
        } else {
            Verdict::Wrong
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn basic(keys: &Keys, pairs: &[(&str, &str)]) -> Basic {
        let credentials: Vec<_> = pairs
            .iter()
            .map(|(name, password)| Credentials {
                username: (*name).into(),
                password: Secret::new(*password),
            })
            .collect();
        Basic::new(&credentials, keys)
    }

    /// Oracle: the examples in RFC 7617 2 and 2.1.
    #[test]
    fn the_rfcs_examples_pass() {
        let keys = Keys::new().unwrap();
        let aladdin = basic(&keys, &[("Aladdin", "open sesame")]);
        assert_eq!(aladdin.examine(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &keys), Verdict::Right);
        assert_eq!(aladdin.examine(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ", &keys), Verdict::Right);
        let pound = basic(&keys, &[("test", "123£")]);
        assert_eq!(pound.examine(b"dGVzdDoxMjPCow==", &keys), Verdict::Right);
        // The same in latin-1, by Python's base64.b64encode("test:123£".encode("latin-1")).
        assert_eq!(pound.examine(b"dGVzdDoxMjOj", &keys), Verdict::Right);
    }

    #[test]
    fn both_credentials_pass_while_one_replaces_the_other_and_nothing_else_does() {
        let keys = Keys::new().unwrap();
        let rotated = basic(&keys, &[("pbx", "new"), ("pbx", "old")]);
        for pair in ["pbx:new", "pbx:old"] {
            assert_eq!(rotated.examine(BASE64.encode(pair).as_bytes(), &keys), Verdict::Right);
        }
        assert_eq!(rotated.uses.read(), [1, 1]);
        for pair in ["pbx:other", "pbx:"] {
            let verdict = rotated.examine(BASE64.encode(pair).as_bytes(), &keys);
            assert_eq!(verdict, Verdict::WrongPassword, "{pair}");
        }
        for pair in ["PBX:new", ":new", "", "pbxnew"] {
            assert_eq!(rotated.examine(BASE64.encode(pair).as_bytes(), &keys), Verdict::Wrong, "{pair}");
        }
        assert_eq!(rotated.examine(b"%%%", &keys), Verdict::Wrong);
        assert_eq!(Basic::nobodys().unwrap().examine(b"", &keys), Verdict::Wrong);
    }
}
