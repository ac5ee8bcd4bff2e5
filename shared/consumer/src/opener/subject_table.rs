//! The table of persons' keys in DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use super::subject_key::{SubjectKey, SubjectKeys};

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
    fn row<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>> {
        async move {
            let answer = self
                .client
                .get_item()
                .table_name(&self.table)
                .key("pk", AttributeValue::S(name.to_owned()))
                .consistent_read(true)
                .send()
                .await
                .map_err(|error| error.code().map(str::to_owned))?;
            Ok(answer.item.and_then(SubjectKey::from_item))
        }
        .boxed()
    }
}

impl SubjectKey {
    /// The row in an item of the table. `None` if the item is neither a key nor a tombstone: without `erasedAt`, it needs
    /// `keyId` as a string and `secret` as a binary. With `erasedAt` it is a tombstone, whatever else it has.
    pub fn from_item(mut item: HashMap<String, AttributeValue>) -> Option<Self> {
        if item.contains_key("erasedAt") {
            return Some(Self::Erased);
        }
        // Moved and not copied, so that no copy stays in memory.
        let Some(AttributeValue::B(secret)) = item.remove("secret") else {
            return None;
        };
        let secret = Zeroizing::new(secret.into_inner());
        let Some(AttributeValue::S(key_id)) = item.remove("keyId") else {
            return None;
        };
        Some(Self::Secret { key_id, secret })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    fn read(members: &[(&str, AttributeValue)]) -> Option<SubjectKey> {
        let members = members.iter().cloned();
        SubjectKey::from_item(members.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn an_item_is_a_key_a_tombstone_or_neither() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let binary = AttributeValue::B(Blob::new([7; 32]));
        let (id, secret) = (("keyId", text("id")), ("secret", binary.clone()));
        let erased = ("erasedAt", text("2026-04-01T12:00:00.000Z"));
        let key = read(&[id.clone(), secret.clone()]);
        assert!(matches!(key, Some(SubjectKey::Secret { key_id, .. }) if key_id == "id"));
        for tombstone in [
            &[erased.clone()][..],
            &[id.clone(), secret.clone(), erased],
            &[
                id.clone(),
                secret.clone(),
                ("erasedAt", AttributeValue::Null(true)),
            ],
        ] {
            assert!(
                matches!(read(tombstone), Some(SubjectKey::Erased)),
                "{tombstone:?}"
            );
        }
        for neither in [
            &[][..],
            std::slice::from_ref(&id),
            std::slice::from_ref(&secret),
            &[("keyId", binary), secret.clone()],
            &[id.clone(), ("secret", text("c2VjcmV0"))],
        ] {
            assert!(read(neither).is_none());
        }
    }
}
