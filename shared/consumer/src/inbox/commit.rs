//! Claim and effect in one write.

use super::store::{Row, StoreError, Transact, Transacted};
use super::{Inbox, Order};
use crate::received::ReceivedEvent;

/// What became of an event that was committed with its effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// The effects happened now.
    Done,
    /// The event had been handled before; the effects were left out. Delete the message.
    Duplicate,
    /// A handler holds a lease of the event, which [`claim`](Inbox::claim) gave it. Leave the message to the queue.
    InProgress,
    /// A later event of the lane was handled before; nothing was written, and the event still is not handled. Commit it
    /// once more by [`commit`](Inbox::commit), with what a late event still has to do: a counter counts, a state stays.
    Stale,
    /// The condition of an effect did not hold: its place among the effects. Nothing was written.
    EffectRefused(usize),
}

impl<S: Transact> Inbox<S> {
    /// Records the event as handled together with its effects: all of it happens, or nothing does. With
    /// [`DynamoStore`](super::DynamoStore) the effects are up to 99 `TransactWriteItem`s.
    ///
    /// Fails when the store cannot be asked. Everything may have happened then; the next delivery tells.
    pub async fn commit(&self, event: &ReceivedEvent, effects: S::Effects) -> Result<Committed, StoreError> {
        let transacted = self.store.transact(&[self.record(event)], effects).await?;
        Ok(committed(transacted, event))
    }

    /// The same, if no later event of the lane was handled before, and remembers how far the lane went. The effects are
    /// up to 98 `TransactWriteItem`s.
    ///
    /// Fails when the store cannot be asked. Everything may have happened then; the next delivery tells.
    pub async fn commit_in_order(
        &self,
        event: &ReceivedEvent,
        effects: S::Effects,
    ) -> Result<Committed, StoreError> {
        let writes = [self.record(event), self.advance_write(event)];
        let transacted = self.store.transact(&writes, effects).await?;
        Ok(committed(transacted, event))
    }
}

fn committed(transacted: Transacted, event: &ReceivedEvent) -> Committed {
    match transacted {
        Transacted::Done => Committed::Done,
        Transacted::EffectRefused(place) => Committed::EffectRefused(place),
        Transacted::Refused(_, Some(Row::Completed { .. })) => Committed::Duplicate,
        Transacted::Refused(_, Some(Row::Sequence(highest))) => match Order::of(event, &highest) {
            // The row of the event itself was forgotten.
            Order::Same => Committed::Duplicate,
            _ => Committed::Stale,
        },
        // Claimed; or given back since.
        Transacted::Refused(_, Some(Row::Claimed { .. }) | None) => Committed::InProgress,
    }
}
