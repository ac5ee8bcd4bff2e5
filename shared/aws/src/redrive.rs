//! Redrive: what was parked, or given up by Lambda, goes through the same pipeline once more.
//!
//! The events have the ids they would have had, and carry the `replay` message attribute: later events of their subject
//! may have been published meanwhile, which subscribers tell by `sequence`.

use std::future::Future;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{Error, FailureObject, NotParked, Parked, failed_records};

use crate::handler::Publisher;
use crate::keys::KeySource;
use crate::parking::{Parking, ParkingFailed};
use crate::report::Report;
use crate::stream::Malformed;
use crate::topic::Topics;

/// Publishes what was parked.
#[derive(Debug)]
pub struct Redrive<T, P, S, F> {
    publisher: Publisher<T, ParkedAgain<P>, S>,
    failures: F,
}

/// A message of the redrive queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// The id that a batch response names it by.
    pub message_id: String,
    /// A message of the parked queue.
    pub body: String,
}

/// The answer to an invocation: the messages that stay in the queue (AWS Lambda Developer Guide, *Implementing partial
/// batch responses* for Amazon SQS). Those that keep failing go back to the parked queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueResponse {
    batch_item_failures: Vec<FailedMessage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedMessage {
    item_identifier: String,
}

/// Where the objects of the bucket of failures are read from.
pub trait Failures {
    /// The text of an object.
    ///
    /// Fails when it cannot be had now; its notice is then tried again.
    fn fetch(&self, object: &FailureObject) -> impl Future<Output = Result<String, FetchFailed>>;
}

/// An object could not be had. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchFailed;

/// Parking for redriven records: the reason says that this was not the first time.
#[derive(Debug)]
pub struct ParkedAgain<P>(pub P);

/// Why a message stays in the queue.
enum Unsettled {
    NotParked,
    Fetch,
    Records,
}

impl<T: Topics, P: Parking, S: KeySource, F: Failures> Redrive<T, P, S, F> {
    /// A redrive through this publisher, whose publication is marked as a replay.
    pub fn new(publisher: Publisher<T, ParkedAgain<P>, S>, failures: F) -> Self {
        Self { publisher, failures }
    }

    /// Settles as many messages as it can before the deadline; the answer names those that are not. A record that
    /// fails again is parked anew, which settles its message.
    pub async fn handle(&self, messages: &[QueueMessage], deadline: Instant) -> (QueueResponse, Report) {
        let mut report = Report::default();
        let mut failed = Vec::new();
        for message in messages {
            if let Err(unsettled) = self.redrive(&message.body, deadline, &mut report).await {
                tracing::warn!(
                    message = message.message_id,
                    reason = unsettled.reason(),
                    "a message was not redriven"
                );
                failed.push(FailedMessage {
                    item_identifier: message.message_id.clone(),
                });
            }
        }
        (
            QueueResponse {
                batch_item_failures: failed,
            },
            report,
        )
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

impl QueueResponse {
    /// The ids of the messages that stay in the queue.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures
            .iter()
            .map(|message| message.item_identifier.as_str())
    }
}

/// The messages of an invocation by an SQS queue.
///
/// Fails when the payload is none.
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
    async fn park(&self, record: &RawValue, reason: &Error) -> Result<(), ParkingFailed> {
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
            Self::NotParked => "it is neither a parked record nor a notice of the bucket of failures",
            Self::Fetch => "the object that it announces could not be read",
            Self::Records => "not all of its records could be settled",
        }
    }
}

/// The bucket of failures.
#[derive(Debug, Clone)]
pub struct S3Failures {
    client: Client,
}

impl S3Failures {
    /// Whatever buckets the notices name.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Failures for S3Failures {
    async fn fetch(&self, object: &FailureObject) -> Result<String, FetchFailed> {
        // The key stands alone in what is parsed as a query: `+` and `%xx` are decoded, and `=` and `&` are encoded.
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
