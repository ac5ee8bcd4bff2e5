//! A table, scanned.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::attribute::{image, keys_from_json, keys_to_json};
use super::refusal::failure;
use crate::edge::failure::{Cause, Failure};
use crate::edge::source::{Page, Position, Source};
use crate::segment::Segment;

/// A table in DynamoDB, read by a parallel scan: strongly consistent, and after the key in the position.
#[derive(Debug, Clone)]
pub struct Scan {
    client: Client,
}

impl Scan {
    /// The tables of this client. The segment names the table.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn read(&self, segment: &Segment, after: Option<&Position>, rows: u32) -> Result<Page, Failure> {
        let answer = self
            .client
            .scan()
            .table_name(&segment.table)
            // Otherwise a row that was written before the live queue was subscribed could be absent, for ever.
            .consistent_read(true)
            .segment(number(segment.segment))
            .total_segments(number(segment.of))
            .set_exclusive_start_key(after.map(start).transpose()?)
            .limit(number(rows))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(error.code(), "a scan of the table"))?;
        let next = answer.last_evaluated_key.filter(|key| !key.is_empty());
        let next = next.map(|key| keys_to_json(&key).map(Position).ok_or_else(unknown_key));
        Ok(Page {
            items: answer.items.unwrap_or_default().into_iter().map(image).collect(),
            next: next.transpose()?,
            capacity: answer
                .consumed_capacity
                .and_then(|consumed| consumed.capacity_units)
                .unwrap_or_default(),
            ..Page::default()
        })
    }
}

impl Source for Scan {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        self.read(segment, after, rows).boxed()
    }
}

/// A number as the SDK takes it.
pub(super) fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The key that a read begins after.
pub(super) fn start(position: &Position) -> Result<super::attribute::Row, Failure> {
    let message = "the position in the checkpoint is no key of the table: start a new run";
    keys_from_json(&position.0).ok_or_else(|| Failure::new(Cause::Final, message))
}

/// A key of a type that no table has.
pub(super) fn unknown_key() -> Failure {
    Failure::new(Cause::Final, "the table answered with a key of an unknown type")
}
