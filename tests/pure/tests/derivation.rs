//! Which change becomes which event: one test per rule of the catalog, and one per trap of the domain.

mod account;
mod session_and_profile;

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

use crate::support::{opened, sealed_events};

const LATER: &str = "2026-03-01T12:30:00.5Z";

/// The types of a record's events, in order.
pub(crate) fn types(record: &Record) -> Vec<String> {
    documents(record)
        .iter()
        .map(|document| document["type"].as_str().unwrap().to_owned())
        .collect()
}

/// The documents of a record's events, opened.
pub(crate) fn documents(record: &Record) -> Vec<Value> {
    sealed_events(record)
        .unwrap()
        .iter()
        .map(|event| opened(event).unwrap())
        .collect()
}

/// The only event's document.
pub(crate) fn only(record: &Record) -> Value {
    let documents = documents(record);
    assert_eq!(documents.len(), 1, "{documents:?}");
    documents[0].clone()
}

/// A change of the account `user-1`, starting from the full row.
pub(crate) fn account(before: Value, after: Value) -> Record {
    let old = rows::with(rows::account("user-1"), before);
    Record::modified("accounts", &old, &rows::with(old.clone(), after))
}

#[test]
fn a_new_account_is_a_registration_whatever_it_already_has() {
    let new = rows::with(
        rows::account("user-1"),
        json!({ "emailVerified": true, "phoneVerified": true }),
    );
    let event = only(&Record::inserted("accounts", &new));
    assert_eq!(
        event["data"],
        json!({
            "userId": "user-1", "status": "PENDING_VERIFICATION", "emailVerified": true, "phoneVerified": true,
            "registrationMethod": "PASSWORD", "locale": "en-GB", "registeredAt": "2026-03-01T11:59:59.000Z",
            "contact": { "email": "ada@example.com", "phoneNumber": "+1-202-555-0100" },
        })
    );
}

#[test]
fn an_envelope_has_its_identity_and_its_place_in_the_stream() {
    let event = only(&Record::inserted("accounts", &rows::account("user-1")));
    assert_eq!(event["subject"], "users/user-1");
    assert_eq!(event["partitionkey"], "users/user-1");
    assert_eq!(event["sequence"], "0000000000004421584500000000017450439091.0000");
    assert_eq!(event["recordedtime"], "2026-03-01T12:00:00.000Z");
    assert_eq!(event["time"], event["data"]["registeredAt"]);
    assert_eq!(
        event["dataschema"],
        "urn:user-events:schemas/account/UserRegisteredEventV1.json"
    );
    assert_eq!(
        event["id"],
        only(&Record::inserted("accounts", &rows::account("user-1")))["id"]
    );
}

#[test]
fn absent_and_null_attributes_are_absent_in_the_event() {
    let new = rows::with(
        rows::account("user-1"),
        json!({ "phoneNumber": null, "emailVerified": null, "locale": null }),
    );
    let record =
        Record::inserted("accounts", &new).with("/dynamodb/NewImage/locale", json!({ "NULL": true }));
    let data = &only(&record)["data"];
    assert_eq!(data.get("emailVerified"), None);
    assert_eq!(data.get("locale"), None);
    assert_eq!(data["contact"], json!({ "email": "ada@example.com" }));
}

#[test]
fn verifying_the_email_and_activating_the_account_are_two_events_in_order() {
    let record = account(
        json!({}),
        json!({ "emailVerified": true, "status": "ACTIVE", "updatedAt": LATER }),
    );
    let events = documents(&record);
    let types: Vec<_> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        ["UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1"]
    );
    assert_eq!(events[0]["data"]["verifiedAt"], "2026-03-01T12:30:00.500Z");
    assert!(events[0]["sequence"].as_str().unwrap().ends_with(".0000"));
    assert!(events[1]["sequence"].as_str().unwrap().ends_with(".0001"));
    assert_eq!(events[1]["data"]["previousStatus"], "PENDING_VERIFICATION");
    assert_ne!(events[0]["id"], events[1]["id"]);
}

#[test]
fn another_email_is_one_change_and_never_a_verification() {
    let record = account(
        json!({}),
        json!({ "email": "ada@example.org", "emailVerified": true, "updatedAt": LATER }),
    );
    let event = only(&record);
    assert_eq!(event["type"], "UserEmailChangedEventV1");
    assert_eq!(
        event["data"],
        json!({
            "userId": "user-1", "verified": true, "changedAt": "2026-03-01T12:30:00.500Z",
            "contact": { "email": "ada@example.org", "previousEmail": "ada@example.com" },
        })
    );
}

#[test]
fn a_phone_number_is_added_changed_and_removed() {
    for (before, after, contact) in [
        (
            Value::Null,
            json!("+1-202-555-0102"),
            json!({ "phoneNumber": "+1-202-555-0102" }),
        ),
        (
            json!("+1-202-555-0102"),
            json!("+1-202-555-0103"),
            json!({ "phoneNumber": "+1-202-555-0103", "previousPhoneNumber": "+1-202-555-0102" }),
        ),
        (
            json!("+1-202-555-0103"),
            Value::Null,
            json!({ "previousPhoneNumber": "+1-202-555-0103" }),
        ),
    ] {
        let event = only(&account(
            json!({ "phoneNumber": before }),
            json!({ "phoneNumber": after }),
        ));
        assert_eq!(
            (&event["type"], &event["data"]["contact"]),
            (&json!("UserPhoneChangedEventV1"), &contact)
        );
    }
}

#[test]
fn verifying_the_phone_is_an_event_unless_the_number_changed_with_it() {
    assert_eq!(
        types(&account(json!({}), json!({ "phoneVerified": true }))),
        ["UserPhoneVerifiedEventV1"]
    );
    let both = account(
        json!({}),
        json!({ "phoneVerified": true, "phoneNumber": "+1-202-555-0104" }),
    );
    assert_eq!(types(&both), ["UserPhoneChangedEventV1"]);
}

#[test]
fn a_new_hash_of_the_same_password_is_no_event_and_a_new_password_is() {
    let rehash = account(
        json!({}),
        json!({ "passwordHash": "$argon2id$other", "updatedAt": LATER }),
    );
    assert!(types(&rehash).is_empty());
    let change = account(
        json!({}),
        json!({ "passwordHash": "$argon2id$other", "passwordChangedAt": LATER }),
    );
    let event = only(&change);
    assert_eq!(event["type"], "UserPasswordChangedEventV1");
    assert_eq!(
        event["data"],
        json!({ "userId": "user-1", "changedAt": "2026-03-01T12:30:00.500Z" })
    );
    assert!(types(&account(json!({}), json!({ "passwordChangedAt": null }))).is_empty());
}

#[test]
fn bookkeeping_is_no_event() {
    let record = account(
        json!({}),
        json!({ "updatedAt": LATER, "version": 2, "ttl": 1, "lastLoginAt": LATER }),
    );
    assert!(types(&record).is_empty());
}

#[test]
fn an_unknown_attribute_never_leaks() {
    let new = rows::with(rows::account("user-1"), json!({ "nationalId": "canary-123" }));
    let record = Record::inserted("accounts", &new);
    assert!(!documents(&record)[0].to_string().contains("canary"));
}

#[test]
fn a_suspension_has_both_states_and_the_reason() {
    let record = account(
        json!({ "status": "ACTIVE" }),
        json!({ "status": "SUSPENDED", "statusReason": "FRAUD", "updatedAt": LATER }),
    );
    assert_eq!(
        only(&record)["data"],
        json!({
            "userId": "user-1", "previousStatus": "ACTIVE", "status": "SUSPENDED", "reason": "FRAUD",
            "changedAt": "2026-03-01T12:30:00.500Z",
        })
    );
}

#[test]
fn a_soft_deletion_and_its_purge_are_one_event() {
    let soft = account(
        json!({ "status": "ACTIVE" }),
        json!({ "status": "DELETED", "updatedAt": LATER }),
    );
    let event = only(&soft);
    assert_eq!(event["type"], "UserDeletedEventV1");
    assert_eq!(
        event["data"],
        json!({ "userId": "user-1", "mode": "SOFT", "deletedAt": "2026-03-01T12:30:00.500Z" })
    );
    let deleted = rows::with(
        rows::account("user-1"),
        json!({ "status": "DELETED", "email": null }),
    );
    assert!(
        types(&Record::expired("accounts", &deleted)).is_empty(),
        "even if the row was scrubbed"
    );
    assert!(types(&Record::removed("accounts", &deleted)).is_empty());
}

#[test]
fn a_removed_account_is_a_hard_deletion_and_an_expired_one_says_so() {
    let row = rows::account("user-1");
    for (record, mode) in [
        (Record::removed("accounts", &row), "HARD"),
        (Record::expired("accounts", &row), "EXPIRED"),
    ] {
        let event = only(&record);
        assert_eq!(
            event["data"],
            json!({ "userId": "user-1", "mode": mode, "deletedAt": "2026-03-01T12:00:00.000Z" }),
            "no personal data comes from the old image"
        );
    }
}

#[test]
fn a_new_profile_and_a_changed_one_name_what_differs() {
    let row = rows::profile("user-1");
    let event = only(&Record::inserted("profiles", &row));
    assert_eq!(event["data"]["changedFields"].as_array().unwrap().len(), 7);
    assert_eq!(event["data"]["identity"]["dateOfBirth"], "1990-12-10");
    let new = rows::with(
        row.clone(),
        json!({ "timezone": "UTC", "firstName": null, "updatedAt": LATER, "version": 2 }),
    );
    let event = only(&Record::modified("profiles", &row, &new));
    assert_eq!(event["data"]["changedFields"], json!(["firstName", "timezone"]));
    assert_eq!(event["data"]["identity"].get("firstName"), None);
    let only_time = rows::with(row.clone(), json!({ "updatedAt": LATER, "version": 2 }));
    assert!(types(&Record::modified("profiles", &row, &only_time)).is_empty());
}

#[test]
fn a_profile_without_identity_has_no_such_class() {
    let bare = json!({ "pk": "USER#user-1", "sk": "PROFILE", "updatedAt": LATER });
    let event = only(&Record::inserted("profiles", &bare));
    assert_eq!(
        event["data"],
        json!({ "userId": "user-1", "changedFields": [], "updatedAt": "2026-03-01T12:30:00.500Z" })
    );
}

#[test]
fn addresses_are_added_updated_and_deleted() {
    let row = rows::address("user-1");
    let added = only(&Record::inserted("profiles", &row));
    assert_eq!(added["type"], "UserAddressAddedEventV1");
    assert_eq!(added["data"]["addressId"], "address-1");
    assert_eq!(added["data"]["address"]["line1"], "1 Example Street");
    let moved = rows::with(
        row.clone(),
        json!({ "line1": "2 Example Street", "isDefault": false, "updatedAt": LATER }),
    );
    let updated = only(&Record::modified("profiles", &row, &moved));
    assert_eq!(updated["data"]["changedFields"], json!(["isDefault", "line1"]));
    let deleted = only(&Record::removed("profiles", &row));
    assert_eq!(
        deleted["data"],
        json!({ "userId": "user-1", "addressId": "address-1", "deletedAt": "2026-03-01T12:00:00.000Z" })
    );
}

#[test]
fn a_consent_is_given_renewed_and_withdrawn() {
    let given = rows::consent("user-1");
    let withdrawn = rows::with(given.clone(), json!({ "granted": false }));
    let renewed = rows::with(given.clone(), json!({ "policyVersion": "2026-02" }));
    let elsewhere = rows::with(given.clone(), json!({ "source": "SETTINGS", "updatedAt": LATER }));
    let granted = |record: &Record| only(record)["data"]["granted"].clone();
    assert_eq!(granted(&Record::inserted("profiles", &given)), json!(true));
    assert_eq!(granted(&Record::inserted("profiles", &withdrawn)), json!(false));
    assert_eq!(
        granted(&Record::modified("profiles", &given, &withdrawn)),
        json!(false)
    );
    assert_eq!(
        granted(&Record::modified("profiles", &given, &renewed)),
        json!(true)
    );
    assert_eq!(granted(&Record::removed("profiles", &given)), json!(false));
    assert!(types(&Record::modified("profiles", &given, &elsewhere)).is_empty());
    assert!(types(&Record::removed("profiles", &withdrawn)).is_empty());
}

#[test]
fn a_session_begins_and_ends_in_one_of_four_ways() {
    let live = rows::session("user-1");
    let ended = |reason: &str| {
        rows::with(
            live.clone(),
            json!({ "endReason": reason, "endedAt": "2026-03-01T13:00:00Z" }),
        )
    };
    let begun = only(&Record::inserted("authentication", &live));
    assert_eq!(begun["data"]["network"]["ipAddress"], "192.0.2.10");
    assert_eq!(begun["data"]["expiresAt"], "2026-03-01T20:00:00.000Z");

    let logout = only(&Record::modified("authentication", &live, &ended("LOGOUT")));
    assert_eq!(logout["type"], "UserLoggedOutEventV1");
    assert_eq!(logout["time"], "2026-03-01T13:00:00.000Z");
    for reason in ["REVOKED_BY_USER", "REVOKED_BY_ADMIN", "CREDENTIAL_CHANGED"] {
        let revoked = only(&Record::modified("authentication", &live, &ended(reason)));
        assert_eq!(
            (&revoked["type"], &revoked["data"]["reason"]),
            (&json!("UserSessionRevokedEventV1"), &json!(reason))
        );
    }
    assert_eq!(
        types(&Record::removed("authentication", &live)),
        ["UserLoggedOutEventV1"]
    );
    assert_eq!(
        types(&Record::expired("authentication", &live)),
        ["UserSessionExpiredEventV1"]
    );
    assert!(types(&Record::removed("authentication", &ended("LOGOUT"))).is_empty());
    assert!(types(&Record::expired("authentication", &ended("LOGOUT"))).is_empty());
}

#[test]
fn a_failed_login_of_an_unknown_user_is_about_the_attempt() {
    let known = only(&Record::inserted("authentication", &rows::attempt("USER#user-1")));
    assert_eq!(
        (&known["subject"], &known["data"]["userId"]),
        (&json!("users/user-1"), &json!("user-1"))
    );
    let unknown = only(&Record::inserted(
        "authentication",
        &rows::attempt("UNKNOWN#f3a9"),
    ));
    assert_eq!(unknown["subject"], "attempts/attempt-1");
    assert_eq!(unknown["data"].get("userId"), None);
    assert!(types(&Record::expired("authentication", &rows::attempt("USER#user-1"))).is_empty());
}

#[test]
fn a_second_factor_is_on_or_off_before_and_after() {
    let on = rows::mfa("user-1");
    let off = rows::with(on.clone(), json!({ "enabled": false }));
    let enabled = |record: &Record| only(record)["data"]["enabled"].clone();
    assert_eq!(enabled(&Record::inserted("authentication", &on)), json!(true));
    assert_eq!(
        enabled(&Record::modified("authentication", &on, &off)),
        json!(false)
    );
    assert_eq!(
        enabled(&Record::modified("authentication", &off, &on)),
        json!(true)
    );
    assert_eq!(enabled(&Record::removed("authentication", &on)), json!(false));
    assert!(types(&Record::inserted("authentication", &off)).is_empty());
    assert!(types(&Record::removed("authentication", &off)).is_empty());
}

#[test]
fn roles_and_their_permissions_are_about_the_role() {
    let role = rows::role("role-1");
    let permission = rows::permission("role-1");
    let renamed = rows::with(role.clone(), json!({ "name": "Help", "updatedAt": LATER }));
    let touched = rows::with(role.clone(), json!({ "updatedAt": LATER }));
    for (record, event_type) in [
        (Record::inserted("access", &role), "RoleCreatedEventV1"),
        (Record::modified("access", &role, &renamed), "RoleUpdatedEventV1"),
        (Record::removed("access", &role), "RoleDeletedEventV1"),
        (
            Record::inserted("access", &permission),
            "PermissionGrantedToRoleEventV1",
        ),
        (
            Record::removed("access", &permission),
            "PermissionRevokedFromRoleEventV1",
        ),
    ] {
        let event = only(&record);
        assert_eq!(
            (&event["type"], &event["subject"]),
            (&json!(event_type), &json!("roles/role-1"))
        );
    }
    assert!(types(&Record::modified("access", &role, &touched)).is_empty());
}

#[test]
fn an_assignment_is_about_the_user_and_says_how_it_ended() {
    let row = rows::assignment("user-1");
    let widened = rows::with(row.clone(), json!({ "scope": "shop-2" }));
    let assigned = only(&Record::modified("access", &row, &widened));
    assert_eq!(
        (&assigned["subject"], &assigned["data"]["scope"]),
        (&json!("users/user-1"), &json!("shop-2"))
    );
    assert_eq!(
        types(&Record::inserted("access", &row)),
        ["RoleAssignedToUserEventV1"]
    );
    assert_eq!(
        only(&Record::removed("access", &row))["data"]["reason"],
        "REMOVED"
    );
    assert_eq!(
        only(&Record::expired("access", &row))["data"]["reason"],
        "EXPIRED"
    );
    let touched = rows::with(row.clone(), json!({ "ttl": 1 }));
    assert!(types(&Record::modified("access", &row, &touched)).is_empty());
}

#[test]
fn a_note_of_the_service_gives_the_time_and_the_initiator() {
    let noted = json!({ "at": "2026-03-01T12:29:00Z", "actor": "admin-1", "actorType": "ADMIN", "reason": "RESET",
        "correlationId": "c-1", "causationId": "c-0", "traceparent": "00-a-b-01" });
    let event = only(&account(
        json!({}),
        json!({ "passwordChangedAt": LATER, "lastChange": noted }),
    ));
    assert_eq!(event["time"], "2026-03-01T12:29:00.000Z");
    assert_eq!(event["data"]["changedAt"], event["time"]);
    assert_eq!(event["data"]["reason"], "RESET");
    assert_eq!(
        (&event["initiator"], &event["initiatortype"]),
        (&json!("admin-1"), &json!("ADMIN"))
    );
    assert_eq!(
        (&event["correlationid"], &event["causationid"]),
        (&json!("c-1"), &json!("c-0"))
    );
    assert_eq!(event["traceparent"], "00-a-b-01");
}

#[test]
fn a_stale_note_is_ignored_and_so_is_a_removed_rows() {
    let noted = json!({ "at": "2026-02-01T00:00:00Z", "actor": "admin-1" });
    let stale = account(
        json!({ "lastChange": noted }),
        json!({ "emailVerified": true, "updatedAt": LATER }),
    );
    let event = only(&stale);
    assert_eq!(
        (&event["time"], event.get("initiator")),
        (&json!("2026-03-01T12:30:00.500Z"), None)
    );
    let removed = rows::with(rows::account("user-1"), json!({ "lastChange": noted }));
    assert_eq!(
        only(&Record::removed("accounts", &removed))["time"],
        "2026-03-01T12:00:00.000Z"
    );
}

#[test]
fn a_malformed_note_is_ignored_and_counted() {
    for noted in [
        json!("yesterday"),
        json!({ "actor": "admin-1" }),
        json!({ "at": "yesterday" }),
        json!({ "at": "2026-03-01T12:29:00Z", "actorType": "ROBOT" }),
        json!({ "at": "2026-03-01T12:29:00Z", "actor": 7 }),
        json!({ "at": "2026-03-01T12:29:00Z", "actor": "a\u{7}" }),
    ] {
        let record = account(
            json!({}),
            json!({ "passwordChangedAt": LATER, "lastChange": noted }),
        );
        assert!(record.decoded().unwrap().last_change_malformed, "{noted}");
        assert_eq!(only(&record)["time"], "2026-03-01T12:30:00.500Z");
    }
}

#[test]
fn without_a_time_of_its_own_an_event_has_the_records() {
    let event = only(&account(json!({}), json!({ "emailVerified": true })));
    assert_eq!(
        event["time"], "2026-03-01T12:00:00.000Z",
        "updatedAt is from an earlier write"
    );
}

#[test]
fn rows_of_unknown_kinds_are_skipped() {
    for (pk, sk) in [
        ("EMAIL#ada@example.com", "GUARD"),
        ("USER#user-1", "COUNTER"),
        ("ROLE#r", "ACCOUNT"),
        ("x", "y"),
    ] {
        let row = json!({ "pk": pk, "sk": sk, "anything": 1 });
        assert!(types(&Record::inserted("accounts", &row)).is_empty(), "{sk}");
    }
}

#[test]
fn an_identifier_that_is_no_group_id_has_a_digest_for_a_lane() {
    let event = only(&Record::inserted("accounts", &rows::account("Ada Example")));
    assert_eq!(event["subject"], "users/Ada Example");
    assert_eq!(event["partitionkey"].as_str().unwrap().len(), 64);
}

#[test]
fn the_same_rows_in_one_table_are_the_same_events() {
    for (_, row) in rows::all() {
        let own = types(&Record::inserted("single", &row));
        assert_eq!(own.len(), 1, "{own:?}");
    }
}
