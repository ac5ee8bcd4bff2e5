//! Redrive: records that were parked, or that Lambda gave up, go through the same pipeline once more.
//!
//! The events have the same ids as the first time, and carry the `replay` message attribute: later events of their subject
//! may be published already. Subscribers recognise the order by `sequence`.

use std::future::Future;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{Error, FailureObject, NotParked, Parked, RawRecord, failed_records};

use crate::handler::Publisher;
use crate::keys::KeySource;
use crate::parking::{Parking, ParkingFailed};
use crate::report::Report;
use crate::response::BatchResponse;
use crate::stream::Malformed;
use crate::topic::Topics;

/// Publishes the records of parked messages.
#[derive(Debug)]
pub struct Redrive<T, P, S, F> {
    publisher: Publisher<T, ParkedAgain<P>, S>,
    failures: F,
}

/// A message of the redrive queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// The id that a batch response uses.
    pub message_id: String,
    /// A message of the parking-lot queue.
    pub body: String,
}

/// Reads the objects of the bucket of failures.
pub trait Failures {
    /// The text of an object.
    ///
    /// Fails when it cannot be read now; its message is then tried again.
    fn fetch(&self, object: &FailureObject) -> impl Future<Output = Result<String, FetchFailed>>;
}

/// An object could not be read. The log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchFailed;

/// Parking for redriven records: the reason says that the record was parked before.
#[derive(Debug)]
pub struct ParkedAgain<P>(pub P);

/// Why a message stays in the queue.
enum Unsettled {
    NotParked,
    Fetch,
    Records,
}

impl<T: Topics, P: Parking, S: KeySource, F: Failures> Redrive<T, P, S, F> {
    /// A redrive through this publisher. Its configuration must mark the publication as a replay.
    pub fn new(publisher: Publisher<T, ParkedAgain<P>, S>, failures: F) -> Self {
        Self { publisher, failures }
    }

    /// Settles as many messages as it can before the deadline. The answer names the others: they stay in the queue, and
    /// return to the parking-lot queue if they keep failing. A record that fails again is parked again, which settles its
    /// message.
    pub async fn handle(&self, messages: &[QueueMessage], deadline: Instant) -> (BatchResponse, Report) {
        let mut report = Report::default();
        let mut failed = Vec::new();
        for message in messages {
            if let Err(unsettled) = self.redrive(&message.body, deadline, &mut report).await {
                tracing::warn!(
                    message = message.message_id,
                    reason = unsettled.reason(),
                    "a message was not redriven"
                );
                failed.push(message.message_id.clone());
            }
        }
        (BatchResponse::new(failed), report)
    }

    async fn redrive(&self, body: &str, deadline: Instant, report: &mut Report) -> Result<(), Unsettled> {
        match Parked::read(body).map_err(|NotParked| Unsettled::NotParked)? {
            Parked::Announcement => Ok(()),
            Parked::Record(message) => self.publish(&[message.record], deadline, report).await,
            Parked::Failures(objects) => {
                for object in objects {
                    let fetched = tokio::time::timeout_at(deadline, self.failures.fetch(&object)).await;
                    let text = fetched
                        .unwrap_or(Err(FetchFailed))
                        .map_err(|FetchFailed| Unsettled::Fetch)?;
                    let records = failed_records(&text).map_err(|NotParked| Unsettled::NotParked)?;
                    let records: Vec<&RawValue> = records.iter().map(AsRef::as_ref).collect();
                    self.publish(&records, deadline, report).await?;
                }
                Ok(())
            }
        }
    }

    async fn publish(
        &self,
        records: &[&RawValue],
        deadline: Instant,
        report: &mut Report,
    ) -> Result<(), Unsettled> {
        let (response, own) = self
            .publisher
            .handle(records, deadline)
            .await
            .map_err(|_| Unsettled::Records)?;
        *report += own;
        match response.first_unsettled() {
            None => Ok(()),
            Some(_) => Err(Unsettled::Records),
        }
    }
}

/// The messages of an invocation by an SQS queue.
///
/// Fails when the payload has no list of messages.
pub fn queue_messages(payload: &RawValue) -> Result<Vec<QueueMessage>, Malformed> {
    #[derive(Deserialize)]
    struct Payload {
        #[serde(rename = "Records")]
        records: Vec<QueueMessage>,
    }
    serde_json::from_str::<Payload>(payload.get())
        .map(|payload| payload.records)
        .map_err(|_| Malformed)
}

impl<P: Parking> Parking for ParkedAgain<P> {
    async fn park(&self, record: &RawRecord<'_>, reason: &Error) -> Result<(), ParkingFailed> {
        let again = Error::new(
            reason.code(),
            format!("redriven and parked again: {}", reason.message()),
        );
        self.0.park(record, &again).await
    }
}

impl Unsettled {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotParked => "it is neither a parked record nor a notification of the bucket of failures",
            Self::Fetch => "the object that it names could not be read",
            Self::Records => "not all of its records could be settled",
        }
    }
}

/// The bucket of failures in S3.
#[derive(Debug, Clone)]
pub struct S3Failures {
    client: Client,
}

impl S3Failures {
    /// Reads from every bucket that a notification names.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Failures for S3Failures {
    async fn fetch(&self, object: &FailureObject) -> Result<String, FetchFailed> {
        // Parsed as a query, the encoded key is one name without a value: its `=` and `&` are percent-encoded.
        let key = form_urlencoded::parse(object.encoded_key.as_bytes())
            .next()
            .map(|(key, _)| key.into_owned())
            .ok_or(FetchFailed)?;
        let answer = self
            .client
            .get_object()
            .bucket(&object.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| {
                tracing::warn!(
                    code = error.code(),
                    "an object of the bucket of failures could not be read"
                );
                FetchFailed
            })?;
        let bytes = answer.body.collect().await.map_err(|_| FetchFailed)?.to_vec();
        String::from_utf8(bytes).map_err(|_| FetchFailed)
    }
}
