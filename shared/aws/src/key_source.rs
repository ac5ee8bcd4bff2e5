//! Where data keys come from, and how requests for them end.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use user_events_core::DataKey;

/// The source of new data keys.
pub trait KeySource: Send + Sync + 'static {
    /// A new data key for a class.
    ///
    /// Fails when none is available now.
    fn generate(&self, class: &'static str) -> impl Future<Output = Result<DataKey, KeyUnavailable>> + Send;
}

/// Why no data key was available. The log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUnavailable {
    /// The service refused the key itself: it is disabled, is to be deleted, does not exist, or may not be used. No retry
    /// helps before somebody changes that.
    Refused,
    /// The service was asked too often.
    Throttled,
    /// The service failed, or did not answer in time.
    Failed,
}

/// Requests for data keys, by their results.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct KeyRequests {
    /// All of them.
    pub sent: u64,
    /// Those that failed with [`KeyUnavailable::Refused`].
    pub refused: u64,
    /// Those that failed with [`KeyUnavailable::Throttled`].
    pub throttled: u64,
    /// Those that failed with [`KeyUnavailable::Failed`].
    pub failed: u64,
}

/// Counts requests as they end. Clones share the counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct KeyResults(Arc<Mutex<KeyRequests>>);

impl KeyResults {
    /// A request ended: with a key, or for this reason without one.
    pub(crate) fn count(&self, unavailable: Option<&KeyUnavailable>) {
        let mut requests = self.lock();
        requests.sent += 1;
        match unavailable {
            None => {}
            Some(KeyUnavailable::Refused) => requests.refused += 1,
            Some(KeyUnavailable::Throttled) => requests.throttled += 1,
            Some(KeyUnavailable::Failed) => requests.failed += 1,
        }
    }

    /// The requests that ended since this was last asked.
    pub(crate) fn take(&self) -> KeyRequests {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, KeyRequests> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
