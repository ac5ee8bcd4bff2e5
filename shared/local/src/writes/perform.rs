//! Makes the writes through the DynamoDB API.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;

use super::write::{Action, Item, Key, Write};

/// The current row; `None` if there is none.
///
/// Fails when the table cannot be read.
pub async fn read(dynamodb: &Client, table_name: &str, key: &Key) -> Result<Option<Item>> {
    let get = dynamodb
        .get_item()
        .table_name(table_name)
        .set_key(Some(key.attributes()))
        .consistent_read(true);
    Ok(get
        .send()
        .await
        .with_context(|| format!("a row of {table_name} cannot be read"))?
        .item)
}

/// Makes the write.
///
/// Fails when DynamoDB refuses it.
pub async fn perform(dynamodb: &Client, table_name: &str, write: &Write) -> Result<()> {
    match &write.action {
        Action::Put(item) => {
            let put = dynamodb
                .put_item()
                .table_name(table_name)
                .set_item(Some(item.clone()));
            put.send().await.map(drop).map_err(anyhow::Error::from)
        }
        Action::Update { set, remove } => update(dynamodb, table_name, &write.key, set, remove).await,
        Action::Delete => {
            let delete = dynamodb
                .delete_item()
                .table_name(table_name)
                .set_key(Some(write.key.attributes()));
            delete.send().await.map(drop).map_err(anyhow::Error::from)
        }
    }
    .with_context(|| format!("the {} of a row of {table_name} was refused", write.action.name()))
}

async fn update(dynamodb: &Client, table_name: &str, key: &Key, set: &Item, remove: &[String]) -> Result<()> {
    let mut names = HashMap::new();
    let mut values = HashMap::new();
    let mut assignments = Vec::new();
    for (index, (name, value)) in set.iter().enumerate() {
        names.insert(format!("#s{index}"), name.clone());
        values.insert(format!(":s{index}"), value.clone());
        assignments.push(format!("#s{index} = :s{index}"));
    }
    let mut removals = Vec::new();
    for (index, name) in remove.iter().enumerate() {
        names.insert(format!("#r{index}"), name.clone());
        removals.push(format!("#r{index}"));
    }
    let clause = |word: &str, parts: &[String]| match parts {
        [] => String::new(),
        parts => format!("{word} {} ", parts.join(", ")),
    };
    let expression = clause("SET", &assignments) + &clause("REMOVE", &removals);
    if set.is_empty() {
        names.insert("#key".to_owned(), key.partition.name.clone());
    }
    let mut update = dynamodb
        .update_item()
        .table_name(table_name)
        .set_key(Some(key.attributes()))
        .update_expression(expression.trim_end())
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()));
    if set.is_empty() {
        // DynamoDB creates no row for removals alone; some local engines would.
        update = update.condition_expression("attribute_exists(#key)");
    }
    match update.send().await {
        Err(error) if error.code() == Some("ConditionalCheckFailedException") && set.is_empty() => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}
