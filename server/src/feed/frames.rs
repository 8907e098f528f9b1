//! Frames as text: heads by serde, rows spliced in as they were serialised once for all. And the same as a server's WebSocket
//! writes them, which masks nothing (RFC 6455 5.1): so one copy of the bytes is right for every reader.
//!
//! Rows come as [`SeenJson`] only, so that a frame holds nothing that its readers may not see.
//!
//! `model::wire` has the same frames as types, which is what clients read; the tests read these texts with them.

use std::fmt::Write as _;

use axum::body::Bytes;
use model::{
    id::{Seq, TenantId},
    time::UnixMillis,
    view::{Audience, SeenJson},
    wire::{self, Check, Lamps, RowId, ServerFrame},
};

use super::View;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// The epoch of one view for one audience: the journal's, and a short hash of everything else that rows depend on.
pub fn epoch(journal: &str, tenant: &TenantId, view: &View, audience: &Audience) -> String {
    let mut about = format!("{tenant}\0{}\0{}", view.name(), wire::VERSION);
    if let View::Wall(wall) = view {
        let _ = write!(about, "\0{wall:?}");
    }
    if *audience != Audience::WHOLE {
        // Writing to a String never fails.
        let _ = write!(about, "\0{audience:?}");
    }
    format!("{journal}.{:08x}", crc32fast::hash(about.as_bytes()))
}

/// A JSON string.
fn quoted(text: &str) -> String {
    // A text can't fail to serialise.
    serde_json::to_string(text).unwrap_or_default()
}

/// A snapshot's members without the braces and the frame's kind: frame and API have the same.
pub fn snapshot_members<'a>(
    view: &str,
    epoch: &str,
    offset: Seq,
    at: UnixMillis,
    rows: impl Iterator<Item = &'a SeenJson>,
) -> String {
    let mut text = format!(
        r#""view":{},"epoch":{},"offset":{offset},"at":{},"rows":["#,
        quoted(view),
        quoted(epoch),
        at.0
    );
    join(&mut text, rows);
    text.push(']');
    text
}

/// `changes`: what leads from `from` to `offset`.
pub fn changes<'a>(
    view: &str,
    (from, offset): (Seq, Seq),
    at: UnixMillis,
    rows: impl Iterator<Item = &'a SeenJson>,
    gone: impl Iterator<Item = &'a RowId>,
) -> String {
    let mut text = format!(
        r#"{{"t":"changes","view":{},"from":{from},"offset":{offset},"at":{},"rows":["#,
        quoted(view),
        at.0
    );
    join(&mut text, rows);
    text.push_str(r#"],"gone":["#);
    for (place, RowId(kind, id)) in gone.enumerate() {
        let comma = if place == 0 { "" } else { "," };
        // Writing to a String never fails.
        let _ = write!(text, r#"{comma}["{}",{}]"#, kind.as_str(), quoted(id));
    }
    text.push_str("]}");
    text
}

/// A text message in one frame.
pub fn message(text: &str) -> Bytes {
    frame(TEXT, text.as_bytes())
}

/// A close. `reason` is 123 bytes at most.
pub fn close(code: u16, reason: &str) -> Bytes {
    frame(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// RFC 6455 5.2: all in one frame, not masked, the length in as few bytes as it fits in.
fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(payload.len() + 10);
    bytes.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => bytes.push(short),
        (_, Ok(middle)) => {
            bytes.push(126);
            bytes.extend(middle.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes.into()
}

/// `beat`.
pub fn beat(
    view: &str,
    (offset, at): (Seq, UnixMillis),
    check: Check,
    lamps: Lamps,
    alerts: wire::Alerts,
) -> String {
    json(&ServerFrame::Beat(wire::Beat { view: view.to_owned(), offset, at, check, lamps, alerts }))
}

/// Any frame that holds no rows.
pub fn json(frame: &ServerFrame) -> String {
    // Plain data: it can't fail to serialise.
    serde_json::to_string(frame).unwrap_or_default()
}

fn join<'a>(text: &mut String, rows: impl Iterator<Item = &'a SeenJson>) {
    for (place, row) in rows.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(row.as_str());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tungstenite::{
        Message, WebSocket,
        protocol::{Role, frame::coding::CloseCode},
    };

    use super::*;

    /// Oracle: the library's client, which takes nothing that RFC 6455 forbids a server.
    #[test]
    fn a_client_reads_what_was_written_whatever_its_length() {
        let texts = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000].map(|length| "é".repeat(length / 2) + "x");
        let mut bytes: Vec<u8> = texts.iter().flat_map(|text| message(text)).collect();
        bytes.extend(close(1008, "at most 10 messages a second"));
        let mut client = WebSocket::from_raw_socket(Cursor::new(bytes), Role::Client, None);
        for text in &texts {
            assert_eq!(client.read().unwrap(), Message::text(text));
        }
        let Message::Close(Some(close)) = client.read().unwrap() else { panic!("no close") };
        assert_eq!((close.code, &*close.reason), (CloseCode::Policy, "at most 10 messages a second"));
    }
}
