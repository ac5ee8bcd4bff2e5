//! The cache of unwrapped data keys: one request per key, however many callers wait for it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use user_events_core::OpenError;

use super::failure::Cause;
use super::flights::Flights;
use super::kept::{Answer, Asked, Kept};
use super::keys::{UnwrapKey, WrappedKey};
use super::limits::KeyLimits;

/// The longest wrapped key (AWS KMS API Reference, *Decrypt*, `CiphertextBlob`).
const MAX_WRAPPED_BYTES: usize = 6_144;

pub(super) struct Cache<S> {
    source: S,
    kept: Mutex<Kept>,
    flights: Flights<Result<Answer, Cause>>,
}

impl<S: UnwrapKey> Cache<S> {
    pub(super) fn new(source: S, limits: KeyLimits) -> Self {
        Self {
            source,
            kept: Mutex::new(Kept::new(limits)),
            flights: Flights::default(),
        }
    }

    /// The data key, or that the class is not granted.
    ///
    /// Fails when the wrapped key is not base64, and when the source fails.
    pub(super) async fn get(&self, class: &str, key_arn: &str, wrapped: &str) -> Result<Answer, Cause> {
        let asked = Asked {
            class,
            key_arn,
            wrapped,
        };
        if let Some(answer) = self.kept().get(asked) {
            return Ok(answer);
        }
        let name = format!("{class}\n{key_arn}\n{wrapped}");
        let kept = || self.kept().get(asked).map(Ok);
        self.flights.share(name, kept, self.ask(asked)).await
    }

    async fn ask(&self, asked: Asked<'_>) -> Result<Answer, Cause> {
        let bytes = wrapped_bytes(asked.wrapped)?;
        let wrapped = WrappedKey {
            class: asked.class,
            key_arn: asked.key_arn,
            bytes: &bytes,
        };
        let unwrapped = self.source.unwrap_key(wrapped).await?;
        Ok(self.kept().put(asked, unwrapped))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wrapped key in bytes.
///
/// Fails when the text is not canonical base64 of 1 to 6,144 bytes.
pub(super) fn wrapped_bytes(wrapped: &str) -> Result<Vec<u8>, Cause> {
    let bytes = BASE64_STANDARD.decode(wrapped).unwrap_or_default();
    if (1..=MAX_WRAPPED_BYTES).contains(&bytes.len()) {
        Ok(bytes)
    } else {
        Err(Cause::Refused(OpenError::Malformed))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::time::Duration;

    use tokio::time::Instant;
    use zeroize::Zeroizing;

    use super::super::keys::Unwrapped;
    use super::*;

    /// Unwraps a key to its own bytes after ten milliseconds; the class `address` is not granted.
    #[derive(Default)]
    struct Counting {
        asked: Arc<AtomicU64>,
        down: Arc<AtomicBool>,
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

    type Setup = (Cache<Counting>, Arc<AtomicU64>, Arc<AtomicBool>);

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
            Ok(Answer::Key(key)) => key.bytes.to_vec(),
            _ => panic!("no key"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_waiting_callers_share_one_request_and_its_key() {
        let (cache, asked, _) = cache(10);
        let keys = futures_util::future::join_all((0..50).map(|_| key(&cache, "AAAA"))).await;
        assert!(keys.iter().all(|key| key == &[0; 3]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(cache.flights.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn many_waiting_callers_share_one_failure_and_the_next_one_asks_again() {
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
    async fn a_caller_that_gives_up_leaves_the_request_to_the_next() {
        let (cache, asked, _) = cache(10);
        let given_up = tokio::time::timeout(Duration::from_millis(5), cache.get("contact", "arn", "AAAA"));
        let (given_up, patient) = tokio::join!(given_up, key(&cache, "AAAA"));
        assert!(given_up.is_err());
        assert_eq!(patient, [0; 3]);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(cache.flights.is_empty());
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
    async fn one_key_past_the_limit_evicts_the_least_recently_used() {
        let (cache, asked, _) = cache(2);
        for wrapped in ["AAAA", "BBBB", "AAAA", "CCCC", "AAAA"] {
            key(&cache, wrapped).await;
        }
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        key(&cache, "BBBB").await;
        assert_eq!(asked.load(Ordering::Relaxed), 4);
        assert_eq!(cache.kept().keys(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_evicted_or_expired_key_is_dropped_and_so_overwritten() {
        let (cache, ..) = cache(1);
        let held = async |wrapped| match cache.get("contact", "arn", wrapped).await {
            Ok(Answer::Key(key)) => Arc::downgrade(&key),
            _ => panic!("no key"),
        };
        let first = held("AAAA").await;
        assert!(first.upgrade().is_some());
        let second = held("BBBB").await;
        assert!(first.upgrade().is_none(), "evicted");
        tokio::time::advance(Duration::from_secs(300)).await;
        assert!(cache.get("address", "arn", "CCCC").await.is_ok());
        assert!(second.upgrade().is_none(), "expired");
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_holds_for_its_data_key_until_its_age_and_for_no_other() {
        let (cache, asked, _) = cache(10);
        let denied = async |wrapped| {
            let answer = cache.get("address", "arn", wrapped).await;
            assert!(matches!(answer, Ok(Answer::NotGranted)));
            asked.load(Ordering::Relaxed)
        };
        assert_eq!(denied("AAAA").await, 1);
        assert_eq!(denied("AAAA").await, 1);
        assert_eq!(denied("BBBB").await, 2);
        assert!(cache.get("address", "another", "AAAA").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(denied("BBBB").await, 4);
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
    async fn a_wrapped_key_that_is_not_base64_is_refused_before_the_source_is_asked() {
        let (cache, asked, _) = cache(10);
        for wrapped in ["!", "", "AAA", "AAB=", &"A".repeat(8_196)] {
            let refused = cache.get("contact", "arn", wrapped).await;
            assert!(
                matches!(refused, Err(Cause::Refused(OpenError::Malformed))),
                "{wrapped}"
            );
        }
        assert_eq!(asked.load(Ordering::Relaxed), 0);
    }
}
