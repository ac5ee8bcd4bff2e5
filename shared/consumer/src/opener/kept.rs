//! The cached data keys and denials, within their limits.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;
use user_events_core::{ContentKey, OpenError};
use zeroize::Zeroizing;

use super::keys::Unwrapped;
use super::limits::KeyLimits;

/// Whether KMS unwrapped a data key, and the key.
#[derive(Clone)]
pub(super) enum Answer {
    /// The data key. Its memory is overwritten with zeros when the last owner drops it.
    Key(Arc<DataKey>),
    NotGranted,
}

/// An unwrapped data key.
pub(super) struct DataKey {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// The key, ready to decrypt tokens without a person's share; the error of a key that has not 32 bytes.
    pub(super) content_key: Result<ContentKey, OpenError>,
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
    /// Both by the wrapped key. KMS wraps a key for one class under one key, so the text identifies both.
    keys: LruCache<String, Entry<Arc<DataKey>>>,
    denied: LruCache<String, Entry<()>>,
}

struct Entry<V> {
    class: String,
    key_arn: String,
    value: V,
    since: Instant,
}

impl<V> Entry<V> {
    fn new(asked: Asked<'_>, value: V, since: Instant) -> Self {
        Self {
            class: asked.class.to_owned(),
            key_arn: asked.key_arn.to_owned(),
            value,
            since,
        }
    }

    fn is_for(&self, asked: Asked<'_>) -> bool {
        self.class == asked.class && self.key_arn == asked.key_arn
    }
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
        if let Some(entry) = self.keys.get(asked.wrapped)
            && entry.is_for(asked)
        {
            let is_valid = entry.since.elapsed() < self.limits.max_age;
            return is_valid.then(|| Answer::Key(Arc::clone(&entry.value)));
        }
        if self.denied.is_empty() {
            return None;
        }
        let denied = self
            .denied
            .get(asked.wrapped)
            .filter(|entry| entry.is_for(asked))?;
        (denied.since.elapsed() < self.limits.denial_age).then_some(Answer::NotGranted)
    }

    /// Drops expired answers, then caches the answer of KMS.
    pub(super) fn put(&mut self, asked: Asked<'_>, unwrapped: Unwrapped) -> Answer {
        let (limits, now) = (self.limits, Instant::now());
        drop_old(&mut self.keys, now, limits.max_age);
        drop_old(&mut self.denied, now, limits.denial_age);
        match unwrapped {
            Unwrapped::Key(bytes) => {
                let content_key = ContentKey::from_data_key(&bytes);
                let key = Arc::new(DataKey { bytes, content_key });
                let entry = Entry::new(asked, Arc::clone(&key), now);
                self.keys.put(asked.wrapped.to_owned(), entry);
                Answer::Key(key)
            }
            Unwrapped::NotGranted => {
                self.denied
                    .put(asked.wrapped.to_owned(), Entry::new(asked, (), now));
                Answer::NotGranted
            }
        }
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> usize {
        self.keys.len()
    }
}

fn drop_old<V>(cache: &mut LruCache<String, Entry<V>>, now: Instant, age: Duration) {
    let is_old = |entry: &Entry<V>| now.duration_since(entry.since) >= age;
    let old: Vec<String> = cache
        .iter()
        .filter(|(_, entry)| is_old(entry))
        .map(|(key, _)| key.clone())
        .collect();
    for key in old {
        cache.pop(&key);
    }
}
