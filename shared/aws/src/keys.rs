//! Data keys: one per class, reused within limits, replaced before they expire, kept in memory only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use user_events_core::{DataKey, KeyRing};

use crate::backoff::Backoff;
use crate::key_source::{KeyRequests, KeyResults, KeySource, KeyUnavailable};

/// How long and how often a data key can be used.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The age at which a key is no longer used.
    pub max_age: Duration,
    /// The most messages that one key seals.
    pub max_messages: u64,
}

/// The longest time that a request for a key may take. Events that need no key do not wait for it.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);

/// The current data keys. For each class at most one request is under way, and all callers share its key. After a
/// failure, the next request waits for a pause, also across invocations.
#[derive(Debug)]
pub struct DataKeys<S> {
    source: Arc<S>,
    limits: KeyLimits,
    backoff: Arc<Backoff>,
    slots: Mutex<BTreeMap<&'static str, Arc<Slot>>>,
    results: KeyResults,
}

#[derive(Debug, Default)]
struct Slot {
    current: Mutex<Option<Current>>,
    /// Held during a request, so later callers wait for the same key ("single flight").
    requests: tokio::sync::Mutex<Requests>,
}

#[derive(Debug)]
struct Current {
    key: Arc<DataKey>,
    fetched: Instant,
    messages: u64,
    refreshing: bool,
}

/// The requests since the last one that succeeded.
#[derive(Debug, Default)]
struct Requests {
    failed: u32,
    /// The end of the pause after a failure.
    not_before: Option<Instant>,
}

impl<S: KeySource> DataKeys<S> {
    /// No keys yet: they are fetched when they are first needed.
    pub fn new(source: S, limits: KeyLimits) -> Self {
        Self {
            source: Arc::new(source),
            limits,
            backoff: Arc::default(),
            slots: Mutex::default(),
            results: KeyResults::default(),
        }
    }

    /// The requests that ended since this was last asked.
    pub(crate) fn take_requests(&self) -> KeyRequests {
        self.results.take()
    }

    /// The same keys with pauses that depend on this seed only.
    pub(crate) fn with_backoff_seed(self, seed: u64) -> Self {
        Self {
            backoff: Arc::new(Backoff::from_seed(seed)),
            ..self
        }
    }

    /// The keys for one more message of each of these classes.
    ///
    /// Fails with the first class that has no usable key; none of the keys then counts a message.
    pub fn ring(&self, classes: &[&'static str]) -> Result<KeyRing, &'static str> {
        if let Some(class) = classes.iter().find(|class| !self.has(class)) {
            return Err(class);
        }
        let mut ring = KeyRing::new();
        for class in classes {
            let slot = self.slot(class);
            let mut current = slot.lock();
            let Some(current) = current.as_mut() else {
                return Err(class);
            };
            current.messages += 1;
            ring.insert(class, Arc::clone(&current.key));
            if current.is_due(self.limits) && !current.refreshing {
                current.refreshing = true;
                self.refresh(class, Arc::clone(&slot));
            }
        }
        Ok(ring)
    }

    /// Whether there is a usable key of the class.
    pub fn has(&self, class: &'static str) -> bool {
        self.slot(class).has(self.limits)
    }

    /// Fetches a key of the class, unless there is a usable one. It first waits until the pause after the last failure
    /// is over.
    ///
    /// Fails when none is available now.
    pub async fn fetch(&self, class: &'static str) -> Result<(), KeyUnavailable> {
        let slot = self.slot(class);
        let mut requests = slot.requests.lock().await;
        if slot.has(self.limits) {
            return Ok(());
        }
        if let Some(not_before) = requests.not_before {
            tokio::time::sleep_until(not_before).await;
        }
        request(
            &*self.source,
            class,
            &slot,
            &mut requests,
            &self.backoff,
            &self.results,
        )
        .await
    }

    /// Replaces the key of a class in the background, while the current one stays in use.
    fn refresh(&self, class: &'static str, slot: Arc<Slot>) {
        let (source, backoff) = (Arc::clone(&self.source), Arc::clone(&self.backoff));
        let results = self.results.clone();
        tokio::spawn(async move {
            let mut requests = slot.requests.lock().await;
            let paused = requests.not_before.is_some_and(|at| Instant::now() < at);
            let fresh = if paused {
                None
            } else {
                Some(request(&*source, class, &slot, &mut requests, &backoff, &results).await)
            };
            if !matches!(fresh, Some(Ok(())))
                && let Some(current) = slot.lock().as_mut()
            {
                current.refreshing = false;
            }
        });
    }

    fn slot(&self, class: &'static str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(class).or_default())
    }
}

/// Asks the source once, within the limit, and keeps the key.
async fn request<S: KeySource>(
    source: &S,
    class: &'static str,
    slot: &Slot,
    requests: &mut Requests,
    backoff: &Backoff,
    results: &KeyResults,
) -> Result<(), KeyUnavailable> {
    let answer = tokio::time::timeout(REQUEST_LIMIT, source.generate(class)).await;
    if answer.is_err() {
        tracing::warn!(class, "no data key: KMS did not answer in time");
    }
    let answer = answer.unwrap_or(Err(KeyUnavailable::Failed));
    results.count(answer.as_ref().err());
    match answer {
        Ok(key) => {
            *slot.lock() = Some(Current::new(key));
            *requests = Requests::default();
            Ok(())
        }
        Err(unavailable) => {
            requests.failed = requests.failed.saturating_add(1);
            requests.not_before = Some(Instant::now() + backoff.pause(requests.failed));
            Err(unavailable)
        }
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, limits: KeyLimits) -> bool {
        let mut current = self.lock();
        let usable = current.as_ref().is_some_and(|current| current.is_usable(limits));
        if !usable {
            // An expired key is dropped, and so zeroed, even if no new one is available.
            *current = None;
        }
        usable
    }
}

impl Current {
    fn new(key: DataKey) -> Self {
        Self {
            key: Arc::new(key),
            fetched: Instant::now(),
            messages: 0,
            refreshing: false,
        }
    }

    fn is_usable(&self, limits: KeyLimits) -> bool {
        self.fetched.elapsed() < limits.max_age && self.messages < limits.max_messages
    }

    /// Whether four fifths of its age or of its messages are used up.
    fn is_due(&self, limits: KeyLimits) -> bool {
        self.fetched.elapsed() * 5 >= limits.max_age * 4
            || self.messages.saturating_mul(5) >= limits.max_messages.saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use zeroize::Zeroizing;

    use super::*;

    #[derive(Default)]
    struct Counting {
        generated: Arc<AtomicU64>,
        down: Arc<AtomicBool>,
    }

    impl KeySource for Counting {
        async fn generate(&self, _: &'static str) -> Result<DataKey, KeyUnavailable> {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.down.load(Ordering::Relaxed) {
                return Err(KeyUnavailable::Refused);
            }
            let number = self.generated.fetch_add(1, Ordering::Relaxed);
            Ok(DataKey {
                plaintext: Zeroizing::new([0; 32]),
                wrapped: number.to_string(),
                key_arn: String::new(),
            })
        }
    }

    fn keys(max_messages: u64) -> (DataKeys<Counting>, Arc<AtomicU64>, Arc<AtomicBool>) {
        let source = Counting::default();
        let (generated, down) = (Arc::clone(&source.generated), Arc::clone(&source.down));
        let limits = KeyLimits {
            max_age: Duration::from_secs(300),
            max_messages,
        };
        (DataKeys::new(source, limits), generated, down)
    }

    impl DataKeys<Counting> {
        /// The key of one more message.
        async fn next(&self) -> Result<String, KeyUnavailable> {
            if !self.has("contact") {
                self.fetch("contact").await?;
            }
            let ring = self.ring(&["contact"]).map_err(|_| KeyUnavailable::Failed)?;
            Ok(ring["contact"].wrapped.clone())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_share_one_request() {
        let (keys, generated, _) = keys(1_000);
        let waiting = (0..50).map(|_| keys.fetch("contact"));
        let answers = futures_util::future::join_all(waiting).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(generated.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_replaced_before_it_expires_and_no_caller_waits_for_it() {
        let (keys, _, _) = keys(1_000);
        assert_eq!(keys.next().await.unwrap(), "0");
        tokio::time::advance(Duration::from_secs(240)).await;
        assert_eq!(keys.next().await.unwrap(), "0");
        tokio::time::sleep(Duration::from_millis(11)).await;
        assert_eq!(keys.next().await.unwrap(), "1");
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_key_is_not_used_even_when_there_is_no_other() {
        let (keys, _, down) = keys(1_000);
        keys.next().await.unwrap();
        down.store(true, Ordering::Relaxed);
        tokio::time::advance(Duration::from_secs(299)).await;
        assert!(keys.next().await.is_ok());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keys.next().await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_seals_exactly_as_many_messages_as_allowed() {
        let (keys, _, _) = keys(5);
        let mut used = Vec::new();
        for _ in 0..6 {
            used.push(keys.next().await.unwrap());
        }
        assert_eq!(used, ["0", "0", "0", "0", "0", "1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_by_their_results_once() {
        let (keys, _, down) = keys(1_000);
        keys.fetch("contact").await.unwrap();
        down.store(true, Ordering::Relaxed);
        for _ in 0..2 {
            assert_eq!(keys.fetch("address").await, Err(KeyUnavailable::Refused));
        }
        let counted = KeyRequests {
            sent: 3,
            refused: 2,
            ..KeyRequests::default()
        };
        assert_eq!(keys.take_requests(), counted);
        assert_eq!(keys.take_requests(), KeyRequests::default());
    }

    #[tokio::test(start_paused = true)]
    async fn classes_do_not_share_a_key() {
        let (keys, generated, _) = keys(10);
        keys.fetch("contact").await.unwrap();
        keys.fetch("address").await.unwrap();
        assert_eq!(generated.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_lacks_one_key_uses_up_none() {
        let (keys, _, _) = keys(1);
        keys.fetch("contact").await.unwrap();
        assert_eq!(keys.ring(&["contact", "address"]).unwrap_err(), "address");
        assert!(keys.ring(&["contact"]).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_silent_is_left_after_two_seconds_and_asked_again_after_a_pause() {
        struct Silent(Arc<AtomicU64>);
        impl KeySource for Silent {
            async fn generate(&self, _: &'static str) -> Result<DataKey, KeyUnavailable> {
                self.0.fetch_add(1, Ordering::Relaxed);
                std::future::pending().await
            }
        }
        let asked = Arc::new(AtomicU64::new(0));
        let limits = KeyLimits {
            max_age: Duration::from_secs(300),
            max_messages: 5,
        };
        let keys = DataKeys::new(Silent(Arc::clone(&asked)), limits);
        let start = Instant::now();
        for _ in 0..1_000 {
            if start.elapsed() >= Duration::from_secs(600) {
                break;
            }
            assert!(keys.fetch("contact").await.is_err());
        }
        let asked = asked.load(Ordering::Relaxed);
        // Each request takes 2 s, and the pause after it grows to 2.5 to 5 s.
        assert!((80..150).contains(&asked), "{asked}");
    }
}
