//! Messages made by hand.

use serde_json::json;

/// The body of an event of this subject with this number.
pub fn body(subject: &str, number: u64) -> String {
    json!({
        "specversion": "1.0",
        "id": format!("{subject}/{number}"),
        "source": "/user-service",
        "type": "UserAccountStatusChangedEventV1",
        "subject": subject,
        "dataschema": "urn:user-events:schemas/account/UserAccountStatusChangedEventV1.json",
        "sequence": format!("{number:040}.0000"),
        "data": {},
    })
    .to_string()
}
