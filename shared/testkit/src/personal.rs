//! The attributes whose values must not stand in clear in anything that leaves.

/// Attributes that become personal data, in whichever kind of row: they leave sealed or not at all.
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

/// Attributes that a User Service may have, and that are read by nobody.
pub const NEVER_READ: &[&str] = &["passwordHash", "typedIdentifier", "sessionToken", "totpSecret"];
