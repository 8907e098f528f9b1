//! What the journal does not keep of the last deliveries: by which method one came, how soon it was answered, and whether
//! the same bytes came before. In memory, so after a start it is unknown.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Mutex, PoisonError},
};

use model::{
    id::{Seq, TenantId},
    time::UnixMillis,
};

use crate::config::Method;

/// So many deliveries of a tenant are remembered: those of the list.
const TOLD_MAX: usize = 1000;

/// So many bodies of a tenant are known again. The PBX repeats one for half an hour at most.
const BODIES_MAX: usize = 16_384;

/// What is told of one delivery.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// How its sender proved itself; `None` by nothing, or by what no PBX has.
    pub method: Option<Method>,
    /// From the headers to the answer, in microseconds.
    pub took_us: u32,
    /// When the same bytes came first, and how often by now, this time included.
    pub same_as: Option<(UnixMillis, u32)>,
}

/// The last deliveries of all tenants.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<TenantId, OfTenant>>);

#[derive(Debug, Default)]
struct OfTenant {
    told: BTreeMap<Seq, Told>,
    bodies: HashMap<u64, (UnixMillis, u32)>,
    /// In the order in which they came.
    order: VecDeque<u64>,
}

/// Names a body. Two bodies of one name would be called the same in a list; nothing is dropped by it.
pub fn fingerprint(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

impl Recent {
    /// Remembers a delivery that was kept.
    pub fn took(
        &self,
        tenant: &TenantId,
        seq: Seq,
        at: UnixMillis,
        body: u64,
        method: Option<Method>,
        took_us: u32,
    ) {
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !tenants.contains_key(tenant) {
            tenants.insert(tenant.clone(), OfTenant::default());
        }
        let Some(of) = tenants.get_mut(tenant) else { return };
        let same_as = if let Some((first, times)) = of.bodies.get_mut(&body) {
            *times += 1;
            Some((*first, *times))
        } else {
            of.bodies.insert(body, (at, 1));
            of.order.push_back(body);
            None
        };
        if of.order.len() > BODIES_MAX
            && let Some(oldest) = of.order.pop_front()
        {
            of.bodies.remove(&oldest);
        }
        of.told.insert(seq, Told { method, took_us, same_as });
        if of.told.len() > TOLD_MAX {
            of.told.pop_first();
        }
    }

    /// What is remembered of a delivery.
    pub fn told(&self, tenant: &TenantId, seq: Seq) -> Option<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(tenant)?.told.get(&seq).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_known_again_by_when_they_came_first_and_how_often() {
        let (recent, acme, other) = (Recent::default(), TenantId::from("acme"), TenantId::from("other"));
        let take = |tenant: &TenantId, seq, body: &[u8]| {
            recent.took(tenant, Seq(seq), UnixMillis(seq.cast_signed()), fingerprint(body), None, 7);
            recent.told(tenant, Seq(seq)).unwrap().same_as
        };
        assert_eq!(take(&acme, 1, b"one"), None);
        assert_eq!(take(&acme, 2, b"two"), None);
        assert_eq!(take(&other, 3, b"one"), None, "another tenant's is another");
        assert_eq!(take(&acme, 4, b"one"), Some((UnixMillis(1), 2)));
        assert_eq!(take(&acme, 5, b"one"), Some((UnixMillis(1), 3)));
        for seq in 6..1100 {
            take(&acme, seq, &seq.to_le_bytes());
        }
        assert!(recent.told(&acme, Seq(5)).is_none() && recent.told(&acme, Seq(1099)).is_some());
    }
}
