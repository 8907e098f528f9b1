//! A phone and its owner: what they are in, and what was told of them.

use crate::{
    call::{CallIndex, Stamp},
    company::{Company, PersonIndex, QueueIndex},
    dialect::Pause,
    event::{AgentEntry, ExtensionState},
    truth::{AgentState, Online, PhoneState, Presence, Since},
};

/// An extension and its owner.
#[derive(Debug)]
pub(super) struct Phone {
    pub online: bool,
    /// Can be woken by push: an app.
    pub push: bool,
    pub presence: Presence,
    pub note: String,
    /// The calls that it rings or talks in: two while its owner consults a colleague.
    pub engaged: Vec<Engagement>,
    pub duty: Duty,
    /// The queue whose call is being written up.
    pub wrap_up: Option<QueueIndex>,
    /// Not offered a queue's caller before this, after missing one.
    pub rested_at: u64,
    /// When something was last told of it.
    pub settled_at: u64,
    /// How many callers of queues it took.
    pub taken: u32,
    // What was told, and since when.
    pub told_online: Option<Since<Online>>,
    pub told_call: Option<Since<PhoneState>>,
    pub told_presence: Option<Since<Presence>>,
    /// By the person's queues: what was last told of the agent.
    pub shown_agent: Vec<(QueueIndex, Option<AgentEntry>)>,
}

/// Whether an agent works, by their own doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    LoggedOut,
    NotReady(Option<Pause>),
    Ready,
}

/// A phone's part in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Engagement {
    pub call: CallIndex,
    pub phase: EngagementPhase,
    /// The queue whose call it is; `None` for all others.
    pub queue: Option<QueueIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EngagementPhase {
    /// Is about to ring.
    Chosen,
    Rings,
    /// Dials or talks.
    Talks,
}

impl Phone {
    /// As left the evening before: not registered, nobody logged in.
    pub fn asleep(company: &Company, person: PersonIndex) -> Self {
        let queues = &company.people[person.0].queues;
        Self {
            online: false,
            push: false,
            presence: Presence::Available,
            note: String::new(),
            engaged: Vec::new(),
            duty: Duty::LoggedOut,
            wrap_up: None,
            rested_at: 0,
            settled_at: 0,
            taken: 0,
            told_online: None,
            told_call: None,
            told_presence: None,
            shown_agent: queues.iter().map(|&queue| (queue, None)).collect(),
        }
    }

    /// What was last told of the agent in a queue.
    pub fn shown_agent(&self, queue: QueueIndex) -> Option<&AgentEntry> {
        self.shown_agent.iter().find(|(of, _)| *of == queue)?.1.as_ref()
    }

    pub fn call_state(&self) -> PhoneState {
        let any = |phase| self.engaged.iter().any(|engaged| engaged.phase == phase);
        if any(EngagementPhase::Talks) {
            PhoneState::OnCall
        } else if any(EngagementPhase::Rings) {
            PhoneState::Ringing
        } else {
            PhoneState::Idle
        }
    }

    pub fn state(&self) -> ExtensionState {
        ExtensionState {
            call: self.call_state(),
            online: self.online,
            push_online: self.push,
            presence: self.presence,
            note: self.note.clone(),
        }
    }

    fn reach(&self) -> Online {
        match (self.online, self.push) {
            (true, _) => Online::Online,
            (false, true) => Online::Push,
            (false, false) => Online::Offline,
        }
    }

    /// The agent's state in a queue, and the call that makes it so. A call of this queue counts from ringing, another one
    /// from its answer.
    pub fn agent_state(&self, queue: QueueIndex) -> (AgentState, Option<CallIndex>) {
        if !self.online {
            return (AgentState::Offline, None);
        }
        if self.duty == Duty::LoggedOut {
            return (AgentState::LoggedOut, None);
        }
        let mut of_queue = self.engaged.iter().filter(|of| of.queue == Some(queue));
        if let Some(of) = of_queue.find(|of| of.phase != EngagementPhase::Chosen) {
            return (AgentState::QueueCall, Some(of.call));
        }
        let mut others = self.engaged.iter().filter(|of| of.queue != Some(queue));
        if let Some(of) = others.find(|of| of.phase == EngagementPhase::Talks) {
            return (AgentState::OtherCall, Some(of.call));
        }
        let idle = match self.duty {
            _ if self.wrap_up == Some(queue) => AgentState::WrapUp,
            Duty::NotReady(_) => AgentState::NotReady,
            _ => AgentState::Ready,
        };
        (idle, None)
    }

    pub fn pause(&self, state: AgentState) -> Option<Pause> {
        match self.duty {
            Duty::NotReady(pause) if state == AgentState::NotReady => pause,
            _ => None,
        }
    }

    /// Available as an agent, if free.
    pub fn serves(&self) -> bool {
        self.duty == Duty::Ready && self.wrap_up.is_none() && self.online
    }

    /// Tells what an event about the whole extension tells.
    pub fn tell_all(&mut self, now: Stamp) {
        let (reach, call) = (self.reach(), self.call_state());
        Since::tell(&mut self.told_online, reach, now);
        Since::tell(&mut self.told_call, call, now);
        Since::tell(&mut self.told_presence, self.presence, now);
    }
}
