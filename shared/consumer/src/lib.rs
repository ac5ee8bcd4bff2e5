//! For the subscribers of user-events: receive an event, and open the classes of personal data that were
//! granted.
//!
//! ```no_run
//! # async fn example(message_body: &str, kms: aws_sdk_kms::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use user_events_consumer::{Opened, Opener, ReceivedEvent};
//!
//! let event = ReceivedEvent::from_message_body(message_body)?;
//! let opened = Opener::new(kms).open_all(&event).await?;
//! match opened.get("contact") {
//!     Some(Opened::Clear(contact)) => assert!(contact["email"].is_string()),
//!     Some(Opened::NotGranted) => { /* the rest of the event can still be used */ }
//!     None => { /* the event has no such class */ }
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(any(feature = "lambda", feature = "worker"))]
mod groups;
mod inbox;
#[cfg(feature = "lambda")]
mod lambda;
mod opener;
mod received;
mod typed;
#[cfg(feature = "worker")]
mod worker;

#[cfg(feature = "inbox")]
pub use inbox::DynamoStore;
pub use inbox::{
    Claim, Clock, Committed, Effect, Inbox, InboxSettings, Lease, LeaseError, MemoryStore, Order,
    ProcessError, Processed, Row, RowKey, Rule, SettingsError, Store, StoreError, Transact, Transacted,
    Write, Written,
};
#[cfg(feature = "lambda")]
pub use lambda::{Batches, Deadline};
pub use opener::{Cause, KeyLimits, KmsKeys, OpenFailure, Opened, Opener, UnwrapKey, Unwrapped, WrappedKey};
pub use received::{Attributes, Delivery, ReceiveError, ReceivedEvent};
pub use typed::{Matched, ReadError, Recognition, UnknownCounts, Unknowns, Upcast};
pub use user_events_core::{Choice, Class, Event, EventType, OpenError, SealedMember, Time};
#[cfg(feature = "worker")]
pub use worker::{Queue, QueueError, SqsQueue, Trouble, Worked, Worker, WorkerSettings, WorkerSettingsError};
