//! Items that a backfill read, and the snapshot events of their rows.

use std::collections::BTreeSet;

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use user_events_catalog::{CATEGORIES, SNAPSHOTS, deleted_user};
use user_events_core::description::sample_snapshot;
use user_events_core::pipeline::{decode_scanned, envelopes};
use user_events_core::{Image, ScannedItem, SealedEnvelope, Time, attributes, lane_from_keys};
use user_events_testkit::{Record, rows};

use crate::mapping::presets::Preset;
use crate::support::{publication, sealed_events};

fn item(table: &str, row: &Value) -> ScannedItem {
    ScannedItem {
        run: "run-1".to_owned(),
        table: table.to_owned(),
        region: "eu-west-1".to_owned(),
        read_at: Time::parse("2026-03-02T09:00:00Z").unwrap(),
        attributes: Image::from_dynamodb_json(&to_raw_value(&attributes(row)).unwrap()).unwrap(),
    }
}

fn snapshot(table: &str, row: &Value) -> Vec<SealedEnvelope> {
    sample_snapshot(SNAPSHOTS, item(table, row), &publication()).unwrap()
}

fn types(events: &[SealedEnvelope]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| event.attribute("eventType"))
        .collect()
}

fn body(event: &SealedEnvelope) -> Value {
    serde_json::from_str(&event.body).unwrap()
}

#[test]
fn a_row_is_one_event_before_all_changes_in_the_lane_of_its_changes() {
    let row = rows::account("user-1");
    let [event] = &snapshot("accounts", &row)[..] else {
        panic!("one event");
    };
    let [change] = &sealed_events(&Record::inserted("accounts", &row)).unwrap()[..] else {
        panic!("one event");
    };
    assert_eq!(event.partition_key, change.partition_key);
    let (event, change) = (body(event), body(change));
    assert_eq!(event["snapshotrun"], "run-1");
    assert!(event["sequence"].as_str() < change["sequence"].as_str());
    assert_eq!(event["recordedtime"], "2026-03-02T09:00:00.000Z");
    assert!(change.get("snapshotrun").is_none());
    assert_ne!(event["id"], change["id"]);
}

#[test]
fn the_id_is_of_the_table_the_keys_and_the_run_and_of_nothing_else() {
    let id = |table: &str, row: &Value| snapshot(table, row)[0].id.clone();
    let row = rows::account("user-1");
    let changed = rows::with(row.clone(), json!({ "email": "new@example.com", "version": 9 }));
    assert_eq!(id("accounts", &row), id("accounts", &changed));
    assert_ne!(id("accounts", &row), id("other", &row));
    assert_ne!(id("accounts", &row), id("accounts", &rows::account("user-2")));
    let other_run = ScannedItem {
        run: "run-2".to_owned(),
        ..item("accounts", &row)
    };
    let other_run = sample_snapshot(SNAPSHOTS, other_run, &publication()).unwrap();
    assert_ne!(id("accounts", &row), other_run[0].id);
    // Keys cannot run into each other.
    let keys = |pk: &str, sk: &str| {
        let row = rows::with(rows::session("user-1"), json!({ "pk": pk, "sk": sk }));
        id("authentication", &row)
    };
    assert_ne!(
        keys("USER#a\",\"b", "SESSION#c"),
        keys("USER#a", "SESSION#b\",\"c")
    );
}

#[test]
fn what_was_noted_about_the_last_change_is_not_in_a_snapshot() {
    let noted = json!({ "at": "2026-03-01T12:00:00Z", "actor": "admin-1", "correlationId": "correlation-1" });
    let row = rows::with(rows::account("user-1"), json!({ "lastChange": noted }));
    let event = body(&snapshot("accounts", &row)[0]);
    for member in ["initiator", "correlationid", "causationid", "traceparent"] {
        assert!(event.get(member).is_none(), "{member}");
    }
}

#[test]
fn a_row_without_a_state_has_no_event() {
    let ended = rows::with(
        rows::session("user-1"),
        json!({ "endReason": "LOGOUT", "endedAt": "2026-03-01T15:00:00Z" }),
    );
    let deleted = rows::with(rows::account("user-1"), json!({ "status": "DELETED" }));
    for (table, row) in [
        ("authentication", ended),
        ("authentication", rows::attempt("USER#user-1")),
        ("accounts", deleted),
        ("accounts", json!({ "pk": "EMAIL#ada", "sk": "GUARD" })),
        // Only the end of a run makes such an event.
        (
            "accounts",
            json!({
                "pk": "SNAPSHOT#run-1", "sk": "COMPLETED", "startedAt": "2026-03-02T09:00:00Z",
                "completedAt": "2026-03-02T09:00:00Z", "events": 0, "categories": "account",
            }),
        ),
    ] {
        assert_eq!(types(&snapshot(table, &row)), [""; 0], "{row}");
    }
}

#[test]
fn a_deleted_account_names_its_user() {
    let named = |row: &Value| {
        let decoded = decode_scanned(None, item("accounts", row)).unwrap();
        decoded.records().iter().find_map(deleted_user).map(str::to_owned)
    };
    let account = rows::account("user-1");
    assert_eq!(named(&account), None);
    let deleted = rows::with(account, json!({ "status": "DELETED" }));
    assert_eq!(named(&deleted).as_deref(), Some("USER#user-1"));
    let other = rows::with(rows::session("user-1"), json!({ "status": "DELETED" }));
    assert_eq!(named(&other), None);
}

#[test]
fn no_change_becomes_a_snapshot_and_no_row_that_was_read_a_change() {
    let row = rows::account("user-1");
    let change = sealed_events(&Record::inserted("accounts", &row)).unwrap();
    assert_eq!(types(&change), ["UserRegisteredEventV1"]);
    assert_eq!(types(&snapshot("accounts", &row)), ["UserAccountSnapshotEventV1"]);
    let decoded = decode_scanned(None, item("accounts", &row)).unwrap();
    let publication = publication();
    let of_changes = envelopes(CATEGORIES, &decoded, &publication).unwrap().unwrap();
    assert_eq!(of_changes.len(), 1, "the caller chooses the categories");
}

#[test]
fn a_row_that_does_not_fit_is_an_error_that_names_the_attribute_and_no_value() {
    let row = rows::with(
        rows::account("user-1"),
        json!({ "email": null, "status": "ACTIVE" }),
    );
    let error = sample_snapshot(SNAPSHOTS, item("accounts", &row), &publication()).unwrap_err();
    assert!(error.to_string().contains("`email`"), "{error}");
    let no_key = json!({ "pk": "USER#user-1" });
    let error = decode_scanned(None, item("accounts", &no_key)).unwrap_err();
    assert!(error.to_string().contains("key `sk` is missing"), "{error}");
    let odd = ScannedItem {
        run: "Run 1".to_owned(),
        ..item("accounts", &rows::account("user-1"))
    };
    let error = decode_scanned(None, odd).unwrap_err();
    assert!(error.to_string().contains("id of a run"), "{error}");
}

#[test]
fn every_item_of_a_mapped_table_becomes_the_snapshots_of_its_rows() {
    let publication = publication();
    for preset in Preset::all() {
        let mut kinds = BTreeSet::new();
        for case in &preset.cases {
            let Some(new) = &case.new else { continue };
            let scanned = ScannedItem {
                attributes: Image::from_dynamodb_json(&to_raw_value(new).unwrap()).unwrap(),
                ..item(&case.table, &json!({}))
            };
            // Some cases show what does not fit.
            let Ok(decoded) = decode_scanned(Some(&preset.mapping), scanned) else {
                continue;
            };
            let events = envelopes(SNAPSHOTS, &decoded, &publication).unwrap();
            for envelope in events.into_iter().flatten() {
                let envelope = envelope.unwrap();
                let name = envelope.event_type().name();
                assert!(name.ends_with("Snapshot"), "{}: {name}", preset.name);
                let mut lanes = decoded
                    .records()
                    .iter()
                    .filter_map(|record| lane_from_keys(&record.keys.pk, Some(&record.keys.sk)));
                assert!(lanes.any(|lane| lane == envelope.partition_key()));
                kinds.insert(name);
            }
        }
        assert!(
            kinds.contains("UserAccountSnapshot"),
            "{}: {kinds:?}",
            preset.name
        );
    }
}
