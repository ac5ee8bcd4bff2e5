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
//! | join late: get the state of every row first, then the changes | [`Consumer::poll_from_snapshot`], [`Consumer::snapshot_queue`] | `worker`, `lambda` |
//! | set aside what no retry can mend | [`Failure`], [`DeadLetters`] with [`SqsDeadLetters`] | `sqs` for the latter |
//! | do all of this, with a log and metrics | [`Consumer`] | |
//!
//! No feature is on by default. Each adds the SDK crate of one service, or the types of Lambda's events, and nothing
//! else. `worker` includes `sqs`.
//!
//! Two words of this project: a *class* is a group of personal data that is encrypted as one (envelope encryption); the
//! event carries it *sealed*, that is encrypted. A *lane* is a message group: the events of one subject, in order.
//!
//! # A whole subscriber
//!
//! A Lambda function that writes one welcome mail for every new user into an outbox. The transaction that records the
//! event as handled also makes the effects.
//!
#![cfg_attr(
    all(feature = "inbox", feature = "lambda", feature = "sqs"),
    doc = "```no_run"
)]
#![cfg_attr(
    not(all(feature = "inbox", feature = "lambda", feature = "sqs")),
    doc = "```ignore"
)]
//! use std::collections::HashMap;
//!
//! use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
//! use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
//! use user_events_catalog::account::UserRegisteredEventV1;
//! use user_events_catalog::classes::Contact;
//! use user_events_consumer::{
//!     Class, Consumer, Deadline, DynamoStore, Event, Failure, Inbox, InboxSettings, Incoming, KmsKeys, Opened, Opener,
//!     SettingsError, SqsDeadLetters,
//! };
//!
//! /// Called once, while the function starts.
//! fn consumer(
//!     opener: Opener,
//!     dynamodb: aws_sdk_dynamodb::Client,
//!     sqs: aws_sdk_sqs::Client,
//!     dead_letter_queue_url: &str,
//! ) -> Result<Consumer<DynamoStore>, SettingsError> {
//!     let store = DynamoStore::new(dynamodb, "welcome-mail-inbox");
//!     let inbox = Inbox::new(store, InboxSettings::new("welcome-mail"))?;
//!     Ok(Consumer::new(opener, inbox)
//!         .require([Contact::NAME])
//!         .dead_letters(SqsDeadLetters::new(sqs, dead_letter_queue_url)))
//! }
//!
//! /// Called for each invocation. `deadline` is the field `deadline` of the runtime's context.
//! async fn invoked(consumer: &Consumer<DynamoStore>, event: SqsEvent, deadline: u64) -> SqsBatchResponse {
//!     consumer.answer(event, Deadline::from_invocation(deadline), &effects).await
//! }
//!
//! /// The effects of one event. Every error of the library becomes the right result of the message with `?`.
//! async fn effects(incoming: &Incoming<'_, KmsKeys>) -> Result<Vec<TransactWriteItem>, Failure> {
//!     // This subscriber ignores all other types, also those that are added later.
//!     if incoming.event().event_type() != UserRegisteredEventV1::TYPE {
//!         return Ok(Vec::new());
//!     }
//!     let registered: UserRegisteredEventV1 = incoming.event().read()?;
//!     let contact = incoming.open::<Contact>().await?.and_then(Opened::clear);
//!     let Some(email) = contact.and_then(|contact| contact.email) else {
//!         return Ok(Vec::new());
//!     };
//!     let mail = HashMap::from([
//!         ("pk".to_owned(), AttributeValue::S(format!("MAIL#{}", registered.user_id))),
//!         ("sk".to_owned(), AttributeValue::S("WELCOME".to_owned())),
//!         ("to".to_owned(), AttributeValue::S(email)),
//!     ]);
//!     let put = Put::builder().table_name("welcome-mail-outbox").set_item(Some(mail)).build();
//!     let put = put.map_err(Failure::retry)?;
//!     Ok(vec![TransactWriteItem::builder().put(put).build()])
//! }
//! ```
//!
//! # Guarantees
//!
//! - **Once.** [`Inbox::commit`] makes an effect in DynamoDB happen exactly once, however often the event is delivered
//!   and whatever crashes. Under a lease ([`Inbox::process`]) an effect happens at least once. It happens again only
//!   after a crash, after a lease that was lost, or after a completion that failed.
//! - **In order.** On a FIFO queue, [`Batches`] and [`Worker`] handle no later message of a message group before one that
//!   a retry may mend. A redrive, a dead-letter queue or a standard queue can still deliver an event late:
//!   [`Order::Stale`] and [`Committed::Stale`] report that.
//! - **Poison alone.** What no retry can mend goes to the dead-letter queue with its reason, and takes no other message
//!   along. A panic concerns its own message, unless the profile has `panic = "abort"`.
//! - **Distinct failures.** Each of these has its own error or value: a body that is not an event, data that breaks its
//!   schema, a token that was tampered with, a class that is not granted, an unknown event, an unknown version. No error
//!   quotes a value.
//!
//! # Speed
//!
//! With the data key in the cache, one core of a virtual machine reads about 330,000 raw messages a second, from the body
//! to the class in clear, and 240,000 if it also reads the event as its type. If SNS wraps the event, every quotation mark
//! in it is escaped, and the figures are 180,000 and 145,000: prefer raw message delivery
//! (`cargo bench -p user-events-consumer`).

mod clock;
mod consumer;
mod failure;
#[cfg(any(feature = "lambda", feature = "worker"))]
mod failures;
#[cfg(any(feature = "lambda", feature = "worker"))]
mod groups;
mod handled;
mod inbox;
#[cfg(feature = "lambda")]
mod lambda;
mod log;
mod metric;
mod opener;
mod queue;
#[cfg(doctest)]
mod readme;
mod received;
mod typed;
#[cfg(feature = "worker")]
mod worker;

pub use clock::Clock;
pub use consumer::{Consumer, Incoming};
pub use failure::{Disposition, Failure};
pub use handled::Handled;
pub use inbox::{
    Claim, Committed, Effect, Inbox, InboxSettings, Lease, LeaseError, Limit, MemoryStore, Order,
    ProcessError, Processed, Row, RowKey, Rule, SettingsError, Snapshot, SnapshotError, Store, StoreError,
    Transact, Transacted, Write, Written,
};
#[cfg(feature = "inbox")]
pub use inbox::{DynamoStore, Lane};
#[cfg(feature = "lambda")]
pub use lambda::{Batches, Deadline};
pub use log::{Log, Sink, Stdout};
pub use metric::Metric;
#[cfg(feature = "subject-keys")]
pub use opener::SubjectKeyTable;
pub use opener::{
    Cause, KeyLimits, KmsKeys, OpenFailure, Opened, Opener, SubjectKey, SubjectKeys, UnwrapKey, Unwrapped,
    WrappedKey,
};
pub use queue::{AttributeContent, AttributeValue, DeadLetter, DeadLetters, Hide, QueueCall, QueueError};
#[cfg(feature = "sqs")]
pub use queue::{Queue, SqsDeadLetters, SqsQueue};
pub use received::{Attributes, Delivery, ReceiveError, ReceivedEvent};
pub use typed::{Matched, ReadError, Recognition, UnknownCounts, Unknowns, Upcast};
pub use user_events_core::{Choice, Class, Event, EventType, OpenError, SealedMember, Time};
#[cfg(feature = "worker")]
pub use worker::{Trouble, Worked, Worker, WorkerSettings, WorkerSettingsError};
