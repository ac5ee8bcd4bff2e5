//! Handles each event once, and never lets old state replace new.

mod claim;
mod commit;
mod content;
#[cfg(feature = "inbox")]
mod dynamodb;
mod handle;
mod lease;
mod memory;
mod order;
mod process;
mod settings;
mod snapshot;
mod store;

pub use claim::Claim;
pub use commit::Committed;
#[cfg(feature = "inbox")]
pub use dynamodb::{DynamoStore, Lane};
pub use handle::Inbox;
pub use lease::{Lease, LeaseError};
pub use memory::{Effect, MemoryStore};
pub use order::Order;
pub use process::{ProcessError, Processed};
pub use settings::{InboxSettings, SettingsError};
pub use snapshot::SnapshotError;
#[cfg(feature = "worker")]
pub(crate) use snapshot::is_marker;
pub use store::{
    Limit, Row, RowKey, Rule, Snapshot, Store, StoreError, Transact, Transacted, Write, Written,
};

#[cfg(test)]
mod tests;
