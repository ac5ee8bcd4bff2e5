//! The consumer library of user-events: read an event from a message, decrypt the personal data that was granted to this
//! consumer, handle each event once and in order, and answer the queue.
//!
//! | to | use | feature |
//! | --- | --- | --- |
//! | read a message's body, raw or wrapped by SNS | [`ReceivedEvent::from_message_body`] | |
//! | read a whole message | [`ReceivedEvent::from_lambda`], [`ReceivedEvent::from_sdk`] | `lambda`, `worker` |
//! | read an event as a type of the catalogue | [`ReceivedEvent::read`], [`events!`] | |
//! | count what this version does not know | [`ReceivedEvent::unknowns`] | |
//! | decrypt personal data | [`Opener`] | |
//! | handle each event once, and never let old state replace new | [`Inbox`] with [`MemoryStore`] or [`DynamoStore`] | `inbox` for the latter |
//! | answer Lambda's SQS trigger | [`Batches`] | `lambda` |
//! | poll a queue outside Lambda | [`Worker`] | `worker` |
//!
//! No feature is on by default. Each adds the SDK crate of one service, or the types of Lambda's events, and nothing
//! else.
//!
//! Two words of this project: a *class* is a group of personal data that is encrypted as one (envelope encryption); the
//! event carries it *sealed*, that is encrypted. A *lane* is a message group: the events of one subject, in order.
//!
//! # A whole subscriber
//!
//! A Lambda function that writes one welcome mail for every new user into an outbox:
//!
#![cfg_attr(all(feature = "inbox", feature = "lambda"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "inbox", feature = "lambda")), doc = "```ignore")]
//! use std::collections::HashMap;
//!
//! use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
//! use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
//! use user_events_catalog::account::UserRegisteredEventV1;
//! use user_events_catalog::classes::Contact;
//! use user_events_consumer::{
//!     Batches, Committed, Deadline, DynamoStore, Event, Inbox, InboxSettings, Opened, Opener, ReceivedEvent,
//! };
//!
//! struct Subscriber {
//!     opener: Opener,
//!     inbox: Inbox<DynamoStore>,
//! }
//!
//! impl Subscriber {
//!     /// Called once, while the function starts.
//!     fn new(
//!         kms: aws_sdk_kms::Client,
//!         dynamodb: aws_sdk_dynamodb::Client,
//!         seal_key_arn: &str,
//!     ) -> Result<Self, Box<dyn std::error::Error>> {
//!         let store = DynamoStore::new(dynamodb, "welcome-mail-inbox");
//!         Ok(Self {
//!             opener: Opener::new(kms, [seal_key_arn]).require::<Contact>(),
//!             inbox: Inbox::new(store, InboxSettings::new("welcome-mail"))?,
//!         })
//!     }
//!
//!     /// Handles one invocation. `deadline` is the field `deadline` of the runtime's context.
//!     async fn invoked(&self, event: SqsEvent, deadline: u64) -> SqsBatchResponse {
//!         let handler = async |event: ReceivedEvent| self.handle(&event).await;
//!         Batches::new(handler).answer(event, Deadline::from_invocation(deadline)).await
//!     }
//!
//!     async fn handle(&self, event: &ReceivedEvent) -> Result<(), Box<dyn std::error::Error>> {
//!         match event.event_type() {
//!             UserRegisteredEventV1::TYPE => self.welcome(event).await,
//!             // This subscriber ignores all other types, also those that are added later.
//!             _ => Ok(()),
//!         }
//!     }
//!
//!     async fn welcome(&self, event: &ReceivedEvent) -> Result<(), Box<dyn std::error::Error>> {
//!         let registered: UserRegisteredEventV1 = event.read()?;
//!         let contact = match self.opener.open::<Contact>(event).await? {
//!             Some(Opened::Clear(contact)) => contact,
//!             // A required class is never `NotGranted`; an erased person gets no mail.
//!             Some(Opened::NotGranted | Opened::Erased) | None => return Ok(()),
//!         };
//!         let Some(email) = contact.email else { return Ok(()) };
//!         let mail = HashMap::from([
//!             ("pk".to_owned(), AttributeValue::S(format!("MAIL#{}", registered.user_id))),
//!             ("sk".to_owned(), AttributeValue::S("WELCOME".to_owned())),
//!             ("to".to_owned(), AttributeValue::S(email)),
//!         ]);
//!         let put = Put::builder().table_name("welcome-mail-outbox").set_item(Some(mail)).build()?;
//!         let effects = vec![TransactWriteItem::builder().put(put).build()];
//!         match self.inbox.commit(event, effects).await? {
//!             Committed::Done | Committed::Duplicate => Ok(()),
//!             other => Err(format!("the event was not committed: {other:?}").into()),
//!         }
//!     }
//! }
//! ```
//!
//! # Guarantees
//!
//! - **Once.** [`Inbox::commit`] makes an effect in DynamoDB happen exactly once, however often the event is delivered
//!   and whatever crashes. Under a lease ([`Inbox::process`]) an effect happens at least once. It happens again only
//!   after a crash, after a handler that outlived its lease, or after a completion that failed.
//! - **In order.** On a FIFO queue, [`Batches`] and [`Worker`] handle no later message of a message group before the one
//!   that failed. A redrive, a dead-letter queue or a standard queue can still deliver an event late:
//!   [`Order::Stale`] and [`Committed::Stale`] report that.
//! - **Distinct failures.** Each of these has its own error or value: a body that is not an event, data that breaks its
//!   schema, a token that was tampered with, a class that is not granted, an unknown event, an unknown version. No error
//!   quotes a value.
//!
//! # Speed
//!
//! With the data key in the cache, one core reads and decrypts about 300,000 events a second, from the message's body to
//! the class in clear (`cargo bench -p user-events-consumer`).

mod clock;
#[cfg(any(feature = "lambda", feature = "worker"))]
mod groups;
mod inbox;
#[cfg(feature = "lambda")]
mod lambda;
mod opener;
#[cfg(doctest)]
mod readme;
mod received;
mod typed;
#[cfg(feature = "worker")]
mod worker;

pub use clock::Clock;
#[cfg(feature = "inbox")]
pub use inbox::DynamoStore;
pub use inbox::{
    Claim, Committed, Effect, Inbox, InboxSettings, Lease, LeaseError, MemoryStore, Order, ProcessError,
    Processed, Row, RowKey, Rule, SettingsError, Store, StoreError, Transact, Transacted, Write, Written,
};
#[cfg(feature = "lambda")]
pub use lambda::{Batches, Deadline};
#[cfg(feature = "subject-keys")]
pub use opener::SubjectKeyTable;
pub use opener::{
    Cause, KeyLimits, KmsKeys, OpenFailure, Opened, Opener, SubjectKey, SubjectKeys, UnwrapKey, Unwrapped,
    WrappedKey,
};
pub use received::{Attributes, Delivery, ReceiveError, ReceivedEvent};
pub use typed::{Matched, ReadError, Recognition, UnknownCounts, Unknowns, Upcast};
pub use user_events_core::{Choice, Class, Event, EventType, OpenError, SealedMember, Time};
#[cfg(feature = "worker")]
pub use worker::{Queue, QueueError, SqsQueue, Trouble, Worked, Worker, WorkerSettings, WorkerSettingsError};
