//! The records that are measured: changes of e-mail addresses.

use std::time::Duration;

use serde_json::{Value, json};
use user_events_testkit::{Record, rows};

/// How long an invocation may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// The stream record of a changed e-mail address of a user who has no other record.
pub(super) fn update(number: u64) -> Value {
    update_of(number, number)
}

/// The stream record of a changed e-mail address at this place of the stream.
pub(super) fn update_of(user: u64, place: u64) -> Value {
    let before = rows::account(&format!("user-{user}"));
    let after = rows::with(
        before.clone(),
        json!({ "email": format!("ada-{place}@example.com"), "updatedAt": "2026-03-01T12:00:00Z" }),
    );
    Record::modified("accounts", &before, &after)
        .at(place)
        .json()
        .clone()
}
