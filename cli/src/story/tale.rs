//! The story's steps. All data is synthetic: example.com, the documentation's IP ranges, 555-01xx numbers.

use anyhow::Result;
use serde_json::json;

use super::Teller;

const ACCOUNTS: &str = "accounts";
const PROFILES: &str = "profiles";
const AUTHENTICATION: &str = "authentication";
const ACCESS: &str = "access";

pub(super) fn tell(story: &mut Teller) -> Result<()> {
    registration(story)?;
    profile(story)?;
    sessions(story)?;
    credentials(story)?;
    contact(story)?;
    roles(story)?;
    farewell(story)
}

fn registration(story: &mut Teller) -> Result<()> {
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
        "the guard that keeps her e-mail address unique",
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

fn profile(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    story.put(
        "Anna fills in her profile",
        PROFILES,
        json!({
            "pk": pk, "sk": "PROFILE", "firstName": "Anna", "lastName": "Example", "displayName": "anna",
            "dateOfBirth": "1990-04-01", "avatarUrl": "https://img.example.com/anna.png",
            "preferredLanguage": "en", "timezone": "Europe/London", "version": 1,
            "updatedAt": "2026-03-01T08:10:00Z",
        }),
        &[("UserProfileUpdatedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her display name",
        PROFILES,
        [&pk, "PROFILE"],
        json!({ "displayName": "Anna E.", "version": 2, "updatedAt": "2026-03-01T08:12:00Z" }),
        &[("UserProfileUpdatedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna adds her home as the default address",
        PROFILES,
        json!({
            "pk": pk, "sk": "ADDRESS#home", "addressType": "BOTH", "isDefault": true, "label": "Home",
            "recipientName": "Anna Example", "line1": "1 Example Street", "line2": "Flat 2",
            "city": "Exampleton", "region": "Exampleshire", "postalCode": "EX1 1EX", "countryCode": "GB",
            "phoneNumber": "+1-202-555-0101", "updatedAt": "2026-03-01T08:15:00Z",
        }),
        &[("UserAddressAddedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna adds her office",
        PROFILES,
        json!({
            "pk": pk, "sk": "ADDRESS#office", "addressType": "SHIPPING", "isDefault": false, "label": "Office",
            "line1": "2 Sample Road", "city": "Exampleton", "postalCode": "EX2 2EX", "countryCode": "GB",
            "updatedAt": "2026-03-01T08:16:00Z",
        }),
        &[("UserAddressAddedEventV1", anna.clone())],
    )?;
    story.update(
        "the office becomes the default address: home is it no longer",
        PROFILES,
        [&pk, "ADDRESS#home"],
        json!({ "isDefault": false, "updatedAt": "2026-03-01T08:17:00Z" }),
        &[("UserAddressUpdatedEventV1", anna.clone())],
    )?;
    story.update(
        "the office becomes the default address: now it is",
        PROFILES,
        [&pk, "ADDRESS#office"],
        json!({ "isDefault": true, "line2": "Second floor", "updatedAt": "2026-03-01T08:17:00Z" }),
        &[("UserAddressUpdatedEventV1", anna.clone())],
    )?;
    story.delete(
        "Anna deletes the office",
        PROFILES,
        [&pk, "ADDRESS#office"],
        &[("UserAddressDeletedEventV1", anna.clone())],
    )?;
    story.put(
        "Anna agrees to the newsletter",
        PROFILES,
        json!({
            "pk": pk, "sk": "CONSENT#MARKETING_EMAIL", "granted": true, "policyVersion": "2026-01",
            "source": "PROFILE_PAGE", "updatedAt": "2026-03-01T08:20:00Z",
        }),
        &[("UserConsentChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna withdraws that consent",
        PROFILES,
        [&pk, "CONSENT#MARKETING_EMAIL"],
        json!({ "granted": false, "updatedAt": "2026-03-01T08:25:00Z" }),
        &[("UserConsentChangedEventV1", anna)],
    )
}

fn sessions(story: &mut Teller) -> Result<()> {
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
        "the User Service notes her last log-in",
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
        "somebody mistypes her password",
        AUTHENTICATION,
        json!({
            "pk": pk, "sk": "ATTEMPT#a-1", "failureReason": "INVALID_CREDENTIALS", "consecutiveFailures": 1,
            "ipAddress": "198.51.100.7", "userAgent": "ExampleBrowser/1.0", "attemptedAt": "2026-03-01T09:30:00Z",
        }),
        &[("UserLoginFailedEventV1", anna)],
    )?;
    story.put(
        "somebody tries a user who does not exist",
        AUTHENTICATION,
        json!({
            "pk": format!("UNKNOWN#{}", story.run), "sk": format!("ATTEMPT#{attempt}"),
            "failureReason": "UNKNOWN_USER", "ipAddress": "2001:db8::7", "attemptedAt": "2026-03-01T09:31:00Z",
        }),
        &[("UserLoginFailedEventV1", format!("attempts/{attempt}"))],
    )
}

fn credentials(story: &mut Teller) -> Result<()> {
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
        "which ends the session she had",
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
        "the ended session is tidied away",
        AUTHENTICATION,
        [&pk, "SESSION#s-2"],
        &[],
    )
}

fn contact(story: &mut Teller) -> Result<()> {
    let (pk, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    story.update(
        "Anna gives a phone number",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneNumber": "+1-202-555-0123", "phoneVerified": false, "updatedAt": "2026-03-01T11:30:00Z" }),
        &[("UserPhoneChangedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna verifies it",
        ACCOUNTS,
        [&pk, "ACCOUNT"],
        json!({ "phoneVerified": true, "updatedAt": "2026-03-01T11:31:00Z" }),
        &[("UserPhoneVerifiedEventV1", anna.clone())],
    )?;
    story.update(
        "Anna changes her e-mail address, which is not verified then",
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
        &[("UserPhoneChangedEventV1", anna)],
    )
}

fn roles(story: &mut Teller) -> Result<()> {
    let (user, anna) = (format!("USER#{}", story.anna), format!("users/{}", story.anna));
    let (pk, editor) = (
        format!("ROLE#{}", story.editor),
        format!("roles/{}", story.editor),
    );
    let assignment = format!("ROLE#{}", story.editor);
    story.put(
        "an administrator creates the role of an editor",
        ACCESS,
        json!({
            "pk": pk, "sk": "ROLE", "name": "Editor", "description": "May write", "isSystem": false,
            "createdAt": "2026-03-01T12:00:00Z", "updatedAt": "2026-03-01T12:00:00Z",
            "lastChange": { "at": "2026-03-01T12:00:00Z", "actor": "admin-1", "actorType": "ADMIN" },
        }),
        &[("RoleCreatedEventV1", editor.clone())],
    )?;
    for permission in ["articles:write", "articles:publish"] {
        story.put(
            "the role is granted a permission",
            ACCESS,
            json!({ "pk": pk, "sk": format!("PERMISSION#{permission}"), "grantedAt": "2026-03-01T12:01:00Z" }),
            &[("PermissionGrantedToRoleEventV1", editor.clone())],
        )?;
    }
    story.put(
        "Anna becomes an editor",
        ACCESS,
        json!({ "pk": user, "sk": assignment, "assignedAt": "2026-03-01T12:05:00Z", "scope": "news" }),
        &[("RoleAssignedToUserEventV1", anna.clone())],
    )?;
    story.update(
        "her role is limited in time",
        ACCESS,
        [&user, &assignment],
        json!({ "expiresAt": "2026-12-31T23:59:59Z" }),
        &[("RoleAssignedToUserEventV1", anna.clone())],
    )?;
    story.update(
        "the role is described better",
        ACCESS,
        [&pk, "ROLE"],
        json!({ "description": "May write and publish", "updatedAt": "2026-03-01T12:10:00Z" }),
        &[("RoleUpdatedEventV1", editor.clone())],
    )?;
    story.delete(
        "a permission is taken back",
        ACCESS,
        [&pk, "PERMISSION#articles:publish"],
        &[("PermissionRevokedFromRoleEventV1", editor.clone())],
    )?;
    story.delete(
        "Anna is an editor no longer",
        ACCESS,
        [&user, &assignment],
        &[("RoleUnassignedFromUserEventV1", anna)],
    )?;
    story.delete(
        "the other permission is taken back",
        ACCESS,
        [&pk, "PERMISSION#articles:write"],
        &[("PermissionRevokedFromRoleEventV1", editor.clone())],
    )?;
    story.delete(
        "the role is deleted",
        ACCESS,
        [&pk, "ROLE"],
        &[("RoleDeletedEventV1", editor)],
    )
}

fn farewell(story: &mut Teller) -> Result<()> {
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
        &[("UserDeletedEventV1", anna)],
    )?;
    story.delete("what was left of her is purged", ACCOUNTS, [&pk, "ACCOUNT"], &[])?;
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
        "Ben is removed at once",
        ACCOUNTS,
        [&ben_pk, "ACCOUNT"],
        &[("UserDeletedEventV1", ben)],
    )
}
