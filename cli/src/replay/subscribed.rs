//! The subscriptions of a subscriber, and the replay of each.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::Subscription;
use serde_json::json;
use user_events_core::Time;
use user_events_local::clients::Clients;
use user_events_local::console::{Console, Style};
use user_events_local::failure::explained;

use super::archive::is_fifo;
use super::options::Place;
use super::policy::ReplayPolicy;
use crate::arn::TopicArn;
use crate::printable::printable;
use crate::stack::Outputs;

/// The number of parts of the ARN of a topic. That of a subscription to it has one more.
const TOPIC_PARTS: usize = 6;

/// A subscription of a FIFO queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscribed {
    pub(super) arn: String,
    pub(super) topic_arn: String,
}

/// The replay of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    /// SNS's own word.
    status: Option<String>,
    pub(super) policy: Option<ReplayPolicy>,
}

/// Finds the subscriptions: the named one, or those of the queue of the stack.
///
/// Fails when there is none, when one waits for its confirmation, and when a queue is not FIFO.
pub(super) async fn find(clients: &Clients, place: &Place) -> Result<Vec<Subscribed>> {
    if let Some(arn) = &place.subscription {
        let attributes = attributes(&clients.sns, arn).await?;
        let endpoint = attributes.get("Endpoint").map(String::as_str).unwrap_or_default();
        check_fifo(endpoint)?;
        return Ok(vec![Subscribed {
            arn: arn.clone(),
            topic_arn: topic_of(arn)?,
        }]);
    }
    let stack = place.subscriber.as_deref().unwrap_or_default();
    let otherwise = "; or name a subscription with --subscription";
    let outputs = Outputs::of_subscriber(&clients.cloudformation, stack, otherwise).await?;
    let queue_arn = outputs.output("QueueArn").with_context(|| {
        format!(
            "stack {stack} has no output QueueArn; deploy it again from the template of this version{otherwise}"
        )
    })?;
    check_fifo(queue_arn)?;
    let mut found = Vec::new();
    for subscription in all(&clients.sns).await? {
        if subscription.endpoint.as_deref() != Some(queue_arn) {
            continue;
        }
        let topic_arn = subscription.topic_arn.unwrap_or_default();
        let of_category =
            || TopicArn::parse(&topic_arn).is_ok_and(|topic| place.category.contains(&topic.category()));
        if place.category.is_empty() || of_category() {
            let arn = subscription.subscription_arn.unwrap_or_default();
            ensure!(
                arn.starts_with("arn:"),
                "the subscription of {queue_arn} to {topic_arn} waits for its confirmation; confirm it first"
            );
            found.push(Subscribed { arn, topic_arn });
        }
    }
    if found.is_empty() {
        bail!(
            "the queue {queue_arn} has no such subscription of this account; `user-events subscribers` shows who is \
             subscribed, and a subscription of another account is named with --subscription, by its owner"
        );
    }
    Ok(found)
}

fn check_fifo(queue_arn: &str) -> Result<()> {
    ensure!(
        is_fifo(queue_arn),
        "the subscriber's queue is no FIFO queue, and a replay is for FIFO queues: in another one, old events would come in \
         any order; deploy the subscriber with QueueType=fifo, or use `user-events backfill`"
    );
    Ok(())
}

/// The topic of a subscription: its ARN without the last part.
fn topic_of(arn: &str) -> Result<String> {
    let parts: Vec<_> = arn.split(':').collect();
    match parts.split_last() {
        Some((_, topic)) if topic.len() == TOPIC_PARTS => Ok(topic.join(":")),
        _ => bail!("--subscription takes the ARN of a subscription, which is the topic's with one more part"),
    }
}

/// All subscriptions of the account and region.
async fn all(sns: &Client) -> Result<Vec<Subscription>> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let page = sns.list_subscriptions().set_next_token(token).send().await;
        let page = page.map_err(|error| {
            explained(
                "the subscriptions could not be listed",
                "sns:ListSubscriptions",
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

async fn attributes(sns: &Client, arn: &str) -> Result<HashMap<String, String>> {
    let get = sns.get_subscription_attributes().subscription_arn(arn);
    let answer = get.send().await.map_err(|error| {
        explained(
            format_args!("the subscription {arn} could not be read"),
            "sns:GetSubscriptionAttributes; SNS answers only the account that owns the subscription",
            &error,
        )
    })?;
    Ok(answer.attributes.unwrap_or_default())
}

/// The replay of a subscription.
///
/// Fails when SNS refuses.
pub(super) async fn state(sns: &Client, arn: &str) -> Result<State> {
    let attributes = attributes(sns, arn).await?;
    let attribute = |name: &str| attributes.get(name).filter(|value| !value.is_empty());
    Ok(State {
        status: attribute("ReplayStatus").cloned(),
        policy: attribute("ReplayPolicy").and_then(|text| ReplayPolicy::read(text)),
    })
}

/// Sets the replay policy of a subscription, which starts a replay, replaces one, or ends it.
///
/// Fails when SNS refuses.
pub(crate) async fn set_policy(sns: &Client, arn: &str, policy: &str) -> Result<()> {
    let set = sns.set_subscription_attributes().subscription_arn(arn);
    let set = set.attribute_name("ReplayPolicy").attribute_value(policy);
    set.send().await.map_err(|error| {
        if error.code() == Some("ReplayLimitExceeded") {
            anyhow::anyhow!(
                "SNS replays as much as it allows at the same time; wait until another replay is completed, then repeat the command"
            )
        } else {
            explained(
                format_args!("SNS did not take the replay policy of {arn}"),
                "sns:SetSubscriptionAttributes; SNS answers only the account that owns the subscription",
                &error,
            )
        }
    })?;
    Ok(())
}

impl State {
    /// Where the subscription is paused: its replay had an end and reached it.
    fn paused_at(&self) -> Option<Time> {
        let is_over = self.status.as_deref() == Some("Completed");
        self.policy.filter(|_| is_over).and_then(|policy| policy.until)
    }

    /// Prints it.
    pub(super) fn show(&self, of: &Subscribed, out: &Console) {
        let status = printable(self.status.as_deref().unwrap_or("no replay"));
        out.line(format_args!(
            "{}  {}",
            out.paint(Style::Name, status),
            of.topic_arn
        ));
        if let Some(ReplayPolicy { since, until }) = self.policy {
            let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
            out.line(format_args!("    since {since}{until}"));
        }
        if let Some(end) = self.paused_at() {
            out.line(format_args!(
                "    paused: nothing that is published after {end} is delivered; go on with `user-events replay --since {end}`"
            ));
        }
    }

    /// One line of JSON: `subscription`, `topic`, `status`, `since`, `until`, `paused`.
    pub(super) fn json(&self, of: &Subscribed) -> String {
        let line = json!({
            "subscription": of.arn,
            "topic": of.topic_arn,
            "status": self.status,
            "since": self.policy.map(|policy| policy.since),
            "until": self.policy.and_then(|policy| policy.until),
            "paused": self.paused_at().is_some(),
        });
        printable(&line.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topic_of_a_subscription_is_its_arn_without_the_last_part() {
        let topic = "arn:aws:sns:eu-west-1:111111111111:user-events-prod-account.fifo";
        assert_eq!(topic_of(&format!("{topic}:1d2a3e9d")).unwrap(), topic);
        for other in ["", topic, "arn:aws:sns:eu-west-1:111111111111:t:1:2"] {
            assert!(topic_of(other).is_err(), "{other}");
        }
    }

    #[test]
    fn only_a_replay_that_reached_its_end_pauses_the_subscription() {
        let paused = |status: &str, policy: &str| {
            let state = State {
                status: Some(status.to_owned()),
                policy: ReplayPolicy::read(policy),
            };
            state.paused_at().is_some()
        };
        let open = r#"{"PointType":"Timestamp","StartingPoint":"2026-03-01T10:00:00.000Z"}"#;
        let closed = r#"{"PointType":"Timestamp","StartingPoint":"2026-03-01T10:00:00.000Z","EndingPoint":"2026-03-01T12:00:00.000Z"}"#;
        assert!(paused("Completed", closed));
        assert!(!paused("In progress", closed) && !paused("Completed", open));
    }
}
