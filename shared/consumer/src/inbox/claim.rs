//! Handling under a lease.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use user_events_core::random_nonce;

use super::store::{Row, RowKey, Rule, Store, StoreError, Written};
use super::{Inbox, milliseconds};
use crate::received::ReceivedEvent;

/// What a claim came to.
#[derive(Debug)]
pub enum Claim<S> {
    /// The event is this handler's: it was not handled yet, or its last handler's lease is over.
    Fresh(Lease<S>),
    /// It was handled: a duplicate. Delete the message.
    Completed,
    /// Another handler has it. Leave the message to the queue: that handler may yet fail.
    InProgress {
        /// When its lease ends.
        until: SystemTime,
    },
}

/// The right to handle one event, for as long as the settings say. A lease that is dropped is over at its time, as after
/// a crash.
#[derive(Debug)]
pub struct Lease<S> {
    inbox: Inbox<S>,
    key: RowKey,
    owner: String,
}

/// Why a lease could not be completed or renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseError {
    /// It was over, and another handler claimed the event since. The effect may happen twice.
    Lost,
    /// The store could not be asked.
    Store(StoreError),
}

/// What became of an event that was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processed<T> {
    /// The effect happened now.
    Done(T),
    /// The event had been handled before; the effect was left out.
    Duplicate,
}

/// Why an event was not processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessError<E> {
    /// The effect failed. The claim was given back where that was possible.
    Effect(E),
    /// Another handler has the event.
    InProgress,
    /// The effect happened, and its completion did not: it may happen again.
    NotCompleted(LeaseError),
    /// The store could not be asked, and the effect did not happen.
    Store(StoreError),
}

impl<S: Store> Inbox<S> {
    /// Claims the event for this handler.
    ///
    /// Fails when the store cannot be asked. The claim may have been made then: if so, the event is
    /// [`InProgress`](Claim::InProgress) until the lease is over.
    pub async fn claim(&self, event: &ReceivedEvent) -> Result<Claim<S>, StoreError> {
        let now = self.settings.clock.milliseconds();
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
            // The store's client tried again after an answer that was lost.
            Written::Refused(Some(Row::Claimed { owner, .. })) if owner == lease.owner => Claim::Fresh(lease),
            Written::Refused(Some(Row::Claimed { lease_until, .. })) => Claim::InProgress {
                until: SystemTime::UNIX_EPOCH + Duration::from_millis(lease_until),
            },
            Written::Refused(Some(_)) => Claim::Completed,
            // It was there a moment ago, and another handler has given it back since.
            Written::Refused(None) => Claim::InProgress {
                until: SystemTime::UNIX_EPOCH + Duration::from_millis(now),
            },
        })
    }

    /// Claims the event, lets the effect happen, and completes the claim. After an effect that failed the claim is given
    /// back, so that the next delivery can have it at once.
    ///
    /// Fails when the effect does, when another handler has the event, and when the store cannot be asked: leave the
    /// message to the queue each time.
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
                    tracing::warn!(error = %store, "a claim was not given back and is over at its time");
                }
                Err(ProcessError::Effect(error))
            }
        }
    }
}

impl<S: Store> Lease<S> {
    /// Marks the event as handled: every later claim is [`Completed`](Claim::Completed).
    ///
    /// Fails with [`LeaseError::Lost`] when another handler claimed the event after this lease was over.
    pub async fn complete(self) -> Result<(), LeaseError> {
        let now = self.now();
        let rule = Rule::Complete {
            owner: self.owner.clone(),
            now,
        };
        match self.make(rule, now).await? {
            Written::Done => Ok(()),
            // The store's client tried again after an answer that was lost.
            Written::Refused(Some(Row::Completed { owner: Some(owner) })) if owner == self.owner => Ok(()),
            Written::Refused(_) => Err(LeaseError::Lost),
        }
    }

    /// Begins the lease anew, for a handler that takes long. It ends as long after now as the settings say.
    ///
    /// Fails with [`LeaseError::Lost`] when another handler claimed the event after this lease was over.
    pub async fn renew(&self) -> Result<(), LeaseError> {
        let now = self.now();
        let rule = Rule::Renew {
            owner: self.owner.clone(),
            lease_until: now.saturating_add(milliseconds(self.inbox.settings.lease)),
        };
        match self.make(rule, now).await? {
            Written::Done => Ok(()),
            Written::Refused(_) => Err(LeaseError::Lost),
        }
    }

    /// Gives the event back, not handled: the next claim is fresh. A lease that was lost needs no giving back.
    ///
    /// Fails when the store cannot be asked; the lease is then over at its time.
    pub async fn release(self) -> Result<(), StoreError> {
        let rule = Rule::Release {
            owner: self.owner.clone(),
        };
        let write = self.inbox.write(self.key.clone(), rule, self.now());
        self.inbox.store.write(&write).await.map(|_| ())
    }

    async fn make(&self, rule: Rule, now: u64) -> Result<Written, LeaseError> {
        let write = self.inbox.write(self.key.clone(), rule, now);
        self.inbox.store.write(&write).await.map_err(LeaseError::Store)
    }

    fn now(&self) -> u64 {
        self.inbox.settings.clock.milliseconds()
    }
}

/// A text that no other claim has: 96 random bits.
fn new_owner() -> Result<String, StoreError> {
    let bits = random_nonce().map_err(|_| StoreError { code: None })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bits))
}

impl fmt::Display for LeaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str(
                "the lease was over and another handler has claimed the event; set a longer lease",
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LeaseError {}

impl<E: fmt::Display> fmt::Display for ProcessError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Effect(error) => error.fmt(f),
            Self::InProgress => f.write_str("another handler has the event; leave the message to the queue"),
            Self::NotCompleted(error) => write!(f, "the effect happened and was not completed: {error}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for ProcessError<E> {}
