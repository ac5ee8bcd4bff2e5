//! Message attributes, filter policies on them, and the characters that a body may contain.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::Message;
use serde_json::{Value, json};
use user_events_aws::{Parking, Topics};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_events;
use user_events_core::{Code, Error, Outcome, Publication, RawRecord, SealedEnvelope, Time, parked_message};
use user_events_testkit::{Record, rows};

use super::cloud::{Cloud, batch_of};
use crate::support::{publication, sealed_events};

/// The events of the first write of every kind of row.
fn events() -> Result<Vec<SealedEnvelope>> {
    let mut events = Vec::new();
    for (place, (table, row)) in (0..).zip(rows::all()) {
        events.extend(sealed_events(&Record::inserted(table, &row).at(place))?);
    }
    Ok(events)
}

/// A message's attributes: types and values by name.
fn received_attributes(message: &Message) -> BTreeMap<&str, (&str, &str)> {
    let attributes = message.message_attributes.iter().flatten();
    attributes
        .map(|(name, value)| {
            (
                name.as_str(),
                (value.data_type(), value.string_value().unwrap_or_default()),
            )
        })
        .collect()
}

/// The text of an attribute of an event.
fn attribute<'a>(event: &'a SealedEnvelope, name: &str) -> &'a str {
    let mut attributes = event.attributes.iter();
    let found = attributes.find(|attribute| attribute.name == name);
    found.map_or("", |attribute| &attribute.value)
}

#[test]
async fn all_six_attributes_arrive_with_their_types() -> Result<()> {
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("attributes").await?;
    let record = Record::inserted("accounts", &rows::account("a")).raw();
    let replayed = Publication {
        replay: true,
        ..publication()
    };
    let events = sample_events(CATEGORIES, &RawRecord::read(&record), &replayed)?;
    let event = events.unwrap_or_default().remove(0);
    let outcomes = cloud.topics(&topic_arn).publish(&batch_of(event)).await;
    assert_eq!(outcomes, [Outcome::Accepted]);
    let messages = queue.receive(1).await?;
    let expected = BTreeMap::from([
        ("category", ("String", "account")),
        ("dataClasses", ("String.Array", r#"["contact"]"#)),
        ("eventName", ("String", "UserRegistered")),
        ("eventType", ("String", "UserRegisteredEventV1")),
        ("eventVersion", ("Number", "1")),
        ("replay", ("String", "true")),
    ]);
    let received: Vec<_> = messages.iter().map(received_attributes).collect();
    assert_eq!(received, [expected]);
    Ok(())
}

/// A filter policy, and which of this project's events it should let through. LocalStack also compares strings that
/// look like numbers as numbers; so the test above checks the type of `eventVersion`.
type Filter = (&'static str, Value, fn(&SealedEnvelope) -> bool);

#[test]
async fn filter_policies_let_through_what_they_name_and_nothing_else() -> Result<()> {
    let cloud = Cloud::open()?;
    let filters: [Filter; 6] = [
        (
            "type",
            json!({ "eventType": ["UserRegisteredEventV1", "RoleCreatedEventV1"] }),
            |event| ["UserRegisteredEventV1", "RoleCreatedEventV1"].contains(&attribute(event, "eventType")),
        ),
        (
            "version",
            json!({ "eventVersion": [{ "numeric": [">=", 1, "<", 2] }] }),
            |_| true,
        ),
        (
            "next-version",
            json!({ "eventVersion": [{ "numeric": [">=", 2] }] }),
            |_| false,
        ),
        (
            "class",
            json!({ "dataClasses": ["network", "address"] }),
            |event| {
                let classes = attribute(event, "dataClasses");
                classes.contains(r#""network""#) || classes.contains(r#""address""#)
            },
        ),
        (
            "no-class",
            json!({ "dataClasses": [{ "exists": false }] }),
            |event| attribute(event, "dataClasses").is_empty(),
        ),
        (
            "both",
            json!({ "category": ["authentication"], "dataClasses": ["network"] }),
            |event| event.category == "authentication" && attribute(event, "dataClasses").contains("network"),
        ),
    ];
    let events = events()?;
    let topic_arn = cloud.topic("filters").await?;
    let mut queues = Vec::new();
    for (name, policy, _) in &filters {
        let queue = cloud.fifo_queue(&format!("filters-{name}")).await?;
        cloud
            .subscribe(&topic_arn, &queue, &[("FilterPolicy", policy.clone())])
            .await?;
        queues.push(queue);
    }
    let topics = cloud.topics(&topic_arn);
    for event in &events {
        let outcomes = topics.publish(&batch_of(event.clone())).await;
        assert_eq!(outcomes, [Outcome::Accepted]);
    }
    for ((name, _, lets_through), queue) in filters.iter().zip(&queues) {
        let mut expected: Vec<_> = events
            .iter()
            .filter(|event| lets_through(event))
            .map(|event| &event.id)
            .collect();
        let received = queue.receive_json(expected.len()).await?;
        let mut received: Vec<_> = received.iter().filter_map(|event| event["id"].as_str()).collect();
        expected.sort_unstable();
        received.sort_unstable();
        assert_eq!(received, expected, "{name}");
        // Filters that let the same events through could be confused without a failure.
        assert_eq!(expected.is_empty(), *name == "next-version", "{name}");
        assert_eq!(expected.len() == events.len(), *name == "version", "{name}");
    }
    Ok(())
}

/// LocalStack's SNS accepts the raw characters and loses the message at the queue. AWS does not document what its SNS
/// does with them, so the test asks only the queue.
#[test]
async fn a_queue_refuses_characters_that_reach_it_escaped() -> Result<()> {
    let cloud = Cloud::open()?;
    let (topic_arn, queue) = cloud.subscribed_topic("characters").await?;
    let parked = cloud.queue("characters-parked", &[]).await?;
    let name = "a\u{FFFE}b\u{FFFF}c\u{1}d";
    let row = rows::with(rows::role("role-1"), json!({ "name": name }));
    let record = Record::inserted("access", &row);
    let event = sealed_events(&record)?.remove(0);

    let raw = event.body.replace("\\ufffe", "\u{FFFE}");
    ensure!(raw != event.body, "the body holds the character, escaped");
    let send = cloud.sqs.send_message().queue_url(&parked.url);
    let refusal = send.message_body(raw).send().await;
    let refusal = refusal.err().context("the queue took the raw character")?;
    assert_eq!(refusal.code(), Some("InvalidMessageContents"));

    let outcomes = cloud.topics(&topic_arn).publish(&batch_of(event)).await;
    assert_eq!(outcomes, [Outcome::Accepted]);
    let received = queue.receive_json(1).await?;
    let names: Vec<_> = received.iter().map(|event| &event["data"]["name"]).collect();
    assert_eq!(names, [&json!(name)]);

    // A parked record contains the characters of the row, whatever they are.
    let reason = Error::new(Code::RefusedByTopic, "refused");
    let result = cloud
        .parking(&parked)
        .send(parked_message(
            &RawRecord::read(&record.raw()),
            &reason,
            Time::UNIX_EPOCH,
        )?)
        .await;
    ensure!(result.is_ok(), "the record could not be parked");
    let messages = parked.receive_json(1).await?;
    let records: Vec<_> = messages.iter().map(|message| &message["record"]).collect();
    assert_eq!(records, [record.json()]);
    Ok(())
}
