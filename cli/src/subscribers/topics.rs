//! Reads the subscriptions of a topic.

use std::collections::HashMap;

use anyhow::Result;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Subscription;
use user_events_local::failure::explained;

/// The text that SNS has in place of the ARN of a subscription that nobody confirmed (Amazon SNS API Reference,
/// *ListSubscriptionsByTopic*).
const PENDING: &str = "PendingConfirmation";

/// The subscriptions of a topic.
///
/// Fails when SNS refuses.
pub(super) async fn subscriptions(sns: &Client, topic_arn: &str) -> Result<Vec<Subscription>> {
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

/// The attributes of a subscription: `FilterPolicy`, `RawMessageDelivery` and others. `None` if nobody confirmed it yet.
///
/// Fails when SNS refuses.
pub(super) async fn attributes(sns: &Client, arn: &str) -> Result<Option<HashMap<String, String>>> {
    if arn == PENDING {
        return Ok(None);
    }
    let get = sns.get_subscription_attributes().subscription_arn(arn);
    let answer = get.send().await.map_err(|error| {
        explained(
            format_args!("the subscription {arn} could not be read"),
            "sns:GetSubscriptionAttributes on the topic; SNS answers only the account that owns the subscription",
            &error,
        )
    })?;
    Ok(answer.attributes)
}
