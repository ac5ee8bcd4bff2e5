//! One full row of every kind, in plain JSON with synthetic data.

use serde_json::{Value, json};

/// A table's name and a full row of one kind in it.
pub type TableRow = (&'static str, Value);

/// Every kind of row.
pub fn all() -> Vec<TableRow> {
    vec![
        ("accounts", account("user-1")),
        ("profiles", profile("user-1")),
        ("profiles", address("user-1")),
        ("profiles", consent("user-1")),
        ("authentication", session("user-1")),
        ("authentication", attempt("USER#user-1")),
        ("authentication", attempt("UNKNOWN#f3a9")),
        ("authentication", mfa("user-1")),
        ("access", role("role-1")),
        ("access", permission("role-1")),
        ("access", assignment("user-1")),
    ]
}

/// The row with some attributes set to other values; `null` takes one away.
pub fn with(mut row: Value, changes: Value) -> Value {
    if let (Some(row), Value::Object(changes)) = (row.as_object_mut(), changes) {
        for (name, value) in changes {
            if value.is_null() {
                row.remove(&name);
            } else {
                row.insert(name, value);
            }
        }
    }
    row
}

/// An account.
pub fn account(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "ACCOUNT",
        "email": "ada@example.com", "emailVerified": false,
        "phoneNumber": "+1-202-555-0100", "phoneVerified": false,
        "passwordHash": "$argon2id$v=19$m=65536,t=3,p=4$c3ludGhldGlj$aGFzaA",
        "passwordChangedAt": "2026-03-01T11:59:59Z",
        "status": "PENDING_VERIFICATION", "statusReason": "NEW", "registrationMethod": "PASSWORD", "locale": "en-GB",
        "createdAt": "2026-03-01T11:59:59Z", "updatedAt": "2026-03-01T11:59:59Z", "version": 1, "ttl": 1_900_000_000,
    })
}

/// A profile.
pub fn profile(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "PROFILE",
        "firstName": "Ada", "lastName": "Example", "displayName": "Ada E.", "dateOfBirth": "1990-12-10",
        "avatarUrl": "https://images.example.com/ada.png", "preferredLanguage": "en", "timezone": "Europe/London",
        "updatedAt": "2026-03-01T11:59:59Z", "version": 1,
    })
}

/// An address.
pub fn address(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "ADDRESS#address-1",
        "addressType": "SHIPPING", "isDefault": true, "label": "Home", "recipientName": "Ada Example",
        "line1": "1 Example Street", "line2": "Flat 2", "city": "Exampleton", "region": "EX", "postalCode": "00100",
        "countryCode": "GB", "phoneNumber": "+1-202-555-0101", "updatedAt": "2026-03-01T11:59:59Z",
    })
}

/// A consent.
pub fn consent(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "CONSENT#MARKETING_EMAIL",
        "granted": true, "policyVersion": "2026-01", "source": "CHECKOUT", "updatedAt": "2026-03-01T11:59:59Z",
    })
}

/// A live session.
pub fn session(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "SESSION#session-1",
        "loginMethod": "PASSWORD", "mfaUsed": true, "ipAddress": "192.0.2.10", "userAgent": "ExampleBrowser/1.0",
        "deviceId": "device-7", "createdAt": "2026-03-01T11:59:59Z", "expiresAt": "2026-03-01T20:00:00Z",
        "ttl": 1_900_000_000,
    })
}

/// A failed log-in, of the user or nobody known that the partition key names.
pub fn attempt(pk: &str) -> Value {
    json!({
        "pk": pk, "sk": "ATTEMPT#attempt-1",
        "failureReason": "INVALID_CREDENTIALS", "consecutiveFailures": 3, "ipAddress": "192.0.2.66",
        "userAgent": "ExampleBot/2.0", "attemptedAt": "2026-03-01T11:59:59Z", "ttl": 1_900_000_000,
    })
}

/// A second factor.
pub fn mfa(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "MFA#TOTP", "enabled": true, "updatedAt": "2026-03-01T11:59:59Z",
    })
}

/// A role.
pub fn role(role: &str) -> Value {
    json!({
        "pk": format!("ROLE#{role}"), "sk": "ROLE", "name": "Support", "description": "Answers customers",
        "isSystem": false, "createdAt": "2026-03-01T11:59:59Z", "updatedAt": "2026-03-01T11:59:59Z",
    })
}

/// A permission of a role.
pub fn permission(role: &str) -> Value {
    json!({ "pk": format!("ROLE#{role}"), "sk": "PERMISSION#orders:read", "grantedAt": "2026-03-01T11:59:59Z" })
}

/// A role that a user has.
pub fn assignment(user: &str) -> Value {
    json!({
        "pk": format!("USER#{user}"), "sk": "ROLE#role-1", "assignedAt": "2026-03-01T11:59:59Z",
        "expiresAt": "2026-04-01T00:00:00Z", "scope": "shop-1", "ttl": 1_900_000_000,
    })
}
