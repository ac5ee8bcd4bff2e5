//! Parking: a record that retrying cannot help moves whole to the parking-lot queue, or, if the queue does not take so
//! much, to the bucket of failures, which announces it in the queue.

use std::future::Future;
use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_sqs::error::ProvideErrorMetadata;

/// The places where parked records go.
pub trait Parking {
    /// Sends a message to the parking-lot queue.
    ///
    /// Fails when it could not be handed over; it is then tried again.
    fn send(&self, message: String) -> impl Future<Output = Result<(), ParkingFailed>>;

    /// Writes an object to the bucket of failures.
    ///
    /// Fails when it could not be handed over; it is then tried again.
    fn store(&self, key: String, object: String) -> impl Future<Output = Result<(), ParkingFailed>>;
}

/// The record could not be handed over. The log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParkingFailed;

/// Where a record was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Queue,
    Bucket,
}

/// The parking-lot queue in SQS, and the bucket of failures in S3.
#[derive(Debug, Clone)]
pub struct AwsParking {
    queue: aws_sdk_sqs::Client,
    queue_url: String,
    bucket: Option<Bucket>,
}

/// The bucket of failures, to write to.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
    sdk: SdkConfig,
    /// Made for the first record that needs it: few functions ever do.
    client: OnceLock<aws_sdk_s3::Client>,
}

impl Bucket {
    /// The bucket with this name.
    pub fn new(name: String, sdk: SdkConfig) -> Self {
        Self {
            name,
            sdk,
            client: OnceLock::new(),
        }
    }
}

impl AwsParking {
    /// The queue with this URL, and the bucket. Without a bucket, a record that the queue does not take cannot be parked.
    pub fn new(queue: aws_sdk_sqs::Client, queue_url: String, bucket: Option<Bucket>) -> Self {
        Self {
            queue,
            queue_url,
            bucket,
        }
    }
}

impl Parking for AwsParking {
    async fn send(&self, message: String) -> Result<(), ParkingFailed> {
        let bytes = message.len();
        let sent = self
            .queue
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(message)
            .send()
            .await;
        sent.map(drop).map_err(|error| {
            tracing::warn!(code = error.code(), bytes, "a record could not be parked");
            ParkingFailed
        })
    }

    async fn store(&self, key: String, object: String) -> Result<(), ParkingFailed> {
        let Some(bucket) = &self.bucket else {
            tracing::error!(
                bytes = object.len(),
                "a record is larger than the parking-lot queue accepts, and there is no bucket for it: set FAILURE_BUCKET"
            );
            return Err(ParkingFailed);
        };
        let bytes = object.len();
        let stored = bucket
            .client
            .get_or_init(|| aws_sdk_s3::Client::new(&bucket.sdk))
            .put_object()
            .bucket(&bucket.name)
            .key(key)
            .content_type("application/json")
            .body(object.into_bytes().into())
            .send()
            .await;
        stored.map(drop).map_err(|error| {
            tracing::warn!(
                code = error.code(),
                bytes,
                "a record could not be written to the bucket of failures"
            );
            ParkingFailed
        })
    }
}
