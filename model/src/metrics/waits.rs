//! A multiset of waits, exact to the millisecond, that answers "how many within" and "which is the n-th" without a walk
//! over all of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Waits are also counted by blocks of 2^14 ms, 16 s: of an hour's waits a question then reads some 200 blocks and the
/// values of one, of a good queue's some ten.
const BLOCK_BITS: u32 = 14;

/// Waits with how often each occurs. A wait may be taken out before it is put in: counts below zero are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waits {
    #[serde(with = "crate::pairs")]
    each: BTreeMap<u32, i32>,
    #[serde(with = "crate::pairs")]
    blocks: BTreeMap<u32, i32>,
    /// How many there are.
    pub count: i64,
    /// The sum of all, in milliseconds.
    pub sum: i64,
}

impl Waits {
    /// Adds `wait`, in milliseconds, `times` times.
    pub fn add(&mut self, wait: u32, times: i32) {
        bump(&mut self.each, wait, times);
        bump(&mut self.blocks, wait >> BLOCK_BITS, times);
        self.count += i64::from(times);
        self.sum += i64::from(wait) * i64::from(times);
    }

    /// Adds all of another multiset.
    pub fn add_all(&mut self, other: &Self) {
        for (wait, times) in &other.each {
            self.add(*wait, *times);
        }
    }

    /// How many are shorter than `limit` milliseconds.
    pub fn shorter_than(&self, limit: u64) -> i64 {
        let Ok(limit) = u32::try_from(limit) else { return self.count };
        let block = limit >> BLOCK_BITS;
        let whole = self.blocks.range(..block).map(|(_, times)| i64::from(*times));
        let rest = self.each.range(block << BLOCK_BITS..limit).map(|(_, times)| i64::from(*times));
        whole.chain(rest).sum()
    }

    /// The smallest wait that `percent` of all do not exceed (nearest rank).
    pub fn percentile(&self, percent: i64) -> Option<u32> {
        let mut left = (self.count * percent + 99) / 100;
        if left <= 0 {
            return None;
        }
        for (block, times) in &self.blocks {
            if i64::from(*times) < left {
                left -= i64::from(*times);
                continue;
            }
            for (wait, times) in self.each.range(block << BLOCK_BITS..) {
                left -= i64::from(*times);
                if left <= 0 {
                    return Some(*wait);
                }
            }
        }
        None
    }

    /// The longest.
    pub fn longest(&self) -> Option<u32> {
        self.each.last_key_value().map(|(wait, _)| *wait)
    }
}

/// Adds to a count, and forgets it where it comes to nothing.
pub(super) fn bump<K: Ord>(counts: &mut BTreeMap<K, i32>, key: K, times: i32) {
    use std::collections::btree_map::Entry;
    match counts.entry(key) {
        Entry::Vacant(place) => {
            place.insert(times);
        }
        Entry::Occupied(mut place) => {
            *place.get_mut() += times;
            if *place.get() == 0 {
                place.remove();
            }
        }
    }
}
