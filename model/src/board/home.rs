//! Under which id a queue's facts are shown: they lie under its id, or, where an event gave only the number, under that.

use std::collections::BTreeMap;

use super::{
    Board,
    queue::{by_number, newest},
    register::{Intake, Stamp, keep_latest},
    settle::Dirty,
    table::QueueAt,
};
use crate::{
    entry::NumberKind,
    id::{Number, QueueId},
};

impl Board {
    /// Decides under which id the facts are shown that lie under a queue's number.
    pub(super) fn house(&mut self, number: &Number, dirty: &mut Dirty) {
        let key = by_number(number);
        let Some(place) = self.queues.find(key.as_str()) else { return };
        let told = self.queues.get(place).and_then(|queue| newest(&queue.ids));
        let listed = self.directory.get(number).filter(|entry| entry.kind == NumberKind::Queue);
        let home = told
            .or_else(|| listed.and_then(|entry| entry.queue.as_ref()))
            .filter(|home| **home != key)
            .cloned();
        let home = home.map(|home| self.queues.obtain(&home));
        let Some(queue) = self.queues.get_mut(place) else { return };
        let before = std::mem::replace(&mut queue.home, home);
        if before == home {
            return;
        }
        if let Some(queue) = before.and_then(|before| self.queues.get_mut(before)) {
            queue.joined.remove(&place);
        }
        if let Some(queue) = home.and_then(|home| self.queues.get_mut(home)) {
            queue.joined.insert(place);
        }
        let places = [Some(place), before, home];
        for shown in places.into_iter().flatten() {
            self.touch_queue(shown, &places, dirty);
        }
    }

    /// Everything that lies under `keys` may look different at `place`.
    fn touch_queue(&self, place: QueueAt, keys: &[Option<QueueAt>], dirty: &mut Dirty) {
        dirty.headings.push(place);
        for key in keys.iter().flatten() {
            let Some(queue) = self.queues.get(*key) else { continue };
            dirty.agents.extend(queue.agents.keys().map(|number| (place, *number)));
        }
        for (call, _, facts) in self.calls.iter() {
            if facts.stays.iter().any(|stay| keys.contains(&Some(stay.queue))) {
                dirty.callers.push((place, call));
                dirty.call_rows.push(call);
            }
        }
    }

    /// Where a key's facts are shown.
    pub(super) fn home(&self, key: QueueAt) -> QueueAt {
        self.queues.get(key).and_then(|queue| queue.home).unwrap_or(key)
    }

    /// Takes that a queue's id was given with a number.
    pub(super) fn hear_alias(
        &mut self,
        place: QueueAt,
        id: &QueueId,
        number: &Number,
        at: Stamp,
        intake: &mut Intake,
        dirty: &mut Dirty,
    ) {
        let (_, by_number) = self.queues.entry(&by_number(number));
        let ids = &mut by_number.ids;
        intake.ties += u64::from(!ids.contains_key(id) && ids.values().any(|other| other.t == at.t));
        keep(ids, id, at);
        let changed = self.queues.get_mut(place).is_some_and(|queue| keep(&mut queue.numbers, number, at));
        if changed {
            dirty.headings.push(place);
            let listed = self.directory.get(number).and_then(|entry| entry.queue.as_ref());
            dirty.headings.extend(listed.and_then(|id| self.queues.find(id.as_str())));
            self.house(number, dirty);
        }
    }
}

/// Keeps each key's latest stamp.
fn keep<K: Ord + Clone>(known: &mut BTreeMap<K, Stamp>, key: &K, at: Stamp) -> bool {
    let mut slot = known.get(key).copied();
    let better = keep_latest(&mut slot, at);
    if let Some(at) = slot.filter(|_| better) {
        known.insert(key.clone(), at);
    }
    better
}
