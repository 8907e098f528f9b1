//! Calls and stays in queues that are over, kept where somebody asks for them: what a history should say.

use std::collections::BTreeMap;

use super::Day;
use crate::{
    call::{Call, Leg, Stamp},
    truth::{CallResult, Direction, LegPhase, PastCall, PastStay, StayEnd},
};

/// What is over.
#[derive(Debug, Default)]
pub(super) struct Past {
    calls: Vec<(Call, Stamp)>,
    /// By session.
    stays: BTreeMap<String, Vec<PastStay>>,
}

impl Day {
    /// The same day, which remembers what is over.
    #[must_use]
    pub fn with_past(mut self) -> Self {
        self.past = Some(Past::default());
        self
    }

    /// All calls that are over, in the order of their ends; none where the day does not remember.
    pub fn past(&self) -> Vec<PastCall> {
        let Some(past) = &self.past else { return Vec::new() };
        let told = |(call, ended): &(Call, Stamp)| {
            let stays = past.stays.get(&call.session_id).cloned().unwrap_or_default();
            call.past(*ended, stays)
        };
        past.calls.iter().map(told).collect()
    }

    /// A call is over, now.
    pub(super) fn remember(&mut self, call: Call) {
        let now = self.now;
        if let Some(past) = &mut self.past {
            past.calls.push((call, now));
        }
    }

    /// A stay is over.
    pub(super) fn remember_stay(&mut self, session: String, stay: PastStay) {
        if let Some(past) = &mut self.past {
            past.stays.entry(session).or_default().push(stay);
        }
    }
}

impl Call {
    fn past(&self, ended: Stamp, stays: Vec<PastStay>) -> PastCall {
        let talks = self.legs.iter().filter(|leg| self.is_with_a_person(leg));
        let talks = talks.filter_map(|leg| {
            let answered = leg.answered?;
            Some((answered.seconds(), leg.ended.map_or(ended, |(at, _)| at).seconds()))
        });
        let mut talks: Vec<(u64, u64)> = talks.collect();
        talks.sort_unstable();
        let answered = talks.first().map(|(from, _)| *from);
        let wait_s = answered.unwrap_or(ended.seconds()).saturating_sub(self.started.seconds());
        let (mut talk_s, mut upto) = (0, 0);
        for (from, to) in talks {
            talk_s += to.saturating_sub(from.max(upto));
            upto = upto.max(to);
        }
        PastCall {
            session: self.session_id.clone(),
            direction: self.direction,
            from: self.caller.number.clone(),
            to: self.callee.number.clone(),
            queue: stays.last().map(|stay| stay.queue.clone()),
            started: self.started,
            ended,
            result: self.result(answered.is_some(), &stays),
            wait_s,
            talk_s,
            stays,
        }
    }

    /// Somebody of the company who does not call himself; of a call that goes out, whoever was called.
    fn is_with_a_person(&self, leg: &Leg) -> bool {
        let outward = matches!(self.direction, Direction::Outbound | Direction::Transit);
        leg.number != self.caller.number && (leg.person.is_some() || outward)
    }

    fn result(&self, answered: bool, stays: &[PastStay]) -> CallResult {
        if answered || stays.iter().any(|stay| stay.how == StayEnd::Answered) {
            return CallResult::Answered;
        }
        match stays.last().map(|stay| stay.how) {
            Some(StayEnd::Abandoned) => CallResult::Abandoned,
            None if self.legs.iter().any(|leg| leg.answered.is_some()) => CallResult::Service,
            None if self.legs.iter().all(|leg| leg.phase.0 == LegPhase::Failed) => CallResult::Failed,
            Some(_) | None => CallResult::NoAnswer,
        }
    }
}
