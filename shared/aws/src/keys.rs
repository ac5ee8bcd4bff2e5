//! Data keys: one per class, reused within limits, replaced before they expire, kept in memory only.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::time::Instant;
use user_events_core::{DataKey, KeyRing, encryption_context};
use zeroize::Zeroizing;

/// The source of new data keys.
pub trait KeySource: Send + Sync + 'static {
    /// A new data key for a class.
    ///
    /// Fails when none is available now.
    fn generate(&self, class: &'static str) -> impl Future<Output = Result<DataKey, KeyUnavailable>> + Send;
}

/// No data key was available. The log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUnavailable;

/// How long and how often a data key can be used.
#[derive(Debug, Clone, Copy)]
pub struct KeyLimits {
    /// The age at which a key is no longer used.
    pub max_age: Duration,
    /// The most messages that one key seals.
    pub max_messages: u64,
}

/// The current data keys. For each class at most one request is under way, and all callers share its key.
#[derive(Debug)]
pub struct DataKeys<S> {
    source: Arc<S>,
    limits: KeyLimits,
    slots: Mutex<BTreeMap<&'static str, Arc<Slot>>>,
}

type Slot = tokio::sync::Mutex<Option<Current>>;

#[derive(Debug)]
struct Current {
    key: Arc<DataKey>,
    fetched: Instant,
    messages: u64,
    refreshing: bool,
}

impl<S: KeySource> DataKeys<S> {
    /// No keys yet: the key of a class is fetched when it is first needed.
    pub fn new(source: S, limits: KeyLimits) -> Self {
        Self {
            source: Arc::new(source),
            limits,
            slots: Mutex::default(),
        }
    }

    /// The key for one more message of the class.
    ///
    /// Fails when no key is usable and no new one is available.
    pub async fn for_one_message(&self, class: &'static str) -> Result<Arc<DataKey>, KeyUnavailable> {
        let slot = self.slot(class);
        // The lock is held during a request, so later callers wait for the same key ("single flight").
        let mut current = slot.lock().await;
        match current.as_mut().filter(|current| current.is_usable(self.limits)) {
            Some(current) => {
                current.messages += 1;
                if current.is_due(self.limits) && !current.refreshing {
                    current.refreshing = true;
                    self.refresh(class, Arc::clone(&slot));
                }
                Ok(Arc::clone(&current.key))
            }
            None => {
                // An expired key is dropped, and so zeroed, even if no new one is available.
                *current = None;
                let fresh = Current::new(self.source.generate(class).await?);
                let key = Arc::clone(&current.insert(Current { messages: 1, ..fresh }).key);
                Ok(key)
            }
        }
    }

    /// The keys for one more message of each of these classes, as far as they are available. A class without a key
    /// joins `unavailable`, and is not asked for again.
    pub async fn ring(&self, classes: &[&'static str], unavailable: &mut BTreeSet<&'static str>) -> KeyRing {
        let mut ring = KeyRing::new();
        for class in classes {
            if unavailable.contains(class) {
                continue;
            }
            match self.for_one_message(class).await {
                Ok(key) => {
                    ring.insert(class, key);
                }
                Err(KeyUnavailable) => {
                    unavailable.insert(class);
                }
            }
        }
        ring
    }

    /// Fetches the key of a class in advance, so that the first message does not wait for it.
    ///
    /// Fails when none is available now.
    pub async fn warm(&self, class: &'static str) -> Result<(), KeyUnavailable> {
        let slot = self.slot(class);
        let mut current = slot.lock().await;
        if current.is_none() {
            *current = Some(Current::new(self.source.generate(class).await?));
        }
        Ok(())
    }

    /// Replaces the key of a class in the background, while the current one stays in use.
    fn refresh(&self, class: &'static str, slot: Arc<Slot>) {
        let source = Arc::clone(&self.source);
        tokio::spawn(async move {
            let fresh = source.generate(class).await;
            let mut current = slot.lock().await;
            match fresh {
                Ok(key) => *current = Some(Current::new(key)),
                Err(KeyUnavailable) => {
                    if let Some(current) = current.as_mut() {
                        current.refreshing = false;
                    }
                }
            }
        });
    }

    fn slot(&self, class: &'static str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(class).or_default())
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

/// Data keys from KMS, wrapped under one key.
#[derive(Debug, Clone)]
pub struct KmsKeys {
    client: Client,
    key_arn: String,
}

impl KmsKeys {
    /// Data keys that are wrapped under the KMS key with this ARN.
    pub fn new(client: Client, key_arn: String) -> Self {
        Self { client, key_arn }
    }
}

impl KeySource for KmsKeys {
    async fn generate(&self, class: &'static str) -> Result<DataKey, KeyUnavailable> {
        let answer = self
            .client
            .generate_data_key()
            .key_id(&self.key_arn)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(encryption_context(class).into_iter().collect()))
            .send()
            .await
            .map_err(|error| {
                tracing::warn!(
                    class,
                    code = error.code(),
                    "no data key: KMS refused or could not be reached"
                );
                KeyUnavailable
            })?;
        let key = answer
            .plaintext
            .zip(answer.ciphertext_blob)
            .and_then(|(plaintext, wrapped)| {
                let plaintext = Zeroizing::new(plaintext.into_inner());
                let mut bytes = Zeroizing::new([0; 32]);
                (plaintext.len() == bytes.len()).then(|| {
                    bytes.copy_from_slice(&plaintext);
                    DataKey {
                        plaintext: bytes,
                        wrapped: BASE64_STANDARD.encode(wrapped),
                        key_arn: answer.key_id.unwrap_or_else(|| self.key_arn.clone()),
                    }
                })
            });
        key.ok_or_else(|| {
            tracing::warn!(class, "no data key: the answer of KMS contains no 256-bit key");
            KeyUnavailable
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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
                return Err(KeyUnavailable);
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

    #[tokio::test(start_paused = true)]
    async fn many_callers_share_one_request() {
        let (keys, generated, _) = keys(1_000);
        let waiting = (0..50).map(|_| keys.for_one_message("contact"));
        let answers = futures_util::future::join_all(waiting).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(generated.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_replaced_before_it_expires_and_no_caller_waits_for_it() {
        let (keys, _, _) = keys(1_000);
        assert_eq!(keys.for_one_message("contact").await.unwrap().wrapped, "0");
        tokio::time::advance(Duration::from_secs(240)).await;
        assert_eq!(keys.for_one_message("contact").await.unwrap().wrapped, "0");
        tokio::time::sleep(Duration::from_millis(11)).await;
        assert_eq!(keys.for_one_message("contact").await.unwrap().wrapped, "1");
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_key_is_not_used_even_when_there_is_no_other() {
        let (keys, _, down) = keys(1_000);
        keys.for_one_message("contact").await.unwrap();
        down.store(true, Ordering::Relaxed);
        tokio::time::advance(Duration::from_secs(299)).await;
        assert!(keys.for_one_message("contact").await.is_ok());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(keys.for_one_message("contact").await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_seals_exactly_as_many_messages_as_allowed() {
        let (keys, _, _) = keys(5);
        let mut used = Vec::new();
        for _ in 0..6 {
            used.push(keys.for_one_message("contact").await.unwrap().wrapped.clone());
        }
        assert_eq!(used, ["0", "0", "0", "0", "0", "1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn classes_do_not_share_a_key() {
        let (keys, generated, _) = keys(10);
        keys.for_one_message("contact").await.unwrap();
        keys.for_one_message("address").await.unwrap();
        assert_eq!(generated.load(Ordering::Relaxed), 2);
    }
}
