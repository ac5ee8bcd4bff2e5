//! Counts the messages in the parked queue after a run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use user_events_local::clients::Clients;
use user_events_local::deploy::Stack;

/// How long a record may take to be parked after all events have arrived.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many messages were added to the `before` ones. Waits until there are at least `wanted`, or until the time is up.
///
/// Fails when the queue does not report its number of messages.
pub(super) async fn wait(clients: &Clients, stack: &Stack, before: u64, wanted: u64) -> Result<u64> {
    let begun = Instant::now();
    loop {
        let found = count(clients, stack).await?.saturating_sub(before);
        if found >= wanted || begun.elapsed() >= PATIENCE {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The number of messages in the parked queue. Counts without receiving, because that would hide them from operators.
pub(super) async fn count(clients: &Clients, stack: &Stack) -> Result<u64> {
    let count = QueueAttributeName::ApproximateNumberOfMessages;
    let url = stack.output("ParkedQueueUrl")?;
    let answer = clients
        .sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(count.clone())
        .send()
        .await;
    let attributes = answer
        .context("the parked queue does not report its number of messages")?
        .attributes
        .unwrap_or_default();
    Ok(attributes
        .get(&count)
        .and_then(|count| count.parse().ok())
        .unwrap_or_default())
}
