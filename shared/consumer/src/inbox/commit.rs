//! Handles an event in one write with its effects.

use super::handle::Inbox;
use super::store::{Row, StoreError, Transact, Transacted};
use crate::received::ReceivedEvent;

/// The result of committing an event with its effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// The effects happened now.
    Done,
    /// The event had been handled before; the effects were skipped. Delete the message.
    Duplicate,
    /// Another handler holds a lease of the event, from [`claim`](Inbox::claim). Leave the message to the queue.
    InProgress,
    /// A later event of the lane was handled before. Nothing was written, and the event is not recorded as handled.
    /// Call [`commit`](Inbox::commit) with the effects that still apply to a late event: a counter counts, a state
    /// stays.
    Stale,
    /// The condition of an effect failed; the number is its place among the effects. Nothing was written.
    EffectRefused(usize),
}

impl<S: Transact> Inbox<S> {
    /// Records the event as handled together with its effects: all of it happens, or nothing does. With
    /// [`DynamoStore`](super::DynamoStore) the effects are up to 99 `TransactWriteItem`s.
    ///
    /// Fails when the store does not answer. Everything may still have been written; the next delivery finds out.
    pub async fn commit(&self, event: &ReceivedEvent, effects: S::Effects) -> Result<Committed, StoreError> {
        let transacted = self.store.transact(&[self.record(event)], effects).await?;
        Ok(committed(transacted))
    }

    /// Does the same as [`commit`](Self::commit) unless a later event of the lane was handled before, and records this
    /// event as the lane's latest. The effects are up to 98 `TransactWriteItem`s.
    ///
    /// Fails when the store does not answer. Everything may still have been written; the next delivery finds out.
    pub async fn commit_in_order(
        &self,
        event: &ReceivedEvent,
        effects: S::Effects,
    ) -> Result<Committed, StoreError> {
        let writes = [self.record(event), self.advance_write(event)];
        let transacted = self.store.transact(&writes, effects).await?;
        Ok(committed(transacted))
    }
}

fn committed(transacted: Transacted) -> Committed {
    match transacted {
        Transacted::Done => Committed::Done,
        Transacted::EffectRefused(place) => Committed::EffectRefused(place),
        Transacted::Refused(_, Some(Row::Completed { .. })) => Committed::Duplicate,
        Transacted::Refused(_, Some(Row::Sequence(_))) => Committed::Stale,
        // Claimed, or released since.
        Transacted::Refused(_, Some(Row::Claimed { .. }) | None) => Committed::InProgress,
    }
}
