//! The way back from the parked queue through the SQS console: a message move task.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use user_events_aws::{FetchFailed, Parking, Redrive, queue_messages};
use user_events_core::{Code, Error, FailureObject, RawRecord, Time, parked_message};
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, Queue, within};
use crate::support::{root, sealed_events};

/// The value in `infra/parking.yaml`.
const MAX_RECEIVES: u32 = 5;

/// The parked queue and the redrive queue, connected as in the template.
async fn queues(cloud: &Cloud, name: &str) -> Result<(Queue, Queue)> {
    let parked = cloud.queue(&format!("{name}-parked"), &[]).await?;
    let mut policy = parked.as_dead_letter_queue();
    policy["maxReceiveCount"] = json!(MAX_RECEIVES);
    let attributes = [(QueueAttributeName::RedrivePolicy, policy.to_string())];
    let redrive = cloud.queue(&format!("{name}-redrive"), &attributes).await?;
    Ok((parked, redrive))
}

/// Moves the messages of a queue, and waits for the end: its status, and how many were moved.
async fn move_messages(cloud: &Cloud, source: &Queue, destination: Option<&Queue>) -> Result<(String, i64)> {
    let start = cloud.sqs.start_message_move_task().source_arn(&source.arn);
    let destination = destination.map(|queue| queue.arn.clone());
    start.set_destination_arn(destination).send().await?;
    let begun = Instant::now();
    loop {
        let list = cloud.sqs.list_message_move_tasks().source_arn(&source.arn);
        let tasks = list.send().await?.results.unwrap_or_default();
        let task = tasks.first().context("the task is not listed")?;
        let status = task.status.clone().unwrap_or_default();
        if status != "RUNNING" {
            return Ok((status, task.approximate_number_of_messages_moved));
        }
        ensure!(begun.elapsed() < Duration::from_secs(20), "the task does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn registration(user: &str, place: u64) -> Record {
    Record::inserted("accounts", &rows::account(user)).at(place)
}

/// No test here reads a bucket.
struct NoFailures;

impl user_events_aws::Failures for NoFailures {
    async fn fetch(&self, _: &FailureObject) -> Result<String, FetchFailed> {
        Err(FetchFailed)
    }
}

#[test]
async fn parked_records_are_moved_to_the_redrive_queue_and_published_once() -> Result<()> {
    let cloud = Cloud::open()?;
    let (topic_arn, subscriber) = cloud.subscribed_topic("redriven").await?;
    let (parked, redrive) = queues(&cloud, "redriven").await?;
    let records = ["a", "b", "c"].map(|user| registration(user, u64::from(user.as_bytes()[0])));
    let reason = Error::new(Code::RefusedByTopic, "refused");
    for record in &records {
        let result = cloud
            .parking(&parked)
            .send(parked_message(
                &RawRecord::read(&record.raw()),
                &reason,
                Time::UNIX_EPOCH,
            )?)
            .await;
        ensure!(result.is_ok(), "a record could not be parked");
    }

    let moved = move_messages(&cloud, &parked, Some(&redrive)).await?;
    assert_eq!(moved, ("COMPLETED".to_owned(), 3));
    assert!(parked.receive(0).await?.is_empty());
    let messages = redrive.receive(records.len()).await?;
    let message = |message: &aws_sdk_sqs::types::Message| json!({ "messageId": message.message_id, "body": message.body });
    let invocation = json!({ "Records": messages.iter().map(message).collect::<Vec<_>>() });
    let invocation = serde_json::value::to_raw_value(&invocation)?;

    let parking = cloud.parking(&parked);
    let stream = records[0].json()["eventSourceARN"].as_str().unwrap_or_default();
    let variables = [("STREAM_ARNS", stream)];
    let publisher = cloud.publisher(cloud.topics(&topic_arn), parking, &cloud.key().await?, &variables)?;
    let function = Redrive::new(publisher, NoFailures);
    let messages = queue_messages(&invocation).ok().context("no invocation")?;
    let limits = within(Duration::from_secs(20));
    let (response, report) = function.handle(&messages, limits).await;
    assert_eq!((response.failed().count(), report.accepted), (0, 3));

    let mut received = ids(&subscriber.receive_json(records.len()).await?);
    let mut expected = Vec::new();
    for record in &records {
        expected.extend(sealed_events(record)?.into_iter().map(|event| event.id));
    }
    received.sort_unstable();
    expected.sort_unstable();
    assert_eq!(received, expected, "under the ids that they would have had");
    Ok(())
}

fn ids(events: &[Value]) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().unwrap_or_default().to_owned();
    events.iter().map(id).collect()
}

/// This is why an operator must name the redrive queue as a custom destination: the functions sent the messages
/// directly to the parked queue, so they have no source queue. AWS does not document how such a task ends; in
/// LocalStack it fails.
#[test]
async fn parked_records_have_no_source_queue_to_be_moved_back_to() -> Result<()> {
    let cloud = Cloud::open()?;
    let (parked, redrive) = queues(&cloud, "sourceless").await?;
    let reason = Error::new(Code::RefusedByTopic, "refused");
    let parking = cloud.parking(&parked);
    let result = parking
        .send(parked_message(
            &RawRecord::read(&registration("a", 1).raw()),
            &reason,
            Time::UNIX_EPOCH,
        )?)
        .await;
    ensure!(result.is_ok(), "the record could not be parked");

    let (_, moved) = move_messages(&cloud, &parked, None).await?;
    assert_eq!(moved, 0);
    assert!(redrive.receive(0).await?.is_empty());
    assert_eq!(parked.receive(1).await?.len(), 1, "it stays where it was");
    Ok(())
}

/// SQS moves messages only out of a dead-letter queue. The policy of the redrive queue makes the parked queue one.
#[test]
async fn only_the_messages_of_a_dead_letter_queue_can_be_moved() -> Result<()> {
    let cloud = Cloud::open()?;
    let (parked, redrive) = queues(&cloud, "not-a-dlq").await?;
    let start = cloud.sqs.start_message_move_task().source_arn(&redrive.arn);
    let refusal = start.destination_arn(&parked.arn).send().await;
    let refusal = refusal.err().context("the messages of any queue can be moved")?;
    assert_eq!(refusal.code(), Some("InvalidParameterValue"));
    Ok(())
}

#[test]
async fn a_message_that_keeps_failing_goes_back_to_the_parked_queue_and_can_be_moved_again() -> Result<()> {
    let cloud = Cloud::open()?;
    let (parked, redrive) = queues(&cloud, "failing").await?;
    let send = cloud.sqs.send_message().queue_url(&redrive.url);
    send.message_body("it keeps failing").send().await?;
    for _ in 0..MAX_RECEIVES {
        let receive = cloud.sqs.receive_message().queue_url(&redrive.url);
        let received = receive.visibility_timeout(0).wait_time_seconds(5).send().await?;
        assert_eq!(received.messages().len(), 1);
    }
    assert!(redrive.receive(0).await?.is_empty());
    // This message came from a queue, so it has a source queue.
    assert_eq!(
        move_messages(&cloud, &parked, None).await?,
        ("COMPLETED".to_owned(), 1)
    );
    assert_eq!(redrive.receive(1).await?.len(), 1);
    Ok(())
}

/// The queues of `infra/subscriber.yaml`, each of its type and with the dead-letter queue that it has there.
async fn subscriber_queues(
    cloud: &Cloud,
    prefix: &str,
    (topic_is_fifo, queue_is_fifo): (bool, bool),
) -> Result<BTreeMap<String, Queue>> {
    let template = user_events_local::template::load(&root().join("infra/subscriber.yaml"))?;
    let resources = template["Resources"].as_object().context("no resources")?;
    let queues = || {
        resources
            .iter()
            .filter(|(_, resource)| resource["Type"] == "AWS::SQS::Queue")
            .map(|(name, resource)| (name, &resource["Properties"]))
    };
    let mut made: BTreeMap<String, Queue> = BTreeMap::new();
    // Every dead-letter queue before the queue that names it.
    while made.len() < queues().count() {
        let before = made.len();
        for (name, properties) in queues() {
            let mut attributes = Vec::new();
            if let Some(target) = properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0].as_str()
            {
                let Some(target) = made.get(target) else { continue };
                let mut policy = target.as_dead_letter_queue();
                policy["maxReceiveCount"] = json!(MAX_RECEIVES);
                attributes.push((QueueAttributeName::RedrivePolicy, policy.to_string()));
            }
            let is_fifo = match properties["FifoQueue"]["Fn::If"][0].as_str() {
                Some("FifoTopic") => topic_is_fifo,
                Some("FifoQueue") => queue_is_fifo,
                other => anyhow::bail!("{name}: its type depends on {other:?}"),
            };
            if !made.contains_key(name) {
                let mut full = format!("{prefix}-{name}");
                if is_fifo {
                    attributes.push((QueueAttributeName::FifoQueue, "true".to_owned()));
                    full.push_str(".fifo");
                }
                made.insert(name.clone(), cloud.queue(&full, &attributes).await?);
            }
        }
        ensure!(made.len() > before, "the dead-letter queues are a circle");
    }
    Ok(made)
}

/// SQS refuses it for a dead-letter queue of a subscription that is none of a queue.
#[test]
async fn what_a_topic_could_not_deliver_is_moved_to_the_subscribers_queue() -> Result<()> {
    let cloud = Cloud::open()?;
    for (prefix, types) in [
        ("moved-fifo", (true, true)),
        ("moved-mixed", (true, false)),
        ("moved-standard", (false, false)),
    ] {
        let queues = subscriber_queues(&cloud, prefix, types).await?;
        let (queue, undelivered) = (&queues["Queue"], &queues["UndeliveredQueue"]);
        let send = cloud.sqs.send_message().queue_url(&undelivered.url);
        let send = match undelivered.url.ends_with(".fifo") {
            true => send.message_group_id("a").message_deduplication_id("1"),
            false => send,
        };
        send.message_body("it could not be delivered").send().await?;
        let moved = move_messages(&cloud, undelivered, Some(queue)).await;
        assert_eq!(moved.context(prefix)?, ("COMPLETED".to_owned(), 1), "{prefix}");
        let messages = queue.receive(1).await?;
        assert_eq!(messages[0].body(), Some("it could not be delivered"), "{prefix}");
        assert!(undelivered.receive(0).await?.is_empty(), "{prefix}");
    }
    Ok(())
}
