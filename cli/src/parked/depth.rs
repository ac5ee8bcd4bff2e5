//! How many messages a queue has.

use anyhow::Result;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use user_events_local::failure::explained;

/// How many messages a queue has. The numbers are approximate (Amazon SQS API Reference, *GetQueueAttributes*).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Depth {
    /// Waiting to be received.
    pub(crate) visible: u64,
    /// Held by a reader, or delayed.
    pub(crate) hidden: u64,
    /// How long a reader holds a message.
    pub(crate) visibility_seconds: u64,
}

/// How many messages the queue has.
///
/// Fails when SQS refuses.
pub(super) async fn depth(client: &Client, name: &str, url: &str) -> Result<Depth> {
    let answer = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
        .attribute_names(QueueAttributeName::VisibilityTimeout)
        .send()
        .await
        .map_err(|error| {
            explained(
                format_args!("the {name} {url} could not be looked at"),
                &format!("sqs:GetQueueAttributes on the {name}"),
                &error,
            )
        })?;
    let attributes = answer.attributes.unwrap_or_default();
    let number = |name: QueueAttributeName| attributes.get(&name).and_then(|text| text.parse::<u64>().ok());
    let count = |name| number(name).unwrap_or_default();
    Ok(Depth {
        visible: count(QueueAttributeName::ApproximateNumberOfMessages),
        hidden: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            + count(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        visibility_seconds: count(QueueAttributeName::VisibilityTimeout),
    })
}
