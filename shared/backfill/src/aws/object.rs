//! The objects of an export.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;

use super::refusal::failure;
use crate::edge::failure::Failure;

/// An object of an export, as it arrives.
pub(super) async fn object(client: &Client, bucket: &str, key: &str) -> Result<ByteStream, Failure> {
    let answer = client.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.map_err(|error| failure(error.code(), "a read of the export"))?;
    Ok(answer.body)
}

/// An object of an export, whole.
pub(super) async fn bytes(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, Failure> {
    let body = object(client, bucket, key).await?.collect().await;
    Ok(body.map_err(|_| failure(None, "a read of the export"))?.to_vec())
}
