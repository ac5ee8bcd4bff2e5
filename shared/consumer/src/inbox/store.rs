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

/// The content of a row. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A handler works on the event, or did until it crashed.
    Claimed {
        /// The name of the claim, which no other claim has.
        owner: String,
        /// When another handler may claim the event.
        lease_until: u64,
    },
    /// The event was handled.
    Completed {
        /// The name of the claim; `None` if the event was recorded in one write with its effect.
        owner: Option<String>,
    },
    /// The highest sequence of a lane.
    Sequence(String),
}

/// One conditional write of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The key of the row.
    pub key: RowKey,
    /// The change and its condition.
    pub rule: Rule,
    /// When the row may be deleted, in seconds since 1970.
    pub ttl: u64,
}

/// A change of a row and its condition. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Writes a [`Row::Claimed`] if no row exists, or only a claimed one with a `lease_until` that is not after `now`.
    Claim {
        /// The name of the claim.
        owner: String,
        /// When another handler may claim the event.
        lease_until: u64,
        /// The current time.
        now: u64,
    },
    /// Writes a [`Row::Completed`] without an owner, on the condition of a claim.
    Record {
        /// The current time.
        now: u64,
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
}

/// A store that can make the effects of events in the same transaction.
pub trait Transact: Store {
    /// The effects of one event.
    type Effects: Send;

    /// Makes all writes and effects, or none.
    ///
    /// Fails when the store does not answer; all of them may still have been made.
    fn transact(
        &self,
        writes: &[Write],
        effects: Self::Effects,
    ) -> impl Future<Output = Result<Transacted, StoreError>> + Send;
}

/// The store could not be reached, or answered with an error. A retry may help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", match code {
    Some(code) => format!("the store of the inbox answered {code}"),
    None => "the store of the inbox could not be reached".to_owned(),
})]
pub struct StoreError {
    /// The store's error code, if it sent one.
    pub code: Option<String>,
}
