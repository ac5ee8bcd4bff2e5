//! The cached rows of persons, within their limits.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::limits::KeyLimits;
use super::subject_key::{Row, SubjectKey};

/// The longest time that a secret is kept, whatever the limits of the caller: an erasure promises it.
const MAX_SECRET_AGE: Duration = Duration::from_secs(300);

/// Secrets for a time, tombstones until they are evicted.
pub(super) struct KeptPersons {
    max_age: Duration,
    rows: LruCache<String, (Row, Instant)>,
}

impl KeptPersons {
    pub(super) fn new(limits: KeyLimits) -> Self {
        // An unbounded cache that is then resized does not allocate its whole size at once.
        let mut rows = LruCache::unbounded();
        rows.resize(NonZeroUsize::new(limits.max_keys).unwrap_or(NonZeroUsize::MIN));
        Self {
            max_age: limits.max_age.min(MAX_SECRET_AGE),
            rows,
        }
    }

    /// The row of this name; `None` if none is kept. A secret that is too old is dropped.
    pub(super) fn get(&mut self, name: &str) -> Option<Row> {
        let (row, since) = self.rows.get(name)?;
        if is_over(row, *since, Instant::now(), self.max_age) {
            self.rows.pop(name);
            return None;
        }
        Some(Arc::clone(row))
    }

    /// Drops secrets that are too old, then keeps this row, which was asked for at `since`.
    pub(super) fn put(&mut self, name: &str, row: Row, since: Instant) {
        let (max_age, now) = (self.max_age, Instant::now());
        let over = self.rows.iter();
        let over = over.filter(|(_, (row, since))| is_over(row, *since, now, max_age));
        let over: Vec<String> = over.map(|(name, _)| name.clone()).collect();
        for name in over {
            self.rows.pop(&name);
        }
        // A read that took long may bring a secret after a tombstone, which is final.
        let is_erased = |(kept, _): &(Row, Instant)| matches!(**kept, SubjectKey::Erased);
        if !is_over(&row, since, now, max_age) && !self.rows.peek(name).is_some_and(is_erased) {
            self.rows.put(name.to_owned(), (row, since));
        }
    }

    /// Drops the row of this name, unless it is a tombstone.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some((row, _)) = self.rows.peek(name)
            && matches!(**row, SubjectKey::Secret { .. })
        {
            self.rows.pop(name);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

fn is_over(row: &Row, since: Instant, now: Instant, max_age: Duration) -> bool {
    matches!(**row, SubjectKey::Secret { .. }) && now.duration_since(since) >= max_age
}
