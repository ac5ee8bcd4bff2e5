//! The inbox, and the rows that it writes for an event.

use std::fmt;
use std::sync::Arc;

use super::content::content;
use super::settings::{InboxSettings, SettingsError};
use super::snapshot;
use super::store::{RowKey, Rule, Store, Write};
use crate::clock::{Clock, milliseconds};
use crate::received::ReceivedEvent;

/// Remembers which events a consumer has handled, and the latest event of each lane (message group). Clones share it.
///
/// It can handle each event once in two ways:
///
/// - **In one write with the effect**: [`commit`](Self::commit), or [`record`](Self::record) as a part of your own
///   transaction. The effect happens **exactly once**, however often the event is delivered and whatever crashes. It
///   suits effects that are rows of DynamoDB in the same account and region; an e-mail becomes a row of an outbox.
/// - **With a lease**: [`process`](Self::process), which claims the event, renews the lease while the effect runs, and
///   completes it; or [`claim`](Self::claim) and [`complete`](super::Lease::complete), which leave the renewals to you. No
///   two handlers have an event at once, and it is completed once. The effect happens **at least once**: it is repeated
///   after a crash between effect and completion, and after a lease that was lost. So make the effect harmless when it is
///   repeated, or send the event's id along as an idempotency key.
///
/// # The table
///
/// Rows have a partition key `pk` and a sort key `sk`, both strings, and the number `ttl`, in seconds since 1970. Set
/// `ttl` as the table's time to live attribute. Several consumers may share a table.
///
/// | `pk` | `sk` | other attributes |
/// | --- | --- | --- |
/// | `CONSUMER#<consumer>#EVENT#<event id>` | `INBOX` | `state` (`CLAIMED`, `COMPLETED`), `content`, `owner`, `leaseUntil` N and `completedAt` N in milliseconds since 1970 |
/// | `CONSUMER#<consumer>#SNAPSHOT#<run>#<first digit of the id>` | `<event id>` | the same, for an event of a snapshot |
/// | `CONSUMER#<consumer>#LANE#<partition key>` | `SEQUENCE#<category>#<source>` | `sequence` |
/// | `CONSUMER#<consumer>` | `SNAPSHOT` | `run`, `events` N, `completedAt` N; without `ttl` |
///
/// `content` is the SHA-256 of what the event says. An event with the id of a handled one and another content is no
/// duplicate: somebody forged one of the two ([`Committed::OtherContent`](super::Committed::OtherContent)).
///
/// The consumer's role needs `dynamodb:PutItem`, `UpdateItem`, `DeleteItem` and `GetItem` on the table, and `Query` to
/// count the events of a snapshot. Transactions need no other permission.
///
/// # Snapshots
///
/// The events of a snapshot ([`ReceivedEvent::snapshot_run`]) have no place in a lane: they are never stale, and no
/// lane is advanced for them. The marker at the end of a run completes the snapshot, if all events of the run were handled.
/// [`Consumer`](crate::Consumer) does all of this. If you use the inbox yourself, call
/// [`check_snapshot`](Self::check_snapshot) for each event before you handle it.
pub struct Inbox<S> {
    pub(super) store: Arc<S>,
    pub(super) settings: Arc<InboxSettings>,
}

impl<S: Store> Inbox<S> {
    /// An inbox that keeps its rows in this store.
    ///
    /// Fails when a setting is out of its bounds.
    pub fn new(store: S, settings: InboxSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            store: Arc::new(store),
            settings: Arc::new(settings),
        })
    }

    /// The consumer's name.
    pub fn consumer(&self) -> &str {
        &self.settings.consumer
    }

    /// The clock of the settings.
    pub(crate) fn clock(&self) -> Clock {
        self.settings.clock.clone()
    }

    /// The store of the rows.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The write that records the event as handled, for your own transaction with the effects. Its condition fails if
    /// the event was handled before, or if a handler holds a lease of it.
    pub fn record(&self, event: &ReceivedEvent) -> Write {
        let now = self.now();
        let content = content(event);
        self.write(self.key_of(event), Rule::Record { now, content }, now)
    }

    /// A write on the row of an event.
    pub(super) fn write(&self, key: RowKey, rule: Rule, now: u64) -> Write {
        let ttl = (now / 1_000).saturating_add(self.settings.keep.as_secs());
        Write { key, rule, ttl }
    }

    /// The key of the row of an event. Events of a snapshot have partitions of their own, so that they can be counted.
    pub(super) fn key_of(&self, event: &ReceivedEvent) -> RowKey {
        let consumer = &self.settings.consumer;
        match event.snapshot_run() {
            Some(run) if !snapshot::is_marker(event) => RowKey::snapshot_event(consumer, run, event.id()),
            _ => RowKey::event(consumer, event.id()),
        }
    }

    /// When a lease ends that begins now.
    pub(super) fn lease_until(&self, now: u64) -> u64 {
        now.saturating_add(milliseconds(self.settings.lease))
    }

    /// The current time in milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.settings.clock.milliseconds()
    }
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
