//! The accounts of Anna and Ben.

use anyhow::Result;
use serde_json::json;

use super::teller::Teller;

const ACCOUNTS: &str = "accounts";
const AUTHENTICATION: &str = "authentication";
const PROFILES: &str = "profiles";

pub(super) fn registration(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    let guard = format!("EMAIL#{}", story.run);
    story.put(
        "Anna registers",
        ACCOUNTS,
        json!({
            "pk": pk, "sk": "ACCOUNT", "email": "anna@example.com", "emailVerified": false,
            "passwordHash": "$argon2id$v=19$not-a-real-hash", "status": "PENDING_VERIFICATION",
            "registrationMethod": "EMAIL", "locale": "en-GB", "version": 1,
            "createdAt": "2026-03-01T08:00:00Z", "updatedAt": "2026-03-01T08:00:00Z",
            "lastChange": {
                "at": "2026-03-01T08:00:00.120Z", "actor": story.anna, "actorType": "USER",
                "correlationId": "req-8f14e45f", "causationId": "cmd-register-1",
                "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            },
        }),
        &[("UserRegisteredEventV1", anna.clone())],
    )?;
    story.put(
        "a guard row keeps her e-mail address unique",
        ACCOUNTS,
        json!({ "pk": guard, "sk": "GUARD", "userId": story.anna }),
        &[],
    )?;
    story.update(
        "Anna verifies her e-mail address, which activates the account",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "emailVerified": true, "status": "ACTIVE", "version": 2, "updatedAt": "2026-03-01T08:05:00Z" }),
        &[("UserEmailVerifiedEventV1", anna.clone()), ("UserAccountStatusChangedEventV1", anna)],
    )
}

pub(super) fn contact(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    story.update(
        "Anna adds a phone number",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneNumber": "+1-202-555-0123", "phoneVerified": false, "updatedAt": "2026-03-01T11:30:00Z" }),
        &[("UserPhoneChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna verifies her phone number",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneVerified": true, "updatedAt": "2026-03-01T11:31:00Z" }),
        &[("UserPhoneVerifiedEventV1", anna.clone())],
    )?;
    story.update(
        "a text message does not arrive, so her number is no longer verified",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneVerified": false, "updatedAt": "2026-03-01T11:34:00Z" }),
        &[("UserPhoneVerificationWithdrawnEventV1", anna.clone())],
    )?;
    story.update(
        "an e-mail comes back, so her address is no longer verified",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "emailVerified": false, "updatedAt": "2026-03-01T11:35:00Z" }),
        &[("UserEmailVerificationWithdrawnEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her e-mail address; the new one is not verified yet",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({
            "email": "anna.example@example.com", "emailVerified": false, "version": 4,
            "updatedAt": "2026-03-01T11:40:00Z",
            "lastChange": { "at": "2026-03-01T11:40:00Z", "actor": story.anna, "actorType": "USER" },
        }),
        &[("UserEmailChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna removes her phone number",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneNumber": null, "phoneVerified": null, "updatedAt": "2026-03-01T11:45:00Z" }),
        &[("UserPhoneChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna switches her account to German",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "locale": "de-DE", "updatedAt": "2026-03-01T11:50:00Z" }),
        &[("UserLocaleChangedEventV1", anna)],
    )
}

pub(super) fn farewell(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    let (ben_pk, ben) = (format!("USER#{}", story.ben), format!("users/{}", story.ben));
    story.update(
        "Anna is suspended",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({
            "status": "SUSPENDED", "statusReason": "TERMS_VIOLATION", "updatedAt": "2026-03-01T13:00:00Z",
            "lastChange": { "at": "2026-03-01T13:00:00Z", "actor": "admin-1", "actorType": "ADMIN", "reason": "TERMS_VIOLATION" },
        }),
        &[("UserAccountStatusChangedEventV1", anna.clone())],
    )?;
    story.update(
        "her authenticator app is disabled",
        AUTHENTICATION,
        [&pk, "MFA#TOTP"],
        json!({ "enabled": false, "updatedAt": "2026-03-01T13:05:00Z" }),
        &[("MfaStatusChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna is deleted",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "status": "DELETED", "statusReason": "USER_REQUEST", "updatedAt": "2026-03-01T14:00:00Z", "ttl": 4_102_444_800_i64 }),
        &[("UserDeletedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her mind, and her account is restored",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "status": "ACTIVE", "statusReason": "USER_REQUEST", "updatedAt": "2026-03-01T14:05:00Z", "ttl": null }),
        &[("UserRestoredEventV1", anna.clone())],
    )?;
    story.update(
        "Anna is deleted again",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "status": "DELETED", "updatedAt": "2026-03-01T14:10:00Z", "ttl": 4_102_444_800_i64 }),
        &[("UserDeletedEventV1", anna.clone())],
    )?;
    story.delete(
        "Anna's profile is deleted with her",
        PROFILES,
        [&pk, "PROFILE"],
        &[("UserProfileDeletedEventV1", anna)],
    )?;
    story.delete(
        "the row of her deleted account is removed",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        &[],
    )?;
    story.put(
        "Ben registers",
        ACCOUNTS,
        json!({
            "pk": ben_pk, "sk": "ACCOUNT", "email": "ben@example.com", "emailVerified": true, "status": "ACTIVE",
            "registrationMethod": "GOOGLE", "createdAt": "2026-03-01T14:30:00Z", "updatedAt": "2026-03-01T14:30:00Z",
        }),
        &[("UserRegisteredEventV1", ben.clone())],
    )?;
    story.delete(
        "Ben's account is removed at once",
        ACCOUNTS,
        [&ben_pk, "ACCOUNT"],
        &[("UserDeletedEventV1", ben)],
    )
}
