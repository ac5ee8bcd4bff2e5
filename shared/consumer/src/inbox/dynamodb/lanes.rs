//! Shows and resets lanes (message groups), for operators.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::DynamoStore;
use super::errors::store_error;
use super::terms::{Item, key};
use crate::inbox::handle::Inbox;
use crate::inbox::store::{Row, RowKey, Store, StoreError};

/// The latest event that a consumer handled in one lane: the events of one subject in one category of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The category; empty if the events had none.
    pub category: String,
    /// The source.
    pub source: String,
    /// The sequence of the latest event. Earlier events are stale.
    pub sequence: String,
}

impl Inbox<DynamoStore> {
    /// The lanes of this consumer with the partition key of their events, sorted by category and source. Empty if the
    /// consumer has handled none of their events in order.
    ///
    /// The credentials need `dynamodb:Query` on the table.
    ///
    /// Fails when DynamoDB does not answer.
    pub async fn lanes(&self, partition_key: &str) -> Result<Vec<Lane>, StoreError> {
        let pk = AttributeValue::S(RowKey::lanes(&self.settings.consumer, partition_key));
        let mut pages = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sequence)")
            .expression_attribute_values(":pk", pk)
            .expression_attribute_values(":sequence", AttributeValue::S(RowKey::LANES.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut lanes = Vec::new();
        while let Some(page) = pages.next().await {
            lanes.extend(page.map_err(store_error)?.items().iter().filter_map(lane));
        }
        Ok(lanes)
    }

    /// Forgets the latest event of a lane, so that the next event of the lane is handled, whatever its sequence. Use it
    /// after a forged sequence, and after the publisher's table was restored. Returns whether the lane existed.
    ///
    /// The credentials need `dynamodb:DeleteItem` on the table.
    ///
    /// Fails when DynamoDB does not answer.
    pub async fn reset_lane(
        &self,
        partition_key: &str,
        category: &str,
        source: &str,
    ) -> Result<bool, StoreError> {
        let lane = RowKey::lane(&self.settings.consumer, partition_key, category, source);
        let delete = self.store.client.delete_item().table_name(&self.store.table);
        let answer = delete
            .set_key(Some(key(&lane)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(store_error)?;
        Ok(answer
            .attributes
            .is_some_and(|old: HashMap<_, _>| !old.is_empty()))
    }

    /// The row of the event with this id. `None` if the consumer has neither claimed nor handled it. Not for an event of a
    /// snapshot: read [`RowKey::snapshot_event`].
    ///
    /// Fails when DynamoDB does not answer.
    pub async fn event_row(&self, event_id: &str) -> Result<Option<Row>, StoreError> {
        self.store
            .read(&RowKey::event(&self.settings.consumer, event_id))
            .await
    }
}

/// The lane of a row. `None` for an item that this library did not write.
fn lane(item: &Item) -> Option<Lane> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let (category, source) = RowKey::category_and_source(text("sk")?)?;
    Some(Lane {
        category: category.to_owned(),
        source: source.to_owned(),
        sequence: text("sequence")?.clone(),
    })
}
