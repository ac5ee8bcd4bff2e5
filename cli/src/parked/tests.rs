//! Tests which parts of a message its description holds.

mod promises;

use super::entry::{Content, Entry, Object};
use super::examples;
use super::record::Record;

#[test]
fn an_s3_notification_is_described_by_its_objects_with_decoded_keys() {
    let Content::Failures { objects } = &examples::entries()[2].content else {
        panic!("no failures")
    };
    let expected = Object {
        bucket: "failures".into(),
        key: "aws/lambda/a b".into(),
        bytes: Some(1234),
    };
    assert_eq!(objects, &[expected]);
}

#[test]
fn a_description_never_holds_a_value() {
    let described = serde_json::to_string(&examples::entries()).unwrap();
    assert!(!described.contains("canary"), "{described}");
    assert!(
        described.contains(r#""kind":"record""#) && described.contains(r#""kind":"foreign""#),
        "{described}"
    );
}

#[test]
fn a_record_is_described_by_its_reason_its_change_and_its_keys() {
    let Content::Record(described) = &examples::entries()[1].content else {
        panic!("no record")
    };
    assert_eq!(
        (
            described.code.as_str(),
            described.table.as_deref(),
            described.change,
            described.row,
            described.subject.as_deref()
        ),
        (
            "row-does-not-fit",
            Some("shop-profiles"),
            Some("MODIFY"),
            Some("ADDRESS#"),
            Some("users/user-2")
        )
    );
}

#[test]
fn an_unreadable_record_is_described_by_its_reason_alone() {
    for record in [
        "7",
        r#""canary""#,
        r#"{"eventName":"canary","dynamodb":"canary"}"#,
        r#"{"dynamodb":{"Keys":{"pk":{"N":"1"}}}}"#,
    ] {
        let body = format!(
            r#"{{"parkedAt":"2026-03-01T12:00:00Z","reason":{{"code":"c","message":"m"}},"source":{{}},"record":{record}}}"#
        );
        let Content::Record(described) = Entry::new("1", None, &body).content else {
            panic!("no record: {body}")
        };
        let expected = Record {
            code: "c".into(),
            reason: "m".into(),
            ..Record::default()
        };
        assert_eq!(described, expected, "{record}");
    }
}
