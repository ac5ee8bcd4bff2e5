//! The worker with a FIFO queue of the local engine.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName};
use tokio::sync::Notify;
use user_events_consumer::{
    Failure, Hide, Queue, ReceivedEvent, SqsDeadLetters, SqsQueue, Worker, WorkerSettings,
};

use super::dynamo::clients;
use crate::messages::body;

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
async fn a_worker_takes_the_groups_of_a_real_queue_in_order_repeats_a_failure_and_leaves_nothing()
-> Result<()> {
    let sqs = clients()?.sqs;
    let created = sqs
        .create_queue()
        .queue_name("consumer-worker.fifo")
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await?;
    let url = created.queue_url.context("no URL")?;
    for number in 1..=4 {
        for subject in ["users/a", "users/b"] {
            let send = sqs.send_message().queue_url(&url).message_group_id(subject);
            send.message_deduplication_id(format!("{subject}/{number}"))
                .message_body(body(subject, number))
                .send()
                .await?;
        }
    }

    let begun: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let all = Notify::new();
    let handler = async |event: ReceivedEvent| {
        let mut begun = begun.lock().unwrap();
        let group = event.delivery().group.clone().unwrap_or_default();
        let is_second = event.sequence() == format!("{:040}.0000", 2);
        let number = event.sequence().trim_start_matches('0').replace(".0000", "");
        begun.entry(group).or_default().push(number);
        if event.subject() == "users/a" && is_second && event.delivery().receive_count == Some(1) {
            return Err(Failure::retry("not the first time"));
        }
        if begun.values().map(Vec::len).sum::<usize>() == 9 {
            all.notify_one();
        }
        Ok(())
    };
    let settings = WorkerSettings {
        wait: Duration::from_secs(1),
        ..WorkerSettings::default()
    };
    let worker = Worker::new(SqsQueue::new(sqs.clone(), &url), handler, settings)?;
    let worked = tokio::time::timeout(PATIENCE, worker.run(all.notified())).await?;
    assert_eq!((worked.handled, worked.failed), (8, 1));
    let begun = begun.into_inner().unwrap();
    assert_eq!(begun["users/a"], ["1", "2", "2", "3", "4"]);
    assert_eq!(begun["users/b"], ["1", "2", "3", "4"]);

    let counts = sqs
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        .send()
        .await?;
    let left = counts.attributes.context("no counts")?;
    assert!(left.values().all(|count| count == "0"), "{left:?}");
    Ok(())
}

/// Creates a FIFO queue with this name, and returns its URL.
async fn fifo_queue(sqs: &aws_sdk_sqs::Client, name: &str) -> Result<String> {
    let create = sqs.create_queue().queue_name(name);
    let created = create
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await?;
    created.queue_url.context("no URL")
}

#[test]
async fn a_message_that_no_retry_can_mend_is_in_the_dead_letter_queue_with_its_reason() -> Result<()> {
    let sqs = clients()?.sqs;
    let url = fifo_queue(&sqs, "consumer-aside.fifo").await?;
    let dead_letters = fifo_queue(&sqs, "consumer-aside-dlq.fifo").await?;
    let category = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("account");
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([7]));
    sqs.send_message()
        .queue_url(&url)
        .message_group_id("users/a")
        .message_deduplication_id("1")
        .message_attributes("category", category.build()?)
        .message_attributes("bytes", bytes.build()?)
        .message_body("hello")
        .send()
        .await?;
    let send = sqs.send_message().queue_url(&url).message_group_id("users/a");
    send.message_deduplication_id("2")
        .message_body(body("users/a", 2))
        .send()
        .await?;

    let handled = Notify::new();
    let handler = async |_: ReceivedEvent| {
        handled.notify_one();
        Ok::<_, Failure>(())
    };
    let settings = WorkerSettings {
        wait: Duration::from_secs(1),
        ..WorkerSettings::default()
    };
    let worker = Worker::new(SqsQueue::new(sqs.clone(), &url), handler, settings)?
        .dead_letters(SqsDeadLetters::new(sqs.clone(), &dead_letters));
    let worked = tokio::time::timeout(PATIENCE, worker.run(handled.notified())).await?;
    assert_eq!((worked.handled, worked.set_aside, worked.failed), (1, 1, 0));

    let wait = Duration::from_secs(1);
    let received = SqsQueue::new(sqs.clone(), &dead_letters)
        .receive(10, wait, PATIENCE)
        .await;
    let received = received.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    assert_eq!(received.len(), 1);
    let message = &received[0];
    assert_eq!(message.body(), Some("hello"));
    let attributes = message.message_attributes().context("no attributes")?;
    let text = |name: &str| attributes.get(name).and_then(|value| value.string_value());
    assert_eq!(text("setAsideReason"), Some("not-an-event"));
    assert_eq!(text("category"), Some("account"));
    assert_eq!(attributes["bytes"].binary_value(), Some(&Blob::new([7])));
    let system = message.attributes().context("no system attributes")?;
    assert_eq!(system[&System::MessageGroupId], "users/a");

    // A message can be hidden for a time of its own.
    let receipt = message.receipt_handle().context("no receipt")?;
    let queue = SqsQueue::new(sqs.clone(), &dead_letters);
    queue
        .hide(receipt, Duration::ZERO)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let again = queue.receive(10, wait, PATIENCE).await;
    assert_eq!(again.map_err(|error| anyhow::anyhow!("{error:?}"))?.len(), 1);
    Ok(())
}
