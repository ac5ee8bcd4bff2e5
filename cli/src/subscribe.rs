//! The subscribers' side: a FIFO queue per category behind its topic, received from without pause.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, QueueAttributeName};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use crate::clients::Clients;

/// The most that one receive call gives, and the longest it waits (Amazon SQS API Reference, *ReceiveMessage*).
const MAX_MESSAGES: i32 = 10;
const LONGEST_WAIT_SECONDS: i32 = 20;
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(500);

/// Queues of ours behind the topics of others.
#[derive(Debug)]
pub struct Subscriptions {
    clients: Clients,
    subscribed: Vec<Subscription>,
    receivers: JoinSet<()>,
}

/// A queue behind a topic.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The category of the topic.
    pub category: String,
    /// Where to receive from.
    pub queue_url: String,
    arn: String,
}

/// A message as it came out of a queue.
#[derive(Debug, Clone)]
pub struct Received {
    /// The category of the queue.
    pub category: String,
    /// The message body.
    pub body: String,
    /// The message attributes, values as text.
    pub attributes: BTreeMap<String, String>,
    /// When it was received.
    pub at: Instant,
}

impl Subscriptions {
    /// None yet.
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
            subscribed: Vec::new(),
            receivers: JoinSet::new(),
        }
    }

    /// Makes a FIFO queue of that name (without `.fifo`) and subscribes it to the topic, messages delivered
    /// raw.
    ///
    /// Fails when the engine refuses either.
    pub async fn add(&mut self, category: &str, topic_arn: &str, queue_name: &str) -> Result<()> {
        let sqs = &self.clients.sqs;
        let name = format!("{queue_name}.fifo");
        let created = sqs
            .create_queue()
            .queue_name(&name)
            .attributes(QueueAttributeName::FifoQueue, "true")
            .attributes(QueueAttributeName::VisibilityTimeout, "30")
            .send()
            .await
            .with_context(|| format!("queue {name} could not be created"))?;
        let queue_url = created
            .queue_url
            .with_context(|| format!("queue {name} has no URL"))?;
        let answer = sqs
            .get_queue_attributes()
            .queue_url(&queue_url)
            .attribute_names(QueueAttributeName::QueueArn);
        let attributes = answer.send().await?.attributes.unwrap_or_default();
        let queue_arn = attributes
            .get(&QueueAttributeName::QueueArn)
            .with_context(|| format!("queue {name} has no ARN"))?;
        sqs.set_queue_attributes()
            .queue_url(&queue_url)
            .attributes(QueueAttributeName::Policy, policy(queue_arn, topic_arn))
            .send()
            .await
            .with_context(|| format!("queue {name} took no policy"))?;
        let subscribed = self
            .clients
            .sns
            .subscribe()
            .topic_arn(topic_arn)
            .protocol("sqs")
            .endpoint(queue_arn)
            .attributes("RawMessageDelivery", "true")
            .return_subscription_arn(true)
            .send()
            .await
            .with_context(|| format!("queue {name} could not be subscribed to {topic_arn}"))?;
        let arn = subscribed.subscription_arn.unwrap_or_default();
        self.subscribed.push(Subscription {
            category: category.to_owned(),
            queue_url,
            arn,
        });
        Ok(())
    }

    /// The queues.
    pub fn all(&self) -> &[Subscription] {
        &self.subscribed
    }

    /// Receives from every queue until [`Subscriptions::remove`]; what is received is deleted from its queue.
    pub fn receive(&mut self, received: &UnboundedSender<Received>) {
        for subscription in &self.subscribed {
            let (sqs, subscription) = (self.clients.sqs.clone(), subscription.clone());
            let received = received.clone();
            self.receivers
                .spawn(async move { receive(&sqs, &subscription, &received).await });
        }
    }

    /// Stops receiving, and leaves the queues where they are.
    pub fn stop(&mut self) {
        self.receivers.abort_all();
    }

    /// Stops receiving, unsubscribes and deletes the queues. What the engine refuses is left behind.
    pub async fn remove(mut self) {
        self.stop();
        for subscription in &self.subscribed {
            self.clients
                .sns
                .unsubscribe()
                .subscription_arn(&subscription.arn)
                .send()
                .await
                .ok();
            self.clients
                .sqs
                .delete_queue()
                .queue_url(&subscription.queue_url)
                .send()
                .await
                .ok();
        }
    }
}

/// SNS may send, on behalf of this one topic.
fn policy(queue_arn: &str, topic_arn: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": topic_arn } },
        }],
    })
    .to_string()
}

async fn receive(
    sqs: &aws_sdk_sqs::Client,
    subscription: &Subscription,
    received: &UnboundedSender<Received>,
) {
    loop {
        let answer = sqs
            .receive_message()
            .queue_url(&subscription.queue_url)
            .max_number_of_messages(MAX_MESSAGES)
            .wait_time_seconds(LONGEST_WAIT_SECONDS)
            .message_attribute_names("All")
            .send()
            .await;
        let Ok(answer) = answer else {
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            continue;
        };
        let at = Instant::now();
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            continue;
        }
        let handles: Vec<_> = messages
            .iter()
            .filter_map(|message| message.receipt_handle.clone())
            .collect();
        for message in messages {
            let message = Received {
                category: subscription.category.clone(),
                attributes: attributes(&message),
                body: message.body.unwrap_or_default(),
                at,
            };
            if received.send(message).is_err() {
                return;
            }
        }
        delete(sqs, &subscription.queue_url, handles).await;
    }
}

fn attributes(message: &Message) -> BTreeMap<String, String> {
    let values = message.message_attributes.iter().flatten();
    values
        .map(|(name, value)| (name.clone(), value.string_value.clone().unwrap_or_default()))
        .collect()
}

/// A message that cannot be deleted comes again, and is then told as a double.
async fn delete(sqs: &aws_sdk_sqs::Client, queue_url: &str, handles: Vec<String>) {
    let entry = |(index, handle): (usize, String)| {
        DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(handle)
            .build()
            .ok()
    };
    let entries = handles.into_iter().enumerate().filter_map(entry).collect();
    sqs.delete_message_batch()
        .queue_url(queue_url)
        .set_entries(Some(entries))
        .send()
        .await
        .ok();
}
