//! Golden files (snapshots): the exact message of every event's example, with a fixed key and nonce.

use serde_json::{Value, json};
use user_events_catalog::{CATEGORIES, snapshot_registrations};
use user_events_core::description::{published_example, sample_nonce};
use user_events_core::pipeline::sealed_events;
use user_events_core::{Envelope, sample_record};
use user_events_testkit::{Record, rows};

use crate::support::{
    assert_golden_files_are_of_registered_events, compare_with_golden, golden, golden_message, key_ring,
    opened, publication,
};

/// The record from which every example's envelope is made.
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
            let event = envelope.unwrap().seal(&key_ring(), &mut sample_nonce).unwrap();
            let body: Value = serde_json::from_str(&event.body).unwrap();
            assert_eq!(
                body.to_string(),
                event.body,
                "the file has the exact body, except for white space"
            );
            let text = golden_message(&event, &body);
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
fn every_event_of_a_snapshot_is_sent_as_its_golden_file_says() {
    let mut differences = Vec::new();
    for (category, registration) in snapshot_registrations() {
        let event = published_example(registration, category, &publication()).event;
        let body: Value = serde_json::from_str(&event.body).unwrap();
        let path = format!("{category}/{}.json", registration.event_type());
        differences.extend(
            compare_with_golden(&path, &golden_message(&event, &body))
                .err()
                .map(|error| error.to_string()),
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn no_golden_file_is_left_over_from_an_event_that_is_gone() {
    assert_golden_files_are_of_registered_events(&golden(""));
}

#[test]
fn every_odd_record_gives_what_its_golden_file_says() {
    let mut differences = Vec::new();
    let mut files = 0;
    for file in std::fs::read_dir(golden("records")).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut recorded: Value = serde_json::from_str(&text).unwrap();
        recorded["outcome"] = outcome(&serde_json::value::to_raw_value(&recorded["record"]).unwrap());
        let text = format!("{}\n", serde_json::to_string_pretty(&recorded).unwrap());
        let name = format!("records/{}", path.file_name().unwrap().to_str().unwrap());
        differences.extend(
            compare_with_golden(&name, &text)
                .err()
                .map(|error| error.to_string()),
        );
        files += 1;
    }
    assert!(
        files >= 10 && differences.is_empty(),
        "{files} files\n{}",
        differences.join("\n")
    );
}

/// The documents of the record's events, opened; or the reason why it is parked; or the note that it is skipped.
fn outcome(record: &serde_json::value::RawValue) -> Value {
    let record = sample_record(record);
    match sealed_events(
        CATEGORIES,
        None,
        &record,
        &publication(),
        |_| key_ring(),
        &mut sample_nonce,
    ) {
        Err(error) => json!({ "parked": { "code": error.code().as_str(), "message": error.message() } }),
        Ok(None) => json!("skipped"),
        Ok(Some(events)) => {
            json!({ "events": events.iter().map(|event| opened(event).unwrap()).collect::<Vec<_>>() })
        }
    }
}
