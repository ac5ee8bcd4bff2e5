//! The bucket of failures: the records that Lambda gave up, and those that the parking-lot queue does not accept.

use std::future::Future;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use user_events_core::FailureObject;

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
