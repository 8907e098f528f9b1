//! RFC 7617: user name and password in base64.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{Keys, Verdict, is_among, latin1, random};
use crate::config::Credentials;

/// Some clients leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Hashes of `name:password`, also of its latin-1 form.
pub struct Basic(Vec<[u8; 32]>);

impl Basic {
    pub fn new(credentials: &[Credentials], keys: &Keys) -> Self {
        let pairs = credentials.iter().map(|one| format!("{}:{}", one.username, one.password.reveal()));
        Self(
            pairs
                .flat_map(|pair| [latin1(&pair), Some(pair.into_bytes())])
                .flatten()
                .map(|pair| keys.hash(&pair))
                .collect(),
        )
    }

    /// One that nobody passes.
    pub fn nobodys() -> Result<Self, getrandom::Error> {
        Ok(Self(vec![random()?]))
    }

    pub fn examine(&self, credentials: &[u8], keys: &Keys) -> Verdict {
        let pair = BASE64.decode(credentials).unwrap_or_default();
        if is_among(&keys.hash(&pair), &self.0) { Verdict::Right } else { Verdict::Wrong }
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
        for pair in ["pbx:other", "PBX:new", "pbx:", ":new", "", "pbxnew"] {
            assert_eq!(rotated.examine(BASE64.encode(pair).as_bytes(), &keys), Verdict::Wrong, "{pair}");
        }
        assert_eq!(rotated.examine(b"%%%", &keys), Verdict::Wrong);
        assert_eq!(Basic::nobodys().unwrap().examine(b"", &keys), Verdict::Wrong);
    }
}
