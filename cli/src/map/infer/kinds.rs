//! Decides which kinds of rows a group of items holds.

use super::field::Fields;
use super::group::Group;
use super::words::{Topic, topic};

/// What a group holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// A user: an account, and perhaps a profile and parts.
    User,
    /// Rows of one kind.
    Kind(&'static str),
    /// Nothing that becomes an event, and why.
    Nothing(&'static str),
    /// It was not recognised.
    Unknown,
}

const EMAIL: &[&str] = &["email", "emailaddress", "mail", "useremail", "primaryemail"];
const LINKED: &[&str] = &[
    "provider",
    "providerid",
    "provideraccountid",
    "accesstoken",
    "idtoken",
    "loginprovider",
    "providerkey",
];
pub(super) const PASSWORD: &[&str] = &[
    "passwordhash",
    "hashedpassword",
    "encryptedpassword",
    "pwhash",
    "pwdhash",
    "passwd",
    "password",
];
const TOKEN: &[&str] = &["sessiontoken", "token", "sessionid", "jti", "accesstoken"];
const EXPIRY: &[&str] = &["expires", "expiresat", "expiry", "expiration", "ttl"];

/// What the group holds, from its most specific label: the type, else the sort key's, else the partition key's, else the
/// table's name; and from its attributes where no label is known.
pub(super) fn holds(group: &Group<'_>, fields: &Fields<'_>, table: Option<&str>) -> Holds {
    let sort = group.shape.sort.as_ref();
    let partition = group.shape.partition.label();
    let label = group
        .item_type
        .map(|(_, value)| value)
        .or_else(|| sort.and_then(|sort| sort.label()))
        .or(partition)
        .or(table);
    let Some(topic) = label.and_then(topic) else {
        // A label that is not known is of something else. A table's name is often only that of the application.
        let labelled =
            group.item_type.is_some() || sort.and_then(|sort| sort.label()).is_some() || partition.is_some();
        return if labelled {
            Holds::Unknown
        } else {
            by_attributes(fields)
        };
    };
    // What is labelled as a user's part may be the user: `USER#1, PROFILE` with an e-mail address.
    let is_user = fields.has(EMAIL);
    match topic {
        Topic::User | Topic::Password if fields.has(LINKED) && !is_user => {
            if fields.has(PASSWORD) {
                Holds::Kind("password")
            } else {
                Holds::Nothing("it looks like a log-in at another provider")
            }
        }
        Topic::User => Holds::User,
        Topic::Profile if is_user => Holds::User,
        Topic::Profile => Holds::Kind("profile"),
        Topic::Address => Holds::Kind("address"),
        Topic::Consent => Holds::Kind("consent"),
        Topic::Session => Holds::Kind("session"),
        Topic::Attempt => Holds::Kind("attempt"),
        Topic::SecondFactor => Holds::Kind("second-factor"),
        Topic::Permission => Holds::Kind("permission"),
        Topic::Password => Holds::Kind("password"),
        Topic::Role => {
            let of_a_user = [partition.and_then(super::words::topic), None]
                .into_iter()
                .flatten()
                .any(|topic| topic == Topic::User);
            if of_a_user || fields.has(&["userid", "uid"]) {
                Holds::Kind("role-assignment")
            } else {
                Holds::Kind("role")
            }
        }
        Topic::LinkedLogin => Holds::Nothing("it looks like a log-in at another provider"),
        Topic::OneTimeToken => Holds::Nothing("it looks like a token that is used once"),
        Topic::Guard => Holds::Nothing("it looks like a guard that keeps a value unique"),
    }
}

fn by_attributes(fields: &Fields<'_>) -> Holds {
    if fields.has(EMAIL) {
        Holds::User
    } else if fields.has(TOKEN) && fields.has(EXPIRY) {
        Holds::Kind("session")
    } else if fields.has(&["line1", "addressline1", "street"]) && fields.has(&["city", "town"]) {
        Holds::Kind("address")
    } else {
        Holds::Unknown
    }
}
