//! Each event once, and the newest state last.

mod claim;
mod commit;
#[cfg(feature = "inbox")]
mod dynamodb;
mod memory;
mod order;
mod settings;
mod store;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::received::ReceivedEvent;
pub use claim::{Claim, Lease, LeaseError, ProcessError, Processed};
pub use commit::Committed;
#[cfg(feature = "inbox")]
pub use dynamodb::DynamoStore;
pub use memory::{Effect, MemoryStore};
pub use order::Order;
pub use settings::{Clock, InboxSettings, SettingsError};
pub use store::{Row, RowKey, Rule, Store, StoreError, Transact, Transacted, Write, Written};

/// What a consumer remembers of the events that came: which were handled, and how far each lane went. Clones share it.
///
/// There are two ways to handle each event once:
///
/// - **In one write with the effect**: [`commit`](Self::commit), or [`record`](Self::record) as a part of a transaction
///   of one's own. The effect happens **exactly once**, however often the event comes and whatever crashes. It is for
///   effects that are rows of DynamoDB in the same account and region; an e-mail becomes a row of an outbox.
/// - **With a lease**: [`claim`](Self::claim) and [`complete`](Lease::complete), or [`process`](Self::process) around
///   both. No two handlers have an event at once, and it is completed once; the effect happens **at least once**: again
///   after a crash between effect and completion, and when a handler takes longer than its lease. So it must be
///   harmless twice, or carry the event's id as an idempotency key.
///
/// # The table
///
/// Rows have a partition key `pk` and a sort key `sk`, both texts, and the number `ttl`, seconds since 1970, which the
/// table's time to live must name. Several consumers may share a table.
///
/// | `pk` | `sk` | other attributes |
/// | --- | --- | --- |
/// | `CONSUMER#<consumer>#EVENT#<event id>` | `INBOX` | `state` (`CLAIMED`, `COMPLETED`), `owner`, `leaseUntil` N and `completedAt` N in milliseconds since 1970 |
/// | `CONSUMER#<consumer>#LANE#<partition key>` | `SEQUENCE#<category>#<source>` | `sequence` |
///
/// The consumer's role needs `dynamodb:PutItem`, `UpdateItem`, `DeleteItem` and `GetItem` on it; transactions need no
/// other.
pub struct Inbox<S> {
    store: Arc<S>,
    settings: Arc<InboxSettings>,
}

impl<S: Store> Inbox<S> {
    /// An inbox in that store.
    ///
    /// Fails when a setting is out of its bounds.
    pub fn new(store: S, settings: InboxSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            store: Arc::new(store),
            settings: Arc::new(settings),
        })
    }

    /// Where the rows are kept.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The write that records the event as handled, for a transaction of one's own with the effects. Its condition does
    /// not hold where the event was handled before or is being handled under a lease.
    pub fn record(&self, event: &ReceivedEvent) -> Write {
        let now = self.settings.clock.milliseconds();
        self.write(self.event_key(event.id()), Rule::Record { now }, now)
    }

    fn write(&self, key: RowKey, rule: Rule, now: u64) -> Write {
        let ttl = now / 1_000 + self.settings.keep().as_secs();
        Write { key, rule, ttl }
    }

    fn event_key(&self, event_id: &str) -> RowKey {
        RowKey {
            pk: format!("CONSUMER#{}#EVENT#{event_id}", self.settings.consumer),
            sk: "INBOX".to_owned(),
        }
    }

    fn lease_until(&self, now: u64) -> u64 {
        now.saturating_add(milliseconds(self.settings.lease))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

impl<S> Clone for Inbox<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            settings: Arc::clone(&self.settings),
        }
    }
}

impl<S> fmt::Debug for Inbox<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
