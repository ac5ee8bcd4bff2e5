//! Existing tables of a service, for a deployment with a mapping.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableDescription, TableStatus,
};

use crate::writes::{Key, KeyAttribute, KeyValue};

/// The template's parameters for the streams of existing tables. With a mapping they are streams in any order.
pub const STREAM_PARAMETERS: [&str; 5] = [
    "SingleTableStreamArn",
    "AccountsStreamArn",
    "ProfilesStreamArn",
    "AuthenticationStreamArn",
    "AccessStreamArn",
];

const POLL: Duration = Duration::from_millis(150);
const LONGEST: Duration = Duration::from_secs(30);

/// A table to create.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec<'a> {
    /// Its name.
    pub name: &'a str,
    /// The key of one of its rows: the names and the types of the key attributes.
    pub key: &'a Key,
}

/// Creates a table with a stream of both images, or takes the existing one. Returns the ARN of its stream.
///
/// It gets no time to live: a local engine removes rows without a stream record, so they would only disappear.
///
/// Fails when the table cannot be created, and when an existing table has other keys or no such stream.
pub async fn create_table(dynamodb: &Client, table: &TableSpec<'_>) -> Result<String> {
    let name = table.name;
    let mut create = dynamodb
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewAndOldImages)
                .build()?,
        );
    for definition in definitions(table.key)? {
        create = create.attribute_definitions(definition);
    }
    for element in schema(table.key)? {
        create = create.key_schema(element);
    }
    if let Err(error) = create.send().await {
        let error = error.into_service_error();
        ensure!(
            error.is_resource_in_use_exception(),
            anyhow::Error::new(error).context(format!("table {name} could not be created"))
        );
    }
    let begun = Instant::now();
    loop {
        let described = dynamodb.describe_table().table_name(name).send().await;
        let found = described
            .with_context(|| format!("table {name} could not be looked up"))?
            .table
            .with_context(|| format!("table {name} could not be looked up"))?;
        if found.table_status == Some(TableStatus::Active) {
            return stream_of(&found, table);
        }
        ensure!(
            begun.elapsed() < LONGEST,
            "table {name} did not become active in time; try again"
        );
        tokio::time::sleep(POLL).await;
    }
}

fn stream_of(found: &TableDescription, table: &TableSpec<'_>) -> Result<String> {
    let name = table.name;
    ensure!(
        found.key_schema() == schema(table.key)?,
        "table {name} exists and has other keys than the mapping; delete the table"
    );
    let streams = found.stream_specification().is_some_and(|stream| {
        stream.stream_enabled && stream.stream_view_type == Some(StreamViewType::NewAndOldImages)
    });
    ensure!(
        streams,
        "table {name} exists, but has no stream of the view type NEW_AND_OLD_IMAGES; delete the table"
    );
    let arn = found.latest_stream_arn.clone();
    arn.with_context(|| format!("table {name} has no stream; delete the table"))
}

fn definitions(key: &Key) -> Result<Vec<AttributeDefinition>> {
    let definition = |part: &KeyAttribute| {
        let builder = AttributeDefinition::builder()
            .attribute_name(&part.name)
            .attribute_type(match part.value {
                KeyValue::Text(_) => ScalarAttributeType::S,
                KeyValue::Number(_) => ScalarAttributeType::N,
            });
        Ok(builder.build()?)
    };
    key.parts().map(definition).collect()
}

fn schema(key: &Key) -> Result<Vec<KeySchemaElement>> {
    let element = |(part, kind): (&KeyAttribute, KeyType)| {
        let builder = KeySchemaElement::builder()
            .attribute_name(&part.name)
            .key_type(kind);
        Ok(builder.build()?)
    };
    key.parts()
        .zip([KeyType::Hash, KeyType::Range])
        .map(element)
        .collect()
}
