//! What is true at the PBX at one moment, in its own terms: what a board that has heard everything would say.
//!
//! The day keeps these books beside what it posts, so that a receiver is compared with the PBX, not with itself. A value
//! that the PBX has not told anybody yet is `None`. Times are the PBX's own, in milliseconds; it posts whole seconds.
//! The words are those of Ringside's rows, since they stand for the PBX's words in every dialect.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::call::Stamp;

/// Everything that a board shows, as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// As of when.
    pub at: Stamp,
    /// By number.
    pub extensions: BTreeMap<String, Extension>,
    /// By the PBX's id.
    pub queues: BTreeMap<String, Queue>,
    /// Calls that are up, by session.
    pub calls: BTreeMap<String, Call>,
}

/// A value, and since when it is so: the moment at which the PBX first told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Since<T> {
    /// The value.
    pub value: T,
    /// Since when.
    pub since: Stamp,
}

impl<T: PartialEq> Since<T> {
    /// Tells a value at a moment: one that is told already keeps its beginning.
    pub fn tell(slot: &mut Option<Self>, value: T, now: Stamp) {
        if slot.as_ref().is_none_or(|told| told.value != value) {
            *slot = Some(Self { value, since: now });
        }
    }
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// Its number.
    pub number: String,
    /// Its owner's name.
    pub name: String,
    /// Where they work; empty if nowhere.
    pub department: String,
    /// Whether it can be reached.
    pub online: Option<Since<Online>>,
    /// What the phone does.
    pub call: Option<Since<PhoneState>>,
    /// What its owner says.
    pub presence: Option<Since<Presence>>,
    /// The owner's free text; empty if none, or where the dialect can't tell it.
    pub note: String,
    /// Sessions of the calls that it makes, or in which it is invited, rings or talks.
    pub calls: Vec<String>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// The PBX's id of it.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Seconds within which a caller should be answered.
    pub target_s: u64,
    /// Everybody who waits, in order; those who wait to be called back among them.
    pub waiting: Vec<Waiting>,
    /// Its members whose state was told, in order of number.
    pub agents: Vec<Agent>,
    /// What it came to since the day began.
    pub tally: Tally,
}

/// Stays in a queue that ended, counted as they end. Waits are in the whole seconds that the PBX posts; those who asked to be
/// called back have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// An agent answered.
    pub answered: u32,
    /// The caller hung up.
    pub abandoned: u32,
    /// The queue sent the caller on.
    pub overflowed: u32,
    /// Of all, those who asked to be called back.
    pub callbacks: u32,
    /// Of these, those answered.
    pub callbacks_answered: u32,
    /// Of those answered, those who waited on the line.
    pub waits: u32,
    /// The sum of their waits.
    pub wait_sum_s: u64,
    /// Of these, those who waited no longer than the target.
    pub answered_in_target: u32,
    /// The longest wait on the line, however it ended.
    pub longest_wait_s: Option<u64>,
}

impl Queue {
    /// How many wait on the line.
    pub fn on_the_line(&self) -> usize {
        self.waiting.iter().filter(|caller| caller.kind == CallerKind::Normal).count()
    }

    /// How many wait to be called back.
    pub fn callbacks(&self) -> usize {
        self.waiting.len() - self.on_the_line()
    }

    /// Since when the longest of those on the line waits.
    pub fn longest_since(&self) -> Option<Stamp> {
        let on_the_line = self.waiting.iter().filter(|caller| caller.kind == CallerKind::Normal);
        on_the_line.map(|caller| caller.since).min()
    }
}

/// Somebody in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The call under which the place is kept; it is over where they wait to be called back.
    pub session: String,
    /// Place in the queue now, from 1.
    pub position: usize,
    /// The place that was last told: nothing is told of those who move up.
    pub position_told: usize,
    /// The caller's number.
    pub number: String,
    /// The caller's name; empty if unknown.
    pub name: String,
    /// On the line, or to be called back.
    pub kind: CallerKind,
    /// When they came into the queue.
    pub since: Stamp,
}

/// A member of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// The extension.
    pub number: String,
    /// The state in this queue.
    pub state: AgentState,
    /// Why not ready, where the dialect can tell.
    pub reason: Option<String>,
    /// The call, in call states only.
    pub session: Option<String>,
    /// The other party's number, in call states only; empty if withheld.
    pub with: Option<String>,
    /// Since when in this state.
    pub since: Stamp,
}

/// A call that is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Its session.
    pub session: String,
    /// Which way it goes, as last told.
    pub direction: Direction,
    /// Who calls.
    pub from: Party,
    /// Whom: the first destination, or the one last told by `call_update_info`.
    pub to: Party,
    /// The number of ours that was dialled; empty if none.
    pub did: String,
    /// The trunk's name; empty if none. Told by the call's record only.
    pub trunk: String,
    /// The queue that it waits in, or was last answered from.
    pub queue: Option<String>,
    /// Began at.
    pub started: Stamp,
    /// What it does.
    pub state: CallState,
    /// One a device, in the order in which they were first invited; a device that is invited again is the same leg.
    pub legs: Vec<Leg>,
}

/// One side of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The number.
    pub number: String,
    /// The name; empty if unknown.
    pub name: String,
}

/// A device in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leg {
    /// The number: of an extension, a service, or outside.
    pub number: String,
    /// The device's SIP address.
    pub address: String,
    /// What it does.
    pub phase: LegPhase,
    /// Since when.
    pub since: Stamp,
    /// First invited at.
    pub first: Stamp,
    /// It was invited more than once.
    pub again: bool,
}

/// Declares a closed set of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// The word in Ringside's rows.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words!(
    /// Whether an extension can be reached.
    Online {
        /// A device is registered.
        Online => "online",
        /// None is, but push can wake an app.
        Push => "push",
        /// Not at all.
        Offline => "offline",
    }
);
words!(
    /// What a phone does.
    PhoneState {
        /// Nothing.
        Idle => "idle",
        /// Rings.
        Ringing => "ringing",
        /// Dials, talks or holds.
        OnCall => "on_call",
    }
);
words!(
    /// What a person says about himself.
    Presence {
        /// Can be called.
        Available => "available",
        /// Not at the desk.
        Away => "away",
        /// Calls are rejected.
        DoNotDisturb => "do_not_disturb",
        /// At lunch.
        Lunch => "lunch",
        /// On a business trip.
        BusinessTrip => "business_trip",
    }
);
words!(
    /// An agent's state in one queue.
    AgentState {
        /// Waits for a call of the queue.
        Ready => "ready",
        /// Has a call of this queue, ringing included.
        QueueCall => "queue_call",
        /// Has a call that is not of this queue.
        OtherCall => "other_call",
        /// Work after a call.
        WrapUp => "wrap_up",
        /// Logged in, takes no calls of the queue.
        NotReady => "not_ready",
        /// Logged out of the queue.
        LoggedOut => "logged_out",
        /// The phone is not registered.
        Offline => "offline",
    }
);
words!(
    /// Why somebody stands in a queue.
    CallerKind {
        /// On the line.
        Normal => "normal",
        /// Hung up, to be called back.
        Callback => "callback",
    }
);
words!(
    /// Where a call comes from and goes to.
    Direction {
        /// Between extensions.
        Internal => "internal",
        /// From a trunk.
        Inbound => "inbound",
        /// Over a trunk.
        Outbound => "outbound",
        /// From a trunk over a trunk.
        Transit => "transit",
    }
);
words!(
    /// What a call does.
    CallState {
        /// A phone rings, or is about to; or one of the PBX's services speaks.
        Ringing => "ringing",
        /// The caller waits in a queue.
        Queued => "queued",
        /// A person of the company has answered, or the one called outside has.
        Talking => "talking",
    }
);
words!(
    /// What a device does in a call.
    LegPhase {
        /// Invited.
        Added => "added",
        /// Rings.
        Ringing => "ringing",
        /// Answered.
        Answered => "answered",
        /// Rang, and did not answer; also one that lost to another.
        NoAnswer => "no_answer",
        /// Could not be reached, or declined.
        Failed => "failed",
        /// Was answered, and has ended.
        Ended => "ended",
    }
);

mod past;

pub use past::{CallResult, PastCall, PastStay, StayEnd};
