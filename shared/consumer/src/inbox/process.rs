//! Handles an event under a lease.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::SystemTime;

use futures_util::FutureExt;

use super::claim::Claim;
use super::handle::Inbox;
use super::lease::{Lease, LeaseError};
use super::store::{Store, StoreError};
use crate::received::ReceivedEvent;

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
    /// Another handler holds a lease of the event, or crashed with it.
    #[error("another handler has the event; leave the message to the queue until the lease ends")]
    InProgress {
        /// When the lease ends.
        until: SystemTime,
    },
    /// An event with this id and another content was claimed or handled before, so one of the two is forged.
    #[error("an event with this id and another content was handled before; set the message aside")]
    OtherContent,
    /// The lease was lost while the effect ran, and the effect was cancelled. It may have happened in part.
    #[error("the lease was lost, and the effect was cancelled")]
    Lost,
    /// The effect happened, but could not be recorded: it may happen again.
    #[error("the effect happened, but the event was not marked as handled: {0}")]
    NotCompleted(LeaseError),
    /// The store did not answer, and the effect did not happen.
    #[error("{0}")]
    Store(StoreError),
}

/// How an effect ended.
enum Ended<T> {
    Returned(T),
    Panicked(Box<dyn std::any::Any + Send>),
    Lost,
}

impl<S: Store> Inbox<S> {
    /// Claims the event, runs the effect, and completes the claim. While the effect runs, the lease is renewed after
    /// each third of it, so the effect may take longer than a lease, and the event waits only briefly after a crash. The
    /// effect gets its lease. An effect that fails or panics releases the claim, so that the next delivery can try at
    /// once.
    ///
    /// If the lease is lost, the effect is cancelled: its future is dropped at its next `await`. An effect that blocks
    /// the thread prevents the renewals.
    ///
    /// Fails when the effect fails, when another handler has the event, when the lease is lost, and when the store does
    /// not answer. In these cases leave the message to the queue. Fails also for an event that must be set aside
    /// ([`OtherContent`](ProcessError::OtherContent)).
    pub async fn process<T, E>(
        &self,
        event: &ReceivedEvent,
        effect: impl AsyncFnOnce(&Lease<S>) -> Result<T, E>,
    ) -> Result<Processed<T>, ProcessError<E>> {
        let lease = match self.claim(event).await.map_err(ProcessError::Store)? {
            Claim::Fresh(lease) => lease,
            Claim::Completed => return Ok(Processed::Duplicate),
            Claim::InProgress { until } => return Err(ProcessError::InProgress { until }),
            Claim::OtherContent => return Err(ProcessError::OtherContent),
        };
        let ended = tokio::select! {
            biased;
            returned = AssertUnwindSafe(effect(&lease)).catch_unwind() => match returned {
                Ok(returned) => Ended::Returned(returned),
                Err(panic) => Ended::Panicked(panic),
            },
            () = lease.keep() => Ended::Lost,
        };
        match ended {
            Ended::Returned(Ok(done)) => {
                // First the snapshot: a marker that was completed before would be a duplicate, and never complete it.
                if let Some(write) = self.completion(event) {
                    let failed = |error| ProcessError::NotCompleted(LeaseError::Store(error));
                    self.store.write(&write).await.map_err(failed)?;
                }
                match lease.complete().await {
                    Ok(()) => Ok(Processed::Done(done)),
                    Err(error) => Err(ProcessError::NotCompleted(error)),
                }
            }
            Ended::Returned(Err(error)) => {
                give_up(lease).await;
                Err(ProcessError::Effect(error))
            }
            Ended::Panicked(panic) => {
                give_up(lease).await;
                resume_unwind(panic)
            }
            Ended::Lost => Err(ProcessError::Lost),
        }
    }
}

async fn give_up<S: Store>(lease: Lease<S>) {
    if let Err(store) = lease.release().await {
        tracing::warn!(error = %store, "a lease could not be released and ends at its time");
    }
}
