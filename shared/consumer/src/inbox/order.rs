//! The order of a lane (message group).

use super::handle::Inbox;
use super::store::{Row, RowKey, Rule, Store, StoreError, Write, Written};
use crate::received::ReceivedEvent;

/// The place of an event among those of its lane that were handled before.
///
/// A lane is the events of one subject in one category of one source. `sequence` orders nothing else: neither two
/// subjects, nor two categories of one subject. A table that was restored or created again has a new stream with
/// numbers that may be lower than before: delete the `LANE` rows then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Later than all of them.
    Newer,
    /// The latest of them: a duplicate.
    Same,
    /// Earlier than the latest of them, after a redrive, a replay or through a standard queue. Do not let it overwrite
    /// state. An effect that only counts or collects may still happen.
    Stale,
}

impl Order {
    pub(super) fn compare(event: &ReceivedEvent, highest: &str) -> Self {
        match event.sequence().cmp(highest) {
            std::cmp::Ordering::Greater => Self::Newer,
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Less => Self::Stale,
        }
    }
}

impl<S: Store> Inbox<S> {
    /// Compares the event with the latest one of its lane. If it is [`Newer`](Order::Newer), records it as the latest.
    ///
    /// This is a separate write: after a crash before the effect, the event is [`Same`](Order::Same) when it is
    /// delivered again. [`commit_in_order`](Self::commit_in_order) has no such gap.
    ///
    /// Fails when the store does not answer.
    pub async fn advance(&self, event: &ReceivedEvent) -> Result<Order, StoreError> {
        Ok(match self.store.write(&self.advance_write(event)).await? {
            Written::Done => Order::Newer,
            Written::Refused(Some(Row::Sequence(highest))) => Order::compare(event, &highest),
            Written::Refused(_) => Order::Stale,
        })
    }

    /// The write that records the event as the latest of its lane, for your own transaction. Its condition fails for an
    /// event that is not newer.
    pub fn advance_write(&self, event: &ReceivedEvent) -> Write {
        let sequence = event.sequence().to_owned();
        let now = self.now();
        self.write(self.lane_key(event), Rule::Advance { sequence }, now)
    }

    fn lane_key(&self, event: &ReceivedEvent) -> RowKey {
        // Categories and consumer names contain no `#`, so two different lanes never have the same key.
        RowKey {
            pk: format!(
                "CONSUMER#{}#LANE#{}",
                self.settings.consumer,
                event.partition_key()
            ),
            sk: format!(
                "SEQUENCE#{}#{}",
                event.category().unwrap_or_default(),
                event.source()
            ),
        }
    }
}
