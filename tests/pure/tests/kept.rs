//! A parked record holds only what is read of it, and becomes the same events.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use user_events_aws::{Config, DataKeys, Failures, FetchFailed, Limits, Publisher, QueueMessage, Redrive};
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_nonce;
use user_events_core::pipeline::sealed_events as sealed_events_by;
use user_events_core::{
    Error, FailureObject, Kept, Mapping, Outcome, Parked, Publication, RawRecord, SealedEnvelope, Time,
    failed_records, known, parked_message, sample_record, stored_record,
};
use user_events_testkit::{FixedKeys, MemoryParking, Record, ScriptedTopics, rows};

use crate::mapping::presets::Preset;
use crate::properties::generated::change;
use crate::support::{key_ring, publication, registrations, thin_publication};

/// A value that nobody reads.
const CANARY: &str = "canary-5b1e";

/// Attributes that nobody reads, in every type, and with names that look like others.
fn extra() -> Map<String, Value> {
    let attributes = json!({
        "passwordHash": { "S": CANARY }, "password": { "S": CANARY }, "Email": { "S": CANARY },
        "a\"b\\c\u{1}": { "S": CANARY }, "": { "S": CANARY }, "secret": { "B": CANARY },
        "unlisted": { "M": { "email": { "S": CANARY }, "list": { "L": [{ "S": CANARY }] } } },
        "texts": { "SS": [CANARY] }, "NewImage": { "S": CANARY }, "number": { "N": "00.10" },
    });
    attributes.as_object().unwrap().clone()
}

/// The record with attributes and members that nobody reads.
fn crowded(mut record: Value) -> Box<RawValue> {
    record["canary"] = json!(CANARY);
    record["dynamodb"]["canary"] = json!({ "NewImage": CANARY });
    for image in ["NewImage", "OldImage"] {
        if let Some(attributes) = record["dynamodb"][image].as_object_mut() {
            attributes.extend(extra());
        }
    }
    serde_json::value::to_raw_value(&record).unwrap()
}

fn events(
    mapping: Option<&Mapping>,
    raw: &RawRecord<'_>,
    publication: &Publication,
) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    let keys = |_: &_| key_ring();
    sealed_events_by(CATEGORIES, mapping, raw, publication, keys, &mut sample_nonce)
}

/// Fails unless what is kept of the record becomes the same events, or the same error, and is the same record.
fn assert_same(mapping: Option<&Mapping>, raw: &RawRecord<'_>) -> String {
    let json = known(CATEGORIES, mapping, raw, None).unwrap();
    let kept = raw.known(&json);
    for publication in [publication(), thin_publication()] {
        let text = |raw| events(mapping, raw, &publication).map_err(|error| error.to_string());
        assert_eq!(text(&kept), text(raw), "{json}");
    }
    assert_eq!(kept.identity(), raw.identity());
    assert_eq!(kept.coordinates(), raw.coordinates());
    let again = known(CATEGORIES, mapping, &kept, None).unwrap();
    assert_eq!(again.get(), json.get(), "nothing more is removed the second time");
    json.get().to_owned()
}

#[test]
fn every_sample_becomes_the_same_event_without_what_nobody_reads() {
    for (_, registration) in registrations() {
        let raw = crowded(registration.sample_change().record());
        let kept = assert_same(None, &sample_record(&raw));
        assert!(raw.get().contains(CANARY) && !kept.contains(CANARY), "{kept}");
        assert!(!kept.contains("passwordHash"), "{kept}");
        assert!(
            events(None, &sample_record(&raw), &publication())
                .unwrap()
                .is_some()
        );
    }
}

#[test]
fn every_change_of_every_row_becomes_the_same_events() {
    let changes = json!({
        "updatedAt": "2026-03-01T12:30:00Z", "status": "DELETED", "enabled": false, "granted": false, "version": 7,
        "endReason": "LOGOUT", "name": "other", "lastChange": { "at": "2026-03-01T12:30:00Z", "reason": "TICKET" },
    });
    for (table, row) in rows::all() {
        let later = rows::with(row.clone(), changes.clone());
        for record in [
            Record::inserted(table, &row),
            Record::modified(table, &row, &later),
            Record::removed(table, &later),
            Record::removed(table, &rows::with(row.clone(), json!({ "ttl": 1_772_362_800 }))),
            Record::expired(table, &row),
        ] {
            let raw = crowded(record.json().clone());
            let kept = assert_same(None, &RawRecord::read(&raw));
            assert!(!kept.contains(CANARY), "{kept}");
        }
    }
}

#[test]
fn every_write_of_every_framework_becomes_the_same_events() {
    for preset in Preset::all() {
        for case in &preset.cases {
            let raw = crowded(case.record(&preset.mapping));
            let raw = RawRecord::read(&raw);
            let raw = raw.mapped(preset.mapping.is_for(&raw));
            // An item with all of its attributes: a rule may read one that has the name of an extra one.
            let kept = assert_same(Some(&preset.mapping), &raw);
            for name in ["a\"b\\c", "unlisted", "passwordHash"] {
                let is_read = preset
                    .mapping
                    .tables()
                    .any(|table| table.attributes().any(|read| read == name));
                assert!(is_read || !kept.contains(name), "{name} in {kept}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_change_becomes_the_same_events_or_the_same_error(change in change()) {
        let json = change.record().raw();
        let raw = RawRecord::read(&json);
        if known(CATEGORIES, None, &raw, None).is_some() {
            assert_same(None, &raw);
        }
    }
}

#[test]
fn the_attribute_that_names_the_region_is_kept() {
    let row = rows::with(rows::account("u"), json!({ "writtenIn": "eu-west-1" }));
    let json = Record::inserted("accounts", &row).raw();
    let kept = |attribute| {
        let kept = known(CATEGORIES, None, &RawRecord::read(&json), attribute).unwrap();
        kept.get().contains("writtenIn")
    };
    assert!(kept(Some("writtenIn")) && !kept(None));
}

#[test]
fn a_record_of_which_nothing_is_known_is_kept_whole_and_says_so() {
    let account = || Record::inserted("accounts", &rows::account("u"));
    for record in [
        account().with("/dynamodb/StreamViewType", json!("KEYS_ONLY")),
        account().with("/dynamodb/ApproximateCreationDateTime", json!(0)),
        account().with("/dynamodb/NewImage/odd", json!({ "X": 1 })),
        account().with("/dynamodb/Keys/sk", json!({ "S": "OTHER" })),
        account().with("/dynamodb", json!(7)),
        Record::from_json(json!([CANARY])),
    ] {
        let json = record.raw();
        let raw = RawRecord::read(&json);
        assert!(known(CATEGORIES, None, &raw, None).is_none(), "{json}");
        let (message, stored) = messages(&raw);
        assert_eq!(
            (message["kept"].as_str(), stored["kept"].as_str()),
            (Some("whole"), Some("whole"))
        );
        assert_eq!(&message["record"], record.json());
    }
}

#[test]
fn what_is_known_says_so_in_the_message_and_in_the_object() {
    let json = Record::inserted("accounts", &rows::account("u")).raw();
    let raw = RawRecord::read(&json);
    let known = known(CATEGORIES, None, &raw, None).unwrap();
    let (message, stored) = messages(&raw.known(&known));
    assert_eq!(
        (message["kept"].as_str(), stored["kept"].as_str()),
        (Some("known"), Some("known"))
    );
    assert_eq!(message["record"], stored["payload"]["Records"][0]);
    let older =
        r#"{"parkedAt":"2026-03-01T12:00:00Z","reason":{"code":"c","message":"m"},"source":{},"record":{}}"#;
    let Ok(Parked::Record(older)) = Parked::read(older) else {
        panic!("an older message")
    };
    assert_eq!(older.kept, Kept::Whole);
}

/// The message that parks a record, and the object that stores it.
fn messages(raw: &RawRecord<'_>) -> (Value, Value) {
    let error = Error::new(user_events_core::Code::RowDoesNotFit, "a reason");
    let message = parked_message(raw, &error, Time::UNIX_EPOCH).unwrap();
    let stored = stored_record(raw, &error, Time::UNIX_EPOCH).unwrap();
    assert!(Parked::read(&message).is_ok() && failed_records(&stored).is_ok());
    (
        serde_json::from_str(&message).unwrap(),
        serde_json::from_str(&stored).unwrap(),
    )
}

#[test]
fn of_the_table_of_persons_keys_neither_a_secret_nor_its_id_is_kept_whatever_is_wrong() {
    let secret =
        json!({ "keyId": CANARY, "secret": CANARY, "erasedAt": "2026-03-01T12:00:00.000Z", "subject": 7 });
    let record = || Record::of_subject_keys(&secret);
    for record in [
        record(),
        record().with(
            "/dynamodb/OldImage",
            json!({ "secret": { "B": CANARY }, "keyId": { "S": CANARY } }),
        ),
        record().with("/dynamodb/NewImage", json!([{ "secret": CANARY }])),
        record().with("/dynamodb/NewImage/secret", json!({ "X": CANARY })),
        record().with("/dynamodb/Keys", json!(CANARY)),
        record().with("/dynamodb/Keys/secret", json!({ "S": CANARY })),
        record().with("/dynamodb/StreamViewType", json!({ "secret": CANARY })),
        record().with("/dynamodb/SequenceNumber", Value::Null),
        record().with("/dynamodb/secret", json!(CANARY)),
        record().with("/eventID", json!([CANARY])),
        record().with("/userIdentity", json!({ "secret": CANARY })),
        record().with("/secret", json!(CANARY)),
    ] {
        let json = record.raw();
        let raw = sample_record(&json);
        let kept = known(CATEGORIES, None, &raw, None).unwrap();
        assert!(!kept.get().contains(CANARY), "{kept}");
        let (message, _) = messages(&raw.known(&kept));
        assert!(!message.to_string().contains(CANARY), "{message}");
        let events = |raw| events(None, raw, &publication()).ok();
        assert_eq!(events(&raw.known(&kept)), events(&raw));
    }
}

struct NoObject;

impl Failures for NoObject {
    async fn fetch(&self, _: &FailureObject) -> Result<String, FetchFailed> {
        Err(FetchFailed)
    }
}

fn publisher(
    topics: &ScriptedTopics,
    parking: &MemoryParking,
    redrive: bool,
) -> Publisher<ScriptedTopics, MemoryParking, FixedKeys> {
    let variable = |name: &str| match name {
        "SUBJECT_KEYS_TABLE" => Some("subject-keys".to_owned()),
        "STREAM_ARNS" => {
            let arn = |table| format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/s");
            Some(["accounts", "subject-keys"].map(arn).join(","))
        }
        _ => (name.contains("ARN") || name.contains("URL")).then(|| format!("a {name}")),
    };
    let config = if redrive {
        Config::read_redrive(CATEGORIES, variable)
    } else {
        Config::read(CATEGORIES, variable)
    };
    let config = config.unwrap();
    let keys = DataKeys::new(FixedKeys::default(), config.key_limits);
    Publisher::new(CATEGORIES, config, topics.clone(), parking.clone(), keys)
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_parked_without_what_nobody_reads_is_redriven_as_the_same_event() {
    let account = crowded(Record::inserted("accounts", &rows::account("u")).json().clone());
    let tombstone = crowded(Record::erased("users/u").at(2).json().clone());
    let wanted: Vec<_> = [&account, &tombstone]
        .iter()
        .map(|json| {
            events(None, &sample_record(json), &publication())
                .unwrap()
                .unwrap()[0]
                .id
                .clone()
        })
        .collect();

    let (topics, parking) = <(ScriptedTopics, MemoryParking)>::default();
    topics.then_all(Outcome::Rejected);
    topics.then_all(Outcome::Rejected);
    topics.then_all(Outcome::Rejected);
    let limits = || {
        Limits::new(
            Instant::now() + Duration::from_secs(10),
            Duration::from_millis(1_500),
        )
    };
    let records = [account.as_ref(), tombstone.as_ref()];
    let (response, report) = publisher(&topics, &parking, false)
        .handle(&records, limits())
        .await
        .unwrap();
    assert_eq!((response.first_unsettled(), report.parked), (None, 2));
    let parked = parking.messages();
    assert!(
        parked.iter().all(|message| !message.contains(CANARY)),
        "{parked:?}"
    );

    let (topics, again) = <(ScriptedTopics, MemoryParking)>::default();
    let redrive = Redrive::new(publisher(&topics, &again, true), NoObject);
    let messages = parked.into_iter().map(|body| QueueMessage {
        message_id: body.len().to_string(),
        body,
    });
    let (response, _) = redrive.handle(&messages.collect::<Vec<_>>(), limits()).await;
    assert_eq!(response.failed().count(), 0);
    assert!(again.messages().is_empty(), "{:?}", again.messages());
    let mut accepted: Vec<_> = topics.accepted().iter().map(|event| event.id.clone()).collect();
    let mut wanted = wanted;
    accepted.sort();
    wanted.sort();
    assert_eq!(accepted, wanted);
}
