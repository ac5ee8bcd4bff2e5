//! The order of a lane (message group).

use super::handle::Inbox;
use super::store::{RowKey, Rule, Store, StoreError, Write, Written};
use crate::received::ReceivedEvent;

/// The place of an event among those of its lane that were handled before.
///
/// A lane is the events of one subject in one category of one source. `sequence` orders nothing else: neither two
/// subjects, nor two categories of one subject. A table that was restored or created again has a new stream with
/// numbers that may be lower than before: delete the `LANE` rows then (`Inbox::reset_lane` of the feature `inbox`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Later than all of them, or as late as the latest. Two events of one change can have the same sequence, because
    /// another version of the publisher may count them in another way; and the latest event itself may arrive again. Only
    /// the id distinguishes the two: [`claim`](Inbox::claim) and [`commit`](Inbox::commit) know the ids.
    Latest,
    /// Earlier than the latest of them, after a redrive, a replay or through a standard queue. Do not let it overwrite
    /// state. An effect that only counts or collects may still happen.
    Stale,
}

impl<S: Store> Inbox<S> {
    /// Compares the event with the latest one of its lane. If it is not earlier, records it as the
    /// [`Latest`](Order::Latest).
    ///
    /// This is a separate write. Call it for an event that was claimed, so that a duplicate does not get this far;
    /// [`commit_in_order`](Self::commit_in_order) does both in one write.
    ///
    /// An event of a snapshot is always the latest, and nothing is written for it.
    ///
    /// Fails when the store does not answer.
    pub async fn advance(&self, event: &ReceivedEvent) -> Result<Order, StoreError> {
        if event.snapshot_run().is_some() {
            return Ok(Order::Latest);
        }
        Ok(match self.store.write(&self.advance_write(event)).await? {
            Written::Done => Order::Latest,
            Written::Refused(_) => Order::Stale,
        })
    }

    /// The write that records the event as the latest of its lane, for your own transaction. Its condition fails for an
    /// event that is earlier than the latest.
    ///
    /// Do not make it for an event of a snapshot ([`ReceivedEvent::snapshot_run`]), which has no place in its lane.
    pub fn advance_write(&self, event: &ReceivedEvent) -> Write {
        let sequence = event.sequence().to_owned();
        Write {
            key: self.lane_key(event),
            rule: Rule::Advance { sequence },
            ttl: (self.now() / 1_000).saturating_add(self.settings.keep_lane().as_secs()),
        }
    }

    fn lane_key(&self, event: &ReceivedEvent) -> RowKey {
        RowKey::lane(
            &self.settings.consumer,
            event.partition_key(),
            event.category().unwrap_or_default(),
            event.source(),
        )
    }
}
