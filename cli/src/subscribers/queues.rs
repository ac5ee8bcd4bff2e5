//! Reads how many messages a queue holds.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::Value;
use user_events_local::failure::explained;

/// A queue, as its attributes describe it.
#[derive(Debug)]
pub(super) struct Queue(HashMap<Attribute, String>);

impl Queue {
    /// Reads the attributes of the queue with this ARN.
    ///
    /// Fails when SQS refuses, as it does for a queue of another account that does not allow the caller.
    pub(super) async fn read(sqs: &Client, arn: &str) -> Result<Self> {
        // arn:partition:sqs:region:account:name
        let mut parts = arn.split(':').skip(4);
        let (account, name) = parts
            .next()
            .zip(parts.next())
            .with_context(|| format!("{arn} is not the ARN of a queue"))?;
        let url = sqs
            .get_queue_url()
            .queue_name(name)
            .queue_owner_aws_account_id(account)
            .send()
            .await
            .map_err(|error| {
                explained(
                    format_args!("the queue {name} of the account {account} could not be found"),
                    "sqs:GetQueueUrl on it",
                    &error,
                )
            })?;
        let get = sqs.get_queue_attributes().set_queue_url(url.queue_url);
        let answer = get
            .attribute_names(Attribute::ApproximateNumberOfMessages)
            .attribute_names(Attribute::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(Attribute::RedrivePolicy)
            .send()
            .await
            .map_err(|error| {
                explained(
                    format_args!("the queue {name} of the account {account} could not be read"),
                    "sqs:GetQueueAttributes on it",
                    &error,
                )
            })?;
        Ok(Self(answer.attributes.unwrap_or_default()))
    }

    /// The messages that wait. The number is approximate.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.number(&Attribute::ApproximateNumberOfMessages)
    }

    /// The messages that were received and not deleted yet.
    pub(super) fn in_flight(&self) -> Option<u64> {
        self.number(&Attribute::ApproximateNumberOfMessagesNotVisible)
    }

    /// The ARN of its dead-letter queue, if it has one.
    pub(super) fn dead_letter_queue(&self) -> Option<String> {
        target(self.0.get(&Attribute::RedrivePolicy)?)
    }

    fn number(&self, name: &Attribute) -> Option<u64> {
        self.0.get(name)?.parse().ok()
    }
}

/// The dead-letter queue that a redrive policy names.
pub(super) fn target(redrive_policy: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(redrive_policy).ok()?;
    policy["deadLetterTargetArn"].as_str().map(str::to_owned)
}
