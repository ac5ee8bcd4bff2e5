//! Checkpoints in S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::refusal::failure;
use crate::edge::checkpoints::Checkpoints;
use crate::edge::failure::Failure;

/// Checkpoints in S3: `<prefix>/<name>.json`. An object is written whole or not at all, and a read after it sees it (Amazon S3
/// User Guide, *Amazon S3 data consistency model*).
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    bucket: String,
    prefix: String,
}

impl Bucket {
    /// The checkpoints below this prefix, which has no slash at its end.
    pub fn new(client: Client, bucket: String, prefix: String) -> Self {
        Self {
            client,
            bucket,
            prefix,
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}/{name}.json", self.prefix)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let request = self.client.get_object().bucket(&self.bucket).key(self.key(name));
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(failure(error.code(), "a read of the bucket of the runs")),
        };
        let body = answer.body.collect().await;
        let body = body.map_err(|_| failure(None, "a read of the bucket of the runs"))?;
        Ok(Some(body.to_vec()))
    }

    async fn put(&self, name: &str, checkpoint: Vec<u8>) -> Result<(), Failure> {
        let request = self.client.put_object().bucket(&self.bucket).key(self.key(name));
        let request = request
            .content_type("application/json")
            .body(ByteStream::from(checkpoint));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(error.code(), "a write to the bucket of the runs")),
        }
    }
}

impl Checkpoints for Bucket {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        self.get(name).boxed()
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        self.put(name, checkpoint).boxed()
    }
}
