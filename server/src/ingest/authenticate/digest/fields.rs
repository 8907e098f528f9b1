//! The fields of a Digest `Authorization` header, read leniently: quoted or bare values, escapes, hex in either case, spaces
//! around commas and `=`, empty elements, unknown names. A name that comes twice is not: which of them was meant?

use super::percent_decoded;

/// How many fields are read; RFC 7616 knows 12.
const FIELDS_MAX: usize = 32;

/// What a client said.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    pub username: Vec<u8>,
    pub realm: Vec<u8>,
    pub nonce: Vec<u8>,
    /// As sent: it is hashed so.
    pub uri: Vec<u8>,
    /// In lower case.
    pub response: Vec<u8>,
    pub algorithm: Option<Vec<u8>>,
    pub opaque: Option<Vec<u8>>,
    /// `None` in RFC 2069's form.
    pub qop: Option<Qop>,
}

/// What comes with `qop=auth`.
#[derive(Debug, PartialEq, Eq)]
pub struct Qop {
    /// `auth`, as sent.
    pub sent: Vec<u8>,
    /// As sent.
    pub nc: Vec<u8>,
    pub count: u32,
    pub cnonce: Vec<u8>,
}

impl Fields {
    /// Reads what follows `Digest`. `None`: not to be read, a name twice, or one that must be there missing.
    pub fn read(text: &[u8]) -> Option<Self> {
        let mut pairs = pairs(text)?;
        let mut take = |name: &str| {
            let at = pairs.iter().position(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))?;
            Some(pairs.swap_remove(at).1)
        };
        let username = match (take("username"), take("username*")) {
            (Some(plain), None) => plain,
            (None, Some(extended)) => extended_value(&extended)?,
            _ => return None,
        };
        let qop = match take("qop") {
            None => None,
            Some(sent) if sent.eq_ignore_ascii_case(b"auth") => {
                let nc = take("nc")?;
                let count = count(&nc)?;
                Some(Qop { sent, nc, count, cnonce: take("cnonce")? })
            }
            // Nothing else was offered.
            Some(_) => return None,
        };
        Some(Self {
            username,
            realm: take("realm")?,
            nonce: take("nonce")?,
            uri: take("uri")?,
            response: take("response")?.to_ascii_lowercase(),
            algorithm: take("algorithm"),
            opaque: take("opaque"),
            qop,
        })
    }
}

/// `nc`: up to eight hex digits.
fn count(nc: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(nc).ok().filter(|text| text.len() <= 8 && !text.starts_with('+'))?;
    u32::from_str_radix(digits, 16).ok()
}

/// RFC 8187: `UTF-8''J%C3%A4s%C3%B8n`.
fn extended_value(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    charset.eq_ignore_ascii_case(b"UTF-8").then(|| percent_decoded(encoded))
}

type Pair = (Vec<u8>, Vec<u8>);

/// `name=value` between commas.
fn pairs(text: &[u8]) -> Option<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        while let Some(after) = rest.strip_prefix(b",") {
            rest = after.trim_ascii_start();
        }
        if rest.is_empty() {
            return Some(pairs);
        }
        let end = rest.iter().position(|byte| *byte == b'=')?;
        let name = rest[..end].trim_ascii();
        let is_name = !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_*.".contains(byte));
        if !is_name
            || pairs.len() == FIELDS_MAX
            || pairs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return None;
        }
        let (value, after) = value(rest[end + 1..].trim_ascii_start())?;
        pairs.push((name.to_vec(), value));
        rest = after.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            return None;
        }
    }
}

/// A value, unquoted, and what follows it.
fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b',').unwrap_or(text.len());
        let bare = text[..end].trim_ascii_end();
        return (!bare.contains(&b'"')).then(|| (bare.to_vec(), &text[end..]));
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, &quoted[at + 1..])),
            b'\\' => value.push(*bytes.next()?.1),
            byte => value.push(*byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read_in_every_form_that_clients_send() {
        let read = |text: &str| pairs(text.as_bytes());
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let two = Some(vec![pair("qop", "auth"), pair("nc", "0000000A")]);
        assert_eq!(read("qop=auth, nc=0000000A"), two);
        assert_eq!(read(r#"qop="auth",nc="0000000A""#), two);
        assert_eq!(read(" , qop = \"auth\" ,\t, nc\t=\t0000000A , "), two);
        assert_eq!(read(r#"username="a \"b\" \\ , c=d""#), Some(vec![pair("username", r#"a "b" \ , c=d"#)]));
        assert_eq!(read(r#"uri=/hooks/a?b=c,x="""#), Some(vec![pair("uri", "/hooks/a?b=c"), pair("x", "")]));
        for unreadable in
            [r#"qop="auth"#, r#"qop="auth" nc=1"#, "qop", "=x", "a b=c", r#"a="x\"#, "a=b\"c\"", "a=1, A=2"]
        {
            assert_eq!(read(unreadable), None, "{unreadable}");
        }
    }

    /// Oracle: RFC 7616 3.9.2's user in the form of RFC 8187.
    #[test]
    fn a_name_may_come_percent_encoded() {
        let text = r#"username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm="r", nonce="n", uri="/", response="AB""#;
        let fields = Fields::read(text.as_bytes()).unwrap();
        assert_eq!(fields.username, "Jäsøn Doe".as_bytes());
        assert_eq!((fields.response.as_slice(), fields.qop), (b"ab".as_slice(), None));
        assert_eq!(Fields::read(format!("{text}, username=x").as_bytes()), None);
    }

    #[test]
    fn a_count_is_up_to_eight_hex_digits() {
        assert_eq!(count(b"00000001"), Some(1));
        assert_eq!(count(b"ffFFffFF"), Some(u32::MAX));
        for bad in [&b""[..], b"+1", b"-1", b"000000001", b"xyz", b"\xff"] {
            assert_eq!(count(bad), None);
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::read(&text);
        }

        #[test]
        fn reading_never_panics_on_what_looks_like_it(text in r#"(([a-z*]{1,8}|nc|qop|username) ?= ?("[^"]{0,9}"|[a-f0-9'%]{0,9})[, ]{0,2}){0,12}"#) {
            let _ = Fields::read(text.as_bytes());
        }
    }
}
