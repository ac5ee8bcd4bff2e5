//! The answer of a function: which records or messages Lambda must deliver again.

use serde::{Deserialize, Deserializer, Serialize};

/// A partial batch response. For a stream it names the record from which Lambda delivers again (AWS Lambda Developer
/// Guide, *Configuring partial batch response with DynamoDB*); for a queue, the messages that stay in it (the same
/// guide, *Implementing partial batch responses*). An empty response means that everything is settled (acknowledged).
///
/// It is read as Lambda reads it: a list that is absent or `null` is empty, and so is an identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    #[serde(default, deserialize_with = "null_is_default")]
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    #[serde(default, deserialize_with = "null_is_default")]
    item_identifier: String,
}

impl BatchResponse {
    /// The answer that names these sequence numbers or message ids. An empty one would fail the whole batch, so none
    /// may be empty.
    pub fn new(failed: impl IntoIterator<Item = String>) -> Self {
        let failed = failed.into_iter();
        Self {
            batch_item_failures: failed
                .map(|item_identifier| BatchItemFailure { item_identifier })
                .collect(),
        }
    }

    /// The sequence numbers or message ids that it names.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures
            .iter()
            .map(|failure| failure.item_identifier.as_str())
    }

    /// The sequence number of the record from which Lambda delivers a stream's batch again; `None` when every record is
    /// settled.
    pub fn first_unsettled(&self) -> Option<&str> {
        self.failed().next()
    }
}

fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let answer = BatchResponse::new(["1".to_owned(), "2".to_owned()]);
        let written = json!(answer);
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "1" }, { "itemIdentifier": "2" }] });
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_value::<BatchResponse>(written).unwrap(), answer);
        assert_eq!(
            json!(BatchResponse::new(None)),
            json!({ "batchItemFailures": [] })
        );
    }

    #[test]
    fn a_null_or_absent_list_and_identifier_are_empty() {
        for (answer, failed) in [
            (json!({}), vec![]),
            (json!({ "batchItemFailures": null }), vec![]),
            (
                json!({ "batchItemFailures": [{ "itemIdentifier": null }, {}] }),
                vec!["", ""],
            ),
        ] {
            let read: BatchResponse = serde_json::from_value(answer).unwrap();
            assert_eq!(read.failed().collect::<Vec<_>>(), failed);
        }
    }
}
