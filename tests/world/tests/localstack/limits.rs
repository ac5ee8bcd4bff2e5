//! The limits of a `PublishBatch`: bytes, entries, and the required members of a FIFO entry.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::PublishBatchRequestEntry;
use serde_json::{Value, json};
use user_events_aws::{SnsTopics, Topics, outcome_of_failed_call};
use user_events_core::{Batch, MAX_ENTRIES, Outcome};
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, entry, within};
use crate::support::{kept, sealed_events};

/// The bytes that a topic accepts in one call, unless it raises its `MaximumMessageSize` (Amazon SNS API Reference,
/// *PublishBatch*). LocalStack has this limit even for a topic that raised it.
const MAX_BYTES: usize = 262_144;

/// Topics that remember the outcomes of every call.
struct Watched {
    topics: SnsTopics,
    calls: Arc<Mutex<Vec<Vec<Outcome>>>>,
}

impl Topics for Watched {
    async fn publish(&self, batch: &Batch) -> Vec<Outcome> {
        let outcomes = self.topics.publish(batch).await;
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(outcomes.clone());
        outcomes
    }
}

fn registration(user: &str, place: u64, changes: Value) -> Record {
    Record::inserted("accounts", &rows::with(rows::account(user), changes)).at(place)
}

/// A full batch of registrations with exactly this length.
fn batch_of_bytes(bytes: usize, first_place: u64) -> Result<Batch> {
    let mut batch = Batch::default();
    for number in 0..MAX_ENTRIES {
        let place = first_place + number as u64;
        // Characters of one to four bytes, to detect a limit that counts characters.
        let method = json!({ "registrationMethod": "aé€\u{1D11E}" });
        let mut event = sealed_events(&registration(&format!("user-{place}"), place, method))?.remove(0);
        if number == MAX_ENTRIES - 1 {
            // White space after a JSON document does not change it.
            let missing = bytes - batch.bytes() - event.bytes();
            event.body.push_str(&" ".repeat(missing));
            if bytes > MAX_BYTES {
                let room = batch.has_room_for(&entry(number, event.clone()), MAX_BYTES);
                ensure!(!room, "a batch takes no more than the limit");
            }
        }
        let entry = entry(number, event);
        ensure!(
            batch.has_room_for(&entry, bytes),
            "the batch has room for entry {number}"
        );
        batch.push(entry);
    }
    ensure!(batch.bytes() == bytes, "{} bytes", batch.bytes());
    Ok(batch)
}

#[test]
async fn a_batch_is_accepted_at_exactly_the_byte_limit_and_refused_as_a_whole_one_byte_past_it() -> Result<()>
{
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("byte-limit").await?;
    let topics = cloud.topics(&topic_arn);
    let too_long = batch_of_bytes(MAX_BYTES + 1, 100)?;
    assert_eq!(topics.publish(&too_long).await, [Outcome::Suspect; MAX_ENTRIES]);
    let full = batch_of_bytes(MAX_BYTES, 200)?;
    assert_eq!(topics.publish(&full).await, [Outcome::Accepted; MAX_ENTRIES]);
    let received = queue.receive(MAX_ENTRIES).await?;
    let received: BTreeSet<_> = received
        .iter()
        .filter_map(|message| message.body.as_deref())
        .collect();
    let sent = full.entries().iter().map(|entry| entry.event.body.as_str());
    assert!(
        received == sent.collect(),
        "what was accepted arrived, and nothing else"
    );
    Ok(())
}

#[test]
async fn a_call_that_is_too_long_is_made_again_one_by_one_and_only_the_guilty_record_is_parked() -> Result<()>
{
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("too-long").await?;
    let parked = cloud.queue("too-long-parked", &[]).await?;
    let calls = Arc::default();
    let topics = Watched {
        topics: cloud.topics(&topic_arn),
        calls: Arc::clone(&calls),
    };
    // With a higher limit than the topic has.
    let variables = [("MAX_MESSAGE_BYTES", "1048576")];
    let publisher = cloud.publisher(topics, cloud.parking(&parked), &cloud.key().await?, &variables)?;

    let of_size = |user, place, bytes| registration(user, place, json!({ "locale": "x".repeat(bytes) }));
    let guilty = of_size("guilty", 3, 330_000);
    let old = rows::account("guilty");
    let new = rows::with(old.clone(), json!({ "email": "short@example.com" }));
    let records = [
        registration("small", 0, json!({})),
        of_size("large-1", 1, 146_000),
        of_size("large-2", 2, 146_000),
        guilty.clone(),
        Record::modified("accounts", &old, &new).at(4),
    ];
    let raw: Vec<_> = records.iter().map(Record::raw).collect();
    let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
    let answer = publisher.handle(&raw, within(Duration::from_secs(20))).await;
    let (response, report) = answer.ok().context("the invocation failed")?;

    assert_eq!(response.first_unsettled(), None);
    assert_eq!((report.accepted, report.parked), (4, 1));
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(calls.remove(0), [Outcome::Suspect; 4], "four users, one call");
    assert!(calls.iter().all(|call| call.len() == 1), "{calls:?}");
    let refused = calls.iter().filter(|call| **call != [Outcome::Accepted]);
    assert_eq!(refused.collect::<Vec<_>>(), [&[Outcome::Suspect]]);

    let messages = parked.receive_json(1).await?;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["reason"]["code"], "refused-by-topic");
    assert!(
        messages[0]["record"] == kept(&guilty)?,
        "what the catalogue reads is kept"
    );
    let received = queue.receive_json(4).await?;
    let mut subjects: Vec<_> = received
        .iter()
        .map(|event| (event["subject"].as_str(), event["type"].as_str()))
        .collect();
    subjects.sort_unstable();
    let registered = Some("UserRegisteredEventV1");
    assert_eq!(
        subjects,
        [
            (Some("users/guilty"), Some("UserEmailChangedEventV1")),
            (Some("users/large-1"), registered),
            (Some("users/large-2"), registered),
            (Some("users/small"), registered),
        ]
    );
    Ok(())
}

/// SNS refuses a whole call because of one bad entry, so it never accepts a part of such a batch.
#[test]
async fn a_topic_takes_ten_entries_and_asks_a_group_and_an_id_of_each() -> Result<()> {
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("entries").await?;
    let publish = |entries: Result<Vec<PublishBatchRequestEntry>, _>| {
        let call = cloud.sns.publish_batch().topic_arn(&topic_arn);
        async {
            let entries = entries.map_err(aws_sdk_sns::error::SdkError::construction_failure)?;
            call.set_publish_batch_request_entries(Some(entries)).send().await
        }
    };
    let bare = |number: usize| {
        let entry = PublishBatchRequestEntry::builder().id(number.to_string());
        entry.message(number.to_string())
    };
    let grouped = |number| bare(number).message_group_id("group");
    let whole = |number: usize| grouped(number).message_deduplication_id(number.to_string());

    let eleven = (0..=MAX_ENTRIES).map(|number| whole(number).build()).collect();
    let refusal = publish(eleven).await.err().context("eleven entries were taken")?;
    assert_eq!(refusal.code(), Some("TooManyEntriesInBatchRequest"));
    for (lacking, what) in [(bare(1), "group"), (grouped(1), "deduplication id")] {
        let entries = [whole(0), lacking].map(|entry| entry.build());
        let refusal = publish(entries.into_iter().collect()).await;
        let refusal = refusal
            .err()
            .with_context(|| format!("an entry without a {what} was taken"))?;
        assert_eq!(refusal.code(), Some("InvalidParameter"), "{what}");
        assert_eq!(outcome_of_failed_call(refusal.code()), Outcome::Suspect, "{what}");
    }
    let ten = (0..MAX_ENTRIES).map(|number| whole(number).build()).collect();
    let answer = publish(ten).await?;
    assert_eq!(
        (answer.successful().len(), answer.failed().len()),
        (MAX_ENTRIES, 0)
    );
    assert_eq!(queue.receive(MAX_ENTRIES).await?.len(), MAX_ENTRIES);
    Ok(())
}
