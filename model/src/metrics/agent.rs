//! An agent's day, from the changes of his state.
//!
//! The PBX says *queue call* from ringing on, and never who answered. So a queue call is split where the queue's visit was
//! answered; it is *answered* if this agent did, and if nobody did, *missed*.

use std::collections::{BTreeMap, BTreeSet};

use super::{Day, figures::mean};
use crate::{
    id::{CallId, Number},
    time::{Millis, UnixMillis},
    wire::{AgentFigures, AgentState, Share},
};

/// A state that an agent came into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// When, by the clock of the answers and of the day.
    pub at: UnixMillis,
    /// The state. Who left the queue is logged out.
    pub state: AgentState,
    /// The call, where the PBX said which.
    pub call: Option<CallId>,
}

/// The answered visits: which call, when, and which agent answered; `None` where that is not known. Of one queue, or of
/// all queues of a [`person`].
pub type Answers = BTreeMap<(CallId, UnixMillis), Option<Number>>;

/// Where answered visits are looked up.
pub trait Answered {
    /// The answers of a call, in order of time.
    fn answers(&self, call: &CallId) -> impl Iterator<Item = (UnixMillis, Option<&Number>)>;
}

impl Answered for Answers {
    fn answers(&self, call: &CallId) -> impl Iterator<Item = (UnixMillis, Option<&Number>)> {
        let (first, last) = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
        self.range((call.clone(), first)..=(call.clone(), last)).map(|((_, at), who)| (*at, who.as_ref()))
    }
}

/// The PBX's queue call may begin with the answer rather than with ringing, and be stamped a little later than it.
const ANSWER_EARLY: Millis = Millis::seconds(2);

/// What `agent` did on `day`, from the changes of his state in order of time; one that is not the first of its state and
/// call adds nothing. The last state has not ended and is not in it.
pub fn agent_figures(
    changes: impl IntoIterator<Item = StateChange>,
    agent: &Number,
    answers: &impl Answered,
    day: Day,
) -> AgentFigures {
    let mut account = Account { agent, answers, day, taken: BTreeSet::new(), sum: Sum::default() };
    let mut run: Option<StateChange> = None;
    for change in changes {
        match &mut run {
            Some(run) if run.continues(&change) => run.call = run.call.take().or(change.call),
            Some(ended) => {
                account.enter(ended, &change);
                run = Some(change);
            }
            None => run = Some(change),
        }
    }
    account.sum.figures()
}

impl StateChange {
    /// Whether `next` says the same again, or the same with the call that was not named before.
    fn continues(&self, next: &Self) -> bool {
        let other_call = self.call.is_some() && next.call.is_some() && self.call != next.call;
        self.state == next.state && !(self.state == AgentState::QueueCall && other_call)
    }
}

/// Sums while they are made. What is named `whole` is of what ended on the day, and not cut at its bounds.
#[derive(Default)]
struct Sum {
    cut: AgentFigures,
    rings: u32,
    whole_ring: Millis,
    whole_talk: Millis,
    whole_wrap_up: Millis,
}

impl Sum {
    fn figures(self) -> AgentFigures {
        let cut = self.cut;
        let part = |ms: Millis| u64::try_from(ms.0).unwrap_or_default();
        let handle = part(cut.talk_sum_ms) + part(cut.wrap_up_sum_ms);
        AgentFigures {
            ring_ms: mean(self.whole_ring, self.rings),
            talk_ms: mean(self.whole_talk, cut.answered),
            wrap_up_ms: mean(self.whole_wrap_up, cut.wrap_ups),
            handle_ms: mean(Millis(self.whole_talk.0 + self.whole_wrap_up.0), cut.answered),
            occupancy: Share::of(handle, handle + part(cut.ready_sum_ms)),
            ..cut
        }
    }
}

/// What became of a queue call.
enum Outcome {
    Answered(UnixMillis),
    Missed,
    Elsewhere,
    Unclear,
}

struct Account<'a, A> {
    agent: &'a Number,
    answers: &'a A,
    day: Day,
    /// Answers of this agent that a queue call had already.
    taken: BTreeSet<(CallId, UnixMillis)>,
    sum: Sum,
}

impl<A: Answered> Account<'_, A> {
    /// Enters a state that ended with the next one.
    fn enter(&mut self, run: &StateChange, next: &StateChange) {
        let (from, to) = (run.at, next.at);
        let length = self.cut(from, to);
        let ends = self.day.has(to);
        let Sum { cut, whole_wrap_up, .. } = &mut self.sum;
        match run.state {
            AgentState::Ready => add(&mut cut.ready_sum_ms, length),
            AgentState::NotReady => add(&mut cut.not_ready_sum_ms, length),
            AgentState::OtherCall => add(&mut cut.other_call_sum_ms, length),
            AgentState::WrapUp => {
                add(&mut cut.wrap_up_sum_ms, length);
                if ends {
                    cut.wrap_ups += 1;
                    add(whole_wrap_up, to.since(from));
                }
            }
            AgentState::QueueCall => self.enter_queue_call(run, next),
            AgentState::LoggedOut | AgentState::Offline | AgentState::Unknown => {}
        }
    }

    fn enter_queue_call(&mut self, run: &StateChange, next: &StateChange) {
        let (from, to) = (run.at, next.at);
        let outcome = self.outcome(run, next);
        let answered = match outcome {
            Outcome::Answered(at) => at.clamp(from, to.max(from)),
            Outcome::Missed | Outcome::Elsewhere => to,
            Outcome::Unclear => from,
        };
        let (ring, talk) = (self.cut(from, answered), self.cut(answered, to));
        let ends = self.day.has(to);
        let Sum { cut, rings, whole_ring, whole_talk, .. } = &mut self.sum;
        add(&mut cut.ringing_sum_ms, ring);
        if matches!(outcome, Outcome::Answered(_)) {
            add(&mut cut.talk_sum_ms, talk);
        }
        if !ends {
            return;
        }
        match outcome {
            Outcome::Answered(_) => {
                cut.answered += 1;
                add(whole_talk, to.since(answered));
            }
            Outcome::Missed => cut.missed += 1,
            Outcome::Elsewhere => cut.elsewhere += 1,
            Outcome::Unclear => {
                cut.unclear += 1;
                return;
            }
        }
        *rings += 1;
        add(whole_ring, answered.since(from));
    }

    /// Who answered while it rang. A wrap-up that follows says that somebody did, if nothing else does.
    fn outcome(&mut self, run: &StateChange, next: &StateChange) -> Outcome {
        let Some(call) = &run.call else { return Outcome::Unclear };
        let (from, to) = (run.at, next.at.max(run.at));
        let (mut unknown, mut others) = (false, false);
        for (at, who) in self.answers.answers(call).filter(|(at, _)| (from - ANSWER_EARLY..=to).contains(at))
        {
            if who == Some(self.agent) && self.taken.insert((call.clone(), at)) {
                return Outcome::Answered(at);
            }
            unknown |= at >= from && who.is_none();
            others |= at >= from && who != Some(self.agent);
        }
        if unknown {
            Outcome::Unclear
        } else if others {
            Outcome::Elsewhere
        } else if next.state == AgentState::WrapUp {
            Outcome::Unclear
        } else {
            Outcome::Missed
        }
    }

    /// How much of it is on the day.
    fn cut(&self, from: UnixMillis, to: UnixMillis) -> Millis {
        to.min(self.day.end).since(from.max(self.day.start))
    }
}

impl Day {
    /// Whether a moment is on it.
    pub fn has(self, t: UnixMillis) -> bool {
        self.start <= t && t < self.end
    }
}

fn add(sum: &mut Millis, length: Millis) {
    sum.0 = sum.0.saturating_add(length.0);
}

/// The changes of a person who is an agent of several queues: at each moment the state that says most of him, in the order
/// queue call, other call, wrap-up, not ready, ready, logged out, offline; of two alike the first queue's. One call is
/// *queue call* in its queue and *other call* in all others, and so counts once. Each queue's changes are in order of time.
pub fn person(queues: &[Vec<StateChange>]) -> Vec<StateChange> {
    let mut moments: BTreeMap<UnixMillis, Vec<(usize, &StateChange)>> = BTreeMap::new();
    for (queue, changes) in queues.iter().enumerate() {
        for change in changes {
            moments.entry(change.at).or_default().push((queue, change));
        }
    }
    let mut now: BTreeMap<usize, &StateChange> = BTreeMap::new();
    let mut shown: Vec<StateChange> = Vec::new();
    for (at, changes) in moments {
        now.extend(changes);
        let first = now.values().min_by_key(|change| rank(change.state));
        if let Some(change) = first {
            let change = StateChange { at, ..(*change).clone() };
            let same = |last: &StateChange| last.state == change.state && last.call == change.call;
            if !shown.last().is_some_and(same) {
                shown.push(change);
            }
        }
    }
    shown
}

/// What says most of a person comes first.
const fn rank(state: AgentState) -> u8 {
    match state {
        AgentState::QueueCall => 0,
        AgentState::OtherCall => 1,
        AgentState::WrapUp => 2,
        AgentState::NotReady => 3,
        AgentState::Ready => 4,
        AgentState::LoggedOut => 5,
        AgentState::Offline => 6,
        AgentState::Unknown => 7,
    }
}
