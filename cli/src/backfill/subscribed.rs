//! To which topics the live queue is subscribed: what changes while the tables are read must be collected there.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Subscription;

use crate::subscribers::subscriptions;

/// The subscriptions of a live queue, by category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Subscribed(BTreeMap<&'static str, State>);

/// A subscription to the topic of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It is confirmed, and this is its ARN.
    Confirmed(String),
    /// It waits for its confirmation.
    Pending,
}

impl Subscribed {
    /// Reads the subscriptions of the topics.
    ///
    /// Fails when SNS refuses.
    pub(super) async fn read(
        sns: &Client,
        topics: &BTreeMap<&'static str, String>,
        queue_arn: &str,
    ) -> Result<Self> {
        let mut found = Self::default();
        for (category, topic_arn) in topics {
            found.add(category, &subscriptions(sns, topic_arn).await?, queue_arn);
        }
        Ok(found)
    }

    fn add(&mut self, category: &'static str, subscriptions: &[Subscription], queue_arn: &str) {
        let of_queue = |one: &&Subscription| one.endpoint() == Some(queue_arn);
        let Some(subscription) = subscriptions.iter().find(of_queue) else {
            return;
        };
        let arn = subscription.subscription_arn().unwrap_or_default();
        let state = if arn.starts_with("arn:") {
            State::Confirmed(arn.to_owned())
        } else {
            State::Pending
        };
        self.0.insert(category, state);
    }

    /// The categories of a run: the wanted ones, or all to which the queue is subscribed. `later` says that it will be
    /// subscribed afterwards, with a replay.
    ///
    /// Fails when the queue has no confirmed subscription for one of them.
    pub(super) fn categories(
        &self,
        wanted: &[&'static str],
        queue_arn: &str,
        later: bool,
    ) -> Result<Vec<&'static str>> {
        if later {
            ensure!(
                !wanted.is_empty() || !self.0.is_empty(),
                "the live queue {queue_arn} is not subscribed, so nobody knows which categories are wanted; name them with \
                 --category"
            );
        } else if self.0.is_empty() {
            bail!(
                "the live queue {queue_arn} is not subscribed to any topic of this publisher, so what changes while the \
                 tables are read would be lost; deploy the subscriber first, or correct --stack"
            );
        }
        let wanted = if wanted.is_empty() {
            self.0.keys().copied().collect()
        } else {
            wanted.to_vec()
        };
        for category in wanted.iter().filter(|_| !later) {
            match self.0.get(category) {
                Some(State::Confirmed(_)) => {}
                Some(State::Pending) => bail!(
                    "the subscription of the live queue {queue_arn} to the topic of {category} waits for its confirmation, so \
                     it collects nothing yet; confirm it first"
                ),
                None => bail!(
                    "the live queue {queue_arn} has no subscription to the topic of {category}, so what changes there \
                     meanwhile would be lost; it has one for {}. Leave that category out, or subscribe the queue first",
                    self.0.keys().copied().collect::<Vec<_>>().join(", ")
                ),
            }
        }
        Ok(wanted)
    }

    /// The ARN of the confirmed subscription to the topic of the category.
    pub(super) fn arn(&self, category: &str) -> Option<&str> {
        match self.0.get(category)? {
            State::Confirmed(arn) => Some(arn),
            State::Pending => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:222222222222:welcome.fifo";

    fn subscribed(all: &[(&'static str, &str, &str)]) -> Subscribed {
        let mut found = Subscribed::default();
        for (category, endpoint, arn) in all {
            let other = Subscription::builder()
                .endpoint("arn:other")
                .subscription_arn("arn:o")
                .build();
            let own = Subscription::builder()
                .endpoint(*endpoint)
                .subscription_arn(*arn)
                .build();
            found.add(category, &[other, own], QUEUE);
        }
        found
    }

    #[test]
    fn only_a_confirmed_subscription_of_the_live_queue_collects_what_changes() {
        let found = subscribed(&[
            ("account", QUEUE, "arn:s"),
            ("profile", QUEUE, "PendingConfirmation"),
            ("access", "arn:another", "arn:s"),
        ]);
        let wanted = |wanted: &[&'static str]| found.categories(wanted, QUEUE, false);
        assert_eq!(wanted(&["account"]).unwrap(), ["account"]);
        for (category, part) in [
            ("profile", "waits for its confirmation"),
            ("access", "no subscription to the topic of access"),
        ] {
            let error = wanted(&[category]).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(wanted(&[]).is_err(), "one that is pending is wanted, too");
        assert_eq!(
            (found.arn("account"), found.arn("profile")),
            (Some("arn:s"), None)
        );
        let error = subscribed(&[])
            .categories(&["account"], QUEUE, false)
            .unwrap_err();
        assert!(
            error.to_string().contains("deploy the subscriber first"),
            "{error}"
        );
    }

    #[test]
    fn a_queue_that_is_subscribed_later_needs_the_names_of_the_categories() {
        let none = subscribed(&[]);
        assert_eq!(none.categories(&["account"], QUEUE, true).unwrap(), ["account"]);
        let error = none.categories(&[], QUEUE, true).unwrap_err().to_string();
        assert!(error.contains("--category"), "{error}");
        let one = subscribed(&[("account", QUEUE, "arn:s")]);
        assert_eq!(one.categories(&[], QUEUE, true).unwrap(), ["account"]);
    }
}
