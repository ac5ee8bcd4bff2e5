//! FIFO topics: order within a group, and deduplication by id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, within};

const USERS: u64 = 3;
const CHANGES: u64 = 24;

/// The same records are delivered to a second instance of the function. It does not know what the first one published,
/// so only the topic prevents duplicates. LocalStack deduplicates in every queue, SNS in the topic; a subscriber sees
/// the same.
#[test]
async fn records_that_are_delivered_to_two_functions_come_once_and_each_user_keeps_the_order() -> Result<()> {
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("order").await?;
    let parked = cloud.queue("order-parked", &[]).await?;
    let key_arn = cloud.key().await?;
    let records: Vec<_> = (0..CHANGES)
        .map(|place| {
            let old = rows::account(&format!("user-{}", place % USERS));
            let new = rows::with(old.clone(), json!({ "email": format!("at-{place}@example.com") }));
            Record::modified("accounts", &old, &new).at(place).raw()
        })
        .collect();
    let records: Vec<_> = records.iter().map(AsRef::as_ref).collect();
    for instance in ["the first", "the second"] {
        let (topics, parking) = (cloud.topics(&topic_arn), cloud.parking(&parked));
        let publisher = cloud.publisher(topics, parking, &key_arn, &[])?;
        let answer = publisher.handle(&records, within(Duration::from_secs(20))).await;
        let (response, report) = answer.ok().context("the invocation failed")?;
        assert_eq!(response.first_unsettled(), None, "{instance}");
        assert_eq!((report.accepted, report.retried), (CHANGES, 0), "{instance}");
    }

    let received = queue.receive_json(CHANGES as usize).await?;
    let ids: BTreeSet<_> = received.iter().map(|event| event["id"].as_str()).collect();
    assert_eq!((received.len(), ids.len()), (CHANGES as usize, CHANGES as usize));
    let mut last = BTreeMap::new();
    for event in &received {
        let sequence = event["sequence"].as_str();
        let before = last.insert(event["subject"].as_str(), sequence);
        assert!(
            before.is_none_or(|before| before < sequence),
            "{sequence:?} after {before:?}"
        );
    }
    assert_eq!(last.len(), USERS as usize);
    Ok(())
}
