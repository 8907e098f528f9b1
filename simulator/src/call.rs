//! A call as the PBX knows it: its parties, its legs, and what its CDR will say.
//!
//! Pure bookkeeping: `day` decides what happens and calls these; `event` turns the result into JSON.

use std::collections::BTreeMap;

use crate::{
    company::{GroupIndex, PersonIndex, QueueIndex},
    truth::{self, CallState, Direction, LegPhase},
};

/// A moment of the real clock: unix milliseconds. Goes out in whole seconds, as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Whole seconds, as the PBX writes a time.
    pub fn seconds(self) -> u64 {
        self.0 / 1000
    }
}

/// A call by the order in which it began; kept over the call's life, never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallIndex(pub u64);

/// One end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The bare number.
    pub number: String,
    /// What is shown of it; empty where nobody told.
    pub name: String,
    /// Its SIP URI, as in `call_start`.
    pub uri: String,
    /// The person, where it is an extension.
    pub person: Option<PersonIndex>,
}

/// Why a leg or a call ended, in the words of CDRs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Unknown; also normal for the last leg and for a lost fork.
    None,
    /// The caller hung up.
    Caller,
    /// The callee hung up.
    Callee,
    /// Handed on: voice menu to queue, queue to agent.
    Referred,
    /// Sent elsewhere by the called party's rule.
    Redirected,
    /// Its place was taken by an attended transfer.
    Replaced,
    /// Left by a blind transfer.
    BlindTransfer,
    /// Left by an attended transfer.
    AttendedTransfer,
    /// The caller gave up before an answer.
    Cancelled,
}

impl LegPhase {
    /// The name of the event that tells it.
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Added => "cdr_target_add",
            Self::Ringing => "cdr_target_ringing",
            Self::Answered => "cdr_target_answer",
            Self::NoAnswer => "cdr_target_noanswer",
            Self::Failed => "cdr_target_fail",
            Self::Ended => "cdr_target_end",
        }
    }
}

/// One device that the PBX invited to a call.
#[derive(Clone, Debug)]
pub struct Leg {
    /// The number: of an extension, a service, or outside.
    pub number: String,
    /// The device's SIP address.
    pub address: String,
    /// Whose it is, where it is an extension's.
    pub person: Option<PersonIndex>,
    /// What it does, and since when.
    pub phase: (LegPhase, Stamp),
    /// Invited at.
    pub started: Stamp,
    /// Rang at.
    pub rang: Option<Stamp>,
    /// Answered at.
    pub answered: Option<Stamp>,
    /// Over at, and why.
    pub ended: Option<(Stamp, EndReason)>,
    /// The SIP status: 0 where nothing went wrong.
    pub status_code: u16,
}

impl Leg {
    /// Invited or ringing.
    pub fn is_pending(&self) -> bool {
        self.answered.is_none() && self.ended.is_none()
    }

    /// Answered and not over.
    pub fn is_talking(&self) -> bool {
        self.answered.is_some() && self.ended.is_none()
    }
}

/// Where a call's story is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Listens to the voice menu, on the way to a queue.
    Menu(QueueIndex),
    /// Waits in a queue; agents may be ringing for it.
    Waiting(QueueIndex),
    /// Rings somebody.
    Ringing,
    /// Rings members of a group, for the so many-th time.
    RingingGroup(GroupIndex, usize),
    /// Rings an agent, who is then connected to a caller that asked to be called back: the session of that caller.
    CallingBack {
        /// The queue whose caller it is.
        queue: QueueIndex,
        /// The caller's first session, under which the place in the queue was kept.
        waiting: String,
    },
    /// Somebody who talks in another call asks a colleague whether they take it.
    Consulting(CallIndex),
    /// Somebody, or a service, has answered.
    Talking,
}

/// A call: a session of the PBX.
#[derive(Clone, Debug)]
pub struct Call {
    /// The PBX's session id: 18 digits, the join of everything.
    pub session_id: String,
    /// The id of its CDR.
    pub cdr_id: String,
    /// The SIP Call-ID of the caller's dialog.
    pub sip_call_id: String,
    /// Which way it goes.
    pub direction: Direction,
    /// Who called.
    pub caller: Party,
    /// The first destination inside the PBX, or the outside number dialled.
    pub callee: Party,
    /// The destination that was last told.
    pub callee_told: Party,
    /// The trunk, by place, on calls that use one.
    pub trunk: Option<usize>,
    /// The direct number dialled, on inbound calls.
    pub did: String,
    /// The number shown outside, on outbound calls.
    pub outbound_caller_id: String,
    /// Began at.
    pub started: Stamp,
    /// Everything invited, in order.
    pub legs: Vec<Leg>,
    /// Where its story is.
    pub stage: Stage,
    /// The queue that agents rung for it answer for.
    pub queue: Option<QueueIndex>,
    /// The queue that it waits in on the line.
    pub waits_in: Option<QueueIndex>,
    /// The queue that it was last answered from.
    pub answered_from: Option<QueueIndex>,
    /// Was sent on by a rule once already.
    pub forwarded: bool,
    /// Was handed on by a person once already.
    pub transferred: bool,
    /// Counts the turns of its story; a cue from an earlier turn is void.
    pub turn: u32,
    /// Counts its visits to queues; a waiting caller's cue from an earlier visit is void.
    pub visit: u32,
}

impl Call {
    /// Legs that are invited or ringing, by place.
    pub fn pending(&self) -> Vec<usize> {
        (0..self.legs.len()).filter(|&leg| self.legs[leg].is_pending()).collect()
    }

    /// Legs that are answered and up, by place.
    pub fn talking(&self) -> Vec<usize> {
        (0..self.legs.len()).filter(|&leg| self.legs[leg].is_talking()).collect()
    }

    /// Everybody whose phone is ringing or talking in it: the caller, if inside, and the open legs' people, each once.
    pub fn engaged(&self) -> Vec<PersonIndex> {
        let open = self.legs.iter().filter(|leg| leg.ended.is_none());
        let mut people: Vec<PersonIndex> =
            self.caller.person.into_iter().chain(open.filter_map(|leg| leg.person)).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// When the first leg answered: a service's answer counts, as at the real one.
    pub fn answered(&self) -> Option<Stamp> {
        self.legs.iter().filter_map(|leg| leg.answered).min()
    }

    /// What a board would say of it. `queue`: a queue's id.
    pub fn truth(&self, queue: impl Fn(QueueIndex) -> String, trunk: &str) -> truth::Call {
        let party = |party: &Party| truth::Party { number: party.number.clone(), name: party.name.clone() };
        truth::Call {
            session: self.session_id.clone(),
            direction: self.direction,
            from: party(&self.caller),
            to: party(&self.callee_told),
            did: self.did.clone(),
            trunk: trunk.to_owned(),
            queue: self.waits_in.or(self.answered_from).map(queue),
            started: self.started,
            state: self.state(),
            legs: self.true_legs(),
        }
    }

    fn state(&self) -> CallState {
        let outward = matches!(self.direction, Direction::Outbound | Direction::Transit);
        let in_person = |leg: &Leg| leg.is_talking() && (leg.person.is_some() || outward);
        if self.waits_in.is_some() {
            CallState::Queued
        } else if self.legs.iter().any(in_person) {
            CallState::Talking
        } else {
            CallState::Ringing
        }
    }

    /// A leg a device, in order of its first invitation.
    fn true_legs(&self) -> Vec<truth::Leg> {
        let mut legs: BTreeMap<&str, truth::Leg> = BTreeMap::new();
        for leg in &self.legs {
            let before = legs.get(leg.address.as_str());
            let now = truth::Leg {
                number: leg.number.clone(),
                address: leg.address.clone(),
                phase: leg.phase.0,
                since: leg.phase.1,
                first: before.map_or(leg.started, |before| before.first),
                again: before.is_some(),
            };
            legs.insert(&leg.address, now);
        }
        let mut legs: Vec<_> = legs.into_values().collect();
        legs.sort_by_key(|leg| leg.first.seconds());
        legs
    }
}
