//! Messages made by hand.

use serde_json::{Value, json};

/// The body of an event of this subject with this number.
pub fn body(subject: &str, number: u64) -> String {
    let data = match subject.strip_prefix("users/") {
        Some(user) => json!({ "userId": user }),
        None => Value::Object(serde_json::Map::new()),
    };
    json!({
        "specversion": "1.0",
        "id": id(subject, number),
        "source": "/user-service",
        "type": "UserAccountStatusChangedEventV1",
        "subject": subject,
        "dataschema": "urn:user-events:schemas/account/UserAccountStatusChangedEventV1.json",
        "sequence": format!("{number:040}.0000"),
        "data": data,
    })
    .to_string()
}

/// The id of that event: a UUID that no other subject and number have.
pub fn id(subject: &str, number: u64) -> String {
    // FNV-1a: subjects in tests are short and few.
    let hash = subject.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = format!("{hash:016x}");
    format!(
        "{}-{}-{}-8000-{number:012x}",
        &hash[..8],
        &hash[8..12],
        &hash[12..]
    )
}
