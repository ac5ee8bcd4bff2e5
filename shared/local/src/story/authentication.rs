//! Log-ins that succeed and fail, second factors and ended sessions.

use anyhow::Result;
use serde_json::json;

use super::teller::Teller;

const ACCOUNTS: &str = "accounts";
const AUTHENTICATION: &str = "authentication";

pub(super) fn sessions(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    let attempt = format!("attempt-{}", story.run);
    story.put(
        "Anna logs in",
        AUTHENTICATION,
        json!({
            "pk": pk, "sk": "SESSION#s-1", "loginMethod": "PASSWORD", "mfaUsed": false,
            "ipAddress": "192.0.2.10", "userAgent": "ExampleBrowser/1.0", "deviceId": "device-1",
            "createdAt": "2026-03-01T09:00:00Z", "expiresAt": "2026-03-02T09:00:00Z", "ttl": 4_102_444_800_i64,
        }),
        &[("UserLoggedInEventV1", anna.clone())],
    )?;
    story.update(
        "Anna stays active, so her session is extended",
        AUTHENTICATION,
        [&pk, "SESSION#s-1"],
        json!({ "expiresAt": "2026-03-02T09:20:00Z" }),
        &[("UserSessionExtendedEventV1", anna.clone())],
    )?;
    story.update(
        "the User Service records her last log-in",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "lastLoginAt": "2026-03-01T09:00:00Z", "updatedAt": "2026-03-01T09:00:00Z" }),
        &[],
    )?;
    story.update(
        "her password is hashed again with a newer algorithm",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "passwordHash": "$argon2id$v=20$not-a-real-hash", "updatedAt": "2026-03-01T09:00:01Z" }),
        &[],
    )?;
    story.put(
        "someone enters a wrong password for Anna",
        AUTHENTICATION,
        json!({
            "pk": pk, "sk": "ATTEMPT#a-1", "failureReason": "INVALID_CREDENTIALS", "consecutiveFailures": 1,
            "ipAddress": "198.51.100.7", "userAgent": "ExampleBrowser/1.0", "attemptedAt": "2026-03-01T09:30:00Z",
        }),
        &[("UserLoginFailedEventV1", anna)],
    )?;
    story.put(
        "someone tries to log in as a user who does not exist",
        AUTHENTICATION,
        json!({
            "pk": format!("UNKNOWN#{}", story.run), "sk": format!("ATTEMPT#{attempt}"),
            "failureReason": "UNKNOWN_USER", "ipAddress": "2001:db8::7", "attemptedAt": "2026-03-01T09:31:00Z",
        }),
        &[("UserLoginFailedEventV1", format!("attempts/{attempt}"))],
    )
}

pub(super) fn credentials(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    story.put(
        "Anna enables an authenticator app",
        AUTHENTICATION,
        json!({ "pk": pk, "sk": "MFA#TOTP", "enabled": true, "updatedAt": "2026-03-01T10:00:00Z" }),
        &[("MfaStatusChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her password",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({
            "passwordHash": "$argon2id$v=20$another-hash", "passwordChangedAt": "2026-03-01T10:05:00Z",
            "version": 3, "updatedAt": "2026-03-01T10:05:00Z",
            "lastChange": {
                "at": "2026-03-01T10:05:00Z", "actor": story.anna, "actorType": "USER", "reason": "USER_REQUEST",
            },
        }),
        &[("UserPasswordChangedEventV1", anna.clone())],
    )?;
    story.update(
        "the new password ends her session",
        AUTHENTICATION,
        [&pk, "SESSION#s-1"],
        json!({ "endedAt": "2026-03-01T10:05:01Z", "endReason": "CREDENTIAL_CHANGED" }),
        &[("UserSessionRevokedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna logs in with her second factor",
        AUTHENTICATION,
        json!({
            "pk": pk, "sk": "SESSION#s-2", "loginMethod": "PASSWORD", "mfaUsed": true,
            "ipAddress": "2001:db8::10", "userAgent": "ExampleBrowser/1.0",
            "createdAt": "2026-03-01T10:10:00Z", "expiresAt": "2026-03-02T10:10:00Z",
        }),
        &[("UserLoggedInEventV1", anna.clone())],
    )?;
    story.update(
        "Anna logs out",
        AUTHENTICATION,
        [&pk, "SESSION#s-2"],
        json!({ "endedAt": "2026-03-01T11:00:00Z", "endReason": "LOGOUT" }),
        &[("UserLoggedOutEventV1", anna)],
    )?;
    story.delete(
        "the row of the ended session is removed",
        AUTHENTICATION,
        [&pk, "SESSION#s-2"],
        &[],
    )
}
