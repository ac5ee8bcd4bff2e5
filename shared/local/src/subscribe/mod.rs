//! The subscribers' side: queues of ours behind the topics of others, received from without pause, and removed.

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

/// Queues of ours behind the topics of others.
#[derive(Debug)]
pub struct Subscriptions {
    clients: Clients,
    subscribed: Vec<Subscription>,
    receivers: JoinSet<anyhow::Error>,
}

/// What became of the queues and subscriptions.
#[derive(Debug, Default)]
pub struct Removal {
    /// The names of the queues that are gone with their subscriptions.
    pub removed: Vec<String>,
    /// The names of those that are not, or not wholly, and why.
    pub left: Vec<(String, String)>,
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

    /// Makes a queue of that name (without `.fifo`) and subscribes it to the topic, messages delivered raw.
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

    /// Makes a queue and subscribes it, messages delivered raw.
    ///
    /// Fails when either is refused; what was made until then is removed with the others.
    pub async fn add_wanted(&mut self, wanted: &Wanted<'_>) -> Result<()> {
        let (sqs, sns) = (&self.clients.sqs, &self.clients.sns);
        let queue_name = queue::name(wanted);
        let queue_url = queue::create(sqs, wanted).await?;
        // From here on there is something to remove.
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

    /// Receives from every queue until [`Subscriptions::remove`]; what is received is deleted from its queue.
    pub fn receive(&mut self, received: &UnboundedSender<Received>) {
        for subscription in &self.subscribed {
            let (sqs, subscription) = (self.clients.sqs.clone(), subscription.clone());
            let received = received.clone();
            self.receivers
                .spawn(async move { receive::receive(&sqs, &subscription, &received).await });
        }
    }

    /// Waits until a queue cannot be received from any more: why.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.receivers.join_next().await {
            Some(Ok(error)) => error,
            Some(Err(error)) => anyhow::Error::new(error).context("a receiver ended"),
            None => std::future::pending().await,
        }
    }

    /// Stops receiving, and leaves the queues where they are.
    pub fn stop(&mut self) {
        self.receivers.abort_all();
    }

    /// Stops receiving, unsubscribes and deletes the queues: in this order, so that whatever is left behind has a queue
    /// to be found by.
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

/// Unsubscribes a queue and deletes it. What is gone already is no failure.
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
        .context("its subscription is removed and the queue is not")
}
