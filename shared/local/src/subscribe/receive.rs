//! Receives continuously and deletes what was received.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use tokio::sync::mpsc::UnboundedSender;

use super::queue::is_gone;
use super::subscription::Subscription;
use crate::failure::explained;

/// The most messages of one receive call, and the longest time that it waits (Amazon SQS API Reference, *ReceiveMessage*).
const MAX_MESSAGES: i32 = 10;
const LONGEST_WAIT_SECONDS: i32 = 20;
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);
/// After so many failures in a row, receiving from a queue stops. The SDK retries each call before it fails.
const MAX_FAILURES: u32 = 10;

/// A received message.
#[derive(Debug, Clone)]
pub struct Received {
    /// The category of the queue.
    pub category: String,
    /// The message body.
    pub body: String,
    /// The message attributes, values as text.
    pub attributes: BTreeMap<String, String>,
    /// The types of the message attributes: `String`, `Number`, `String.Array`.
    pub data_types: BTreeMap<String, String>,
    /// When it was received.
    pub at: Instant,
}

/// Receives until the receiver is dropped or the queue keeps failing. Returns the reason.
pub(super) async fn receive(
    sqs: &Client,
    subscription: &Subscription,
    received: &UnboundedSender<Received>,
) -> anyhow::Error {
    let mut failures = 0;
    loop {
        let receive = sqs.receive_message().queue_url(&subscription.queue_url);
        let receive = receive
            .max_number_of_messages(MAX_MESSAGES)
            .wait_time_seconds(LONGEST_WAIT_SECONDS)
            .message_attribute_names("All");
        let answer = match receive.send().await {
            Ok(answer) => answer,
            Err(error) => {
                failures += 1;
                if failures == MAX_FAILURES || error.code().is_some_and(is_gone) {
                    let what = format_args!("queue {} cannot be received from", subscription.queue_name);
                    return explained(what, "sqs:ReceiveMessage on queues of that name", &error);
                }
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
                continue;
            }
        };
        failures = 0;
        let at = Instant::now();
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            continue;
        }
        let handles: Vec<_> = messages
            .iter()
            .filter_map(|message| message.receipt_handle.clone())
            .collect();
        for message in messages {
            if received.send(Received::new(subscription, message, at)).is_err() {
                return anyhow::anyhow!("the program no longer reads the messages");
            }
        }
        delete(sqs, &subscription.queue_url, handles).await;
    }
}

impl Received {
    fn new(subscription: &Subscription, message: Message, at: Instant) -> Self {
        let body = message.body.unwrap_or_default();
        let (mut attributes, mut data_types) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in message.message_attributes.unwrap_or_default() {
            data_types.insert(name.clone(), value.data_type);
            attributes.insert(name, value.string_value.unwrap_or_default());
        }
        Self {
            category: subscription.category.clone(),
            attributes,
            data_types,
            body,
            at,
        }
    }
}

/// Deletes messages. One that cannot be deleted arrives again, and is then reported as a duplicate.
async fn delete(sqs: &Client, queue_url: &str, handles: Vec<String>) {
    let entry = |(index, handle): (usize, String)| {
        DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(handle)
            .build()
            .ok()
    };
    let entries = handles.into_iter().enumerate().filter_map(entry).collect();
    sqs.delete_message_batch()
        .queue_url(queue_url)
        .set_entries(Some(entries))
        .send()
        .await
        .ok();
}
