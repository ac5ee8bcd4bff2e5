//! Verifications that are withdrawn, users who come back, and locales.

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

use super::{LATER, account, only, types};

const AT: &str = "2026-03-01T12:30:00.500Z";

#[test]
fn a_withdrawn_verification_of_the_email_is_an_event_with_the_address() {
    for withdrawn in [json!(false), Value::Null] {
        let record = account(
            json!({ "emailVerified": true }),
            json!({ "emailVerified": withdrawn, "updatedAt": LATER }),
        );
        let event = only(&record);
        assert_eq!(event["type"], "UserEmailVerificationWithdrawnEventV1");
        assert_eq!(
            event["data"],
            json!({
                "userId": "user-1", "withdrawnAt": AT,
                "contact": { "email": "ada@example.com", "phoneNumber": "+1-202-555-0100" },
            })
        );
    }
}

#[test]
fn a_withdrawn_verification_of_the_phone_is_an_event_with_the_number() {
    for withdrawn in [json!(false), Value::Null] {
        let record = account(
            json!({ "phoneVerified": true }),
            json!({ "phoneVerified": withdrawn, "updatedAt": LATER }),
        );
        let event = only(&record);
        assert_eq!(event["type"], "UserPhoneVerificationWithdrawnEventV1");
        assert_eq!(
            event["data"],
            json!({
                "userId": "user-1", "withdrawnAt": AT,
                "contact": { "email": "ada@example.com", "phoneNumber": "+1-202-555-0100" },
            })
        );
    }
}

#[test]
fn a_new_address_or_number_that_is_not_verified_is_only_a_change() {
    let email = account(
        json!({ "emailVerified": true }),
        json!({ "email": "ada@example.org", "emailVerified": false }),
    );
    assert_eq!(types(&email), ["UserEmailChangedEventV1"]);
    for number in [json!("+1-202-555-0104"), Value::Null] {
        let phone = account(
            json!({ "phoneVerified": true }),
            json!({ "phoneNumber": number, "phoneVerified": false }),
        );
        assert_eq!(types(&phone), ["UserPhoneChangedEventV1"]);
    }
}

#[test]
fn a_verification_that_never_was_is_not_withdrawn() {
    for flag in ["emailVerified", "phoneVerified"] {
        for (before, after) in [
            (json!(false), Value::Null),
            (Value::Null, json!(false)),
            (Value::Null, Value::Null),
        ] {
            assert!(
                types(&account(json!({ flag: before }), json!({ flag: after }))).is_empty(),
                "{flag}: {before} {after}"
            );
        }
    }
    let new = rows::with(rows::account("user-1"), json!({ "emailVerified": false }));
    assert_eq!(
        types(&Record::inserted("accounts", &new)),
        ["UserRegisteredEventV1"]
    );
}

#[test]
fn deleting_a_user_withdraws_no_verification_and_changes_no_locale() {
    let record = account(
        json!({ "status": "ACTIVE", "emailVerified": true, "phoneVerified": true }),
        json!({ "status": "DELETED", "emailVerified": null, "phoneVerified": false, "locale": null }),
    );
    assert_eq!(types(&record), ["UserDeletedEventV1"]);
    let scrubbed = account(
        json!({ "status": "DELETED", "emailVerified": true, "phoneVerified": true }),
        json!({ "emailVerified": null, "phoneVerified": null, "locale": null }),
    );
    assert!(types(&scrubbed).is_empty(), "{:?}", types(&scrubbed));
}

#[test]
fn withdrawing_both_verifications_and_locking_the_account_are_three_events_in_order() {
    let record = account(
        json!({ "status": "ACTIVE", "emailVerified": true, "phoneVerified": true }),
        json!({ "status": "LOCKED", "emailVerified": false, "phoneVerified": false }),
    );
    assert_eq!(
        types(&record),
        [
            "UserEmailVerificationWithdrawnEventV1",
            "UserPhoneVerificationWithdrawnEventV1",
            "UserAccountStatusChangedEventV1",
        ]
    );
}

#[test]
fn a_user_who_comes_back_from_deletion_is_restored_with_all_that_a_registration_has() {
    let record = account(
        json!({ "status": "DELETED" }),
        json!({ "status": "ACTIVE", "updatedAt": LATER }),
    );
    let event = only(&record);
    assert_eq!(event["type"], "UserRestoredEventV1");
    assert_eq!(
        event["data"],
        json!({
            "userId": "user-1", "status": "ACTIVE", "emailVerified": false, "phoneVerified": false,
            "registrationMethod": "PASSWORD",
            "locale": "en-GB", "restoredAt": AT,
            "contact": { "email": "ada@example.com", "phoneNumber": "+1-202-555-0100" },
        })
    );
}

#[test]
fn nothing_else_of_the_account_is_an_event_when_the_user_comes_back() {
    let scrubbed = json!({
        "status": "DELETED", "email": "removed", "emailVerified": true, "phoneNumber": null, "phoneVerified": null,
        "locale": null,
    });
    for back in [
        json!({ "emailVerified": true, "phoneVerified": true }),
        json!({ "emailVerified": false, "phoneVerified": false }),
        json!({ "email": "removed", "emailVerified": null }),
        json!({ "email": "removed", "phoneNumber": null, "phoneVerified": true, "locale": "de-DE" }),
    ] {
        let whole = rows::with(
            json!({
                "status": "SUSPENDED", "email": "ada@example.com", "phoneNumber": "+1-202-555-0100", "locale": "en-GB",
            }),
            back.clone(),
        );
        let record = account(scrubbed.clone(), whole);
        assert_eq!(types(&record), ["UserRestoredEventV1"], "{back}");
    }
    for verified in [true, false] {
        let record = account(
            json!({ "status": "DELETED", "emailVerified": !verified, "phoneVerified": !verified }),
            json!({ "status": "ACTIVE", "emailVerified": verified, "phoneVerified": verified }),
        );
        assert_eq!(types(&record), ["UserRestoredEventV1"], "{verified}");
    }
}

#[test]
fn a_restored_user_may_have_another_password() {
    let record = account(
        json!({ "status": "DELETED" }),
        json!({ "status": "ACTIVE", "passwordChangedAt": LATER }),
    );
    assert_eq!(
        types(&record),
        ["UserRestoredEventV1", "UserPasswordChangedEventV1"]
    );
}

#[test]
fn a_user_who_was_not_deleted_is_not_restored() {
    let deactivated = account(json!({ "status": "DEACTIVATED" }), json!({ "status": "ACTIVE" }));
    assert_eq!(types(&deactivated), ["UserAccountStatusChangedEventV1"]);
    let still_deleted = account(json!({ "status": "DELETED" }), json!({ "version": 3 }));
    assert!(types(&still_deleted).is_empty());
    let again = rows::with(rows::account("user-1"), json!({ "status": "ACTIVE" }));
    assert_eq!(
        types(&Record::inserted("accounts", &again)),
        ["UserRegisteredEventV1"],
        "the row had been removed"
    );
}

#[test]
fn a_locale_is_set_changed_and_removed() {
    for (before, after) in [
        (Value::Null, json!("en-GB")),
        (json!("en-GB"), json!("de-DE")),
        (json!("de-DE"), Value::Null),
    ] {
        let event = only(&account(
            json!({ "locale": before }),
            json!({ "locale": after, "updatedAt": LATER }),
        ));
        assert_eq!(event["type"], "UserLocaleChangedEventV1");
        let mut data = json!({ "userId": "user-1", "changedAt": AT });
        if !after.is_null() {
            data["locale"] = after;
        }
        assert_eq!(event["data"], data);
    }
}

#[test]
fn a_locale_that_stays_or_comes_with_a_new_account_is_no_change() {
    assert!(types(&account(json!({ "locale": null }), json!({ "updatedAt": LATER }))).is_empty());
    assert_eq!(
        types(&Record::inserted("accounts", &rows::account("user-1"))),
        ["UserRegisteredEventV1"]
    );
    let row = rows::profile("user-1");
    let language = rows::with(row.clone(), json!({ "preferredLanguage": "de" }));
    assert_eq!(
        types(&Record::modified("profiles", &row, &language)),
        ["UserProfileUpdatedEventV1"]
    );
}
