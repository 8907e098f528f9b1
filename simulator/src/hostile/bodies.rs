//! Bodies that a PBX should never send, and some that a proxy may make of one. They come with right credentials: a
//! receiver must take them all, since what it can't read today a newer version may read.

use std::io::Write as _;

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

use super::{Case, Wanted};
use crate::post::json_headers;

/// A real event.
pub const EVENT: &str = r#"{"event_type":"extension_call","tenant_id":"$tenant","extension":"sip:101@acme.test","extension_id":"600000000000000101","call_status":"","time":"$now"}"#;
/// A body's largest size at a receiver that is stingy: more may be answered 413.
const LARGE_BYTES: usize = 1 << 20;
/// What a small compressed body unfolds to.
const BOMB_BYTES: usize = 64 << 20;

/// All of them. `event` is a real event's body.
pub fn cases(event: &str) -> Vec<Case> {
    let mut cases: Vec<Case> =
        texts(event).into_iter().map(|(what, body)| Case::kept(what, vec![body])).collect();
    cases.extend(bytes(event).into_iter().map(|(what, body)| Case::kept(what, vec![body.into()])));
    cases.push(Case {
        wanted: Wanted::KeptOrTooLarge,
        ..Case::kept("two megabytes", vec![long_text(2 * LARGE_BYTES).into()])
    });
    for (what, content_type) in [
        ("no content type", None),
        ("text/plain", Some("text/plain")),
        ("a form's content type", Some("application/x-www-form-urlencoded")),
        ("another charset", Some("application/json; charset=utf-16")),
        ("a content type that is none", Some("json, please; =;")),
    ] {
        let headers = content_type.map(|text| (CONTENT_TYPE, HeaderValue::from_static(text)));
        cases.push(Case {
            headers: HeaderMap::from_iter(headers),
            ..Case::kept(what, vec![event.to_owned().into()])
        });
    }
    for (what, encoding, body) in compressed(event) {
        let mut headers = json_headers();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        cases.push(Case { headers, ..Case::kept(what, vec![body.into()]) });
    }
    cases
}

/// Those that are text.
fn texts(event: &str) -> Vec<(&'static str, Bytes)> {
    let half = &event[..event.len() / 2];
    let odd_name = |name: &str| {
        let name = serde_json::Value::from(name);
        format!(
            r#"{{"event_type":"queue_status","queue_id":"800000000000008998","queue_number":"8998","queue_name":{name},"waiting_list":[],"agents":[]}}"#
        )
    };
    [
        ("an empty body", String::new()),
        ("blanks only", " \r\n\t ".to_owned()),
        ("a list of events", format!("[{event},{event}]")),
        ("events one after another", format!("{event}{event}\n{event}\r\n")),
        ("a byte order mark", format!("\u{feff}{event}")),
        ("cut off", half.to_owned()),
        ("an event, and one cut off", format!("{event}{half}")),
        ("a list cut off", format!("[{event},{event}")),
        ("20,000 levels deep", format!(r#"{{"event_type":"call_start","x":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000))),
        ("deep and cut off", "[{\"a\":".repeat(30_000)),
        ("just under a megabyte", long_text(LARGE_BYTES - 1)),
        ("5,000 events", format!("[{}{event}]", format!("{event},").repeat(4_999))),
        ("20,000 keys", format!("{{{}\"event_type\":\"x\"}}", keys(20_000))),
        ("null", "null".to_owned()),
        ("a number", "7".to_owned()),
        ("a text", "\"call_start\"".to_owned()),
        ("an empty list", "[]".to_owned()),
        ("lists of nothing", "[[],null,[[]],{}]".to_owned()),
        ("event_type is a number", r#"{"event_type":7}"#.to_owned()),
        ("event_type is a list", r#"{"event_type":["call_start"],"session_id":"1"}"#.to_owned()),
        ("event_type is empty", r#"{"event_type":"","time":"0"}"#.to_owned()),
        ("wrong types everywhere", r#"{"event_type":"call_cdr","session_id":{"a":1},"time":[],"caller":true,"call_targets":"none","status_code":{},"start_time":"soon"}"#.to_owned()),
        ("lists that are texts", r#"{"event_type":"queue_status","queue_id":[1],"waiting_list":"empty","agents":7}"#.to_owned()),
        ("numbers beyond all bounds", r#"{"event_type":"extension_call","extension":"sip:101@acme.test","time":1e400,"call_status":-0,"n":99999999999999999999999999999999}"#.to_owned()),
        ("a time before 1970, and one after 9999", r#"[{"event_type":"extension_call","extension":"101","time":"-5"},{"event_type":"extension_call","extension":"101","time":"999999999999999999"}]"#.to_owned()),
        ("NaN", r#"{"event_type":"extension_call","extension":"101","time":NaN}"#.to_owned()),
        ("half of a surrogate pair", r#"{"event_type":"extension_call","extension":"101","note":"\ud800","call_status":"\udc00\ud800"}"#.to_owned()),
        ("names that mean something to JavaScript", r#"{"event_type":"extension_call","__proto__":{"a":1},"constructor":"x","":"","extension":"101"}"#.to_owned()),
        ("markup in a name", odd_name("<script>alert(1)</script>\"'><img src=x onerror=alert(2)>")),
        ("a formula in a name", odd_name("=HYPERLINK(\"http://example.test\")")),
        ("control characters in a name", odd_name("a\u{0}\u{1b}[31m\r\nb\u{202e}c\u{2028}")),
        ("a name of 100,000 letters", odd_name(&"w\u{e9}".repeat(50_000))),
        ("XML", "<?xml version=\"1.0\"?><event type=\"call_start\"/>".to_owned()),
        ("a form", "event_type=call_start&session_id=1".to_owned()),
    ]
    .into_iter()
    .map(|(what, text)| (what, text.into()))
    .collect()
}

fn keys(count: usize) -> String {
    let keys: Vec<String> = (0..count).map(|n| format!("\"k{n}\":{n},")).collect();
    keys.concat()
}

fn long_text(bytes: usize) -> String {
    let (head, tail) = (r#"{"event_type":"extension_presence","extension":"101","presence_note":""#, r#""}"#);
    format!("{head}{}{tail}", "a".repeat(bytes - head.len() - tail.len()))
}

/// Those that are not.
fn bytes(event: &str) -> Vec<(&'static str, Vec<u8>)> {
    let with = |inside: &[u8]| {
        let at = event.len() - 1;
        [&event.as_bytes()[..at], b",\"note\":\"", inside, b"\"}"].concat()
    };
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(event.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    vec![
        ("not UTF-8", with(&[0xff, 0xfe, 0xc3, 0x28])),
        ("latin-1", with(b"M\xfcller")),
        ("overlong UTF-8", with(&[0xc0, 0xaf, 0xe0, 0x80, 0xaf])),
        ("a zero byte", with(b"a\0b")),
        ("UTF-16", utf16),
        ("zero bytes only", vec![0; 4096]),
        ("random bytes", (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()),
    ]
}

/// Those with a content encoding, rightly or not.
fn compressed(event: &str) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let gzip = gzip(event.as_bytes());
    let half = gzip[..gzip.len() / 2].to_vec();
    vec![
        ("gzip", "gzip", gzip.clone()),
        ("x-gzip", "x-gzip", gzip.clone()),
        ("deflate, as RFC 9110 has it", "deflate", zlib(event.as_bytes())),
        ("deflate, as some send it", "deflate", deflate(event.as_bytes())),
        ("gzip twice", "gzip, gzip", self::gzip(&gzip)),
        ("gzip cut off", "gzip", half),
        ("said to be gzip, and is not", "gzip", event.as_bytes().to_vec()),
        ("an encoding that nobody knows", "zebra", event.as_bytes().to_vec()),
        ("64 MiB of blanks in gzip", "gzip", self::gzip(&vec![b' '; BOMB_BYTES])),
    ]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory can't fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
