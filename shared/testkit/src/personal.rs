//! The attributes with values that must never be published unencrypted.

/// Attributes of any row that are personal data: they are published sealed (encrypted) or not at all.
pub const PERSONAL: &[&str] = &[
    "email",
    "phoneNumber",
    "firstName",
    "lastName",
    "displayName",
    "dateOfBirth",
    "avatarUrl",
    "label",
    "recipientName",
    "line1",
    "line2",
    "city",
    "region",
    "postalCode",
    "ipAddress",
    "userAgent",
    "deviceId",
];

/// Attributes that a user service may have and that the publisher never reads.
pub const NEVER_READ: &[&str] = &["passwordHash", "typedIdentifier", "sessionToken", "totpSecret"];
