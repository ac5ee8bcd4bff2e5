//! The ids that this instance saw accepted: a record that is delivered again is settled without sending it again.

use lru::LruCache;

/// The most recent ids, up to a bound.
#[derive(Debug)]
pub(crate) struct Remembered(LruCache<String, ()>);

/// Two of the largest batches that an event source mapping delivers, in a few megabytes.
const MAX_IDS: usize = 20_000;

impl Default for Remembered {
    fn default() -> Self {
        // A bounded cache would reserve memory for all ids while the function starts.
        Self(LruCache::unbounded())
    }
}

impl Remembered {
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }

    pub(crate) fn insert(&mut self, id: String) {
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
        for number in 0..MAX_IDS {
            remembered.insert(number.to_string());
        }
        assert!(remembered.contains("0"));
        remembered.insert("one more".to_owned());
        assert!(!remembered.contains("0") && remembered.contains("1") && remembered.contains("one more"));
    }
}
