//! Writes of an inbox and effects in one transaction of DynamoDB.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::DynamoStore;
use super::errors::{Retries, momentary, store_error};
use super::limits;
use super::terms::{Change, Terms, key, row, some};
use crate::inbox::store::{Store, StoreError, Transact, Transacted, Write};

/// The code of a cancellation reason for a condition that failed (Amazon DynamoDB API Reference,
/// *TransactWriteItems*).
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

impl DynamoStore {
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
                .set_condition_expression(terms.condition.map(str::to_owned))
                .set_expression_attribute_names(some(terms.names))
                .set_expression_attribute_values(some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|put| item.put(put)),
            Change::Update(expression) => Update::builder()
                .table_name(&self.table)
                .set_key(Some(key(&write.key)))
                .update_expression(expression)
                .set_condition_expression(terms.condition.map(str::to_owned))
                .set_expression_attribute_names(some(terms.names))
                .set_expression_attribute_values(some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|update| item.update(update)),
            Change::Delete => Delete::builder()
                .table_name(&self.table)
                .set_key(Some(key(&write.key)))
                .set_condition_expression(terms.condition.map(str::to_owned))
                .set_expression_attribute_names(some(terms.names))
                .set_expression_attribute_values(some(terms.values))
                .return_values_on_condition_check_failure(old)
                .build()
                .map(|delete| item.delete(delete)),
        };
        built
            .map(|item| item.build())
            .map_err(|_| StoreError::Unavailable { code: None })
    }

    /// Makes the transaction without trying again.
    async fn transact_once(
        &self,
        writes: &[Write],
        items: Vec<TransactWriteItem>,
    ) -> Result<Transacted, StoreError> {
        let call = self.client.transact_write_items().set_transact_items(Some(items));
        let Err(error) = call.send().await else {
            return Ok(Transacted::Done);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
        else {
            return Err(store_error(error));
        };
        let reasons = cancelled.cancellation_reasons();
        match refused(reasons, writes.len()) {
            // An engine that does not return the existing row.
            Some(Transacted::Refused(place, None)) => {
                let row = match writes.get(place) {
                    Some(write) => self.read(&write.key).await?,
                    None => None,
                };
                Ok(Transacted::Refused(place, row))
            }
            Some(transacted) => Ok(transacted),
            None => match momentary(reasons.iter().filter_map(CancellationReason::code)) {
                Some(code) => Err(StoreError::Unavailable {
                    code: Some(code.to_owned()),
                }),
                None => Err(store_error(error)),
            },
        }
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
        limits::check(&self.table, &items).map_err(StoreError::Limit)?;
        let mut retries = Retries::default();
        loop {
            match self.transact_once(writes, items.clone()).await {
                Err(error) if retries.may_mend(&error).await => {}
                transacted => return transacted,
            }
        }
    }
}

/// Which condition of a cancelled transaction failed; its first items are the writes, the others are effects. `None` if
/// no condition failed, as after a conflict or throttling.
fn refused(reasons: &[CancellationReason], writes: usize) -> Option<Transacted> {
    let failed = |reason: &CancellationReason| reason.code() == Some(CONDITION_FAILED);
    let place = reasons.iter().position(failed)?;
    let item = reasons.get(place).and_then(CancellationReason::item);
    Some(match place.checked_sub(writes) {
        Some(effect) => Transacted::EffectRefused(effect),
        None => Transacted::Refused(place, item.and_then(row)),
    })
}
