//! The services for one test: topics, queues, keys, and the publisher of this project in front of them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use serde_json::{Value, json};
use user_events_aws::{AwsParking, Config, DataKeys, KmsKeys, Limits, Parking, Publisher, SnsTopics, Topics};
use user_events_catalog::CATEGORIES;
use user_events_core::{Batch, Entry, SealedEnvelope};
use user_events_local::clients::Clients;

use super::instance;

/// How long to wait for messages that must arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait for messages that must not arrive.
const QUIET: Duration = Duration::from_millis(500);

/// The services, as one test sees them: names of topics and queues are shared with the other tests.
pub(super) struct Cloud {
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) sns: aws_sdk_sns::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
}

/// A queue.
pub(super) struct Queue {
    pub(super) url: String,
    pub(super) arn: String,
    sqs: aws_sdk_sqs::Client,
}

/// The limits of an invocation that Lambda ends after this time.
pub(super) fn within(time: Duration) -> Limits {
    Limits::new(tokio::time::Instant::now() + time, Duration::from_millis(1_500))
}

impl Cloud {
    /// Skips the running test if LocalStack cannot be started.
    pub(super) fn open() -> Result<Self> {
        let Clients { kms, sns, sqs, .. } = Clients::from_endpoint(instance::endpoint()?);
        Ok(Self { kms, sns, sqs })
    }

    /// The services as another account uses them. Skips like [`Cloud::open`].
    pub(super) fn of_account(account: &str) -> Result<Self> {
        let Clients { kms, sns, sqs, .. } = Clients::of_account(instance::endpoint()?, account);
        Ok(Self { kms, sns, sqs })
    }

    /// A FIFO topic with the settings of the template: no deduplication by content.
    pub(super) async fn topic(&self, name: &str) -> Result<String> {
        let created = self.sns.create_topic().name(format!("{name}.fifo"));
        let created = created.attributes("FifoTopic", "true").send().await?;
        created.topic_arn.context("the topic has no ARN")
    }

    /// A standard queue.
    pub(super) async fn queue(
        &self,
        name: &str,
        attributes: &[(QueueAttributeName, String)],
    ) -> Result<Queue> {
        let attributes = attributes.iter().cloned().collect();
        let create = self.sqs.create_queue().queue_name(name);
        let created = create.set_attributes(Some(attributes)).send().await?;
        let url = created.queue_url.context("the queue has no URL")?;
        let read = self.sqs.get_queue_attributes().queue_url(&url);
        let read = read.attribute_names(QueueAttributeName::QueueArn).send().await?;
        let arn = read
            .attributes
            .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
            .context("the queue has no ARN")?;
        let sqs = self.sqs.clone();
        Ok(Queue { url, arn, sqs })
    }

    /// A FIFO queue.
    pub(super) async fn fifo_queue(&self, name: &str) -> Result<Queue> {
        let fifo = [(QueueAttributeName::FifoQueue, "true".to_owned())];
        self.queue(&format!("{name}.fifo"), &fifo).await
    }

    /// Subscribes the queue to the topic with raw delivery and these further attributes of the subscription.
    pub(super) async fn subscribe(
        &self,
        topic_arn: &str,
        queue: &Queue,
        attributes: &[(&str, Value)],
    ) -> Result<()> {
        let subscribe = self.sns.subscribe().topic_arn(topic_arn).protocol("sqs");
        let subscribe = subscribe
            .endpoint(&queue.arn)
            .attributes("RawMessageDelivery", "true");
        let subscribe = attributes.iter().fold(subscribe, |subscribe, (name, value)| {
            subscribe.attributes(*name, value.to_string())
        });
        subscribe.send().await?;
        Ok(())
    }

    /// A FIFO topic and a FIFO queue subscribed to it, both with this name.
    pub(super) async fn subscribed_topic(&self, name: &str) -> Result<(String, Queue)> {
        let (topic_arn, queue) = (self.topic(name).await?, self.fifo_queue(name).await?);
        self.subscribe(&topic_arn, &queue, &[]).await?;
        Ok((topic_arn, queue))
    }

    /// The ARN of a new key.
    pub(super) async fn key(&self) -> Result<String> {
        let created = self.kms.create_key().send().await?;
        created
            .key_metadata
            .and_then(|key| key.arn)
            .context("the key has no ARN")
    }

    /// This project's topics, with one topic for all categories.
    pub(super) fn topics(&self, topic_arn: &str) -> SnsTopics {
        let arns = CATEGORIES
            .iter()
            .map(|category| (category.name, topic_arn.to_owned()));
        SnsTopics::new(self.sns.clone(), arns.collect())
    }

    /// This project's parked queue.
    pub(super) fn parking(&self, queue: &Queue) -> AwsParking {
        AwsParking::new(self.sqs.clone(), queue.url.clone(), None)
    }

    /// This project's publisher of all categories, in the state after a cold start.
    pub(super) fn publisher<T: Topics, P: Parking>(
        &self,
        topics: T,
        parking: P,
        key_arn: &str,
        variables: &[(&str, &str)],
    ) -> Result<Publisher<T, P, KmsKeys>> {
        let given = |name: &str| variables.iter().find(|(key, _)| *key == name);
        let config = Config::read(CATEGORIES, |name| match given(name) {
            Some((_, value)) => Some((*value).to_owned()),
            // The publisher gets its edges directly and does not use these settings.
            None => (name.contains("ARN") || name.contains("URL")).then(|| "unused".to_owned()),
        })?;
        let keys = DataKeys::new(
            KmsKeys::new(self.kms.clone(), key_arn.to_owned()),
            config.key_limits,
        );
        Ok(Publisher::new(CATEGORIES, config, topics, parking, keys))
    }
}

impl Queue {
    /// Receives and deletes this many messages, and any that arrive afterwards although none should.
    ///
    /// Fails if too few arrive in time.
    pub(super) async fn receive(&self, expected: usize) -> Result<Vec<Message>> {
        let begun = Instant::now();
        let mut messages = Vec::new();
        while messages.len() < expected {
            ensure!(
                begun.elapsed() < PATIENCE,
                "{} of {expected} messages arrived",
                messages.len()
            );
            messages.extend(self.take(1).await?);
        }
        tokio::time::sleep(QUIET).await;
        loop {
            match self.take(0).await? {
                more if more.is_empty() => return Ok(messages),
                more => messages.extend(more),
            }
        }
    }

    /// Receives with one call, and deletes the received messages.
    async fn take(&self, wait_seconds: i32) -> Result<Vec<Message>> {
        let receive = self.sqs.receive_message().queue_url(&self.url);
        let receive = receive.max_number_of_messages(10).message_attribute_names("All");
        let received = receive.wait_time_seconds(wait_seconds).send().await?;
        let received = received.messages.unwrap_or_default();
        for message in &received {
            let delete = self.sqs.delete_message().queue_url(&self.url);
            let handle = message.receipt_handle.clone();
            delete.set_receipt_handle(handle).send().await?;
        }
        Ok(received)
    }

    /// The bodies of the queue's messages, as JSON.
    pub(super) async fn receive_json(&self, expected: usize) -> Result<Vec<Value>> {
        let messages = self.receive(expected).await?;
        let bodies = messages
            .iter()
            .map(|message| message.body.as_deref().unwrap_or_default());
        bodies.map(|body| Ok(serde_json::from_str(body)?)).collect()
    }

    /// The policy that makes it the dead-letter queue of another queue, or of a subscription.
    pub(super) fn as_dead_letter_queue(&self) -> Value {
        json!({ "deadLetterTargetArn": self.arn })
    }
}

/// The event as an entry that was not sent yet, from a separate record.
pub(super) fn entry(record: usize, event: SealedEnvelope) -> Entry {
    Entry::new(record, event)
}

/// A batch of one.
pub(super) fn batch_of(event: SealedEnvelope) -> Batch {
    let mut batch = Batch::default();
    batch.push(entry(0, event));
    batch
}
