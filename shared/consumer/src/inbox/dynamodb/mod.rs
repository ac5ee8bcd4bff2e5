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
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::store::{Row, RowKey, Store, StoreError, Write, Written};
use errors::{Retries, refusal, store_error};
pub use lanes::Lane;
use terms::{Change, Terms, key, row};

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

    /// Reads the existing row, for engines that do not return it with a failed condition.
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

    /// Makes the write without trying again.
    async fn write_once(&self, write: &Write) -> Result<Written, StoreError> {
        let terms = Terms::from_write(write);
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let refused = match terms.change {
            Change::Put(attributes) => {
                let put = self.client.put_item().table_name(&self.table);
                let answer = put
                    .set_item(Some(attributes))
                    .condition_expression(terms.condition)
                    .set_expression_attribute_names(Some(terms.names))
                    .set_expression_attribute_values(Some(terms.values))
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
                    .condition_expression(terms.condition)
                    .set_expression_attribute_names(Some(terms.names))
                    .set_expression_attribute_values(Some(terms.values))
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
                    .condition_expression(terms.condition)
                    .set_expression_attribute_names(Some(terms.names))
                    .set_expression_attribute_values(Some(terms.values))
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
}
