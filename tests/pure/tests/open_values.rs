//! Enumerations are open: a value that this version does not know is published as it is.

use serde_json::{Value, json};
use user_events_catalog::CATEGORIES;
use user_events_core::pipeline::envelopes;
use user_events_core::{Derivation, Publication, derive};
use user_events_testkit::{Record, rows};

use crate::derivation::{account, only};
use crate::support::sealed_events;

#[test]
fn an_unknown_status_is_a_status_change_with_that_status() {
    let event = only(&account(
        json!({ "status": "ACTIVE" }),
        json!({ "status": "PENDING_DELETION" }),
    ));
    assert_eq!(event["type"], "UserAccountStatusChangedEventV1");
    assert_eq!(
        (&event["data"]["previousStatus"], &event["data"]["status"]),
        (&json!("ACTIVE"), &json!("PENDING_DELETION"))
    );
    let back = only(&account(
        json!({ "status": "PENDING_DELETION" }),
        json!({ "status": "ACTIVE" }),
    ));
    assert_eq!(back["data"]["previousStatus"], "PENDING_DELETION");
    let unchanged = account(
        json!({ "status": "PENDING_DELETION" }),
        json!({ "email": "a@example.org" }),
    );
    assert_eq!(only(&unchanged)["type"], "UserEmailChangedEventV1");
}

#[test]
fn an_unknown_end_reason_is_a_revocation_with_that_reason() {
    let live = rows::session("user-1");
    let ended = rows::with(live.clone(), json!({ "endReason": "IDLE_TIMEOUT" }));
    let event = only(&Record::modified("authentication", &live, &ended));
    assert_eq!(event["type"], "UserSessionRevokedEventV1");
    assert_eq!(event["data"]["reason"], "IDLE_TIMEOUT");
}

#[test]
fn unknown_values_of_the_other_enumerations_are_published_as_they_are() {
    let with = |row: Value, changes: Value| rows::with(row, changes);
    for (table, row, member, value) in [
        (
            "authentication",
            with(
                rows::attempt("USER#u"),
                json!({ "failureReason": "BLOCKED_COUNTRY" }),
            ),
            "failureReason",
            "BLOCKED_COUNTRY",
        ),
        (
            "authentication",
            with(rows::mfa("u"), json!({ "sk": "MFA#PUSH" })),
            "method",
            "PUSH",
        ),
        (
            "profiles",
            with(rows::address("u"), json!({ "addressType": "PICKUP" })),
            "addressType",
            "PICKUP",
        ),
    ] {
        assert_eq!(only(&Record::inserted(table, &row))["data"][member], value);
    }
}

/// How many unknown values a record holds, as the pipeline and the derivation say it.
fn unknown_values(record: &Record) -> u64 {
    let decoded = record.decoded().unwrap();
    let publication = Publication::default();
    let Derivation::Events(derived) = derive(CATEGORIES, &decoded).unwrap() else {
        panic!("the row has an unknown kind");
    };
    let decoded = decoded.into();
    let envelopes = envelopes(CATEGORIES, &decoded, &publication).unwrap().unwrap();
    assert_eq!(derived.unknown_values(), envelopes.unknown_values());
    envelopes.unknown_values()
}

#[test]
fn unknown_values_are_counted_once_for_each_value_of_a_record() {
    let status = |status: &str| json!({ "status": status });
    assert_eq!(unknown_values(&account(status("ACTIVE"), status("LOCKED"))), 0);
    // Three events read the row, and the record holds one unknown value.
    let changed =
        json!({ "status": "PENDING_DELETION", "phoneNumber": "+1-202-555-0102", "emailVerified": true });
    assert_eq!(unknown_values(&account(status("ACTIVE"), changed)), 1);
    assert_eq!(
        unknown_values(&account(status("PENDING_DELETION"), status("ACTIVE"))),
        0,
        "an old value was counted when it was new"
    );
    let removed = rows::with(rows::account("user-1"), status("PENDING_DELETION"));
    assert_eq!(unknown_values(&Record::removed("accounts", &removed)), 1);
    let factor = rows::with(rows::mfa("u"), json!({ "sk": "MFA#PUSH" }));
    assert_eq!(unknown_values(&Record::inserted("authentication", &factor)), 1);
}

#[test]
fn an_unknown_value_is_plain_text_of_at_most_128_characters() {
    let inserted = |value: Value| {
        sealed_events(&Record::inserted(
            "accounts",
            &rows::with(rows::account("user-1"), json!({ "status": value })),
        ))
    };
    assert_eq!(inserted(json!("é".repeat(128))).unwrap().len(), 1);
    for misfit in [
        json!("x".repeat(129)),
        json!("A\u{1}"),
        json!(""),
        json!("\u{FFFF}"),
        json!(7),
    ] {
        let error = inserted(misfit.clone()).unwrap_err().to_string();
        assert!(
            error.starts_with("row-does-not-fit: account row: attribute `status`"),
            "{error}"
        );
    }
}
