//! Any body, plain or compressed: it is decoded without a panic, always to the same, and by its encoding it says what it
//! says without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::{event, id::TenantId, time::UnixMillis};
use server::{
    ingest::decode,
    journal::{EntryKind, NewEntry},
};

fn entry(encoding: Option<&str>, body: &[u8]) -> NewEntry {
    NewEntry {
        tenant: TenantId::from("acme"),
        kind: EntryKind::Webhook,
        endpoint: None,
        received: UnixMillis(1_786_000_000_000),
        peer: None,
        skew: None,
        content_type: None,
        content_encoding: encoding.map(Into::into),
        event_id: None,
        body: body.into(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    // The first byte may choose an encoding; JSON begins with none of these, so that plain events are seeds.
    let (encoding, body) = match bytes {
        [b'g', rest @ ..] => (Some("gzip"), rest),
        [b'd', rest @ ..] => (Some("deflate"), rest),
        [b'b', rest @ ..] => (Some("deflate, identity, gzip"), rest),
        [b'i', rest @ ..] => (Some(" identity ,,"), rest),
        plain => (None, plain),
    };
    let entry = entry(encoding, body);
    let decoded = decode(&entry);
    assert_eq!(decode(&entry), decoded);
    if encoding.is_none_or(|encoding| encoding.contains("identity ,")) {
        assert_eq!(decoded, event::decode(body));
    }
    let _ = event::newest_time(&decoded.events);
});
