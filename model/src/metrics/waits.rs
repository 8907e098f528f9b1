//! A multiset of waits, exact to the millisecond, that answers "how many within" and "which is the n-th" without a walk
//! over all of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Waits are also counted by blocks of 2^12 ms, 4 s, so that a question reads a few dozen counts and the values of one
/// block.
const BLOCK_BITS: u32 = 12;

/// The last block has all that is longer, 70 minutes and more: one wait of weeks must not make a long list.
const BLOCK_LAST: u32 = 1023;

/// Waits with how often each occurs. A wait may be taken out before it is put in: counts below zero are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waits {
    #[serde(with = "crate::pairs")]
    each: BTreeMap<u32, i32>,
    /// Counts by block, without zeros at the end.
    blocks: Vec<i32>,
    /// How many there are.
    pub count: i64,
    /// The sum of all, in milliseconds.
    pub sum: i64,
}

impl Waits {
    /// Adds `wait`, in milliseconds, `times` times.
    pub fn add(&mut self, wait: u32, times: i32) {
        bump(&mut self.each, wait, times);
        let block = block(wait);
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, 0);
        }
        self.blocks[block] += times;
        while self.blocks.last() == Some(&0) {
            self.blocks.pop();
        }
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
        let block = block(limit);
        let whole = self.blocks.iter().take(block).map(|times| i64::from(*times));
        let rest = self.each.range(first_of(block)..limit).map(|(_, times)| i64::from(*times));
        whole.chain(rest).sum()
    }

    /// The smallest wait that `percent` of all do not exceed (nearest rank).
    pub fn percentile(&self, percent: i64) -> Option<u32> {
        let mut left = (self.count * percent + 99) / 100;
        let block = self.blocks.iter().position(|times| {
            left -= i64::from(*times);
            left <= 0
        })?;
        left += i64::from(self.blocks[block]);
        let reached = self.each.range(first_of(block)..).find(|(_, times)| {
            left -= i64::from(**times);
            left <= 0
        });
        reached.map(|(wait, _)| *wait)
    }

    /// The longest.
    pub fn longest(&self) -> Option<u32> {
        self.each.last_key_value().map(|(wait, _)| *wait)
    }
}

fn block(wait: u32) -> usize {
    (wait >> BLOCK_BITS).min(BLOCK_LAST) as usize
}

fn first_of(block: usize) -> u32 {
    u32::try_from(block << BLOCK_BITS).unwrap_or(u32::MAX)
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
