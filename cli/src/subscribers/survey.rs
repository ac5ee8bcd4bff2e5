//! Reads what is known about the subscribers of the topics.

use std::collections::BTreeMap;

use anyhow::Result;
use aws_sdk_sns::types::Subscription;
use hyper::Uri;
use user_events_core::Category;
use user_events_local::clients::Clients;

use super::facts::{Depth, Notes, Subscriber};
use super::queues::Queue;
use super::stacks::{self, SubscriberStack};
use super::{receives, topics};
use crate::arn::account;

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

    /// The subscribers of a topic.
    ///
    /// Fails when its subscriptions cannot be listed.
    pub(super) async fn subscribers(
        &mut self,
        category: &Category,
        topic_arn: &str,
    ) -> Result<Vec<Subscriber>> {
        let mut subscribers = Vec::new();
        for subscription in topics::subscriptions(&self.clients.sns, topic_arn).await? {
            subscribers.push(self.subscriber(category, topic_arn, subscription).await);
        }
        Ok(subscribers)
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
