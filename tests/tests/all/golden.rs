//! The contract's memory: the exact message of every event's example, with a fixed key and nonce.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::Envelope;
use user_events_testkit::{Record, fixed_nonce, rows};

use crate::support::{compare_with_golden, golden, key_ring, publication};

/// The record that every example's envelope is made with.
fn record() -> Record {
    let noted = json!({
        "at": "2026-03-01T12:00:00Z", "actor": "admin-1", "actorType": "ADMIN", "reason": "TICKET",
        "correlationId": "correlation-1", "causationId": "causation-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    });
    Record::inserted(
        "accounts",
        &rows::with(rows::account("user-1"), json!({ "lastChange": noted })),
    )
}

#[test]
fn every_event_is_published_as_its_golden_file_says() {
    let record = record().decoded().unwrap();
    let mut differences = Vec::new();
    for category in CATEGORIES {
        for registration in category.events {
            let envelope = Envelope::new(registration.example(category.name), 0, &record, &publication());
            let event = envelope.seal(&key_ring(), &mut fixed_nonce).unwrap();
            let body: Value = serde_json::from_str(&event.body).unwrap();
            assert_eq!(
                body.to_string(),
                event.body,
                "the file holds the body to the letter, but for blanks"
            );
            let attributes: serde_json::Map<_, _> = event
                .attributes
                .iter()
                .map(|one| {
                    (
                        one.name.to_owned(),
                        json!({ "DataType": one.data_type, "StringValue": one.value }),
                    )
                })
                .collect();
            let message = json!({
                "MessageGroupId": event.partition_key,
                "MessageDeduplicationId": event.id,
                "MessageAttributes": attributes,
                "Body": body,
            });
            let text = format!("{}\n", serde_json::to_string_pretty(&message).unwrap());
            let path = format!("{}/{}.json", category.name, registration.event_type());
            differences.extend(
                compare_with_golden(&path, &text)
                    .err()
                    .map(|error| error.to_string()),
            );
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn no_golden_file_is_left_over_from_an_event_that_is_gone() {
    for category in CATEGORIES {
        let registered: BTreeSet<_> = category
            .events
            .iter()
            .map(|registration| format!("{}.json", registration.event_type()))
            .collect();
        let files: BTreeSet<_> = std::fs::read_dir(golden(category.name))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, registered, "{}", category.name);
    }
}
