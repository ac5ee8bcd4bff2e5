//! A subscriber in another account: its queue gets the event of the publisher's topic, and its KMS client opens the class
//! under the publisher's key.
//!
//! LocalStack has the accounts apart, but does not enforce a policy: neither that of the topic, nor that of the queue, nor
//! that of the key. So this shows that requests, ARNs and delivery fit together, and not who is allowed what.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use user_events_consumer::{Opened, Opener, ReceivedEvent};
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, within};

const SUBSCRIBER: &str = "222222222222";

#[test]
async fn an_event_crosses_to_another_account_and_its_class_opens_there() -> Result<()> {
    let publisher = Cloud::open()?;
    let subscriber = Cloud::of_account(SUBSCRIBER)?;
    let topic_arn = publisher.topic("crossing").await?;
    let (parked, key_arn) = (
        publisher.queue("crossing-parked", &[]).await?,
        publisher.key().await?,
    );
    let queue = subscriber.fifo_queue("crossing").await?;
    let letters = subscriber.fifo_queue("crossing-undelivered").await?;
    assert!(queue.arn.contains(&format!(":{SUBSCRIBER}:")), "{}", queue.arn);
    assert!(!topic_arn.contains(SUBSCRIBER) && !key_arn.contains(SUBSCRIBER));
    let policy = [("RedrivePolicy", letters.as_dead_letter_queue())];
    subscriber.subscribe(&topic_arn, &queue, &policy).await?;

    let topics = publisher.topics(&topic_arn);
    let function = publisher.publisher(topics, publisher.parking(&parked), &key_arn, &[])?;
    let record = Record::inserted("accounts", &rows::account("a")).raw();
    let answer = function
        .handle(&[record.as_ref()], within(Duration::from_secs(20)))
        .await;
    let (_, report) = answer.ok().context("the invocation failed")?;
    assert_eq!(report.accepted, 1);

    let messages = queue.receive(1).await?;
    let event = ReceivedEvent::from_message_body(messages[0].body().context("no body")?)?;
    assert_eq!(event.event_type(), "UserRegisteredEventV1");
    let opener = Opener::new(subscriber.kms.clone(), [key_arn]);
    let opened = opener.open_as(&event, "contact").await;
    let Ok(Some(Opened::Clear(contact))) = opened else {
        anyhow::bail!("{opened:?}")
    };
    let contact: serde_json::Value = contact;
    assert_eq!(contact["email"], json!(rows::account("a")["email"]));
    assert!(letters.receive(0).await?.is_empty());
    Ok(())
}
