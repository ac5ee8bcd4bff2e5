//! The attributes of each kind of row, and the names under which other tables keep them.

/// What an attribute of a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    /// A text that is published unencrypted, so it must be a code.
    Code,
    Flag,
    Count,
    Time,
}

/// What is written if the items have no such attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing: it is optional.
    Nothing,
    /// The time of the change, and what that means.
    Recorded(&'static str),
    /// A constant, and what that means.
    Constant(&'static str, &'static str),
    /// The rule cannot be used.
    Unusable,
}

/// An attribute of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) content: Content,
    /// The names under which it is found, in normal form.
    pub(super) names: &'static [&'static str],
    pub(super) missing: Missing,
}

const fn optional(name: &'static str, content: Content, names: &'static [&'static str]) -> Column {
    Column {
        name,
        content,
        names,
        missing: Missing::Nothing,
    }
}

const fn required(
    name: &'static str,
    content: Content,
    names: &'static [&'static str],
    missing: Missing,
) -> Column {
    Column {
        name,
        content,
        names,
        missing,
    }
}

const CREATED: &[&str] = &[
    "createdat",
    "created",
    "creationdate",
    "createddate",
    "datecreated",
    "createdon",
    "createtime",
    "creationtime",
    "registeredat",
    "signupdate",
    "joinedat",
    "insertedat",
    "ct",
];
const UPDATED: &[&str] = &[
    "updatedat",
    "updated",
    "modifiedat",
    "modified",
    "lastmodified",
    "lastmodifiedat",
    "updatedon",
    "dateupdated",
    "lastupdated",
    "modifieddate",
    "updatetime",
    "md",
    "lastchangedat",
];
const NOTHING_SAYS_CREATED: Missing =
    Missing::Recorded("Nothing says when this was created; `recorded` is the time of each change.");
const NOTHING_SAYS_UPDATED: Missing =
    Missing::Recorded("Nothing says when this was written; `recorded` is the time of the change.");

pub(super) const ACCOUNT: &[Column] = &[
    required(
        "email",
        Content::Text,
        &["email", "emailaddress", "mail", "useremail", "primaryemail"],
        Missing::Unusable,
    ),
    optional(
        "emailVerified",
        Content::Flag,
        &[
            "emailverified",
            "emailconfirmed",
            "isemailverified",
            "emailverifiedat",
            "emailverifiedon",
            "isverified",
            "verified",
        ],
    ),
    optional(
        "phoneNumber",
        Content::Text,
        &[
            "phonenumber",
            "phone",
            "mobilenumber",
            "mobilephone",
            "mobile",
            "telephone",
            "tel",
        ],
    ),
    optional(
        "phoneVerified",
        Content::Flag,
        &[
            "phoneverified",
            "phonenumberverified",
            "phonenumberconfirmed",
            "phoneverifiedat",
            "isphoneverified",
        ],
    ),
    optional(
        "statusReason",
        Content::Code,
        &[
            "statusreason",
            "banreason",
            "suspensionreason",
            "lockreason",
            "disabledreason",
        ],
    ),
    optional(
        "registrationMethod",
        Content::Code,
        &[
            "registrationmethod",
            "signupmethod",
            "registeredvia",
            "signupprovider",
        ],
    ),
    optional("locale", Content::Text, &["locale"]),
    required("createdAt", Content::Time, CREATED, NOTHING_SAYS_CREATED),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(super) const PROFILE: &[Column] = &[
    optional(
        "firstName",
        Content::Text,
        &[
            "firstname",
            "givenname",
            "forename",
            "fname",
            "namefirst",
            "namegiven",
        ],
    ),
    optional(
        "lastName",
        Content::Text,
        &[
            "lastname",
            "familyname",
            "surname",
            "lname",
            "namelast",
            "namefamily",
        ],
    ),
    optional(
        "displayName",
        Content::Text,
        &[
            "displayname",
            "name",
            "fullname",
            "preferredname",
            "nickname",
            "username",
        ],
    ),
    optional(
        "dateOfBirth",
        Content::Text,
        &["dateofbirth", "birthdate", "dob", "birthday"],
    ),
    optional(
        "avatarUrl",
        Content::Text,
        &[
            "avatarurl",
            "avatar",
            "image",
            "picture",
            "photourl",
            "photo",
            "imageurl",
            "profilepicture",
            "profileimage",
        ],
    ),
    optional(
        "preferredLanguage",
        Content::Text,
        &["preferredlanguage", "language", "lang"],
    ),
    optional("timezone", Content::Text, &["timezone", "zoneinfo", "tz"]),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(super) const ADDRESS: &[Column] = &[
    optional(
        "isDefault",
        Content::Flag,
        &["isdefault", "default", "isprimary", "primary"],
    ),
    required(
        "countryCode",
        Content::Text,
        &["countrycode", "country"],
        Missing::Constant(
            "ZZ",
            "Nothing says the country. Write the code of yours in place of ZZ (unknown).",
        ),
    ),
    required(
        "line1",
        Content::Text,
        &[
            "line1",
            "addressline1",
            "address1",
            "street1",
            "streetaddress",
            "street",
            "streetname",
            "line",
        ],
        Missing::Unusable,
    ),
    required(
        "city",
        Content::Text,
        &["city", "town", "locality"],
        Missing::Unusable,
    ),
    optional("label", Content::Text, &["label", "nickname", "title"]),
    optional(
        "recipientName",
        Content::Text,
        &["recipientname", "recipient", "fullname", "attention", "name"],
    ),
    optional(
        "line2",
        Content::Text,
        &["line2", "addressline2", "address2", "street2"],
    ),
    optional(
        "region",
        Content::Text,
        &["region", "state", "province", "county"],
    ),
    optional(
        "postalCode",
        Content::Text,
        &["postalcode", "postcode", "zipcode", "zip"],
    ),
    optional("phoneNumber", Content::Text, &["phonenumber", "phone"]),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(super) const CONSENT: &[Column] = &[
    required(
        "granted",
        Content::Flag,
        &[
            "granted",
            "consented",
            "accepted",
            "agreed",
            "optedin",
            "optin",
            "given",
            "enabled",
            "value",
        ],
        Missing::Unusable,
    ),
    optional(
        "policyVersion",
        Content::Text,
        &["policyversion", "termsversion", "documentversion"],
    ),
    optional("source", Content::Code, &["source", "channel"]),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(super) const SESSION: &[Column] = &[
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
    optional(
        "ipAddress",
        Content::Text,
        &["ipaddress", "ip", "remoteip", "clientip"],
    ),
    optional("userAgent", Content::Text, &["useragent", "ua", "agent"]),
    optional("deviceId", Content::Text, &["deviceid", "device", "fingerprint"]),
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

pub(super) const ATTEMPT: &[Column] = &[
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
    optional(
        "ipAddress",
        Content::Text,
        &["ipaddress", "ip", "remoteip", "clientip"],
    ),
    optional("userAgent", Content::Text, &["useragent", "ua", "agent"]),
    optional("deviceId", Content::Text, &["deviceid", "device", "fingerprint"]),
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

pub(super) const SECOND_FACTOR: &[Column] = &[
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

pub(super) const ROLE: &[Column] = &[
    required(
        "name",
        Content::Text,
        &["name", "rolename", "displayname", "title"],
        Missing::Unusable,
    ),
    optional("description", Content::Text, &["description"]),
    optional(
        "isSystem",
        Content::Flag,
        &["issystem", "system", "builtin", "isbuiltin"],
    ),
    required("createdAt", Content::Time, CREATED, NOTHING_SAYS_CREATED),
    required("updatedAt", Content::Time, UPDATED, NOTHING_SAYS_UPDATED),
];

pub(super) const PERMISSION: &[Column] = &[required(
    "grantedAt",
    Content::Time,
    &["grantedat", "createdat", "created"],
    Missing::Recorded("Nothing says when it was granted; `recorded` is the time of the change."),
)];

pub(super) const ASSIGNMENT: &[Column] = &[
    optional(
        "scope",
        Content::Code,
        &["scope", "organizationid", "orgid", "tenantid"],
    ),
    required(
        "assignedAt",
        Content::Time,
        &["assignedat", "grantedat", "createdat", "created"],
        Missing::Recorded("Nothing says when it was assigned; `recorded` is the time of the change."),
    ),
    optional("expiresAt", Content::Time, &["expiresat", "validuntil"]),
];
