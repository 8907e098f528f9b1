//! What a call's record (`call_cdr`) lists of the call's targets: the only place where the PBX tells each target's own times.

use serde::{Deserialize, Serialize};

use super::{leg::Leg, register::Stamp};
use crate::{
    event::{CallStatus, CdrSaid, CdrTargetSaid},
    id::{Number, Text},
    time::UnixMillis,
};

/// A call's record; of several the one with the latest end, and of these the greatest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The end that it tells.
    at: Stamp,
    /// How the call came out.
    pub status: Option<CallStatus>,
    /// The targets that can be told from others.
    pub targets: Vec<Target>,
}

/// One target, by the PBX's clock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Target {
    pub started: Option<UnixMillis>,
    pub rang: Option<UnixMillis>,
    pub answered: Option<UnixMillis>,
    pub ended: Option<UnixMillis>,
    pub number: Number,
    pub address: Option<Text>,
    pub status: Option<CallStatus>,
}

impl Target {
    /// A target; `None` where the record does not say which. Texts that the call has already are shared with it.
    fn of(said: &CdrTargetSaid, legs: &[Leg]) -> Option<Self> {
        let number = said.number.as_ref()?;
        let leg = legs.iter().find(|leg| said.address.as_deref() == Some(leg.address.as_str()));
        Some(Self {
            started: said.started,
            rang: said.rang,
            answered: said.answered,
            ended: said.ended,
            number: leg.filter(|leg| leg.number == *number).map_or(number, |leg| &leg.number).clone(),
            address: leg
                .map_or_else(|| said.address.as_deref().map(Text::from), |leg| Some(leg.address.clone())),
            status: said.status.as_ref().and_then(|word| word.known),
        })
    }
}

impl Record {
    /// Takes a record that tells an end, and says whether the slot holds another one now.
    pub fn keep(slot: &mut Option<Box<Self>>, said: &CdrSaid, at: Stamp, legs: &[Leg]) -> bool {
        let mut targets: Vec<Target> =
            said.targets.iter().filter_map(|target| Target::of(target, legs)).collect();
        targets.sort_unstable();
        let record = Self { at, status: said.status.as_ref().and_then(|word| word.known), targets };
        match slot {
            Some(known) if known.order() > record.order() => false,
            Some(known) if known.order() == record.order() => {
                let earlier = at < known.at;
                known.at = known.at.min(at);
                earlier
            }
            _ => {
                *slot = Some(Box::new(record));
                true
            }
        }
    }

    fn order(&self) -> (UnixMillis, Option<CallStatus>, &[Target]) {
        (self.at.t, self.status, &self.targets)
    }

    /// The PBX's clock went back to `t`.
    pub fn rebase(&mut self, t: UnixMillis) {
        self.at = self.at.rebased(t);
    }
}
