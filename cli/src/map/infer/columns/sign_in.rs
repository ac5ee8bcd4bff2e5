//! Sessions, failed log-ins and second factors.

use super::column::{
    CREATED, Column, Content, Missing, NOTHING_SAYS_CREATED, NOTHING_SAYS_UPDATED, UPDATED, optional,
    required,
};

const IP_ADDRESS: Column = optional(
    "ipAddress",
    Content::Text,
    &["ipaddress", "ip", "remoteip", "clientip"],
);
const USER_AGENT: Column = optional("userAgent", Content::Text, &["useragent", "ua", "agent"]);
const DEVICE_ID: Column = optional("deviceId", Content::Text, &["deviceid", "device", "fingerprint"]);

pub(in crate::map::infer) const SESSION: &[Column] = &[
    required(
        "loginMethod",
        Content::Code,
        &["loginmethod", "authmethod", "authenticationmethod", "amr"],
        Missing::Constant(
            "UNKNOWN",
            "Nothing says how the user logged in. If all do it in one way, write that.",
        ),
    ),
    optional(
        "mfaUsed",
        Content::Flag,
        &["mfaused", "mfa", "mfaverified", "twofactorverified"],
    ),
    IP_ADDRESS,
    USER_AGENT,
    DEVICE_ID,
    required("createdAt", Content::Time, CREATED, NOTHING_SAYS_CREATED),
    required(
        "expiresAt",
        Content::Time,
        &[
            "expiresat",
            "expires",
            "expiry",
            "expiration",
            "expirationtime",
            "expireat",
            "validuntil",
            "exp",
            "ttl",
        ],
        Missing::Unusable,
    ),
    optional("endedAt", Content::Time, &["endedat", "revokedat", "loggedoutat"]),
];

pub(in crate::map::infer) const ATTEMPT: &[Column] = &[
    required(
        "failureReason",
        Content::Code,
        &["failurereason", "reason", "error", "errorcode"],
        Missing::Constant("INVALID_CREDENTIALS", "Nothing says why the log-in failed."),
    ),
    optional(
        "consecutiveFailures",
        Content::Count,
        &["consecutivefailures", "failures", "attempts", "count"],
    ),
    IP_ADDRESS,
    USER_AGENT,
    DEVICE_ID,
    required(
        "attemptedAt",
        Content::Time,
        &[
            "attemptedat",
            "failedat",
            "timestamp",
            "createdat",
            "created",
            "at",
            "time",
        ],
        Missing::Recorded("Nothing says when it happened; `recorded` is the time of the change."),
    ),
];

pub(in crate::map::infer) const SECOND_FACTOR: &[Column] = &[
    required(
        "enabled",
        Content::Flag,
        &[
            "enabled",
            "isenabled",
            "active",
            "isactive",
            "verified",
            "confirmed",
            "verifiedat",
            "confirmedat",
        ],
        Missing::Constant(
            "true",
            "Nothing says that a second factor is off: an item means that it is on.",
        ),
    ),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];
