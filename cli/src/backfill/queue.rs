//! The snapshot queue: what it holds, and how large its messages may be.

use std::collections::HashMap;

use anyhow::{Result, bail, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use user_events_local::failure::explained;

/// The largest message of a queue that does not say (Amazon SQS API Reference, *SetQueueAttributes*).
const MAX_MESSAGE_BYTES: usize = 262_144;

/// A snapshot queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SnapshotQueue {
    pub(super) url: String,
    pub(super) arn: String,
    /// The messages that wait, are in flight or delayed. The number is approximate.
    messages: u64,
    pub(super) max_message_bytes: usize,
}

impl SnapshotQueue {
    /// Reads the attributes of the queue.
    ///
    /// Fails when there is no such queue, and when SQS refuses.
    pub(super) async fn read(sqs: &Client, url: &str) -> Result<Self> {
        let get = sqs.get_queue_attributes().queue_url(url);
        let answer = get
            .attribute_names(Attribute::QueueArn)
            .attribute_names(Attribute::MaximumMessageSize)
            .attribute_names(Attribute::ApproximateNumberOfMessages)
            .attribute_names(Attribute::ApproximateNumberOfMessagesNotVisible)
            .attribute_names(Attribute::ApproximateNumberOfMessagesDelayed)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Self::new(url, &answer.attributes.unwrap_or_default())),
            Err(error)
                if error
                    .code()
                    .is_some_and(|code| code.ends_with("NonExistentQueue")) =>
            {
                bail!(
                    "there is no snapshot queue with that URL; deploy the subscriber with Snapshot=on, or correct --queue"
                )
            }
            Err(error) => Err(explained(
                "the snapshot queue could not be read",
                "sqs:GetQueueAttributes on it; name your role in the subscriber's BackfillRoleArns",
                &error,
            )),
        }
    }

    fn new(url: &str, attributes: &HashMap<Attribute, String>) -> Self {
        let text = |name: &Attribute| attributes.get(name).map(String::as_str).unwrap_or_default();
        let number = |name: &Attribute| text(name).parse::<u64>().unwrap_or_default();
        Self {
            url: url.to_owned(),
            arn: text(&Attribute::QueueArn).to_owned(),
            messages: number(&Attribute::ApproximateNumberOfMessages)
                + number(&Attribute::ApproximateNumberOfMessagesNotVisible)
                + number(&Attribute::ApproximateNumberOfMessagesDelayed),
            max_message_bytes: text(&Attribute::MaximumMessageSize)
                .parse()
                .unwrap_or(MAX_MESSAGE_BYTES),
        }
    }

    /// Fails when the queue holds messages, which are of another run.
    pub(super) fn must_be_empty(&self) -> Result<()> {
        ensure!(
            self.messages == 0,
            "the snapshot queue holds about {} messages, of another run: let the subscriber handle them, or continue that run \
             with its --checkpoint; or give them up with `aws sqs purge-queue --queue-url {}`, which takes a minute. SQS \
             needs up to a minute to count anew",
            self.messages,
            self.url
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(numbers: [&str; 3]) -> SnapshotQueue {
        let names = [
            Attribute::ApproximateNumberOfMessages,
            Attribute::ApproximateNumberOfMessagesNotVisible,
            Attribute::ApproximateNumberOfMessagesDelayed,
        ];
        let numbers = numbers.map(str::to_owned);
        SnapshotQueue::new(
            "https://sqs.example.com/q",
            &names.into_iter().zip(numbers).collect(),
        )
    }

    #[test]
    fn a_queue_is_empty_when_no_message_waits_is_in_flight_or_delayed() {
        assert!(queue(["0", "0", "0"]).must_be_empty().is_ok());
        for numbers in [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]] {
            let error = queue(numbers).must_be_empty().unwrap_err().to_string();
            assert!(
                error.contains("purge-queue --queue-url https://sqs.example.com/q"),
                "{error}"
            );
        }
        assert_eq!(queue(["0"; 3]).max_message_bytes, 262_144);
    }
}
