//! The rows of an inbox, and the conditional writes that all of it is made of.

use std::fmt;
use std::future::Future;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// A row as it is. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An event is being handled, or was when its handler crashed.
    Claimed {
        /// Who handles it: a text of the claim's own.
        owner: String,
        /// When another may claim it.
        lease_until: u64,
    },
    /// An event was handled.
    Completed {
        /// Who had claimed it; nobody where it was recorded in one write with its effect.
        owner: Option<String>,
    },
    /// The highest sequence of a lane.
    Sequence(String),
}

/// One conditional write of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The row.
    pub key: RowKey,
    /// What is written, on which condition.
    pub rule: Rule,
    /// When the row may be forgotten, in seconds since 1970.
    pub ttl: u64,
}

/// What is written, on which condition. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Writes a [`Row::Claimed`], where there is no row or a claimed one whose `lease_until` is not after `now`.
    Claim {
        /// Who claims.
        owner: String,
        /// When another may.
        lease_until: u64,
        /// What time it is.
        now: u64,
    },
    /// Writes a [`Row::Completed`] without an owner, on the condition of a claim.
    Record {
        /// What time it is.
        now: u64,
    },
    /// Turns the owner's [`Row::Claimed`] into a [`Row::Completed`] of that owner.
    Complete {
        /// Who had claimed.
        owner: String,
        /// What time it is.
        now: u64,
    },
    /// Lets the owner's [`Row::Claimed`] end later.
    Renew {
        /// Who has claimed.
        owner: String,
        /// When another may.
        lease_until: u64,
    },
    /// Deletes the owner's [`Row::Claimed`].
    Release {
        /// Who has claimed.
        owner: String,
    },
    /// Writes a [`Row::Sequence`], where there is none or one that is lower as text.
    Advance {
        /// The event's sequence.
        sequence: String,
    },
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It was made.
    Done,
    /// Its condition did not hold, and nothing was written.
    Refused(Option<Row>),
}

/// What became of writes and effects that are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transacted {
    /// All were made.
    Done,
    /// The condition of a write did not hold: its place among the writes, and the row that is there. Nothing was
    /// written.
    Refused(usize, Option<Row>),
    /// The condition of an effect did not hold: its place among the effects. Nothing was written.
    EffectRefused(usize),
}

/// Where the rows are kept. A store applies a [`Rule`] to a row in one step, so that of two who write at once the second
/// one sees what the first has written.
pub trait Store: Send + Sync + 'static {
    /// Makes one write on its condition. After a failure it may have been made.
    fn write(&self, write: &Write) -> impl Future<Output = Result<Written, StoreError>> + Send;
}

/// A store that the effects of events can be written to in the same step.
pub trait Transact: Store {
    /// What is written along.
    type Effects: Send;

    /// Makes all writes and effects or none. After a failure they may have been made, then all of them.
    fn transact(
        &self,
        writes: &[Write],
        effects: Self::Effects,
    ) -> impl Future<Output = Result<Transacted, StoreError>> + Send;
}

/// The store could not be asked, or did not answer. Trying again may help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// The store's error code, where it gave one.
    pub code: Option<String>,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "the inbox's store answered {code}"),
            None => f.write_str("the inbox's store could not be asked"),
        }
    }
}

impl std::error::Error for StoreError {}
