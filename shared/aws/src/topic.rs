//! Topics: publish a batch, and read the outcome of every entry from the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish_batch::{PublishBatchError, PublishBatchOutput};
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use user_events_core::{Batch, Entry, MessageAttribute, Outcome};

/// The topics that batches are published to.
pub trait Topics {
    /// Publishes a batch to the topic of its category. Returns the outcome of every entry, in the order of the batch.
    fn publish(&self, batch: &Batch) -> impl Future<Output = Vec<Outcome>>;
}

/// The SNS topics of a function.
#[derive(Debug, Clone)]
pub struct SnsTopics {
    client: Client,
    arns: BTreeMap<&'static str, String>,
}

/// The errors of a whole call that its content caused (Amazon SNS API Reference, *PublishBatch*, errors).
const REFUSALS: &[&str] = &[
    "BatchRequestTooLong",
    "BatchRequestTooLongException",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidParameterValue",
    "ParameterValueInvalid",
    "ValidationException",
];

impl SnsTopics {
    /// The topics by category. A topic with an ARN that ends in `.fifo` is a FIFO topic.
    pub fn new(client: Client, arns: BTreeMap<&'static str, String>) -> Self {
        Self { client, arns }
    }

    /// Opens the connection before the first batch needs it. Any answer proves that the handshake is done, even a
    /// refusal.
    pub async fn warm(&self) {
        if let Some(arn) = self.arns.values().next()
            && let Err(error) = self.client.get_topic_attributes().topic_arn(arn).send().await
        {
            tracing::debug!(code = error.code(), "the warming call was refused");
        }
    }

    async fn send(
        &self,
        topic_arn: &str,
        batch: &Batch,
    ) -> Result<PublishBatchOutput, SdkError<PublishBatchError>> {
        let fifo = topic_arn.ends_with(".fifo");
        let entries = batch
            .entries()
            .iter()
            .enumerate()
            .map(|(place, entry)| request_entry(place, entry, fifo));
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(SdkError::construction_failure)?;
        self.client
            .publish_batch()
            .topic_arn(topic_arn)
            .set_publish_batch_request_entries(Some(entries))
            .send()
            .await
    }
}

impl Topics for SnsTopics {
    async fn publish(&self, batch: &Batch) -> Vec<Outcome> {
        let all = |outcome| vec![outcome; batch.entries().len()];
        let Some(first) = batch.entries().first() else {
            return Vec::new();
        };
        let Some(topic_arn) = self.arns.get(first.event.category) else {
            return all(Outcome::Retryable);
        };
        match self.send(topic_arn, batch).await {
            Ok(answer) => outcomes(&answer, batch.entries().len()),
            Err(error) => {
                let code = error.code();
                tracing::warn!(
                    category = first.event.category,
                    entries = batch.entries().len(),
                    code,
                    "a PublishBatch call failed"
                );
                all(outcome_of_failed_call(code))
            }
        }
    }
}

/// The outcome of every entry of a call that failed as a whole, by its error code: either an entry may be at fault, or
/// the cause may pass. Without a code, it is unknown whether the call arrived.
pub fn outcome_of_failed_call(code: Option<&str>) -> Outcome {
    let refused = code.is_some_and(|code| REFUSALS.contains(&code));
    if refused {
        Outcome::Suspect
    } else {
        Outcome::Retryable
    }
}

/// Reads the answer entry by entry. Only entries that it lists as accepted are accepted. An entry that it does not
/// mention may have been accepted or not, and is sent again with the same id.
pub fn outcomes(answer: &PublishBatchOutput, entries: usize) -> Vec<Outcome> {
    let accepted: BTreeSet<&str> = answer
        .successful()
        .iter()
        .filter_map(|entry| entry.id())
        .collect();
    let mut refused = BTreeSet::new();
    for failure in answer.failed() {
        if failure.sender_fault() {
            refused.insert(failure.id());
        }
    }
    if let Some(first) = answer.failed().first() {
        tracing::warn!(
            entries,
            failed = answer.failed().len(),
            sender_faults = refused.len(),
            first_code = first.code(),
            "the topic refused entries"
        );
    }
    let outcome = |place: usize| match place.to_string().as_str() {
        id if accepted.contains(id) => Outcome::Accepted,
        id if refused.contains(id) => Outcome::Rejected,
        _ => Outcome::Retryable,
    };
    (0..entries).map(outcome).collect()
}

fn request_entry(
    place: usize,
    entry: &Entry,
    fifo: bool,
) -> Result<PublishBatchRequestEntry, aws_sdk_sns::error::BuildError> {
    let event = &entry.event;
    let mut request = PublishBatchRequestEntry::builder()
        .id(place.to_string())
        .message(&event.body);
    if fifo {
        request = request
            .message_group_id(&event.partition_key)
            .message_deduplication_id(&event.id);
    }
    for attribute in &event.attributes {
        request = request.message_attributes(attribute.name, attribute_value(attribute)?);
    }
    request.build()
}

fn attribute_value(
    attribute: &MessageAttribute,
) -> Result<MessageAttributeValue, aws_sdk_sns::error::BuildError> {
    MessageAttributeValue::builder()
        .data_type(attribute.data_type)
        .string_value(&attribute.value)
        .build()
}
