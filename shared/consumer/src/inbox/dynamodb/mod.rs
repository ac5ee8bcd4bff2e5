//! The rows of an inbox in a table of DynamoDB.

mod terms;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::store::{Row, RowKey, Store, StoreError, Transact, Transacted, Write, Written};
use terms::{Change, Terms, key, row};

/// The code of a cancellation reason for a condition that failed (Amazon DynamoDB API Reference,
/// *TransactWriteItems*).
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// Rows in a table of DynamoDB. [`Inbox`](crate::Inbox) describes its layout.
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

    /// A write as an item of your own transaction, next to the effects: `store.item(&inbox.record(&event))`. When
    /// DynamoDB cancels the transaction, the cancellation reason of the item holds the existing row.
    ///
    /// Never fails in practice: every field that DynamoDB requires is set.
    pub fn item(&self, write: &Write) -> Result<TransactWriteItem, StoreError> {
        let item = TransactWriteItem::builder();
        let terms = Terms::from_write(write);
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let built = match terms.change {
            Change::Put(attributes) => Put::builder()
                .table_name(&self.table)
                .set_item(Some(attributes))
                .condition_expression(terms.condition)
                .set_expression_attribute_names(Some(terms.names))
                .set_expression_attribute_values(Some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|put| item.put(put)),
            Change::Update(expression) => Update::builder()
                .table_name(&self.table)
                .set_key(Some(key(&write.key)))
                .update_expression(expression)
                .condition_expression(terms.condition)
                .set_expression_attribute_names(Some(terms.names))
                .set_expression_attribute_values(Some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|update| item.update(update)),
            Change::Delete => Delete::builder()
                .table_name(&self.table)
                .set_key(Some(key(&write.key)))
                .condition_expression(terms.condition)
                .set_expression_attribute_names(Some(terms.names))
                .set_expression_attribute_values(Some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|delete| item.delete(delete)),
        };
        built
            .map(|item| item.build())
            .map_err(|_| StoreError { code: None })
    }

    /// Which condition of a cancelled transaction failed; its first items are the writes, the others are effects.
    /// `None` if no condition failed, as after a conflict or throttling: a retry may help.
    fn cancelled(error: &TransactWriteItemsError, writes: usize) -> Option<Transacted> {
        let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
            return None;
        };
        let reasons = cancelled.cancellation_reasons();
        let failed = |reason: &CancellationReason| reason.code() == Some(CONDITION_FAILED);
        let place = reasons.iter().position(failed)?;
        let item = reasons.get(place).and_then(CancellationReason::item);
        Some(match place.checked_sub(writes) {
            Some(effect) => Transacted::EffectRefused(effect),
            None => Transacted::Refused(place, item.and_then(row)),
        })
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
}

impl Store for DynamoStore {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
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

impl Transact for DynamoStore {
    type Effects = Vec<TransactWriteItem>;

    async fn transact(
        &self,
        writes: &[Write],
        effects: Vec<TransactWriteItem>,
    ) -> Result<Transacted, StoreError> {
        let mut items = Vec::with_capacity(writes.len() + effects.len());
        for write in writes {
            items.push(self.item(write)?);
        }
        items.extend(effects);
        let call = self.client.transact_write_items().set_transact_items(Some(items));
        let error = match call.send().await {
            Ok(_) => return Ok(Transacted::Done),
            Err(error) => error,
        };
        let cancelled = error
            .as_service_error()
            .and_then(|error| Self::cancelled(error, writes.len()));
        match cancelled {
            Some(Transacted::Refused(place, None)) => {
                let row = match writes.get(place) {
                    Some(write) => self.read(&write.key).await?,
                    None => None,
                };
                Ok(Transacted::Refused(place, row))
            }
            Some(transacted) => Ok(transacted),
            None => Err(store_error(error)),
        }
    }
}

/// `None` if the write was made, otherwise the existing row, if the answer contains it.
fn refusal<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E>>,
    condition_failed: impl Fn(&E) -> Option<&ConditionalCheckFailedException>,
) -> Result<Option<Option<Row>>, StoreError> {
    let Err(error) = answer else {
        return Ok(None);
    };
    match error.as_service_error().and_then(condition_failed) {
        Some(failed) => Ok(Some(failed.item().and_then(row))),
        None => Err(store_error(error)),
    }
}

fn store_error<E: ProvideErrorMetadata>(error: SdkError<E>) -> StoreError {
    StoreError {
        code: error.code().map(str::to_owned),
    }
}
