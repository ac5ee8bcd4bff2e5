//! The rows of one user in a table of the native layout.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use user_events_core::subject_from_keys;

use super::attribute::{image, keys_to_json};
use super::refusal::failure;
use super::scan::{number, start, unknown_key};
use crate::edge::failure::Failure;
use crate::edge::source::{Page, Position, Source};
use crate::segment::Segment;

/// The partition of one user in a table of the native layout, read by a query: strongly consistent. The table has one segment
/// then.
#[derive(Debug, Clone)]
pub struct Partition {
    client: Client,
    keys: Vec<String>,
}

impl Partition {
    /// The rows of this user in the tables of this client. The segment names the table.
    pub fn new(client: Client, user: &str) -> Self {
        Self {
            client,
            keys: partition_keys(user),
        }
    }

    async fn read(&self, segment: &Segment, after: Option<&Position>, rows: u32) -> Result<Page, Failure> {
        let place = after
            .and_then(|after| after.0.get("partition")?.as_u64())
            .unwrap_or_default();
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let (Some(key), 0) = (self.keys.get(place), segment.segment) else {
            return Ok(Page::default());
        };
        let after = after
            .and_then(|after| after.0.get("key"))
            .filter(|key| !key.is_null());
        let after = after.map(|key| start(&Position(key.clone()))).transpose()?;
        let answer = self
            .client
            .query()
            .table_name(&segment.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(key.clone()))
            .set_exclusive_start_key(after)
            .limit(number(rows))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| failure(error.code(), "a query of the table"))?;
        let next = match answer.last_evaluated_key.filter(|key| !key.is_empty()) {
            Some(key) => {
                let key = keys_to_json(&key).ok_or_else(unknown_key)?;
                Some(Position(json!({ "partition": place, "key": key })))
            }
            None if place + 1 < self.keys.len() => {
                Some(Position(json!({ "partition": place + 1, "key": null })))
            }
            None => None,
        };
        Ok(Page {
            items: answer.items.unwrap_or_default().into_iter().map(image).collect(),
            next,
            capacity: answer
                .consumed_capacity
                .and_then(|consumed| consumed.capacity_units)
                .unwrap_or_default(),
            ..Page::default()
        })
    }
}

impl Source for Partition {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        self.read(segment, after, rows).boxed()
    }
}

/// The partition keys that the user's rows can have: an identifier can be written plainly, and with `#` and `%` encoded.
fn partition_keys(user: &str) -> Vec<String> {
    let encoded = user.replace('%', "%25").replace('#', "%23");
    let mut keys = vec![format!("USER#{user}"), format!("USER#{encoded}")];
    keys.dedup();
    let subject = format!("users/{user}");
    keys.retain(|key| subject_from_keys(key, None).as_deref() == Some(&subject));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_identifier_is_asked_for_and_no_other_user() {
        for (user, keys) in [
            ("42", &["USER#42"][..]),
            ("a#b", &["USER#a%23b"]),
            ("100%", &["USER#100%", "USER#100%25"]),
            ("a%23b", &["USER#a%2523b"]),
        ] {
            assert_eq!(partition_keys(user), keys, "{user}");
        }
    }
}
