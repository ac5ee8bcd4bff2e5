//! Temporary subscriptions: creates queues, subscribes them to topics, receives continuously, and removes both again.

mod queue;
mod receive;
mod subscription;

use anyhow::{Context, Result};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use crate::clients::Clients;
use crate::failure::explained;

pub use receive::Received;
pub use subscription::{Subscription, SubscriptionFilter, Wanted};

/// Temporary queues, each subscribed to a topic.
#[derive(Debug)]
pub struct Subscriptions {
    clients: Clients,
    subscribed: Vec<Subscription>,
    receivers: JoinSet<anyhow::Error>,
}

/// The result of [`Subscriptions::remove`].
#[derive(Debug, Default)]
pub struct Removal {
    /// The names of the queues that were removed, subscription included.
    pub removed: Vec<String>,
    /// The names of the queues that were not removed, or not wholly, with the reason.
    pub left: Vec<(String, String)>,
}

impl Subscriptions {
    /// No subscriptions yet.
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
            subscribed: Vec::new(),
            receivers: JoinSet::new(),
        }
    }

    /// Creates a queue of that name (without `.fifo`) and subscribes it to the topic, with raw message delivery.
    ///
    /// Fails when the engine refuses either.
    pub async fn add(&mut self, category: &str, topic_arn: &str, queue_name: &str) -> Result<()> {
        self.add_wanted(&Wanted {
            category,
            topic_arn,
            queue_name,
            filter: None,
            tags: Vec::new(),
            retention_seconds: None,
        })
        .await
    }

    /// Creates a queue and subscribes it, with raw message delivery.
    ///
    /// Fails when either is refused. [`Subscriptions::remove`] then removes what was created so far.
    pub async fn add_wanted(&mut self, wanted: &Wanted<'_>) -> Result<()> {
        let (sqs, sns) = (&self.clients.sqs, &self.clients.sns);
        let queue_name = queue::name(wanted);
        let queue_url = queue::create(sqs, wanted).await?;
        // Recorded at once, so that it is removed even if the next call fails.
        let place = self.subscribed.len();
        self.subscribed.push(Subscription {
            category: wanted.category.to_owned(),
            queue_url: queue_url.clone(),
            queue_name: queue_name.clone(),
            arn: None,
        });
        let queue_arn = queue::admit(sqs, &queue_url, &queue_name, wanted.topic_arn).await?;
        let subscribe = sns.subscribe().topic_arn(wanted.topic_arn).protocol("sqs");
        let mut subscribe = subscribe
            .endpoint(queue_arn)
            .attributes("RawMessageDelivery", "true")
            .return_subscription_arn(true);
        if let Some(SubscriptionFilter { scope, policy }) = &wanted.filter {
            subscribe = subscribe
                .attributes("FilterPolicyScope", *scope)
                .attributes("FilterPolicy", policy);
        }
        let subscribed = subscribe.send().await.map_err(|error| {
            let what = format_args!(
                "queue {queue_name} could not be subscribed to {}",
                wanted.topic_arn
            );
            explained(what, "sns:Subscribe on the topic", &error)
        })?;
        if let Some(subscription) = self.subscribed.get_mut(place) {
            subscription.arn = subscribed.subscription_arn;
        }
        Ok(())
    }

    /// The queues.
    pub fn all(&self) -> &[Subscription] {
        &self.subscribed
    }

    /// Receives from every queue until [`Subscriptions::remove`], and deletes what was received.
    pub fn receive(&mut self, received: &UnboundedSender<Received>) {
        for subscription in &self.subscribed {
            let (sqs, subscription) = (self.clients.sqs.clone(), subscription.clone());
            let received = received.clone();
            self.receivers
                .spawn(async move { receive::receive(&sqs, &subscription, &received).await });
        }
    }

    /// Waits until receiving from a queue fails for good. Returns the error.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.receivers.join_next().await {
            Some(Ok(error)) => error,
            Some(Err(error)) => anyhow::Error::new(error).context("a receiver ended"),
            None => std::future::pending().await,
        }
    }

    /// Stops receiving. The queues and subscriptions stay.
    pub fn stop(&mut self) {
        self.receivers.abort_all();
    }

    /// Stops receiving, unsubscribes and deletes the queues, in this order: if a step fails, the queue still exists, and
    /// `tail --gc` finds the rest by it.
    pub async fn remove(mut self) -> Removal {
        self.stop();
        let mut removal = Removal::default();
        for subscription in &self.subscribed {
            let Subscription {
                queue_name,
                queue_url,
                arn,
                ..
            } = subscription;
            match remove(&self.clients, queue_name, queue_url, arn.as_deref()).await {
                Ok(()) => removal.removed.push(queue_name.clone()),
                Err(error) => removal.left.push((queue_name.clone(), format!("{error:#}"))),
            }
        }
        removal
    }
}

/// Unsubscribes a queue and deletes it. Succeeds if both are gone already.
///
/// Fails when either is refused.
pub async fn remove(
    clients: &Clients,
    queue_name: &str,
    queue_url: &str,
    subscription_arn: Option<&str>,
) -> Result<()> {
    if let Some(arn) = subscription_arn {
        let unsubscribed = clients.sns.unsubscribe().subscription_arn(arn).send().await;
        unsubscribed.map_err(|error| {
            let what = format_args!("queue {queue_name} could not be unsubscribed");
            explained(what, "sns:Unsubscribe", &error)
        })?;
    }
    queue::delete(&clients.sqs, queue_name, queue_url)
        .await
        .context("its subscription was removed, but the queue was not")
}
