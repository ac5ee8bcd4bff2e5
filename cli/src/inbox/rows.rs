//! The rows of an inbox, as docs/reading.md lays them out.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use user_events_consumer::RowKey;
use user_events_core::Time;
use user_events_local::failure::explained;

/// The rows of a consumer in a table.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) client: &'a Client,
    pub(super) table: &'a str,
    pub(super) consumer: &'a str,
}

/// The last event of a message group that was handled, of one category and source.
#[derive(Debug)]
pub(super) struct LaneRow {
    key: Attributes,
    pub(super) category: String,
    pub(super) source: String,
    pub(super) sequence: Option<String>,
    pub(super) expires: Option<Time>,
}

/// An event that was handled or is being handled.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) state: Option<String>,
    pub(super) content: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) lease_until: Option<Time>,
    pub(super) completed_at: Option<Time>,
    pub(super) expires: Option<Time>,
}

type Attributes = HashMap<String, AttributeValue>;

impl Rows<'_> {
    /// The rows of a message group, one for each category and source.
    ///
    /// Fails when the table cannot be read.
    pub(super) async fn lane(&self, partition_key: &str) -> Result<Vec<LaneRow>> {
        let pk = RowKey::lanes(self.consumer, partition_key);
        let rows = self.query(pk, RowKey::LANES).await?;
        Ok(rows.into_iter().map(LaneRow::new).collect())
    }

    /// The row of an event. `None` if there is none.
    ///
    /// Fails when the table cannot be read.
    pub(super) async fn event(&self, id: &str) -> Result<Option<EventRow>> {
        let RowKey { pk, sk } = RowKey::event(self.consumer, id);
        let rows = self.query(pk, &sk).await?;
        Ok(rows.first().map(EventRow::new))
    }

    /// Deletes a row if it is still as it was read. Returns whether it was deleted.
    ///
    /// Fails when DynamoDB refuses.
    pub(super) async fn delete(&self, row: &LaneRow) -> Result<bool> {
        let mut delete = self
            .client
            .delete_item()
            .table_name(self.table)
            .set_key(Some(row.key.clone()))
            .expression_attribute_names("#sequence", "sequence");
        delete = match &row.sequence {
            Some(sequence) => delete
                .condition_expression("#sequence = :sequence")
                .expression_attribute_values(":sequence", AttributeValue::S(sequence.clone())),
            None => delete.condition_expression("attribute_not_exists(#sequence)"),
        };
        match delete.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(self.refused(
                "a row could not be deleted",
                "dynamodb:DeleteItem on the table",
                &error,
            )),
        }
    }

    async fn query(&self, pk: String, prefix: &str) -> Result<Vec<Attributes>> {
        let (mut rows, mut next) = (Vec::new(), None);
        loop {
            let query = self
                .client
                .query()
                .table_name(self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(next);
            let page = query.send().await.map_err(|error| {
                self.refused(
                    "the inbox could not be read",
                    "dynamodb:Query on the table",
                    &error,
                )
            })?;
            rows.extend(page.items.unwrap_or_default());
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return Ok(rows);
            }
        }
    }

    fn refused<E, R>(&self, what: &str, permission: &str, error: &SdkError<E, R>) -> anyhow::Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        refused(self.table, what, permission, error)
    }
}

/// The error of a table that refuses.
pub(super) fn refused<E, R>(
    table: &str,
    what: &str,
    permission: &str,
    error: &SdkError<E, R>,
) -> anyhow::Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.code() {
        Some("ResourceNotFoundException") => anyhow!(
            "this account and region have no table {table}; check --table, AWS_PROFILE and AWS_REGION"
        ),
        Some("ValidationException") => anyhow!(
            "the table {table} is no inbox: its keys are not the strings `pk` and `sk`; name another with --table"
        ),
        _ => explained(format_args!("{what}, in {table}"), permission, error),
    }
}

impl LaneRow {
    fn new(row: Attributes) -> Self {
        let sk = text(&row, "sk").unwrap_or_default();
        let (category, source) = RowKey::category_and_source(&sk).unwrap_or_default();
        Self {
            category: category.to_owned(),
            source: source.to_owned(),
            sequence: text(&row, "sequence"),
            expires: time(&row, "ttl", 1_000),
            key: row
                .into_iter()
                .filter(|(name, _)| name == "pk" || name == "sk")
                .collect(),
        }
    }
}

impl EventRow {
    fn new(row: &Attributes) -> Self {
        Self {
            state: text(row, "state"),
            content: text(row, "content"),
            owner: text(row, "owner"),
            lease_until: time(row, "leaseUntil", 1),
            completed_at: time(row, "completedAt", 1),
            expires: time(row, "ttl", 1_000),
        }
    }
}

pub(super) fn text(row: &Attributes, name: &str) -> Option<String> {
    row.get(name)?.as_s().ok().cloned()
}

/// A time since 1970, in units of so many milliseconds.
pub(super) fn time(row: &Attributes, name: &str, milliseconds: i64) -> Option<Time> {
    let number: i64 = row.get(name)?.as_n().ok()?.parse().ok()?;
    Time::from_millisecond(number.checked_mul(milliseconds)?)
}
