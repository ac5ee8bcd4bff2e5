//! The parked queue and the redrive queue.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use user_events_core::Time;

use super::depth::{Depth, depth};
use super::entry::Entry;
use user_events_local::failure::explained;

/// How long a message is hidden at a time. After a crash, other readers wait at most this long.
pub(crate) const HOLD: Duration = Duration::from_secs(120);
/// The most messages of one call (Amazon SQS API Reference, *ReceiveMessage*).
const MAX_MESSAGES: usize = 10;
/// With any wait above zero, SQS asks all servers of the queue.
const WAIT_SECONDS: i32 = 1;
const CONCURRENT_CALLS: usize = 8;

/// The operations on the parked queue and the redrive queue.
pub(crate) trait Queues {
    /// What the queue that is read is called.
    fn name(&self) -> &'static str;
    /// Receives up to ten messages of the parked queue and hides them for [`HOLD`]. An empty answer does not mean an empty queue.
    async fn receive(&self) -> Result<Vec<Message>>;
    /// Hides messages of the parked queue for that long from now. Skips messages that are visible again.
    async fn hide(&self, receipts: &[String], time: Duration) -> Result<()>;
    /// Sends the message to the redrive queue. After an error, the message may have been sent all the same.
    async fn hand_over(&self, message: &Message) -> Result<()>;
    /// Deletes a message from the parked queue.
    async fn delete(&self, receipt: &str) -> Result<()>;
    /// How many messages the parked queue has.
    async fn parked_depth(&self) -> Result<Depth>;
    /// How many messages the redrive queue has.
    async fn redrive_depth(&self) -> Result<Depth>;
}

/// A received message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its description, without values.
    pub(crate) entry: Entry,
    /// Its receipt handle, which SQS needs to hide or delete it.
    pub(crate) receipt: String,
    /// Its body, values included.
    pub(crate) body: String,
    /// Its message attributes.
    pub(crate) attributes: HashMap<String, MessageAttributeValue>,
}

/// The queues of a deployment.
#[derive(Debug)]
pub(crate) struct SqsQueues {
    client: Client,
    /// What errors call the first queue.
    name: &'static str,
    parked_url: String,
    /// Absent if the command sends nothing.
    redrive_url: Option<String>,
}

impl SqsQueues {
    /// The queues of a deployment. Without a redrive queue, nothing can be sent.
    pub(crate) fn new(client: Client, parked_url: String, redrive_url: Option<String>) -> Self {
        Self {
            redrive_url,
            ..Self::of(client, "parked queue", parked_url)
        }
    }

    /// Another queue, to look through: in place of the parked queue. `name` is what errors call it.
    pub(crate) fn of(client: Client, name: &'static str, url: String) -> Self {
        Self {
            client,
            name,
            parked_url: url,
            redrive_url: None,
        }
    }

    fn redrive_url(&self) -> Result<&str> {
        let url = self.redrive_url.as_deref();
        url.context("no redrive queue was looked up; name one with --redrive-queue-url")
    }

    async fn hide_some(&self, receipts: &[String], time: Duration) -> Result<()> {
        let seconds = i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        let entry = |(index, receipt): (usize, &String)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(receipt)
                .visibility_timeout(seconds)
                .build()
        };
        let entries = receipts.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        self.client
            .change_message_visibility_batch()
            .queue_url(&self.parked_url)
            .set_entries(Some(entries))
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                explained(
                    format_args!(
                        "messages of the {} could not be hidden or made visible again",
                        self.name
                    ),
                    &format!("sqs:ChangeMessageVisibility on the {}", self.name),
                    &error,
                )
            })
    }
}

impl Queues for SqsQueues {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.parked_url)
            .max_number_of_messages(MAX_MESSAGES as i32)
            .visibility_timeout(HOLD.as_secs() as i32)
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .map_err(|error| {
                let permission = format!(
                    "sqs:ReceiveMessage on the {} and kms:Decrypt with the key that encrypts it",
                    self.name
                );
                let what = format_args!("the {} {} could not be read", self.name, self.parked_url);
                explained(what, &permission, &error)
            })?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        Ok(messages.filter_map(Message::received).collect())
    }

    async fn hide(&self, receipts: &[String], time: Duration) -> Result<()> {
        // Collected first: a closure inside the stream would make the future unfit for a server's handler.
        let calls: Vec<_> = receipts
            .chunks(MAX_MESSAGES)
            .map(|receipts| self.hide_some(receipts, time))
            .collect();
        stream::iter(calls)
            .buffer_unordered(CONCURRENT_CALLS)
            .try_collect()
            .await
    }

    async fn hand_over(&self, message: &Message) -> Result<()> {
        let redrive_url = self.redrive_url()?;
        let attributes = Some(&message.attributes).filter(|attributes| !attributes.is_empty());
        self.client
            .send_message()
            .queue_url(redrive_url)
            .message_body(&message.body)
            .set_message_attributes(attributes.cloned())
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                explained(
                    format_args!("the redrive queue {redrive_url} did not accept a message; it stays in the parked queue"),
                    "sqs:SendMessage on the redrive queue, and kms:GenerateDataKey and kms:Decrypt with the key that \
                     encrypts it",
                    &error,
                )
            })
    }

    async fn delete(&self, receipt: &str) -> Result<()> {
        let delete = self.client.delete_message().queue_url(&self.parked_url);
        delete
            .receipt_handle(receipt)
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                explained(
                    format_args!("a message of the {} could not be deleted", self.name),
                    &format!("sqs:DeleteMessage on the {}", self.name),
                    &error,
                )
            })
    }

    async fn parked_depth(&self) -> Result<Depth> {
        depth(&self.client, self.name, &self.parked_url).await
    }

    async fn redrive_depth(&self) -> Result<Depth> {
        depth(&self.client, "redrive queue", self.redrive_url()?).await
    }
}

impl Message {
    fn received(message: aws_sdk_sqs::types::Message) -> Option<Self> {
        let sent_at = message
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|milliseconds| milliseconds.parse().ok())
            .and_then(Time::from_millisecond);
        let body = message.body.unwrap_or_default();
        Some(Self {
            entry: Entry::new(&message.message_id?, sent_at, &body),
            receipt: message.receipt_handle?,
            body,
            attributes: message.message_attributes.unwrap_or_default(),
        })
    }
}
