//! What is over, through the eyes of one audience: the same scope and mask as for the board's rows, as of today.
//!
//! A queue brings the calls that visited it, a department those in which an extension of it took part. Of a call that came by
//! a queue of the scope all is told but its visits to other queues; of any other one the PBX's own numbers that nobody in the
//! scope has are left out, as in a live call's row.

use std::collections::BTreeSet;

use super::{
    Mask, Seen, Sight,
    mask::{hide_name, hide_number},
    scope::Cut,
    sight::Part,
};
use crate::{
    id::{Number, QueueId},
    wire::{Party, PastCall, PastVisit},
};

/// Whose calls and visits there are for who may see a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastScope {
    /// Calls that visited one of these queues.
    pub queues: BTreeSet<QueueId>,
    /// Calls in which one of these extensions took part.
    pub extensions: BTreeSet<Number>,
}

impl Sight {
    /// Of which calls there are any; `None`: of all.
    pub fn past_scope(&self) -> Option<PastScope> {
        let cut = self.cut()?;
        Some(PastScope { queues: cut.queues().clone(), extensions: cut.extensions().clone() })
    }

    /// A number as it is seen where it stands as a party's: with its last digits hidden, where they are.
    pub fn see_number(&self, number: &Number) -> Number {
        let mut seen = number.clone();
        if let Some(part) = self.part().filter(|part| part.mask == Mask::OutsideNumbers) {
            hide_number(Some(&mut seen), |number| part.inside.has(number));
        }
        seen
    }

    /// A finished call as it is seen; `None` where it is not there.
    pub fn see_past_call(&self, call: PastCall) -> Option<Seen<PastCall>> {
        let Some(part) = self.part() else { return Some(Seen::new(call)) };
        let mut call = call;
        if let Some(cut) = &part.cut
            && !cut_call(cut, part, &mut call)
        {
            return None;
        }
        if part.mask == Mask::OutsideNumbers {
            mask_call(part, &mut call);
        }
        Some(Seen::new(call))
    }

    /// A finished visit likewise.
    pub fn see_past_visit(&self, visit: PastVisit) -> Option<Seen<PastVisit>> {
        let Some(part) = self.part() else { return Some(Seen::new(visit)) };
        let mut visit = visit;
        if part.cut.as_ref().is_some_and(|cut| !cut.queues().contains(&visit.queue)) {
            return None;
        }
        if part.mask == Mask::OutsideNumbers {
            mask_visit(part, &mut visit);
        }
        Some(Seen::new(visit))
    }
}

/// Takes out of a call what is not there; whether anything is.
fn cut_call(cut: &Cut, part: &Part, call: &mut PastCall) -> bool {
    call.visits.retain(|visit| cut.queues().contains(&visit.queue));
    if call.queue.as_ref().is_some_and(|queue| !cut.queues().contains(queue)) {
        (call.queue, call.queue_number, call.queue_name) = (None, None, None);
    }
    if !call.visits.is_empty() {
        return true;
    }
    let parties = [&call.from, &call.to].into_iter().filter_map(|party| party.number.as_ref());
    let legs = call.legs.iter().map(|leg| &leg.number);
    if !parties.chain(legs).any(|number| cut.extensions().contains(number)) {
        return false;
    }
    let is_absent = |number: &Number| cut.lacks(number, &part.inside);
    for party in [&mut call.from, &mut call.to] {
        if party.number.as_ref().is_some_and(is_absent) {
            *party = Party::default();
        }
    }
    call.legs.retain(|leg| !is_absent(&leg.number));
    call.answered_by.take_if(|number| is_absent(number));
    true
}

fn mask_call(part: &Part, call: &mut PastCall) {
    let did = call.did.as_deref();
    let ours = |number: &Number| did == Some(number.as_str()) || part.inside.has(number);
    let mut masked = false;
    for party in [&mut call.from, &mut call.to] {
        masked |= hide_number(party.number.as_mut(), ours) | hide_name(party.name.as_mut());
    }
    for leg in &mut call.legs {
        masked |= hide_number(Some(&mut leg.number), ours) | hide_name(leg.name.as_mut());
    }
    masked |= hide_number(call.answered_by.as_mut(), ours);
    for visit in &mut call.visits {
        mask_visit(part, visit);
        masked |= visit.masked;
    }
    call.masked = masked;
}

fn mask_visit(part: &Part, visit: &mut PastVisit) {
    let number = hide_number(visit.number.as_mut(), |number| part.inside.has(number));
    visit.masked = hide_name(visit.name.as_mut()) | number;
}
