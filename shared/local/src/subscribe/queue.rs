//! Creates and deletes one queue.

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::json;

use super::subscription::Wanted;
use crate::failure::explained;

const FIFO: &str = ".fifo";

/// The full name of the queue: FIFO if the topic is FIFO, to keep its order.
pub(super) fn name(wanted: &Wanted<'_>) -> String {
    if wanted.topic_arn.ends_with(FIFO) {
        format!("{}{FIFO}", wanted.queue_name)
    } else {
        wanted.queue_name.to_owned()
    }
}

/// Creates the queue. Returns its URL.
pub(super) async fn create(sqs: &Client, wanted: &Wanted<'_>) -> Result<String> {
    let name = name(wanted);
    // SNS needs no key for a queue that SQS encrypts by itself, whatever key encrypts the topic (Amazon SNS Developer
    // Guide, *Managing Amazon SNS encryption keys and costs*).
    let mut create = sqs
        .create_queue()
        .queue_name(&name)
        .attributes(Attribute::SqsManagedSseEnabled, "true")
        .attributes(Attribute::VisibilityTimeout, "30");
    if name.ends_with(FIFO) {
        create = create
            .attributes(Attribute::FifoQueue, "true")
            .attributes(Attribute::DeduplicationScope, "messageGroup")
            .attributes(Attribute::FifoThroughputLimit, "perMessageGroupId");
    }
    if let Some(seconds) = wanted.retention_seconds {
        create = create.attributes(Attribute::MessageRetentionPeriod, seconds.to_string());
    }
    for (name, value) in &wanted.tags {
        create = create.tags(*name, value);
    }
    let created = create.send().await.map_err(|error| {
        let what = format_args!("queue {name} could not be created");
        explained(
            what,
            "sqs:CreateQueue and sqs:TagQueue on queues of that name",
            &error,
        )
    })?;
    created
        .queue_url
        .with_context(|| format!("queue {name} has no URL"))
}

/// Allows SNS to send to the queue on behalf of this topic only. Returns the queue's ARN.
pub(super) async fn admit(sqs: &Client, url: &str, name: &str, topic_arn: &str) -> Result<String> {
    let get = sqs.get_queue_attributes().queue_url(url);
    let read = get.attribute_names(Attribute::QueueArn).send().await;
    let read = read.map_err(|error| {
        let what = format_args!("queue {name} could not be read");
        explained(what, "sqs:GetQueueAttributes on queues of that name", &error)
    })?;
    let arn = read
        .attributes
        .and_then(|mut attributes| attributes.remove(&Attribute::QueueArn))
        .with_context(|| format!("queue {name} has no ARN"))?;
    let set = sqs.set_queue_attributes().queue_url(url);
    let set = set.attributes(Attribute::Policy, policy(&arn, topic_arn));
    set.send().await.map_err(|error| {
        let what = format_args!("queue {name} did not accept its policy");
        explained(what, "sqs:SetQueueAttributes on queues of that name", &error)
    })?;
    Ok(arn)
}

/// Deletes the queue. Succeeds if it is gone already.
pub(super) async fn delete(sqs: &Client, name: &str, url: &str) -> Result<()> {
    match sqs.delete_queue().queue_url(url).send().await {
        Err(error) if !error.code().is_some_and(is_gone) => {
            let what = format_args!("queue {name} could not be deleted");
            Err(explained(what, "sqs:DeleteQueue on queues of that name", &error))
        }
        _ => Ok(()),
    }
}

/// Whether the error code means that the queue does not exist any more (Amazon SQS API Reference, *Common Error Types*).
pub(super) fn is_gone(code: &str) -> bool {
    code.ends_with("NonExistentQueue") || code.ends_with("QueueDoesNotExist")
}

/// The queue's policy: SNS may send on behalf of this one topic, and all access needs TLS.
fn policy(queue_arn: &str, topic_arn: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": { "ArnEquals": { "aws:SourceArn": topic_arn } },
            },
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue_arn,
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            },
        ],
    })
    .to_string()
}
