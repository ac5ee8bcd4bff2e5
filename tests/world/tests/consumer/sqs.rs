//! The worker with a FIFO queue of the local engine.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName;
use tokio::sync::Notify;
use user_events_consumer::{ReceivedEvent, SqsQueue, Worker, WorkerSettings};

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
        begun.entry(group).or_default().push(event.id().to_owned());
        if event.id() == "users/a/2" && event.delivery().receive_count == Some(1) {
            return Err("not the first time");
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
    let ids = |subject: &str, numbers: &[u64]| -> Vec<String> {
        numbers
            .iter()
            .map(|number| format!("{subject}/{number}"))
            .collect()
    };
    assert_eq!(begun["users/a"], ids("users/a", &[1, 2, 2, 3, 4]));
    assert_eq!(begun["users/b"], ids("users/b", &[1, 2, 3, 4]));

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
