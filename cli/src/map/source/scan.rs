//! Reads a sample of a table, and what the table says about itself.

use anyhow::{Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{KeyType, TableDescription, TimeToLiveStatus};
use serde_json::Value;
use user_events_local::console::Console;
use user_events_local::failure::explained;
use user_events_local::writes;

use super::sample::{Sample, TableFacts};
use crate::map::item::Item;

/// The most items in one answer. Smaller than what DynamoDB allows, so that progress is visible.
const PAGE: usize = 500;

/// The first items that a scan gives, at most `samples`. A scan returns the items in the order of a hash of their partition
/// keys, so the first ones are a fair sample.
///
/// Fails when there is no such table, and when DynamoDB refuses a call.
pub(super) async fn read(client: &Client, table: &str, samples: usize, progress: &Console) -> Result<Sample> {
    let facts = facts(client, table).await?;
    let mut items = Vec::new();
    let mut next = None;
    loop {
        let limit = (samples - items.len()).min(PAGE);
        let scan = client.scan().table_name(table).limit(limit as i32);
        let page = scan.set_exclusive_start_key(next).send().await.map_err(|error| {
            explained(
                format_args!("the table {table} could not be read"),
                "dynamodb:Scan on the table",
                &error,
            )
        })?;
        for item in page.items.unwrap_or_default() {
            if let Value::Object(members) = writes::item_json(&item) {
                items.push(Item::from_typed(members));
            }
        }
        next = page.last_evaluated_key.filter(|key| !key.is_empty());
        if next.is_none() || items.len() >= samples {
            break;
        }
        progress.step(format_args!(
            "read {} of at most {samples} items of {table}",
            items.len()
        ));
    }
    progress.step(format_args!(
        "read {} items of {table}{}",
        items.len(),
        if next.is_some() {
            "; it has more, and --samples reads more"
        } else {
            ", which is all"
        }
    ));
    Ok(Sample {
        items,
        table: Some(facts),
    })
}

async fn facts(client: &Client, table: &str) -> Result<TableFacts> {
    let described = client.describe_table().table_name(table).send().await;
    let described = described.map_err(|error| match error.code() {
        Some("ResourceNotFoundException") => {
            anyhow!(
                "this account and region have no table {table}; check --table, AWS_PROFILE and AWS_REGION"
            )
        }
        _ => explained(
            format_args!("the table {table} could not be described"),
            "dynamodb:DescribeTable on the table",
            &error,
        ),
    })?;
    let description = described
        .table
        .unwrap_or_else(|| TableDescription::builder().build());
    let key = |wanted: &KeyType| {
        let mut keys = description.key_schema().iter();
        keys.find(|key| key.key_type() == wanted)
            .map(|key| key.attribute_name().to_owned())
    };
    let partition = key(&KeyType::Hash).ok_or_else(|| anyhow!("the description of {table} names no key"))?;
    let stream = description.stream_specification();
    let view_type = stream
        .filter(|stream| stream.stream_enabled())
        .and_then(|stream| stream.stream_view_type())
        .map(|view_type| view_type.as_str().to_owned());
    Ok(TableFacts {
        partition,
        sort: key(&KeyType::Range),
        ttl: ttl(client, table).await?,
        view_type,
    })
}

async fn ttl(client: &Client, table: &str) -> Result<Option<String>> {
    let answer = client.describe_time_to_live().table_name(table).send().await;
    let answer = answer.map_err(|error| {
        explained(
            format_args!("the time to live of {table} could not be looked up"),
            "dynamodb:DescribeTimeToLive on the table",
            &error,
        )
    })?;
    let described = answer.time_to_live_description;
    Ok(described
        .filter(|ttl| ttl.time_to_live_status() == Some(&TimeToLiveStatus::Enabled))
        .and_then(|ttl| ttl.attribute_name))
}
