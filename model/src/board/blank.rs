//! Rows as they are before anything is told of them.

use crate::{
    id::{CallId, Number, Seq},
    wire::{CallRow, CallState, ExtensionRow, Party},
};

/// A call's row as it is before anything is told.
pub(super) fn call(id: &CallId) -> CallRow {
    CallRow {
        id: id.clone(),
        rev: Seq::default(),
        direction: None,
        from: Party::default(),
        to: Party::default(),
        did: None,
        trunk: None,
        queue: None,
        started: None,
        state: CallState::Ringing,
        unconfirmed: false,
        legs: Vec::new(),
        masked: false,
    }
}

/// An extension's row as it is before anything is told.
pub(super) fn extension(number: &Number) -> ExtensionRow {
    ExtensionRow {
        id: number.clone(),
        rev: Seq::default(),
        number: number.clone(),
        name: None,
        department: None,
        online: None,
        online_since: None,
        call: None,
        call_since: None,
        presence: None,
        presence_since: None,
        presence_raw: None,
        note: None,
        calls: Vec::new(),
        unconfirmed: false,
    }
}
