//! A tombstone in the table of persons' keys becomes `UserErasedEventV1`; nothing else of that table becomes anything, and
//! no other table's row becomes that event.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_aws::{Config, DataKeys, Limits, Publisher, Report};
use user_events_catalog::CATEGORIES;
use user_events_core::{
    Code, Error, Mapping, Publication, RawRecord, SealedEnvelope, pipeline, sample_record, shapes,
};
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics, rows};

use crate::support::{key_ring, sealed_events};

/// What a secret, its id and the rest of the table's rows look like here.
const CANARIES: [&str; 2] = ["c2VjcmV0LWNhbmFyeQ", "a2V5LWlkLWNhbmFyeQ"];

/// A mapping for every table, whose rule matches every item of the table of persons' keys.
const GREEDY: &str = r#"
version: 1
tables:
  - table: "*"
    keys: { partition: pk }
    rows:
      - kind: account
        when:
          partition: "{any}"
          attributes: { subject: { exists: true } }
        ids: { userId: subject }
        attributes:
          email: subject
          status: { value: ACTIVE }
          createdAt: erasedAt
          updatedAt: erasedAt
"#;

fn secret() -> Value {
    json!({ "keyId": CANARIES[1], "secret": CANARIES[0] })
}

/// The events of a record of the table of persons' keys.
fn events(record: &Record) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    events_with(None, record)
}

fn events_with(mapping: Option<&Mapping>, record: &Record) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    pipeline::sealed_events(
        CATEGORIES,
        mapping,
        &sample_record(&record.raw()),
        &Publication::default(),
        |_| key_ring(),
        &mut || panic!("it has no class"),
    )
}

fn lane(record: &Record) -> Option<String> {
    pipeline::lane(None, &sample_record(&record.raw()))
}

#[test]
fn a_tombstone_is_the_erasure_of_its_user_in_a_lane_of_its_own() {
    for id in ["user-1", "a#b", "a%23b", "100%", "%25", "a/b", "USER#x", "ä"] {
        let record = Record::erased(&format!("users/{id}"));
        for name in ["INSERT", "MODIFY"] {
            let record = record.clone().with("/eventName", json!(name));
            let events = events(&record).unwrap().unwrap();
            assert_eq!(events.len(), 1);
            let document: Value = serde_json::from_str(&events[0].body).unwrap();
            assert_eq!(document["type"], "UserErasedEventV1");
            assert_eq!(document["subject"], format!("users/{id}"));
            assert_eq!(
                document["data"],
                json!({ "userId": id, "erasedAt": "2026-03-01T12:00:00.000Z" })
            );
            let lane = lane(&record).unwrap();
            assert_eq!(document["partitionkey"], lane);
            if id.is_ascii() {
                assert_eq!(lane, format!("erasures/{id}"));
            }
        }
    }
}

#[test]
fn a_tombstone_that_is_replaced_is_published_again_with_another_id() {
    let ids = [1, 2].map(|place| {
        let record = Record::erased("users/u").at(place);
        events(&record).unwrap().unwrap()[0].id.clone()
    });
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn whatever_else_happens_in_the_table_is_no_event() {
    let created = Record::of_subject_keys(&secret());
    let removed = Record::erased("users/u").with("/eventName", json!("REMOVE"));
    let unmarked = Record::of_subject_keys(&json!({ "subject": "users/u", "erasedAt": null }));
    let nameless = Record::of_subject_keys(&json!({ "erasedAt": "2026-03-01T12:00:00.000Z" }));
    for record in [
        nameless,
        created.clone(),
        created.with("/eventName", json!("INSERT")),
        removed.clone(),
        removed.with("/dynamodb/NewImage", Value::Null),
        unmarked,
    ] {
        assert!(events(&record).unwrap().is_none(), "{record:?}");
    }
}

#[test]
fn a_tombstone_without_its_user_is_refused_without_a_value() {
    for subject in [
        json!(""),
        json!("users/"),
        json!("canary@example.com"),
        json!("roles/canary"),
        json!("users/canary\u{7}"),
        json!(7),
        json!(["users/canary"]),
    ] {
        let record =
            Record::of_subject_keys(&json!({ "erasedAt": "2026-03-01T12:00:00.000Z", "subject": subject }));
        let error = events(&record).unwrap_err();
        assert_eq!(error.code(), Code::RowDoesNotFit);
        assert!(error.message().contains("`subject`"), "{error}");
        assert!(!error.message().contains("canary"), "{error}");
        assert_eq!(lane(&record), None);
    }
    for erased_at in [json!("yesterday"), json!(7)] {
        let record = Record::of_subject_keys(&json!({ "erasedAt": erased_at, "subject": "users/u" }));
        let error = events(&record).unwrap_err();
        assert!(error.message().contains("`erasedAt`"), "{error}");
        assert_eq!(lane(&record).as_deref(), Some("erasures/u"));
    }
}

#[test]
fn a_record_that_shows_no_new_image_has_the_wrong_view_type() {
    let record = Record::erased("users/u");
    for record in [
        record.clone().with("/dynamodb/NewImage", Value::Null),
        record
            .clone()
            .with("/dynamodb/StreamViewType", json!("KEYS_ONLY")),
        record.with("/dynamodb/StreamViewType", json!("OLD_IMAGE")),
    ] {
        let error = events(&record).unwrap_err();
        assert_eq!(error.code(), Code::WrongViewType);
        assert!(error.message().contains("NEW_IMAGE"), "{error}");
    }
}

#[test]
fn no_mapping_is_for_the_table_not_even_one_for_every_table() {
    let mapping = Mapping::read(GREEDY, &shapes(CATEGORIES)).unwrap_or_else(|problems| panic!("{problems}"));
    let tombstone = Record::erased("users/u");
    let raw = tombstone.raw();
    let as_item = pipeline::decode(Some(&mapping), &RawRecord::read(&raw));
    assert!(
        as_item.is_err_and(|error| error.message().contains("view type")),
        "the mapping would take the record, were it not of this table"
    );
    let both = tombstone
        .clone()
        .with("/eventName", json!("INSERT"))
        .with("/dynamodb/StreamViewType", json!("NEW_AND_OLD_IMAGES"));
    let raw = both.raw();
    let as_item = pipeline::decode(Some(&mapping), &RawRecord::read(&raw)).unwrap();
    assert!(as_item.is_mapped(), "the rule matches");
    for record in [tombstone, both] {
        assert_eq!(
            events_with(Some(&mapping), &record).unwrap(),
            events(&record).unwrap()
        );
    }
    let created = Record::of_subject_keys(&secret());
    assert!(events_with(Some(&mapping), &created).unwrap().is_none());
}

#[test]
fn no_mapping_can_name_the_virtual_row() {
    assert!(shapes(CATEGORIES).iter().all(|shape| shape.kind != "erasure"));
    let text = GREEDY.replace("kind: account", "kind: erasure");
    let problems = Mapping::read(&text, &shapes(CATEGORIES)).unwrap_err();
    assert!(problems.to_string().contains("kind"), "{problems}");
}

#[test]
fn a_row_with_these_keys_in_a_user_table_is_no_erasure() {
    let row =
        json!({ "pk": "USER#u", "sk": "ERASED", "erasedAt": "2026-03-01T12:00:00Z", "subject": "users/u" });
    for table in ["accounts", "subject-keys-of-ours"] {
        for record in [
            Record::inserted(table, &row),
            Record::modified(table, &rows::with(row.clone(), json!({ "erasedAt": null })), &row),
        ] {
            assert!(sealed_events(&record).unwrap().is_empty());
        }
    }
    let raw = Record::erased("users/u").raw();
    let error = pipeline::decode(None, &RawRecord::read(&raw)).unwrap_err();
    assert_eq!(error.code(), Code::WrongViewType, "a tombstone of another table");
}

/// A publisher with the table of persons' keys, or without.
async fn publish(variables: &[(&str, &str)], records: &[Record]) -> (Vec<String>, Vec<String>, Report) {
    let config = Config::read(CATEGORIES, |name| {
        let given = variables.iter().find(|(key, _)| *key == name);
        let given = given.map(|(_, value)| (*value).to_owned());
        given.or_else(|| (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")))
    })
    .unwrap();
    let (topics, parking, keys) = <(ScriptedTopics, MemoryParking, FixedKeys)>::default();
    let keys = DataKeys::new(keys, config.key_limits);
    let publisher = Publisher::new(CATEGORIES, config, topics.clone(), parking.clone(), keys);
    let raw: Vec<_> = records.iter().map(Record::raw).collect();
    let raw: Vec<_> = raw.iter().map(AsRef::as_ref).collect();
    let limits = Limits::new(
        Instant::now() + Duration::from_secs(10),
        Duration::from_millis(1_500),
    );
    let (response, report) = publisher.handle(&raw, limits).await.unwrap();
    assert_eq!(response.first_unsettled(), None);
    let accepted = topics.accepted();
    let types = accepted
        .iter()
        .map(|event| event.attribute("eventType").unwrap().to_owned());
    (types.collect(), parking.messages(), report)
}

#[tokio::test(start_paused = true)]
async fn the_publisher_knows_the_table_by_its_name() {
    let records = [
        Record::erased("users/u").at(0),
        Record::of_subject_keys(&secret()).at(1),
    ];
    let on = [("SUBJECT_KEYS_TABLE", "subject-keys")];
    let (types, parked, report) = publish(&on, &records).await;
    assert_eq!(types, ["UserErasedEventV1"]);
    assert!(parked.is_empty());
    assert_eq!(report.skipped, 1);
    for other in [vec![], vec![("SUBJECT_KEYS_TABLE", "other-subject-keys")]] {
        let (types, parked, _) = publish(&other, &records).await;
        assert!(types.is_empty());
        assert_eq!(parked.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_tombstone_needs_no_region_of_origin() {
    let regions = [
        ("SUBJECT_KEYS_TABLE", "subject-keys"),
        ("ORIGIN_REGION_ATTRIBUTE", "writtenIn"),
        ("ORIGIN_REGION_DEFAULT", "us-east-1"),
    ];
    let (types, _, report) = publish(&regions, &[Record::erased("users/u")]).await;
    assert_eq!(types, ["UserErasedEventV1"]);
    assert_eq!((report.elsewhere, report.origin_missing), (0, 0));
}
