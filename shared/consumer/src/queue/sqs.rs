//! The queue of a consumer in SQS.

use std::future::Future;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName as System,
};

use super::{Hide, QueueCall, QueueError};

/// The calls that a worker makes: to SQS, or to a fake in a test. Batches have at most ten entries, the limit of SQS.
pub trait Queue: Send + Sync {
    /// Receives up to `most` messages and waits up to `wait` for the first one. Each message stays invisible to other
    /// receivers for `visibility`.
    ///
    /// Fails when the queue does not answer.
    fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> impl Future<Output = Result<Vec<Message>, QueueError>> + Send;

    /// Deletes messages by their receipts. Returns the places of those that were not deleted.
    ///
    /// Fails when the queue does not answer.
    fn delete(&self, receipts: &[String]) -> impl Future<Output = Result<Vec<usize>, QueueError>> + Send;

    /// Makes messages visible after `visibility` from now, at once for zero. Returns the places of those that were not
    /// changed.
    ///
    /// Fails when the queue does not answer.
    fn change_visibility(
        &self,
        receipts: &[String],
        visibility: Duration,
    ) -> impl Future<Output = Result<Vec<usize>, QueueError>> + Send;
}

/// A queue in SQS.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue at this URL. The read timeout of the client must be longer than `WorkerSettings::wait`, 20 seconds by
    /// default.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        let url = url.into();
        Self { client, url }
    }
}

impl Queue for SqsQueue {
    async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let call = self.client.receive_message().queue_url(&self.url);
        let answer = call
            .max_number_of_messages(i32::try_from(most).unwrap_or(i32::MAX))
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(visibility))
            .message_attribute_names("All")
            .message_system_attribute_names(System::ApproximateReceiveCount)
            .message_system_attribute_names(System::MessageGroupId)
            .message_system_attribute_names(System::SequenceNumber)
            .send()
            .await
            .map_err(queue_error)?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn delete(&self, receipts: &[String]) -> Result<Vec<usize>, QueueError> {
        let mut call = self.client.delete_message_batch().queue_url(&self.url);
        for (place, receipt) in receipts.iter().enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
            call = call.entries(entry.receipt_handle(receipt).build().map_err(incomplete)?);
        }
        let answer = call.send().await.map_err(queue_error)?;
        let deleted = answer.successful().iter().map(|entry| entry.id());
        Ok(missing(receipts.len(), deleted))
    }

    async fn change_visibility(
        &self,
        receipts: &[String],
        visibility: Duration,
    ) -> Result<Vec<usize>, QueueError> {
        let mut call = self.client.change_message_visibility_batch().queue_url(&self.url);
        for (place, receipt) in receipts.iter().enumerate() {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(place.to_string())
                .visibility_timeout(seconds(visibility));
            call = call.entries(entry.receipt_handle(receipt).build().map_err(incomplete)?);
        }
        let answer = call.send().await.map_err(queue_error)?;
        let changed = answer.successful().iter().map(|entry| entry.id());
        Ok(missing(receipts.len(), changed))
    }
}

impl Hide for SqsQueue {
    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> QueueCall<'a> {
        let call = self.client.change_message_visibility().queue_url(&self.url);
        let call = call.receipt_handle(receipt).visibility_timeout(seconds(time));
        Box::pin(async move { call.send().await.map(|_| ()).map_err(queue_error) })
    }
}

/// The places that the answer does not list: an entry that is not listed failed.
fn missing<'a>(count: usize, named: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let named: Vec<usize> = named.filter_map(|id| id.parse().ok()).collect();
    (0..count).filter(|place| !named.contains(place)).collect()
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

fn queue_error<E: ProvideErrorMetadata>(error: SdkError<E>) -> QueueError {
    QueueError {
        code: error.code().map(str::to_owned),
    }
}

fn incomplete(_: aws_sdk_sqs::error::BuildError) -> QueueError {
    QueueError { code: None }
}
