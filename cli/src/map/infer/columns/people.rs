//! Accounts, profiles, addresses and consents.

use super::column::{
    CREATED, Column, Content, Missing, NOTHING_SAYS_CREATED, NOTHING_SAYS_UPDATED, UPDATED, optional,
    required,
};

pub(in crate::map::infer) const ACCOUNT: &[Column] = &[
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

pub(in crate::map::infer) const PROFILE: &[Column] = &[
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

pub(in crate::map::infer) const ADDRESS: &[Column] = &[
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

pub(in crate::map::infer) const CONSENT: &[Column] = &[
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
