//! Handles each event once, and never lets old state replace new.

mod claim;
mod commit;
#[cfg(feature = "inbox")]
mod dynamodb;
mod handle;
mod lease;
mod memory;
mod order;
mod settings;
mod store;

pub use claim::{Claim, ProcessError, Processed};
pub use commit::Committed;
#[cfg(feature = "inbox")]
pub use dynamodb::DynamoStore;
pub use handle::Inbox;
pub use lease::{Lease, LeaseError};
pub use memory::{Effect, MemoryStore};
pub use order::Order;
pub use settings::{InboxSettings, SettingsError};
pub use store::{Row, RowKey, Rule, Store, StoreError, Transact, Transacted, Write, Written};

#[cfg(test)]
mod tests;
