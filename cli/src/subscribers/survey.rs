//! Reads what is known about the subscribers of the topics.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use aws_sdk_sns::types::Subscription;
use hyper::Uri;
use user_events_core::Category;
use user_events_local::clients::Clients;

use super::facts::{Depth, Notes, Subscriber};
use super::queues::Queue;
use super::stacks::{self, SubscriberStack};
use super::{ages, receives, topics};
use crate::arn::account;

/// A topic of the publisher, and who is subscribed.
pub(super) struct Topic<'a> {
    pub(super) category: &'static Category,
    pub(super) arn: &'a str,
    pub(super) subscribers: Vec<Subscriber>,
}

/// What is read on the way.
pub(super) struct Survey<'a> {
    clients: &'a Clients,
    stacks: BTreeMap<String, SubscriberStack>,
    pub(super) notes: Notes,
}

impl<'a> Survey<'a> {
    /// Lists the stacks of the account, which say what they grant.
    pub(super) async fn new(clients: &'a Clients) -> Self {
        let mut notes = Notes::default();
        let stacks = notes.known(stacks::by_queue(&clients.cloudformation).await);
        Self {
            clients,
            stacks: stacks.unwrap_or_default(),
            notes,
        }
    }

    /// The topic of a category with its subscribers, but without the ages of their messages.
    ///
    /// Fails when its subscriptions cannot be listed.
    pub(super) async fn topic<'t>(&mut self, category: &'static Category, arn: &'t str) -> Result<Topic<'t>> {
        let mut subscribers = Vec::new();
        for subscription in topics::subscriptions(&self.clients.sns, arn).await? {
            subscribers.push(self.subscriber(category, arn, subscription).await);
        }
        Ok(Topic {
            category,
            arn,
            subscribers,
        })
    }

    /// Reads the ages of the oldest messages, for all queues at once.
    pub(super) async fn read_ages(&mut self, topics: &mut [Topic<'_>]) {
        let Some(topic_arn) = topics.first().map(|topic| topic.arn) else {
            return;
        };
        let subscribers = topics.iter().flat_map(|topic| &topic.subscribers);
        // A queue can be subscribed to several topics.
        let queues: BTreeSet<_> = subscribers.filter_map(Subscriber::queue_arn).collect();
        let queues = queues.into_iter().collect();
        let ages = ages::oldest(&self.clients.cloudwatch, topic_arn, queues, &mut self.notes).await;
        for subscriber in topics.iter_mut().flat_map(|topic| &mut topic.subscribers) {
            let arn = subscriber.queue_arn();
            subscriber.oldest_seconds = arn.and_then(|arn| ages.get(arn)).copied();
        }
    }

    async fn subscriber(
        &mut self,
        category: &Category,
        topic_arn: &str,
        subscription: Subscription,
    ) -> Subscriber {
        let owner = subscription.owner.filter(|owner| owner != account(topic_arn));
        let arn = subscription.subscription_arn.unwrap_or_default();
        let protocol = subscription.protocol.unwrap_or_default();
        let endpoint = subscription.endpoint.unwrap_or_default();
        let details = topics::details(&self.clients.sns, &arn).await;
        let details = self.notes.known(details);
        let queue = match protocol.as_str() {
            "sqs" => self.queue(&endpoint).await,
            _ => None,
        };
        let filter = details.as_ref().and_then(|details| details.filter.clone());
        let receives = details
            .as_ref()
            .map(|_| receives::receives(category.name, filter.as_ref()));
        let stack = self.stacks.get(&endpoint).cloned();
        Subscriber {
            category: category.name,
            account: owner.filter(|owner| !owner.is_empty()),
            filter,
            raw: details.as_ref().map(|details| details.raw),
            receives: receives.and_then(|receives| self.notes.known(receives)),
            waiting: queue.as_ref().and_then(Queue::waiting),
            in_flight: queue.as_ref().and_then(Queue::in_flight),
            // `read_ages` asks for all queues at once.
            oldest_seconds: None,
            dead_letters: self.depth(queue.map(|queue| queue.dead_letter_queue())).await,
            undelivered: self.depth(details.map(|details| details.undelivered)).await,
            classes: stack.as_ref().map(|stack| stack.classes.clone()),
            stack: stack.map(|stack| stack.name),
            endpoint: shown(&protocol, endpoint),
            protocol,
        }
    }

    async fn queue(&mut self, arn: &str) -> Option<Queue> {
        let queue = Queue::read(&self.clients.sqs, arn).await;
        self.notes.known(queue)
    }

    /// The messages in a queue of failures. The outer `None` means that nobody knows whether there is one.
    async fn depth(&mut self, arn: Option<Option<String>>) -> Depth {
        match arn {
            Some(Some(arn)) => {
                let messages = self.queue(&arn).await.and_then(|queue| queue.waiting());
                messages.map_or(Depth::Unknown, Depth::Messages)
            }
            Some(None) => Depth::NoQueue,
            None => Depth::Unknown,
        }
    }
}

/// The endpoint without personal data and secrets: nothing of an e-mail address or a telephone number, and of a URL only the
/// scheme and the host, because the rest can hold a password or a token.
fn shown(protocol: &str, endpoint: String) -> Option<String> {
    if endpoint.starts_with("arn:") {
        return Some(endpoint);
    }
    let url: Uri = endpoint.parse().ok().filter(|_| protocol.starts_with("http"))?;
    Some(format!("{}://{}", url.scheme_str()?, url.host()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_endpoint_shows_a_person_or_a_secret() {
        let shown = |protocol: &str, endpoint: &str| shown(protocol, endpoint.to_owned());
        assert_eq!(
            shown("sqs", "arn:aws:sqs:eu-west-1:1:q").as_deref(),
            Some("arn:aws:sqs:eu-west-1:1:q")
        );
        assert_eq!(
            shown("https", "https://user:secret@hooks.example.com/token?key=1").as_deref(),
            Some("https://hooks.example.com")
        );
        assert_eq!(shown("email", "ada@example.com"), None);
        assert_eq!(shown("email-json", "ada@example.com"), None);
        assert_eq!(shown("sms", "+12025550100"), None);
    }
}
