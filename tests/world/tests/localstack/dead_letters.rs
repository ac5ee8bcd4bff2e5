//! Messages that SNS cannot deliver. It does not retry a client error, such as a deleted queue (Amazon SNS Developer
//! Guide,
//! *Message delivery retries*). Only the subscription's own dead-letter queue keeps the message.

use anyhow::Result;
use user_events_aws::Topics;
use user_events_core::Outcome;
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, batch_of};
use crate::support::sealed_events;

#[test]
async fn what_cannot_be_delivered_lies_in_the_subscriptions_own_dead_letter_queue() -> Result<()> {
    let cloud = Cloud::open()?;
    let topic_arn = cloud.topic("undelivered").await?;
    let mut subscriptions = Vec::new();
    for name in ["undelivered-present", "undelivered-gone"] {
        let queue = cloud.fifo_queue(name).await?;
        let letters = cloud.fifo_queue(&format!("{name}-dlq")).await?;
        let policy = [("RedrivePolicy", letters.as_dead_letter_queue())];
        cloud.subscribe(&topic_arn, &queue, &policy).await?;
        subscriptions.push((queue, letters));
    }
    let [(present, letters_of_present), (gone, letters_of_gone)] = subscriptions.as_slice() else {
        unreachable!("two were made")
    };
    cloud.sqs.delete_queue().queue_url(&gone.url).send().await?;

    let event = sealed_events(&Record::inserted("accounts", &rows::account("a")))?.remove(0);
    let outcomes = cloud.topics(&topic_arn).publish(&batch_of(event.clone())).await;
    assert_eq!(outcomes, [Outcome::Accepted], "the publisher does not notice it");
    for (queue, what) in [(present, "the queue"), (letters_of_gone, "the dead-letter queue")] {
        let messages = queue.receive(1).await?;
        let bodies: Vec<_> = messages.iter().map(|message| message.body.as_deref()).collect();
        assert_eq!(bodies, [Some(event.body.as_str())], "{what}");
    }
    assert!(letters_of_present.receive(0).await?.is_empty());
    Ok(())
}
