//! Rows that are removed, or marked as deleted: only the keys, and what decides the event, have to be readable.

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

use crate::derivation::{account, documents, only, types};

const LATER: &str = "2026-03-01T12:30:00.5Z";

/// The row with nothing but its keys and these attributes.
fn bare(row: &Value, attributes: Value) -> Value {
    rows::with(json!({ "pk": row["pk"], "sk": row["sk"] }), attributes)
}

/// The row with every attribute but the keys of a type that does not fit.
fn wrong(row: &Value, attributes: Value) -> Value {
    let mut wrong = row.clone();
    for (name, value) in wrong.as_object_mut().unwrap() {
        if name != "pk" && name != "sk" {
            *value = json!([7]);
        }
    }
    rows::with(wrong, attributes)
}

#[test]
fn a_soft_deletion_that_erases_in_the_same_write_is_the_deletion_and_nothing_else() {
    let before = json!({ "status": "ACTIVE" });
    for after in [
        json!({ "email": null, "phoneNumber": null, "createdAt": null, "updatedAt": null }),
        json!({ "email": "erased@invalid", "phoneNumber": "-", "emailVerified": true, "phoneVerified": true }),
        json!({ "email": "", "phoneNumber": "", "locale": "", "createdAt": "", "updatedAt": "" }),
        json!({ "email": 0, "emailVerified": "no", "passwordChangedAt": 0, "createdAt": false, "locale": [] }),
        json!({ "passwordChangedAt": LATER, "statusReason": 7, "registrationMethod": {} }),
    ] {
        let record = account(
            before.clone(),
            rows::with(after.clone(), json!({ "status": "DELETED" })),
        );
        let event = only(&record);
        assert_eq!(event["type"], "UserDeletedEventV1", "{after}");
        assert_eq!(event["data"]["mode"], "SOFT", "{after}");
        assert_eq!(event["data"]["userId"], "user-1", "{after}");
    }
}

#[test]
fn a_row_that_stays_deleted_publishes_nothing_whatever_is_erased_from_it() {
    let deleted = json!({ "status": "DELETED" });
    for after in [
        json!({ "email": null, "createdAt": null }),
        json!({ "email": "erased@invalid", "phoneNumber": null, "passwordChangedAt": LATER }),
        json!({ "emailVerified": true, "phoneVerified": true, "updatedAt": 0 }),
    ] {
        assert_eq!(types(&account(deleted.clone(), after)), [""; 0]);
    }
}

#[test]
fn a_soft_deletion_has_the_time_of_the_row_if_it_can_be_read_and_else_of_the_record() {
    for (updated_at, time) in [
        (json!(LATER), "2026-03-01T12:30:00.500Z"),
        (json!("erased"), "2026-03-01T12:00:00.000Z"),
        (json!(0), "2026-03-01T12:00:00.000Z"),
        (Value::Null, "2026-03-01T12:00:00.000Z"),
    ] {
        let record = account(
            json!({ "status": "ACTIVE" }),
            json!({ "status": "DELETED", "updatedAt": updated_at }),
        );
        assert_eq!(only(&record)["data"]["deletedAt"], time, "{updated_at}");
    }
}

#[test]
fn an_account_that_is_inserted_as_deleted_is_no_registration() {
    let row = rows::with(rows::account("user-1"), json!({ "status": "DELETED" }));
    assert_eq!(types(&Record::inserted("accounts", &row)), [""; 0]);
    let bare = bare(&row, json!({ "status": "DELETED" }));
    assert_eq!(types(&Record::inserted("accounts", &bare)), [""; 0]);
}

#[test]
fn an_empty_string_is_no_email_address_and_no_phone_number() {
    let row = rows::with(rows::account("user-1"), json!({ "phoneNumber": "" }));
    let registered = only(&Record::inserted("accounts", &row));
    assert_eq!(
        registered["data"]["contact"],
        json!({ "email": "ada@example.com" })
    );
    let removed = only(&account(json!({}), json!({ "phoneNumber": "" })));
    assert_eq!(removed["type"], "UserPhoneChangedEventV1");
    assert_eq!(
        removed["data"]["contact"],
        json!({ "previousPhoneNumber": "+1-202-555-0100" })
    );
    let added = only(&account(
        json!({ "phoneNumber": "" }),
        json!({ "phoneNumber": "+1-202-555-0102" }),
    ));
    assert_eq!(
        added["data"]["contact"],
        json!({ "phoneNumber": "+1-202-555-0102" })
    );
    let emptied = account(json!({ "phoneNumber": null }), json!({ "phoneNumber": "" }));
    assert_eq!(types(&emptied), [""; 0], "absent and empty are the same");
    let first = only(&account(
        json!({ "email": "" }),
        json!({ "email": "ada@example.org" }),
    ));
    assert_eq!(first["data"]["contact"], json!({ "email": "ada@example.org" }));
    let cleared = crate::support::sealed_events(&account(json!({}), json!({ "email": "" })));
    assert!(cleared.unwrap_err().to_string().contains("`email` is missing"));
}

#[test]
fn a_removal_publishes_its_event_whatever_the_old_row_lacks_or_holds() {
    let none = json!({});
    for (table, row, decides, event_type) in [
        (
            "accounts",
            rows::account("user-1"),
            none.clone(),
            "UserDeletedEventV1",
        ),
        (
            "accounts",
            rows::account("user-1"),
            json!({ "status": "ACTIVE" }),
            "UserDeletedEventV1",
        ),
        (
            "profiles",
            rows::address("user-1"),
            none.clone(),
            "UserAddressDeletedEventV1",
        ),
        (
            "profiles",
            rows::consent("user-1"),
            json!({ "granted": true }),
            "UserConsentChangedEventV1",
        ),
        (
            "authentication",
            rows::mfa("user-1"),
            json!({ "enabled": true }),
            "MfaStatusChangedEventV1",
        ),
        ("access", rows::role("role-1"), none.clone(), "RoleDeletedEventV1"),
        (
            "access",
            rows::permission("role-1"),
            none.clone(),
            "PermissionRevokedFromRoleEventV1",
        ),
        (
            "access",
            rows::assignment("user-1"),
            none.clone(),
            "RoleUnassignedFromUserEventV1",
        ),
    ] {
        assert_eq!(
            types(&Record::removed(table, &bare(&row, decides.clone()))),
            [event_type]
        );
        // Of an account, the status decides, and of a session the reason of its end: neither may be of another type.
        let decides = rows::with(json!({ "status": null, "endReason": null }), decides);
        let unknown = Record::removed(table, &wrong(&row, decides.clone()))
            .with("/dynamodb/OldImage/unlisted", json!({ "X": "?" }));
        assert_eq!(types(&unknown), [event_type]);
    }
    let session = rows::session("user-1");
    for old in [bare(&session, none.clone()), wrong(&session, none)] {
        let types_of = |record: Record| types(&record);
        assert_eq!(
            types_of(Record::removed("authentication", &old)),
            ["UserLoggedOutEventV1"]
        );
        assert_eq!(
            types_of(Record::expired("authentication", &old)),
            ["UserSessionExpiredEventV1"]
        );
    }
}

#[test]
fn a_removal_parks_if_what_decides_its_event_cannot_be_read() {
    for (table, row, attribute) in [
        ("accounts", rows::account("user-1"), json!({ "status": 7 })),
        ("profiles", rows::consent("user-1"), json!({ "granted": null })),
        ("authentication", rows::mfa("user-1"), json!({ "enabled": "yes" })),
    ] {
        let record = Record::removed(table, &rows::with(row, attribute));
        let error = crate::support::sealed_events(&record).unwrap_err();
        assert!(error.to_string().starts_with("row-does-not-fit"), "{error}");
    }
}

#[test]
fn a_removed_consent_does_not_repeat_where_it_was_granted() {
    let withdrawn = only(&Record::removed("profiles", &rows::consent("user-1")));
    assert_eq!(
        withdrawn["data"],
        json!({
            "userId": "user-1", "purpose": "MARKETING_EMAIL", "granted": false, "policyVersion": "2026-01",
            "changedAt": "2026-03-01T12:00:00.000Z",
        })
    );
}

#[test]
fn a_session_ends_once() {
    let ended = |reason: &str| rows::with(rows::session("user-1"), json!({ "endReason": reason }));
    for (first, second) in [
        ("REVOKED_BY_ADMIN", "LOGOUT"),
        ("LOGOUT", "REVOKED_BY_USER"),
        ("REVOKED_BY_USER", "CREDENTIAL_CHANGED"),
    ] {
        let again = Record::modified("authentication", &ended(first), &ended(second));
        assert_eq!(types(&again), [""; 0], "{first}, then {second}");
    }
    let inserted = documents(&Record::inserted("authentication", &ended("LOGOUT")));
    assert_eq!(
        inserted.len(),
        1,
        "an ended session that is inserted was a log-in"
    );
}

#[test]
fn a_reason_of_an_earlier_change_is_not_this_changes_reason() {
    let reason = |before: Value, after: Value| only(&account(before, after))["data"].get("reason").cloned();
    let noted = json!({ "at": LATER, "reason": "TICKET" });
    let suspended = json!({ "status": "SUSPENDED", "statusReason": "FRAUD" });
    assert_eq!(
        reason(
            suspended.clone(),
            json!({ "status": "ACTIVE", "lastChange": noted })
        ),
        Some(json!("TICKET")),
        "this change did not move the status reason"
    );
    assert_eq!(reason(suspended.clone(), json!({ "status": "ACTIVE" })), None);
    assert_eq!(
        reason(
            suspended,
            json!({ "status": "ACTIVE", "statusReason": "CLEARED", "lastChange": noted })
        ),
        Some(json!("CLEARED"))
    );
}

#[test]
fn a_scope_that_changes_later_has_the_time_of_the_change() {
    let row = rows::assignment("user-1");
    let at = |after: Value| {
        let event = only(&Record::modified("access", &row, &rows::with(row.clone(), after)));
        assert_eq!(event["time"], event["data"]["assignedAt"]);
        event["time"].clone()
    };
    assert_eq!(at(json!({ "scope": "shop-2" })), "2026-03-01T12:00:00.000Z");
    assert_eq!(
        at(json!({ "scope": "shop-2", "assignedAt": LATER })),
        "2026-03-01T12:30:00.500Z"
    );
}
