//! What is told of a message, and what is not.

use super::entry::{Content, Entry, Object};
use super::examples;
use super::record::Record;

#[test]
fn a_notice_is_told_by_its_objects_with_their_keys_decoded() {
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
fn what_is_told_never_holds_a_value() {
    let told = serde_json::to_string(&examples::entries()).unwrap();
    assert!(!told.contains("canary"), "{told}");
    assert!(
        told.contains(r#""kind":"record""#) && told.contains(r#""kind":"foreign""#),
        "{told}"
    );
}

#[test]
fn a_record_is_told_by_its_reason_its_change_and_its_keys() {
    let Content::Record(told) = &examples::entries()[1].content else {
        panic!("no record")
    };
    assert_eq!(
        (
            told.code.as_str(),
            told.table.as_deref(),
            told.change,
            told.row,
            told.subject.as_deref()
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
fn a_record_of_which_nothing_can_be_read_is_told_by_its_reason_alone() {
    for record in [
        "7",
        r#""canary""#,
        r#"{"eventName":"canary","dynamodb":"canary"}"#,
        r#"{"dynamodb":{"Keys":{"pk":{"N":"1"}}}}"#,
    ] {
        let body = format!(
            r#"{{"parkedAt":"2026-03-01T12:00:00Z","reason":{{"code":"c","message":"m"}},"source":{{}},"record":{record}}}"#
        );
        let Content::Record(told) = Entry::new("1", None, &body).content else {
            panic!("no record: {body}")
        };
        let expected = Record {
            code: "c".into(),
            reason: "m".into(),
            ..Record::default()
        };
        assert_eq!(told, expected, "{record}");
    }
}
