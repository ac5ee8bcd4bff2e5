//! Reads how many messages a queue holds.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{self, Region};
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::Value;
use user_events_local::failure::explained;

use crate::arn;

/// A queue, as its attributes describe it.
#[derive(Debug)]
pub(super) struct Queue(HashMap<Attribute, String>);

impl Queue {
    /// Reads the attributes of the queue with this ARN, in its own region.
    ///
    /// Fails when SQS refuses, as it does for a queue of another account that does not allow the caller.
    pub(super) async fn read(sqs: &Client, arn: &str) -> Result<Self> {
        let (region, account, name) = (arn::region(arn), arn::account(arn), arn::name(arn));
        ensure!(!account.is_empty(), "{arn} is not the ARN of a queue");
        let there = || config::Builder::default().region(Region::new(region.to_owned()));
        let get = sqs
            .get_queue_url()
            .queue_name(name)
            .queue_owner_aws_account_id(account);
        let url = get
            .customize()
            .config_override(there())
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
            .customize()
            .config_override(there())
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

#[cfg(test)]
mod tests {
    use user_events_local::clients::Clients;

    use super::*;
    use crate::stub::{Answer, serve};

    #[tokio::test]
    async fn what_is_no_arn_is_refused_before_sqs_is_asked() {
        let sqs = Clients::from_endpoint("http://127.0.0.1:9").sqs;
        let error = Queue::read(&sqs, "welcome.fifo").await.unwrap_err();
        assert_eq!(error.to_string(), "welcome.fifo is not the ARN of a queue");
    }

    #[tokio::test]
    async fn a_queue_is_read_in_its_own_region() {
        let json = |body: &'static str| Answer {
            status: 200,
            headers: &[("content-type", "application/x-amz-json-1.0")],
            body: body.as_bytes(),
        };
        let stub = serve(vec![
            json(r#"{"QueueUrl":"http://127.0.0.1/222222222222/welcome.fifo"}"#),
            json(r#"{"Attributes":{"ApproximateNumberOfMessages":"7"}}"#),
        ])
        .await;
        let sqs = Clients::from_endpoint(&stub.url).sqs;
        let queue = Queue::read(&sqs, "arn:aws:sqs:eu-west-1:222222222222:welcome.fifo").await;
        assert_eq!(queue.unwrap().waiting(), Some(7));
        let requests = stub.requests();
        for (request, operation) in requests.iter().zip(["GetQueueUrl", "GetQueueAttributes"]) {
            assert!(request.header("x-amz-target").ends_with(operation), "{operation}");
            assert!(
                request.header("authorization").contains("/eu-west-1/sqs/"),
                "{operation}"
            );
        }
        assert_eq!(requests.len(), 2);
    }
}
