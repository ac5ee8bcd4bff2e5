//! The cached data keys and denials, within their limits.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::keys::Unwrapped;
use super::limits::KeyLimits;

/// Whether KMS unwrapped a data key, and the key.
#[derive(Clone)]
pub(super) enum Answer {
    /// The data key. Its memory is overwritten with zeros when the last owner drops it.
    Key(Arc<Zeroizing<Vec<u8>>>),
    NotGranted,
}

/// A request to KMS: unwrap the data key of a class.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) class: &'a str,
    pub(super) key_arn: &'a str,
    /// The wrapped key in base64.
    pub(super) wrapped: &'a str,
}

pub(super) struct Kept {
    limits: KeyLimits,
    /// By the wrapped key. KMS wraps a key for one class under one key, so the text identifies both.
    keys: LruCache<String, Key>,
    denied: LruCache<(String, String), Instant>,
}

struct Key {
    class: String,
    key_arn: String,
    key: Arc<Zeroizing<Vec<u8>>>,
    unwrapped: Instant,
}

impl Kept {
    pub(super) fn new(limits: KeyLimits) -> Self {
        // An unbounded cache that is then resized does not allocate its whole size at once.
        let most = NonZeroUsize::new(limits.max_keys).unwrap_or(NonZeroUsize::MIN);
        let (mut keys, mut denied) = (LruCache::unbounded(), LruCache::unbounded());
        keys.resize(most);
        denied.resize(most);
        Self { limits, keys, denied }
    }

    /// The cached answer; `None` if none is cached or it has expired.
    pub(super) fn get(&mut self, asked: Asked<'_>) -> Option<Answer> {
        if let Some(key) = self.keys.get(asked.wrapped)
            && key.class == asked.class
            && key.key_arn == asked.key_arn
        {
            let is_valid = key.unwrapped.elapsed() < self.limits.max_age;
            return is_valid.then(|| Answer::Key(Arc::clone(&key.key)));
        }
        if self.denied.is_empty() {
            return None;
        }
        let denied = self.denied.get(&asked.class_and_key())?;
        (denied.elapsed() < self.limits.denial_age).then_some(Answer::NotGranted)
    }

    /// Drops expired answers, then caches the answer of KMS.
    pub(super) fn put(&mut self, asked: Asked<'_>, unwrapped: Unwrapped) -> Answer {
        let (limits, now) = (self.limits, Instant::now());
        drop_old(&mut self.keys, |key| {
            now.duration_since(key.unwrapped) >= limits.max_age
        });
        drop_old(&mut self.denied, |denied| {
            now.duration_since(*denied) >= limits.denial_age
        });
        match unwrapped {
            Unwrapped::Key(key) => {
                let key = Arc::new(key);
                let entry = Key {
                    class: asked.class.to_owned(),
                    key_arn: asked.key_arn.to_owned(),
                    key: Arc::clone(&key),
                    unwrapped: now,
                };
                self.keys.put(asked.wrapped.to_owned(), entry);
                Answer::Key(key)
            }
            Unwrapped::NotGranted => {
                self.denied.put(asked.class_and_key(), now);
                Answer::NotGranted
            }
        }
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.keys.len()
    }
}

impl Asked<'_> {
    fn class_and_key(&self) -> (String, String) {
        (self.class.to_owned(), self.key_arn.to_owned())
    }
}

fn drop_old<K: Clone + Eq + Hash, V>(cache: &mut LruCache<K, V>, is_old: impl Fn(&V) -> bool) {
    let old: Vec<K> = cache
        .iter()
        .filter(|(_, value)| is_old(value))
        .map(|(key, _)| key.clone())
        .collect();
    for key in old {
        cache.pop(&key);
    }
}
