//! The rows of an inbox in a table of DynamoDB.

mod errors;
mod lanes;
mod limits;
mod terms;
mod transact;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, Select};

use super::store::{Row, RowKey, Store, StoreError, Write, Written};
use errors::{Retries, refusal, store_error};
pub use lanes::Lane;
use terms::{Change, Terms, key, row, some};

/// Rows in a table of DynamoDB. [`Inbox`](crate::Inbox) describes its layout.
///
/// A write that conflicts with another one at the same time, or that DynamoDB throttles, is tried again in place: up to 5
/// times, each after a random pause of at most 50 ms, doubled for each earlier try.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// The rows in the table with this name or ARN.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = table.into();
        Self { client, table }
    }

    /// Makes the write without trying again.
    async fn write_once(&self, write: &Write) -> Result<Written, StoreError> {
        let terms = Terms::from_write(write);
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let refused = match terms.change {
            Change::Put(attributes) => {
                let put = self.client.put_item().table_name(&self.table);
                let answer = put
                    .set_item(Some(attributes))
                    .set_condition_expression(terms.condition.map(str::to_owned))
                    .set_expression_attribute_names(some(terms.names))
                    .set_expression_attribute_values(some(terms.values))
                    .return_values_on_condition_check_failure(old)
                    .send()
                    .await;
                refusal(answer, |error| match error {
                    PutItemError::ConditionalCheckFailedException(failed) => Some(failed),
                    _ => None,
                })?
            }
            Change::Update(expression) => {
                let update = self.client.update_item().table_name(&self.table);
                let answer = update
                    .set_key(Some(key(&write.key)))
                    .update_expression(expression)
                    .set_condition_expression(terms.condition.map(str::to_owned))
                    .set_expression_attribute_names(some(terms.names))
                    .set_expression_attribute_values(some(terms.values))
                    .return_values_on_condition_check_failure(old)
                    .send()
                    .await;
                refusal(answer, |error| match error {
                    UpdateItemError::ConditionalCheckFailedException(failed) => Some(failed),
                    _ => None,
                })?
            }
            Change::Delete => {
                let delete = self.client.delete_item().table_name(&self.table);
                let answer = delete
                    .set_key(Some(key(&write.key)))
                    .set_condition_expression(terms.condition.map(str::to_owned))
                    .set_expression_attribute_names(some(terms.names))
                    .set_expression_attribute_values(some(terms.values))
                    .return_values_on_condition_check_failure(old)
                    .send()
                    .await;
                refusal(answer, |error| match error {
                    DeleteItemError::ConditionalCheckFailedException(failed) => Some(failed),
                    _ => None,
                })?
            }
        };
        Ok(match refused {
            None => Written::Done,
            Some(Some(row)) => Written::Refused(Some(row)),
            // An engine that does not return the existing row.
            Some(None) => Written::Refused(self.read(&write.key).await?),
        })
    }
}

impl Store for DynamoStore {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        limits::check_key(0, &write.key.pk, &write.key.sk).map_err(StoreError::Limit)?;
        let mut retries = Retries::default();
        loop {
            match self.write_once(write).await {
                Err(error) if retries.may_mend(&error).await => {}
                written => return written,
            }
        }
    }

    async fn read(&self, key_of_row: &RowKey) -> Result<Option<Row>, StoreError> {
        let get = self.client.get_item().table_name(&self.table);
        let answer = get
            .set_key(Some(key(key_of_row)))
            .consistent_read(true)
            .send()
            .await
            .map_err(store_error)?;
        Ok(answer.item.as_ref().and_then(row))
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        let completed = AttributeValue::S("COMPLETED".to_owned());
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .select(Select::Count)
            .key_condition_expression("pk = :pk")
            .filter_expression("#state = :completed")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
            .expression_attribute_values(":completed", completed)
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut count = 0_u64;
        while let Some(page) = pages.next().await {
            let counted = page.map_err(store_error)?.count();
            count = count.saturating_add(u64::try_from(counted).unwrap_or_default());
        }
        Ok(count)
    }
}
