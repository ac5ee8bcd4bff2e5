//! Handles an event in one write with its effects.

use std::time::SystemTime;

use super::claim::{Refusal, refusal};
use super::handle::Inbox;
use super::store::{Row, StoreError, Transact, Transacted, Write};
use crate::received::ReceivedEvent;

/// The result of committing an event with its effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// The effects happened now.
    Done,
    /// The event had been handled before; the effects were skipped. Delete the message.
    Duplicate,
    /// Another handler holds a lease of the event, from [`claim`](Inbox::claim), or crashed with it. Leave the message to
    /// the queue, hidden until then.
    InProgress {
        /// When the lease ends.
        until: SystemTime,
    },
    /// An event with this id and another content was claimed or handled before, so one of the two is forged. Nothing was
    /// written. Set the message aside.
    OtherContent,
    /// A later event of the lane was handled before. Nothing was written, and the event is not recorded as handled.
    /// Call [`commit`](Inbox::commit) with the effects that still apply to a late event: a counter counts, a state
    /// stays.
    Stale,
    /// The condition of an effect failed; the number is its place among the effects. Nothing was written.
    EffectRefused(usize),
}

impl<S: Transact> Inbox<S> {
    /// Records the event as handled together with its effects: all of it happens, or nothing does. With
    /// [`DynamoStore`](super::DynamoStore) the effects are up to 99 `TransactWriteItem`s, and up to 98 of the marker of a
    /// snapshot, because the transaction also writes the row of the snapshot.
    ///
    /// Fails when the store does not answer. Everything may still have been written; the next delivery finds out. Fails
    /// before anything is sent when the effects are over a [`Limit`](super::Limit).
    pub async fn commit(&self, event: &ReceivedEvent, effects: S::Effects) -> Result<Committed, StoreError> {
        let mut writes = vec![self.record(event)];
        writes.extend(self.completion(event));
        self.transact(&writes, effects).await
    }

    /// Does the same as [`commit`](Self::commit) unless a later event of the lane was handled before, and records this
    /// event as the lane's latest. The effects are up to 98 `TransactWriteItem`s. An event of a snapshot has no place in its
    /// lane: for it, this is [`commit`](Self::commit).
    ///
    /// Fails when the store does not answer. Everything may still have been written; the next delivery finds out. Fails
    /// before anything is sent when the effects are over a [`Limit`](super::Limit).
    pub async fn commit_in_order(
        &self,
        event: &ReceivedEvent,
        effects: S::Effects,
    ) -> Result<Committed, StoreError> {
        if event.snapshot_run().is_some() {
            return self.commit(event, effects).await;
        }
        let writes = [self.record(event), self.advance_write(event)];
        self.transact(&writes, effects).await
    }

    /// Makes the writes, the record first, and the effects.
    async fn transact(&self, writes: &[Write], effects: S::Effects) -> Result<Committed, StoreError> {
        Ok(match self.store.transact(writes, effects).await? {
            Transacted::Done => Committed::Done,
            Transacted::EffectRefused(place) => Committed::EffectRefused(place),
            Transacted::Refused(_, Some(Row::Sequence(_))) => Committed::Stale,
            Transacted::Refused(place, row) => match refusal(writes.get(place), row, self.now()) {
                Refusal::Completed => Committed::Duplicate,
                Refusal::InProgress { until } => Committed::InProgress { until },
                Refusal::OtherContent => Committed::OtherContent,
            },
        })
    }
}
