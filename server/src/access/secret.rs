//! Secrets that a client shows by itself: sessions, links, tokens, walls. Made here, and kept as a hash only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::AccessError;
use crate::config::Secret;

/// How an API token begins, so that whatever looks for lost secrets knows one.
pub const TOKEN_PREFIX: &str = "ringside_";

/// Letters and digits of which none is taken for another one.
const CODE_LETTERS: &[u8; 24] = b"ACDEFHJKMNPQRTUVWXY34679";

/// How many of them make a pairing code.
pub const CODE_LENGTH: usize = 8;

/// What is kept of a secret: its SHA-256. A secret of 256 random bits needs no salt and no slow hash.
pub type Hash = [u8; 32];

/// A new secret of 256 random bits, in 43 letters, digits, `-` and `_`.
pub fn fresh() -> Result<Secret, AccessError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is kept of it.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// A new pairing code.
pub fn code() -> Result<String, AccessError> {
    let mut code = String::new();
    let mut bytes = [0; 32];
    while code.len() < CODE_LENGTH {
        getrandom::fill(&mut bytes).map_err(AccessError::Random)?;
        // 240 is a multiple of 24: above it the first letters would come more often.
        let fair = bytes.iter().filter(|&&byte| byte < 240).take(CODE_LENGTH - code.len());
        code.extend(fair.map(|byte| char::from(CODE_LETTERS[usize::from(byte % 24)])));
    }
    Ok(code)
}

/// A code as somebody types it: in any case, with spaces or dashes.
pub fn typed_code(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: `printf abc | sha256sum` (FIPS 180-4, example).
    #[test]
    fn what_is_kept_of_a_secret_is_its_sha_256() {
        assert_eq!(
            hash("abc").map(|byte| format!("{byte:02x}")).concat(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_secret_has_43_letters_and_no_two_are_the_same() {
        let secrets = (0..100).map(|_| fresh().unwrap().reveal().to_owned());
        let secrets: std::collections::BTreeSet<_> = secrets.collect();
        assert_eq!(secrets.len(), 100);
        assert!(secrets.iter().all(|secret| secret.len() == 43));
    }

    #[test]
    fn a_code_has_8_letters_that_are_not_taken_for_others_and_is_read_as_it_is_typed() {
        for _ in 0..100 {
            let code = code().unwrap();
            assert_eq!(code.len(), CODE_LENGTH);
            assert!(!code.contains(['0', 'O', '1', 'I', 'L', '8', 'B', '5', 'S', '2', 'Z']), "{code}");
            let typed = format!(" {}-{} ", code[..4].to_lowercase(), &code[4..]);
            assert_eq!(typed_code(&typed), code);
        }
    }
}
