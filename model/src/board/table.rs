//! Things by their ids, each at a place that others remember it by: an id is looked for once an event, and a place is
//! a number. What a row shows never depends on places, nor on the order in which a table is walked.

use std::{
    borrow::Borrow,
    collections::{HashMap, hash_map::RandomState},
    hash::{BuildHasher, Hash, Hasher},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A place in a table.
pub(super) trait Place: Copy {
    fn new(index: usize) -> Self;
    fn index(self) -> usize;
}

macro_rules! place {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(u32);

        impl Place for $name {
            fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

place!(
    /// An extension's, or a number's that may turn out to be one.
    ExtensionAt,
    /// A queue's, by id or by number.
    QueueAt,
    /// A call's.
    CallAt,
);

/// Makes hashes that nobody outside of the process foresees: it is random.
#[derive(Clone, Copy, Debug)]
struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

/// A hash of a short text: each eight bytes are multiplied in, and the product's halves are folded. It takes a tenth of what
/// the standard library's takes, which guards against senders of colliding ids; here the seed does, and the PBX, which
/// makes the ids.
#[derive(Clone, Copy, Debug)]
struct Mixer(u64);

impl Mixer {
    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = (product as u64) ^ ((product >> u64::BITS) as u64);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let last = rest.iter().fold(0, |last, byte| last << 8 | u64::from(*byte));
            self.mix(last);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(byte.into());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Ids and things, by place; `None` where a place is free.
type Slots<I, V> = Vec<Option<Box<(I, V)>>>;

/// Things by their ids.
#[derive(Clone, Debug)]
pub(super) struct Table<I, P, V> {
    slots: Slots<I, V>,
    /// Places that are free again, the next one last.
    free: Vec<P>,
    places: HashMap<I, P, Seed>,
}

impl<I, P, V> Default for Table<I, P, V> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), places: HashMap::default() }
    }
}

impl<I: Clone + Eq + Hash + Borrow<str>, P: Place, V: Default> Table<I, P, V> {
    pub fn find(&self, id: &str) -> Option<P> {
        self.places.get(id).copied()
    }

    /// Its place, made if need be.
    pub fn obtain(&mut self, id: &I) -> P {
        if let Some(place) = self.places.get(id.borrow()) {
            return *place;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            P::new(self.slots.len() - 1)
        });
        self.slots[place.index()] = Some(Box::new((id.clone(), V::default())));
        self.places.insert(id.clone(), place);
        place
    }

    pub fn get(&self, place: P) -> Option<&V> {
        self.slots.get(place.index())?.as_ref().map(|slot| &slot.1)
    }

    pub fn get_mut(&mut self, place: P) -> Option<&mut V> {
        self.slots.get_mut(place.index())?.as_mut().map(|slot| &mut slot.1)
    }

    /// Id and thing.
    pub fn at(&self, place: P) -> Option<(&I, &V)> {
        self.slots.get(place.index())?.as_ref().map(|slot| (&slot.0, &slot.1))
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, place: P) -> Option<(&I, &mut V)> {
        self.slots.get_mut(place.index())?.as_mut().map(|slot| (&slot.0, &mut slot.1))
    }

    /// The thing of an id, made if need be.
    pub fn entry(&mut self, id: &I) -> (P, &mut V) {
        let place = self.obtain(id);
        (place, &mut self.slots[place.index()].get_or_insert_with(|| Box::new((id.clone(), V::default()))).1)
    }

    pub fn named(&self, id: &str) -> Option<&V> {
        self.get(self.find(id)?)
    }

    pub fn remove(&mut self, place: P) -> Option<V> {
        let (id, value) = *self.slots.get_mut(place.index())?.take()?;
        self.places.remove(id.borrow());
        self.free.push(place);
        Some(value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (P, &I, &V)> {
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| slot.as_ref().map(|slot| (P::new(index), &slot.0, &slot.1)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (P, &mut V)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter_map(|(index, slot)| slot.as_mut().map(|slot| (P::new(index), &mut slot.1)))
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }
}

impl<I: Serialize, P: Serialize, V: Serialize> Serialize for Table<I, P, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.slots, &self.free).serialize(serializer)
    }
}

impl<'de, I, P, V> Deserialize<'de> for Table<I, P, V>
where
    I: Deserialize<'de> + Clone + Eq + Hash,
    P: Deserialize<'de> + Place,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (slots, free): (Slots<I, V>, Vec<P>) = Deserialize::deserialize(deserializer)?;
        let used = slots.iter().enumerate();
        let places = used
            .filter_map(|(index, slot)| slot.as_ref().map(|slot| (slot.0.clone(), P::new(index))))
            .collect();
        Ok(Self { slots, free, places })
    }
}
