//! What a consumer has handled of a snapshot, as docs/reading.md lays it out.

use std::collections::HashMap;

use anyhow::Result;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use user_events_consumer::RowKey;
use user_events_core::Time;

use super::rows::{refused, text, time};

/// The snapshots of a consumer, in its inbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshots<'a> {
    pub(crate) client: &'a Client,
    pub(crate) table: &'a str,
    pub(crate) consumer: &'a str,
}

/// The snapshot that a consumer completed last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) run: String,
    /// How many events the run had.
    pub(crate) events: Option<u64>,
    pub(crate) completed_at: Option<Time>,
}

impl Snapshots<'_> {
    /// The snapshot that the consumer completed last. `None` if it completed none.
    ///
    /// Fails when the table cannot be read.
    pub(crate) async fn completed(&self) -> Result<Option<Completed>> {
        let get = self.client.get_item().table_name(self.table);
        let get = get.set_key(Some(self.key())).consistent_read(true);
        let answer = get.send().await.map_err(|error| {
            refused(
                self.table,
                "the inbox could not be read",
                "dynamodb:GetItem on the table",
                &error,
            )
        })?;
        Ok(answer.item.map(|row| Completed {
            run: text(&row, "run").unwrap_or_default(),
            events: row
                .get("events")
                .and_then(|number| number.as_n().ok()?.parse().ok()),
            completed_at: time(&row, "completedAt", 1),
        }))
    }

    /// How many events of the run the consumer has handled.
    ///
    /// Fails when the table cannot be read.
    pub(crate) async fn handled(&self, run: &str) -> Result<u64> {
        let mut handled = 0;
        for digit in RowKey::DIGITS {
            handled += self
                .counted(RowKey::snapshot_events(self.consumer, run, digit))
                .await?;
        }
        Ok(handled)
    }

    async fn counted(&self, pk: String) -> Result<u64> {
        let (mut counted, mut next) = (0, None);
        loop {
            let query = self.client.query().table_name(self.table).select(Select::Count);
            let query = query
                .key_condition_expression("pk = :pk")
                .filter_expression("#state = :completed")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .expression_attribute_values(":completed", AttributeValue::S("COMPLETED".to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(next);
            let page = query.send().await.map_err(|error| {
                refused(
                    self.table,
                    "the inbox could not be read",
                    "dynamodb:Query on the table",
                    &error,
                )
            })?;
            counted += u64::try_from(page.count).unwrap_or_default();
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return Ok(counted);
            }
        }
    }

    /// Records the run as completed, with so many events. Returns whether it was recorded: not if the consumer has completed
    /// this very run meanwhile.
    ///
    /// Fails when DynamoDB refuses.
    pub(crate) async fn complete(&self, run: &str, events: u64, now: Time) -> Result<bool> {
        let number = |number: String| AttributeValue::N(number);
        let run = AttributeValue::S(run.to_owned());
        let mut row = self.key();
        row.insert("run".to_owned(), run.clone());
        row.insert("events".to_owned(), number(events.to_string()));
        row.insert("completedAt".to_owned(), number(now.as_millisecond().to_string()));
        let put = self.client.put_item().table_name(self.table).set_item(Some(row));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR run <> :run")
            .expression_attribute_values(":run", run);
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => {
                let what = "the run could not be recorded as completed";
                Err(refused(self.table, what, "dynamodb:PutItem on the table", &error))
            }
        }
    }

    /// Deletes the record of the snapshot that was completed last.
    ///
    /// Fails when DynamoDB refuses.
    pub(crate) async fn forget(&self) -> Result<()> {
        let delete = self.client.delete_item().table_name(self.table);
        match delete.set_key(Some(self.key())).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let what = "the completed snapshot could not be forgotten";
                Err(refused(
                    self.table,
                    what,
                    "dynamodb:DeleteItem on the table",
                    &error,
                ))
            }
        }
    }

    fn key(&self) -> HashMap<String, AttributeValue> {
        let RowKey { pk, sk } = RowKey::snapshot(self.consumer);
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(pk)),
            ("sk".to_owned(), AttributeValue::S(sk)),
        ])
    }
}
