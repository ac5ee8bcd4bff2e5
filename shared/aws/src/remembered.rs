//! The ids that this instance saw accepted: a redelivered record is settled without being sent again.

use std::collections::{HashSet, VecDeque};

/// The most recent ids, up to a bound.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    ids: HashSet<String>,
    oldest_first: VecDeque<String>,
}

/// Two of the largest batches that an event source mapping delivers, in a few megabytes.
const MAX_IDS: usize = 20_000;

impl Remembered {
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn insert(&mut self, id: String) {
        if !self.ids.insert(id.clone()) {
            return;
        }
        self.oldest_first.push_back(id);
        if self.oldest_first.len() > MAX_IDS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
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
