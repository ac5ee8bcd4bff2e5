//! A queue and its subscription to a topic.

/// A queue that is subscribed to a topic.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The category of the topic.
    pub category: String,
    /// Where to receive from.
    pub queue_url: String,
    /// The name of the queue, `.fifo` included.
    pub queue_name: String,
    /// The subscription; absent if subscribing failed.
    pub(super) arn: Option<String>,
}

/// A queue to create, and its subscription.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The category of the topic.
    pub category: &'a str,
    /// The topic. If it is FIFO, the queue is too.
    pub topic_arn: &'a str,
    /// The name of the queue, without `.fifo`.
    pub queue_name: &'a str,
    /// The filter of the subscription; without one, SNS delivers everything.
    pub filter: Option<SubscriptionFilter>,
    /// Tags of the queue.
    pub tags: Vec<(&'static str, String)>,
    /// How long the queue keeps a message, in seconds; SQS's default of four days if absent.
    pub retention_seconds: Option<u32>,
}

/// The filter of a subscription, as SNS takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// The `FilterPolicyScope`: `MessageAttributes` or `MessageBody`.
    pub scope: &'static str,
    /// The `FilterPolicy`, JSON.
    pub policy: String,
}
