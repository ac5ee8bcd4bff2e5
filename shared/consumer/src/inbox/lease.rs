//! The right to handle one event for a while.

use super::handle::Inbox;
use super::store::{Row, RowKey, Rule, Store, StoreError, Written};

/// The right to handle one event, for the time that the settings say. A lease that is dropped ends by itself at its time,
/// as after a crash.
#[derive(Debug)]
pub struct Lease<S> {
    pub(super) inbox: Inbox<S>,
    pub(super) key: RowKey,
    pub(super) owner: String,
}

/// Why a lease could not be completed or renewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// The lease had ended, and another handler claimed the event since. The effect may happen twice.
    #[error("the lease ended and another handler has claimed the event; set a longer lease")]
    Lost,
    /// The store did not answer.
    #[error(transparent)]
    Store(StoreError),
}

impl<S: Store> Lease<S> {
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
            Written::Refused(Some(Row::Completed { owner: Some(owner) })) if owner == self.owner => Ok(()),
            Written::Refused(_) => Err(LeaseError::Lost),
        }
    }

    /// Starts the lease again from now, for a handler that takes long.
    ///
    /// Fails with [`LeaseError::Lost`] when another handler claimed the event after this lease had ended.
    pub async fn renew(&self) -> Result<(), LeaseError> {
        let now = self.inbox.now();
        let rule = Rule::Renew {
            owner: self.owner.clone(),
            lease_until: self.inbox.lease_until(now),
        };
        match self.write(rule, now).await? {
            Written::Done => Ok(()),
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

    async fn write(&self, rule: Rule, now: u64) -> Result<Written, LeaseError> {
        let write = self.inbox.write(self.key.clone(), rule, now);
        self.inbox.store.write(&write).await.map_err(LeaseError::Store)
    }
}
