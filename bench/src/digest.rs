//! RFC 7616's answer to a challenge, by MD5 with `qop=auth`, on a nonce that is used once.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

/// The `Authorization` for a POST to `path`; `None` where the challenge is not one of Digest.
pub fn authorization(challenge: &str, user: &str, password: &str, path: &str) -> Option<String> {
    let fields = challenge.strip_prefix("Digest ")?;
    let (realm, nonce) = (field(fields, "realm")?, field(fields, "nonce")?);
    let cnonce = "0a4f113b";
    let response = response(&[user, realm, password], ("POST", path), nonce, cnonce);
    let opaque = field(fields, "opaque").map_or(String::new(), |opaque| format!(", opaque=\"{opaque}\""));
    Some(format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", algorithm=MD5, \
         qop=auth, nc=00000001, cnonce=\"{cnonce}\", response=\"{response}\"{opaque}"
    ))
}

/// RFC 7616 3.4.1, for a nonce's first request.
fn response(
    user_realm_password: &[&str; 3],
    (method, path): (&str, &str),
    nonce: &str,
    cnonce: &str,
) -> String {
    let ours = hash(&user_realm_password.join(":"));
    let what = hash(&format!("{method}:{path}"));
    hash(&format!("{ours}:{nonce}:00000001:{cnonce}:auth:{what}"))
}

/// A quoted field's value.
fn field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("{name}=\"");
    let places = fields.match_indices(&start).map(|(at, _)| at);
    let at = places.into_iter().find(|at| *at == 0 || fields[..*at].ends_with([' ', ',']))?;
    fields[at + start.len()..].split('"').next()
}

fn hash(text: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(text) {
        // Writing to a String never fails.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 3.9.1.
    #[test]
    fn the_response_is_that_of_the_rfcs_example() {
        let found = response(
            &["Mufasa", "http-auth@example.org", "Circle of Life"],
            ("GET", "/dir/index.html"),
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        );
        assert_eq!(found, "8ca523f5e9506fed4657c9700eebdbec");
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let fields = r#"cnonce="wrong", realm="a b",nonce="n1", qop="auth""#;
        assert_eq!(field(fields, "nonce"), Some("n1"));
        assert_eq!(field(fields, "realm"), Some("a b"));
        assert_eq!(field(fields, "opaque"), None);
        assert_eq!(authorization("Bearer", "u", "p", "/"), None);
    }
}
