//! The records that the simulated table writes: good ones, bookkeeping, and poison of every kind.

use serde_json::{Value, json};

use crate::records::Record;
use crate::rows;

/// The one table of all rows: one stream for every category.
pub(super) const TABLE: &str = "users";
/// The topic's limit, `MAX_MESSAGE_BYTES`. The event of [`Kind::TooLarge`] is larger.
pub const MAX_MESSAGE_BYTES: usize = 16_384;

/// The kind of change of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One event: an account was inserted.
    Registered,
    /// One event, with a sealed class.
    EmailChanged,
    /// Two events.
    VerifiedAndActivated,
    /// Three events.
    PhonePasswordAndStatus,
    /// One event, with a sealed class.
    ProfileUpdated,
    /// One event, with a sealed class.
    AddressAdded,
    /// One event.
    ConsentChanged,
    /// One event, with a sealed class.
    LoggedIn,
    /// One event of an unknown user.
    LoginFailed,
    /// One event.
    FactorEnabled,
    /// One event about the user.
    RoleAssigned,
    /// One event about a role.
    RoleUpdated,
    /// No event: only bookkeeping attributes differ.
    Bookkeeping,
    /// No event: a row of a kind that the publisher ignores.
    Guard,
    /// An attribute of an unknown type.
    UnknownAttributeType,
    /// A required attribute is missing.
    MissingAttribute,
    /// An attribute does not have the type of the contract.
    WrongAttributeType,
    /// A string attribute is binary.
    BinaryAttribute,
    /// A value that the enumeration does not list, and that is too long to be published as it is.
    UnknownValue,
    /// An implausible time.
    ImplausibleTime,
    /// A stream without old images.
    WrongViewType,
    /// An event larger than the topic accepts.
    TooLarge,
    /// An unknown event name.
    UnknownEventName,
    /// Keys that do not show the subject of the row.
    UnreadableKeys,
    /// Not a stream record at all, without a sequence number.
    NoRecord,
}

/// Records that become events.
pub(super) const GOOD: &[Kind] = &[
    Kind::Registered,
    Kind::EmailChanged,
    Kind::EmailChanged,
    Kind::VerifiedAndActivated,
    Kind::PhonePasswordAndStatus,
    Kind::ProfileUpdated,
    Kind::AddressAdded,
    Kind::ConsentChanged,
    Kind::LoggedIn,
    Kind::LoginFailed,
    Kind::FactorEnabled,
    Kind::RoleAssigned,
    Kind::RoleUpdated,
];
/// Records that become no event.
pub(super) const IDLE: &[Kind] = &[Kind::Bookkeeping, Kind::Guard];
/// Records that no retry can publish.
pub(super) const POISON: &[Kind] = &[
    Kind::UnknownAttributeType,
    Kind::MissingAttribute,
    Kind::WrongAttributeType,
    Kind::BinaryAttribute,
    Kind::UnknownValue,
    Kind::ImplausibleTime,
    Kind::WrongViewType,
    Kind::TooLarge,
    Kind::UnknownEventName,
    Kind::UnreadableKeys,
    Kind::NoRecord,
];

/// A record of a kind, before it has a place in the stream, and the types of its events.
pub(super) struct Made {
    pub(super) record: Record,
    pub(super) pk: String,
    pub(super) sk: String,
    /// The lane (message group); `None` if the record does not show its subject.
    pub(super) subject: Option<String>,
    pub(super) types: &'static [&'static str],
}

impl Kind {
    /// Whether the row belongs to the accounts table, or to no table.
    pub fn is_account(self) -> bool {
        !matches!(
            self,
            Self::ProfileUpdated
                | Self::AddressAdded
                | Self::ConsentChanged
                | Self::LoggedIn
                | Self::LoginFailed
                | Self::FactorEnabled
                | Self::RoleAssigned
                | Self::RoleUpdated
        )
    }

    pub(super) fn make(self, user: u64, place: u64) -> Made {
        let user = format!("u{user}");
        let account = rows::account(&user);
        let changed =
            |changes: Value| Record::modified(TABLE, &account, &rows::with(account.clone(), changes));
        let inserted = |row: Value| Record::inserted(TABLE, &row);
        let bad = |changes: Value| inserted(rows::with(account.clone(), changes));
        let email = format!("at-{place}@example.com");
        let (record, types): (Record, &'static [&'static str]) = match self {
            Self::Registered => (bad(json!({ "email": email })), &["UserRegisteredEventV1"]),
            Self::EmailChanged => (changed(json!({ "email": email })), &["UserEmailChangedEventV1"]),
            Self::VerifiedAndActivated => (
                changed(json!({ "emailVerified": true, "status": "ACTIVE" })),
                &["UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1"],
            ),
            Self::PhonePasswordAndStatus => (
                changed(json!({
                    "phoneNumber": format!("+1-303-555-{place:04}"), "status": "LOCKED",
                    "passwordChangedAt": "2026-03-01T12:30:00Z",
                })),
                &[
                    "UserPhoneChangedEventV1",
                    "UserPasswordChangedEventV1",
                    "UserAccountStatusChangedEventV1",
                ],
            ),
            Self::ProfileUpdated => {
                let old = rows::profile(&user);
                let new = rows::with(old.clone(), json!({ "displayName": format!("Ada {place}") }));
                (
                    Record::modified(TABLE, &old, &new),
                    &["UserProfileUpdatedEventV1"],
                )
            }
            Self::AddressAdded => (
                inserted(rows::with(
                    rows::address(&user),
                    json!({ "sk": format!("ADDRESS#a{place}") }),
                )),
                &["UserAddressAddedEventV1"],
            ),
            Self::ConsentChanged => (inserted(rows::consent(&user)), &["UserConsentChangedEventV1"]),
            Self::LoggedIn => (
                inserted(rows::with(
                    rows::session(&user),
                    json!({ "sk": format!("SESSION#s{place}") }),
                )),
                &["UserLoggedInEventV1"],
            ),
            Self::LoginFailed => (
                inserted(rows::with(
                    rows::attempt(&format!("UNKNOWN#{place}")),
                    json!({ "sk": format!("ATTEMPT#t{place}") }),
                )),
                &["UserLoginFailedEventV1"],
            ),
            Self::FactorEnabled => (inserted(rows::mfa(&user)), &["MfaStatusChangedEventV1"]),
            Self::RoleAssigned => (inserted(rows::assignment(&user)), &["RoleAssignedToUserEventV1"]),
            Self::RoleUpdated => {
                let old = rows::role(&user);
                let new = rows::with(old.clone(), json!({ "description": format!("number {place}") }));
                (Record::modified(TABLE, &old, &new), &["RoleUpdatedEventV1"])
            }
            Self::Bookkeeping => (
                changed(json!({ "updatedAt": "2026-03-01T12:30:00Z", "version": place })),
                &[],
            ),
            Self::Guard => (
                inserted(json!({ "pk": format!("EMAIL#{place}"), "sk": "GUARD" })),
                &[],
            ),
            Self::UnknownAttributeType => (
                bad(json!({})).with("/dynamodb/NewImage/email", json!({ "X": "?" })),
                &[],
            ),
            Self::MissingAttribute => (bad(json!({ "email": null })), &[]),
            Self::WrongAttributeType => (bad(json!({ "emailVerified": "yes" })), &[]),
            Self::BinaryAttribute => (
                bad(json!({})).with("/dynamodb/NewImage/email", json!({ "B": "AAAA" })),
                &[],
            ),
            Self::UnknownValue => (bad(json!({ "status": "?".repeat(129) })), &[]),
            Self::ImplausibleTime => (
                bad(json!({})).with("/dynamodb/ApproximateCreationDateTime", json!(0)),
                &[],
            ),
            Self::WrongViewType => (
                bad(json!({})).with("/dynamodb/StreamViewType", json!("NEW_IMAGE")),
                &[],
            ),
            Self::TooLarge => (bad(json!({ "email": "x".repeat(MAX_MESSAGE_BYTES) })), &[]),
            Self::UnknownEventName => (bad(json!({})).with("/eventName", json!("UPSERT")), &[]),
            Self::UnreadableKeys => (bad(json!({})).with("/dynamodb/Keys/pk", json!({ "N": "1" })), &[]),
            Self::NoRecord => (Record::from_json(json!({ "odd": place })), &[]),
        };
        let key = |name: &str| {
            let key = record.json().pointer(&format!("/dynamodb/Keys/{name}/S"));
            key.and_then(Value::as_str).unwrap_or("?").to_owned()
        };
        let (pk, sk) = (key("pk"), key("sk"));
        let subject = match self {
            Self::UnreadableKeys | Self::NoRecord | Self::Guard => None,
            Self::LoginFailed => Some(format!("attempts/t{place}")),
            Self::RoleUpdated => Some(format!("roles/{user}")),
            _ => Some(format!("users/{user}")),
        };
        Made {
            record,
            pk,
            sk,
            subject,
            types,
        }
    }
}
