//! The rows of an inbox, the conditional writes on them, and the store that makes these writes.

use std::future::Future;

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

impl RowKey {
    /// The partitions of the events of a run: the digits that an id can begin with.
    pub const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    /// The beginning of the sort keys of lanes.
    pub const LANES: &'static str = "SEQUENCE#";

    /// The row of an event.
    pub fn event(consumer: &str, event_id: &str) -> Self {
        Self {
            pk: format!("CONSUMER#{consumer}#EVENT#{event_id}"),
            sk: "INBOX".to_owned(),
        }
    }

    /// The row of an event of a snapshot, except its marker.
    pub fn snapshot_event(consumer: &str, run: &str, event_id: &str) -> Self {
        let digit = event_id.chars().next().unwrap_or_default();
        Self {
            pk: Self::snapshot_events(consumer, run, digit),
            sk: event_id.to_owned(),
        }
    }

    /// The partition key of all events of a run with an id that begins with this digit.
    pub fn snapshot_events(consumer: &str, run: &str, digit: char) -> String {
        format!("CONSUMER#{consumer}#SNAPSHOT#{run}#{digit}")
    }

    /// The row of the snapshot that the consumer has completed.
    pub fn snapshot(consumer: &str) -> Self {
        Self {
            pk: format!("CONSUMER#{consumer}"),
            sk: "SNAPSHOT".to_owned(),
        }
    }

    /// The row of a lane. Names of consumers and categories contain no `#`, so two lanes never have the same key.
    pub fn lane(consumer: &str, partition_key: &str, category: &str, source: &str) -> Self {
        Self {
            pk: Self::lanes(consumer, partition_key),
            sk: format!("{}{category}#{source}", Self::LANES),
        }
    }

    /// The partition key of all lanes of a partition key, one for each category and source.
    pub fn lanes(consumer: &str, partition_key: &str) -> String {
        format!("CONSUMER#{consumer}#LANE#{partition_key}")
    }

    /// The category and the source in the sort key of a lane. `None` if it is no lane's.
    pub fn category_and_source(sort_key: &str) -> Option<(&str, &str)> {
        sort_key.strip_prefix(Self::LANES)?.split_once('#')
    }
}

/// The content of a row. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A handler works on the event, or did until it crashed.
    Claimed {
        /// The name of the claim, which no other claim has.
        owner: String,
        /// When another handler may claim the event.
        lease_until: u64,
        /// The SHA-256 of the event's content, in hexadecimal.
        content: String,
    },
    /// The event was handled.
    Completed {
        /// The name of the claim; `None` if the event was recorded in one write with its effect.
        owner: Option<String>,
        /// The SHA-256 of the event's content, in hexadecimal.
        content: String,
    },
    /// The highest sequence of a lane.
    Sequence(String),
    /// The snapshot that the consumer has completed.
    Snapshot(Snapshot),
}

/// A snapshot that a consumer has completed: it has handled every event of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The run.
    pub run: String,
    /// How many events the run sent.
    pub events: u64,
    /// When the consumer completed it, in milliseconds since 1970.
    pub completed_at: u64,
}

/// One conditional write of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The key of the row.
    pub key: RowKey,
    /// The change and its condition.
    pub rule: Rule,
    /// When the row may be deleted, in seconds since 1970; [`u64::MAX`] for a row that is kept for ever.
    pub ttl: u64,
}

/// A change of a row and its condition. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Writes a [`Row::Claimed`] if no row exists, or only a claimed one of the same content with a `lease_until` that is
    /// not after `now`.
    Claim {
        /// The name of the claim.
        owner: String,
        /// When another handler may claim the event.
        lease_until: u64,
        /// The current time.
        now: u64,
        /// The SHA-256 of the event's content, in hexadecimal.
        content: String,
    },
    /// Writes a [`Row::Completed`] without an owner, on the condition of a claim.
    Record {
        /// The current time.
        now: u64,
        /// The SHA-256 of the event's content, in hexadecimal.
        content: String,
    },
    /// Turns the owner's [`Row::Claimed`] into a [`Row::Completed`] of that owner.
    Complete {
        /// The name of the claim.
        owner: String,
        /// The current time.
        now: u64,
    },
    /// Extends the owner's [`Row::Claimed`].
    Renew {
        /// The name of the claim.
        owner: String,
        /// When another handler may claim the event.
        lease_until: u64,
    },
    /// Deletes the owner's [`Row::Claimed`].
    Release {
        /// The name of the claim.
        owner: String,
    },
    /// Writes a [`Row::Sequence`] if none exists, or only one that is not higher in text order.
    Advance {
        /// The event's sequence.
        sequence: String,
    },
    /// Writes a [`Row::Snapshot`], whatever row exists.
    CompleteSnapshot(Snapshot),
}

/// The result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The write was made.
    Done,
    /// The condition failed, and nothing was written. Holds the existing row, if any.
    Refused(Option<Row>),
}

/// The result of a transaction: writes and effects that are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transacted {
    /// All were made.
    Done,
    /// The condition of a write failed. Holds its place among the writes and the existing row, if any. Nothing was
    /// written.
    Refused(usize, Option<Row>),
    /// The condition of an effect failed. Holds its place among the effects. Nothing was written.
    EffectRefused(usize),
}

/// Keeps the rows. A store applies a [`Rule`] to a row atomically: of two writers at the same time, the second one sees
/// the row of the first.
pub trait Store: Send + Sync + 'static {
    /// Makes one conditional write.
    ///
    /// Fails when the store does not answer; the write may still have been made.
    fn write(&self, write: &Write) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Reads a row as it is now. `None` if none exists.
    ///
    /// Fails when the store does not answer.
    fn read(&self, key: &RowKey) -> impl Future<Output = Result<Option<Row>, StoreError>> + Send;

    /// Counts the [`Row::Completed`] with this partition key, as they are now.
    ///
    /// Fails when the store does not answer.
    fn count_completed(&self, pk: &str) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// A store that can make the effects of events in the same transaction.
pub trait Transact: Store {
    /// The effects of one event. The default is no effects.
    type Effects: Default + Send;

    /// Makes all writes and effects, or none.
    ///
    /// Fails when the store does not answer; all of them may still have been made. Fails before anything is sent when
    /// they are over a [`Limit`].
    fn transact(
        &self,
        writes: &[Write],
        effects: Self::Effects,
    ) -> impl Future<Output = Result<Transacted, StoreError>> + Send;
}

/// Why the store did not write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store could not be reached, or answered with an error. A retry may help.
    #[error("{}", match code {
        Some(code) => format!("the store of the inbox answered {code}"),
        None => "the store of the inbox could not be reached".to_owned(),
    })]
    Unavailable {
        /// The store's error code, if it sent one.
        code: Option<String>,
    },
    /// The writes are over a limit of the store, and nothing was sent. No retry can help.
    #[error(transparent)]
    Limit(Limit),
}

/// A limit of DynamoDB (Amazon DynamoDB Developer Guide, *Quotas in Amazon DynamoDB*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// A transaction has at most 100 items, those of the inbox included.
    #[error("the transaction has more than 100 items; make fewer effects")]
    Items,
    /// A partition key has at most 2,048 bytes.
    #[error("item {0} of the transaction has a partition key of more than 2048 bytes")]
    PartitionKey(usize),
    /// A sort key has at most 1,024 bytes.
    #[error("item {0} of the transaction has a sort key of more than 1024 bytes")]
    SortKey(usize),
    /// An item has at most 400 KB.
    #[error("item {0} of the transaction has more than 400 KB")]
    ItemSize(usize),
    /// All items of a transaction together have at most 4 MB.
    #[error("the items of the transaction have more than 4 MB together")]
    TransactionSize,
}
