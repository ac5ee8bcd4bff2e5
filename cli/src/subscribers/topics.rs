//! Reads the subscriptions of a topic.

use std::collections::HashMap;

use anyhow::{Result, bail};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Subscription;
use user_events_local::failure::explained;

use super::facts::Filter;
use super::queues::target;

/// The text that SNS has in place of the ARN of a subscription that nobody confirmed (Amazon SNS API Reference,
/// *ListSubscriptionsByTopic*).
const PENDING: &str = "PendingConfirmation";
/// The scope of a filter policy without one (Amazon SNS API Reference, *Subscribe*).
const DEFAULT_SCOPE: &str = "MessageAttributes";

/// The subscriptions of a topic.
///
/// Fails when SNS refuses.
pub(crate) async fn subscriptions(sns: &Client, topic_arn: &str) -> Result<Vec<Subscription>> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let list = sns.list_subscriptions_by_topic().topic_arn(topic_arn);
        let page = list.set_next_token(token).send().await.map_err(|error| {
            explained(
                format_args!("the subscriptions of {topic_arn} could not be listed"),
                "sns:ListSubscriptionsByTopic on the topic",
                &error,
            )
        })?;
        found.extend(page.subscriptions.unwrap_or_default());
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// The attributes of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) filter: Option<Filter>,
    pub(super) raw: bool,
    /// The ARN of the queue for messages that SNS cannot deliver.
    pub(super) undelivered: Option<String>,
}

/// The details of a subscription.
///
/// Fails when nobody confirmed it yet, and when SNS refuses.
pub(super) async fn details(sns: &Client, arn: &str) -> Result<Details> {
    if arn == PENDING {
        bail!("a subscription waits for its confirmation, so its attributes are not known");
    }
    let get = sns.get_subscription_attributes().subscription_arn(arn);
    let answer = get.send().await.map_err(|error| {
        explained(
            format_args!("the subscription {arn} could not be read"),
            "sns:GetSubscriptionAttributes on the topic; SNS answers only the account that owns the subscription",
            &error,
        )
    })?;
    Ok(Details::new(&answer.attributes.unwrap_or_default()))
}

impl Details {
    fn new(attributes: &HashMap<String, String>) -> Self {
        let attribute = |name: &str| attributes.get(name).filter(|value| !value.is_empty()).cloned();
        let policy = attribute("FilterPolicy").filter(|policy| policy != "{}");
        Self {
            filter: policy.map(|policy| Filter {
                policy,
                scope: attribute("FilterPolicyScope").unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
            }),
            raw: attribute("RawMessageDelivery").as_deref() == Some("true"),
            undelivered: attribute("RedrivePolicy").as_deref().and_then(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(attributes: &[(&str, &str)]) -> Details {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Details::new(&attributes.iter().map(pair).collect())
    }

    #[test]
    fn a_subscription_without_attributes_has_no_filter_and_no_queue_for_failures() {
        let plain = Details {
            filter: None,
            raw: false,
            undelivered: None,
        };
        assert_eq!(details(&[]), plain);
        assert_eq!(details(&[("FilterPolicy", "{}"), ("RedrivePolicy", "")]), plain);
    }

    #[test]
    fn a_filter_looks_at_attributes_unless_it_says_otherwise() {
        let scope = |attributes: &[(&str, &str)]| details(attributes).filter.unwrap().scope;
        let policy = ("FilterPolicy", r#"{"eventType":["a"]}"#);
        assert_eq!(scope(&[policy]), "MessageAttributes");
        assert_eq!(
            scope(&[policy, ("FilterPolicyScope", "MessageBody")]),
            "MessageBody"
        );
        let redrive = ("RedrivePolicy", r#"{"deadLetterTargetArn":"arn:q"}"#);
        assert_eq!(details(&[redrive]).undelivered.as_deref(), Some("arn:q"));
    }
}
