//! The right to handle one event for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::handle::Inbox;
use super::key::RowKey;
use super::store::{Row, Rule, Store, StoreError, Written};
use crate::clock::time;

/// The right to handle one event, for the time that the settings say. A lease that is dropped ends by itself at its time,
/// as after a crash.
#[derive(Debug)]
pub struct Lease<S> {
    inbox: Inbox<S>,
    key: RowKey,
    owner: String,
    end: Mutex<End>,
}

/// When a lease ends.
#[derive(Debug, Clone, Copy)]
struct End {
    /// By the clock that all consumers share, in milliseconds since 1970.
    milliseconds: u64,
    /// By this process.
    instant: Instant,
}

/// Why a lease could not be completed or renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// The lease had ended, and another handler claimed the event since. The effect may happen twice.
    #[error("the lease ended and another handler has claimed the event")]
    Lost,
    /// The store did not answer.
    #[error(transparent)]
    Store(StoreError),
}

impl<S: Store> Lease<S> {
    /// A lease that ends at this time, and was asked for at this instant.
    pub(super) fn new(inbox: Inbox<S>, key: RowKey, owner: String, until: u64, asked: Instant) -> Self {
        let end = End {
            milliseconds: until,
            instant: asked + inbox.settings.lease,
        };
        Self {
            inbox,
            key,
            owner,
            end: Mutex::new(end),
        }
    }

    /// When the lease ends, unless it is renewed again.
    pub fn until(&self) -> SystemTime {
        time(self.end().milliseconds)
    }

    /// Marks the event as handled: every later claim is [`Completed`](super::Claim::Completed).
    ///
    /// Fails with [`LeaseError::Lost`] when another handler claimed the event after this lease had ended.
    pub async fn complete(self) -> Result<(), LeaseError> {
        let now = self.inbox.now();
        let rule = Rule::Complete {
            owner: self.owner.clone(),
            now,
        };
        match self.write(rule, now).await? {
            Written::Done => Ok(()),
            // The store's client repeated a write, because the first answer was lost.
            Written::Refused(Some(Row::Completed {
                owner: Some(owner), ..
            })) if owner == self.owner => Ok(()),
            Written::Refused(_) => Err(LeaseError::Lost),
        }
    }

    /// Starts the lease again from now. Call it right before a step that must not happen twice: if it succeeds, no
    /// other handler has the event for the length of a lease.
    ///
    /// Fails with [`LeaseError::Lost`] when another handler claimed the event after this lease had ended.
    pub async fn renew(&self) -> Result<(), LeaseError> {
        let (now, asked) = (self.inbox.now(), Instant::now());
        let lease_until = self.inbox.lease_until(now);
        let rule = Rule::Renew {
            owner: self.owner.clone(),
            lease_until,
        };
        match self.write(rule, now).await? {
            Written::Done => {
                *self.end() = End {
                    milliseconds: lease_until,
                    instant: asked + self.inbox.settings.lease,
                };
                Ok(())
            }
            Written::Refused(_) => Err(LeaseError::Lost),
        }
    }

    /// Releases the event without having handled it: the next claim is fresh. A lost lease needs no release.
    ///
    /// Fails when the store does not answer; the lease then ends at its time.
    pub async fn release(self) -> Result<(), StoreError> {
        let rule = Rule::Release {
            owner: self.owner.clone(),
        };
        let write = self.inbox.write(self.key.clone(), rule, self.inbox.now());
        self.inbox.store.write(&write).await.map(|_| ())
    }

    /// Renews the lease after each third of it. Returns when it is lost: another handler has claimed the event, or may
    /// have, because no renewal succeeded until the lease ended.
    pub(super) async fn keep(&self) {
        let third = self.inbox.settings.lease / 3;
        loop {
            let end = self.end().instant;
            sleep_until(end.min(Instant::now() + third)).await;
            // The effect may have renewed it meanwhile.
            let end = self.end().instant;
            if Instant::now() >= end {
                return;
            }
            if let Ok(Err(LeaseError::Lost)) = timeout_at(end, self.renew()).await {
                return;
            }
        }
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, rule: Rule, now: u64) -> Result<Written, LeaseError> {
        let write = self.inbox.write(self.key.clone(), rule, now);
        self.inbox.store.write(&write).await.map_err(LeaseError::Store)
    }
}
