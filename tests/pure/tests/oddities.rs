//! Odd records: which ones are parked, with which code, and that no message quotes a value.

use serde_json::{Value, json};
use user_events_core::{Code, Coordinates, Disposition, RawRecord};
use user_events_testkit::{Record, rows};

use crate::support::sealed_events;

/// A value that must not appear in any message.
const CANARY: &str = "canary-7f3a";

/// The error of a record.
fn refused(record: &Record) -> (Code, String) {
    let error = sealed_events(record).expect_err("the record was published");
    let error = error.downcast::<user_events_core::Error>().unwrap();
    assert_eq!(error.disposition(), Disposition::Park);
    assert!(!error.to_string().contains(CANARY), "{error}");
    (error.code(), error.message().to_owned())
}

fn inserted(changes: Value) -> Record {
    Record::inserted("accounts", &rows::with(rows::account("user-1"), changes))
}

#[test]
fn an_attribute_of_an_unknown_type_parks_and_is_named() {
    let record = inserted(json!({})).with("/dynamodb/NewImage/email", json!({ "X": CANARY }));
    let (code, message) = refused(&record);
    assert_eq!(code, Code::UndecodableRecord);
    assert!(message.contains("`email`"), "{message}");
    let unlisted = inserted(json!({})).with("/dynamodb/NewImage/anything", json!({ "S": { "N": CANARY } }));
    assert_eq!(refused(&unlisted).0, Code::UndecodableRecord);
}

#[test]
fn the_other_image_is_compared_as_it_is() {
    let old = rows::account("user-1");
    let new = rows::with(old.clone(), json!({ "emailVerified": true }));
    let record = Record::modified("accounts", &old, &new)
        .with("/dynamodb/OldImage/email", Value::Null)
        .with("/dynamodb/OldImage/emailVerified", json!({ "X": 1 }))
        .with("/dynamodb/OldImage/createdAt", json!({ "N": "1" }));
    let types: Vec<_> = sealed_events(&record)
        .unwrap()
        .into_iter()
        .map(|event| event.attributes[0].value.clone())
        .collect();
    assert_eq!(types, ["UserEmailChangedEventV1"]);
}

#[test]
fn a_missing_required_attribute_parks_and_is_named() {
    for name in ["email", "status", "createdAt", "updatedAt"] {
        let (code, message) = refused(&inserted(json!({ name: null })));
        assert_eq!(code, Code::RowDoesNotFit);
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
}

#[test]
fn a_wrong_type_parks_and_both_types_are_named() {
    let (code, message) = refused(&inserted(json!({ "emailVerified": CANARY })));
    assert_eq!(code, Code::RowDoesNotFit);
    assert_eq!(
        message,
        "account row: attribute `emailVerified` is of type S where a boolean (BOOL) belongs"
    );
}

#[test]
fn a_binary_where_text_belongs_parks() {
    let record = inserted(json!({})).with("/dynamodb/NewImage/email", json!({ "B": CANARY }));
    assert!(refused(&record).1.contains("type B where text (S) belongs"));
}

#[test]
fn a_value_that_no_enumeration_can_have_parks() {
    let long = CANARY.repeat(20);
    assert!(
        refused(&inserted(json!({ "status": long })))
            .1
            .contains("`status` is none of the known values")
    );
    let factor = rows::with(rows::mfa("user-1"), json!({ "sk": format!("MFA#{long}") }));
    assert_eq!(
        refused(&Record::inserted("authentication", &factor)).0,
        Code::RowDoesNotFit
    );
}

#[test]
fn an_invalid_time_parks() {
    for time in [CANARY, "2026-03-01", "2026-03-01T12:00:00", "1772366400"] {
        assert!(
            refused(&inserted(json!({ "createdAt": time })))
                .1
                .contains("`createdAt`"),
            "{time}"
        );
    }
}

#[test]
fn an_implausible_time_of_the_record_parks() {
    for time in [json!(0), json!(1_772_366_400_000_u64), json!("soon"), Value::Null] {
        let record = inserted(json!({})).with("/dynamodb/ApproximateCreationDateTime", time);
        assert_eq!(refused(&record).0, Code::ImplausibleTime);
    }
}

#[test]
fn a_stream_with_another_view_type_parks() {
    let keys_only = inserted(json!({}))
        .with("/dynamodb/StreamViewType", json!("KEYS_ONLY"))
        .with("/dynamodb/NewImage", Value::Null);
    assert_eq!(refused(&keys_only).0, Code::WrongViewType);
    let old = rows::account("user-1");
    let without_old = Record::modified("accounts", &old, &old).with("/dynamodb/OldImage", Value::Null);
    assert_eq!(refused(&without_old).0, Code::WrongViewType);
}

#[test]
fn a_number_of_38_digits_keeps_its_digits_or_parks() {
    let digits = "9".repeat(38);
    let guard = json!({ "pk": "COUNTER#1", "sk": "COUNTER" });
    let counted =
        Record::inserted("accounts", &guard).with("/dynamodb/NewImage/count", json!({ "N": digits }));
    assert!(sealed_events(&counted).unwrap().is_empty());
    let record = Record::inserted("authentication", &rows::attempt("USER#user-1"))
        .with("/dynamodb/NewImage/consecutiveFailures", json!({ "N": digits }));
    assert!(
        refused(&record)
            .1
            .contains("`consecutiveFailures` is not a whole number")
    );
}

#[test]
fn keys_that_hold_no_identifier_park() {
    for pk in ["USER#", "USER#\u{1}"] {
        assert_eq!(refused(&inserted(json!({ "pk": pk }))).0, Code::RowDoesNotFit);
    }
    let record = inserted(json!({})).with("/dynamodb/Keys/pk", json!({ "N": "1" }));
    assert_eq!(refused(&record).1, "key `pk` is not text (S)");
}

#[test]
fn a_payload_that_is_no_record_parks_and_keeps_its_coordinates() {
    let record = inserted(json!({})).with("/eventName", json!(CANARY));
    assert_eq!(refused(&record).0, Code::UndecodableRecord);
    let raw = record.raw();
    let (coordinates, keys) = (RawRecord::read(&raw).coordinates(), RawRecord::read(&raw).keys());
    assert_eq!(
        coordinates.sequence_number.as_deref(),
        Some("4421584500000000017450439091")
    );
    assert_eq!(keys, Some(("USER#user-1".to_owned(), Some("ACCOUNT".to_owned()))));
    for json in [
        "null",
        "7",
        "[]",
        "{}",
        r#"{"dynamodb":{}}"#,
        r#"{"dynamodb":{"SequenceNumber":"12x"}}"#,
    ] {
        let raw: Box<serde_json::value::RawValue> = serde_json::from_str(json).unwrap();
        let record = RawRecord::read(&raw);
        assert_eq!(
            user_events_core::decode(&record).unwrap_err().code(),
            Code::UndecodableRecord,
            "{json}"
        );
        assert_eq!(record.coordinates(), Coordinates::default(), "{json}");
        assert_eq!(record.keys(), None, "{json}");
    }
}

#[test]
fn sets_are_compared_without_order() {
    let old = rows::account("user-1");
    let record = Record::modified("accounts", &old, &old)
        .with("/dynamodb/OldImage/email", json!({ "SS": ["a", "b"] }))
        .with("/dynamodb/NewImage/tags", json!({ "NS": ["2", "1"] }))
        .with("/dynamodb/OldImage/tags", json!({ "NS": ["1", "2"] }));
    let decoded = record.decoded().unwrap();
    assert!(!decoded.differs("tags") && decoded.differs("email"));
}

#[test]
fn a_record_with_a_fractional_time_is_taken() {
    let record = inserted(json!({})).with("/dynamodb/ApproximateCreationDateTime", json!(1_772_366_400.75));
    assert_eq!(
        record.decoded().unwrap().origin.recorded.to_string(),
        "2026-03-01T12:00:00.750Z"
    );
}
