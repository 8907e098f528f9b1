//! What a request was sent to, and whether the `uri` of its credentials means that.

/// What a request was sent to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its path and query, as sent to us.
    pub path: &'a str,
    /// What a proxy before us takes off the path; mostly empty.
    pub prefix: &'a str,
}

impl Target<'_> {
    /// Whether a `uri` means this: as it is, with the prefix before it, percent-encoded otherwise, or in absolute form.
    pub(super) fn is_meant_by(&self, uri: &[u8]) -> bool {
        let sent = percent_decoded(after_authority(uri));
        let own = percent_decoded(self.path.as_bytes());
        sent == own || sent.strip_prefix(self.prefix.as_bytes()).is_some_and(|rest| rest == own)
    }
}

/// `/path` of `http://host/path`; anything else as it is.
fn after_authority(uri: &[u8]) -> &[u8] {
    let Some(scheme) = uri.windows(3).position(|three| three == b"://") else {
        return uri;
    };
    if !uri[..scheme].eq_ignore_ascii_case(b"http") && !uri[..scheme].eq_ignore_ascii_case(b"https") {
        return uri;
    }
    let rest = &uri[scheme + 3..];
    rest.iter().position(|byte| *byte == b'/').map_or(b"/", |path| &rest[path..])
}

/// The bytes that `%41` and the like stand for. What is not of that form stays.
pub fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let encoded = if *byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        let (decoded, length) = match encoded.map(|(high, low)| u8::try_from(high * 16 + low)) {
            Some(Ok(decoded)) => (decoded, 3),
            _ => (*byte, 1),
        };
        bytes.push(decoded);
        at += length;
    }
    bytes
}
