//! Unwrapped data keys, kept within bounds; one request per key, however many wait for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::time::Instant;
use user_events_core::OpenError;
use zeroize::Zeroizing;

use super::failure::Cause;
use super::keys::{UnwrapKey, Unwrapped, WrappedKey};

/// How many data keys are kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The most keys; the least recently used one makes room. 1,024 by default: a publisher makes one per class, function
    /// instance and five minutes.
    pub max_keys: usize,
    /// The age beyond which a key is not used, 5 minutes by default. For as long, a grant that was withdrawn still
    /// opens what is sealed by a key at hand. A key that is too old is dropped when the next one comes.
    pub max_age: Duration,
    /// How long a denial is believed, 30 seconds by default: a class that is granted afterwards opens so much later at
    /// most. A denial holds for a class and a KMS key, whatever the data key.
    pub denial_age: Duration,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self {
            max_keys: 1_024,
            max_age: Duration::from_secs(300),
            denial_age: Duration::from_secs(30),
        }
    }
}

#[derive(Clone)]
pub(super) enum Answer {
    Key(Arc<Zeroizing<Vec<u8>>>),
    NotGranted,
}

pub(super) struct Cache<S> {
    source: S,
    limits: KeyLimits,
    kept: RwLock<Kept>,
    flights: Mutex<HashMap<String, Arc<Flight>>>,
    clock: AtomicU64,
}

#[derive(Default)]
struct Kept {
    /// By the wrapped key. KMS wraps a key for one class under one key, so no other can be meant by the same text.
    keys: HashMap<String, Key>,
    denied: HashMap<(String, String), Instant>,
}

struct Key {
    class: String,
    key_arn: String,
    key: Arc<Zeroizing<Vec<u8>>>,
    unwrapped: Instant,
    used: AtomicU64,
}

/// A request under way. Whoever waits for the lock while it is made shares its answer, a failure included: a thousand
/// who wait for a service that is down must not ask it one after the other.
#[derive(Default)]
struct Flight {
    finished: AtomicU64,
    last: tokio::sync::Mutex<Option<Result<Answer, Cause>>>,
}

impl<S: UnwrapKey> Cache<S> {
    pub(super) fn new(source: S, limits: KeyLimits) -> Self {
        Self {
            source,
            limits,
            kept: RwLock::default(),
            flights: Mutex::default(),
            clock: AtomicU64::new(0),
        }
    }

    /// The data key, or that the class is not granted.
    ///
    /// Fails when the wrapped key is no base64, and as the source does.
    pub(super) async fn get(&self, class: &str, key_arn: &str, wrapped: &str) -> Result<Answer, Cause> {
        if let Some(answer) = self.kept(class, key_arn, wrapped) {
            return Ok(answer);
        }
        let boarded = Boarded::new(&self.flights, format!("{class}\n{key_arn}\n{wrapped}"));
        let seen = boarded.flight.finished.load(Ordering::Acquire);
        let mut last = boarded.flight.last.lock().await;
        if boarded.flight.finished.load(Ordering::Acquire) > seen
            && let Some(answer) = last.as_ref()
        {
            return answer.clone();
        }
        // An earlier flight may have landed before this one was boarded.
        if let Some(answer) = self.kept(class, key_arn, wrapped) {
            return Ok(answer);
        }
        let answer = self.ask(class, key_arn, wrapped).await;
        *last = Some(answer.clone());
        boarded.flight.finished.fetch_add(1, Ordering::Release);
        answer
    }

    fn kept(&self, class: &str, key_arn: &str, wrapped: &str) -> Option<Answer> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.keys.get(wrapped)
            && key.class == class
            && key.key_arn == key_arn
        {
            if key.unwrapped.elapsed() >= self.limits.max_age {
                return None;
            }
            let now = self.clock.fetch_add(1, Ordering::Relaxed);
            key.used.store(now, Ordering::Relaxed);
            return Some(Answer::Key(Arc::clone(&key.key)));
        }
        if kept.denied.is_empty() {
            return None;
        }
        let denied = kept.denied.get(&(class.to_owned(), key_arn.to_owned()))?;
        (denied.elapsed() < self.limits.denial_age).then_some(Answer::NotGranted)
    }

    async fn ask(&self, class: &str, key_arn: &str, wrapped: &str) -> Result<Answer, Cause> {
        let bytes = BASE64_STANDARD
            .decode(wrapped)
            .map_err(|_| Cause::Refused(OpenError::Malformed))?;
        let asked = WrappedKey {
            class,
            key_arn,
            bytes: &bytes,
        };
        let unwrapped = self.source.unwrap_key(asked).await?;
        let now = Instant::now();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.make_room(self.limits, now);
        Ok(match unwrapped {
            Unwrapped::Key(key) => {
                let key = Arc::new(key);
                let entry = Key {
                    class: class.to_owned(),
                    key_arn: key_arn.to_owned(),
                    key: Arc::clone(&key),
                    unwrapped: now,
                    used: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)),
                };
                kept.keys.insert(wrapped.to_owned(), entry);
                Answer::Key(key)
            }
            Unwrapped::NotGranted => {
                kept.denied.insert((class.to_owned(), key_arn.to_owned()), now);
                Answer::NotGranted
            }
        })
    }
}

impl Kept {
    /// Drops what is too old, and what was used longest ago if there is no room for one more.
    fn make_room(&mut self, limits: KeyLimits, now: Instant) {
        self.keys
            .retain(|_, key| now.duration_since(key.unwrapped) < limits.max_age);
        self.denied
            .retain(|_, denied| now.duration_since(*denied) < limits.denial_age);
        let most = limits.max_keys.max(1);
        while self.keys.len() >= most {
            let oldest = self
                .keys
                .iter()
                .min_by_key(|(_, key)| key.used.load(Ordering::Relaxed));
            let Some(oldest) = oldest.map(|(wrapped, _)| wrapped.clone()) else {
                return;
            };
            self.keys.remove(&oldest);
        }
        if self.denied.len() >= most {
            self.denied.clear();
        }
    }
}

/// A place in a flight. The last one to leave takes the flight away, also when it was cancelled.
struct Boarded<'a> {
    flights: &'a Mutex<HashMap<String, Arc<Flight>>>,
    name: String,
    flight: Arc<Flight>,
}

impl<'a> Boarded<'a> {
    fn new(flights: &'a Mutex<HashMap<String, Arc<Flight>>>, name: String) -> Self {
        let flight = Arc::clone(lock(flights).entry(name.clone()).or_default());
        Self {
            flights,
            name,
            flight,
        }
    }
}

impl Drop for Boarded<'_> {
    fn drop(&mut self) {
        let mut flights = lock(self.flights);
        // The map's and this one: nobody else is aboard, and nobody can board while the lock is held.
        if Arc::strong_count(&self.flight) <= 2 {
            flights.remove(&self.name);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unwraps a key to its own bytes after ten milliseconds; the class `address` is not granted.
    #[derive(Default)]
    struct Counting {
        asked: Arc<AtomicU64>,
        down: Arc<std::sync::atomic::AtomicBool>,
    }

    impl UnwrapKey for Counting {
        async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.down.load(Ordering::Relaxed) {
                return Err(Cause::Kms(Some("KMSInternalException".to_owned())));
            }
            Ok(match wrapped.class {
                "address" => Unwrapped::NotGranted,
                _ => Unwrapped::Key(Zeroizing::new(wrapped.bytes.to_vec())),
            })
        }
    }

    type Setup = (
        Cache<Counting>,
        Arc<AtomicU64>,
        Arc<std::sync::atomic::AtomicBool>,
    );

    fn cache(max_keys: usize) -> Setup {
        let source = Counting::default();
        let (asked, down) = (Arc::clone(&source.asked), Arc::clone(&source.down));
        let limits = KeyLimits {
            max_keys,
            ..KeyLimits::default()
        };
        (Cache::new(source, limits), asked, down)
    }

    async fn key(cache: &Cache<Counting>, wrapped: &str) -> Vec<u8> {
        match cache.get("contact", "arn", wrapped).await {
            Ok(Answer::Key(key)) => key.to_vec(),
            _ => panic!("no key"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_wait_share_one_request_and_its_key() {
        let (cache, asked, _) = cache(10);
        let keys = futures_util::future::join_all((0..50).map(|_| key(&cache, "AAAA"))).await;
        assert!(keys.iter().all(|key| key == &[0; 3]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(lock(&cache.flights).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_wait_share_one_failure_and_the_next_one_asks_again() {
        let (cache, asked, down) = cache(10);
        down.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let waiting = (0..50).map(|_| cache.get("contact", "arn", "AAAA"));
        let answers = futures_util::future::join_all(waiting).await;
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(begun.elapsed(), Duration::from_millis(10));
        down.store(false, Ordering::Relaxed);
        assert_eq!(key(&cache, "AAAA").await, [0; 3]);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_gives_up_while_asking_leaves_the_request_to_the_next() {
        let (cache, asked, _) = cache(10);
        let given_up = tokio::time::timeout(Duration::from_millis(5), cache.get("contact", "arn", "AAAA"));
        let (given_up, patient) = tokio::join!(given_up, key(&cache, "AAAA"));
        assert!(given_up.is_err());
        assert_eq!(patient, [0; 3]);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(lock(&cache.flights).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_used_up_to_its_age_and_no_longer() {
        let (cache, asked, _) = cache(10);
        key(&cache, "AAAA").await;
        tokio::time::advance(Duration::from_millis(299_999)).await;
        key(&cache, "AAAA").await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        key(&cache, "AAAA").await;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_key_used_longest_ago_makes_room_for_one_past_the_limit() {
        let (cache, asked, _) = cache(2);
        for wrapped in ["AAAA", "BBBB", "AAAA", "CCCC", "AAAA"] {
            key(&cache, wrapped).await;
        }
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        key(&cache, "BBBB").await;
        assert_eq!(asked.load(Ordering::Relaxed), 4);
        assert_eq!(cache.kept.read().unwrap().keys.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_holds_for_the_class_and_the_kms_key_until_its_age() {
        let (cache, asked, _) = cache(10);
        for wrapped in ["AAAA", "BBBB"] {
            let answer = cache.get("address", "arn", wrapped).await;
            assert!(matches!(answer, Ok(Answer::NotGranted)));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        key(&cache, "AAAA").await;
        assert!(cache.get("address", "another", "AAAA").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(cache.get("address", "arn", "AAAA").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_not_given_to_another_class_or_kms_key() {
        let (cache, asked, _) = cache(10);
        key(&cache, "AAAA").await;
        assert!(cache.get("network", "arn", "AAAA").await.is_ok());
        assert!(cache.get("contact", "another", "AAAA").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_wrapped_key_that_is_no_base64_is_refused_before_anybody_is_asked() {
        let (cache, asked, _) = cache(10);
        let refused = cache.get("contact", "arn", "!").await;
        assert!(matches!(refused, Err(Cause::Refused(OpenError::Malformed))));
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}
