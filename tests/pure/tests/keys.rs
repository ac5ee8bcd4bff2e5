//! Identifiers in keys: a deeper key is another kind of row, and an encoded `#` belongs to the identifier.

use serde_json::{Value, json};
use user_events_core::{Derivation, derive};
use user_events_testkit::{Record, rows};

use crate::derivation::only;

/// The row with other keys.
fn keyed(row: Value, pk: &str, sk: &str) -> Value {
    rows::with(row, json!({ "pk": pk, "sk": sk }))
}

#[test]
fn a_deeper_key_is_another_kind_of_row_and_publishes_nothing() {
    for (pk, sk) in [
        ("USER#u", "SESSION#s1#REFRESH#3"),
        ("ROLE#r", "PERMISSION#p#AUDIT#1"),
        ("USER#u#DEVICES", "ACCOUNT"),
        ("USER#u#X", "SESSION#s1"),
        ("USER#u", "SESSION#s1#"),
        ("USER##u", "ACCOUNT"),
        ("USER#u", "MFA#TOTP#BACKUP"),
        ("UNKNOWN#u#1", "ATTEMPT#a"),
    ] {
        let row = json!({ "pk": pk, "sk": sk, "tokenHash": "canary" });
        let changed = rows::with(row.clone(), json!({ "tokenHash": "other" }));
        for record in [
            Record::inserted("users", &row),
            Record::modified("users", &row, &changed),
            Record::removed("users", &row),
            Record::expired("users", &row),
        ] {
            let decoded = record.decoded().unwrap();
            let derived = derive(user_events_catalog::CATEGORIES, &decoded);
            assert!(
                matches!(derived, Ok(Derivation::UnknownKind)),
                "{pk}, {sk}: {derived:?}"
            );
        }
    }
}

#[test]
fn an_encoded_sign_belongs_to_the_identifier() {
    let session = keyed(rows::session("u"), "USER#a%23b", "SESSION#s%231%25");
    let event = only(&Record::inserted("authentication", &session));
    assert_eq!(event["data"]["userId"], "a#b");
    assert_eq!(event["data"]["sessionId"], "s#1%");
    assert_eq!(event["subject"], "users/a#b");
    assert_eq!(event["partitionkey"], "users/a#b");
}

#[test]
fn an_identifier_without_an_encoded_sign_stays_byte_for_byte() {
    for id in ["a", "a%", "100%", "%2", "%41%20", "a+b c", "é", "%%", "a%2Fb"] {
        let row = keyed(rows::account("u"), &format!("USER#{id}"), "ACCOUNT");
        let event = only(&Record::inserted("accounts", &row));
        assert_eq!(event["data"]["userId"], *id);
    }
    let twice = keyed(rows::account("u"), "USER#%2523", "ACCOUNT");
    assert_eq!(
        only(&Record::inserted("accounts", &twice))["data"]["userId"],
        "%23",
        "decoded once"
    );
}

#[test]
fn a_failed_login_has_a_lane_of_its_own_and_keeps_its_subject() {
    for (pk, subject) in [
        ("USER#user-1", "users/user-1"),
        ("UNKNOWN#f3a9", "attempts/attempt-1"),
    ] {
        let record = Record::inserted("authentication", &rows::attempt(pk));
        let event = only(&record);
        assert_eq!(event["subject"], subject);
        assert_eq!(event["partitionkey"], "attempts/attempt-1");
        let sealed = crate::support::sealed_events(&record).unwrap();
        assert_eq!(sealed[0].partition_key, "attempts/attempt-1");
    }
}
