//! Legs: the targets of a call. An extension with a desk phone and an app is two of them.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    extension::{Hanging, OpenLeg},
    register::{Intake, Point, Register, Stamp, insert},
    table::ExtensionAt,
};
use crate::{
    id::{Number, Text},
    time::UnixMillis,
    wire::Phase,
};

/// One target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Leg {
    // Facts.
    pub address: Text,
    pub number: Number,
    /// The same number's place, whether or not it is an extension's.
    pub extension: ExtensionAt,
    phase: Register<Phase, 4>,
    /// Every moment at which it was answered, in order.
    pub answers: SmallVec<[Stamp; 1]>,
    /// The latest moment of an answer or end that the PBX dated.
    pub dated: Option<UnixMillis>,
    /// When it was first heard of.
    pub first: UnixMillis,
    // Derived.
    pub is_extension: bool,
    pub state: Option<LegState>,
}

/// How a leg is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LegState {
    pub phase: Phase,
    pub since: UnixMillis,
    pub approximate: bool,
    /// What an extension's row shows of it; `None`: it is over.
    pub open: Option<OpenLeg>,
    /// The PBX dated several of its phases alike, so that its phone's word decides: which.
    pub hangs: Option<Hanging>,
}

/// How a leg changed for the extension that it rings at.
pub(super) struct LegChange {
    pub extension: ExtensionAt,
    /// Which of the call's legs.
    pub leg: usize,
    pub open: Option<OpenLeg>,
    /// What of it hangs on what the extension's phone says.
    pub hangs: Option<Hanging>,
}

impl Leg {
    pub fn new(address: &str, number: Number, extension: ExtensionAt, is_extension: bool, at: Stamp) -> Self {
        Self {
            address: address.into(),
            number,
            extension,
            phase: Register::default(),
            answers: SmallVec::new(),
            dated: None,
            first: at.t,
            is_extension,
            state: None,
        }
    }

    /// Takes what it does, and says whether that was new.
    pub fn hear(&mut self, phase: Phase, at: Stamp, intake: &mut Intake) -> bool {
        let rank = match phase {
            Phase::Added => 1,
            Phase::Ringing => 2,
            Phase::NoAnswer | Phase::Failed => 3,
            // It may be answered after an earlier miss, never the other way round.
            Phase::Answered => 4,
            Phase::Ended => 5,
        };
        if phase == Phase::Answered {
            let index = self.answers.partition_point(|known| known.t < at.t);
            match self.answers.get_mut(index) {
                Some(known) if known.t == at.t => *known = at.min(*known),
                _ => insert(&mut self.answers, index, at),
            }
        }
        let before = (self.dated, self.first);
        if matches!(phase, Phase::Answered | Phase::Ended) && !at.untimed {
            self.dated = self.dated.max(Some(at.t));
        }
        self.first = self.first.min(at.t);
        self.phase.put(intake, at, rank, phase) || before != (self.dated, self.first)
    }

    pub fn last(&self) -> Option<&Point<Phase>> {
        self.phase.last()
    }

    /// Whether it is said to have been `phase` at the very time of its last.
    pub fn was_too(&self, phase: Phase) -> bool {
        self.phase.newest().any(|point| point.value == phase)
    }

    pub fn since(&self) -> Option<&Stamp> {
        self.phase.since()
    }

    /// When it ended, if that is the last that was heard of it.
    pub fn ended(&self) -> Option<Stamp> {
        self.last().filter(|last| last.value == Phase::Ended).map(|last| last.at)
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.phase.rebase(t);
        for at in &mut self.answers {
            *at = at.rebased(t);
        }
        self.answers.sort_unstable();
        self.answers.dedup_by_key(|at| at.t);
        self.dated = self.dated.map(|dated| dated.min(t));
        self.first = self.first.min(t);
    }
}
