//! The table of persons' keys in DynamoDB.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_core::SubjectKey;
use zeroize::Zeroizing;

use crate::subject_key_store::{SubjectKeyStore, SubjectRow, SubjectRows, TableFailed};

/// The attributes of a row that a publisher reads. A tombstone also has the subject.
const READ: [&str; 4] = ["pk", "keyId", "secret", "erasedAt"];

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoSubjectKeys {
    client: Client,
    table: String,
}

type Row = HashMap<String, AttributeValue>;

impl DynamoSubjectKeys {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn read_all(&self, names: &[String]) -> Result<SubjectRows, TableFailed> {
        let keys = names.iter().map(|name| key(name)).collect();
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .projection_expression(READ.join(", "))
            // Otherwise a key that was deleted a moment ago could be used for another five minutes.
            .consistent_read(true)
            .build()
            .map_err(|_| TableFailed)?;
        let answer = self.client.batch_get_item().request_items(&self.table, wanted);
        let answer = answer
            .send()
            .await
            .map_err(|error| failed(error.code(), "read"))?;
        let mut rows = SubjectRows::default();
        for row in answer
            .responses
            .into_iter()
            .flat_map(HashMap::into_values)
            .flatten()
        {
            let Some(name) = name(&row) else { continue };
            match subject_row(&row) {
                Some(read) => drop(rows.found.insert(name, read)),
                None => {
                    tracing::error!(pk = name, "a row is neither a person's key nor a tombstone");
                    rows.unread.insert(name);
                }
            }
        }
        let unprocessed = answer.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
        let unprocessed = unprocessed.flat_map(|left| left.keys);
        rows.unread.extend(unprocessed.filter_map(|key| name(&key)));
        Ok(rows)
    }

    async fn create_one(&self, name: &str, key: &SubjectKey) -> Result<SubjectRow, TableFailed> {
        let secret = AttributeValue::B(Blob::new(key.secret.as_slice()));
        let created = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", AttributeValue::S(name.to_owned()))
            .item("keyId", AttributeValue::S(key.key_id.clone()))
            .item("secret", secret)
            // Another publisher may have been faster, and nothing brings back a key that was deleted.
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = created else {
            return Ok(SubjectRow::Key(Arc::new(key.clone())));
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(there)) => {
                let row = there.item().and_then(subject_row);
                row.ok_or_else(|| failed(Some("ConditionalCheckFailedException"), "read after a creation"))
            }
            _ => Err(failed(error.code(), "created")),
        }
    }
}

impl SubjectKeyStore for DynamoSubjectKeys {
    fn read<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<SubjectRows, TableFailed>> {
        self.read_all(names).boxed()
    }

    fn create<'a>(
        &'a self,
        name: &'a str,
        key: &'a SubjectKey,
    ) -> BoxFuture<'a, Result<SubjectRow, TableFailed>> {
        self.create_one(name, key).boxed()
    }
}

fn failed(code: Option<&str>, what: &str) -> TableFailed {
    tracing::warn!(
        code,
        what,
        "no persons' keys: the table refused or could not be reached"
    );
    TableFailed
}

fn key(name: &str) -> Row {
    HashMap::from([("pk".to_owned(), AttributeValue::S(name.to_owned()))])
}

fn name(row: &Row) -> Option<String> {
    row.get("pk")?.as_s().ok().cloned()
}

/// `None` if the row is neither a key nor a tombstone.
fn subject_row(row: &Row) -> Option<SubjectRow> {
    if row.contains_key("erasedAt") {
        return Some(SubjectRow::Erased);
    }
    let secret = row.get("secret")?.as_b().ok()?.as_ref();
    let mut bytes = Zeroizing::new([0; 32]);
    if secret.len() != bytes.len() {
        return None;
    }
    bytes.copy_from_slice(secret);
    Some(SubjectRow::Key(Arc::new(SubjectKey {
        key_id: row.get("keyId")?.as_s().ok()?.clone(),
        secret: bytes,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(members: &[(&str, AttributeValue)]) -> Row {
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    #[test]
    fn a_row_is_a_key_of_32_bytes_or_a_tombstone_and_nothing_else() {
        let name = || ("keyId", AttributeValue::S("k".to_owned()));
        let secret = |bytes: usize| ("secret", AttributeValue::B(Blob::new(vec![7; bytes])));
        let erased = (
            "erasedAt",
            AttributeValue::S("2026-03-01T12:00:00.000Z".to_owned()),
        );
        assert!(
            matches!(subject_row(&row(&[name(), secret(32)])), Some(SubjectRow::Key(key)) if key.key_id == "k")
        );
        assert!(matches!(
            subject_row(&row(std::slice::from_ref(&erased))),
            Some(SubjectRow::Erased)
        ));
        // A tombstone is final, whatever else is in the row.
        assert!(matches!(
            subject_row(&row(&[name(), secret(32), erased])),
            Some(SubjectRow::Erased)
        ));
        let text = ("secret", AttributeValue::S("7".repeat(32)));
        for other in [
            row(&[]),
            row(&[name()]),
            row(&[secret(32)]),
            row(&[name(), secret(31)]),
            row(&[name(), text]),
        ] {
            assert!(subject_row(&other).is_none(), "{other:?}");
        }
    }
}
