//! Extensions: registered or not, on a call or not, and what their owners say.
//!
//! The PBX reports the phone (`extension_call`) and a call's targets in two unconnected streams. A target's ringing or
//! answer counts if it is not older than the phone's last report; so a lost `ON_CALL` is healed by the answer, and an
//! answer that comes late never undoes an idle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    directory::Directory,
    register::{Intake, Register, Spoken, Stamp},
};
use crate::{
    event::ExtensionSaid,
    id::{CallId, Number, Seq},
    time::UnixMillis,
    wire::{ExtensionCall, ExtensionRow, Online, Presence},
};

/// All that is known of a number which is, or may yet turn out to be, an extension's.
#[derive(Clone, Debug, Default)]
pub(super) struct Extension {
    // Facts.
    /// The PBX spoke of it as an extension.
    pub named: bool,
    call: Register<Spoken<ExtensionCall>>,
    online: Register<Online>,
    presence: Register<Spoken<Presence>>,
    note: Register<Arc<str>>,
    // Derived, here so that a row needs no search.
    /// The PBX or the directory calls it an extension.
    pub recognised: bool,
    /// Its open legs in live calls.
    pub legs: BTreeMap<(CallId, Arc<str>), OpenLeg>,
    /// Live calls that it makes.
    pub calling: BTreeSet<CallId>,
    /// Every call that ever invited it.
    pub invited: BTreeSet<CallId>,
    /// The row as last shown.
    pub shown: Option<ExtensionRow>,
}

/// A leg that is not over, as far as the extension's row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenLeg {
    /// Ringing or on a call; `None` while only invited.
    pub call: Option<ExtensionCall>,
    /// The PBX's time of that.
    pub t: UnixMillis,
    /// Ours.
    pub since: UnixMillis,
}

impl Extension {
    /// Takes what an event says, and says whether that was new.
    pub fn hear(&mut self, said: &ExtensionSaid, at: Stamp, intake: &mut Intake) -> bool {
        let mut changed = false;
        if let Some(word) = &said.call {
            // A phone rings before it is on the call, and is idle after both.
            let rank = match word.known {
                None => 0,
                Some(ExtensionCall::Ringing) => 1,
                Some(ExtensionCall::OnCall) => 2,
                Some(ExtensionCall::Idle) => 3,
            };
            changed |= self.call.put(intake, at, rank, word.into());
        }
        if let Some(registered) = said.online {
            let online = match (registered, said.push) {
                (true, _) => Online::Online,
                (false, Some(true)) => Online::Push,
                (false, _) => Online::Offline,
            };
            changed |= self.online.put(intake, at, 0, online);
        }
        if let Some(word) = &said.presence {
            changed |= self.presence.put(intake, at, 0, word.into());
        }
        if let Some(note) = &said.note {
            changed |= self.note.put(intake, at, 0, note.as_str().into());
        }
        changed
    }

    /// Its row; `None` for a number that nobody calls an extension.
    pub fn row(&self, number: &Number, directory: &Directory) -> Option<ExtensionRow> {
        if !self.recognised {
            return None;
        }
        let listed = directory.get(number);
        let (call, call_since) = self.call_shown();
        let presence = self.presence.value();
        let mut calls: Vec<CallId> = self.legs.keys().map(|(call, _)| call.clone()).collect();
        calls.extend(self.calling.iter().cloned());
        calls.sort_unstable();
        calls.dedup();
        Some(ExtensionRow {
            id: number.clone(),
            rev: Seq::default(),
            number: number.clone(),
            name: listed.map(|entry| entry.name.clone()).filter(|name| !name.is_empty()),
            department: listed.map(|entry| entry.department.clone()).filter(|name| !name.is_empty()),
            online: self.online.value().copied(),
            online_since: self.online.since().map(|at| at.shown),
            call,
            call_since,
            presence: presence.and_then(|word| word.known),
            presence_since: self.presence.since().map(|at| at.shown),
            presence_raw: presence.map(|word| word.raw.as_ref().to_owned()),
            note: self.note.value().filter(|note| !note.is_empty()).map(|note| note.as_ref().to_owned()),
            calls,
            unconfirmed: false,
        })
    }

    /// On a call if an open leg answered no earlier than the phone's last report, else ringing if one rings, else as
    /// the phone reported.
    fn call_shown(&self) -> (Option<ExtensionCall>, Option<UnixMillis>) {
        let reported = self.call.last().and_then(|point| point.value.known);
        let reported_since = self.call.since().map(|at| at.shown);
        let reported_t = self.call.last().map(|point| point.at.t);
        let news = self.legs.values().filter(|leg| reported_t.is_none_or(|t| leg.t >= t));
        let newest =
            news.filter(|leg| leg.call.is_some()).max_by_key(|leg| (leg.call, std::cmp::Reverse(leg.since)));
        match newest {
            // It says what the phone said already, and the phone knew since when.
            Some(leg) if leg.call != reported => (leg.call, Some(leg.since)),
            _ => (reported, reported_since),
        }
    }
}
