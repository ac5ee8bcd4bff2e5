//! Recreates topics that should be FIFO.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use aws_sdk_sns::Client;

/// The attributes that a recreated topic keeps.
const KEPT: [&str; 6] = [
    "ArchivePolicy",
    "DisplayName",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "Policy",
    "SignatureVersion",
];

/// Recreates a topic as FIFO if its name ends in `.fifo` but it is not: the CloudFormation of the default engine drops
/// `FifoTopic`, and a topic without it neither orders nor deduplicates. The ARN stays the same.
///
/// Fails when the recreated topic is still not FIFO.
pub(super) async fn make_fifo(sns: &Client, arn: &str) -> Result<()> {
    let Some(name) = arn.rsplit(':').next().filter(|name| name.ends_with(".fifo")) else {
        return Ok(());
    };
    let found = attributes(sns, arn).await?;
    if is_fifo(&found) {
        return Ok(());
    }
    sns.delete_topic()
        .topic_arn(arn)
        .send()
        .await
        .with_context(|| format!("topic {name} could not be replaced"))?;
    let mut create = sns
        .create_topic()
        .name(name)
        .attributes("FifoTopic", "true")
        .attributes("FifoThroughputScope", "MessageGroup")
        .attributes("ContentBasedDeduplication", "false");
    for (attribute, value) in found
        .iter()
        .filter(|(attribute, value)| KEPT.contains(&attribute.as_str()) && !value.is_empty())
    {
        create = create.attributes(attribute, value);
    }
    let created = create
        .send()
        .await
        .with_context(|| format!("topic {name} could not be created again"))?;
    if created.topic_arn() != Some(arn) || !is_fifo(&attributes(sns, arn).await?) {
        bail!("topic {name} is not FIFO, even after it was recreated; use another engine");
    }
    Ok(())
}

async fn attributes(sns: &Client, arn: &str) -> Result<HashMap<String, String>> {
    let answer = sns.get_topic_attributes().topic_arn(arn).send().await;
    Ok(answer
        .with_context(|| format!("topic {arn} cannot be looked up"))?
        .attributes
        .unwrap_or_default())
}

fn is_fifo(attributes: &HashMap<String, String>) -> bool {
    attributes.get("FifoTopic").is_some_and(|value| value == "true")
}
