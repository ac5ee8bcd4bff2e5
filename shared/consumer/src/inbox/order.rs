//! The order of a lane.

use super::Inbox;
use super::store::{Row, RowKey, Rule, Store, StoreError, Write, Written};
use crate::received::ReceivedEvent;

/// How an event stands to those of its lane that were handled before.
///
/// A lane is the events of one subject in one category of one source. `sequence` orders nothing else: not two subjects,
/// and not two categories of one subject. A table that was restored or made anew has a new stream, whose numbers may be
/// lower than before: delete the `LANE` rows then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Later than all of them.
    Newer,
    /// The last of them: a duplicate.
    Same,
    /// Earlier than the last of them: late by a redrive, a replay or a standard queue. Do not let it overwrite state;
    /// what only counts or collects can still take it.
    Stale,
}

impl Order {
    pub(super) fn of(event: &ReceivedEvent, highest: &str) -> Self {
        match event.sequence().cmp(highest) {
            std::cmp::Ordering::Greater => Self::Newer,
            std::cmp::Ordering::Equal => Self::Same,
            std::cmp::Ordering::Less => Self::Stale,
        }
    }
}

impl<S: Store> Inbox<S> {
    /// Tells how the event stands in its lane and, if it is [`Newer`](Order::Newer), remembers it as the last one.
    ///
    /// It is one write of its own: after a crash before the effect, the event is [`Same`](Order::Same) when it comes
    /// again. [`commit_in_order`](Self::commit_in_order) has no such gap.
    ///
    /// Fails when the store cannot be asked.
    pub async fn advance(&self, event: &ReceivedEvent) -> Result<Order, StoreError> {
        Ok(match self.store.write(&self.advance_write(event)).await? {
            Written::Done => Order::Newer,
            Written::Refused(Some(Row::Sequence(highest))) => Order::of(event, &highest),
            Written::Refused(_) => Order::Stale,
        })
    }

    /// The write that remembers the event as the last of its lane, for a transaction of one's own. Its condition does
    /// not hold for an event that is not newer.
    pub fn advance_write(&self, event: &ReceivedEvent) -> Write {
        let sequence = event.sequence().to_owned();
        let now = self.settings.clock.milliseconds();
        self.write(self.lane_key(event), Rule::Advance { sequence }, now)
    }

    fn lane_key(&self, event: &ReceivedEvent) -> RowKey {
        // A category and a consumer's name hold no `#`, so nothing can be mistaken for anything else.
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
