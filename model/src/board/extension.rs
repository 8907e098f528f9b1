//! Extensions: registered or not, on a call or not, and what their owners say.
//!
//! The PBX reports the phone (`extension_call`) and a call's targets in two unconnected streams. A target's ringing or
//! answer counts if it is not older than the phone's last report; so a lost `ON_CALL` is healed by the answer, and an
//! answer that comes late never undoes an idle.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    change::Cells,
    latest::Latest,
    news::News,
    register::{Intake, Register, Spoken, Stamp, keep_latest},
    table::{CallAt, QueueAt},
};
use crate::{
    entry::DirectoryEntry,
    event::{ExtensionManagedSaid, ExtensionSaid, Managed},
    id::{CallId, Text},
    time::UnixMillis,
    wire::{ExtensionCall, ExtensionRow, Online, Phase, Presence},
};

/// All that is known of a number which is, or may yet turn out to be, an extension's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Extension {
    // Facts.
    /// The PBX spoke of it as an extension.
    pub named: bool,
    call: Register<Spoken<ExtensionCall>, 0>,
    online: Register<Online, 1>,
    presence: Register<Spoken<Presence>, 1>,
    note: Latest<Text>,
    name: Latest<Text>,
    department: Latest<Text>,
    destroyed: Option<Stamp>,
    pub news: News,
    // Derived, here so that a row needs no search.
    /// The PBX or the directory calls it an extension.
    pub recognised: bool,
    /// Its open legs in live calls, by the leg's place in its call.
    pub legs: Vec<(CallAt, usize, OpenLeg)>,
    /// Its legs in live calls that hang on what its phone says.
    pub hanging: Vec<(CallAt, usize, Hanging)>,
    /// Live calls that it makes.
    pub calling: Vec<CallAt>,
    /// Every call that ever invited it.
    pub invited: BTreeSet<CallAt>,
    /// The keys of queues that it is, or was, an agent of.
    pub agent_of: BTreeSet<QueueAt>,
    /// The row as last shown.
    pub shown: Option<Box<ExtensionRow>>,
}

/// A leg that is not over, as far as the extension's row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenLeg {
    /// Ringing or on a call; `None` while only invited.
    call: Option<ExtensionCall>,
    /// The PBX's time of that.
    t: UnixMillis,
    /// Ours.
    since: UnixMillis,
    /// It is open because the phone says so, and explains nothing that the phone says.
    by_phone: bool,
}

/// What a leg may be, and its phone has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hanging {
    /// The PBX's time of all that it was.
    pub t: UnixMillis,
    /// It rang.
    pub rang: bool,
    /// It was answered.
    pub talked: bool,
    /// An extension has its call.
    pub held: bool,
}

impl Hanging {
    /// How well it explains that its phone does `call`: a call that nobody has is likelier than one that somebody has, a
    /// newer one than an older.
    fn likely(self, call: ExtensionCall) -> Option<(bool, UnixMillis)> {
        let would = if call == ExtensionCall::Ringing { self.rang } else { self.talked };
        would.then_some((!self.held, self.t))
    }
}

/// What a phone says of one of its legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phone {
    /// Nothing, since that leg was heard of.
    Silent,
    /// It is idle, or does what another leg or call of it explains.
    Other,
    /// It rings, since when by our clock.
    Rings(UnixMillis),
    /// It is on a call, since when by our clock.
    Talks(UnixMillis),
}

impl OpenLeg {
    pub fn new(phase: Phase, t: UnixMillis, since: UnixMillis) -> Self {
        let call = match phase {
            Phase::Ringing => Some(ExtensionCall::Ringing),
            Phase::Answered => Some(ExtensionCall::OnCall),
            _ => None,
        };
        Self { call, t, since, by_phone: false }
    }

    /// A leg that is open because its phone says so.
    pub fn by_phone(phase: Phase, t: UnixMillis, since: UnixMillis) -> Self {
        Self { by_phone: true, ..Self::new(phase, t, since) }
    }
}

impl Extension {
    /// Takes what an event says, and says whether that was new.
    pub fn hear(&mut self, said: &ExtensionSaid, at: Stamp, intake: &mut Intake) -> bool {
        let mut changed = self.hear_of(at);
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
            changed |= self.note.put(intake, at, 0, note);
        }
        changed
    }

    /// Takes that it was made, changed or taken away, and says whether that was new.
    pub fn hear_managed(&mut self, said: &ExtensionManagedSaid, at: Stamp, intake: &mut Intake) -> bool {
        if said.what == Managed::Destroyed {
            return keep_latest(&mut self.destroyed, at);
        }
        let mut changed = self.hear_of(at);
        for (register, text) in [(&mut self.name, &said.name), (&mut self.department, &said.department)] {
            if let Some(text) = text {
                changed |= register.put(intake, at, 0, text);
            }
        }
        changed
    }

    fn hear_of(&mut self, at: Stamp) -> bool {
        let existed = self.exists();
        self.news.hear(at) || existed != self.exists()
    }

    /// Whether it was not taken away, or was heard of since.
    pub fn exists(&self) -> bool {
        self.destroyed.is_none_or(|at| self.news.newest > at.t)
    }

    /// The name that the PBX gave it.
    pub fn told_name(&self) -> Option<&Text> {
        self.name.value().filter(|name| !name.as_str().is_empty())
    }

    /// Whether it has a row: a number that nobody calls an extension has none.
    pub fn has_row(&self) -> bool {
        self.recognised && self.exists()
    }

    /// Tells its row. `call_id` names the call of a place.
    pub fn tell<'a>(
        &self,
        row: &mut ExtensionRow,
        listed: Option<&DirectoryEntry>,
        call_id: impl Fn(CallAt) -> Option<&'a CallId>,
        cells: &mut Cells,
    ) {
        let said = |text: &&Text| !text.is_empty();
        let name = self.told_name().or_else(|| listed.map(|entry| &entry.name).filter(said));
        cells.copy(&mut row.name, name);
        let department = self.department.value().filter(said);
        cells.copy(&mut row.department, department.or(listed.map(|entry| &entry.department).filter(said)));
        cells.put(&mut row.online, self.online.value().copied());
        cells.put(&mut row.online_since, self.online.since().map(|at| at.shown));
        let (call, call_since) = self.call_shown();
        cells.put(&mut row.call, call);
        cells.put(&mut row.call_since, call_since);
        let presence = self.presence.value();
        cells.put(&mut row.presence, presence.and_then(|word| word.known));
        cells.put(&mut row.presence_since, self.presence.since().map(|at| at.shown));
        cells.copy(&mut row.presence_raw, presence.map(|word| &word.raw));
        cells.copy(&mut row.note, self.note.value().filter(said));
        let places = self.legs.iter().map(|(call, ..)| call).chain(&self.calling);
        let mut ids: SmallVec<[&CallId; 4]> = places.filter_map(|call| call_id(*call)).collect();
        ids.sort_unstable();
        ids.dedup();
        if !row.calls.iter().eq(ids.iter().copied()) {
            row.calls = ids.into_iter().cloned().collect();
            cells.differ();
        }
        cells.put(&mut row.unconfirmed, self.news.is_silent());
    }

    /// On a call if an open leg answered no earlier than the phone's last report, else ringing if one rings, else as
    /// the phone reported.
    fn call_shown(&self) -> (Option<ExtensionCall>, Option<UnixMillis>) {
        let reported = self.call.last().and_then(|point| point.value.known);
        let reported_since = self.call.since().map(|at| at.shown);
        let reported_t = self.call.last().map(|point| point.at.t);
        let legs = self.legs.iter().map(|(.., leg)| leg);
        let news = legs.filter(|leg| reported_t.is_none_or(|t| leg.t >= t));
        let newest =
            news.filter(|leg| leg.call.is_some()).max_by_key(|leg| (leg.call, std::cmp::Reverse(leg.since)));
        match newest {
            // It says what the phone said already, and the phone knew since when.
            Some(leg) if leg.call != reported => (leg.call, Some(leg.since)),
            _ => (reported, reported_since),
        }
    }

    /// What its phone says of one of its legs.
    pub fn phone(&self, leg: (CallAt, usize), hanging: Hanging) -> Phone {
        let Some((call, _)) = self.reported().filter(|(_, reported)| *reported >= hanging.t) else {
            return Phone::Silent;
        };
        let mut others =
            self.legs.iter().filter(|(call, index, open)| (*call, *index) != leg && !open.by_phone);
        // Another device of the number that has the call took it from this one.
        let explained = others
            .any(|(of, _, open)| open.call.is_some_and(|does| does == call || (*of == leg.0 && does > call)));
        let others = self.hanging.iter().filter(|(of, ..)| *of != leg.0);
        let likelier = others.filter_map(|(.., other)| other.likely(call)).max();
        let explained = explained || likelier > hanging.likely(call);
        let since = self.call.since().map_or(hanging.t, |at| at.shown);
        match call {
            ExtensionCall::Ringing if !explained => Phone::Rings(since),
            ExtensionCall::OnCall if !explained && self.calling.is_empty() => Phone::Talks(since),
            _ => Phone::Other,
        }
    }

    /// What the phone reported last, and when by the PBX's clock.
    pub fn reported(&self) -> Option<(ExtensionCall, UnixMillis)> {
        self.call.last().and_then(|point| Some((point.value.known?, point.at.t)))
    }

    /// Whether nothing is known of it that an empty one would not say.
    pub fn is_blank(&self) -> bool {
        !self.recognised
            && !self.named
            && self.shown.is_none()
            && self.legs.is_empty()
            && self.calling.is_empty()
            && self.invited.is_empty()
            && self.agent_of.is_empty()
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.call.rebase(t);
        self.online.rebase(t);
        self.presence.rebase(t);
        self.note.rebase(t);
        self.name.rebase(t);
        self.department.rebase(t);
        self.destroyed = self.destroyed.map(|at| at.rebased(t));
        self.news.rebase(t);
    }
}
