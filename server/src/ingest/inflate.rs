//! A delivery's body as the PBX wrote it, before something on the way compressed it; and its meaning.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use model::event::{self, Decoded, Problem};

use crate::journal::NewEntry;

/// A body's length after inflating, in bytes. Counted meanwhile: a kilobyte can hold a gigabyte.
pub const INFLATED_BYTES_MAX: usize = 8 << 20;

/// How many encodings may be on top of each other.
const ENCODINGS_MAX: usize = 3;

/// How much of an encoding's name is repeated in a problem, in characters.
const NAME_CHARS_MAX: usize = 32;

/// What a webhook entry says. Pure: the same entry says the same for ever.
pub fn decode(entry: &NewEntry) -> Decoded {
    match inflated(entry) {
        Ok(body) => event::decode(&body),
        Err(problem) => Decoded { events: Vec::new(), problems: vec![problem] },
    }
}

/// Its body as text for a person: inflated where that is possible, and what is no text replaced.
pub fn text(entry: &NewEntry) -> String {
    let body = inflated(entry).unwrap_or(Cow::Borrowed(&entry.body));
    String::from_utf8_lossy(&body).into_owned()
}

fn inflated(entry: &NewEntry) -> Result<Cow<'_, [u8]>, Problem> {
    let encoding = entry.content_encoding.as_deref().unwrap_or_default();
    let mut names: Vec<&str> = encoding.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.retain(|name| !name.eq_ignore_ascii_case("identity"));
    if names.len() > ENCODINGS_MAX {
        return Err(unreadable(encoding));
    }
    // RFC 9110 8.4: in the order in which they were applied.
    names.iter().rev().try_fold(Cow::Borrowed(&*entry.body), |body, name| {
        inflate(name, &body).map(Cow::Owned).ok_or_else(|| unreadable(encoding))
    })
}

fn unreadable(encoding: &str) -> Problem {
    Problem::Encoding { encoding: encoding.chars().take(NAME_CHARS_MAX).collect() }
}

fn inflate(name: &str, body: &[u8]) -> Option<Vec<u8>> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("gzip") || is("x-gzip") {
        limited(MultiGzDecoder::new(body)).ok()
    } else if is("deflate") {
        // RFC 9110 8.4.1.2: in zlib's frame; some send it bare.
        limited(ZlibDecoder::new(body)).or_else(|_| limited(DeflateDecoder::new(body))).ok()
    } else {
        None
    }
}

fn limited(inflating: impl Read) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    inflating.take(INFLATED_BYTES_MAX as u64 + 1).read_to_end(&mut body)?;
    if body.len() > INFLATED_BYTES_MAX {
        return Err(io::Error::other("too long"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use model::{id::TenantId, time::UnixMillis};

    use super::*;
    use crate::journal::EntryKind;

    const EVENT: &[u8] = br#"{"event_type":"extension_status","status":[{"extension":"sip:101@acme.test","online":true,"time":"1786000100"}]}"#;

    fn said(encoding: Option<&str>, body: &[u8]) -> Decoded {
        decode(&NewEntry {
            tenant: TenantId::from("acme"),
            kind: EntryKind::Webhook,
            endpoint: Some("extension".into()),
            received: UnixMillis(0),
            peer: None,
            skew: None,
            content_type: None,
            content_encoding: encoding.map(Into::into),
            event_id: None,
            body: body.into(),
        })
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_encoding_says_what_the_plain_body_says() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(EVENT).unwrap();
        bare.write_all(EVENT).unwrap();
        let (zlib, bare) = (zlib.finish().unwrap(), bare.finish().unwrap());
        let plain = said(None, EVENT);
        assert!(!plain.events.is_empty());
        assert_eq!(said(Some("identity"), EVENT), plain);
        assert_eq!(said(Some(""), EVENT), plain);
        assert_eq!(said(Some("gzip"), &gzip(EVENT)), plain);
        assert_eq!(said(Some("X-GZIP"), &gzip(EVENT)), plain);
        assert_eq!(said(Some("deflate"), &zlib), plain);
        assert_eq!(said(Some("deflate"), &bare), plain);
        assert_eq!(said(Some("deflate, identity, gzip"), &gzip(&zlib)), plain);
    }

    #[test]
    fn what_does_not_inflate_is_a_problem_that_names_the_encoding() {
        let problem = |encoding: &str, body: &[u8]| {
            assert_eq!(
                said(Some(encoding), body),
                Decoded { events: vec![], problems: vec![Problem::Encoding { encoding: encoding.into() }] }
            );
        };
        problem("br", EVENT);
        problem("gzip", EVENT);
        problem("gzip", &gzip(EVENT)[..20]);
        problem("deflate", b"\xff\xff");
        problem("gzip,gzip,gzip,gzip", &gzip(&gzip(&gzip(&gzip(EVENT)))));
    }

    #[test]
    fn what_inflates_past_eight_mebibytes_is_not_read() {
        let spaces = |length| gzip(&vec![b' '; length]);
        assert_eq!(said(Some("gzip"), &spaces(INFLATED_BYTES_MAX)).problems, []);
        assert_eq!(said(Some("gzip"), &spaces(INFLATED_BYTES_MAX + 1)).problems.len(), 1);
    }
}
