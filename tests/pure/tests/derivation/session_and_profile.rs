//! Sessions that are extended, and profiles that are deleted.

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

use super::{documents, only, types};

fn session(before: Value, after: Value) -> Record {
    let old = rows::with(rows::session("user-1"), before);
    Record::modified("authentication", &old, &rows::with(old.clone(), after))
}

#[test]
fn a_live_session_is_extended_or_shortened() {
    for (moved, expires_at) in [
        ("2026-03-01T22:00:00Z", "2026-03-01T22:00:00.000Z"),
        ("2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.000Z"),
    ] {
        let event = only(&session(json!({}), json!({ "expiresAt": moved })));
        assert_eq!(
            (&event["type"], &event["subject"]),
            (&json!("UserSessionExtendedEventV1"), &json!("users/user-1"))
        );
        assert_eq!(
            event["data"],
            json!({
                "userId": "user-1", "sessionId": "session-1", "expiresAt": expires_at,
                "previousExpiresAt": "2026-03-01T20:00:00.000Z", "changedAt": "2026-03-01T12:00:00.000Z",
            })
        );
    }
}

#[test]
fn an_extension_has_the_time_that_the_service_notes() {
    let noted = json!({ "at": "2026-03-01T12:29:00Z" });
    let event = only(&session(
        json!({}),
        json!({ "expiresAt": "2026-03-01T22:00:00Z", "lastChange": noted }),
    ));
    assert_eq!(event["time"], "2026-03-01T12:29:00.000Z");
    assert_eq!(event["data"]["changedAt"], event["time"]);
}

#[test]
fn an_extension_of_a_session_without_a_readable_expiry_has_no_previous_one() {
    for before in [Value::Null, json!("never"), json!(7)] {
        let event = only(&session(
            json!({ "expiresAt": before }),
            json!({ "expiresAt": "2026-03-01T22:00:00Z" }),
        ));
        assert_eq!(event["type"], "UserSessionExtendedEventV1");
        assert_eq!(event["data"].get("previousExpiresAt"), None);
    }
}

#[test]
fn the_same_expiry_written_in_another_way_is_no_extension() {
    for same in ["2026-03-01T20:00:00.000Z", "2026-03-01T21:00:00+01:00"] {
        assert!(types(&session(json!({}), json!({ "expiresAt": same }))).is_empty());
    }
    assert!(
        types(&session(
            json!({}),
            json!({ "ttl": 1, "lastSeenAt": "2026-03-01T12:00:00Z" })
        ))
        .is_empty()
    );
}

#[test]
fn a_session_that_ended_or_ends_is_not_extended() {
    let moved = "2026-03-01T22:00:00Z";
    let ended = json!({ "endReason": "LOGOUT", "endedAt": "2026-03-01T12:00:00Z" });
    assert!(types(&session(ended.clone(), json!({ "expiresAt": moved }))).is_empty());
    assert!(types(&session(ended, json!({ "expiresAt": moved, "endReason": null }))).is_empty());
    let revoked = only(&session(
        json!({}),
        json!({ "expiresAt": moved, "endReason": "REVOKED_BY_USER" }),
    ));
    assert_eq!(
        (&revoked["type"], &revoked["data"]["expiresAt"]),
        (
            &json!("UserSessionRevokedEventV1"),
            &json!("2026-03-01T22:00:00.000Z")
        )
    );
}

#[test]
fn a_removed_profile_is_deleted_by_a_delete_or_by_its_time_to_live() {
    let row = rows::profile("user-1");
    for record in [
        Record::removed("profiles", &row),
        Record::expired("profiles", &row),
    ] {
        let event = only(&record);
        assert_eq!(
            (&event["type"], &event["subject"]),
            (&json!("UserProfileDeletedEventV1"), &json!("users/user-1"))
        );
        assert_eq!(
            event["data"],
            json!({ "userId": "user-1", "deletedAt": "2026-03-01T12:00:00.000Z" }),
            "no personal data comes from the old image"
        );
    }
}

#[test]
fn removing_a_profile_needs_only_its_keys() {
    for odd in [
        json!({ "pk": "USER#user-1", "sk": "PROFILE" }),
        json!({ "pk": "USER#user-1", "sk": "PROFILE", "updatedAt": "yesterday", "firstName": 7, "timezone": {} }),
    ] {
        assert_eq!(
            types(&Record::removed("profiles", &odd)),
            ["UserProfileDeletedEventV1"]
        );
        assert_eq!(
            types(&Record::expired("profiles", &odd)),
            ["UserProfileDeletedEventV1"]
        );
    }
}

#[test]
fn an_emptied_profile_and_a_removed_address_are_no_deleted_profile() {
    let row = rows::profile("user-1");
    let emptied = json!({ "pk": row["pk"], "sk": row["sk"], "updatedAt": "2026-03-01T12:30:00Z" });
    let events = documents(&Record::modified("profiles", &row, &emptied));
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["type"], events[0]["data"].get("identity")),
        (&json!("UserProfileUpdatedEventV1"), None)
    );
    assert_eq!(
        types(&Record::removed("profiles", &rows::address("user-1"))),
        ["UserAddressDeletedEventV1"]
    );
    assert_eq!(
        types(&Record::removed("accounts", &rows::account("user-1"))),
        ["UserDeletedEventV1"]
    );
}
