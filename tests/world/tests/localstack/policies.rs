//! `user-events match` against the filter policies of LocalStack's SNS: both let the same events through, and
//! refuse the same policies.
//!
//! Strings that look like numbers are not compared, because LocalStack 4.14 differs there from the documentation of
//! AWS.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use aws_sdk_sns::error::ProvideErrorMetadata;
use serde_json::Value;
use user_events::names::registrations;
use user_events_aws::Topics;
use user_events_core::description::published_example;
use user_events_core::{Outcome, Publication, SealedEnvelope};
use user_events_policy::{FilterPolicy, Message, Scope, Verdict};

use super::cloud::{Cloud, Queue, batch_of};

/// Policies that SNS accepts.
const TAKEN: &[(Scope, &str)] = &[
    (
        Scope::Attributes,
        r#"{"eventName":[{"prefix":"UserEmail"},{"suffix":"Role"}]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"eventName":[{"anything-but":{"prefix":"User"}}]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"eventName":[{"equals-ignore-case":"USERDELETED"},"RoleDeleted"]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"category":[{"anything-but":["account","access"]}],"dataClasses":[{"exists":true}]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"dataClasses":[{"anything-but":["contact"]},{"exists":false}]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"eventVersion":[{"numeric":[">=",1,"<",2]}],"dataClasses":["network","address"]}"#,
    ),
    (Scope::Attributes, r#"{"eventVersion":[{"numeric":[">",1]}]}"#),
    (
        Scope::Attributes,
        r#"{"category":["account"],"$or":[{"eventName":["UserDeleted"]},{"dataClasses":["contact"]}]}"#,
    ),
    (Scope::Body, r#"{"data":{"mode":["SOFT","HARD"]}}"#),
    (
        Scope::Body,
        r#"{"subject":[{"prefix":"roles/"}],"data":{"isSystem":[false]}}"#,
    ),
    (Scope::Body, r#"{"data":{"changedFields":["city","line1"]}}"#),
    (
        Scope::Body,
        r#"{"data":{"consecutiveFailures":[{"numeric":[">",0,"<=",1000]}]}}"#,
    ),
    (
        Scope::Body,
        r#"{"data":{"contact":{"sealed":[{"exists":true}]},"verified":[{"exists":false}]}}"#,
    ),
    (Scope::Body, r#"{"data":{"contact":{"email":[{"exists":true}]}}}"#),
];

/// Policies that SNS refuses.
const REFUSED: &[(Scope, &str)] = &[
    (Scope::Attributes, r#"{"a":"x"}"#),
    (Scope::Attributes, r#"{"a":[]}"#),
    (Scope::Attributes, r#"{"a":{"b":["x"]}}"#),
    (Scope::Attributes, r#"{"a":[["x"]]}"#),
    (Scope::Attributes, r#"{"a":[{"wildcard":"x*"}]}"#),
    (Scope::Attributes, r#"{"a":[{"prefix":"x","suffix":"y"}]}"#),
    (Scope::Attributes, r#"{"a":[{"prefix":1}]}"#),
    (Scope::Attributes, r#"{"a":[{"exists":"true"}]}"#),
    (Scope::Attributes, r#"{"a":[{"anything-but":{"suffix":"x"}}]}"#),
    (Scope::Attributes, r#"{"a":[{"numeric":[]}]}"#),
    (Scope::Attributes, r#"{"a":[{"numeric":["<",1,">",0]}]}"#),
    (Scope::Attributes, r#"{"a":[{"numeric":[">",1,"<",1]}]}"#),
    (Scope::Attributes, r#"{"a":[{"cidr":"192.0.2.0"}]}"#),
    (
        Scope::Attributes,
        r#"{"a":["x"],"b":["x"],"c":["x"],"d":["x"],"e":["x"],"f":["x"]}"#,
    ),
    (
        Scope::Attributes,
        r#"{"a":["1","2","3","4","5","6","7","8","9","10","11","12","13"],"b":["1","2","3","4","5","6","7","8","9","10","11","12"]}"#,
    ),
    (
        Scope::Body,
        r#"{"a":{"b":{"c":["1","2","3","4","5","6","7","8","9"]}},"d":{"e":["1","2","3"]}}"#,
    ),
];

#[test]
async fn the_events_that_a_policy_lets_through_are_those_that_arrive() -> Result<()> {
    let cloud = Cloud::open()?;
    let topic_arn = cloud.topic("policies").await?;
    let mut queues = Vec::new();
    for (place, (scope, policy)) in TAKEN.iter().enumerate() {
        let queue = cloud.fifo_queue(&format!("policies-{place}")).await?;
        subscribe(&cloud, &topic_arn, &queue, *scope, policy)
            .await
            .map_err(|code| anyhow::anyhow!("{policy}: {code}"))?;
        queues.push(queue);
    }
    let events: Vec<_> = registrations()
        .map(|(category, event)| published_example(event, category, &Publication::default()).event)
        .collect();
    for event in &events {
        let outcomes = cloud.topics(&topic_arn).publish(&batch_of(event.clone())).await;
        assert_eq!(outcomes, [Outcome::Accepted]);
    }
    for ((scope, text), queue) in TAKEN.iter().zip(&queues) {
        let policy = FilterPolicy::parse(text, *scope)?;
        let through = |event: &&SealedEnvelope| policy.judge(&Message::from_event(event)) == Verdict::Through;
        let expected: BTreeSet<_> = events
            .iter()
            .filter(through)
            .map(|event| event.id.clone())
            .collect();
        let received = queue.receive_json(expected.len()).await?;
        let id = |event: &Value| event["id"].as_str().map(str::to_owned);
        let received: BTreeSet<_> = received.iter().filter_map(id).collect();
        assert_eq!(received, expected, "{text}");
        assert!(expected.len() < events.len(), "{text} would prove nothing");
    }
    Ok(())
}

#[test]
async fn the_policies_that_are_refused_are_those_that_sns_refuses() -> Result<()> {
    let cloud = Cloud::open()?;
    let topic_arn = cloud.topic("refused-policies").await?;
    let queue = cloud.fifo_queue("refused-policies").await?;
    for (scope, policy) in REFUSED {
        let refused = subscribe(&cloud, &topic_arn, &queue, *scope, policy).await;
        let code = refused.err().with_context(|| format!("SNS takes {policy}"))?;
        assert!(code.contains("InvalidParameter"), "{policy}: {code}");
        assert!(FilterPolicy::parse(policy, *scope).is_err(), "{policy}");
    }
    Ok(())
}

async fn subscribe(
    cloud: &Cloud,
    topic_arn: &str,
    queue: &Queue,
    scope: Scope,
    policy: &str,
) -> Result<(), String> {
    let subscribe = cloud.sns.subscribe().topic_arn(topic_arn).protocol("sqs");
    let subscribe = subscribe
        .endpoint(&queue.arn)
        .attributes("RawMessageDelivery", "true");
    let subscribe = subscribe.attributes("FilterPolicyScope", scope.attribute_value());
    let answer = subscribe.attributes("FilterPolicy", policy).send().await;
    let code = |error: aws_sdk_sns::error::SdkError<_>| {
        ProvideErrorMetadata::code(&error).unwrap_or("no code").to_owned()
    };
    answer.map(drop).map_err(code)
}
