//! Frames as text: heads by serde, rows spliced in as they were serialised once for all.
//!
//! `model::wire` has the same frames as types, which is what clients read; the tests read these texts with them.

use std::fmt::Write as _;

use model::{
    id::{Seq, TenantId},
    time::UnixMillis,
    wire::{self, Check, Lamps, RowId, ServerFrame},
};

use super::View;

/// The epoch of one view: the journal's, and a short hash of everything else that rows depend on.
pub fn epoch(journal: &str, tenant: &TenantId, view: &View) -> String {
    let about = format!("{tenant}\0{}\0{}", view.name(), wire::VERSION);
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
    rows: impl Iterator<Item = &'a str>,
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
    rows: impl Iterator<Item = &'a str>,
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

/// `beat`.
pub fn beat(view: &str, offset: Seq, at: UnixMillis, check: Check, lamps: Lamps) -> String {
    json(&ServerFrame::Beat(wire::Beat { view: view.to_owned(), offset, at, check, lamps }))
}

/// Any frame that holds no rows.
pub fn json(frame: &ServerFrame) -> String {
    // Plain data: it can't fail to serialise.
    serde_json::to_string(frame).unwrap_or_default()
}

fn join<'a>(text: &mut String, rows: impl Iterator<Item = &'a str>) {
    for (place, row) in rows.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(row);
    }
}
