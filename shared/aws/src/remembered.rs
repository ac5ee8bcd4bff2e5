//! What this instance saw done: accepted events and parked records. What is delivered again is settled without doing it
//! again.

use lru::LruCache;
use uuid::Uuid;

/// The most recent identities, up to a bound.
#[derive(Debug)]
pub(crate) struct Remembered(LruCache<Uuid, ()>);

/// Two of the largest batches that an event source mapping delivers, with three events a record and each record parked,
/// in a few megabytes.
const MAX_IDS: usize = 2 * 10_000 * (3 + 1);

impl Default for Remembered {
    fn default() -> Self {
        // A bounded cache would reserve memory for all ids while the function starts.
        Self(LruCache::unbounded())
    }
}

impl Remembered {
    pub(crate) fn contains(&self, id: &Uuid) -> bool {
        self.0.contains(id)
    }

    pub(crate) fn insert(&mut self, id: Uuid) {
        self.0.put(id, ());
        if self.0.len() > MAX_IDS {
            self.0.pop_lru();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_id_is_forgotten_one_past_the_bound() {
        let mut remembered = Remembered::default();
        let id = |number: usize| Uuid::from_u128(number as u128);
        for number in 0..MAX_IDS {
            remembered.insert(id(number));
        }
        assert!(remembered.contains(&id(0)));
        remembered.insert(id(MAX_IDS));
        assert!(!remembered.contains(&id(0)) && remembered.contains(&id(1)));
        assert!(remembered.contains(&id(MAX_IDS)));
    }
}
