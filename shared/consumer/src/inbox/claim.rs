//! Handles an event under a lease.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use user_events_core::random_nonce;

use super::handle::Inbox;
use super::lease::{Lease, LeaseError};
use super::store::{Row, Rule, Store, StoreError, Written};
use crate::received::ReceivedEvent;

/// The result of a claim.
#[derive(Debug)]
pub enum Claim<S> {
    /// This handler may handle the event: it is not handled yet, and no other lease of it is running.
    Fresh(Lease<S>),
    /// The event was handled before: a duplicate. Delete the message.
    Completed,
    /// Another handler holds a lease of the event. Leave the message to the queue, because that handler may still fail.
    InProgress {
        /// When its lease ends.
        until: SystemTime,
    },
}

/// The result of processing an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processed<T> {
    /// The effect happened now.
    Done(T),
    /// The event had been handled before; the effect was skipped.
    Duplicate,
}

/// Why an event was not processed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError<E> {
    /// The effect failed. The lease was released, unless the store did not answer.
    #[error("{0}")]
    Effect(E),
    /// Another handler holds a lease of the event.
    #[error("another handler has the event; leave the message to the queue")]
    InProgress,
    /// The effect happened, but could not be recorded: it may happen again.
    #[error("the effect happened, but the event was not marked as handled: {0}")]
    NotCompleted(LeaseError),
    /// The store did not answer, and the effect did not happen.
    #[error("{0}")]
    Store(StoreError),
}

impl<S: Store> Inbox<S> {
    /// Claims the event for this handler.
    ///
    /// Fails when the store does not answer. The claim may still have been written: then the event is
    /// [`InProgress`](Claim::InProgress) until the lease ends.
    pub async fn claim(&self, event: &ReceivedEvent) -> Result<Claim<S>, StoreError> {
        let now = self.now();
        let lease = Lease {
            inbox: self.clone(),
            key: self.event_key(event.id()),
            owner: new_owner()?,
        };
        let rule = Rule::Claim {
            owner: lease.owner.clone(),
            lease_until: self.lease_until(now),
            now,
        };
        let written = self
            .store
            .write(&self.write(lease.key.clone(), rule, now))
            .await?;
        Ok(match written {
            Written::Done => Claim::Fresh(lease),
            // The store's client repeated a write, because the first answer was lost.
            Written::Refused(Some(Row::Claimed { owner, .. })) if owner == lease.owner => Claim::Fresh(lease),
            Written::Refused(Some(Row::Claimed { lease_until, .. })) => Claim::InProgress {
                until: SystemTime::UNIX_EPOCH + Duration::from_millis(lease_until),
            },
            Written::Refused(Some(_)) => Claim::Completed,
            // The row existed a moment ago, but its handler has released it since.
            Written::Refused(None) => Claim::InProgress {
                until: SystemTime::UNIX_EPOCH + Duration::from_millis(now),
            },
        })
    }

    /// Claims the event, runs the effect, and completes the claim. After a failed effect it releases the claim, so that
    /// the next delivery can try at once.
    ///
    /// Fails when the effect fails, when another handler has the event, and when the store does not answer. In each
    /// case leave the message to the queue.
    pub async fn process<T, E>(
        &self,
        event: &ReceivedEvent,
        effect: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Processed<T>, ProcessError<E>> {
        let lease = match self.claim(event).await.map_err(ProcessError::Store)? {
            Claim::Fresh(lease) => lease,
            Claim::Completed => return Ok(Processed::Duplicate),
            Claim::InProgress { .. } => return Err(ProcessError::InProgress),
        };
        match effect().await {
            Ok(done) => match lease.complete().await {
                Ok(()) => Ok(Processed::Done(done)),
                Err(error) => Err(ProcessError::NotCompleted(error)),
            },
            Err(error) => {
                if let Err(store) = lease.release().await {
                    tracing::warn!(error = %store, "a lease could not be released and ends at its time");
                }
                Err(ProcessError::Effect(error))
            }
        }
    }
}

/// A name that no other claim has: 96 random bits.
fn new_owner() -> Result<String, StoreError> {
    let bits = random_nonce().map_err(|_| StoreError { code: None })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits))
}
