//! The table of persons' keys in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use super::subject_keys::{SubjectKey, SubjectKeys};

/// The table of persons' keys that the publisher keeps. `docs/reading.md` describes its rows. The consumer's role needs
/// `dynamodb:GetItem` on it, and `kms:Decrypt` on the key that encrypts it.
#[derive(Debug, Clone)]
pub struct SubjectKeyTable {
    client: Client,
    table: String,
}

impl SubjectKeyTable {
    /// The table with this name or ARN.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self { client, table }
    }
}

impl SubjectKeys for SubjectKeyTable {
    fn row<'a>(
        &'a self,
        name: &'a str,
        is_consistent: bool,
    ) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>> {
        async move {
            let answer = self
                .client
                .get_item()
                .table_name(&self.table)
                .key("pk", AttributeValue::S(name.to_owned()))
                .consistent_read(is_consistent)
                .send()
                .await
                .map_err(|error| error.code().map(str::to_owned))?;
            answer.item.map(|row| subject_key(&row).ok_or(None)).transpose()
        }
        .boxed()
    }
}

/// `None` if the row is neither a key nor a tombstone.
fn subject_key(row: &HashMap<String, AttributeValue>) -> Option<SubjectKey> {
    if row.contains_key("erasedAt") {
        return Some(SubjectKey::Erased);
    }
    Some(SubjectKey::Secret {
        key_id: row.get("keyId")?.as_s().ok()?.clone(),
        secret: Zeroizing::new(row.get("secret")?.as_b().ok()?.clone().into_inner()),
    })
}
