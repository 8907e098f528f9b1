//! A text's place in a fixed list, in one look: a hash table that the compiler builds.

/// The places of a list's texts. `SLOTS` is a power of two; twice the number of texts is quick.
pub(super) struct Places<const TEXTS: usize, const SLOTS: usize> {
    texts: &'static [&'static str; TEXTS],
    keys: [Key; TEXTS],
    /// A text's place plus 1; 0 is a free slot.
    slots: [u8; SLOTS],
}

/// A text's first and last eight bytes: the whole of it up to sixteen, which nearly all are, and so compared without
/// a call. Of a shorter text first and last four, or all.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    first: u64,
    last: u64,
    length: usize,
}

impl Key {
    const NONE: Self = Self { first: 0, last: 0, length: 0 };

    const fn of(text: &[u8]) -> Self {
        let length = text.len();
        if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
            return Self { first: u64::from_le_bytes(*first), last: u64::from_le_bytes(*last), length };
        }
        if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
            let (first, last) = (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64);
            return Self { first, last, length };
        }
        let (mut first, mut at) = (0, 0);
        while at < length {
            first = first << 8 | text[at] as u64;
            at += 1;
        }
        Self { first, last: 0, length }
    }

    /// The highest bits of a product depend on all bits of what was multiplied.
    #[expect(clippy::cast_possible_truncation, reason = "what is left is smaller than `slots`")]
    const fn slot(self, slots: usize) -> usize {
        let mixed = (self.first ^ self.last.rotate_left(23)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (u64::BITS - slots.trailing_zeros())) as usize
    }
}

impl<const TEXTS: usize, const SLOTS: usize> Places<TEXTS, SLOTS> {
    pub(super) const fn of(texts: &'static [&'static str; TEXTS]) -> Self {
        assert!(SLOTS.is_power_of_two() && TEXTS < SLOTS && TEXTS < 256);
        let (mut keys, mut slots) = ([Key::NONE; TEXTS], [0; SLOTS]);
        let mut place: u8 = 0;
        while (place as usize) < TEXTS {
            let key = Key::of(texts[place as usize].as_bytes());
            keys[place as usize] = key;
            let mut slot = key.slot(SLOTS);
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            place += 1;
            slots[slot] = place;
        }
        Self { texts, keys, slots }
    }

    /// The place of a text, if it is in the list.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let key = Key::of(text.as_bytes());
        let mut slot = key.slot(SLOTS);
        // There is always a free slot.
        loop {
            let place = usize::from(self.slots[slot]).checked_sub(1)?;
            if self.keys[place] == key && (key.length <= 16 || self.texts[place] == text) {
                return Some(place);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as full as one may be, so that texts collide.
    #[test]
    fn texts_of_one_slot_are_told_apart() {
        static PLACES: Places<7, 8> =
            Places::of(&["", "ab", "ba", "abcde", "abcdefgh", "abcdefghijklmnop", "abcdefgh-3-ijklmnop"]);
        for (place, text) in PLACES.texts.iter().enumerate() {
            assert_eq!(PLACES.find(text), Some(place));
        }
        for other in [
            "b",
            "\0ab",
            "ab\0",
            "abcd",
            "abcdbcde",
            "abcdefg",
            "abcdefghabcdefgh",
            "abcdefgh-4-ijklmnop",
            "abcdefgh\0\0",
        ] {
            assert_eq!(PLACES.find(other), None, "{other:?}");
        }
    }
}
