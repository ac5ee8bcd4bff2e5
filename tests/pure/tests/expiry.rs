//! When a removal counts as an expiry: by the identity of the time to live, or because the row's time had come.

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

use crate::derivation::only;

/// 2026-03-01T12:00:00Z, when every record of these tests was made.
const RECORDED: u64 = 1_772_366_400;

/// What the removal of an assignment with these times gives as its reason. The record has no identity.
fn reason(times: Value) -> Value {
    let none = json!({ "ttl": null, "expiresAt": null });
    let row = rows::with(rows::with(rows::assignment("user-1"), none), times);
    only(&Record::removed("access", &row))["data"]["reason"].clone()
}

#[test]
fn a_replicated_expiry_has_no_identity_and_is_known_by_the_rows_time() {
    assert_eq!(reason(json!({})), "REMOVED");
    for (times, expected) in [
        (json!({ "ttl": RECORDED }), "EXPIRED"),
        (json!({ "ttl": RECORDED - 90_000 }), "EXPIRED"),
        (json!({ "ttl": RECORDED + 1 }), "REMOVED"),
        (json!({ "expiresAt": "2026-03-01T12:00:00Z" }), "EXPIRED"),
        (
            json!({ "expiresAt": "2026-03-01T13:00:00.0000000001+01:00" }),
            "EXPIRED",
        ),
        (json!({ "expiresAt": "2026-03-01T12:00:00.001Z" }), "REMOVED"),
        (
            json!({ "ttl": RECORDED + 1, "expiresAt": "2026-02-01T00:00:00Z" }),
            "EXPIRED",
        ),
        // Not times: text where the number belongs, milliseconds, and a time that DynamoDB itself does not take.
        (json!({ "ttl": RECORDED.to_string() }), "REMOVED"),
        (json!({ "ttl": RECORDED * 1_000 }), "REMOVED"),
        (json!({ "ttl": 0 }), "REMOVED"),
        (json!({ "expiresAt": "yesterday" }), "REMOVED"),
        (json!({ "expiresAt": RECORDED }), "REMOVED"),
    ] {
        assert_eq!(reason(times.clone()), expected, "{times}");
    }
}

#[test]
fn a_session_and_an_account_whose_time_has_come_have_expired() {
    let past = json!({ "ttl": RECORDED - 1 });
    let session = rows::with(rows::session("user-1"), past.clone());
    assert_eq!(
        only(&Record::removed("authentication", &session))["type"],
        "UserSessionExpiredEventV1"
    );
    let account = rows::with(rows::account("user-1"), past);
    assert_eq!(
        only(&Record::removed("accounts", &account))["data"]["mode"],
        "EXPIRED"
    );
}

#[test]
fn an_identity_says_so_whatever_the_row_holds() {
    let session = rows::with(rows::session("user-1"), json!({ "ttl": null, "expiresAt": null }));
    assert_eq!(
        only(&Record::expired("authentication", &session))["type"],
        "UserSessionExpiredEventV1"
    );
}
